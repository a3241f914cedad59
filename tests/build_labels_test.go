package tests

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/servo/servotest"
)

// fileContexts are those of an image, in the style of the targeted policy.
const fileContexts = `/.*	system_u:object_r:default_t:s0
/etc(/.*)?	system_u:object_r:etc_t:s0
/etc/shadow.*	--	system_u:object_r:shadow_t:s0
/etc/cron\.d(/.*)?	system_u:object_r:system_cron_spool_t:s0
/etc/rc\.d/init\.d/.*	--	system_u:object_r:initrc_exec_t:s0
/usr/.*	system_u:object_r:usr_t:s0
/usr/lib(/.*)?	system_u:object_r:lib_t:s0
/usr/bin(/.*)?	system_u:object_r:bin_t:s0
/usr/libexec(/.*)?	system_u:object_r:bin_t:s0
/var/.*	system_u:object_r:var_t:s0
/home/[^/]+	-d	unconfined_u:object_r:user_home_dir_t:s0
/home/[^/]+/.+	unconfined_u:object_r:user_home_t:s0
/home/[^/]+/\.ssh(/.*)?	unconfined_u:object_r:ssh_home_t:s0
/tmp/.*	<<none>>
`

// labelledBase makes a disk of the sample image as it is on a system with SELinux: a policy, and labels.
func labelledBase(t *testing.T, dir, mode string) {
	t.Helper()
	rawBase(t, dir)
	writeFile(t, filepath.Join(dir, "file_contexts"), fileContexts)
	writeFile(t, filepath.Join(dir, "config"), "SELINUX="+mode+"\nSELINUXTYPE=targeted\n")
	script := "mkdir -p /etc/selinux/targeted/contexts/files\nput file_contexts /etc/selinux/targeted/contexts/files/file_contexts\nput config /etc/selinux/config\n"
	for _, p := range []string{"/", "/etc", "/etc/passwd", "/etc/shadow", "/etc/sysctl.conf", "/var", "/home", "/etc/load-balancer-servo", "/etc/load-balancer-servo/haproxy_template.conf"} {
		script += fmt.Sprintf("xattr set %s security.selinux system_u:object_r:old_t:s0\n", p)
	}
	writeFile(t, filepath.Join(dir, "script"), script)
	must(t, dir, lbimage, "fs", "script", "base.img", "script")
}

// rawBase puts the sample image's disk into a folder.
func rawBase(t *testing.T, dir string) {
	t.Helper()
	must(t, dir, lbimage, "customize", sampleRPM(t), "-o", "base.tgz", "--sysctl", "kernel.sysrq=0", "--force")
	must(t, dir, "sh", "-c", "tar -xzOf base.tgz > base.img")
	remove(t, dir, "base.tgz")
	remove(t, dir, "base.tgz.json")
}

// In an image with SELinux all that is made bears the label that matchpathcon has for it, whatever makes it; the record
// says how many.
func TestBuildLabels(t *testing.T) {
	need(t, "matchpathcon", "debugfs")
	dir := t.TempDir()
	labelledBase(t, dir, "enforcing")
	copyTo(t, servotest.RPM(t, "1.1.0"), dir+"/servo.rpm")
	writeFile(t, dir+"/files/etc/deploy/settings.conf", "a = 1\n")
	symlink(t, "settings.conf", dir+"/files/etc/deploy/link")
	writeFile(t, dir+"/files/tmp/none", "\n")
	writeFile(t, dir+"/lbimage.yaml", `apiVersion: lbimage/v1
source: base.img
output: {name: out}
servo: {rpm: servo.rpm}
overlay: [files]
sysctl: {net.ipv4.ip_forward: 1}
edits:
  - {user: {name: dev, createHome: true}}
  - {file: {path: /etc/cron.d/job, content: "#\n"}}
  - {symlink: {path: /usr/bin/tool, target: ls}}
  - {service: {name: ntpd, enabled: false}}
  - {authorizedKeys: {user: dev, keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGMN4QVzNpGrCWRDnWyPVqTO4nnVDnKwhbJHtvJ2bIS dev"]}}
haproxy: {timeouts: {client: 2m}}
`)
	must(t, dir, lbimage, "build")
	must(t, dir, "sh", "-c", "tar -xzOf out.tgz > out.img")
	var record struct {
		SELinux struct {
			Active                       bool
			Why                          string
			Given, Inherited, Unlabelled int
		}
		Changes []struct {
			Path, Op string
			After    *struct{ Mode, Type string }
		}
	}
	readJSON(t, dir+"/out.tgz.json", &record)
	if s := record.SELinux; !s.Active || s.Given < 20 || s.Why != "SELinux is enforcing, policy targeted" {
		t.Errorf("the record says %+v", s)
	}
	seen := map[string]bool{}
	for _, c := range record.Changes {
		if c.Op == "unchanged" || c.Op == "remove" {
			continue
		}
		got := strings.TrimSpace(must(t, dir, "debugfs", "-R", "ea_get -V "+c.Path+" security.selinux", "out.img?offset=1048576"))
		got = strings.Trim(strings.TrimSuffix(got, "\x00"), "\"\x00")
		got = strings.TrimSuffix(got, `\000`)
		want := "system_u:object_r:old_t:s0" // what was there keeps its own
		switch {
		case c.Op == "create":
			kind := "file"
			stat := must(t, dir, "debugfs", "-R", "stat "+c.Path, "out.img?offset=1048576")
			for word, k := range map[string]string{"Type: directory": "dir", "Type: symlink": "lnk_file"} {
				if strings.Contains(stat, word) {
					kind = k
				}
			}
			want = strings.TrimSpace(must(t, dir, "matchpathcon", "-n", "-m", kind, "-f", "file_contexts", c.Path))
			if want == "<<none>>" {
				want = "" // the folder's, and it has none
			}
			seen[strings.TrimPrefix(want, "system_u:object_r:")] = true
		case !slices.Contains([]string{"/etc/passwd", "/etc/shadow", "/etc/sysctl.conf"}, c.Path):
			continue // it had none, or a package put a new one in its place
		}
		if got != want {
			t.Errorf("%s %s is labelled %q, want %q", c.Op, c.Path, got, want)
		}
	}
	for _, kind := range []string{"etc_t:s0", "lib_t:s0", "bin_t:s0", "system_cron_spool_t:s0", "unconfined_u:object_r:user_home_dir_t:s0", "unconfined_u:object_r:ssh_home_t:s0"} {
		if !seen[kind] {
			t.Errorf("nothing was labelled %s: %v", kind, seen)
		}
	}
}

// Where SELinux is disabled nothing is labelled, and the record does not speak of it.
func TestBuildWithoutLabels(t *testing.T) {
	dir := t.TempDir()
	labelledBase(t, dir, "disabled")
	writeFile(t, dir+"/lbimage.yaml", "apiVersion: lbimage/v1\nsource: base.img\noutput: {name: out}\nedits: [file: {path: /etc/new, content: a}]\n")
	must(t, dir, lbimage, "build")
	must(t, dir, "sh", "-c", "tar -xzOf out.tgz > out.img")
	if got := must(t, dir, lbimage, "fs", "xattr", "out.img", "list", "/etc/new"); strings.Contains(got, "selinux") {
		t.Errorf("labelled: %s", got)
	}
	if strings.Contains(must(t, dir, "cat", "out.tgz.json"), `"selinux"`) {
		t.Error("the record speaks of SELinux")
	}
}
