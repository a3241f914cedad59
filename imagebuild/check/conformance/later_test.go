package conformance

import (
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/check/checktest"
	"lbimage/overlay/treetest"
)

// What %post changes after a command is judged there: the command's own statement cannot be told where it does not hold.
func TestLater(t *testing.T) {
	lines := strings.Split(`rootpw hunter2
selinux --enforcing
services --enabled=cups
timezone Asia/Tokyo
lang de_DE.UTF-8
keyboard de
user --name=eve
group --name=none
network --hostname=other
firewall --enabled
%packages
haproxy
%end`, "\n")
	commands := strings.Join(lines, "\n") + "\n%post\n"
	tree := treetest.Fill(el6)
	checktest.Write(map[string]string{"var/lib/dpkg/status": "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n", "etc/sysconfig/keyboard": "KEYTABLE=us\n"})(t, tree)
	s := subjectOf(t, tree)
	abouts := []string{"password of root", "SELinux", "service cups", "time zone after an update of tzdata", "language", "keyboard", "user eve", "group none", "name of the machine", "firewall", "package haproxy"}
	for script, want := range map[string]string{ // which are told no longer
		"true":                     "",
		"echo done":                "",
		"passwd -l root":           "password of root",
		"usermod -L root":          "password of root",
		"echo 'root:x' | chpasswd": "password of root",
		"chkconfig cups off":       "service cups",
		"systemctl disable cups":   "service cups",
		"chkconfig iptables off":   "firewall",
		"chkconfig other off":      "",
		"userdel eve":              "user eve",
		"groupdel none":            "group none",
		"sed -i 's/enforcing/disabled/' /etc/selinux/config":       "SELinux",
		"echo SELINUX=disabled > /etc/sysconfig/../selinux/config": "SELinux",
		"cat > /etc/sysconfig/i18n <<EOF\nLANG=C\nEOF":             "language",
		"echo KEYTABLE=us >> /etc/sysconfig/keyboard":              "keyboard",
		"rm -f /etc/sysconfig/clock":                               "time zone after an update of tzdata",
		"rm -rf /etc/sysconfig":                                    "time zone after an update of tzdata,language,keyboard,name of the machine",
		"yum -y remove haproxy":                                    "package haproxy",
		"echo x > /etc/motd":                                       "",
		"chmod 600 /etc/selinux/config":                            "",
		"frobnicate > /etc/selinux/config":                         "SELinux",
	} {
		all, err := Judge(t.Context(), parse(t, commands+script+"\n%end\n", 6), s)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		seen := 0
		for _, st := range all {
			if st.Rule == PostRule || !slices.Contains(abouts, st.About) {
				continue
			}
			seen++
			switch {
			case st.Verdict == CannotBeTold && strings.Contains(st.Why, " afterwards"):
				got = append(got, st.About)
			case st.Verdict != DoesNotHold:
				t.Errorf("%s: %s", script, line(st))
			}
		}
		if strings.Join(got, ",") != want || seen != len(abouts) {
			t.Errorf("%q: %q are told no longer, not %q (%d statements)", script, got, want, seen)
		}
	}
	// A command that is not read, and could change anything, is named.
	all, err := Judge(t.Context(), parse(t, "selinux --enforcing\n%post\nfrobnicate\n%end\n", 6), s)
	if err != nil {
		t.Fatal(err)
	}
	if all[0].Verdict != DoesNotHold || !strings.Contains(all[0].Why, "unless lb.ks:3") {
		t.Error(line(all[0]))
	}
}
