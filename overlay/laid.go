package overlay

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds on a folder that is laid over an image.
const maxEntries = 1 << 20

// Overlay lays a folder of this machine over the image's root: its folders, files and symbolic links,
// with the permission bits that they have there, whatever the umask. Everything belongs to root:root, or
// to whom the file [OwnersFile] at the top says (which is not laid over itself).
//
// A folder that the image has keeps its mode and its owner unless [OwnersFile] has a line for it. A file is
// written into the one that is there, which keeps its extended attributes. Symbolic links in the image
// are followed inside the image: where it has bin -> usr/bin, bin/tool lands in /usr/bin. A symbolic link in
// the overlay replaces a file or link, never a folder.
type Overlay struct {
	dir     string
	time    time.Time
	entries []entry
}

// entry is one file of the overlay.
type entry struct {
	name   string // in the overlay, slashes
	mode   fs.FileMode
	size   int64
	target string
	owner  *Owner       // nil: root:root, or that of a folder which the image has
	given  *fs.FileMode // the mode that the owners file says
	named  bool         // it has a line of its own there
}

// permissions are those that the entry shall have.
func (e entry) permissions() fs.FileMode {
	if e.given != nil {
		return *e.given
	}
	return e.mode & modeBits
}

// OverlayOptions adjust an [Overlay].
type OverlayOptions struct {
	// Time is given to what is written. Zero leaves it to the tree.
	Time time.Time
}

