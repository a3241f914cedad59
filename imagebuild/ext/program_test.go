package ext

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// spoiledNames are those of a seed and a few new ones, operationNames of an empty file system.
var (
	spoiledNames   = []string{"d", "d/file", "d/sub", "link", "slow", "hard", "dev", "many", "pieces", "new", "d/new", "many/new", "d/sub/x", "many/" + strings.Repeat("name", 7) + "3"}
	operationNames = []string{"a", "b", "d", "d/x", "d/e", "d/e/y", "c", "d/" + strings.Repeat("l", 200), "e", "e/x"}
	programSizes   = []int{0, 1, 59, 60, 100, 700, 1023, 1024, 1025, 4096, 5000, 12 << 10, 13<<10 + 1, 30_000, 70_000, 300_000}
)

const programLength = 40 // operations at most

// decode makes operations of bytes, four each: what, on which name, and two numbers.
func decode(program []byte, names []string) (ops []operation) {
	for ; len(program) >= 4 && len(ops) < programLength; program = program[4:] {
		name := names[int(program[1])%len(names)]
		a, b := program[2], program[3]
		other := names[int(a)%len(names)]
		size, off := programSizes[int(a)%len(programSizes)], programSizes[int(b)%len(programSizes)]
		content := data(string(program[1:4]), size)
		var op operation
		switch program[0] % 22 {
		case 0, 1:
			op = opWrite(name, content)
		case 2:
			op = opAppend(name, content)
		case 3, 4:
			op = opWriteAt(name, content, off)
			if size == 0 {
				op = opCreate(name)
			}
		case 5, 6:
			op = opTruncate(name, size+int(b)%7)
		case 7:
			op = opPunch(name, off, size+1)
		case 8, 9:
			op = opRename(name, other)
		case 10:
			op = opLink(name, other)
		case 11, 12:
			op = opRemove(name)
		case 13:
			op = opRemoveAll(name)
		case 14, 15:
			op = opMkdir(name)
		case 16:
			op = opSymlink("t/t"+strings.Repeat("t", size%1000), name) // leads nowhere
		case 17:
			op = opSetXattr(name, []string{"trusted.a", "trusted.b", "security.some-longer-name"}[b%3], 1+size%900)
		case 18:
			op = opRemoveXattr(name, []string{"trusted.a", "trusted.b", "security.some-longer-name"}[b%3])
		case 19:
			op = opMknod(name, uint32(a), uint32(b))
		case 20:
			op = opMany(name, 3*int(a)%100, b)
		case 21:
			op = opChange(name, int(a), int(b))
		}
		ops = append(ops, op)
	}
	return ops
}

func opPunch(name string, off, n int) operation {
	return opFile(fmt.Sprint("punch ", name, " ", off, " ", n), name, os.O_RDWR, func(w *File) error { return w.PunchHole(int64(off), int64(n)) },
		func(th *thing) {
			if end := min(off+n, len(th.data)); off < end {
				clear(th.data[off:end])
				th.changed()
			}
		})
}

func opRemoveAll(name string) operation {
	parent := path.Dir(name)
	return operation{"remove all " + name, func(f *FS) error {
		if fi, err := f.Lstat(parent); err != nil || !fi.IsDir() {
			return fs.ErrNotExist
		}
		return f.RemoveAll(name)
	}, func(m *model) error {
		if _, _, n := m.at(parent); n == nil || !n.mode.IsDir() {
			return errModel
		}
		return m.remove(name, true)
	}}
}

func opMknod(name string, major, minor uint32) operation {
	mode := fs.ModeDevice | fs.ModeCharDevice | 0o600
	return operation{"mknod " + name, func(f *FS) error { return f.Mknod(name, mode, major, 300*minor) }, func(m *model) error {
		n := newThing(mode)
		n.dev = [2]uint32{major, 300 * minor}
		return m.add(name, n)
	}}
}

// opMany makes, or removes, many names in a folder, until one is refused.
func opMany(dir string, n int, b byte) operation {
	at := func(i int) string { return fmt.Sprintf("%s/%s%d", dir, strings.Repeat("n", 20+int(b)%150), i) }
	if b%4 == 0 {
		return operation{fmt.Sprint("remove many ", dir, " ", n), func(f *FS) error {
			for i := range n {
				if err := opRemoveAll(at(i)).real(f); err != nil {
					return err
				}
			}
			return nil
		}, func(m *model) error {
			for i := range n {
				if err := opRemoveAll(at(i)).want(m); err != nil {
					return err
				}
			}
			return nil
		}}
	}
	made := 0 // what there was room for
	return operation{fmt.Sprint("make many ", dir, " ", n), func(f *FS) error {
		for made = range n {
			if err := f.Mknod(at(made), fs.ModeSocket|0o644, 0, 0); err != nil {
				if made > 0 {
					return nil
				}
				return err
			}
		}
		made = n
		return nil
	}, func(m *model) error {
		for i := range made {
			if err := m.add(at(i), newThing(fs.ModeSocket|0o644)); err != nil {
				return err
			}
		}
		if made == 0 && n > 0 {
			return errModel
		}
		return nil
	}}
}

