package services_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
)

func TestDescribe(t *testing.T) {
	e, err := services.New(services.Request{Name: "ntpd.service", Action: services.Enable, Levels: "35"})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Describe(); got != "enable service ntpd.service in run levels 35" {
		t.Error(got)
	}
	if got := e.Paths(); !slices.Equal(got, []string{"/etc/init.d/ntpd", "/etc/systemd/system/ntpd.service"}) {
		t.Error(got)
	}
}

// What an image may say at most, and that circles end.
func TestBounds(t *testing.T) {
	files := el7()
	const dir = "usr/lib/systemd/system/"
	files[dir+"big.service"] = "[Install]\nWantedBy=a.target\n" + strings.Repeat("#\n", 1<<20)
	files[dir+"wide.service"] = "[Install]\nWantedBy=" + strings.Repeat("a.target ", 20_000) + "\n"
	for i := range 1200 {
		files[fmt.Sprintf("%schain%d.service", dir, i)] = fmt.Sprintf("[Install]\nWantedBy=a.target\nAlso=chain%d.service\n", i+1)
	}
	files[dir+"ring1.service"] = "[Install]\nWantedBy=a.target\nAlso=ring2.service\n"
	files[dir+"ring2.service"] = "[Install]\nWantedBy=a.target\nAlso=ring1.service ring2.service\n"
	files[dir+"two1.service"] = "[Install]\nAlias=same.service\nAlso=two2.service\n"
	files[dir+"two2.service"] = "[Install]\nAlias=same.service\n"
	files[dir+"taken.service"] = "[Install]\nWantedBy=t.target\nAlias=other.service\n"
	files["etc/systemd/system/t.target.wants/taken.service"] = "a file"
	files["etc/rc.d/init.d/big"] = "# chkconfig: 3 4 5\n" + strings.Repeat("#\n", 1<<20)
	// An alias of an alias of an alias.
	for i := range 40 {
		files[fmt.Sprintf("etc/systemd/system/name%d.service", i)] = fmt.Sprintf("-> /usr/lib/systemd/system/name%d.service", i+1)
		files[fmt.Sprintf("%sname%d.service", dir, i)] = "[Install]\nWantedBy=a.target\n"
	}
	for _, c := range []struct{ name, want string }{
		{"big.service", "/usr/lib/systemd/system/big.service: 2097"},
		{"wide", "more than 10000 are too many"},
		{"chain0", "reaches more than 1000 units"},
		{"ring1", ""},
		{"two1", "/etc/systemd/system/same.service: would have to lead to"},
		{"taken", "/etc/systemd/system/t.target.wants/taken.service: a file stands"},
		{"name1", "its aliases go round"},
	} {
		tree := treetest.Fill(files)
		before := len(tree.Names())
		_, err := do(t, tree, c.name, services.Enable, "")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		if err != nil && len(tree.Names()) != before {
			t.Errorf("%s: refused and yet it wrote", c.name)
		}
	}
	delete(files, dir+"big.service")
	if _, err := do(t, treetest.Fill(files), "big", services.Enable, ""); err == nil || !strings.Contains(err.Error(), "/etc/rc.d/init.d/big: 2097") {
		t.Error(err)
	}
}

func TestXinetdNotes(t *testing.T) {
	tree := treetest.Fill(el6())
	changes, err := do(t, tree, "rsync", services.Enable, "3")
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(changes[0].Notes, "\n")
	if !strings.Contains(notes, "enable xinetd, too") || !strings.Contains(notes, "run levels say nothing") {
		t.Errorf("notes %q", notes)
	}
	files := el7()
	files["usr/lib/systemd/system/xinetd.service"] = "[Install]\nWantedBy=multi-user.target\n"
	files["etc/systemd/system/multi-user.target.wants/xinetd.service"] = "-> /usr/lib/systemd/system/xinetd.service"
	changes, err = do(t, treetest.Fill(files), "rsync", services.Enable, "")
	if err != nil || len(changes[0].Notes) != 0 {
		t.Errorf("%v, %v", changes, err)
	}
}

// Of two that have one name, the image's own start decides.
func TestWhichOne(t *testing.T) {
	files := map[string]string{
		"sbin/init":                "upstart 1.12",
		"etc/init/ssh.conf":        "start on runlevel [2345]\n",
		"etc/init.d/ssh":           "-> /lib/init/upstart-job",
		"lib/init/upstart-job":     "#!/bin/sh\n",
		"etc/debian_version":       "jessie/sid\n",
		"etc/init.d/both":          strings.ReplaceAll(servoScript, "load-balancer-servo", "both"),
		"etc/init/both.conf":       "start on x\n",
		"usr/share/doc/upstart-9/": "",
	}
	tree := treetest.Fill(files)
	if _, err := do(t, tree, "ssh", services.Disable, ""); err != nil {
		t.Fatal(err)
	}
	if got, err := tree.ReadFile("etc/init/ssh.override"); err != nil || string(got) != "manual\n" {
		t.Errorf("%q, %v", got, err)
	}
	changes, err := do(t, tree, "both", services.Enable, "")
	if err != nil {
		t.Fatal(err)
	}
	last := changes[len(changes)-1]
	if !strings.HasPrefix(last.Path, "/etc/rc") || !strings.Contains(strings.Join(last.Notes, "\n"), "upstart job of the same name") {
		t.Errorf("%v %v", last, last.Notes)
	}
	list, err := services.List(tree)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, s.Name+" "+string(s.Kind)+" "+s.State)
	}
	if want := []string{"both sysv on", "both upstart on", "ssh upstart off"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A name that is only a link to another unit stands for that one.
func TestAliasIsMeant(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"sbin/init":                             "-> ../usr/lib/systemd/systemd",
		"usr/lib/systemd/systemd":               "",
		"usr/lib/systemd/system/ntpsec.service": "[Install]\nWantedBy=multi-user.target\nAlias=ntpd.service\n",
		"etc/systemd/system/ntpd.service":       "-> /usr/lib/systemd/system/ntpsec.service",
	})
	if _, err := do(t, tree, "ntpd", services.Enable, ""); err != nil {
		t.Fatal(err)
	}
	if got, err := tree.ReadLink("etc/systemd/system/multi-user.target.wants/ntpsec.service"); err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A script that a package of Enterprise Linux put into /etc/rc.d/init.d is started on Debian too, and the links of the
// others stay.
func TestScriptOfAnotherSystem(t *testing.T) {
	const header = "### BEGIN INIT INFO\n# Provides: x\n# Default-Start: 2 3\n# Default-Stop: 0\n### END INIT INFO\n"
	tree := treetest.Fill(map[string]string{
		"etc/debian_version":   "12.0\n",
		"etc/init.d/cron":      header,
		"etc/rc2.d/S01cron":    "-> ../init.d/cron",
		"etc/rc0.d/":           "",
		"etc/rc3.d/":           "",
		"etc/rc.d/init.d/mine": header,
	})
	if _, err := do(t, tree, "mine", services.Add, ""); err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string]string{
		"etc/init.d/mine": "../rc.d/init.d/mine", "etc/rc2.d/S01mine": "../init.d/mine", "etc/rc0.d/K01mine": "../init.d/mine", "etc/rc2.d/S01cron": "../init.d/cron",
	} {
		if got, err := tree.ReadLink(link); err != nil || got != want {
			t.Errorf("%s leads to %q (%v), not to %q", link, got, err, want)
		}
	}
}
