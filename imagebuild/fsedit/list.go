package fsedit

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay"
)

// File describes a file of the image: all that its inode says.
type File struct {
	Path       string    `json:"path"` // from the image's root
	Type       string    `json:"type"` // file, dir, symlink, fifo, socket, char or block
	Mode       string    `json:"mode"` // four octal digits, setuid and the like included
	UID        uint32    `json:"uid"`
	GID        uint32    `json:"gid"`
	Links      uint32    `json:"links"`
	Inode      uint32    `json:"inode"`
	Size       int64     `json:"size"`
	Sectors    int64     `json:"sectors"` // of 512 bytes that it owns
	Atime      time.Time `json:"atime"`
	Mtime      time.Time `json:"mtime"`
	Ctime      time.Time `json:"ctime"`
	Crtime     time.Time `json:"crtime,omitzero"`
	Target     string    `json:"target,omitempty"` // of a symbolic link
	Device     string    `json:"device,omitempty"` // of a device: major:minor
	Flags      uint32    `json:"flags"`
	FlagText   string    `json:"flagText"` // as lsattr prints it
	Generation uint32    `json:"generation"`
	Project    uint32    `json:"project"`
	Xattrs     []string  `json:"xattrs,omitempty"` // names

	FileMode fs.FileMode `json:"-"`
}

// MarshalJSON keeps bytes that are no UTF-8 apart: a path with such bytes also has
// a member pathHex.
func (f File) MarshalJSON() ([]byte, error) {
	type plain File
	out := struct {
		plain
		PathHex string `json:"pathHex,omitempty"`
	}{plain: plain(f)}
	if strings.ToValidUTF8(f.Path, "") != f.Path {
		out.PathHex = fmt.Sprintf("%x", f.Path)
	}
	return json.Marshal(out)
}

// Stat describes one file, where a symbolic link leads or with link the link.
func (t *Tree) Stat(p string, link bool) (File, error) {
	resolve := overlay.Resolve
	if link {
		resolve = overlay.ResolveLink
	}
	r, err := resolve(t.fs, p)
	if err != nil {
		return File{}, err
	}
	if !r.Exists() {
		return File{}, &treeError{Show(r.Name), fs.ErrNotExist}
	}
	return t.describe(r.Name, r.Info)
}

// List gives the files in a folder, sorted by name, or the one file that p is. With
// recursive those in the folders below too, each before what is in it.
func (t *Tree) List(p string, recursive bool, do func(File) error) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	show := func(name string, st fs.FileInfo) error {
		f, err := t.describe(name, st)
		if err != nil {
			return err
		}
		return do(f)
	}
	st, err := t.fs.Stat(name)
	if err != nil || !st.IsDir() {
		if st, err = t.fs.Lstat(name); err != nil { // a link to nowhere shows itself
			return inImage(err)
		}
		return show(name, st)
	}
	if recursive {
		return t.walk(name, st, map[uint32]bool{}, func(below string, st fs.FileInfo) error {
			if below == name {
				return nil
			}
			return show(below, st)
		})
	}
	list, err := t.fs.ReadDir(name)
	if err != nil {
		return inImage(err)
	}
	for _, e := range list {
		st, err := e.Info()
		if err != nil {
			return inImage(err)
		}
		if err := show(path.Join(name, e.Name()), st); err != nil {
			return err
		}
	}
	return nil
}

// describe makes a File. A link's target and attributes are asked for by name.
func (t *Tree) describe(name string, st fs.FileInfo) (File, error) {
	x := st.Sys().(*ext.Stat)
	f := File{
		Path: slashed(name), Type: treediff.TypeName(st.Mode()), Mode: fmt.Sprintf("%04o", x.Mode&0o7777),
		UID: x.UID, GID: x.GID, Links: x.Nlink, Inode: x.Ino, Size: x.Size, Sectors: x.Sectors,
		Atime: x.Atime.UTC(), Mtime: x.Mtime.UTC(), Ctime: x.Ctime.UTC(),
		Flags: x.Flags, FlagText: ext.FlagString(x.Flags), Generation: x.Generation, Project: x.ProjectID, FileMode: st.Mode(),
	}
	if !x.Crtime.IsZero() {
		f.Crtime = x.Crtime.UTC()
	}
	if st.Mode()&fs.ModeDevice != 0 {
		f.Device = fmt.Sprintf("%d:%d", x.Major, x.Minor)
	}
	var err error
	if st.Mode()&fs.ModeSymlink != 0 {
		if f.Target, err = t.fs.ReadLink(name); err != nil {
			return f, inImage(err)
		}
	}
	f.Xattrs, err = t.fs.ListXattr(name)
	return f, inImage(err)
}

func slashed(name string) string {
	if name == "." {
		return "/"
	}
	return "/" + name
}

// Base is the last part of the path.
func (f File) Base() string { return path.Base(f.Path) }

// Extents calls do for the runs of blocks of a file.
func (t *Tree) Extents(f File, do func(ext.Extent) error) error {
	name, err := t.Name(f.Path)
	if err != nil {
		return err
	}
	return inImage(t.fs.Extents(name, do))
}

// ModeString is type and mode as ls prints them: -rwsr-xr-x.
func (f File) ModeString() string {
	b := []byte("-rwxrwxrwx")
	if i := map[string]byte{"dir": 'd', "symlink": 'l', "fifo": 'p', "socket": 's', "char": 'c', "block": 'b', "unknown": '?'}[f.Type]; i != 0 {
		b[0] = i
	}
	bits := unixBits(f.FileMode)
	for i := range 9 {
		if bits&(1<<(8-i)) == 0 {
			b[i+1] = '-'
		}
	}
	for _, s := range []struct {
		bit  uint32
		at   int
		with byte
	}{{0o4000, 3, 's'}, {0o2000, 6, 's'}, {0o1000, 9, 't'}} {
		if bits&s.bit == 0 {
			continue
		}
		if b[s.at] == '-' {
			b[s.at] = s.with - 'a' + 'A'
		} else {
			b[s.at] = s.with
		}
	}
	return string(b)
}
