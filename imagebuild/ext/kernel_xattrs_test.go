//go:build linux

package ext

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// attrShapes are the block and inode sizes that decide where attributes fit.
var attrShapes = []string{
	"-b 1024 -I 128 -O none," + feat3,
	"-b 1024 -I 256 -O none," + feat8,
	"-b 2048 -I 512 -O none," + feat4,
	"-b 4096 -I 256 -O none," + feat8,
	"-b 4096 -I 128 -O none," + feat3,
	"-b 1024 -I 256 -O none," + drop(feat8, "ext_attr"),
	"-b 1024 -I 256 -E desc_size=128 -O none," + drop(feat8, "resize_inode"),
}

// attrEdits are edits of attributes up to the limits: sizes from none to what a block
// just holds and just does not, on every type of file, in every namespace.
func attrEdits(bs int) (list []struct {
	name, attr string
	value      []byte
}) {
	add := func(name, attr string, value []byte) {
		list = append(list, struct {
			name, attr string
			value      []byte
		}{name, attr, value})
	}
	capability := make([]byte, 24)
	binary.LittleEndian.PutUint32(capability, 0x03000001) // version 3, effective
	capability[5], capability[21] = 0x20, 0x10
	for _, name := range []string{"file", "dir", "link", "pipe", "null", "disk", "sock"} {
		for _, attr := range []string{"user.a", "trusted.b", "security.c", "security.selinux"} {
			add(name, attr, []byte("system_u:object_r:etc_t:s0\x00"))
		}
		add(name, "trusted.empty", []byte{})
	}
	add("file", "security.capability", capability)
	add("cap2", "security.capability", capability[:20]) // says version 3, is as long as version 2
	capability = append([]byte(nil), capability[:20]...)
	binary.LittleEndian.PutUint32(capability, 0x02000001)
	add("cap2", "security.capability", capability)
	for i, n := range []int{bs, bs - 52 - 4, bs - 52 - 4 + 1, bs - 56 - 3, bs - 60, bs - 64, bs / 2, 84, 80, 76, 72, 68, 64, 60, 1, 0} {
		name := fmt.Sprint("limit", i)
		add(name, "user.x", data("x", n))
		add(name, "user.x", data("y", n))
		add(name, "user.xy", data("z", 3))
		add(name, "user."+strings.Repeat("n", 250), nil)
		add(name, "user."+strings.Repeat("n", 251), nil)
		add(name, "user.", nil)
		add(name, "other.x", nil)
	}
	for i := range 40 { // many small ones
		add("many", fmt.Sprint("user.", i), data("m", i))
	}
	return list
}

