package overlay_test

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// linkedTwice shows every file as one with two names, and drops capabilities on a write as the kernel does.
type linkedTwice struct{ *treetest.Memory }

type twoNames struct{ fs.FileInfo }

func (twoNames) Sys() any { return struct{ Uid, Gid, Nlink uint32 }{0, 0, 2} }

func (l linkedTwice) Lstat(name string) (fs.FileInfo, error) {
	info, err := l.Memory.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return info, err
	}
	return twoNames{info}, nil
}

func (l linkedTwice) WriteFile(name string, data []byte, perm fs.FileMode) error {
	l.RemoveXattr(name, "security.capability")
	return l.Memory.WriteFile(name, data, perm)
}

const (
	keepsCaps = "keeps the capabilities that it had (security.capability)"
	losesCaps = "loses the capabilities that it had (security.capability)"
	keepsACL  = "keeps the access control list that it had (system.posix_acl_access)"
	losesACL  = "loses the access control list that it had (system.posix_acl_access)"
)

// acl is a list in the form of setxattr: the owner rw, user 7 rw, the group as given, the mask rw, others nothing.
func acl(group uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range [][3]uint32{{1, 6, 1<<32 - 1}, {2, 6, 7}, {4, uint32(group), 1<<32 - 1}, {0x10, 6, 1<<32 - 1}, {0x20, 0, 1<<32 - 1}} {
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(e[1]))
		b = binary.LittleEndian.AppendUint32(b, e[2])
	}
	return b
}

