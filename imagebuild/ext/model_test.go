package ext

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// thing is a file in the model: what an FS should show, kept in plain maps.
type thing struct {
	mode     fs.FileMode
	uid, gid uint32
	data     []byte
	target   string
	dev      [2]uint32
	atime    time.Time
	mtime    time.Time
	kids     map[string]*thing // of a folder
	attrs    map[string]string
	names    int // of what is no folder
}

// model is a tree that is changed along with an FS.
type model struct{ root *thing }

func newThing(mode fs.FileMode) *thing {
	n := &thing{mode: mode, atime: editTime, mtime: editTime, attrs: map[string]string{}}
	if mode.IsDir() {
		n.kids = map[string]*thing{}
	}
	return n
}

// modelOf reads a whole FS into a model.
func modelOf(t testing.TB, f *FS) *model {
	t.Helper()
	byIno := map[uint32]*thing{}
	var read func(name string) *thing
	read = func(name string) *thing {
		fi, err := f.Lstat(name)
		must(t, err)
		st := fi.Sys().(*Stat)
		if n := byIno[st.Ino]; n != nil {
			n.names++
			return n
		}
		n := newThing(fi.Mode())
		byIno[st.Ino] = n
		n.uid, n.gid, n.atime, n.mtime, n.dev, n.names = st.UID, st.GID, st.Atime, fi.ModTime(), [2]uint32{st.Major, st.Minor}, 1
		list, err := f.ListXattr(name)
		must(t, err)
		for _, a := range list {
			v, err := f.Xattr(name, a)
			must(t, err)
			n.attrs[a] = string(v)
		}
		switch {
		case fi.IsDir():
			list, err := f.ReadDir(name)
			must(t, err)
			for _, e := range list {
				n.kids[e.Name()] = read(join(name, e.Name()))
			}
		case fi.Mode().IsRegular():
			n.data, err = f.ReadFile(name)
			must(t, err)
		case fi.Mode()&fs.ModeSymlink != 0:
			n.target, err = f.ReadLink(name)
			must(t, err)
		}
		return n
	}
	return &model{read(".")}
}

