package servotest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/haproxy-config"
	"lbimage/servo"
)

// sitePackages is Python's folder on EL6.
const sitePackages = "/usr/lib/python2.6/site-packages"

// RPM builds the package of a release with rpmbuild, and gives its path: its files with their owners and modes, its
// scripts that make the account and register the service.
func RPM(t testing.TB, release string) string {
	t.Helper()
	rpmbuild, err := exec.LookPath("rpmbuild")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("rpmbuild is not installed")
		}
		t.Skip("rpmbuild is not installed")
	}
	v, err := haproxyconfig.ParseVersion(release)
	if err != nil {
		t.Fatal(err)
	}
	layout, err := servo.Layout(v)
	if err != nil {
		t.Fatal(err)
	}
	top := t.TempDir()
	Write(t, filepath.Join(top, "tree"), Source(release))
	spec := filepath.Join(top, "servo.spec")
	if err := os.WriteFile(spec, []byte(specOf(release, layout)), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(rpmbuild, "-bb", "--quiet", "--define", "_topdir "+top, "--define", "source_tree "+filepath.Join(top, "tree"),
		"--define", "_build_id_links none", "--define", "__os_install_post %{nil}", "--define", "_binary_payload w6.gzdio", spec)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1400000000", "LC_ALL=C")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rpmbuild: %v\n%s", err, out)
	}
	found, _ := filepath.Glob(filepath.Join(top, "RPMS/noarch/*.rpm"))
	if len(found) != 1 {
		t.Fatalf("rpmbuild made %q", found)
	}
	return found[0]
}

// contents say which file of the source is at a path of the layout.
var contents = map[string]string{
	"/etc/load-balancer-servo/haproxy_template.conf": "scripts/haproxy_template.conf",
	"/etc/load-balancer-servo/boto.cfg":              "scripts/boto.cfg",
	"/etc/load-balancer-servo/503.http":              "scripts/503.http",
	"/etc/sudoers.d/servo":                           "scripts/servo-sudoers.conf",
	"/etc/init.d/load-balancer-servo":                "scripts/load-balancer-servo-init",
	"/usr/bin/load-balancer-servo":                   "load-balancer-servo",
	"/usr/libexec/load-balancer-servo/ntp-update":    "scripts/servo-ntp-update",
	"/usr/libexec/load-balancer-servo/dns-update":    "scripts/servo-dns-update",
	"/usr/libexec/load-balancer-servo/servo-prep":    "scripts/servo-prep",
	"/etc/cron.d/load-balancer-servo":                "load-balancer-servo.cron",
	"/usr/lib/tmpfiles.d/load-balancer-servo.conf":   "load-balancer-servo.tmpfiles",
	"/var/lib/load-balancer-servo/log4j.xml":         "scripts/log4j.xml",
}

func specOf(release string, layout []servo.File) string {
	var install, files strings.Builder
	for _, f := range layout {
		to := strings.ReplaceAll(f.Path, servo.SitePackages, sitePackages)
		to = strings.Replace(to, "/etc/init.d/", "/etc/rc.d/init.d/", 1) // where the link of EL6 leads
		mode := uint32(f.Mode.Perm())
		for _, bit := range []struct {
			is   os.FileMode
			unix uint32
		}{{os.ModeSetuid, 0o4000}, {os.ModeSetgid, 0o2000}} {
			if f.Mode&bit.is != 0 {
				mode |= bit.unix
			}
		}
		from := contents[f.Path]
		switch {
		case from != "":
			fmt.Fprintf(&install, "install -D -m 0644 %%{source_tree}/%s %%{buildroot}%s\n", from, to)
		case strings.HasSuffix(to, "/servo"):
			fmt.Fprintf(&install, "mkdir -p %%{buildroot}%[1]s\ncp -r %%{source_tree}/servo %%{buildroot}%[1]s/\n", sitePackages)
			metadata := sitePackages + "/Eucalyptus_Loadbalancer_Servo-" + release + "-py2.6.egg-info"
			fmt.Fprintf(&install, "printf 'Metadata-Version: 1.0\\nName: Eucalyptus Loadbalancer Servo\\nVersion: %s\\n' > %%{buildroot}%s\n", release, metadata)
			fmt.Fprintf(&files, "%%defattr(0644,root,root,0755)\n%s\n%s\n", to, metadata)
			continue
		default:
			fmt.Fprintf(&install, "mkdir -p %%{buildroot}%s\n", to)
		}
		word := ""
		if f.Mode.IsDir() {
			word = "%dir "
		}
		if f.Config {
			word = "%config(noreplace) "
		}
		fmt.Fprintf(&files, "%%attr(%04o,%s,%s) %s%s\n", mode, f.Owner.User, f.Owner.Group, word, to)
	}
	register := ""
	if release != "1.0.0" && !strings.HasPrefix(release, "1.0.") {
		register = `
%post
/sbin/chkconfig --add load-balancer-servo

%preun
if [ "$1" = "0" ]; then
    /sbin/service load-balancer-servo stop >/dev/null 2>&1
    /sbin/chkconfig --del load-balancer-servo
fi
`
	}
	return fmt.Sprintf(`Name: load-balancer-servo
Version: %s
Release: 0.el6
Summary: a stand-in for the servo
License: GPLv3
BuildArch: noarch
AutoReqProv: no
Requires: haproxy >= 1.5, python-boto, sudo, /bin/sh

%%description
A stand-in for the servo.

%%install
%s
%%pre
getent passwd servo >/dev/null || \
    useradd -d /var/lib/load-balancer-servo -M -s /sbin/nologin servo
if [ "$1" = "2" ]; then
    /sbin/service load-balancer-servo stop >/dev/null 2>&1 || :
fi
exit 0
%s
%%files
%s`, release, install.String(), strings.ReplaceAll(register, "%%", "%"), files.String())
}
