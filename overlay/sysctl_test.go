package overlay_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// The file as CentOS 6 ships it, in short.
const el6 = `# Kernel sysctl configuration file for Red Hat Linux
#
# For binary values, 0 is disabled, 1 is enabled.

# Controls IP packet forwarding
net.ipv4.ip_forward = 0

# Disable netfilter on bridges.
net.bridge.bridge-nf-call-ip6tables = 0

# Controls the maximum size of a message, in bytes
kernel.msgmnb = 65536
`

func set(pairs ...string) []overlay.Setting {
	var out []overlay.Setting
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, overlay.Setting{Key: pairs[i], Value: pairs[i+1]})
	}
	return out
}

const alive = "net.ipv4.tcp_keepalive_time"

func TestEditSysctl(t *testing.T) {
	for _, c := range []struct {
		name, old string
		set       []overlay.Setting
		want      string
		notes     string // a part of them
	}{
		{"new at the end", el6, set(alive, "600"), el6 + alive + " = 600\n", ""},
		{"where it stands", el6, set("net.ipv4.ip_forward", "1"), strings.Replace(el6, "ip_forward = 0", "ip_forward = 1", 1), ""},
		{"empty file", "", set(alive, "600"), alive + " = 600\n", ""},
		{"already so", "a.b=1\n", set("a.b", "1"), "a.b=1\n", ""},
		{"no final newline", "a.b = 1", set("c.d", "2"), "a.b = 1\nc.d = 2\n", ""},
		{"no final newline, set there", "a.b = 1", set("a.b", "2"), "a.b = 2", ""},
		{"tight", "a.b=1\nx.y=1\n", set("a.b", "2", "c.d", "3"), "a.b=2\nx.y=1\nc.d=3\n", ""},
		{"half tight", "a.b= 1\n", set("c.d", "3"), "a.b= 1\nc.d= 3\n", ""},
		{"wide", "\ta.b \t=\t 1  \n", set("a.b", "2"), "\ta.b \t=\t 2  \n", ""},
		{"slashes", "net/ipv4/tcp_keepalive_time = 7200\n", set(alive, "600"), "net/ipv4/tcp_keepalive_time = 600\n", ""},
		{"asked with slashes", alive + "=7200\n", set("net/ipv4/tcp_keepalive_time", "600"), alive + "=600\n", ""},
		{"an interface with a dot", "net.ipv4.conf.eth0/1.forwarding=0\nnet.ipv4.conf.eth0.1.forwarding=0\n",
			set("net/ipv4/conf/eth0.1/forwarding", "1"), "net.ipv4.conf.eth0/1.forwarding=1\nnet.ipv4.conf.eth0.1.forwarding=0\n", ""},
		{"minus", "-a.b = 1\n - c.d = 1\n", set("a.b", "2"), "-a.b = 2\n - c.d = 1\n", ""},
		{"comments stay comments", "#a.b = 1\n ; a.b = 1\n", set("a.b", "2"), "#a.b = 1\n ; a.b = 1\na.b = 2\n", ""},
		{"the last counts", "a.b=1\n# x\na/b=2\n", set("a.b", "3"), "a.b=1\n# x\na/b=3\n", "stands 2 times: line 3"},
		{"the last is right already", "a.b=1\na.b=2\n", set("a.b", "2"), "a.b=1\na.b=2\n", "stands 2 times"},
		{"the first is right, the last is not", "a.b=2\na.b=1\n", set("a.b", "2"), "a.b=2\na.b=2\n", "stands 2 times"},
		{"CRLF", "a.b = 1\r\n\r\n", set("a.b", "2", "c.d", "3"), "a.b = 2\r\n\r\nc.d = 3\r\n", ""},
		{"comment behind a number", "a.b = 7200 # two hours\n", set("a.b", "600"), "a.b = 600 # two hours\n", ""},
		{"comment behind numbers", "a.b = 4096  87380 1 ;x\n", set("a.b", "1 2 3"), "a.b = 1 2 3 ;x\n", ""},
		{"number with comment already so", "a.b = 600 # ten minutes\n", set("a.b", "600"), "a.b = 600 # ten minutes\n", ""},
		{"comment behind a word", "  a.b = cubic # default\t\n", set("a.b", "reno"), "  # default\t\n  a.b = reno\t\n", "a line of its own"},
		{"word for a number with comment", "x.y=1\na.b = 1 # one\n", set("a.b", "off"), "x.y=1\n# one\na.b = off\n", "a line of its own"},
		{"comment moves before the end of the file", "a.b=x #y", set("a.b", "z"), "#y\na.b=z", "a line of its own"},
		{"no value", "a.b =\nc.d=\ne.f = \n", set("a.b", "1", "c.d", "2", "e.f", "3"), "a.b = 1\nc.d=2\ne.f = 3 \n", ""},
		{"value with an equal sign", "a.b = x=y\n", set("a.b", "z=w"), "a.b = z=w\n", ""},
		{"lines that say nothing", "garbage\n= 1\n-\n- = 2\n", set("a.b", "1"), "garbage\n= 1\n-\n- = 2\na.b = 1\n", ""},
		{"bytes that are no UTF-8", "# \xff\xfe\na.b=1 \xe9\n", set("c.d", "1"), "# \xff\xfe\na.b=1 \xe9\nc.d=1\n", ""},
		{"pattern", "", set("net.ipv4.conf.*.rp_filter", "0"), "net.ipv4.conf.*.rp_filter = 0\n", "is a pattern"},
		{"tcp_rmem", "net.ipv4.tcp_rmem = 4096\t87380\t6291456\n", set("net.ipv4.tcp_rmem", "1 2 3"), "net.ipv4.tcp_rmem = 1 2 3\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			old := []byte(c.old)
			got, notes := overlay.EditSysctl(old, c.set)
			if string(got) != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
			if string(old) != c.old {
				t.Error("the old text was changed")
			}
			if all := strings.Join(notes, "\n"); !strings.Contains(all, c.notes) || c.notes == "" && all != "" {
				t.Errorf("notes %q, want one with %q", notes, c.notes)
			}
			again, _ := overlay.EditSysctl(got, c.set)
			if !bytes.Equal(again, got) {
				t.Errorf("a second time it gives\n%q", again)
			}
		})
	}
}

