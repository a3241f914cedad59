package ext

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// editor is what a walker edits: an FS, or a folder of the running system.
type editor interface {
	WriteFile(name string, data []byte, perm fs.FileMode) error
	WriteFrom(name string, r io.Reader, perm fs.FileMode) error
	Truncate(name string, size int64) error
	Mkdir(name string, perm fs.FileMode) error
	Symlink(target, name string) error
	Link(old, new string) error
	Mknod(name string, mode fs.FileMode, major, minor uint32) error
	Rename(old, new string) error
	Remove(name string) error
	RemoveAll(name string) error
	Chmod(name string, mode fs.FileMode) error
	Chown(name string, uid, gid int) error
	Chtimes(name string, atime, mtime time.Time) error
	SetXattr(name, attr string, value []byte) error
	RemoveXattr(name, attr string) error
}

// handle is what an editor opens.
type handle interface {
	io.WriteCloser
	io.WriterAt
	PunchHole(off, n int64) error
}

// walker makes random edits, the same for the same seed, to an FS and a model.
type walker struct {
	t        testing.TB
	rnd      *rand.Rand
	fs       *FS    // nil where the kernel edits
	to       editor // fs, or what stands in for it
	bs       int
	openFile func(name string, flag int) (handle, error)
	m        *model
	full     bool // the file system may have no space left
	none     int  // how often it had none
	short    bool // inodes of 128 bytes
	acls     bool // set ACLs, too, of which the model knows nothing
	start    int  // weight of the tree at the first step
	values   int  // the longest values of attributes, where they are to be longer than usual
	log      []string
}

func newWalker(t testing.TB, seed int64, f *FS) *walker {
	w := &walker{t: t, rnd: rand.New(rand.NewSource(seed))}
	w.use(f)
	w.m = modelOf(t, f)
	return w
}

func (w *walker) use(f *FS) {
	w.fs, w.to, w.bs, w.short = f, f, f.bs, f.inodeSize == 128
	w.openFile = func(name string, flag int) (handle, error) { return f.OpenFile(name, flag, 0) }
}

func (w *walker) pick(filter func(*thing) bool) string {
	var list []string
	var visit func(name string, n *thing)
	visit = func(name string, n *thing) {
		if filter(n) {
			list = append(list, name)
		}
		for _, k := range slices.Sorted(maps.Keys(n.kids)) {
			visit(join(name, k), n.kids[k])
		}
	}
	visit(".", w.m.root)
	if len(list) == 0 {
		return "."
	}
	return list[w.rnd.Intn(len(list))]
}

func isDir(n *thing) bool  { return n.mode.IsDir() }
func isFile(n *thing) bool { return n.mode.IsRegular() }
func any1(*thing) bool     { return true }

func (w *walker) fresh() string {
	long := w.rnd.Intn(20) == 0
	name := fmt.Sprintf("n%d", w.rnd.Intn(400))
	if long {
		name += strings.Repeat("é", w.rnd.Intn(120))
	}
	return join(w.pick(isDir), name)
}

func (w *walker) bytes() []byte {
	n := w.rnd.Intn(200)
	switch w.rnd.Intn(6) {
	case 0:
		n = 0
	case 1:
		n = w.rnd.Intn(3 * w.bs)
	case 2:
		n = w.bs * (1 + w.rnd.Intn(3))
	case 3:
		n = w.rnd.Intn(200 << 10)
	}
	b := make([]byte, n)
	w.rnd.Read(b)
	return b
}

