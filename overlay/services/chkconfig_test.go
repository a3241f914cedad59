package services_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
)

// measured is a tree, and what chkconfig's links in it are after each step.
type measured struct {
	Files map[string]string
	Steps []struct {
		Name   string
		Action services.Action
		Levels string
		Fails  bool
		Links  string // "rc3.d/S55ntpd rc6.d/K10ntpd"
	}
}

// rcLinks lists an image's links as measured has them. One that does not lead to ../init.d/NAME is shown with its target.
func rcLinks(t *testing.T, tree overlay.Tree) string {
	t.Helper()
	var out []string
	for level := range 7 {
		dir := fmt.Sprintf("rc%d.d", level)
		entries, err := tree.ReadDir("etc/rc.d/" + dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			target, err := tree.ReadLink("etc/rc.d/" + dir + "/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			l := dir + "/" + e.Name()
			if target != "../init.d/"+e.Name()[3:] {
				l += "->" + target
			}
			out = append(out, l)
		}
	}
	return strings.Join(out, " ")
}

// testdata/chkconfig.json holds trees made at random: headers of all shapes, also malformed ones, overrides, links that
// someone had changed. Its results were measured with the functions of chkconfig 1.2x that read scripts and set links,
// built from their C source with /etc below a chroot; a thousand further trees of that kind were compared once in the same
// way, link by link.
func TestChkconfigMeasured(t *testing.T) {
	data, err := os.ReadFile("testdata/chkconfig.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []measured
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 30 {
		t.Fatalf("%d cases only", len(cases))
	}
	for i, c := range cases {
		tree := treetest.Fill(c.Files)
		for j, s := range c.Steps {
			what := fmt.Sprintf("case %d, step %d: %s %s %s", i, j, s.Name, s.Action, s.Levels)
			_, err := do(t, tree, s.Name, s.Action, s.Levels)
			if (err != nil) != s.Fails {
				t.Fatalf("%s: %v, chkconfig fails: %v", what, err, s.Fails)
			}
			got := rcLinks(t, tree)
			if d := differ(strings.ReplaceAll(got, " ", "\n"), strings.ReplaceAll(s.Links, " ", "\n")); d != "" {
				t.Fatalf("%s:\n%s", what, d)
			}
			// Of strange headers chkconfig itself makes something else the second time, but when it adds and forgets.
			if err != nil || s.Action != services.Add && s.Action != services.Del {
				continue
			}
			if changes, err := do(t, tree, s.Name, s.Action, s.Levels); err != nil || rcLinks(t, tree) != got {
				t.Fatalf("%s: again: %v, %v", what, changes, err)
			}
		}
	}
}

const servoScript = `#!/bin/sh
### BEGIN INIT INFO
# Provides:          load-balancer-servo
# Required-Start:    $network $remote_fs
# Required-Stop:     $network $remote_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Start the servo
### END INIT INFO
`

// el6 is an Enterprise Linux 6 in short.
func el6() map[string]string {
	files := map[string]string{
		"etc/init.d":                          "-> rc.d/init.d",
		"etc/rc.d/init.d/functions":           "# -*-Shell-script-*-\n",
		"etc/rc.d/init.d/network":             "#! /bin/bash\n#\n# network\n#\n# chkconfig: 2345 10 90\n# description: Activates networking\n### BEGIN INIT INFO\n# Provides: $network\n# Should-Start: iptables\n### END INIT INFO\n",
		"etc/rc.d/init.d/netfs":               "#!/bin/bash\n# chkconfig: 345 25 75\n# description: network filesystems\n### BEGIN INIT INFO\n# Provides: $local_fs $remote_fs\n### END INIT INFO\n",
		"etc/rc.d/init.d/ntpd":                "#!/bin/bash\n# chkconfig: - 58 74\n# description: ntpd\n### BEGIN INIT INFO\n# Provides: ntpd\n# Required-Start: $network $local_fs $remote_fs\n# Required-Stop: $network $local_fs $remote_fs\n# Should-Start: $syslog $named ntpdate\n# Default-Start:\n### END INIT INFO\n",
		"etc/rc.d/init.d/plain":               "#!/bin/sh\n# chkconfig: 345 80 20\n# description: plain\n",
		"etc/rc.d/init.d/bare":                "#!/bin/sh\nexec true\n",
		"etc/rc.d/init.d/load-balancer-servo": servoScript,
		"etc/xinetd.d/rsync":                  "# default: off\nservice rsync\n{\n\tdisable\t= yes\n\tsocket_type     = stream\n}\n",
		"sbin/init":                           "init (upstart 0.6.5)",
		"etc/init/control-alt-delete.conf":    "# reboot\nstart on control-alt-delete\n\nexec /sbin/shutdown -r now\n",
		"etc/init/two.conf":                   "start on (started a\n  and started b)\nscript\n  start on nothing\nend script\n",
	}
	for i := range 7 {
		files[fmt.Sprintf("etc/rc%d.d", i)] = fmt.Sprintf("-> rc.d/rc%d.d", i)
		files[fmt.Sprintf("etc/rc.d/rc%d.d/", i)] = ""
		if i >= 2 && i <= 5 {
			files[fmt.Sprintf("etc/rc.d/rc%d.d/S10network", i)] = "-> ../init.d/network"
		} else {
			files[fmt.Sprintf("etc/rc.d/rc%d.d/K90network", i)] = "-> ../init.d/network"
		}
		if i >= 3 && i <= 5 {
			files[fmt.Sprintf("etc/rc.d/rc%d.d/S25netfs", i)] = "-> ../init.d/netfs"
		} else {
			files[fmt.Sprintf("etc/rc.d/rc%d.d/K75netfs", i)] = "-> ../init.d/netfs"
		}
	}
	return files
}

// of gives the links of one service.
func of(all, name string) string {
	var out []string
	for l := range strings.FieldsSeq(all) {
		if strings.HasSuffix(l, name) {
			out = append(out, strings.TrimSuffix(l, name))
		}
	}
	return strings.Join(out, " ")
}

func TestChkconfig(t *testing.T) {
	for _, c := range []struct {
		name, service string
		action        services.Action
		levels        string
		want          string
	}{
		{"LSB header alone", "load-balancer-servo", services.Add, "", "rc0.d/K50 rc1.d/K50 rc2.d/S50 rc3.d/S50 rc4.d/S50 rc5.d/S50 rc6.d/K50"},
		{"turned on without being added", "load-balancer-servo", services.Enable, "", "rc0.d/K50 rc1.d/K50 rc2.d/S50 rc3.d/S50 rc4.d/S50 rc5.d/S50 rc6.d/K50"},
		{"as systemctl would say it", "load-balancer-servo.service", services.Enable, "", "rc0.d/K50 rc1.d/K50 rc2.d/S50 rc3.d/S50 rc4.d/S50 rc5.d/S50 rc6.d/K50"},
		{"both headers", "ntpd", services.Add, "", "rc0.d/K74 rc1.d/K74 rc2.d/K74 rc3.d/K74 rc4.d/K74 rc5.d/K74 rc6.d/K74"},
		{"both headers, on", "ntpd", services.Enable, "", "rc0.d/K74 rc1.d/K74 rc2.d/S58 rc3.d/S58 rc4.d/S58 rc5.d/S58 rc6.d/K74"},
		{"both headers, on in some levels", "ntpd", services.Enable, "35", "rc0.d/K74 rc1.d/K74 rc2.d/K74 rc3.d/S58 rc4.d/K74 rc5.d/S58 rc6.d/K74"},
		{"chkconfig line alone", "plain", services.Add, "", "rc0.d/K20 rc1.d/K20 rc2.d/K20 rc3.d/S80 rc4.d/S80 rc5.d/S80 rc6.d/K20"},
		{"on, only the levels meant", "plain", services.Enable, "", "rc2.d/S80 rc3.d/S80 rc4.d/S80 rc5.d/S80"},
		{"off in one level", "network", services.Disable, "3", "rc0.d/K90 rc1.d/K90 rc2.d/S10 rc3.d/K90 rc4.d/S10 rc5.d/S10 rc6.d/K90"},
		{"forgotten", "network", services.Del, "", ""},
		{"add keeps what is there", "network", services.Add, "", "rc0.d/K90 rc1.d/K90 rc2.d/S10 rc3.d/S10 rc4.d/S10 rc5.d/S10 rc6.d/K90"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := treetest.Fill(el6())
			if _, err := do(t, tree, c.service, c.action, c.levels); err != nil {
				t.Fatal(err)
			}
			if got := of(rcLinks(t, tree), strings.TrimSuffix(c.service, ".service")); got != c.want {
				t.Errorf("links %q, want %q", got, c.want)
			}
		})
	}
}

func TestChkconfigRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		action services.Action
		levels string
		want   string
	}{
		{"bare", services.Add, "", "/etc/rc.d/init.d/bare: neither a '# chkconfig:"},
		{"ntdp", services.Add, "", "did you mean ntpd?"},
		{"ntpd", services.Mask, "", "/etc/rc.d/init.d/ntpd: mask is not for sysv"},
		{"ntpd", services.Add, "3", "takes no run levels"},
		{"ntpd", services.Enable, "37", "digits from 0 to 6"},
		{"ntpd", "start", "", "choose add, del"},
		{"../ntpd", services.Enable, "", "not a service's name"},
		{"a/b", services.Enable, "", "not a service's name"},
		{"a\x00b", services.Enable, "", "not a service's name"},
		{"..", services.Enable, "", "not a service's name"},
		{"nt*", services.Enable, "", "not a service's name"},
		{"", services.Enable, "", "no name"},
		{strings.Repeat("x", 300), services.Enable, "", "at most 252 bytes"},
		{"control-alt-delete", services.Mask, "", "mask is not for upstart"},
		{"control-alt-delete", services.Disable, "3", "names its run levels itself"},
		{"rsync", services.Preset, "", "preset is not for xinetd"},
	} {
		tree := treetest.Fill(el6())
		before := rcLinks(t, tree)
		_, err := do(t, tree, c.name, c.action, c.levels)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %s: error %v, want %q", c.name, c.action, err, c.want)
		}
		if rcLinks(t, tree) != before {
			t.Errorf("%q %s: refused and yet it wrote", c.name, c.action)
		}
	}
}

