package overlay_test

import (
	"io/fs"
	"maps"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

func TestSysctlBootOrder(t *testing.T) {
	systemd := map[string]string{"usr/lib/systemd/systemd-sysctl": "", "etc/sysctl.d/99-sysctl.conf": "-> ../sysctl.conf"}
	const el6Functions = "apply_sysctl() {\n sysctl -e -p /etc/sysctl.conf\n for f in /etc/sysctl.d/* ; do\n sysctl -e -p $f\n done\n}\n"
	const confLast = "for f in /etc/sysctl.d/*.conf ; do\n sysctl -e -p $f\n done\n sysctl -e -p /etc/sysctl.conf\n"
	for _, c := range []struct {
		name  string
		base  map[string]string
		files map[string]string
		want  string // part of the notes; "" for none
	}{
		{"nothing else", nil, nil, ""},
		{"procps reads sysctl.conf last", nil, map[string]string{"etc/sysctl.d/zz.conf": alive + "=1\n"}, ""},
		{"systemd, later by name", systemd, map[string]string{"usr/lib/sysctl.d/99-zz.conf": "# x\n" + alive + "=1\n"},
			"/usr/lib/sysctl.d/99-zz.conf, line 2, is read at boot after /etc/sysctl.conf and sets " + alive + " to 1: that one counts"},
		{"systemd, earlier by name", systemd, map[string]string{"usr/lib/sysctl.d/50-default.conf": alive + "=1\n"}, ""},
		{"systemd, later with the same value", systemd, map[string]string{"run/sysctl.d/zz.conf": "net/ipv4/tcp_keepalive_time = 600\n"}, ""},
		{"systemd, later says it right at the end", systemd, map[string]string{"run/sysctl.d/y.conf": alive + "=1", "run/sysctl.d/z.conf": alive + "=600"}, ""},
		{"systemd, commented", systemd, map[string]string{"etc/sysctl.d/zz.conf": "#" + alive + "=1\n"}, ""},
		{"systemd, another ending", systemd, map[string]string{"etc/sysctl.d/zz.conf.bak": alive + "=1\n"}, ""},
		{"systemd, masked", systemd, map[string]string{"etc/sysctl.d/zz.conf": "-> /dev/null", "dev/null": "", "usr/lib/sysctl.d/zz.conf": alive + "=1\n"}, ""},
		{"systemd, another file of that name in front", systemd, map[string]string{"etc/sysctl.d/zz.conf": "", "usr/lib/sysctl.d/zz.conf": alive + "=1\n"}, ""},
		{"systemd without the link", map[string]string{"lib/systemd/systemd-sysctl": ""}, nil, "systemd does not read /etc/sysctl.conf"},
		{"systemd, its folder is a link", systemd, map[string]string{"usr/lib/sysctl.d": "-> /opt/d", "opt/d/zz.conf": alive + "=1\n"}, "/opt/d/zz.conf, line 1"},
		{"EL6 functions", map[string]string{"etc/rc.d/init.d/functions": el6Functions}, map[string]string{"etc/sysctl.d/a": alive + " = 1"}, "/etc/sysctl.d/a, line 1"},
		{"EL6 functions, leftover", map[string]string{"etc/rc.d/init.d/functions": el6Functions}, map[string]string{"etc/sysctl.d/a.rpmsave": alive + " = 1"}, ""},
		{"scripts that read sysctl.conf last", map[string]string{"etc/rc.d/init.d/functions": confLast}, map[string]string{"etc/sysctl.d/a": alive + " = 1"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"etc/sysctl.conf": el6}
			maps.Copy(files, c.base)
			maps.Copy(files, c.files)
			m := treetest.Fill(files)
			if _, err := m.Lstat("dev/null"); err == nil {
				m.Mknod("dev/null", fs.ModeDevice|fs.ModeCharDevice|0o666)
			}
			changes, err := overlay.Sysctl{Settings: set(alive, "600")}.Apply(m)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(changes[len(changes)-1].Notes, "\n")
			if !strings.Contains(notes, c.want) || c.want == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, c.want)
			}
		})
	}
}