// OpenOverlay looks a folder through, in sorted order and without ever leaving it, and refuses what
// cannot be laid over an image: devices, pipes and sockets, links that lead above the top, names that are
// not UTF-8 or hold control characters. Its errors name paths below dir.
func OpenOverlay(dir string, o OverlayOptions) (*Overlay, error) {
	root, err := openFolder(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	v := &Overlay{dir: dir, time: o.Time}
	if err := v.scan(root, ".", 0); err != nil {
		return nil, err
	}
	return v, v.readOwners(root)
}

func openFolder(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if pe, ok := err.(*fs.PathError); ok { // the caller knows which folder
		err = pe.Err
	}
	return root, err
}

func (v *Overlay) Describe() string {
	return fmt.Sprintf("lay %s over / (%d entries)", v.dir, len(v.entries))
}

// Paths are those of all files, folders and links in the overlay.
func (v *Overlay) Paths() []string {
	out := make([]string, len(v.entries))
	for i, e := range v.entries {
		out[i] = abs(e.name)
	}
	return out
}

func (v *Overlay) scan(root *os.Root, name string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: more than %d folders deep", name, maxDepth)
	}
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	names, err := d.Readdirnames(-1)
	d.Close()
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, base := range names {
		if err := checkName(name, base); err != nil {
			return err
		}
		full := path.Join(name, base)
		if full == OwnersFile {
			continue
		}
		info, err := root.Lstat(full)
		if err != nil {
			return err
		}
		e := entry{name: full, mode: info.Mode() & (fs.ModeType | modeBits), size: info.Size()}
		switch {
		case e.mode.IsRegular(), e.mode.IsDir():
		case e.mode&fs.ModeSymlink != 0:
			if e.target, err = root.Readlink(full); err != nil {
				return err
			}
			if climbs(full, e.target) {
				return fmt.Errorf("%s: the link to %s leads out of the overlay: a target is read from the image's root", full, shorten(e.target))
			}
		default:
			return fmt.Errorf("%s: a %s cannot be laid over an image: take it out of the folder", full, kind(info))
		}
		if len(v.entries) == maxEntries {
			return fmt.Errorf("%s: more than %d entries", full, maxEntries)
		}
		v.entries = append(v.entries, e)
		if e.mode.IsDir() {
			if err := v.scan(root, full, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkName(dir, base string) error {
	switch {
	case !utf8.ValidString(base):
		return fmt.Errorf("%s: the name %q is not UTF-8: rename it", abs(dir), base)
	case len(base) > 255:
		return fmt.Errorf("%s: the name %q is longer than the 255 bytes that a file system holds", abs(dir), shorten(base))
	case strings.ContainsFunc(base, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%s: the name %q holds a control character: rename it", abs(dir), base)
	}
	return nil
}

// climbs says whether a link's target, read where the link stands, goes above the top.
func climbs(name, target string) bool {
	depth := strings.Count(name, "/")
	if strings.HasPrefix(target, "/") {
		depth = 0
	}
	for _, p := range split(target) {
		if p != ".." {
			depth++
		} else if depth--; depth < 0 {
			return true
		}
	}
	return false
}

// Apply lays the folder over the tree.
func (v *Overlay) Apply(t Tree) ([]Change, error) {
	root, err := openFolder(v.dir)
	if err != nil {
		return nil, fmt.Errorf("overlay %s: %w", v.dir, err)
	}
	defer root.Close()
	l := laying{editor: newEditor(t), root: root, dirs: map[string]string{".": "."}, from: map[string]string{}}
	l.time = v.time
	for _, e := range v.entries {
		if err := l.lay(e); err != nil {
			return nil, fmt.Errorf("overlay %s: %w", v.dir, err)
		}
	}
	return l.changes, nil
}

// laying is one Apply of an overlay.
type laying struct {
	*editor
	root *os.Root
	dirs map[string]string // folder of the overlay → folder of the image where it landed
	from map[string]string // file of the image → file of the overlay that landed there
}

func (l *laying) lay(e entry) error {
	owner := ids{}
	if e.owner != nil {
		var err error
		if owner, err = e.owner.lookup(l.t); err != nil {
			return fmt.Errorf("%s: %w", abs(e.name), err)
		}
	}
	asked := path.Join(l.dirs[path.Dir(e.name)], path.Base(e.name))
	follow := Resolve
	if e.mode&fs.ModeSymlink != 0 {
		follow = ResolveLink
	}
	r, err := follow(l.t, asked)
	if err != nil {
		return err
	}
	if r.Dangling {
		return fmt.Errorf("%s: the image has a link there that points to %s, which it does not have: remove the link first",
			abs(e.name), r.Path())
	}
	if e.mode.IsDir() {
		return l.layDir(e, r, owner)
	}
	if other, ok := l.from[r.Name]; ok {
		return fmt.Errorf("%s: lands on the same file as %s: leave one of them out", abs(e.name), abs(other))
	}
	l.from[r.Name] = e.name
	var notes []string
	if r.Path() != abs(e.name) {
		notes = []string{fmt.Sprintf("%s lands here through a symbolic link of the image", abs(e.name))}
	}
	if e.mode&fs.ModeSymlink != 0 {
		return l.symlink(r, e.target, owner, notes...)
	}
	c, err := l.source(e)
	if err != nil {
		return err
	}
	mode := e.permissions()
	return l.put(r, c, attrs{mode: &mode, owner: &owner, whole: true}, notes...)
}

func (l *laying) layDir(e entry, r Resolved, owner ids) error {
	l.dirs[e.name] = r.Name
	mode := e.permissions()
	if !r.Exists() {
		return l.mkdir(r.Name, attrs{mode: &mode, owner: &owner})
	}
	if !r.Info.IsDir() {
		return fmt.Errorf("%s: %w in the image (%s): remove it first", r.Path(), ErrNotDir, kind(r.Info))
	}
	a := attrs{mode: e.given}
	if e.named {
		a.owner = &owner
	}
	if a == (attrs{}) {
		return nil
	}
	return l.dir(r, a)
}

// source takes the digest of a file of the overlay. It is read again when it is written.
func (l *laying) source(e entry) (content, error) {
	open := func() (io.ReadCloser, error) {
		f, err := l.root.Open(e.name)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s: %w any more: run again when nothing writes to the folder", e.name, ErrNotFile)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
	}
	f, err := open()
	if err != nil {
		return content{}, err
	}
	defer f.Close()
	d := newDigester(MaxText)
	if _, err := io.Copy(d, f); err != nil {
		return content{}, fmt.Errorf("%s: %w", e.name, err)
	}
	c := content{open: open}
	d.fill(&c.want)
	return c, nil
}