// opChange changes what is not contents.
func opChange(name string, a, b int) operation {
	what := fmt.Sprint("change ", name, " ", a, " ", b)
	known := func(m *model, do func(n *thing)) error {
		_, _, n := m.at(name)
		if n == nil || n.mode&fs.ModeSymlink != 0 {
			return errModel // it would be followed
		}
		do(n)
		return nil
	}
	if b%2 == 0 {
		mode := fs.FileMode(a*b) & 0o777
		return operation{what, func(f *FS) error {
			if fi, err := f.Lstat(name); err != nil || fi.Mode()&fs.ModeSymlink != 0 {
				return fs.ErrNotExist
			}
			return f.Chmod(name, mode)
		}, func(m *model) error { return known(m, func(n *thing) { n.mode = n.mode.Type() | mode }) }}
	}
	at := time.Unix(int64(a)<<23|int64(b), 0).UTC()
	return operation{what, func(f *FS) error {
		if fi, err := f.Lstat(name); err != nil || fi.Mode()&fs.ModeSymlink != 0 {
			return fs.ErrNotExist
		}
		return f.Chtimes(name, at, at)
	}, func(m *model) error { return known(m, func(n *thing) { n.atime, n.mtime = at, at }) }}
}

// operationShapes are small, so that there is not always room.
var operationShapes = []FormatOptions{
	{Type: "ext3", BlockSize: 1024, InodeSize: 128, Inodes: 128}, {Type: "ext3", BlockSize: 4096, Inodes: 128},
	{Type: "ext4", BlockSize: 1024, Inodes: 128}, {Type: "ext4", BlockSize: 1024, Modern: true, Inodes: 64},
	{Type: "ext4", BlockSize: 4096, Modern: true, Inodes: 128}, {Type: "ext2", BlockSize: 2048, Inodes: 128},
	{Type: "ext4", BlockSize: 1024, Modern: true, Inodes: 128, Label: "inline"}, {Type: "ext4", BlockSize: 4096, Modern: true, Inodes: 128, Label: "inline"},
}

var operationImages [8]struct {
	sync.Once
	b []byte
}

func operationImage(t testing.TB, i int) []byte {
	t.Helper()
	image := &operationImages[i]
	image.Do(func() {
		o := operationShapes[i]
		o.Time, o.JournalBlocks = stampTime, -1
		image.b = make([]byte, 640<<10)
		must(t, Format(&ram{image.b, 1 << 30}, int64(len(image.b)), o))
		if o.Label == "inline" {
			withInline(image.b)
		}
	})
	return image.b
}

// e2fsckBytes lets e2fsck judge, where there is one.
func e2fsckBytes(t testing.TB, b []byte) string {
	t.Helper()
	need(t, "e2fsck")
	name := filepath.Join(workshop.dir, "bytes.img")
	f, err := os.Create(name)
	must(t, err)
	defer func() { _ = f.Close() }()
	must(t, f.Truncate(int64(len(b))))
	for off := 0; off < len(b); off += 4096 {
		if part := b[off:min(off+4096, len(b))]; !isZero(part) {
			_, err := f.WriteAt(part, int64(off))
			must(t, err)
		}
	}
	return complaints(t, name)
}

// snapshot describes all files that the operations do not name, nor others of the
// same inode; what cannot be read is described by the error.
func snapshot(f *FS, ops []operation) map[string]string {
	touched := map[uint32]bool{}
	named := func(name string) bool {
		for _, op := range ops {
			for word := range strings.FieldsSeq(op.name) {
				if word == name || strings.HasPrefix(name, word+"/") {
					return true
				}
			}
		}
		return false
	}
	for _, op := range ops { // what a link leads to
		for word := range strings.FieldsSeq(op.name) {
			if fi, err := f.Stat(word); err == nil {
				touched[fi.Sys().(*Stat).Ino] = true
			}
			target, err := f.ReadLink(word)
			for _, dir := range []string{".", "d", "d/sub", "many"} { // or will, when it is moved
				if fi, err1 := f.Stat(join(dir, target)); err == nil && err1 == nil {
					touched[fi.Sys().(*Stat).Ino] = true
				}
			}
		}
	}
	out, inodes := map[string]string{}, map[string]uint32{}
	var visit func(name string, depth int)
	visit = func(name string, depth int) {
		list, err := f.ReadDir(name)
		if err != nil || depth > 6 {
			out[name+"/"] = fmt.Sprint(err)
			return
		}
		for _, e := range list {
			sub := join(name, e.Name())
			fi, err := f.Lstat(sub)
			if err != nil {
				out[sub] = err.Error()
				continue
			}
			st := fi.Sys().(*Stat)
			touched[st.Ino] = touched[st.Ino] || named(sub)
			inodes[sub] = st.Ino
			if fi.IsDir() {
				visit(sub, depth+1)
				continue
			}
			var b []byte
			if fi.Mode().IsRegular() {
				b, err = f.ReadFile(sub)
			}
			target, _ := f.ReadLink(sub)
			attrs, aerr := f.ListXattr(sub)
			out[sub] = fmt.Sprintf("%o %d %d %d %x %v %q %q %v", st.Mode, st.UID, st.GID, st.Size, sha256.Sum256(b), err, target, attrs, aerr)
		}
	}
	visit(".", 0)
	for name, ino := range inodes {
		if touched[ino] {
			delete(out, name)
		}
	}
	return out
}
