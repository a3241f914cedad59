package script

import (
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart"
	"lbimage/kickstart/script/sed"
)

func flag(names ...string) (out []kickstart.Option) {
	for _, n := range names {
		name, value, given := strings.Cut(n, "=")
		out = append(out, kickstart.Option{Name: name, Value: value, Given: given})
	}
	return out
}

func same(t *testing.T, r *Reading, want ...string) {
	t.Helper()
	if got := told(r); !slices.Equal(got, want) {
		t.Errorf("it is\n  %s\nnot\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestOptions(t *testing.T) {
	same(t, Read(post("echo a > /a\n", flag("--interpreter=/usr/bin/python")...)), "unread %post")
	same(t, Read(post("echo a > /a\n", flag("--interpreter=/bin/bash", "--log=/root/l", "--erroronfail")...)), `write /a "a\n"`, "unread %post of /root/l")
	// Outside of the image: only what is written into it counts.
	same(t, Read(post("cp /etc/resolv.conf /mnt/sysimage/etc/\necho a > $INSTALL_ROOT/etc/b\necho c > /etc/c\npasswd -l root\nfoo\nchroot /mnt/sysimage x\nln -s /a $INSTALL_ROOT/l\nrm -f /mnt/sysimage/etc/d\n", flag("--nochroot")...)),
		"unread cp /etc/resolv.conf /mnt/sysimage/etc/ of /etc/resolv.conf", `write /etc/b "a\n"`, "harmless passwd -l root", "unread foo", "unread chroot /mnt/sysimage x", "symlink /l /a or inside", "remove /etc/d")
	// With --erroronfail there is no image where a script fails.
	same(t, Read(post("set -e\nfoo\necho a > /a\n[ -f /b ] || exit 1\necho b > /b\n", flag("--erroronfail")...)), "unread foo", `write /a "a\n"`, `write /b "b\n"`)
}

func TestSections(t *testing.T) {
	f := post("A=1\ncd /etc\necho a > x\n")
	second := *f.Nodes[0].(*kickstart.Section)
	second.Place.Line, second.Body = 20, "[ -f /etc/x ] && echo $A > /y\n\n  echo b > x\n"
	f.Nodes = append(f.Nodes, &second)
	r := Read(f)
	same(t, r, `write /etc/x "a\n"`, "unread echo $A > /y of /y", `write /x "b\n"`)
	if p := r.Effects[1].Place; p != (kickstart.Place{File: "lb.ks", Line: 23, Column: 3}) {
		t.Errorf("the place is %s", p)
	}
	if p := r.Unread[0].Place; p != (kickstart.Place{File: "lb.ks", Line: 21, Column: 18}) {
		t.Errorf("the place is %s", p)
	}
}

// TestSecrets: no password and no hash stands in a command or a reason that is shown.
func TestSecrets(t *testing.T) {
	const clear, hash = "s3cr3t-w0rd", "$6$saltsalt$Abcdefghijklmnop.qrstuv/wxyz0123456789"
	for body, want := range map[string][]string{
		"echo 'root:" + clear + "' | chpasswd\n":                                                    {`secret root "` + clear + `"`},
		"echo 'root:" + hash + "' | chpasswd -e\n":                                                  {`hash root "` + hash + `"`},
		"echo " + clear + " | passwd --stdin root > /dev/null\n":                                    {`secret root "` + clear + `"`},
		"chpasswd <<EOF\na:" + clear + "\nb:x\nEOF\n":                                               {`secret a "` + clear + `"`, `secret b "x"`},
		"usermod -p '" + hash + "' root\n":                                                          {`hash root "` + hash + `"`},
		"useradd -m -p '" + hash + "' u\n":                                                          {"user u ", `hash u "` + hash + `"`},
		"echo \"$X:" + clear + "\" | chpasswd\n":                                                    nil,
		"P=" + clear + "\nif foo; then echo root:$P | chpasswd; fi\n":                               nil,
		"mysql --password=" + clear + "\n":                                                          nil,
		"curl -u me:" + clear + " http://x -o /x\n":                                                 nil,
		"sed -i 's#^root:[^:]*#root:" + hash + "#' /etc/shadow\n":                                   nil,
		"export ROOT_PASSWORD=" + clear + "; foo\nROOT_PASSWORD=" + clear + " x":                    nil,
		"bash -c 'echo root:" + clear + " | chpasswd'\n":                                            nil,
		"f() { echo \"root:$1\" | chpasswd; }; f " + clear + "; usermod --password " + clear + " x": nil,
	} {
		r := Read(post(body))
		if want != nil {
			same(t, r, want...)
		}
		for _, e := range r.Effects {
			if all := e.Command + e.Conditional; strings.Contains(all, clear) || strings.Contains(all, hash) {
				t.Errorf("%q shows the secret", all)
			}
		}
		for _, u := range r.Unread {
			if all := u.Command + u.Why; strings.Contains(all, clear) || strings.Contains(all, hash) {
				t.Errorf("%q shows the secret", all)
			}
		}
	}
}

func TestSuperseded(t *testing.T) {
	for body, want := range map[string][]int{
		"echo a > /a\necho b >> /a\nsed -i s/a/b/ /a\necho c > /a\n":                             {3, 3, 3, -1},
		"echo a > /a\nchmod 600 /a\necho b > /a\nchmod 644 /a\n":                                 {2, 3, -1, -1},
		"mkdir -p /x/y\necho a > /x/y/z\nrm -rf /x\n":                                            {2, 2, -1},
		"rm -rf /a\nmkdir -p /a/b\n":                                                             {1, -1},
		"rm -f /a\ntouch /a\n":                                                                   {1, -1},
		"passwd -l root\npasswd -u root\n":                                                       {1, -1},
		"useradd u\nuserdel u\n":                                                                 {1, -1},
		"chkconfig a on\nchkconfig a off\nchkconfig --level 5 b on\nchkconfig --level 3 b off\n": {1, -1, -1, -1},
		"echo a > /a\nif foo; then rm /a; fi\n":                                                  {-1, -1},
		"echo a > /etc/rc.local\necho b > /etc/rc.d/rc.local\n":                                  {1, -1},
		"echo a > /a\nmv -T /a /b\n":                                                             {1, -1},
		"passwd -l root\nsed -i 's/^root:!*/root:/' /etc/shadow\n":                               {1, -1},
		"yum -y install a b\nyum -y remove b\n":                                                  {1, -1},
		"useradd -s /bin/sh u\nusermod -a -G wheel u\nusermod -s /bin/false u\n":                 {2, -1, -1},
	} {
		var got []int
		for _, e := range Read(post(body)).Effects {
			got = append(got, e.SupersededBy)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, not %v", body, got, want)
		}
	}
}

func TestAfter(t *testing.T) {
	for body, want := range map[string]int{
		"echo a > /etc/a\nfoo\n":                                  1,
		"foo\necho a > /etc/a\n":                                  0,
		"echo a > /etc/a\nservice x start\n":                      0,
		"echo a > /etc/a\ncurl -o /etc/b http://x\n":              0,
		"echo a > /etc/a\ncurl -o /etc/a http://x\n":              1,
		"echo a > /etc/a\nrm -rf /etc/*.d\n":                      0,
		"echo a > /etc/a\nfind /etc -delete\n":                    1,
		"echo a > /etc/a\nif foo -f; then :; fi\n":                1,
		"echo a > /etc/a\n[ -f /x ] && rm /etc/a\n":               1,
		"echo a > /etc/rc.local\ncurl -o /etc/rc.d/rc.local x\n":  1,
		"passwd -l root\nauthconfig --update\n":                   1,
		"passwd -l root\ncurl -o /x http://x\n":                   0,
		"chkconfig a on\ncurl -o /etc/rc.d/rc3.d/K01a http://x\n": 1,
	} {
		if got := len(Read(post(body)).After(0)); got != want {
			t.Errorf("%q: %d, not %d", body, got, want)
		}
	}
}

func TestFinal(t *testing.T) {
	for body, want := range map[string]string{
		"echo a > /a\necho b >> /a\nsed -i s/a/c/ /a\n":                   "c\nb\n",
		"echo a > /b\nmv -T /b /a\n":                                      "a\n",
		"echo a > /b\nln -s b /a\n":                                       "?",
		"rm -f /a\nln -sfn b /a\necho x > /a\necho y >> /b\n":             "x\ny\n",
		"echo a > /a\nfoo\n":                                              "?",
		"echo a > /a\ncurl -o /b http://x\n":                              "a\n",
		"echo a > /a\nif foo -x; then echo b > /a; fi\n":                  "?",
		"echo a >> /a\n":                                                  "?",
		"rm -f /a\necho a >> /a\n":                                        "a\n",
		"echo a > /b\ncp /b /a\n":                                         "?",
		"echo x > /a\necho a > /b\ncp /b /a\n":                            "a\n",
		"echo a > /x/y\nrm -rf /x\nmkdir /x\ntouch /x/y\ncat /x/y > /a\n": "",
	} {
		got, known := Read(post(body)).Final("/a")
		if text := string(got); known && text != want || !known && want != "?" {
			t.Errorf("%q: %q %v, not %q", body, got, known, want)
		}
	}
}

func TestMadeAndLines(t *testing.T) {
	r := Read(post("sed -i '/requiretty/s/^/#/' /s\nsed -i '/visiblepw/s/^/#/' /s\necho 'Defaults requiretty' >> /s\nsed -i s/a/b/ /t\nsed -i s/b/c/ /t\necho abc >> /u\nsed -i s/b/X/ /u\n"))
	for _, c := range []struct {
		effect int
		text   string
		want   sed.Answer
	}{
		{0, "#Defaults requiretty\n#Defaults visiblepw\nDefaults requiretty\n", sed.Yes},
		{0, "Defaults requiretty\n#Defaults visiblepw\nDefaults requiretty\n", sed.No},
		{0, "#Defaults requiretty\n", sed.Unknown},
		{1, "Defaults visiblepw\nDefaults requiretty\n", sed.No},
		{3, "c\n", sed.Yes},
		{3, "a\n", sed.No},
		{3, "b\n", sed.No},
	} {
		if got := r.Made(c.effect, []byte(c.text)); got.Answer != c.want {
			t.Errorf("effect %d of %q: %+v, not %s", c.effect, c.text, got, c.want)
		}
	}
	if got, known := r.Lines(5); got != "aXc\n" || !known {
		t.Errorf("%q %v", got, known)
	}
}
