package services_test

import (
	"fmt"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
)

// el7 is an Enterprise Linux 7 in short.
func el7() map[string]string {
	files := el6()
	delete(files, "sbin/init")
	for name, text := range map[string]string{
		"sbin/init":                           "-> ../lib/systemd/systemd",
		"lib":                                 "-> usr/lib",
		"usr/lib/systemd/systemd":             "x",
		"etc/systemd/system/":                 "",
		"usr/lib/systemd/system/ntpd.service": "[Unit]\nDescription=x\n[Service]\nExecStart=/usr/sbin/ntpd\n[Install]\nWantedBy=multi-user.target\n",
		"usr/lib/systemd/system/NetworkManager.service":   "[Install]\nWantedBy=multi-user.target\nAlias=dbus-org.freedesktop.NetworkManager.service\nAlso=nm-dispatcher.service\n",
		"usr/lib/systemd/system/nm-dispatcher.service":    "[Install]\nAlias=dbus-org.freedesktop.nm-dispatcher.service\n",
		"usr/lib/systemd/system/getty@.service":           "[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n",
		"usr/lib/systemd/system/conn@.service":            "[Service]\nExecStart=/bin/true\n",
		"usr/lib/systemd/system/conn.socket":              "[Install]\nWantedBy=sockets.target\n",
		"usr/lib/systemd/system/static.service":           "[Service]\nExecStart=/bin/true\n",
		"usr/lib/systemd/system/up.service":               "[Install]\nUpheldBy=x.target\n",
		"usr/lib/systemd/system/drop.service":             "[Service]\n",
		"etc/systemd/system/drop.service.d/a.conf":        "[Install]\nWantedBy=multi-user.target\n",
		"usr/lib/systemd/system/host.service":             "[Install]\nWantedBy=%H.target\n",
		"usr/lib/systemd/system/bad.service":              "[Install]\nWantedBy=../../../etc/passwd x/y.target\n",
		"usr/lib/systemd/system/badalias.service":         "[Install]\nAlias=../../shadow.service\n",
		"etc/systemd/system/masked.service":               "-> /dev/null",
		"usr/lib/systemd/system/masked.service":           "[Install]\nWantedBy=multi-user.target\n",
		"etc/systemd/system/loop.service":                 "-> loop2.service",
		"etc/systemd/system/loop2.service":                "-> loop.service",
		"usr/lib/systemd/system-preset/90-default.preset": "enable ntpd.service\nenable NetworkManager.service\ndisable *\n",
	} {
		files[name] = text
	}
	return files
}