// The kernel takes the same attributes as we do, refuses the same, and then reads in
// our image what it has in its own.
func TestKernelAgreesOnAttributes(t *testing.T) {
	for _, args := range attrShapes {
		t.Run(args[:14], func(t *testing.T) {
			ours, theirs := makeImage(t, 16<<20, 0, strings.Fields(args)...), makeImage(t, 16<<20, 0, strings.Fields(args)...)
			f := edit(t, ours)
			dir := mount(t, theirs.Name(), "rw,acl,user_xattr")
			k := kernelDir{dir}
			for _, to := range []editor{f, k} {
				names := []string{"file", "cap2", "many"}
				for i := range 16 {
					names = append(names, fmt.Sprint("limit", i))
				}
				for _, name := range names {
					must(t, to.WriteFile(name, nil, 0o644))
				}
				must(t, to.Mkdir("dir", 0o755))
				must(t, to.Symlink("file", "link"))
				must(t, to.Mknod("null", os.ModeCharDevice|os.ModeDevice|0o644, 1, 3))
				must(t, to.Mknod("sock", os.ModeSocket|0o644, 0, 0))
			}
			must(t, f.Mknod("pipe", os.ModeNamedPipe|0o644, 0, 0))
			must(t, unix.Mkfifo(k.in("pipe"), 0o644))
			must(t, f.Mknod("disk", os.ModeDevice|0o644, 8, 1))
			must(t, unix.Mknod(k.in("disk"), unix.S_IFBLK|0o644, int(unix.Mkdev(8, 1))))
			must(t, os.Chmod(k.in("file"), 0o644))
			for _, e := range attrEdits(f.bs) {
				a, b := f.SetXattr(e.name, e.attr, e.value), unix.Lsetxattr(k.in(e.name), e.attr, e.value, 0)
				if (a == nil) != (b == nil) {
					t.Errorf("%.20s of %s, %d bytes: %v, the kernel: %v", e.attr, e.name, len(e.value), a, b)
				}
				if a == nil && b == nil {
					continue
				}
				if b == unix.ENOSPC && !errors.Is(a, ErrAttrSpace) {
					t.Errorf("%.20s of %s: %v, the kernel: %v", e.attr, e.name, a, b)
				}
			}
			f = finish(t, f, ours)
			want := modelOfFolder(t, dir)
			unmount(t, dir)
			judge(t, theirs.Name())
			kept := edit(t, theirs)
			if a, b := f.Info().Features, kept.Info().Features; strings.Join(a, " ") != strings.Join(b, " ") {
				t.Errorf("features %v, the kernel leaves %v", a, b)
			}
			for _, name := range []string{"file", "dir", "link", "null", "limit3", "limit9", "many"} {
				if a, b := stat(t, f, name).Sectors, stat(t, kept, name).Sectors; a != b {
					t.Errorf("%s owns %d sectors, for the kernel %d", name, a, b)
				}
			}
			dir = mount(t, ours.Name(), "rw,acl,user_xattr")
			have := modelOfFolder(t, dir)
			want.setTimes(time.Time{})
			have.setTimes(time.Time{})
			for _, m := range []*model{want, have} { // modes before umask, owners of who runs the test
				for _, n := range m.root.kids {
					n.mode = n.mode.Type()
				}
				m.root.mode = 0
			}
			want.compareTo(t, have)
			unmount(t, dir)
		})
	}
}

// The kernel lets equal attributes share a block, up to 1024 inodes one block; we
// copy it for a change, count down, and free it with the last.
func TestKernelSharesAttributes(t *testing.T) {
	img := makeImage(t, 16<<20, 0, strings.Fields("-b 1024 -I 128 -N 2048 -O none,"+feat3)...)
	free := edit(t, img).Info().FreeBlocks
	dir := mount(t, img.Name(), "rw,user_xattr")
	value := bytes.Repeat([]byte("same"), 20)
	const files = 1100
	for i := range files {
		name := filepath.Join(dir, fmt.Sprint("f", i))
		must(t, os.WriteFile(name, nil, 0o644))
		must(t, unix.Setxattr(name, "user.same", value, 0))
	}
	unmount(t, dir)
	judge(t, img.Name())
	f := edit(t, img)
	blocks := map[uint64]int{}
	for i := range files {
		s, err := f.get(fmt.Sprint("f", i), false)
		must(t, err)
		blocks[s.in.aclBlock()]++
	}
	most := 0
	for _, n := range blocks {
		most = max(most, n)
	}
	if most != 1024 {
		t.Errorf("%d blocks, one of them for %d inodes", len(blocks), most)
	}
	for i := range 50 {
		must(t, f.SetXattr(fmt.Sprint("f", i), "user.same", []byte("other")))
	}
	for i := 50; i < 100; i++ {
		must(t, f.Remove(fmt.Sprint("f", i)))
	}
	f = finish(t, f, img)
	for i := range 50 {
		must(t, f.RemoveXattr(fmt.Sprint("f", i), "user.same"))
	}
	f = finish(t, f, img)
	for i := range files {
		if i < 50 || i >= 100 {
			must(t, f.Remove(fmt.Sprint("f", i)))
		}
	}
	f = finish(t, f, img)
	if got := f.Info().FreeBlocks + uint64(stat(t, f, ".").Sectors)/2 - 1; got != free {
		t.Errorf("%d blocks are free without the folder, not %d", got, free)
	}
}