func TestChanges(t *testing.T) {
	tree := treetest.Fill(el6())
	changes, err := do(t, tree, "network", services.Disable, "3")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.String())
	}
	want := "remove /etc/rc.d/rc3.d/S10network; create /etc/rc.d/rc3.d/K90network symlink, 0:0, ../init.d/network"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("changes %q, want %q", s, want)
	}
	if changes, err = do(t, tree, "network", services.Disable, "3"); err != nil || len(changes) != 1 || changes[0].Changed() ||
		changes[0].Path != "/etc/rc.d/init.d/network" {
		t.Errorf("again: %v, %v", changes, err)
	}
}

// A link that leads elsewhere is put right; a link out of the tree stays in it.
func TestChkconfigStaysInside(t *testing.T) {
	files := el6()
	files["etc/rc.d/rc3.d/S10network"] = "-> ../../../../outside"
	tree := treetest.Fill(files)
	if _, err := do(t, tree, "network", services.Enable, ""); err != nil {
		t.Fatal(err)
	}
	if target, err := tree.ReadLink("etc/rc.d/rc3.d/S10network"); err != nil || target != "../init.d/network" {
		t.Errorf("link to %q, %v", target, err)
	}
	files = el6()
	delete(files, "etc/rc.d/rc3.d/")
	for f := range files {
		if strings.HasPrefix(f, "etc/rc.d/rc3.d/") {
			delete(files, f)
		}
	}
	files["etc/rc.d/rc3.d"] = "-> ../../../../../moved"
	files["moved/"] = ""
	tree = treetest.Fill(files)
	if _, err := do(t, tree, "plain", services.Add, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := tree.ReadLink("moved/S80plain"); err != nil {
		t.Error(err)
	}
}

func TestManyScripts(t *testing.T) {
	files := el6()
	for i := range 10_000 {
		files[fmt.Sprintf("etc/rc.d/init.d/s%d", i)] = fmt.Sprintf("### BEGIN INIT INFO\n# Provides: s%d f%d\n# Required-Start: s%d s%d\n# Default-Start: 3\n### END INIT INFO\n", i, i%7, (i+1)%10_000, (i*7)%10_000)
		files[fmt.Sprintf("etc/rc.d/rc3.d/S%02ds%d", i%100, i)] = fmt.Sprintf("-> ../init.d/s%d", i)
	}
	tree := treetest.Fill(files)
	if _, err := do(t, tree, "s17", services.Add, ""); err != nil {
		t.Fatal(err)
	}
	if got := of(rcLinks(t, tree), "s17"); !strings.Contains(got, "rc3.d/S99") {
		t.Errorf("in a circle of ten thousand: %q", got)
	}
}

func TestTooManyDependencies(t *testing.T) {
	files := el6()
	var words strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&words, " w%d", i)
	}
	for i := range 1200 {
		files[fmt.Sprintf("etc/rc.d/init.d/s%d", i)] = "### BEGIN INIT INFO\n# Provides:" + words.String() + "\n# Required-Start:" + words.String() + "\n# Default-Start: 3\n### END INIT INFO\n"
	}
	if _, err := do(t, treetest.Fill(files), "s1", services.Add, ""); err == nil || !strings.Contains(err.Error(), "too many dependencies") {
		t.Errorf("error %v", err)
	}
}
