//go:build linux

package ext

import (
	"bytes"
	"io/fs"
	"lbimage/imagebuild/internal/loopmount"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// mount lets the kernel mount the image and gives the folder.
func mount(t testing.TB, img, opts string) string {
	t.Helper()
	need(t, "mount", "umount", "findmnt")
	return loopmount.Mount(t, img, "noatime,"+opts)
}

func unmount(t testing.TB, dir string) {
	t.Helper()
	loopmount.Unmount(t, dir)
}

// modelOfFolder reads a folder of the running system into a model.
func modelOfFolder(t testing.TB, root string) *model {
	t.Helper()
	byIno := map[uint64]*thing{}
	var read func(p string) *thing
	read = func(p string) *thing {
		fi, err := os.Lstat(p)
		must(t, err)
		st := fi.Sys().(*syscall.Stat_t)
		if n := byIno[st.Ino]; n != nil {
			n.names++
			return n
		}
		n := newThing(fi.Mode())
		byIno[st.Ino] = n
		n.uid, n.gid, n.names = st.Uid, st.Gid, 1
		n.atime, n.mtime = time.Unix(st.Atim.Unix()).UTC(), fi.ModTime().UTC()
		if fi.Mode()&fs.ModeDevice != 0 {
			n.dev = [2]uint32{unix.Major(st.Rdev), unix.Minor(st.Rdev)}
		}
		n.attrs = attrsOfFile(t, p)
		switch {
		case fi.IsDir():
			list, err := os.ReadDir(p)
			must(t, err)
			for _, e := range list {
				n.kids[e.Name()] = read(filepath.Join(p, e.Name()))
			}
		case fi.Mode().IsRegular():
			n.data, err = os.ReadFile(p)
			must(t, err)
		case fi.Mode()&fs.ModeSymlink != 0:
			n.target, err = os.Readlink(p)
			must(t, err)
		}
		return n
	}
	return &model{read(root)}
}

func attrsOfFile(t testing.TB, p string) map[string]string {
	out := map[string]string{}
	buf := make([]byte, 65536)
	n, err := unix.Llistxattr(p, buf)
	must(t, err)
	names := strings.Split(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00")
	if n == 0 {
		names = nil
	}
	slices.Sort(names)
	for _, name := range names {
		n, err := unix.Lgetxattr(p, name, buf)
		if err != nil {
			t.Fatalf("%s: %s: %v", p, name, err)
		}
		out[name] = string(buf[:n])
	}
	return out
}

// The kernel mounts what random edits have left, and reads what the model says.
func TestKernelReadsEdits(t *testing.T) {
	for i, name := range []string{"ext2_1k", "ext3_el5_128", "ext3_1k_256", "ext4_el6", "ext4_csum_1k", "ext4_metabg", "ext4_htree2_csum", "ext4_isize1024",
		"ext4_inline", "ext4_inline_1k", "ext4_inline_512", "ext4_inline_1024", "ext4_encrypt", "ext4_verity", "ext4_quota_1k", "ext4_bigalloc", "ext4_bigalloc_1k"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			n, seed := rounds(t)
			w := newWalker(t, seed+int64(100+i), edit(t, img))
			opts := "ro"
			if shapeNamed(t, name).name[:4] != "ext2" {
				opts = "ro,noload"
			}
			for range max(1, n/2) {
				for range 150 {
					w.step()
				}
				w.use(finish(t, w.fs, img))
				dir := mount(t, img.Name(), opts)
				w.m.compareTo(t, modelOfFolder(t, dir))
				unmount(t, dir)
			}
		})
	}
}

// The kernel goes on writing where we stopped, and e2fsck finds nothing wrong.
func TestKernelWritesOn(t *testing.T) {
	for i, name := range []string{"ext3_1k_256", "ext4_el6", "ext4_csum_1k", "ext4_smallgroups", "ext4_bigalloc_1k"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			w := newWalker(t, int64(200+i), edit(t, img))
			for range 100 {
				w.step()
			}
			must(t, w.fs.Sync())
			dir := mount(t, img.Name(), "rw")
			must(t, os.MkdirAll(filepath.Join(dir, "kernel/a/b"), 0o755))
			for k := range 200 {
				must(t, os.WriteFile(filepath.Join(dir, "many", "kernel_"+itoa(uint32(k))), data("k", k*37), 0o644))
			}
			must(t, os.RemoveAll(filepath.Join(dir, "usr")))
			// A file in many pieces, with holes and blocks behind its end.
			pieces, err := os.Create(filepath.Join(dir, "kernel/pieces"))
			must(t, err)
			for k := range int64(120) {
				_, err := pieces.WriteAt(data("p", 900), k*7000)
				must(t, err)
			}
			if name != "ext3_1k_256" { // block maps have none
				must(t, unix.Fallocate(int(pieces.Fd()), unix.FALLOC_FL_KEEP_SIZE, 840_000, 90_000))
			}
			must(t, pieces.Close())
			same := bytes.Repeat([]byte("shared"), 50)
			for k := range 5 { // the kernel shares their block
				must(t, unix.Setxattr(filepath.Join(dir, "many", "kernel_"+itoa(uint32(k))), "user.same", same, 0))
			}
			unmount(t, dir)
			judge(t, img.Name())
			f := edit(t, img)
			if b, err := f.ReadFile("many/kernel_9"); err != nil || string(b) != string(data("k", 9*37)) {
				t.Errorf("%q, %v", b, err)
			}
			must(t, f.RemoveAll("kernel"))
			f = finish(t, f, img)
			w = newWalker(t, int64(220+i), f)
			for range 75 {
				w.step()
			}
			w.use(finish(t, f, img))
			w.m.compare(t, w.fs)
		})
	}
}

func (m *model) compareTo(t testing.TB, have *model) {
	t.Helper()
	if d := m.differences(have, nil); len(d) > 0 {
		t.Fatal(strings.Join(d, "\n"))
	}
}

// The kernel makes the same ACLs from the same calls.
func TestKernelACLs(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_csum_1k"} {
		ours, theirs := copyOf(t, shapeNamed(t, name)), copyOf(t, shapeNamed(t, name))
		f := edit(t, ours)
		must(t, aclEdits(f.SetXattr, f.Chmod, f.Mkdir, f.WriteFile))
		f = finish(t, f, ours)
		dir := mount(t, theirs.Name(), "rw,acl")
		defer unix.Umask(unix.Umask(0))
		in := func(name string) string { return filepath.Join(dir, name) }
		must(t, aclEdits(
			func(name, attr string, v []byte) error { return unix.Lsetxattr(in(name), attr, v, 0) },
			func(name string, mode fs.FileMode) error { return os.Chmod(in(name), mode) },
			func(name string, mode fs.FileMode) error { return os.Mkdir(in(name), mode) },
			func(name string, b []byte, mode fs.FileMode) error { return os.WriteFile(in(name), b, mode) }))
		m, k := modelOf(t, f), modelOfFolder(t, dir)
		m.setTimes(time.Time{})
		k.setTimes(time.Time{})
		m.compareTo(t, k)
	}
}

// setTimes makes times from since on, when the kernel made its edits, those of
// our edits. The zero time stands for all.
func (m *model) setTimes(since time.Time) {
	until := time.Now()
	var all func(n *thing)
	all = func(n *thing) {
		for _, at := range []*time.Time{&n.atime, &n.mtime} {
			if since.IsZero() || !at.Before(since) && !at.After(until) {
				*at = editTime
			}
		}
		for _, k := range n.kids {
			all(k)
		}
	}
	all(m.root)
}
