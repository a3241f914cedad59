package ext

import (
	"io/fs"
	"os"
	"strings"
)

// operation is one of a small alphabet, on an FS and on a model.
type operation struct {
	name string
	real func(*FS) error
	want func(*model) error
}

// alphabet is what sequences are made of. It works on the names a, b, d, e and d/x:
// few enough that operations meet on the same things.
func alphabet() []operation {
	far := strings.Repeat("far/", 30)
	return []operation{
		opWrite("a", data("a", 5000)), opWrite("d/x", data("x", 15_000)), opCreate("b"), opAppend("a", data("more", 3000)),
		opWriteAt("a", data("late", 3000), 20_500), opWriteAt("d/x", data("mid", 1500), 700),
		opTruncate("a", 9000), opTruncate("a", 10), opTruncate("d/x", 30_000), opTruncate("d/x", 1024),
		opRename("a", "b"), opRename("a", "d/x"), opRename("b", "a"), opRename("d", "e"), opRename("e", "d"),
		opRename("d/x", "a"), opRename("d/x", "e"), opRename("e", "d/x"), opRename("d", "d/x"),
		opLink("a", "b"), opLink("a", "d/x"), opRemove("a"), opRemove("b"), opRemove("d/x"), opRemove("d"), opRemove("e"),
		opMkdir("d"), opMkdir("e"), opMkdir("d/x"), opSymlink("nowhere/at/all", "b"), opSymlink(far, "d/x"),
		opSetXattr("a", "trusted.small", 20), opSetXattr("a", "security.test", 600), opSetXattr("d", "security.test", 700),
		opSetXattr("d/x", "security.test", 600), opRemoveXattr("a", "security.test"),
	}
}

func (m *model) file(name string) (*thing, error) {
	if _, _, n := m.at(name); n != nil && n.mode.IsRegular() {
		return n, nil
	}
	return nil, errModel
}

// opFile is an operation on an open file; n is what the model has.
func opFile(what, name string, flag int, real func(*File) error, want func(n *thing)) operation {
	return operation{what, func(f *FS) error {
		w, err := f.OpenFile(name, flag, 0o640)
		if err != nil {
			return err
		}
		if err := real(w); err != nil {
			return err
		}
		return w.Close()
	}, func(m *model) error {
		n, err := m.file(name)
		if err == nil {
			want(n)
		}
		return err
	}}
}

func opWrite(name string, b []byte) operation {
	return operation{"write " + name, func(f *FS) error { return f.WriteFile(name, b, 0o640) }, func(m *model) error {
		if _, _, n := m.at(name); n == nil {
			if err := m.add(name, newThing(0o640)); err != nil {
				return err
			}
		}
		n, err := m.file(name)
		if err == nil {
			n.truncate(0)
			n.write(b, 0)
		}
		return err
	}}
}

func opCreate(name string) operation {
	return operation{"create " + name, func(f *FS) error {
		w, err := f.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		return w.Close()
	}, func(m *model) error { return m.add(name, newThing(0o600)) }}
}

func opAppend(name string, b []byte) operation {
	return opFile("append "+name, name, os.O_WRONLY|os.O_APPEND, func(w *File) error { _, err := w.Write(b); return err },
		func(n *thing) { n.write(b, len(n.data)) })
}

func opWriteAt(name string, b []byte, off int) operation {
	return opFile("write "+name+" at "+itoa(uint32(off)), name, os.O_RDWR, func(w *File) error { _, err := w.WriteAt(b, int64(off)); return err },
		func(n *thing) { n.write(b, off) })
}

func opTruncate(name string, size int) operation {
	return operation{"truncate " + name + " " + itoa(uint32(size)), func(f *FS) error { return f.Truncate(name, int64(size)) }, func(m *model) error {
		n, err := m.file(name)
		if err == nil {
			n.truncate(size)
		}
		return err
	}}
}

func opRename(old, new string) operation {
	return operation{"rename " + old + " " + new, func(f *FS) error { return f.Rename(old, new) }, func(m *model) error { return m.rename(old, new) }}
}

func opLink(old, new string) operation {
	return operation{"link " + old + " " + new, func(f *FS) error { return f.Link(old, new) }, func(m *model) error { return m.link(old, new) }}
}

func opRemove(name string) operation {
	return operation{"remove " + name, func(f *FS) error { return f.Remove(name) }, func(m *model) error { return m.remove(name, false) }}
}

func opMkdir(name string) operation {
	return operation{"mkdir " + name, func(f *FS) error { return f.Mkdir(name, 0o750) }, func(m *model) error { return m.add(name, newThing(fs.ModeDir|0o750)) }}
}

func opSymlink(target, name string) operation {
	return operation{"symlink " + name, func(f *FS) error { return f.Symlink(target, name) }, func(m *model) error {
		n := newThing(fs.ModeSymlink | 0o777)
		n.target = target
		return m.add(name, n)
	}}
}

func opSetXattr(name, attr string, size int) operation {
	value := strings.Repeat("v", size)
	return operation{"setxattr " + name + " " + attr, func(f *FS) error { return f.SetXattr(name, attr, []byte(value)) }, func(m *model) error {
		_, _, n := m.at(name)
		if n == nil {
			return errModel
		}
		n.attrs[attr] = value
		return nil
	}}
}

func opRemoveXattr(name, attr string) operation {
	return operation{"removexattr " + name + " " + attr, func(f *FS) error { return f.RemoveXattr(name, attr) }, func(m *model) error {
		_, _, n := m.at(name)
		if n == nil || n.attrs[attr] == "" {
			return errModel
		}
		delete(n.attrs, attr)
		return nil
	}}
}
