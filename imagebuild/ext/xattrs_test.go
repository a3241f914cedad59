package ext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// share lets a second file use the block of attributes of a first, as the kernel
// does for equal ones.
func share(t testing.TB, f *FS, first, second string) uint64 {
	t.Helper()
	a, err := f.get(first, false)
	must(t, err)
	b, err := f.get(second, false)
	must(t, err)
	blk := a.in.aclBlock()
	buf, err := f.cache.edit(blk)
	must(t, err)
	h := layout.XattrHeader(buf)
	h.SetRefCount(h.RefCount() + 1)
	f.sealAttrBlock(blk, buf)
	b.in.setACLBlock(blk)
	must(t, b.in.addBlocks(1))
	must(t, b.in.put())
	f.edited = true
	return blk
}

// A block of attributes that several inodes use is copied before one changes it,
// and freed with the last.
func TestSharedAttributes(t *testing.T) {
	for _, name := range []string{"ext3_el5_128", "ext4_csum_1k"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			for i := range 4 {
				must(t, f.WriteFile(fmt.Sprint("etc/f", i), nil, 0o644))
			}
			long := bytes.Repeat([]byte("label"), 60) // more than fits an inode of 256 bytes
			must(t, f.SetXattr("etc/f0", "user.long", long))
			free := f.Info().FreeBlocks
			for i := range 3 {
				share(t, f, "etc/f0", fmt.Sprint("etc/f", i+1))
			}
			f = finish(t, f, img)
			refs := func(name string) uint32 {
				s, err := f.get(name, false)
				must(t, err)
				if s.in.aclBlock() == 0 {
					return 0
				}
				b, err := f.attrBlock(s.in.aclBlock())
				must(t, err)
				return layout.XattrHeader(b).RefCount()
			}
			must(t, f.SetXattr("etc/f1", "user.long", append(long, "er"...)))
			if a, b := refs("etc/f0"), refs("etc/f1"); a != 3 || b != 1 {
				t.Errorf("used %d and %d times after a change", a, b)
			}
			must(t, f.Remove("etc/f0"))
			must(t, f.RemoveXattr("etc/f2", "user.long"))
			if a, b := refs("etc/f3"), refs("etc/f2"); a != 1 || b != 0 {
				t.Errorf("used %d and %d times after removals", a, b)
			}
			for i, want := range []string{1: string(long) + "er", 3: string(long)} {
				if want == "" {
					continue
				}
				if got, err := f.Xattr(fmt.Sprint("etc/f", i), "user.long"); err != nil || string(got) != want {
					t.Errorf("f%d has %q, %v", i, got, err)
				}
			}
			f = finish(t, f, img)
			must(t, f.Remove("etc/f1"))
			must(t, f.Remove("etc/f3"))
			if got := f.Info().FreeBlocks; got != free+1 {
				t.Errorf("%d blocks are free, not %d", got, free+1)
			}
			finish(t, f, img)
		})
	}
}

// What does not fit the inode goes to the block, and the other way round.
func TestAttributesMove(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	f := edit(t, img)
	must(t, f.WriteFile("etc/x", nil, 0o644))
	inBlock := func() bool { s, err := f.get("etc/x", false); must(t, err); return s.in.aclBlock() != 0 }
	for i, step := range []struct {
		size  int
		block bool
	}{{20, false}, {300, true}, {20, false}, {900, true}, {0, false}} {
		must(t, f.SetXattr("etc/x", "user.a", make([]byte, step.size)))
		must(t, f.SetXattr("etc/x", "security.selinux", []byte("s")))
		if inBlock() != step.block {
			t.Errorf("step %d: in a block: %v", i, inBlock())
		}
		f = finish(t, f, img)
		if v, err := f.Xattr("etc/x", "user.a"); err != nil || len(v) != step.size {
			t.Errorf("step %d: %d bytes, %v", i, len(v), err)
		}
	}
	if err := f.SetXattr("etc/x", "user.a", make([]byte, 1000)); !errors.Is(err, ErrAttrSpace) {
		t.Errorf("1000 bytes: %v", err)
	}
	if v, err := f.Xattr("etc/x", "user.a"); err != nil || len(v) != 0 {
		t.Errorf("after a refusal %d bytes, %v", len(v), err)
	}
	finish(t, f, img)
}

// A change of contents or owner takes capabilities away, and nothing else.
func TestCapabilityGoes(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f := edit(t, img)
	const name = "usr/bin/f4097"
	must(t, f.SetXattr(name, "security.selinux", []byte("label")))
	for what, do := range map[string]func() error{
		"WriteFile": func() error { return f.WriteFile(name, []byte("x"), 0) },
		"WriteFrom": func() error { return f.WriteFrom(name, strings.NewReader("xyz"), 0) },
		"Truncate":  func() error { return f.Truncate(name, 1) },
		"Chown":     func() error { return f.Chown(name, -1, 5) },
		"O_TRUNC": func() error {
			w, err := f.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
			if err == nil {
				err = w.Close()
			}
			return err
		},
	} {
		must(t, f.SetXattr(name, "security.capability", capability))
		must(t, do())
		if list, err := f.ListXattr(name); err != nil || strings.Join(list, " ") != "security.selinux" {
			t.Errorf("after %s: %q, %v", what, list, err)
		}
	}
	must(t, f.SetXattr(name, "security.capability", capability))
	must(t, f.Chmod(name, 0o700))
	must(t, f.Rename(name, "etc/cap"))
	if list, _ := f.ListXattr("etc/cap"); len(list) != 2 {
		t.Errorf("after chmod and rename: %q", list)
	}
	finish(t, f, img)
}

