package services_test

import (
	"os/exec"
	"strings"
	"testing"

	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
)

func TestXinetd(t *testing.T) {
	for _, c := range []struct {
		name, old string
		action    services.Action
		want      string
	}{
		{"on", "service x\n{\n\tdisable\t= yes\n}\n", services.Enable, "service x\n{\n\tdisable\t= no\n}\n"},
		{"off", "service x\n{\n  disable=no # now\n}\n", services.Disable, "service x\n{\n  disable=yes\n}\n"},
		{"on already", "service x\n{\n}\n", services.Enable, "service x\n{\n}\n"},
		{"off, nothing said", "service x\n{\n\tport = 1\n}", services.Disable, "service x\n{\n\tdisable\t= yes\n\tport = 1\n}"},
		{"a comment says nothing", "# disable = yes\nservice x\n{\n}\n", services.Disable, "# disable = yes\nservice x\n{\n\tdisable\t= yes\n}\n"},
		{"not disabled", "service x\n{\n\tdisabled = y\n}\n", services.Disable, "service x\n{\n\tdisable\t= yes\n\tdisabled = y\n}\n"},
		{"added", "service x\n{\n\tdisable = yes\n}\n", services.Add, "service x\n{\n\tdisable = yes\n}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree := treetest.Fill(map[string]string{"etc/xinetd.d/x": c.old, "etc/init.d/": ""})
			if _, err := do(t, tree, "x", c.action, ""); err != nil {
				t.Fatal(err)
			}
			if got, _ := tree.ReadFile("etc/xinetd.d/x"); string(got) != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	tree := treetest.Fill(map[string]string{"etc/xinetd.d/x": "defaults\n", "etc/init.d/": ""})
	if _, err := do(t, tree, "x", services.Disable, ""); err == nil || !strings.Contains(err.Error(), "/etc/xinetd.d/x: not a service") {
		t.Error(err)
	}
}

const twoLines = "# x\nstart on (started a\n  and started b)\nstop on shutdown\nscript\n  start on nothing\nend script\n"

func TestUpstart(t *testing.T) {
	const off = "# x\n#off# start on (started a\n#off#   and started b)\nstop on shutdown\nscript\n  start on nothing\nend script\n"
	for _, c := range []struct {
		name, init, conf, over string
		action                 services.Action
		wantConf, wantOver     string // "-": no such file
		err                    string
	}{
		{"EL6, off", "upstart 0.6.5", twoLines, "-", services.Disable, off, "-", ""},
		{"EL6, on again", "upstart 0.6.5", off, "-", services.Enable, twoLines, "-", ""},
		{"EL6, off already", "upstart 0.6.5", off, "-", services.Disable, off, "-", ""},
		{"EL6, continued line", "upstart 0.6.5", "start on a \\\n or b\ntask\n", "-", services.Disable, "#off# start on a \\\n#off#  or b\ntask\n", "-", ""},
		{"EL6, nothing starts it", "upstart 0.6.5", "exec x\n", "-", services.Enable, "", "", "no `start on`"},
		{"Ubuntu, off", "upstart 1.12.1", twoLines, "-", services.Disable, twoLines, "manual\n", ""},
		{"Ubuntu, off with an override", "upstart 1.12.1", twoLines, "nice 5", services.Disable, twoLines, "nice 5\nmanual\n", ""},
		{"Ubuntu, off already", "upstart 1.12.1", twoLines, "manual\n", services.Disable, twoLines, "manual\n", ""},
		{"Ubuntu, on", "upstart 1.12.1", twoLines, "manual\n", services.Enable, twoLines, "-", ""},
		{"Ubuntu, on with an override", "upstart 1.12.1", twoLines, "nice 5\nmanual\n", services.Enable, twoLines, "nice 5\n", ""},
		{"Ubuntu, manual in the job", "upstart 1.12.1", "start on a\nmanual\n", "-", services.Enable, "", "", "itself says `manual`"},
		{"1.3 reads overrides", "upstart 1.3", twoLines, "-", services.Disable, twoLines, "manual\n", ""},
		{"1.2 does not", "upstart 1.2", "start on a\n", "-", services.Disable, "#off# start on a\n", "-", ""},
		{"who knows", "busybox", twoLines, "-", services.Disable, "", "", "cannot tell the image's version of upstart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"sbin/init": "\x7fELF\x00" + c.init + "\x00", "etc/init/j.conf": c.conf}
			if c.over != "-" {
				files["etc/init/j.override"] = c.over
			}
			tree := treetest.Fill(files)
			changes, err := do(t, tree, "j", c.action, "")
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %q", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"etc/init/j.conf": c.wantConf, "etc/init/j.override": c.wantOver} {
				got, err := tree.ReadFile(name)
				if err != nil {
					got = []byte("-")
				}
				if string(got) != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if len(changes) != 1 {
				t.Errorf("changes %v", changes)
			}
		})
	}
}

// What is turned off and on again is as it was.
func FuzzUpstart(f *testing.F) {
	f.Add(twoLines)
	f.Add("start on (a\n and (b\n or c))\nscript\nend script\npre-start script\nstart on x\n")
	f.Fuzz(func(t *testing.T, conf string) {
		tree := treetest.Fill(map[string]string{"sbin/init": "upstart 0.6.5", "etc/init/j.conf": "x"})
		if err := tree.WriteFile("etc/init/j.conf", []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		first, err := do(t, tree, "j", services.Disable, "")
		if err != nil {
			t.Fatal(err)
		}
		if !first[0].Changed() || strings.Contains(conf, "#off#") {
			return
		}
		if again, err := do(t, tree, "j", services.Disable, ""); err != nil || again[0].Changed() {
			t.Fatalf("turned off twice: %v, %v", again, err)
		}
		if _, err := do(t, tree, "j", services.Enable, ""); err != nil {
			t.Fatal(err)
		}
		if got, _ := tree.ReadFile("etc/init/j.conf"); string(got) != conf {
			t.Errorf("off and on again: %q, was %q", got, conf)
		}
	})
}

func debian() map[string]string {
	return map[string]string{
		"etc/debian_version": "7.8\n", "sbin/init": "INIT: version 2.88",
		"etc/init.d/foo": strings.ReplaceAll(servoScript, "load-balancer-servo", "foo"),
		"etc/init.d/s":   "#!/bin/sh\n### BEGIN INIT INFO\n# Provides: s\n# Default-Start: S\n# Default-Stop:\n### END INIT INFO\n# Default-Start: 2\n",
		"etc/rc2.d/":     "", "etc/rc3.d/": "", "etc/rc4.d/": "", "etc/rc5.d/": "", "etc/rc0.d/": "", "etc/rc1.d/": "", "etc/rc6.d/": "", "etc/rcS.d/": "",
	}
}

func TestUpdateRcJudges(t *testing.T) {
	updateRc := judge(t, "update-rc.d")
	for _, name := range []string{"foo", "s"} {
		ours, theirs := fill(t, debian()), fill(t, debian())
		tree := open(t, ours)
		for _, step := range []struct {
			action services.Action
			args   string
		}{{services.Add, "defaults"}, {services.Add, "defaults"}, {services.Del, "remove"}, {services.Add, "defaults"}} {
			if _, err := do(t, tree, name, step.action, ""); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(updateRc, name, step.args)
			cmd.Env = append(cmd.Environ(), "DPKG_ROOT="+theirs, "SYSTEMCTL_SKIP_SYSV=1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s", out)
			}
			if d := differ(shot(t, ours, "etc"), shot(t, theirs, "etc")); d != "" {
				t.Fatalf("%s %s:\n%s", name, step.args, d)
			}
		}
	}
}

func TestDebian(t *testing.T) {
	tree := treetest.Fill(debian())
	steps := []struct {
		action services.Action
		levels string
		want   string
	}{
		{services.Enable, "", "0K01 1K01 2S01 3S01 4S01 5S01 6K01"},
		{services.Disable, "", "0K01 1K01 2K01 3K01 4K01 5K01 6K01"},
		{services.Enable, "35", "0K01 1K01 2K01 3S01 4K01 5S01 6K01"},
		{services.Del, "", ""},
	}
	for _, s := range steps {
		if _, err := do(t, tree, "foo", s.action, s.levels); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range "0123456S" {
			entries, _ := tree.ReadDir("etc/rc" + string(l) + ".d")
			for _, e := range entries {
				got = append(got, string(l)+strings.TrimSuffix(e.Name(), "foo"))
			}
		}
		if g := strings.Join(got, " "); g != s.want {
			t.Errorf("%s %s: %q, want %q", s.action, s.levels, g, s.want)
		}
	}
	files := debian()
	files["etc/insserv.conf"] = "$network +networking\n$remote_fs $local_fs +umountnfs\n$local_fs +mountall\n"
	files["sbin/insserv"] = "x"
	files["etc/init.d/networking"] = "### BEGIN INIT INFO\n# Provides: networking\n# Default-Start: 2\n### END INIT INFO\n"
	files["etc/rc2.d/S14networking"] = "-> ../init.d/networking"
	files["etc/init.d/mountall.sh"] = "### BEGIN INIT INFO\n# Provides: mountall\n# Default-Start: 2\n### END INIT INFO\n"
	files["etc/rc2.d/S16mountall.sh"] = "-> ../init.d/mountall.sh"
	files["etc/rc0.d/K07networking"] = "-> ../init.d/networking"
	tree = treetest.Fill(files)
	changes, err := do(t, tree, "foo", services.Add, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []string{"etc/rc2.d/S17foo", "etc/rc3.d/S01foo", "etc/rc0.d/K06foo", "etc/rc6.d/K01foo"} {
		if _, err := tree.ReadLink(l); err != nil {
			t.Error(err)
		}
	}
	if notes := strings.Join(changes[len(changes)-1].Notes, "\n"); !strings.Contains(notes, "insserv") {
		t.Errorf("notes %q", notes)
	}
}
