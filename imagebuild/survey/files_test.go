package survey

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
)

// lookedAt gives the files that deserve a look.
func lookedAt(t *testing.T, m *treetest.Memory) Files {
	t.Helper()
	c := newFilesCollector(m)
	if _, err := walk(t.Context(), m, c); err != nil {
		t.Fatal(err)
	}
	return c.files
}

func TestFilesByName(t *testing.T) {
	elf := func(kind string) string { return "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + kind + "\x3e\x00" }
	files := map[string]string{
		"core: srv/app/core":                                 elf("\x04\x00"),
		"core: srv/app/big.core":                             "\x7fELF\x02\x02\x01" + strings.Repeat("\x00", 9) + "\x00\x04\x00\x3e",
		": srv/app/core.1":                                   elf("\x02\x00"),
		": usr/lib/node/core":                                "no program",
		"core: var/lib/systemd/coredump/core.app.0.zst":      "x",
		"swap: var/swap":                                     strings.Repeat("\x00", 65526) + "SWAPSPACE2",
		": etc/swap.conf":                                    strings.Repeat("x", 9000),
		"history: root/.mysql_history":                       "x",
		"history: home/a/.local/share/fish/fish_history":     "x",
		"history: home/a/.ssh/known_hosts":                   "x",
		": usr/share/skel/.bash_history":                     "x",
		"log: var/log/audit/audit.log":                       "x",
		"log: var/log/wtmp":                                  "x",
		": var/log/btmp":                                     "\x00\x00",
		": var/log/empty":                                    "",
		"log: root/install.log":                              "x",
		"cache: var/cache/apt/pkgcache.bin":                  "x",
		"cache: home/a/.cache/pip/x":                         "x",
		": var/cache/man/index.db":                           "x",
		"lease: var/lib/dhcp/dhclient.eth0.leases":           "x",
		"net-rule: etc/udev/rules.d/70-persistent-net.rules": "SUBSYSTEM==\"net\"\n",
		"host-key: etc/ssh/ssh_host_key":                     "x",
		": etc/ssh/ssh_host_key.pub":                         "x",
		"seed: var/lib/systemd/random-seed":                  "x",
		"machine-id: etc/machine-id":                         "abc\n",
		": var/lib/dbus/machine-id":                          "\n",
		"mail: var/mail/root":                                "x",
		"account-backup: etc/passwd-":                        "x",
		"account-backup: etc/group.bak":                      "x",
		"package-leftover: etc/x.conf.rpmsave":               "x",
		"package-leftover: etc/x.conf.dpkg-dist":             "x",
		"editor-leftover: root/notes~":                       "x",
		"editor-leftover: etc/#x#":                           "x",
		": usr/share/x~":                                     "x",
		"private-key: home/a/.ssh/id_ed25519":                "-----BEGIN OPENSSH PRIVATE KEY-----\n",
		"private-key: etc/haproxy/site.pem":                  "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n",
		": etc/haproxy/ca.pem":                               "-----BEGIN CERTIFICATE-----\n",
		"private-key: etc/app/store.p12":                     "x",
		"credential: root/.netrc":                            "x",
		"credential: home/a/.docker/config.json":             "x",
		"credential: etc/boto.cfg":                           "[Credentials]\nAWS_SECRET_ACCESS_KEY=x\n",
		"cloud-init: var/lib/cloud/data/instance-id":         "x",
		"temp: var/tmp/x":                                    "x",
	}
	content, want := map[string]string{}, map[string]string{}
	for name, text := range files {
		kind, path, _ := strings.Cut(name, ": ")
		content[path] = text
		want["/"+path] = kind
	}
	got := map[string]string{}
	for kind, l := range lookedAt(t, treetest.Fill(content)) {
		if l.Count != len(l.Files) {
			t.Errorf("%s: %d, %d listed", kind, l.Count, len(l.Files))
		}
		for _, f := range l.Files {
			if other := got[f.Path]; other != "" {
				t.Errorf("%s is %s and %s", f.Path, other, kind)
			}
			got[f.Path] = string(kind)
		}
	}
	for path, kind := range want {
		if got[path] != kind {
			t.Errorf("%s is %q, not %q", path, got[path], kind)
		}
		delete(got, path)
	}
	for path, kind := range got {
		t.Errorf("%s is %s", path, kind)
	}
}

func TestFilesByMode(t *testing.T) {
	m := treetest.Fill(map[string]string{"bin/su": "", "bin/wall": "", "bin/data": "", "etc/open": "", "srv/drop/": "", "tmp/": "", "srv/team/": "", "l": "-> etc/open"})
	for name, mode := range map[string]fs.FileMode{
		"bin/su": fs.ModeSetuid | 0o755, "bin/wall": fs.ModeSetgid | 0o755, "bin/data": fs.ModeSetuid | 0o644, "etc/open": 0o666,
		"srv/drop": 0o777, "tmp": fs.ModeSticky | 0o777, "srv/team": fs.ModeSetgid | 0o775,
	} {
		if err := m.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	m.Mknod("dev-null", fs.ModeDevice|fs.ModeCharDevice|0o666)
	f := lookedAt(t, m)
	if got := fmt.Sprint(f.Of(FilesSetID).Files, f.Of(FilesWorldWritable).Files); got != "[{/bin/su urwxr-xr-x 0 0 0} {/bin/wall grwxr-xr-x 0 0 0}] [{/etc/open -rw-rw-rw- 0 0 0} {/srv/drop drwxrwxrwx 0 0 0}]" {
		t.Error(got)
	}
	if l := f.Of("none"); l.Count != 0 {
		t.Error(l)
	}
}

func TestFilesHaveABound(t *testing.T) {
	files := map[string]string{}
	for i := range maxFilesOfKind + 50 {
		files[fmt.Sprintf("var/log/%05d", i)] = "xy"
	}
	l := lookedAt(t, treetest.Fill(files)).Of(FilesLog)
	if len(l.Files) != maxFilesOfKind || l.Count != maxFilesOfKind+50 || l.Bytes != 2*(maxFilesOfKind+50) {
		t.Errorf("%d of %d, %d bytes", len(l.Files), l.Count, l.Bytes)
	}
}
