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
	for _, unknown := range [][2]string{{"part", "--sise"}, {"lilo", "--linear"}, {"%end", "--x"}, {"part", ""}} {
		if _, ok := OptionHistory(unknown[0], unknown[1]); ok {
			t.Errorf("%v is known", unknown)
		}
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
