// Package treetest has what tests of edits need: a file tree in memory, and a test that says whether a
// tree is one as package overlay needs it.
package treetest

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Memory is a file tree in memory. It is strict where an overlay.Tree leaves a choice: it never follows
// a symbolic link, so that an edit which hands one over fails its test.
type Memory struct {
	nodes  map[string]*node
	Now    time.Time // the time of what is written
	linked uint64    // files that were given a second name
}

type node struct {
	mode   fs.FileMode
	uid    uint32
	gid    uint32
	mtime  time.Time
	data   []byte
	target string
	xattrs map[string][]byte
	more   uint32 // names beside the first
	ino    uint64 // of a file that has or had several names
}

// Owner is what FileInfo.Sys of a Memory points to. Ino is 0 for a file that never had two names.
type Owner struct {
	UID, GID, Nlink uint32
	Ino             uint64
}

// NewMemory gives an empty tree: a root, 0755.
func NewMemory() *Memory {
	return &Memory{nodes: map[string]*node{".": {mode: fs.ModeDir | 0o755}}}
}

// Fill gives a tree with these files, 0644 and root's, and the folders above them. A name that ends in a
// slash is a folder; a content "-> target" makes a symbolic link.
func Fill(files map[string]string) *Memory {
	m := NewMemory()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := files[name]
		clean := path.Clean(name)
		dir := path.Dir(clean)
		if strings.HasSuffix(name, "/") {
			dir = clean
		}
		for _, d := range append(parents(dir), dir) {
			if _, ok := m.nodes[d]; !ok {
				m.nodes[d] = &node{mode: fs.ModeDir | 0o755}
			}
		}
		switch target, link := strings.CutPrefix(text, "-> "); {
		case strings.HasSuffix(name, "/"):
		case link:
			m.nodes[clean] = &node{mode: fs.ModeSymlink | 0o777, target: target}
		default:
			m.nodes[clean] = &node{mode: 0o644, data: []byte(text)}
		}
	}
	return m
}

func parents(name string) []string {
	var out []string
	for d := path.Dir(name); d != "."; d = path.Dir(d) {
		out = append(out, d)
	}
	slices.Reverse(out)
	return out
}

// Mknod puts a file of any kind at a name: a device, a pipe, a socket.
func (m *Memory) Mknod(name string, mode fs.FileMode) { m.nodes[name] = &node{mode: mode} }

// Names lists all that is in the tree, sorted, without the root.
func (m *Memory) Names() []string {
	var out []string
	for _, n := range slices.Sorted(maps.Keys(m.nodes)) {
		if n != "." {
			out = append(out, n)
		}
	}
	return out
}

// find looks a name up. Every component before the last must be a folder.
func (m *Memory) find(op, name string) (*node, error) {
	if err := m.parent(op, name); err != nil {
		return nil, err
	}
	n, ok := m.nodes[name]
	if !ok {
		return nil, fail(op, name, fs.ErrNotExist)
	}
	return n, nil
}

func (m *Memory) parent(op, name string) error {
	if !fs.ValidPath(name) {
		return fail(op, name, fs.ErrInvalid)
	}
	if name == "." {
		return nil
	}
	for _, d := range append(parents(name), path.Dir(name)) {
		n, ok := m.nodes[d]
		switch {
		case !ok:
			return fail(op, name, fs.ErrNotExist)
		case n.mode&fs.ModeSymlink != 0:
			return fail(op, name, syscall.ELOOP)
		case !n.mode.IsDir():
			return fail(op, name, syscall.ENOTDIR)
		}
	}
	return nil
}

// follow is find for calls that would follow a link.
func (m *Memory) follow(op, name string) (*node, error) {
	n, err := m.find(op, name)
	if err == nil && n.mode&fs.ModeSymlink != 0 {
		return nil, fail(op, name, syscall.ELOOP)
	}
	return n, err
}

func fail(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

func (m *Memory) Lstat(name string) (fs.FileInfo, error) {
	n, err := m.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return info{path.Base(name), n}, nil
}

func (m *Memory) Open(name string) (fs.File, error) {
	n, err := m.follow("open", name)
	if err != nil {
		return nil, err
	}
	return &file{info: info{path.Base(name), n}, Reader: bytes.NewReader(n.data)}, nil
}

func (m *Memory) ReadFile(name string) ([]byte, error) {
	n, err := m.follow("read", name)
	if err != nil {
		return nil, err
	}
	if !n.mode.IsRegular() {
		return nil, fail("read", name, syscall.EISDIR)
	}
	return bytes.Clone(n.data), nil
}

func (m *Memory) ReadLink(name string) (string, error) {
	n, err := m.find("readlink", name)
	if err != nil {
		return "", err
	}
	if n.mode&fs.ModeSymlink == 0 {
		return "", fail("readlink", name, fs.ErrInvalid)
	}
	return n.target, nil
}

func (m *Memory) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := m.follow("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.mode.IsDir() {
		return nil, fail("readdir", name, syscall.ENOTDIR)
	}
	var out []fs.DirEntry
	for _, k := range slices.Sorted(maps.Keys(m.nodes)) {
		if k != "." && path.Dir(k) == name {
			out = append(out, fs.FileInfoToDirEntry(info{path.Base(k), m.nodes[k]}))
		}
	}
	return out, nil
}