// step makes one edit and compares how it ended.
func (w *walker) step() {
	var what string
	var got, want error
	perm := fs.FileMode(w.rnd.Intn(0o1000))
	kind := w.rnd.Intn(18)
	if kind < 14 && w.crowded() {
		kind = 13
	}
	switch kind {
	case 0, 1:
		name, b := w.fresh(), w.bytes()
		what = fmt.Sprintf("write %s %d", name, len(b))
		got = w.to.WriteFile(name, b, perm)
		want = w.do(got, func() error { return w.put(name, b, perm) })
	case 2:
		name, b := w.pick(isFile), w.bytes()
		what = fmt.Sprintf("rewrite %s %d", name, len(b))
		got = w.to.WriteFrom(name, bytes.NewReader(b), perm)
		want = w.do(got, func() error { return w.put(name, b, perm) })
	case 3:
		name, b := w.pick(isFile), w.bytes()
		what = fmt.Sprintf("append %s %d", name, len(b))
		got = w.open(name, os.O_WRONLY|os.O_APPEND, func(f handle) error { _, err := f.Write(b); return err })
		want = w.do(got, func() error {
			if n := w.file(name); n == nil {
				return errModel
			} else if len(b) > 0 {
				n.write(b, len(n.data))
			}
			return nil
		})
	case 4:
		name, b, off := w.pick(isFile), w.bytes(), w.rnd.Intn(300<<10)
		what = fmt.Sprintf("writeat %s %d+%d", name, off, len(b))
		got = w.open(name, os.O_RDWR, func(f handle) error { _, err := f.WriteAt(b, int64(off)); return err })
		want = w.do(got, func() error {
			if n := w.file(name); n == nil {
				return errModel
			} else if len(b) > 0 {
				n.write(b, off)
			}
			return nil
		})
	case 5:
		name, size := w.pick(isFile), w.rnd.Intn(200<<10)
		what = fmt.Sprintf("truncate %s %d", name, size)
		got = w.to.Truncate(name, int64(size))
		want = w.do(got, func() error {
			if n := w.file(name); n != nil {
				n.truncate(size)
				return nil
			}
			return errModel
		})
	case 6:
		name, off, n := w.pick(isFile), w.rnd.Intn(100<<10), w.rnd.Intn(50<<10)
		what = fmt.Sprintf("punch %s %d+%d", name, off, n)
		got = w.open(name, os.O_RDWR, func(f handle) error { return f.PunchHole(int64(off), int64(n)) })
		want = w.do(got, func() error {
			th := w.file(name)
			if th == nil {
				return errModel
			}
			if end := min(off+n, len(th.data)); off < end {
				clear(th.data[off:end])
				th.changed()
			}
			return nil
		})
	case 7:
		name := w.fresh()
		what = "mkdir " + name
		got = w.to.Mkdir(name, perm)
		want = w.do(got, func() error { return w.m.add(name, newThing(fs.ModeDir|perm)) })
	case 8:
		name, target := w.fresh(), strings.Repeat("t/", 2+w.rnd.Intn(60))
		what = "symlink " + name
		got = w.to.Symlink(target, name)
		n := newThing(fs.ModeSymlink | 0o777)
		n.target = target
		want = w.do(got, func() error { return w.m.add(name, n) })
	case 9:
		old, name := w.pick(any1), w.fresh()
		what = "link " + old + " " + name
		got = w.to.Link(old, name)
		want = w.do(got, func() error { return w.m.link(old, name) })
	case 10:
		name := w.fresh()
		what = "mknod " + name
		n := newThing(fs.ModeDevice | fs.ModeCharDevice | perm)
		n.dev = [2]uint32{uint32(w.rnd.Intn(4096)), uint32(w.rnd.Intn(1 << 20))}
		switch w.rnd.Intn(5) {
		case 0:
			n.mode, n.dev = fs.ModeSocket|perm, [2]uint32{}
		case 1:
			n.mode, n.dev = fs.ModeNamedPipe|perm, [2]uint32{}
		case 2:
			n.mode = fs.ModeDevice | perm
		case 3:
			n.dev = [2]uint32{uint32(w.rnd.Intn(256)), uint32(w.rnd.Intn(256))}
		}
		got = w.to.Mknod(name, n.mode, n.dev[0], n.dev[1])
		want = w.do(got, func() error { return w.m.add(name, n) })
	case 11, 12:
		old, name := w.pick(any1), w.fresh()
		if w.rnd.Intn(2) == 0 {
			name = w.pick(any1)
		}
		what = "rename " + old + " " + name
		got = w.to.Rename(old, name)
		want = w.do(got, func() error { return w.m.rename(old, name) })
	case 13:
		name, all := w.pick(any1), w.rnd.Intn(4) == 0
		what = fmt.Sprint("remove ", name, all)
		if _, _, n := w.m.at(name); all && n.weight() > 60 || name == "." {
			return // keep most of the tree
		}
		if all {
			got = w.to.RemoveAll(name)
		} else {
			got = w.to.Remove(name)
		}
		want = w.do(got, func() error { return w.m.remove(name, all) })
	case 14:
		name := w.pick(func(n *thing) bool { return n.mode&fs.ModeSymlink == 0 })
		what = "attributes " + name
		_, _, n := w.m.at(name)
		switch w.rnd.Intn(3) {
		case 0:
			mode := perm | fs.FileMode(w.rnd.Intn(2))*fs.ModeSetuid | fs.FileMode(w.rnd.Intn(2))*fs.ModeSetgid | fs.FileMode(w.rnd.Intn(2))*fs.ModeSticky
			got = w.to.Chmod(name, mode)
			want = w.do(got, func() error { n.mode = n.mode.Type() | mode; return nil })
		case 1:
			uid, gid := w.rnd.Intn(100000), w.rnd.Intn(100000)
			got = w.to.Chown(name, uid, gid)
			want = w.do(got, func() error {
				n.uid, n.gid = uint32(uid), uint32(gid)
				if !n.mode.IsDir() {
					n.mode &^= fs.ModeSetuid
					if n.mode&0o010 != 0 {
						n.mode &^= fs.ModeSetgid
					}
					delete(n.attrs, "security.capability")
				}
				return nil
			})
		case 2:
			at, mt := w.time(), w.time()
			got = w.to.Chtimes(name, at, mt)
			want = w.do(got, func() error { n.atime, n.mtime = at, mt; return nil })
		}
	case 17:
		if !w.acls {
			return
		}
		name := w.pick(any1)
		kind := []string{"access", "default"}[w.rnd.Intn(2)]
		what = "acl " + kind + " " + name
		if w.rnd.Intn(4) == 0 {
			got = w.to.RemoveXattr(name, "system.posix_acl_"+kind)
		} else {
			got = w.to.SetXattr(name, "system.posix_acl_"+kind, w.acl())
		}
		want = got
	case 15, 16:
		name := w.pick(any1)
		attr := []string{"user.a", "user.some_longer_name", "security.selinux", "trusted.x", "security.capability"}[w.rnd.Intn(5)]
		value := bytes.Repeat([]byte{byte(w.rnd.Intn(256))}, w.rnd.Intn(300))
		if w.values > 0 {
			value = w.value()
		}
		if attr == "security.capability" {
			value = capability // the kernel reads no other
		}
		_, _, n := w.m.at(name)
		if w.rnd.Intn(3) == 0 {
			what = "removexattr " + name + " " + attr
			got = w.to.RemoveXattr(name, attr)
			want = w.do(got, func() error {
				if _, ok := n.attrs[attr]; !ok {
					return errModel
				}
				delete(n.attrs, attr)
				return nil
			})
			break
		}
		what = fmt.Sprintf("setxattr %s %s %d", name, attr, len(value))
		got = w.to.SetXattr(name, attr, value)
		if errors.Is(got, ErrAttrSpace) || errors.Is(got, ErrUnsupported) || errors.Is(got, fs.ErrPermission) {
			got = nil
			break
		}
		want = w.do(got, func() error { n.attrs[attr] = string(value); return nil })
	}
	w.log = append(w.log, what)
	if (got == nil) != (want == nil) && (!w.full || !errors.Is(got, ErrNoSpace) && !errors.Is(got, ErrNoInodes)) {
		w.t.Fatalf("step %d: %s: %v; the model: %v", len(w.log), what, got, want)
	}
	if w.fs != nil && w.fs.failed != nil {
		w.t.Fatalf("step %d: %s: failed: %v", len(w.log), what, w.fs.failed)
	}
}

