package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay"
)

// FileInfo is a file in an image as a listing shows it.
type FileInfo struct {
	Path    string    `json:"path"` // from the image's root
	Type    string    `json:"type"` // file, dir, symlink, fifo, socket, char or block
	Mode    string    `json:"mode"` // four octal digits, set-user-id and the like included
	UID     uint32    `json:"uid"`
	GID     uint32    `json:"gid"`
	User    string    `json:"user,omitempty"` // by the image's own /etc/passwd
	Group   string    `json:"group,omitempty"`
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modTime"`
	Links   uint32    `json:"links"`
	Inode   uint32    `json:"inode"`
	Target  string    `json:"target,omitempty"` // of a link
	Device  string    `json:"device,omitempty"` // of a device: major:minor
	Xattrs  []string  `json:"xattrs,omitempty"` // names

	mode fs.FileMode
}

// ModeString is the mode as ls prints it: -rw-r--r--.
func (f FileInfo) ModeString() string { return f.mode.String() }

// Browser looks at the files of a source.
type Browser struct {
	tree          *ext.FS
	users, groups map[uint32]string
}

// Browse gives the files of the root file system.
func (s *Source) Browse() (*Browser, error) { return BrowseFS(s.Root.FS) }

// BrowseFS gives the files of a file system that was opened by other means.
func BrowseFS(tree *ext.FS) (*Browser, error) {
	return &Browser{tree: tree, users: idNames(tree, "/etc/passwd"), groups: idNames(tree, "/etc/group")}, nil
}

// Users are the names of the image's users, by number.
func (b *Browser) Users() map[uint32]string { return b.users }

// Groups are the names of the image's groups, by number.
func (b *Browser) Groups() map[uint32]string { return b.groups }

// idNames reads a file of lines name:password:id:…; one that is missing, or none that can be read, has no names: files are
// shown with the numbers of their owners, and can be looked at all the same.
func idNames(tree *ext.FS, file string) map[uint32]string {
	names := map[uint32]string{}
	r, err := overlay.Resolve(tree, file)
	if err != nil || !r.Exists() {
		return names
	}
	text, err := ReadBounded(tree, r, 4<<20)
	if err != nil {
		return names
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 3 {
			continue
		}
		id, err := strconv.ParseUint(fields[2], 10, 32)
		if _, taken := names[uint32(id)]; err == nil && !taken {
			names[uint32(id)] = fields[0]
		}
	}
	return names
}

// ReadBounded reads a regular file that is no larger than limit.
func ReadBounded(tree *ext.FS, r overlay.Resolved, limit int64) ([]byte, error) {
	if !r.Info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: its type is %s", r.Path(), treediff.TypeName(r.Info.Mode()))
	}
	if r.Info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read here", r.Path(), r.Info.Size(), limit)
	}
	return tree.ReadFile(r.Name)
}

// find resolves a path of the image; the last symbolic link is followed on request.
func (b *Browser) find(name string, follow bool) (overlay.Resolved, error) {
	resolve := overlay.ResolveLink
	if follow {
		resolve = overlay.Resolve
	}
	r, err := resolve(b.tree, name)
	if err == nil && !r.Exists() {
		err = fmt.Errorf("%s: %w in the image", r.Path(), errNotThere)
	}
	return r, err
}

var errNotThere = notThereError{}

// notThereError reads better in a sentence than 'file does not exist'.
type notThereError struct{}

func (notThereError) Error() string        { return "there is no such file" }
func (notThereError) Is(target error) bool { return target == fs.ErrNotExist }

// List gives the files in a folder, sorted by name, or the one file that name
// is. With all, those in the folders below too, each before what is in it.
func (b *Browser) List(name string, all bool) ([]FileInfo, error) {
	r, err := b.find(name, true)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil || !r.Info.IsDir() {
		if r, err = b.find(name, false); err != nil {
			return nil, err
		}
		f, err := b.info(r.Name, r.Info)
		return []FileInfo{f}, err
	}
	out := []FileInfo{}
	err = b.list(r.Name, all, visited{}, &out)
	return out, err
}

// visited holds the inodes of folders on a walk. A damaged image can hold a
// folder twice, or inside itself.
type visited map[uint32]bool

func (v visited) enter(f FileInfo) error {
	if v[f.Inode] {
		return fmt.Errorf("%s: inode %d is a folder that was met before; the file system is damaged, run e2fsck -f on it", f.Path, f.Inode)
	}
	v[f.Inode] = true
	return nil
}

func (b *Browser) list(dir string, all bool, seen visited, out *[]FileInfo) error {
	entries, err := b.tree.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		st, err := e.Info()
		if err != nil {
			return err
		}
		name := path.Join(dir, e.Name())
		f, err := b.info(name, st)
		if err != nil {
			return err
		}
		*out = append(*out, f)
		if all && st.IsDir() {
			if err := seen.enter(f); err != nil {
				return err
			}
			if err := b.list(name, all, seen, out); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Browser) info(name string, st fs.FileInfo) (FileInfo, error) {
	f := FileInfo{
		Path: overlay.Resolved{Name: name}.Path(), Type: treediff.TypeName(st.Mode()), Size: st.Size(), ModTime: st.ModTime().UTC(), mode: st.Mode(),
		Mode: fmt.Sprintf("%04o", (&overlay.FileState{Mode: st.Mode()}).Unix()),
	}
	if x, ok := st.Sys().(*ext.Stat); ok {
		f.UID, f.GID, f.Links, f.Inode = x.UID, x.GID, x.Nlink, x.Ino
		f.User, f.Group = b.users[x.UID], b.groups[x.GID]
		if st.Mode()&fs.ModeDevice != 0 {
			f.Device = fmt.Sprintf("%d:%d", x.Major, x.Minor)
		}
	}
	var err error
	if st.Mode()&fs.ModeSymlink != 0 {
		if f.Target, err = b.tree.ReadLink(name); err != nil {
			return f, err
		}
	}
	f.Xattrs, err = b.tree.ListXattr(name)
	return f, err
}

// Open opens a regular file, symbolic links followed inside the image.
func (b *Browser) Open(name string) (io.ReadCloser, FileInfo, error) {
	r, err := b.find(name, true)
	if err != nil {
		return nil, FileInfo{}, err
	}
	if !r.Info.Mode().IsRegular() {
		return nil, FileInfo{}, fmt.Errorf("%s is no regular file: its type is %s", r.Path(), treediff.TypeName(r.Info.Mode()))
	}
	info, err := b.info(r.Name, r.Info)
	if err != nil {
		return nil, info, err
	}
	f, err := b.tree.Open(r.Name)
	return f, info, err
}
