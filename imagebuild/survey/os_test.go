package survey

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
)

// Texts as the systems have them.
const (
	centos7  = "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\nANSI_COLOR=\"0;31\"\nCPE_NAME=\"cpe:/o:centos:centos:7\"\n"
	debian12 = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"
	ubuntu14 = "NAME=\"Ubuntu\"\nVERSION=\"14.04.6 LTS, Trusty Tahr\"\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME=\"Ubuntu 14.04.6 LTS\"\nVERSION_ID=\"14.04\"\n"
	rocky9   = "NAME=\"Rocky Linux\"\nVERSION=\"9.2 (Blue Onyx)\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.2\"\nPRETTY_NAME=\"Rocky Linux 9.2 (Blue Onyx)\"\nCPE_NAME=\"cpe:/o:rocky:rocky:9::baseos\"\n"
	oracle7  = "NAME=\"Oracle Linux Server\"\nVERSION=\"7.9\"\nID=\"ol\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"7.9\"\nPRETTY_NAME=\"Oracle Linux Server 7.9\"\n"
)

func TestOS(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  OS
		note  string // a part of the one that there is
	}{
		{"nothing", nil, OS{}, ""},
		{"EL5", map[string]string{"etc/redhat-release": "CentOS release 5.11 (Final)\n"},
			OS{ID: "centos", Name: "CentOS", Version: "5.11", Major: 5, Codename: "Final", Pretty: "CentOS release 5.11 (Final)", Family: "rhel", Path: "/etc/redhat-release"}, ""},
		{"EL6", map[string]string{"etc/centos-release": "CentOS release 6.5 (Final)\n", "etc/redhat-release": "-> centos-release", "etc/system-release-cpe": "cpe:/o:centos:linux:6:GA\n"},
			OS{ID: "centos", Name: "CentOS", Version: "6.5", Major: 6, Codename: "Final", Pretty: "CentOS release 6.5 (Final)", Family: "rhel", CPE: "cpe:/o:centos:linux:6:GA", Path: "/etc/centos-release"}, ""},
		{"RHEL6", map[string]string{"etc/redhat-release": "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n"},
			OS{ID: "rhel", Name: "Red Hat Enterprise Linux Server", Version: "6.10", Major: 6, Codename: "Santiago", Pretty: "Red Hat Enterprise Linux Server release 6.10 (Santiago)", Family: "rhel", Path: "/etc/redhat-release"}, ""},
		{"SL5", map[string]string{"etc/redhat-release": "Scientific Linux SL release 5.11 (Boron)\n"},
			OS{ID: "scientific", Name: "Scientific Linux", Version: "5.11", Major: 5, Codename: "Boron", Pretty: "Scientific Linux SL release 5.11 (Boron)", Family: "rhel", Path: "/etc/redhat-release"}, ""},
		{"EL7", map[string]string{"usr/lib/os-release": centos7, "etc/os-release": "-> ../usr/lib/os-release", "etc/redhat-release": "-> centos-release", "etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n"},
			OS{ID: "centos", Name: "CentOS Linux", Version: "7.9.2009", Major: 7, Codename: "Core", Pretty: "CentOS Linux release 7.9.2009 (Core)", Family: "rhel", CPE: "cpe:/o:centos:centos:7", Path: "/usr/lib/os-release"}, ""},
		{"Oracle 7", map[string]string{"etc/os-release": oracle7, "etc/oracle-release": "Oracle Linux Server release 7.9\n", "etc/redhat-release": "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n"},
			OS{ID: "ol", Name: "Oracle Linux Server", Version: "7.9", Major: 7, Pretty: "Oracle Linux Server 7.9", Family: "rhel", Path: "/etc/os-release"}, ""},
		{"Rocky 9", map[string]string{"etc/os-release": rocky9, "etc/rocky-release": "Rocky Linux release 9.2 (Blue Onyx)\n", "etc/redhat-release": "Rocky Linux release 9.2 (Blue Onyx)\n"},
			OS{ID: "rocky", Name: "Rocky Linux", Version: "9.2", Major: 9, Codename: "Blue Onyx", Pretty: "Rocky Linux 9.2 (Blue Onyx)", Family: "rhel", CPE: "cpe:/o:rocky:rocky:9::baseos", Path: "/etc/os-release"}, ""},
		{"Stream", map[string]string{"etc/centos-release": "CentOS Stream release 8\n"},
			OS{ID: "centos", Name: "CentOS Stream", Version: "8", Major: 8, Pretty: "CentOS Stream release 8", Family: "rhel", Path: "/etc/centos-release"}, ""},
		{"Debian 12", map[string]string{"etc/os-release": debian12, "etc/debian_version": "12.5\n"},
			OS{ID: "debian", Name: "Debian GNU/Linux", Version: "12.5", Major: 12, Codename: "bookworm", Pretty: "Debian GNU/Linux 12 (bookworm)", Family: "debian", Path: "/etc/os-release"}, ""},
		{"Debian testing", map[string]string{"etc/os-release": "ID=debian\nNAME='Debian GNU/Linux'\nVERSION_CODENAME=trixie\n", "etc/debian_version": "trixie/sid\n"},
			OS{ID: "debian", Name: "Debian GNU/Linux", Codename: "trixie", Family: "debian", Path: "/etc/os-release"}, ""},
		{"Debian 6", map[string]string{"etc/debian_version": "6.0.10\n"},
			OS{ID: "debian", Name: "Debian GNU/Linux", Version: "6.0.10", Major: 6, Pretty: "Debian GNU/Linux 6.0.10", Family: "debian", Path: "/etc/debian_version"}, ""},
		{"Ubuntu", map[string]string{"etc/os-release": ubuntu14, "etc/debian_version": "jessie/sid\n", "etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n"},
			OS{ID: "ubuntu", Name: "Ubuntu", Version: "14.04", Major: 14, Pretty: "Ubuntu 14.04.6 LTS", Family: "debian", Path: "/etc/os-release"}, ""},
		{"Ubuntu of old", map[string]string{"etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\nDISTRIB_DESCRIPTION=\"Ubuntu 10.04.4 LTS\"\n"},
			OS{ID: "ubuntu", Name: "Ubuntu", Version: "10.04", Major: 10, Codename: "lucid", Pretty: "Ubuntu 10.04.4 LTS", Family: "debian", Path: "/etc/lsb-release"}, ""},
		{"SLES 11", map[string]string{"etc/SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n"},
			OS{ID: "sles", Name: "SUSE Linux Enterprise Server", Version: "11.3", Major: 11, Pretty: "SUSE Linux Enterprise Server 11 (x86_64)", Family: "suse", Path: "/etc/SuSE-release"}, ""},
		{"a system of its own", map[string]string{"etc/os-release": "ID=alpine\nVERSION_ID=3.20.1\n"},
			OS{ID: "alpine", Version: "3.20.1", Major: 3, Family: "other", Path: "/etc/os-release"}, ""},
		{"disagreement", map[string]string{"etc/os-release": centos7, "etc/redhat-release": "CentOS release 6.5 (Final)\n"},
			OS{ID: "centos", Name: "CentOS Linux", Version: "7", Major: 7, Codename: "Core", Pretty: "CentOS Linux 7 (Core)", Family: "rhel", CPE: "cpe:/o:centos:centos:7", Path: "/etc/os-release"},
			"/etc/os-release says CentOS Linux 7 (Core), and /etc/redhat-release says CentOS release 6.5 (Final)"},
		{"Debian's files disagree", map[string]string{"etc/os-release": debian12, "etc/debian_version": "11.7\n"},
			OS{ID: "debian", Name: "Debian GNU/Linux", Version: "12", Major: 12, Codename: "bookworm", Pretty: "Debian GNU/Linux 12 (bookworm)", Family: "debian", Path: "/etc/os-release"}, "/etc/debian_version says 11.7"},
		{"nonsense", map[string]string{"etc/redhat-release": "hello\x1b[2J\n"}, OS{}, `"hello\x1b[2J" names no release`},
		{"a folder", map[string]string{"etc/os-release/": ""}, OS{}, "/etc/os-release"},
		{"huge", map[string]string{"etc/os-release": strings.Repeat("#", maxRelease+1)}, OS{}, "more than the"},
	} {
		got := osOf(treetest.Fill(c.files))
		notes := got.Notes
		got.Notes = nil
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
		if c.note == "" && notes != nil || c.note != "" && (len(notes) != 1 || !strings.Contains(notes[0], c.note)) {
			t.Errorf("%s: notes %q, want %q", c.name, notes, c.note)
		}
	}
}

func FuzzOS(f *testing.F) {
	f.Add(centos7, "CentOS release 6.5 (Final)")
	f.Add("ID='a\nID=\"\\", "12.5")
	f.Fuzz(func(t *testing.T, release, line string) {
		o := osOf(treetest.Fill(map[string]string{"etc/os-release": release + "\n", "etc/redhat-release": line + "\n", "etc/debian_version": line + "\n"}))
		if n := len(fmt.Sprint(o)); n > 20*maxValue+4000 {
			t.Errorf("%d bytes", n)
		}
	})
}
