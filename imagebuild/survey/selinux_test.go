package survey

import (
	"strings"
	"testing"

	"lbimage/overlay/selinux"
	"lbimage/overlay/treetest"
)

func TestSELinux(t *testing.T) {
	config := func(mode string) map[string]string {
		return map[string]string{"etc/selinux/config": "# x\nSELINUX=" + mode + "\nSELINUXTYPE=targeted\n",
			"etc/selinux/targeted/policy/policy.24": "x", "etc/selinux/targeted/policy/policy.9": "x"}
	}
	without := func(mode string) map[string]string {
		return map[string]string{"etc/selinux/config": "SELINUX=" + mode + "\n"}
	}
	for _, c := range []struct {
		name         string
		files        map[string]string
		family, args string
		labelled     bool
		state        string
		why, note    string // parts
	}{
		{"none", nil, "rhel", "", false, "disabled", "there is no /etc/selinux/config", ""},
		{"enforcing", config("enforcing"), "rhel", "ro root=LABEL=x", true, "enforcing", "/etc/selinux/config says so", ""},
		{"permissive", config("permissive"), "rhel", "", true, "permissive", "says so", ""},
		{"disabled", config("disabled"), "rhel", "enforcing=1", true, "disabled", "says so", ""},
		{"the kernel turns it off", config("enforcing"), "rhel", "ro selinux=0", true, "disabled", "the kernel is told selinux=0", ""},
		{"and on again", config("enforcing"), "rhel", "selinux=0 selinux=1", true, "enforcing", "says so", ""},
		{"the kernel does not enforce", config("enforcing"), "rhel", "enforcing=0", true, "permissive", "the kernel is told enforcing=0", ""},
		{"the kernel enforces", config("permissive"), "rhel", "enforcing=1", true, "enforcing", "the kernel is told enforcing=1", ""},
		{"no policy", without("enforcing"), "rhel", "", true, "enforcing", "says so", "the system stops"},
		{"no policy, permissive", without("permissive"), "rhel", "", true, "disabled", "there is no policy in /etc/selinux/targeted/policy", ""},
		{"no mode", without(""), "rhel", "", false, "disabled", "names no mode", ""},
		{"no labels", config("enforcing"), "rhel", "", false, "enforcing", "says so", "files have no labels"},
		{"Debian", config("enforcing"), "debian", "quiet", true, "disabled", "not told to use it", ""},
		{"Debian, asked for", config("enforcing"), "debian", "security=selinux", true, "enforcing", "says so", ""},
		{"another module", config("enforcing"), "rhel", "lsm=landlock,apparmor", true, "disabled", "not told to use it", ""},
		{"among modules", config("enforcing"), "debian", "lsm=landlock,selinux", true, "enforcing", "says so", ""},
		{"a name that leads out", map[string]string{"etc/selinux/config": "SELINUXTYPE=../..\n"}, "rhel", "", false, "disabled", "cannot be read", "no name of a policy"},
	} {
		m := treetest.Fill(c.files)
		if c.labelled {
			for _, name := range []string{".", "etc"} {
				if err := m.SetXattr(name, selinux.Attr, []byte("system_u:object_r:etc_t:s0\x00")); err != nil {
					t.Fatal(err)
				}
			}
		}
		got := selinuxOf(m, c.family, c.args)
		if got.State != c.state || !strings.Contains(got.Why, c.why) || got.Labelled != c.labelled {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.note == "" && got.Notes != nil || c.note != "" && (len(got.Notes) != 1 || !strings.Contains(got.Notes[0], c.note)) {
			t.Errorf("%s: notes %q, want %q", c.name, got.Notes, c.note)
		}
		if _, ok := c.files["etc/selinux/targeted/policy/policy.24"]; ok && got.Loaded != "/etc/selinux/targeted/policy/policy.24" {
			t.Errorf("%s: %q is loaded", c.name, got.Loaded)
		}
	}
}