func TestSystemd(t *testing.T) {
	const dir = "etc/systemd/system/"
	for _, c := range []struct {
		name   string
		action services.Action
		want   []string // links made, "-" in front: none
		note   string
		err    string
	}{
		{"ntpd", services.Enable, []string{dir + "multi-user.target.wants/ntpd.service -> /usr/lib/systemd/system/ntpd.service"}, "a script of that name", ""},
		{"ntpd", services.Add, []string{dir + "multi-user.target.wants/ntpd.service -> /usr/lib/systemd/system/ntpd.service"}, "as /usr/lib/systemd/system-preset/90-default.preset says", ""},
		{"getty@", services.Preset, nil, "90-default.preset", ""},
		{"getty@", services.Enable, []string{dir + "getty.target.wants/getty@tty1.service -> /usr/lib/systemd/system/getty@.service"}, "", ""},
		{"getty@tty7", services.Enable, []string{dir + "getty.target.wants/getty@tty7.service -> /usr/lib/systemd/system/getty@.service"}, "", ""},
		{"NetworkManager", services.Enable, []string{
			dir + "dbus-org.freedesktop.NetworkManager.service -> /usr/lib/systemd/system/NetworkManager.service",
			dir + "dbus-org.freedesktop.nm-dispatcher.service -> /usr/lib/systemd/system/nm-dispatcher.service",
			dir + "multi-user.target.wants/NetworkManager.service -> /usr/lib/systemd/system/NetworkManager.service"}, "", ""},
		{"load-balancer-servo", services.Enable, []string{"etc/rc.d/rc3.d/S50load-balancer-servo -> ../init.d/load-balancer-servo"}, "", ""},
		{"load-balancer-servo.service", services.Add, []string{"etc/rc.d/rc3.d/S50load-balancer-servo -> ../init.d/load-balancer-servo"}, "", ""},
		{"load-balancer-servo", services.Mask, []string{dir + "load-balancer-servo.service -> /dev/null"}, "", ""},
		{"load-balancer-servo", services.Unmask, nil, "already so", ""},
		{"conn", services.Enable, []string{dir + "sockets.target.wants/conn.socket -> /usr/lib/systemd/system/conn.socket"}, "its socket starts instances", ""},
		{"load-balancer-servo", services.Preset, nil, "", "preset is not for sysv"},
		{"static", services.Enable, nil, "a static unit", ""},
		{"up", services.Enable, nil, "a static unit", ""},   // 219 knows no UpheldBy=
		{"drop", services.Enable, nil, "a static unit", ""}, // nor [Install] in drop-ins
		{"static", services.Mask, []string{dir + "static.service -> /dev/null"}, "", ""},
		{"masked", services.Enable, nil, "", "masked: unmask it first"},
		{"masked", services.Preset, nil, "a preset leaves it so", ""},
		{"host", services.Enable, nil, "", "%H depends on the running machine"},
		{"bad", services.Enable, nil, "", "is no unit's name"},
		{"badalias", services.Enable, nil, "", "is no unit's name"},
		{"loop", services.Enable, nil, "", "/loop.service: too many levels of symbolic links"},
		{"ntp.service", services.Enable, nil, "", "did you mean ntpd?"},
	} {
		t.Run(c.name+" "+string(c.action), func(t *testing.T) {
			tree := treetest.Fill(el7())
			before := len(tree.Names())
			changes, err := do(t, tree, c.name, c.action, "")
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if len(tree.Names()) != before {
					t.Error("refused and yet it wrote")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range c.want {
				name, target, _ := strings.Cut(l, " -> ")
				if got, err := tree.ReadLink(name); err != nil || got != target {
					t.Errorf("%s leads to %q (%v), want %q", name, got, err, target)
				}
			}
			if c.want == nil && len(tree.Names()) != before {
				t.Errorf("changes %v", changes)
			}
			if notes := fmt.Sprint(changes[len(changes)-1].Notes); !strings.Contains(notes, c.note) {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
			again, err := do(t, tree, c.name, c.action, "")
			if err != nil || len(overlay.Fold(again)) == 0 {
				t.Fatalf("again: %v, %v", again, err)
			}
			for _, a := range again {
				if a.Changed() {
					t.Errorf("again: %v", a)
				}
			}
		})
	}
}

// From 254 on systemd knows UpheldBy=, from 231 on drop-ins count, and the links go by the folder that it was built for.
func TestSystemdVersions(t *testing.T) {
	files := el7()
	files["usr/lib/systemd/libsystemd-shared-255.so"] = ""
	tree := treetest.Fill(files)
	for name, link := range map[string]string{"up": "x.target.upholds/up.service", "drop": "multi-user.target.wants/drop.service"} {
		if _, err := do(t, tree, name, services.Enable, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := tree.ReadLink("etc/systemd/system/" + link); err != nil {
			t.Error(err)
		}
	}
}

func TestList(t *testing.T) {
	files := el7()
	delete(files, "etc/systemd/system/loop.service")
	delete(files, "etc/systemd/system/loop2.service")
	tree := treetest.Fill(files)
	for _, n := range []string{"ntpd", "NetworkManager"} {
		if _, err := do(t, tree, n, services.Enable, ""); err != nil {
			t.Fatal(err)
		}
	}
	list, err := services.List(tree)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintln(&b, s.Name, s.Kind, s.State, s.Levels, s.Preset, s.Shadowed, s.Path)
	}
	for _, want := range []string{
		"ntpd.service systemd enabled  enabled false /usr/lib/systemd/system/ntpd.service\n",
		"ntpd sysv unadded   true /etc/rc.d/init.d/ntpd\n",
		"network sysv on 2345  false /etc/rc.d/init.d/network\n",
		"masked.service systemd masked   false /etc/systemd/system/masked.service\n",
		"static.service systemd static   false /usr/lib/systemd/system/static.service\n",
		"dbus-org.freedesktop.NetworkManager.service systemd alias   false /etc/systemd/system/dbus-org.freedesktop.NetworkManager.service\n",
		"rsync xinetd off   false /etc/xinetd.d/rsync\n",
		"badalias.service systemd disabled  disabled false /usr/lib/systemd/system/badalias.service\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "functions") || strings.Contains(b.String(), "bare ") || strings.Contains(b.String(), "control-alt-delete") {
		t.Errorf("too much in\n%s", b.String())
	}
	list, err = services.List(treetest.Fill(el6()))
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	for _, s := range list {
		fmt.Fprintln(&b, s.Name, s.Kind, s.State)
	}
	const want = "control-alt-delete upstart on\nload-balancer-servo sysv unadded\nnetfs sysv on\nnetwork sysv on\nntpd sysv unadded\nplain sysv unadded\nrsync xinetd off\ntwo upstart on\n"
	if b.String() != want {
		t.Errorf("EL6 has\n%s", b.String())
	}
}

// Whatever a unit says, what is made lies below /etc/systemd/system and bears a unit's name.
func FuzzUnit(f *testing.F) {
	f.Add("[Install]\nWantedBy=a.target %i.target\nAlias=b.service\nAlso=ntpd.service\n", "x.service")
	f.Add("[Install]\nWantedBy=\"a.target\" \\\n b.target\nDefaultInstance=%n\nAlias=../x.service x.wants/y.service\n", "x@.service")
	f.Add("[Install]\nAlias=%N@y.service a@.service\nUpheldBy=%j.target\nRequiredBy=%%.service\n", "a-b@c.service")
	f.Fuzz(func(t *testing.T, text, name string) {
		e, err := services.New(services.Request{Name: name, Action: services.Enable})
		if err != nil || !strings.HasSuffix(name, ".service") {
			return
		}
		files := el7()
		files["usr/lib/systemd/libsystemd-shared-255.so"] = ""
		tree := treetest.Fill(files)
		if err := tree.WriteFile("usr/lib/systemd/system/"+name, []byte(text), 0o644); err != nil {
			return
		}
		before := len(tree.Names())
		changes, err := e.Apply(tree)
		if err != nil {
			if len(tree.Names()) != before {
				t.Fatalf("refused (%v) and yet it wrote", err)
			}
			return
		}
		for _, c := range changes {
			rest, ok := strings.CutPrefix(c.Path, "/etc/systemd/system/")
			if c.Changed() && (!ok || strings.Count(rest, "/") > 1 || strings.Contains("/"+rest+"/", "/../")) {
				t.Errorf("%v", c)
			}
		}
		if _, err := services.List(tree); err != nil {
			t.Error(err)
		}
		again, err := e.Apply(tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range again {
			if c.Changed() {
				t.Errorf("again: %v", c)
			}
		}
	})
}

// Whatever a script says, its links are links of its own name to itself.
func FuzzScript(f *testing.F) {
	f.Add(servoScript, "# chkconfig: 3 4 5\n")
	f.Add("# chkconfig: 2345 99\n 1\n### BEGIN INIT INFO\n# Required-Start: x $all\n# Provides: x\n# Default-Stop: 99999999999 -1\n", "")
	f.Fuzz(func(t *testing.T, script, override string) {
		tree := treetest.Fill(el6())
		for name, text := range map[string]string{"etc/rc.d/init.d/x": script, "etc/chkconfig.d/x": override} {
			if strings.HasPrefix(name, "etc/chk") {
				if override == "" {
					continue
				}
				if err := tree.Mkdir("etc/chkconfig.d", 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := tree.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before := rcLinks(t, tree)
		_, err := do(t, tree, "x", services.Add, "")
		after := rcLinks(t, tree)
		if err != nil {
			if before != after {
				t.Fatalf("refused (%v) and yet it wrote", err)
			}
			return
		}
		if got := of(after, "x"); len(strings.Fields(got)) != 7 || strings.Contains(after, "->") {
			t.Errorf("links %q", got)
		}
	})
}

// A script's unit that was masked is found by its mask, and unmasked.
func TestMaskedScript(t *testing.T) {
	tree := treetest.Fill(el7())
	for _, a := range []services.Action{services.Mask, services.Mask, services.Unmask} {
		if _, err := do(t, tree, "load-balancer-servo", a, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tree.Lstat("etc/systemd/system/load-balancer-servo.service"); err == nil {
		t.Error("the mask is still there")
	}
}