// acl makes an ACL in the form of setxattr.
func acl(entries ...[3]uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, aclUser)
	for _, e := range entries {
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(e[1]))
		b = binary.LittleEndian.AppendUint32(b, e[2])
	}
	return b
}

var (
	aclNamed   = acl([3]uint32{1, 6, noID}, [3]uint32{2, 7, 500}, [3]uint32{4, 4, noID}, [3]uint32{16, 5, noID}, [3]uint32{32, 0, noID})
	aclMinimal = acl([3]uint32{1, 7, noID}, [3]uint32{4, 5, noID}, [3]uint32{32, 1, noID})
)

func aclEdits(set func(name, attr string, value []byte) error, chmod func(string, fs.FileMode) error, mkdir func(string, fs.FileMode) error, write func(string, []byte, fs.FileMode) error) error {
	const access, def = "system.posix_acl_access", "system.posix_acl_default"
	for _, err := range []error{
		mkdir("acl", 0o755),
		write("acl/a", []byte("x"), 0o644),
		set("acl/a", access, aclNamed),
		write("acl/b", nil, 0o640),
		set("acl/b", access, aclNamed),
		chmod("acl/b", 0o751),
		write("acl/c", nil, 0o600),
		set("acl/c", access, aclMinimal),
		set("acl", def, aclNamed),
		write("acl/inherits", []byte("y"), 0o666),
		mkdir("acl/dir", 0o777),
		mkdir("acl/dir/dir", 0o700),
		write("acl/dir/dir/f", nil, 0o777),
		mkdir("acl2", 0o755),
		set("acl2", def, aclMinimal),
		write("acl2/f", nil, 0o666),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// ACLs are set, follow the mode, and are inherited as the kernel does it.
func TestACLs(t *testing.T) {
	for _, name := range []string{"ext3_el5_128", "ext4_csum_1k"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			must(t, aclEdits(f.SetXattr, f.Chmod, f.Mkdir, f.WriteFile))
			if err := f.SetXattr("acl/a", "system.posix_acl_access", aclNamed[:10]); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("half an ACL: %v", err)
			}
			if err := f.SetXattr("acl/a", "system.posix_acl_default", aclNamed); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("a default ACL for a file: %v", err)
			}
			f = finish(t, f, img)
			fi, err := f.Stat("acl/b")
			must(t, err)
			if fi.Mode() != 0o751 {
				t.Errorf("mode %v", fi.Mode())
			}
			if v, err := f.Xattr("acl/b", "system.posix_acl_access"); err != nil || v[4+3*8+2] != 5 {
				t.Errorf("the mask does not follow the mode: %x, %v", v, err)
			}
			if _, err := f.Xattr("acl/c", "system.posix_acl_access"); !errors.Is(err, ErrNoAttr) {
				t.Errorf("an ACL that says no more than the mode: %v", err)
			}
			if out, err := exec.Command("debugfs", "-R", "ea_get -x /acl/a system.posix_acl_access", img.Name()).CombinedOutput(); err != nil ||
				!strings.Contains(string(out), "02 00 00 00 01 00 06 00 00 00 00 00 02 00 07 00 f4 01 00 00") {
				t.Errorf("debugfs: %s", out)
			}
		})
	}
}

// Names of attributes that are not known are kept when others change.
func TestUnknownAttributeStays(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	f := edit(t, img)
	s, err := f.get("etc/passwd", false)
	must(t, err)
	body, _, err := s.in.attrs()
	must(t, err)
	strange := body[0]
	strange.Index, strange.Name, strange.Value = 99, "strange", []byte("kept")
	must(t, s.in.setAttr(strange))
	must(t, s.in.put())
	must(t, f.SetXattr("etc/passwd", "user.a", bytes.Repeat([]byte("v"), 300)))
	must(t, f.RemoveXattr("etc/passwd", "security.selinux"))
	must(t, f.Sync())
	f = edit(t, img)
	s, err = f.get("etc/passwd", false)
	must(t, err)
	if v, err := s.in.attr(99, "strange"); err != nil || string(v) != "kept" {
		t.Errorf("%q, %v", v, err)
	}
	if list, _ := f.ListXattr("etc/passwd"); strings.Join(list, " ") != "user.a" {
		t.Errorf("%q", list)
	}
}

// Revision 0 has no field that could tell of extended attributes.
func TestRevisionWithoutAttributes(t *testing.T) {
	f := edit(t, copyOf(t, shapeNamed(t, "ext2_rev0")))
	if err := f.SetXattr("etc/passwd", "user.a", []byte("b")); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "revision 0") {
		t.Error(err)
	}
}
