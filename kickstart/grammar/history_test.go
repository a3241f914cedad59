package grammar

import (
	"fmt"
	"testing"
)

func TestHistory(t *testing.T) {
	for _, test := range []struct{ owner, option, want string }{
		{"install", "", "[RHEL5 RHEL6 RHEL7 RHEL8] RHEL8 RHEL9 cdrom, harddrive, nfs or url alone"},
		{"partition", "", "[RHEL5 RHEL6 RHEL7 RHEL8 RHEL9] no version no version "},
		{"authconfig", "", "[RHEL5 RHEL6 RHEL7 RHEL8 RHEL9] RHEL8 no version authselect"},
		{"btrfs", "", "[RHEL7] no version RHEL8 logvol, with another file system"},
		{"key", "", "[RHEL5 RHEL6] RHEL6 RHEL7 "},
		{"langsupport", "", "[RHEL5] RHEL5 RHEL6 a group of %packages"},
		{"timesource", "", "[RHEL9] no version no version "},
		{"part", "--start", "[RHEL5 RHEL6] RHEL6 RHEL7 --size"},
		{"partition", "--usepart", "[RHEL5 RHEL6 RHEL7 RHEL8 RHEL9] no version no version "},
		{"bootloader", "--hvargs", "[RHEL5] no version RHEL6 --append"},
		{"firewall", "--telnet", "[RHEL5 RHEL6] RHEL6 RHEL7 --port=23:tcp"},
		{"autopart", "--type", "[RHEL7 RHEL8 RHEL9] no version no version "},
		{"timezone", "--ntpservers", "[RHEL7 RHEL8 RHEL9] RHEL9 no version timesource --ntp-server"},
		{"multipath", "--rule", "[RHEL5 RHEL6 RHEL7 RHEL8] no version RHEL9 "},
		{"sshkey", "--username", "[RHEL8 RHEL9] no version no version "},
		{"%packages", "--nobase", "[RHEL5 RHEL6 RHEL7] RHEL7 RHEL8 "},
		{"%onerror", "--erroronfail", "[RHEL7 RHEL8 RHEL9] no version no version "},
	} {
		var h History
		var ok bool
		if test.option == "" {
			h, ok = CommandHistory(test.owner)
		} else {
			h, ok = OptionHistory(test.owner, test.option)
		}
		got := fmt.Sprintf("%v %v %v %s", h.Releases, h.Deprecated, h.Removed, h.Instead)
		if !ok || got != test.want {
			t.Errorf("%s %s: %s, want %s", test.owner, test.option, got, test.want)
		}
	}
	if _, ok := CommandHistory("lilo"); ok {
		t.Error("lilo is older than the releases here")
	}
	for _, unknown := range [][2]string{{"part", "--sise"}, {"lilo", "--linear"}, {"%end", "--x"}} {
		if _, ok := OptionHistory(unknown[0], unknown[1]); ok {
			t.Errorf("%v is known", unknown)
		}
	}
}

func TestAbbreviated(t *testing.T) {
	for _, test := range []struct{ command, written, want string }{
		{"services", "--enable", "--enabled"},
		{"services", "--enabled", "--enabled"},
		{"part", "--grow", "--grow"},
		{"part", "--fsty", "--fstype"},
		{"part", "--fs", ""}, // --fstype, --fsoptions, --fsprofile
		{"part", "--usep", "--onpart"},
		{"firewall", "--disable", "--disabled"},
		{"firewall", "--dis", "--disabled"}, // of two names of the same
		{"part", "--st", ""},                // removed
		{"part", "--", ""},
		{"part", "--sizes", ""},
	} {
		c, _ := Lookup(RHEL7, test.command)
		o, ok := c.Abbreviated(test.written)
		if ok != (test.want != "") || o.Name != test.want {
			t.Errorf("%s %s: %q, want %q", test.command, test.written, o.Name, test.want)
		}
	}
	post, _ := LookupSection(RHEL6, "%post")
	if o, ok := post.Abbreviated("--error"); !ok || o.Name != "--erroronfail" {
		t.Errorf("%%post --error: %q", o.Name)
	}
}

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]Version{
		"RHEL6": RHEL6, "rhel-6": RHEL6, "EL6": RHEL6, "CentOS6": RHEL6, "centos 7": RHEL7, "6": RHEL6, "6.5": RHEL6,
		"rhel9.3": RHEL9, "": 0, "RHEL": 0, "RHEL4": 0, "RHEL10": 0, "F20": 0, "DEVEL": 0, "RHEL-": 0, "-6": 0, "+6": 0, "06": 0,
	} {
		got, err := ParseVersion(in)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %v %v", in, got, err)
		}
	}
}
