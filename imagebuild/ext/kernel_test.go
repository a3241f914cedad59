//go:build linux

package ext

import (
	"bytes"
	"io"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
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
	need(t, "mount", "umount")
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := t.TempDir()
	out, err := exec.Command("mount", "-o", "loop,"+opts, img, dir).CombinedOutput()
	if err != nil {
		if _, statErr := os.Stat("/dev/loop-control"); statErr != nil {
			t.Skipf("no loop devices here: %s", out)
		}
		if strings.Contains(string(out), "permission denied") || strings.Contains(string(out), "must be superuser") {
			t.Skipf("mounting is not allowed here: %s", out)
		}
		t.Fatalf("mount: %v\n%s", err, out)
	}
	t.Cleanup(func() { unmount(t, dir) })
	return dir
}

func unmount(t testing.TB, dir string) {
	t.Helper()
	if exec.Command("mountpoint", "-q", dir).Run() != nil {
		return
	}
	out, err := exec.Command("umount", dir).CombinedOutput()
	for try := 0; err != nil && try < 50 && strings.Contains(string(out), "busy"); try++ {
		time.Sleep(10 * time.Millisecond) // another test starts a program just now, which has our files open for a moment
		out, err = exec.Command("umount", dir).CombinedOutput()
	}
	if err != nil {
		t.Errorf("umount: %v\n%s", err, out)
	}
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
		n.uid, n.gid, n.mtime, n.names = st.Uid, st.Gid, fi.ModTime().UTC(), 1
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
		"ext4_inline", "ext4_inline_1k", "ext4_inline_512", "ext4_inline_1024", "ext4_encrypt", "ext4_verity"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			w := newWalker(t, int64(100+i), edit(t, img))
			for range 150 {
				w.step()
			}
			must(t, w.fs.Sync())
			judge(t, img.Name())
			opts := "ro"
			if shapeNamed(t, name).name[:4] != "ext2" {
				opts = "ro,noload"
			}
			m := modelOfFolder(t, mount(t, img.Name(), opts))
			w.m.compareTo(t, m)
		})
	}
}

// The kernel goes on writing where we stopped, and e2fsck finds nothing wrong.
func TestKernelWritesOn(t *testing.T) {
	for i, name := range []string{"ext3_1k_256", "ext4_el6", "ext4_csum_1k", "ext4_smallgroups"} {
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
		m.setTimes()
		k.setTimes()
		m.compareTo(t, k)
	}
}

// setTimes takes the times out of a comparison.
func (m *model) setTimes() {
	var all func(n *thing)
	all = func(n *thing) {
		n.mtime = editTime
		for _, k := range n.kids {
			all(k)
		}
	}
	all(m.root)
}

// kernelDir lets the kernel make a walker's edits, in a mounted image.
type kernelDir struct{ root string }

func (k kernelDir) in(name string) string { return filepath.Join(k.root, name) }

func (k kernelDir) WriteFile(name string, b []byte, perm fs.FileMode) error {
	return os.WriteFile(k.in(name), b, perm)
}
func (k kernelDir) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return k.WriteFile(name, b, perm)
}
func (k kernelDir) Truncate(name string, size int64) error    { return os.Truncate(k.in(name), size) }
func (k kernelDir) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(k.in(name), perm) }
func (k kernelDir) Symlink(target, name string) error         { return os.Symlink(target, k.in(name)) }
func (k kernelDir) Link(old, new string) error                { return os.Link(k.in(old), k.in(new)) }
func (k kernelDir) Mknod(name string, mode fs.FileMode, major, minor uint32) error {
	kind := uint32(unix.S_IFSOCK)
	if mode&fs.ModeDevice != 0 {
		kind = unix.S_IFCHR
	}
	return unix.Mknod(k.in(name), kind|uint32(mode.Perm()), int(unix.Mkdev(major, minor)))
}
func (k kernelDir) Rename(old, new string) error {
	if old == "lost+found" || new == "lost+found" {
		return errLostFound
	}
	return unix.Rename(k.in(old), k.in(new))
}
func (k kernelDir) Remove(name string) error {
	if name == "lost+found" {
		return errLostFound
	}
	return os.Remove(k.in(name))
}
func (k kernelDir) RemoveAll(name string) error {
	if name == "lost+found" {
		return errLostFound
	}
	return os.RemoveAll(k.in(name))
}
func (k kernelDir) Chmod(name string, mode fs.FileMode) error { return os.Chmod(k.in(name), mode) }
func (k kernelDir) Chown(name string, uid, gid int) error     { return os.Chown(k.in(name), uid, gid) }
func (k kernelDir) Chtimes(name string, atime, mtime time.Time) error {
	return os.Chtimes(k.in(name), atime, mtime)
}
func (k kernelDir) SetXattr(name, attr string, value []byte) error {
	err := unix.Lsetxattr(k.in(name), attr, value, 0)
	if err == unix.ENOSPC {
		return ErrAttrSpace
	}
	return err
}
func (k kernelDir) RemoveXattr(name, attr string) error { return unix.Lremovexattr(k.in(name), attr) }

type kernelFile struct{ *os.File }

func (f kernelFile) PunchHole(off, n int64) error {
	// Kernels differ in what a hole behind the end does to capabilities.
	if fi, err := f.Stat(); err != nil || n == 0 || off >= fi.Size() {
		return err
	}
	return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, n)
}

// The kernel, making the same edits, comes to the same tree as the model which
// our edits are held against.
func TestKernelAgreesWithModel(t *testing.T) {
	for i, name := range []string{"ext3_1k_256", "ext4_csum_1k"} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			m := modelOf(t, edit(t, img))
			k := kernelDir{mount(t, img.Name(), "rw")}
			defer unix.Umask(unix.Umask(0))
			n, seed := rounds(t)
			w := &walker{t: t, rnd: rand.New(rand.NewSource(seed + int64(i))), to: k, bs: 1024, m: m}
			w.openFile = func(name string, flag int) (handle, error) {
				f, err := os.OpenFile(k.in(name), flag, 0)
				return kernelFile{f}, err
			}
			for range 75 * n {
				w.step()
			}
			have := modelOfFolder(t, k.root)
			m.setTimes()
			have.setTimes()
			m.compareTo(t, have)
		})
	}
}
