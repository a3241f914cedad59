package ldso_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ldso"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// machine is this machine as a tree.
func machine(t *testing.T, dir string) treetest.Folder {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return treetest.Folder{Root: root}
}

func find(t *testing.T, tree ldso.Tree, name string) (ldso.Found, *ldso.Search) {
	t.Helper()
	facts, err := ldso.Read(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ldso.NewSearch(tree, facts)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Libraries(name)
	if err != nil {
		t.Fatal(err)
	}
	return found, s
}

// ldd is what the loader of this machine finds for a program: "name => path" or "name => not found", sorted.
func ldd(t *testing.T, name string) (libraries, versions []string) {
	t.Helper()
	cmd := exec.Command(needs.Program(t, "ldd"), name)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	out, _ := cmd.CombinedOutput()
	for line := range strings.SplitSeq(string(out), "\n") {
		if m := regexp.MustCompile("version `(.*)' not found \\(required by (.*)\\)").FindStringSubmatch(line); m != nil {
			versions = append(versions, m[1]+" by "+filepath.Clean(m[2]))
			continue
		}
		if m := regexp.MustCompile(`^\t(\S+) => (not found|\S+)`).FindStringSubmatch(line); m != nil {
			libraries = append(libraries, m[1]+" => "+filepath.Clean(m[2]))
		}
	}
	slices.Sort(libraries)
	return slices.Compact(libraries), versions
}

func ours(found ldso.Found) (libraries, versions []string) {
	for _, l := range found.Libraries {
		path := l.Path
		if l.Via == ldso.ViaLdconfig {
			path = "not found"
		}
		libraries = append(libraries, l.Name+" => "+path)
	}
	for _, m := range found.Missing {
		libraries = append(libraries, m.Name+" => not found")
	}
	for _, v := range found.Versions {
		versions = append(versions, v.Version+" by "+v.By)
	}
	slices.Sort(libraries)
	return libraries, versions
}

func TestLdd(t *testing.T) {
	programs := built(t)
	for _, name := range []string{"haproxy", "python3", "git", "bash", "rpm", "e2fsck", "gcc", "chromium"} {
		for _, dir := range []string{"/usr/bin/", "/usr/sbin/", "/sbin/"} {
			if p, err := filepath.EvalSymlinks(dir + name); err == nil {
				programs = append(programs, p)
			}
		}
	}
	tree := machine(t, "/")
	for _, name := range programs {
		if b, err := os.ReadFile(name); err != nil || !strings.HasPrefix(string(b[:4]), "\x7fELF") {
			continue
		}
		found, s := find(t, tree, name)
		got, gotVersions := ours(found)
		want, wantVersions := ldd(t, name)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%s\nldd:\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if !slices.Equal(gotVersions, wantVersions) {
			t.Errorf("%s: versions %q, ldd: %q", name, gotVersions, wantVersions)
		}
		if s.CacheNote != "" || len(s.Default) == 0 {
			t.Errorf("%s: %q, %q", name, s.CacheNote, s.Default)
		}
	}
}

// built are programs and libraries that find, or do not find, each other by every way there is.
func built(t *testing.T) []string {
	t.Helper()
	cc, dir := needs.Program(t, "gcc"), t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.c", "int b(void); int a(void) { return b(); }\n")
	write("b.c", "int b(void) { return 1; }\n")
	write("main.c", "int a(void); int main(void) { return a(); }\n")
	write("two.map", "B_1 { };\nB_2 { global: b; } B_1;\n")
	write("one.map", "B_1 { global: b; };\n")
	for _, d := range []string{"lib", "deep", "old", "none", "bin"} {
		write(d+"/.keep", "")
	}
	var programs []string
	gcc := func(args ...string) {
		cmd := exec.Command(cc, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("gcc %v: %v\n%s", args, err, out)
		}
	}
	shared := []string{"-shared", "-fPIC", "-Wl,--allow-shlib-undefined"}
	gcc(append(shared, "-o", "deep/libb.so", "-Wl,-soname,libb.so", "b.c", "-Wl,--version-script=two.map")...)
	gcc(append(shared, "-o", "old/libb.so", "-Wl,-soname,libb.so", "b.c", "-Wl,--version-script=one.map")...)
	gcc(append(shared, "-o", "none/libb.so", "-Wl,-soname,libb.so", "b.c")...)
	gcc(append(shared, "-o", "lib/liba.so", "-Wl,-soname,liba.so", "a.c", "deep/libb.so")...) // it says nowhere where libb is
	for name, flags := range map[string][]string{
		"rpath":     {"-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../lib:$ORIGIN/../deep"}, // counts for libb, too
		"runpath":   {"-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/../lib:$ORIGIN/../deep"},  // counts for liba alone
		"braces":    {"-Wl,--disable-new-dtags", "-Wl,-rpath,${ORIGIN}/../lib:${ORIGIN}/../deep"},
		"lost":      {},
		"versions":  {"-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../lib:$ORIGIN/../old"},
		"unversion": {"-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../lib:$ORIGIN/../none"},
		"platform":  {"-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../$PLATFORM:$ORIGIN/../lib:$ORIGIN/../deep"},
		"nodefault": {"-Wl,-z,nodefaultlib", "-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../lib:$ORIGIN/../deep"},
	} {
		gcc(append([]string{"-o", "bin/" + name, "main.c", "lib/liba.so", "-Wl,--allow-shlib-undefined", "-Wl,--unresolved-symbols=ignore-all"}, flags...)...)
		p, err := filepath.EvalSymlinks(filepath.Join(dir, "bin", name))
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	slices.Sort(programs)
	return programs
}

// TestCache makes caches of each format with ldconfig: what is in them is what ldconfig -p prints.
func TestCache(t *testing.T) {
	ldconfig := needs.Program(t, "ldconfig")
	if os.Getuid() != 0 {
		t.Skip("ldconfig -r needs root")
	}
	cc := needs.Program(t, "gcc")
	dir := t.TempDir()
	for _, d := range []string{"etc", "opt/a", "opt/b", "usr/lib", "lib", "lib64", "bin"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "etc/ld.so.conf"), []byte("/opt/a\n/opt/b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.c"), []byte("int x; int main(void) { return 0; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-shared", "-fPIC", "-nostdlib", "-o", "opt/a/libone.so.1", "-Wl,-soname,libone.so.1", "x.c"},
		{"-shared", "-fPIC", "-nostdlib", "-o", "opt/b/libtwo.so.2.3", "-Wl,-soname,libtwo.so.2", "x.c"},
		{"-nostdlib", "-o", "bin/prog", "-Wl,--no-as-needed", "-Wl,-e,main", "x.c", "opt/a/libone.so.1", "opt/b/libtwo.so.2.3"},
	} {
		cmd := exec.Command(cc, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	tree := machine(t, dir)
	check := func(state, note string, via ldso.Via) {
		t.Helper()
		found, s := find(t, tree, "/bin/prog")
		if len(found.Libraries) != 2 || len(found.Missing) != 0 || !strings.Contains(s.CacheNote, note) || note == "" && s.CacheNote != "" {
			t.Errorf("%s: %+v, %q", state, found, s.CacheNote)
			return
		}
		for i, want := range []string{"/opt/a/libone.so.1", "/opt/b/libtwo.so.2"} {
			if l := found.Libraries[i]; l.Path != want && l.Path != want+".3" || l.Via != via {
				t.Errorf("%s: %+v", state, l)
			}
		}
	}
	for _, format := range []string{"old", "new", "compat"} {
		if out, err := exec.Command(ldconfig, "-r", dir, "-c", format).CombinedOutput(); err != nil {
			t.Fatalf("ldconfig: %v\n%s", err, out)
		}
		check(format, "", ldso.ViaCache)
	}
	name := filepath.Join(dir, "etc/ld.so.cache")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// A link to libtwo.so.2 was made by ldconfig, so it is found without the cache's help, too.
	for state, c := range map[string]struct{ text, note string }{
		"cut": {string(b[:30]), "damaged"}, "empty": {"", "damaged"}, "other": {strings.Repeat("x", 100), "damaged"},
		"stale": {string(b[:20]) + strings.Repeat("\x00", 80), ""},
	} {
		if err := os.WriteFile(name, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if state == "stale" && c.note == "" {
			found, _ := find(t, tree, "/bin/prog")
			for _, l := range found.Libraries {
				if l.Via != ldso.ViaLdconfig {
					t.Errorf("%s: %+v", state, l)
				}
			}
			continue
		}
		check(state, c.note, ldso.ViaLdconfig)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	check("none", "there is none", ldso.ViaLdconfig)
}
