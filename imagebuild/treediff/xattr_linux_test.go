package treediff_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

// attrOf compares two folders with one file each, one of which has the attribute, and gives its text.
func attrOf(t *testing.T, attr, full string) string {
	t.Helper()
	value := make([]byte, 4096)
	n, err := unix.Lgetxattr(full, attr, value)
	must(t, err)
	return textOf(t, attr, value[:n])
}

// textOf is the text of an attribute's value as a difference has it.
func textOf(t testing.TB, attr string, value []byte) string {
	t.Helper()
	a, b := treetest.Fill(map[string]string{"f": ""}), treetest.Fill(map[string]string{"f": ""})
	must(t, b.SetXattr("f", attr, value))
	list, _ := compare(t, treediff.Side{Tree: a}, treediff.Side{Tree: b}, treediff.Options{})
	if len(list) != 1 || len(list[0].A.Xattrs) != 0 || len(list[0].B.Xattrs) != 1 {
		t.Fatalf("%s", asJSON(t, list))
	}
	return list[0].B.Xattrs[0].Value
}

func TestCapabilitiesAsGetcapWritesThem(t *testing.T) {
	setcap, getcap := judge(t, "setcap"), judge(t, "getcap")
	file := filepath.Join(needFolder(t), "program")
	must(t, os.WriteFile(file, nil, 0o755))
	for _, caps := range []string{
		"cap_net_raw=ep", "cap_net_bind_service,cap_net_admin=ep", "cap_chown=p", "cap_setuid=ei", "cap_setuid,cap_setgid=eip",
		"cap_checkpoint_restore,cap_chown=ep", "cap_syslog=i", "cap_bpf=p cap_kill=i",
	} {
		output(t, setcap, caps, file)
		_, theirs, _ := strings.Cut(strings.TrimSpace(output(t, getcap, file)), " ")
		ours := attrOf(t, "security.capability", file)
		if asSets(ours) != asSets(theirs) {
			t.Errorf("%s: %s, getcap says %s", caps, ours, theirs)
		}
	}
}

// asSets takes out in what the releases of getcap differ: the sign, and the order of the sets.
func asSets(s string) string {
	sets := strings.Fields(strings.ReplaceAll(s, "+", "="))
	slices.Sort(sets)
	return strings.Join(sets, " ")
}

func TestACLsAsGetfaclWritesThem(t *testing.T) {
	setfacl, getfacl := judge(t, "setfacl"), judge(t, "getfacl")
	dir := filepath.Join(needFolder(t), "folder")
	must(t, os.Mkdir(dir, 0o750))
	output(t, setfacl, "-m", "u:500:r-x,u:42:---,g:77:rwx,m::rx,o::r", dir)
	output(t, setfacl, "-d", "-m", "u::rwx,u:9:rw,g::r,m::rw,o::-", dir)
	theirs := map[string][]string{}
	for line := range strings.Lines(output(t, getfacl, "-cnpE", dir)) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "default:"); ok {
			theirs["system.posix_acl_default"] = append(theirs["system.posix_acl_default"], rest)
		} else if line != "" {
			theirs["system.posix_acl_access"] = append(theirs["system.posix_acl_access"], line)
		}
	}
	for attr, lines := range theirs {
		if ours := attrOf(t, attr, dir); ours != strings.Join(lines, ",") {
			t.Errorf("%s: %s, getfacl says %s", attr, ours, strings.Join(lines, ","))
		}
	}
	if len(theirs) != 2 {
		t.Errorf("getfacl told %v", theirs)
	}
}

func TestTextsOfAttributes(t *testing.T) {
	for _, c := range []struct{ attr, value, want string }{
		{"security.selinux", "system_u:object_r:etc_t:s0\x00", "system_u:object_r:etc_t:s0"},
		{"security.selinux", "system_u:object_r:etc_t:s0", `"system_u:object_r:etc_t:s0"`},
		{"user.note", "plain", "plain"},
		{"user.note", "", "0x"},
		{"user.note", "0x12", "0x30783132"},
		{"user.note", "\x1b[31m", "0x1b5b33316d"},
		{"user.long", strings.Repeat("\x01", 100), "0x0101010101010101… (100 bytes, sha256 22be9dc14de4e00ad9e5a63b64da2b7e18bdae71da02a2fe32d3f28e1b2c4d2a)"},
		{"security.capability", "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "cap_net_raw+ep"},
		{"security.capability", "\x01\x00\x00\x03\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xe8\x03\x00\x00", "cap_net_raw+ep [rootid=1000]"},
		{"security.capability", "\x00\x00\x00\x01\x01\x00\x00\x00\x01\x00\x00\x00", "cap_chown+ip [version 1]"},
		{"security.capability", "\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00", "63+ep"},
		{"security.capability", "\x01\x00\x00\x02", "0x01000002"},
		{"system.posix_acl_access", "\x02\x00\x00\x00\x01\x00\x07\x00\xff\xff\xff\xff", "user::rwx"},
		{"system.posix_acl_access", "\x02\x00\x00\x00\x01\x00\x0f\x00\xff\xff\xff\xff", "0x0200000001000f00ffffffff"},
	} {
		got := textOf(t, c.attr, []byte(c.value))
		if strings.Contains(c.want, "sha256") { // the digest itself is the library's
			got, _, _ = strings.Cut(got, "sha256")
			c.want, _, _ = strings.Cut(c.want, "sha256")
		}
		if got != c.want {
			t.Errorf("%s %q: %s, should be %s", c.attr, c.value, got, c.want)
		}
	}
}