func join(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// compare reports where the FS and the model differ, at most ten times.
func (m *model) compare(t testing.TB, f *FS) {
	t.Helper()
	for _, d := range m.differences(modelOf(t, f), f) {
		t.Error(d)
	}
	if t.Failed() {
		t.FailNow()
	}
}

func (m *model) differences(have *model, f *FS) (out []string) {
	same := map[*thing]*thing{} // things of the model and what shows them
	var cmp func(name string, want, got *thing)
	cmp = func(name string, want, got *thing) {
		if len(out) > 10 {
			return
		}
		diff := func(what string, a, b any) {
			if fmt.Sprint(a) != fmt.Sprint(b) {
				out = append(out, fmt.Sprintf("%s: %s is %.80v, not %.80v", name, what, b, a))
			}
		}
		if prev, ok := same[want]; ok {
			if prev != got {
				out = append(out, name+": no longer the same file as another name")
			}
			return
		}
		same[want] = got
		diff("mode", want.mode, got.mode)
		diff("owner", [2]uint32{want.uid, want.gid}, [2]uint32{got.uid, got.gid})
		diff("time of reading", want.atime.UTC(), got.atime.UTC())
		diff("time of writing", want.mtime.UTC(), got.mtime.UTC())
		diff("target", want.target, got.target)
		diff("device", want.dev, got.dev)
		diff("attributes", fmt.Sprintf("%q", want.attrs), fmt.Sprintf("%q", got.attrs))
		if !bytes.Equal(want.data, got.data) {
			i := 0
			for i < min(len(want.data), len(got.data)) && want.data[i] == got.data[i] {
				i++
			}
			out = append(out, fmt.Sprintf("%s: contents of %d bytes, not %d, differ from byte %d on", name, len(got.data), len(want.data), i))
		}
		if f != nil {
			fi, err := f.Lstat(name)
			if err != nil {
				out = append(out, err.Error())
				return
			}
			diff("links", want.links(), fi.Sys().(*Stat).Nlink)
		}
		for _, k := range slices.Sorted(maps.Keys(want.kids)) {
			if got.kids[k] == nil {
				out = append(out, join(name, k)+" is missing")
				continue
			}
			cmp(join(name, k), want.kids[k], got.kids[k])
		}
		for _, k := range slices.Sorted(maps.Keys(got.kids)) {
			if want.kids[k] == nil {
				out = append(out, join(name, k)+" should not be there")
			}
		}
	}
	cmp(".", m.root, have.root)
	return out
}

func (n *thing) links() int {
	if !n.mode.IsDir() {
		return n.names
	}
	links := 2
	for _, k := range n.kids {
		if k.mode.IsDir() {
			links++
		}
	}
	return links
}

// at finds a name; symbolic links are not followed.
func (m *model) at(name string) (dir *thing, base string, n *thing) {
	if name == "." {
		return nil, "", m.root
	}
	n = m.root
	for elem := range strings.SplitSeq(name, "/") {
		if n == nil || n.kids == nil {
			return nil, elem, nil
		}
		dir, base = n, elem
		n = dir.kids[elem]
	}
	return dir, base, n
}

var errModel = errors.New("the model says no")

func (m *model) add(name string, n *thing) error {
	dir, base, have := m.at(name)
	if dir == nil || have != nil {
		return errModel
	}
	n.names++
	dir.kids[base], dir.mtime = n, editTime
	if dir.mode&fs.ModeSetgid != 0 && n.names == 1 {
		n.gid = dir.gid
		if n.mode.IsDir() {
			n.mode |= fs.ModeSetgid
		}
	}
	return nil
}

func (m *model) remove(name string, all bool) error {
	dir, base, n := m.at(name)
	switch {
	case n == nil && all:
		return nil
	case n == nil || dir == nil || len(n.kids) > 0 && !all || name == "lost+found":
		return errModel
	}
	delete(dir.kids, base)
	dir.mtime = editTime
	n.drop()
	return nil
}

func (n *thing) drop() {
	n.names--
	for _, k := range n.kids {
		k.drop()
	}
}

func (m *model) link(old, new string) error {
	_, _, n := m.at(old)
	if n == nil || n.mode.IsDir() {
		return errModel
	}
	return m.add(new, n)
}

func (m *model) rename(old, new string) error {
	from, fbase, n := m.at(old)
	to, tbase, have := m.at(new)
	switch {
	case n == nil || from == nil || to == nil:
		return errModel
	case have == n:
		return nil
	case strings.HasPrefix(new+"/", old+"/") && n.mode.IsDir(), old == "lost+found", new == "lost+found":
		return errModel
	case have != nil && (have.mode.IsDir() != n.mode.IsDir() || len(have.kids) > 0):
		return errModel
	}
	delete(from.kids, fbase)
	if have != nil {
		have.drop()
	}
	to.kids[tbase] = n
	from.mtime, to.mtime = editTime, editTime
	return nil
}

// write changes contents: by size or from a byte on.
func (n *thing) write(data []byte, off int) {
	if grow := off + len(data) - len(n.data); grow > 0 {
		n.data = append(n.data, make([]byte, grow)...)
	}
	copy(n.data[off:], data)
	n.changed()
}

func (n *thing) truncate(size int) {
	if size <= len(n.data) {
		n.data = n.data[:size:size]
	} else {
		n.data = append(n.data, make([]byte, size-len(n.data))...)
	}
	n.changed()
}

func (n *thing) changed() {
	n.mtime = editTime
	delete(n.attrs, "security.capability")
}

// The oracle is tried too: a model that differs in one thing is told apart.
func TestModelTellsDifferences(t *testing.T) {
	f := openShape(t, shapeNamed(t, "ext4_el6"))
	for what, spoil := range map[string]func(*model){
		"mode":       func(m *model) { m.root.kids["empty"].mode = fs.ModeDir | 0o700 },
		"owner":      func(m *model) { m.root.kids["empty"].uid++ },
		"of reading": func(m *model) { m.root.kids["empty"].atime = editTime },
		"of writing": func(m *model) { m.root.kids["empty"].mtime = stampTime.Add(1) },
		"target":     func(m *model) { m.root.kids["bin"].target = "x" },
		"device":     func(m *model) { m.root.kids["dev"].kids["null"].dev[1]++ },
		"attributes": func(m *model) { m.root.kids["etc"].kids["passwd"].attrs["user.a"] = "b" },
		"contents":   func(m *model) { m.root.kids["etc"].kids["passwd"].data[7] ^= 1 },
		"links":      func(m *model) { m.root.kids["usr"].kids["bin"].kids["f1024"].names++ },
		"missing":    func(m *model) { m.root.kids["x"] = newThing(0) },
		"should not": func(m *model) { delete(m.root.kids, "empty") },
		"the same":   func(m *model) { m.root.kids["etc"] = m.root.kids["usr"] },
	} {
		m := modelOf(t, f)
		if d := m.differences(modelOf(t, f), f); len(d) > 0 {
			t.Fatalf("two readings differ: %q", d)
		}
		spoil(m)
		if d := strings.Join(m.differences(modelOf(t, f), f), "\n"); !strings.Contains(d, what) {
			t.Errorf("%s: not told: %q", what, d)
		}
	}
}