// crowded tells whether the walk should rather remove something.
func (w *walker) crowded() bool {
	weight, bytes := w.m.root.weight(), 0
	var visit func(n *thing)
	visit = func(n *thing) {
		bytes += len(n.data)
		for _, k := range n.kids {
			visit(k)
		}
	}
	visit(w.m.root)
	if w.start == 0 {
		w.start = weight
	}
	return weight > w.start+300 || bytes > 6<<20 && !w.full
}

// time gives one that a file can have: with nanoseconds, if the inode has room for
// them, and beyond 2038 then.
func (w *walker) time() time.Time {
	if w.short {
		return time.Unix(w.rnd.Int63n(1<<31), 0).UTC()
	}
	return time.Unix(w.rnd.Int63n(1<<33), w.rnd.Int63n(1e9)).UTC()
}

// acl gives one in the form of setxattr.
func (w *walker) acl() []byte {
	perm := func() uint32 { return uint32(w.rnd.Intn(8)) }
	list := [][3]uint32{{tagUserObj, perm(), noID}}
	for i := range uint32(w.rnd.Intn(3)) {
		list = append(list, [3]uint32{tagUser, perm(), 100 + i})
	}
	list = append(list, [3]uint32{tagGroupObj, perm(), noID})
	for i := range uint32(w.rnd.Intn(3)) {
		list = append(list, [3]uint32{tagGroup, perm(), 200 + i})
	}
	if len(list) > 2 || w.rnd.Intn(2) == 0 {
		list = append(list, [3]uint32{tagMask, perm(), noID})
	}
	return acl(append(list, [3]uint32{tagOther, perm(), noID})...)
}

// do changes the model, but not where the file system was full.
func (w *walker) do(got error, change func() error) error {
	if w.full && (errors.Is(got, ErrNoSpace) || errors.Is(got, ErrNoInodes)) {
		w.none++
		return got
	}
	return change()
}

func (w *walker) file(name string) *thing {
	if _, _, n := w.m.at(name); n != nil && n.mode.IsRegular() {
		return n
	}
	return nil
}

func (w *walker) put(name string, b []byte, perm fs.FileMode) error {
	_, _, n := w.m.at(name)
	if n == nil {
		n = newThing(perm)
		if err := w.m.add(name, n); err != nil {
			return err
		}
	}
	if !n.mode.IsRegular() {
		return errModel
	}
	n.data = slices.Clone(b)
	n.changed()
	return nil
}

func (w *walker) open(name string, flag int, do func(handle) error) error {
	f, err := w.openFile(name, flag)
	if err != nil {
		return err
	}
	return errors.Join(do(f), f.Close())
}

func (n *thing) weight() int {
	if n == nil {
		return 0
	}
	w := 1
	for _, k := range n.kids {
		w += k.weight()
	}
	return w
}

// rounds is how many rounds of 75 edits a walk has, and seed where it starts: 2
// and 0, or what EXT_STEPS and EXT_SEED say for longer runs.
func rounds(t testing.TB) (n int, seed int64) {
	n = 2
	for name, set := range map[string]func(int){"EXT_STEPS": func(v int) { n = (v + 74) / 75 }, "EXT_SEED": func(v int) { seed = 1000 * int64(v) }} {
		if v := os.Getenv(name); v != "" {
			i, err := strconv.Atoi(v)
			must(t, err)
			set(i)
		}
	}
	return n, seed
}

// After every few edits e2fsck has nothing to say, and what is read back, through
// a file system opened anew, is what the model says.
func TestRandomWalk(t *testing.T) {
	for i, s := range editable() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			n, seed := rounds(t)
			w := newWalker(t, seed+int64(i), edit(t, img))
			for round := range n {
				for range 75 {
					w.step()
				}
				must(t, w.fs.Sync())
				if complaint := complaints(t, img.Name()); complaint != "" {
					t.Fatalf("round %d: e2fsck:\n%s\nafter\n%s", round, complaint, strings.Join(w.log[max(0, len(w.log)-75):], "\n"))
				}
				w.use(edit(t, img))
				w.m.compare(t, w.fs)
			}
		})
	}
}