func TestParseSetting(t *testing.T) {
	for in, want := range map[string]overlay.Setting{
		alive + "=600":                {Key: alive, Value: "600"},
		" a.b = x y ":                 {Key: "a.b", Value: "x y"},
		"kernel.core_pattern=|/x %p=": {Key: "kernel.core_pattern", Value: "|/x %p="},
		"net/ipv4/conf/eth0.1/a-b=1":  {Key: "net/ipv4/conf/eth0.1/a-b", Value: "1"},
	} {
		got, err := overlay.ParseSetting(in)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"a.b":                             "KEY=VALUE",
		"=1":                              "empty",
		"a.b=":                            "empty",
		"a.b= ":                           "empty",
		"a b.c=1":                         `' ' cannot stand here`,
		"a.b\n.c=1":                       "cannot stand",
		"a.b=1\nc.d=2":                    "control character",
		"a.b=1\x00":                       "control character",
		"a=1":                             "at least two parts",
		"a..b=1":                          "both sides",
		".a.b=1":                          "both sides",
		"a.b.=1":                          "both sides",
		"-a.b=1":                          "cannot stand",
		"#a.b=1":                          "cannot stand",
		"a.é=1":                           "cannot stand",
		"a.b=1 # x":                       "part of the value",
		strings.Repeat("a.", 150) + "b=1": "longer",
	} {
		if _, err := overlay.ParseSetting(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", in, err, want)
		}
	}
	if _, err := overlay.NewSysctl(set("a.b", "1", "a/b", "2")); err == nil {
		t.Error("one key with two values: no error")
	}
	if _, err := overlay.NewSysctl(set("a.b", "1", "a/b", "1")); err != nil {
		t.Errorf("one key twice with one value: %v", err)
	}
}

// effective is what a reader of sysctl.conf makes of it, written apart from the code under test and after
// the manual page alone: the last assignment of a parameter counts.
func effective(text string) map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		if k, v, ok := strings.Cut(line, "="); ok {
			k = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(k), "-"))
			if i := strings.IndexAny(k, "./"); i >= 0 && k[i] == '.' {
				k = strings.NewReplacer(".", "/", "/", ".").Replace(k)
			}
			out[k] = strings.TrimSpace(v)
		}
	}
	return out
}

