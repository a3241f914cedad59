package survey

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// inShort writes what is in force: "a.b=1@/etc/sysctl.conf:2 (0@/x:1)".
func inShort(s Sysctls) string {
	var out []string
	for _, x := range s.Settings {
		text := fmt.Sprintf("%s=%s@%s:%d", x.Name, x.Value, x.File, x.Line)
		for _, o := range x.Overrides {
			text += fmt.Sprintf(" (%s@%s:%d)", o.Value, o.File, o.Line)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestSysctls(t *testing.T) {
	systemd := map[string]string{"usr/lib/systemd/systemd-sysctl": ""}
	linked := map[string]string{"usr/lib/systemd/systemd-sysctl": "", "etc/sysctl.d/99-sysctl.conf": "-> ../sysctl.conf"}
	el6 := map[string]string{
		"etc/rc.d/rc.sysinit":       ". /etc/init.d/functions\napply_sysctl\n",
		"etc/rc.d/init.d/functions": "apply_sysctl() {\n sysctl -e -p /etc/sysctl.conf\n for file in /etc/sysctl.d/* ; do\n sysctl -e -p $file\n done\n}\n",
	}
	el5 := map[string]string{"etc/rc.d/rc.sysinit": "sysctl -e -p /etc/sysctl.conf >/dev/null 2>&1\n"}
	for _, c := range []struct {
		name  string
		base  map[string]string
		files map[string]string
		by    string
		want  string
		note  string
	}{
		{"nothing", nil, nil, "sysctl --system", "", ""},
		{"alone", nil, map[string]string{"etc/sysctl.conf": "# x\nb.c = 1\na/b=2\n-a.c = 3 4\nb.c = 5\n"}, "sysctl --system", "a.b=2@/etc/sysctl.conf:3, a.c=3 4@/etc/sysctl.conf:4, b.c=5@/etc/sysctl.conf:5 (1@/etc/sysctl.conf:2)", ""},
		{"an interface with a dot", nil, map[string]string{"etc/sysctl.conf": "net/ipv4/conf/eth0.1/forwarding = 1\nnet.ipv4.conf.eth0/1.forwarding = 0\n"}, "sysctl --system",
			"net.ipv4.conf.eth0/1.forwarding=0@/etc/sysctl.conf:2 (1@/etc/sysctl.conf:1)", ""},
		{"procps reads sysctl.conf last", nil, map[string]string{"etc/sysctl.conf": "a.b=1", "etc/sysctl.d/zz.conf": "a.b=2", "etc/sysctl.d/x.txt": "a.b=3"}, "sysctl --system", "a.b=1@/etc/sysctl.conf:1 (2@/etc/sysctl.d/zz.conf:1)", ""},
		{"systemd", linked, map[string]string{"etc/sysctl.conf": "a.b=1", "usr/lib/sysctl.d/50-x.conf": "a.b=2\nc.d=3", "etc/sysctl.d/99-z.conf": "c.d=4"}, "systemd-sysctl",
			"a.b=1@/etc/sysctl.conf:1 (2@/usr/lib/sysctl.d/50-x.conf:1), c.d=4@/etc/sysctl.d/99-z.conf:1 (3@/usr/lib/sysctl.d/50-x.conf:2)", ""},
		{"systemd, one hides another", systemd, map[string]string{"usr/lib/sysctl.d/x.conf": "a.b=1", "etc/sysctl.d/x.conf": "c.d=2"}, "systemd-sysctl", "c.d=2@/etc/sysctl.d/x.conf:1", ""},
		{"systemd without the link", systemd, map[string]string{"etc/sysctl.conf": "a.b=1"}, "systemd-sysctl", "", "/etc/sysctl.conf is not read at boot"},
		{"systemd, masked", systemd, map[string]string{"etc/sysctl.d/x.conf": "a.b=1", "etc/systemd/system/systemd-sysctl.service": "-> /dev/null"}, "systemd-sysctl", "a.b=1@/etc/sysctl.d/x.conf:1", "is masked"},
		{"EL6", el6, map[string]string{"etc/sysctl.conf": "a.b=1\nc.d=1", "etc/sysctl.d/libvirtd": "c.d=2", "usr/lib/sysctl.d/x.conf": "c.d=3"}, "rc.sysinit", "a.b=1@/etc/sysctl.conf:1, c.d=2@/etc/sysctl.d/libvirtd:1 (1@/etc/sysctl.conf:2)", ""},
		{"EL5", el5, map[string]string{"etc/sysctl.conf": "a.b=1", "etc/sysctl.d/x": "a.b=2"}, "rc.sysinit", "a.b=1@/etc/sysctl.conf:1", ""},
		{"a file that is too large", nil, map[string]string{"etc/sysctl.conf": strings.Repeat("#", maxSysctlFile+1), "etc/sysctl.d/a.conf": "a.b=1"}, "sysctl --system", "a.b=1@/etc/sysctl.d/a.conf:1", "more than the"},
		{"a folder", nil, map[string]string{"etc/sysctl.conf/": ""}, "sysctl --system", "", ""},
		{"below a file", nil, map[string]string{"etc/sysctl.d": ""}, "sysctl --system", "", ""},
	} {
		files := maps.Clone(c.base)
		if files == nil {
			files = map[string]string{}
		}
		maps.Copy(files, c.files)
		s := sysctlsOf(treetest.Fill(files))
		if got := inShort(s); got != c.want || s.ReadBy != c.by {
			t.Errorf("%s: %s %s\nwant %s %s", c.name, s.ReadBy, got, c.by, c.want)
		}
		if c.note == "" && s.Notes != nil || c.note != "" && (len(s.Notes) != 1 || !strings.Contains(s.Notes[0], c.note)) {
			t.Errorf("%s: notes %q, want %q", c.name, s.Notes, c.note)
		}
	}
	var many strings.Builder
	for i := range maxSysctls + 10 {
		fmt.Fprintf(&many, "a.b%d=1\na.b0=%d\n", i, i)
	}
	s := sysctlsOf(treetest.Fill(map[string]string{"etc/sysctl.conf": many.String()}))
	if len(s.Settings) != maxSysctls || len(s.Settings[0].Overrides) != maxOverrides || len(s.Notes) != 1 {
		t.Errorf("%d settings, %d overrides, %q", len(s.Settings), len(s.Settings[0].Overrides), s.Notes)
	}
}

// systemd itself says which files it reads, in which order.
func TestSysctlOrderOfSystemd(t *testing.T) {
	analyze := needs.Program(t, "systemd-analyze")
	dirs := []string{"etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d"}
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 5))
		dir := t.TempDir()
		files := map[string]string{"usr/lib/systemd/systemd-sysctl": "", "etc/sysctl.conf": "a.conf = 1\n"}
		for range r.IntN(12) {
			name := dirs[r.IntN(len(dirs))] + "/" + []string{"00-a.conf", "50-b.conf", "99-c.conf", "A.conf", "b", "c.conf.bak", "Z.conf", "10-é.conf"}[r.IntN(8)]
			files[name] = fmt.Sprintf("x.y = %d\n", r.IntN(9))
			if r.IntN(6) == 0 {
				files[name] = "-> /etc/sysctl.conf"
			}
		}
		for name, text := range files {
			p := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			var err error
			if target, ok := strings.CutPrefix(text, "-> "); ok {
				err = os.Symlink(target, p)
			} else {
				err = os.WriteFile(p, []byte(text), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(analyze, "--root="+dir, "cat-config", "sysctl.d").CombinedOutput()
		if err != nil && !strings.Contains(string(out), "No files found") {
			t.Fatalf("%v\n%s", err, out)
		}
		var want []string
		for line := range strings.Lines(string(out)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), "# "+dir+"/"); ok {
				want = append(want, "/"+name)
			}
		}
		tree := treetest.Fill(files)
		for i, name := range want { // systemd tells the name, here it is where that leads
			if info, err := tree.Lstat(name[1:]); err == nil && info.Mode()&fs.ModeSymlink != 0 {
				want[i] = "/etc/sysctl.conf"
			}
		}
		if got := sysctlsOf(tree).Files; !slices.Equal(got, want) && !(len(got) == 0 && len(want) == 0) {
			t.Errorf("seed %d: %q, systemd reads %q\n%s", seed, got, want, out)
		}
	}
}

func FuzzSysctls(f *testing.F) {
	f.Add("a.b = 1\n", "-c/d=2 # x\n*.y")
	f.Fuzz(func(t *testing.T, a, b string) {
		tree := treetest.Fill(map[string]string{"etc/sysctl.conf": a + "\n", "etc/sysctl.d/x.conf": b + "\n"})
		s := sysctlsOf(tree)
		if again := sysctlsOf(tree); !reflect.DeepEqual(s, again) {
			t.Error("twice, and not the same")
		}
		for _, x := range s.Settings {
			if x.Name == "" || x.Line < 1 || x.File == "" {
				t.Errorf("%+v", x)
			}
		}
	})
}