// What becomes of capabilities and lists is a matter of the policy, not of the tree: one drops capabilities on a write,
// the other does not.
func TestPolicy(t *testing.T) {
	whole := overlay.File{Path: "/etc/app/conf", Content: []byte("x")}
	line := overlay.Line{Path: "/etc/app/conf", Match: "one", Set: "two"}
	given := overlay.File{Path: "/etc/app/conf", Content: []byte("one\n"), Owner: &overlay.Owner{User: "servo"}}
	moded := overlay.File{Path: "/etc/app/conf", Content: []byte("x"), Mode: perm(0o660)}
	const cp, drop = ", as under cp and chown: attributes: keep keeps them", ", as attributes: drop says"
	for _, c := range []struct {
		name   string
		policy overlay.Attributes
		edit   overlay.Edit
		notes  []string
		mode   fs.FileMode
	}{
		{"as copied", overlay.AsCopied, whole, []string{losesCaps + cp, keepsACL}, 0o660},
		{"keep", overlay.Keep, whole, []string{keepsCaps, keepsACL}, 0o660},
		{"drop", overlay.Drop, whole, []string{losesCaps + drop, losesACL + drop}, 0o640},
		{"drop, with a mode", overlay.Drop, moded, []string{losesCaps + drop, losesACL + drop}, 0o660},
		{"a line, as copied", overlay.AsCopied, line, []string{losesCaps + cp, keepsACL}, 0o660},
		{"a line, keep", overlay.Keep, line, []string{keepsCaps, keepsACL}, 0o660},
		{"a line, drop", overlay.Drop, line, []string{losesCaps + cp, keepsACL}, 0o660},
		{"an owner, as copied", overlay.AsCopied, given, []string{losesCaps + cp, keepsACL}, 0o660},
		{"an owner, keep", overlay.Keep, given, []string{keepsCaps, keepsACL}, 0o660},
		{"an owner, drop", overlay.Drop, given, []string{losesCaps + cp, keepsACL}, 0o660},
	} {
		for _, twice := range []bool{false, true} {
			m := treetest.Fill(accounts)
			m.Chmod("etc/app/conf", 0o660)
			m.SetXattr("etc/app/conf", "security.capability", []byte("caps"))
			m.SetXattr("etc/app/conf", "security.selinux", []byte("label\x00"))
			m.SetXattr("etc/app/conf", "system.posix_acl_access", acl(4))
			var tree overlay.Tree = m
			want := c.notes
			if twice {
				tree = linkedTwice{m}
				want = append([]string{"the file has 2 names (hard links): the change shows under all of them"}, want...)
			}
			changes, err := c.edit.Apply(overlay.WithPolicy(tree, overlay.Policy{Attributes: c.policy}))
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if !slices.Equal(changes[0].Notes, want) {
				t.Errorf("%s: notes %q, want %q", c.name, changes[0].Notes, want)
			}
			names, _ := m.ListXattr("etc/app/conf")
			for note, attr := range map[string]string{keepsCaps: "security.capability", keepsACL: "system.posix_acl_access"} {
				if slices.Contains(names, attr) != slices.Contains(c.notes, note) {
					t.Errorf("%s: has %q", c.name, names)
				}
			}
			if !slices.Contains(names, "security.selinux") {
				t.Errorf("%s: the label is lost", c.name)
			}
			if info, _ := m.Lstat("etc/app/conf"); info.Mode() != c.mode {
				t.Errorf("%s: mode %v, want %v", c.name, info.Mode(), c.mode)
			}
			isAsSaid(t, m, changes)
			again, err := c.edit.Apply(overlay.WithPolicy(tree, overlay.Policy{Attributes: c.policy}))
			if err != nil || again[0].Changed() && !twice {
				t.Errorf("%s: a second time: %v, %v", c.name, again, err)
			}
		}
	}
	m := treetest.Fill(accounts)
	m.SetXattr("etc/app/conf", "security.capability", []byte("caps"))
	changes, err := overlay.Symlink{Path: "/etc/app/conf", Target: "x"}.Apply(overlay.WithPolicy(m, overlay.Policy{Attributes: overlay.Keep}))
	if err != nil || !slices.Equal(changes[0].Notes, []string{losesCaps + ": a link has none"}) {
		t.Errorf("a link over a file: %v, %v", changes, err)
	}
	if overlay.PolicyOf(treetest.NewMemory()) != (overlay.Policy{}) {
		t.Error("a policy out of nowhere")
	}
	for in, want := range map[string]overlay.Attributes{"": overlay.AsCopied, "copy": overlay.AsCopied, "keep": overlay.Keep, "drop": overlay.Drop} {
		if got, err := overlay.ParseAttributes(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if _, err := overlay.ParseAttributes("kep"); err == nil {
		t.Error("kep: no error")
	}
}

// setfacl and cp say what a file has when its list goes, and when it is written over.
func TestPolicyAgainstTools(t *testing.T) {
	setfacl, setcap, cp := judge(t, "setfacl"), judge(t, "setcap"), judge(t, "cp")
	if os.Getuid() != 0 {
		t.Skip("capabilities need root")
	}
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Skipf("%s: %v: %s", name, err, out)
		}
	}
	dir := t.TempDir()
	ours, theirs, other := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs"), filepath.Join(dir, "new")
	for _, group := range []string{"---", "r--", "rw-", "rwx"} {
		for _, policy := range []overlay.Attributes{overlay.AsCopied, overlay.Drop} {
			for _, p := range []string{ours, theirs, other} {
				os.Remove(p)
				os.WriteFile(p, []byte("old"), 0o600)
				os.Chmod(p, 0o600)
			}
			os.WriteFile(other, []byte("new"), 0o600)
			for _, p := range []string{ours, theirs} {
				run(setcap, "cap_net_raw+ep", p)
				run(setfacl, "-m", "u::rw-,u:7:rwx,g::"+group+",m::rwx,o::---", p)
			}
			run(cp, other, theirs)
			if policy == overlay.Drop {
				run(setfacl, "-b", theirs)
			}
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			tree := treetest.Folder{Root: root}
			if _, err := (overlay.File{Path: "/ours", Content: []byte("new")}).Apply(overlay.WithPolicy(tree, overlay.Policy{Attributes: policy})); err != nil {
				t.Fatal(err)
			}
			a, _ := tree.Lstat("ours")
			b, _ := tree.Lstat("theirs")
			if a.Mode() != b.Mode() {
				t.Errorf("group %s, %q: mode %v, theirs %v", group, policy, a.Mode(), b.Mode())
			}
			an, _ := tree.ListXattr("ours")
			bn, _ := tree.ListXattr("theirs")
			slices.Sort(an)
			slices.Sort(bn)
			if !slices.Equal(an, bn) {
				t.Errorf("group %s, %q: %q, theirs %q", group, policy, an, bn)
			}
			for _, name := range an {
				av, _ := tree.Xattr("ours", name)
				if bv, _ := tree.Xattr("theirs", name); !bytes.Equal(av, bv) {
					t.Errorf("group %s, %q: %s is %x, theirs %x", group, policy, name, av, bv)
				}
			}
			root.Close()
		}
	}
}