// TestSysctlDryRun asks procps' own sysctl what it would set.
func TestSysctlDryRun(t *testing.T) {
	sysctl := judge(t, "sysctl")
	help, _ := exec.Command(sysctl, "--help").CombinedOutput()
	if !bytes.Contains(help, []byte("--dry-run")) {
		t.Skipf("this sysctl has no --dry-run")
	}
	dir := t.TempDir()
	ask := func(text []byte) map[string]string {
		t.Helper()
		file := filepath.Join(dir, "sysctl.conf")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		// It reads the entries below /proc/sys that the keys name: keys that every kernel has are used here.
		out, err := exec.Command(sysctl, "--dry-run", "-e", "-p", file).Output()
		if err != nil {
			t.Fatalf("sysctl: %v", err)
		}
		return effective(string(out))
	}
	for name, text := range map[string]string{
		"el6":        el6,
		"slashes":    "kernel/panic = 5\nkernel.hostname=x\n",
		"duplicates": "kernel.panic = 1\n#kernel.panic = 2\n kernel/panic=3\n",
		"minus":      "-kernel.panic=1",
		"CRLF":       "kernel.panic = 1\r\nkernel.hostname = x\r\n",
		"tabs":       "\tkernel.panic\t=\t1\t\n",
		"empty":      "",
	} {
		new, _ := overlay.EditSysctl([]byte(text), set("kernel.panic", "7", "kernel.hostname", "lb"))
		got := ask(new)
		if got["kernel/panic"] != "7" || got["kernel/hostname"] != "lb" {
			t.Errorf("%s: sysctl would set %v from\n%s", name, got, new)
		}
		old := ask([]byte(text))
		for k, v := range old {
			if k != "kernel/panic" && k != "kernel/hostname" && got[k] != v {
				t.Errorf("%s: %s was %q and would be %q", name, k, v, got[k])
			}
		}
	}
}

func TestSysctlEdit(t *testing.T) {
	edit, err := overlay.NewSysctl(set(alive, "600"))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("through a link", func(t *testing.T) {
		m := treetest.Fill(map[string]string{"etc/sysctl.conf": "-> /etc/conf.d/kernel", "etc/conf.d/kernel": el6})
		m.Lchown("etc/conf.d/kernel", 7, 8)
		m.Chmod("etc/conf.d/kernel", 0o600)
		changes, err := edit.Apply(m)
		if err != nil {
			t.Fatal(err)
		}
		c := changes[0]
		if len(changes) != 1 || c.Op != overlay.OpModify || c.Path != "/etc/conf.d/kernel" || c.After.UID != 7 || c.After.Mode != 0o600 {
			t.Errorf("%+v", changes)
		}
		if !strings.Contains(strings.Join(c.Notes, "\n"), "/etc/sysctl.conf leads here") {
			t.Errorf("notes %q", c.Notes)
		}
		if data, _ := m.ReadFile("etc/conf.d/kernel"); string(data) != el6+alive+" = 600\n" {
			t.Errorf("%s", data)
		}
	})
	t.Run("missing", func(t *testing.T) {
		m := treetest.Fill(map[string]string{"etc/": ""})
		changes, err := edit.Apply(m)
		if err != nil || len(changes) != 1 || changes[0].Op != overlay.OpCreate || changes[0].After.Mode != 0o644 {
			t.Errorf("%+v, %v", changes, err)
		}
	})
	t.Run("already so", func(t *testing.T) {
		m := treetest.Fill(map[string]string{"etc/sysctl.conf": alive + "=600\n"})
		changes, err := edit.Apply(m)
		if err != nil || len(changes) != 1 || changes[0].Changed() || changes[0].Notes[0] != "already so" {
			t.Errorf("%+v, %v", changes, err)
		}
	})
}

func FuzzEditSysctl(f *testing.F) {
	for _, s := range []string{el6, "", "a.b=1", "a.b = x # y\r\n-a/b=2 ; z", "a.b\v=\f1\r \n", "==\n=a.b=1\n\n", "a.b= #c\na.b=1 #c"} {
		f.Add([]byte(s), "a.b", "1")
		f.Add([]byte(s), "net.ipv4.conf.eth0/1.x", "a b")
	}
	f.Fuzz(func(t *testing.T, text []byte, key, value string) {
		edit, err := overlay.NewSysctl(set(key, value))
		if err != nil {
			return
		}
		out, _ := overlay.EditSysctl(text, edit.Settings)
		if got, _, ok := overlay.SysctlValue(out, key); !ok || got != value {
			t.Fatalf("read back: %q %v, want %q in\n%q", got, ok, value, out)
		}
		again, _ := overlay.EditSysctl(out, edit.Settings)
		if !bytes.Equal(again, out) {
			t.Fatalf("not the same a second time:\n%q\n%q", out, again)
		}
		lossless(t, string(text), string(out))
	})
}

// lossless fails unless every old line is still there, in order and with its end, but for one that was set
// and a newline that the last one lacked.
func lossless(t *testing.T, old, new string) {
	t.Helper()
	x, y := strings.SplitAfter(old, "\n"), strings.SplitAfter(new, "\n")
	// The lines that differ are one stretch of at most one old line and two new ones.
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x) > 1 || len(y) > 3 {
		t.Fatalf("more than one line was touched:\n%q\n%q", x, y)
	}
}