func (m *Memory) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return m.WriteFrom(name, bytes.NewReader(data), perm)
}

func (m *Memory) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	if err := m.parent("write", name); err != nil {
		return err
	}
	n, ok := m.nodes[name]
	switch {
	case !ok:
		n = &node{mode: perm.Perm()}
		m.nodes[name] = n
	case n.mode&fs.ModeSymlink != 0:
		return fail("write", name, syscall.ELOOP)
	case !n.mode.IsRegular():
		return fail("write", name, syscall.EISDIR)
	}
	data, err := io.ReadAll(r)
	n.data, n.mtime = data, m.Now
	return err
}

func (m *Memory) add(op, name string, n *node) error {
	if err := m.parent(op, name); err != nil {
		return err
	}
	if _, ok := m.nodes[name]; ok {
		return fail(op, name, fs.ErrExist)
	}
	n.mtime = m.Now
	m.nodes[name] = n
	return nil
}

func (m *Memory) Mkdir(name string, perm fs.FileMode) error {
	return m.add("mkdir", name, &node{mode: fs.ModeDir | perm.Perm()})
}

func (m *Memory) Symlink(target, name string) error {
	return m.add("symlink", name, &node{mode: fs.ModeSymlink | 0o777, target: target})
}

// Link makes the same node known under a second name.
func (m *Memory) Link(old, new string) error {
	n, err := m.find("link", old)
	if err != nil {
		return err
	}
	if n.mode.IsDir() {
		return fail("link", old, syscall.EPERM)
	}
	if err := m.parent("link", new); err != nil {
		return err
	}
	if _, ok := m.nodes[new]; ok {
		return fail("link", new, fs.ErrExist)
	}
	if n.ino == 0 {
		m.linked++
		n.ino = m.linked
	}
	m.nodes[new] = n
	n.more++
	return nil
}

func (m *Memory) Remove(name string) error {
	n, err := m.find("remove", name)
	if err != nil {
		return err
	}
	if n.mode.IsDir() {
		for k := range m.nodes {
			if k != "." && path.Dir(k) == name {
				return fail("remove", name, syscall.ENOTEMPTY)
			}
		}
	}
	delete(m.nodes, name)
	if !n.mode.IsDir() && n.more > 0 {
		n.more--
	}
	return nil
}

func (m *Memory) Chmod(name string, mode fs.FileMode) error {
	n, err := m.follow("chmod", name)
	if err != nil {
		return err
	}
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	n.mode = n.mode.Type() | mode&bits
	return nil
}

// Lchown clears the set-id bits of a file, as the kernel does.
func (m *Memory) Lchown(name string, uid, gid int) error {
	n, err := m.find("lchown", name)
	if err != nil {
		return err
	}
	n.uid, n.gid = uint32(uid), uint32(gid)
	if n.mode.IsRegular() {
		n.mode &^= fs.ModeSetuid | fs.ModeSetgid
	}
	return nil
}

func (m *Memory) Chtimes(name string, _, mtime time.Time) error {
	n, err := m.follow("chtimes", name)
	if err == nil {
		n.mtime = mtime
	}
	return err
}

func (m *Memory) Lchtimes(name string, _, mtime time.Time) error {
	n, err := m.find("lchtimes", name)
	if err == nil {
		n.mtime = mtime
	}
	return err
}

func (m *Memory) ListXattr(name string) ([]string, error) {
	n, err := m.find("listxattr", name)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(n.xattrs)), nil
}

func (m *Memory) Xattr(name, attr string) ([]byte, error) {
	n, err := m.find("getxattr", name)
	if err != nil {
		return nil, err
	}
	v, ok := n.xattrs[attr]
	if !ok {
		return nil, fail("getxattr", name, syscall.ENODATA)
	}
	return bytes.Clone(v), nil
}

func (m *Memory) SetXattr(name, attr string, value []byte) error {
	n, err := m.find("setxattr", name)
	if err != nil {
		return err
	}
	if n.xattrs == nil {
		n.xattrs = map[string][]byte{}
	}
	n.xattrs[attr] = bytes.Clone(value)
	return nil
}

func (m *Memory) RemoveXattr(name, attr string) error {
	n, err := m.find("removexattr", name)
	if err != nil {
		return err
	}
	if _, ok := n.xattrs[attr]; !ok {
		return fail("removexattr", name, syscall.ENODATA)
	}
	delete(n.xattrs, attr)
	return nil
}

type info struct {
	name string
	n    *node
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return int64(len(i.n.data)) }
func (i info) Mode() fs.FileMode  { return i.n.mode }
func (i info) ModTime() time.Time { return i.n.mtime }
func (i info) IsDir() bool        { return i.n.mode.IsDir() }
func (i info) Sys() any           { return &Owner{i.n.uid, i.n.gid, 1 + i.n.more, i.n.ino} }

type file struct {
	info info
	*bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }
