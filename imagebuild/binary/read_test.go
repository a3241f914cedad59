package binary_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/binary"
	"lbimage/tests/needs"
)

// read reads a file of this machine.
func read(t testing.TB, name string) (binary.Facts, error) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return binary.Read(f, st.Size())
}

// compile builds programs and libraries whose facts are known.
func compile(t *testing.T) []string {
	t.Helper()
	cc := needs.Program(t, "gcc")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lib.c"), []byte("int one(void) { return 1; }\nint two(void) { return 2; }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "map"), []byte("LIB_1.0 { global: one; };\nLIB_2.0 { global: two; } LIB_1.0;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.c"), []byte("extern int one(void), two(void);\nint main(void) { return one() + two(); }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-shared", "-fPIC", "-o", "libx.so", "lib.c", "-Wl,-soname,libx.so.1", "-Wl,--version-script=map", "-Wl,--build-id=0x0123456789abcdef", "-Wl,-z,nodefaultlib"},
		{"-g", "-o", "runpath", "main.c", "libx.so", "-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/../lib:/opt/lib", "-Wl,--build-id=md5"},
		{"-s", "-o", "rpath", "main.c", "libx.so", "-Wl,--disable-new-dtags", "-Wl,-rpath,/opt/$LIB", "-Wl,--build-id=none"},
		{"-no-pie", "-o", "nopie", "main.c", "libx.so"},
		{"-static", "-nostdlib", "-e", "one", "-o", "static", "lib.c"},
		{"-g", "-c", "-o", "object.o", "lib.c"},
	} {
		cmd := exec.Command(cc, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("gcc %v: %v\n%s", args, err, out)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".c") || strings.HasSuffix(f, "/map") })
}

func all(re, text string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?m)"+re).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// told is what readelf prints, in the words of facts.
func told(t *testing.T, name string) (needed, rpath, runpath, soname, interp, id, requires, defines []string, header string) {
	t.Helper()
	cmd := exec.Command("readelf", "-W", "-h", "-l", "-d", "-n", "-V", name)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.Output()
	text := string(out)
	cut := func(all []string) (out []string) {
		for _, s := range all {
			out = append(out, strings.FieldsFunc(s, func(r rune) bool { return r == ':' })...)
		}
		return out
	}
	library := ""
	for line := range strings.SplitSeq(text, "\n") {
		if m := regexp.MustCompile(`Version: 1  File: (\S+)  Cnt`).FindStringSubmatch(line); m != nil {
			library = m[1]
		}
		if m := regexp.MustCompile(`^  0x[0-9a-f]+:   Name: (\S+)  Flags: (\S+)  Version`).FindStringSubmatch(line); m != nil {
			requires = append(requires, library+" "+m[1]+" "+m[2])
		}
		if m := regexp.MustCompile(`: Rev: 1  Flags: (.*?) +Index: \d+  Cnt: \d+  Name: (\S+)`).FindStringSubmatch(line); m != nil && !strings.Contains(m[1], "BASE") {
			defines = append(defines, m[2])
		}
	}
	return all(`\(NEEDED\) .*\[(.*)\]`, text), cut(all(`\(RPATH\) .*\[(.*)\]`, text)), cut(all(`\(RUNPATH\) .*\[(.*)\]`, text)),
		all(`\(SONAME\) .*\[(.*)\]`, text), all(`program interpreter: (.*)\]`, text), all(`Build ID: (\S+)`, text), requires, defines, text
}

// TestReadelf holds what is read against readelf: for what is compiled here, and for programs and libraries of this
// machine and of Go's own tests, which are for other processors and of both byte orders.
func TestReadelf(t *testing.T) {
	needs.Programs(t, "readelf")
	files := compile(t)
	for _, pattern := range []string{"/bin/ls", "/bin/bash", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/lib[a-e]*.so.?", "/lib64/ld-*",
		filepath.Join(goroot(t), "src/debug/elf/testdata/*.obj"), filepath.Join(goroot(t), "src/debug/elf/testdata/gcc*")} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	read1 := 0
	for _, name := range files {
		got, err := read(t, name)
		if errors.Is(err, binary.ErrNotELF) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		read1++
		needed, rpath, runpath, soname, interp, id, requires, defines, text := told(t, name)
		same := func(what string, got, want []string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s: %q, and readelf says %q", name, what, got, want)
			}
		}
		one := func(s string) []string {
			if s == "" {
				return nil
			}
			return []string{s}
		}
		var asked []string
		for _, q := range got.Requires {
			for _, v := range q.Versions {
				flag := "none"
				if v.Weak {
					flag = "WEAK"
				}
				asked = append(asked, q.Library+" "+v.Name+" "+flag)
			}
		}
		same("needed", got.Needed, needed)
		same("rpath", got.RPath, rpath)
		same("runpath", got.RunPath, runpath)
		same("soname", one(got.SOName), soname)
		same("interpreter", one(got.Interpreter), interp)
		same("build-id", one(got.BuildID), id)
		same("requires", asked, requires)
		same("defines", got.Defines, defines)
		if want := strings.Contains(text, "NODEFLIB"); got.NoDefault != want {
			t.Errorf("%s: no default folders: %v", name, got.NoDefault)
		}
		f, err := elf.Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Machine != f.Machine || got.Class != f.Class || got.Data != f.Data || got.Type != f.Type {
			t.Errorf("%s: %v %v %v %v", name, got.Machine, got.Class, got.Data, got.Type)
		}
		if want := f.SectionByType(elf.SHT_SYMTAB) == nil; got.Stripped != want {
			t.Errorf("%s: stripped %v", name, got.Stripped)
		}
		if want := f.Section(".debug_info") != nil || f.Section(".zdebug_info") != nil; got.Debug != want {
			t.Errorf("%s: debug information %v", name, got.Debug)
		}
		f.Close()
	}
	if read1 < 15 {
		t.Errorf("only %d files were compared", read1)
	}
}

func TestFile(t *testing.T) {
	needs.Programs(t, "file")
	for _, name := range compile(t) {
		got, err := read(t, name)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("file", "-b", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		for text, is := range map[string]bool{", not stripped": !got.Stripped, "debug_info": got.Debug, "BuildID": got.BuildID != "", "64-bit": got.Bits() == 64} {
			if strings.Contains(string(out), text) != is {
				t.Errorf("%s: %v is not what file says: %s", filepath.Base(name), is, out)
			}
		}
	}
}

// Cut short at any place, and with any word of its tables set to the extreme, a file is an error or facts, at once.
func TestDamage(t *testing.T) {
	for _, name := range compile(t) {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(whole); n += 1 + n/50 {
			_, _ = binary.Read(bytes.NewReader(whole[:n]), int64(n))
			_, _ = binary.Read(bytes.NewReader(whole[:n]), int64(len(whole)))
		}
		for n := 4; n+4 < min(len(whole), 4096); n += 2 {
			for _, fill := range []byte{0, 0x7f, 0x80, 0xff} {
				b := slices.Clone(whole)
				for i := range 4 {
					b[n+i] = fill
				}
				_, _ = binary.Read(bytes.NewReader(b), int64(len(b)))
			}
		}
	}
}

func TestNotELF(t *testing.T) {
	for _, text := range []string{"", "\x7fEL", "#!/bin/sh\n", strings.Repeat("x", 100)} {
		if _, err := binary.Read(strings.NewReader(text), int64(len(text))); !errors.Is(err, binary.ErrNotELF) {
			t.Errorf("%q: %v", text, err)
		}
	}
	broken := errors.New("disk")
	if _, err := binary.Read(failing{broken}, 1000); !errors.Is(err, broken) {
		t.Errorf("a disk that cannot be read: %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"go-relocation-test-clang-x86.obj", "gcc-386-freebsd-exec", "gcc-amd64-linux-exec"} {
		if b, err := os.ReadFile(filepath.Join(goroot(f), "src/debug/elf/testdata", pattern)); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := binary.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil && (got.Needed != nil || got.BuildID != "") {
			t.Error("facts and an error")
		}
	})
}

// goroot is where Go's own tests have their files.
func goroot(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
