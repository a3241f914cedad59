package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Extracted is a file that was taken out of an image, or passed over.
type Extracted struct {
	FileInfo
	Local   string `json:"local,omitempty"`   // where it is now
	Skipped string `json:"skipped,omitempty"` // why it was passed over
}

// Extract writes the file or the folder name of the image to a local path that
// must not exist. Content, permission bits, times of files, and symbolic links
// are kept; owners, set-user-id bits and extended attributes are not; devices,
// pipes and sockets are passed over. Links are written as they are, and
// nothing is ever written through one.
func (b *Browser) Extract(name, local string) ([]Extracted, error) {
	r, err := b.find(name, true)
	if err != nil {
		return nil, err
	}
	info, err := b.info(r.Name, r.Info)
	if err != nil {
		return nil, err
	}
	parent, err := os.OpenRoot(filepath.Dir(local))
	if err != nil {
		return nil, fmt.Errorf("writing %w", At(local, err))
	}
	defer parent.Close()
	x := &extraction{b: b, root: parent, dir: filepath.Dir(local), seen: visited{}}
	top := filepath.Base(local)
	if _, err := parent.Lstat(top); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = errors.New("it exists already; choose another name with -o")
		}
		return nil, fmt.Errorf("writing %w", At(local, err))
	}
	if err := x.take(r.Name, top, info); err != nil {
		return x.done, errors.Join(err, parent.RemoveAll(top))
	}
	return x.done, nil
}

// extraction is one run of Extract.
type extraction struct {
	b    *Browser
	root *os.Root
	dir  string // of root, for messages
	seen visited
	done []Extracted
}

func (x *extraction) take(name, local string, info FileInfo) error {
	e := Extracted{FileInfo: info, Local: filepath.Join(x.dir, local)}
	var err error
	switch {
	case info.mode.IsDir():
		x.done = append(x.done, e)
		err = x.takeFolder(name, local, info)
		return err
	case info.mode.IsRegular():
		err = x.takeFile(name, local, info)
	case info.mode&fs.ModeSymlink != 0:
		err = x.root.Symlink(info.Target, local)
	default:
		e.Local, e.Skipped = "", "its type is "+info.Type
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", e.Local, withoutPath(err))
	}
	x.done = append(x.done, e)
	return nil
}

func (x *extraction) takeFolder(name, local string, info FileInfo) error {
	if err := x.seen.enter(info); err != nil {
		return err
	}
	if err := x.root.Mkdir(local, 0o700); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Join(x.dir, local), withoutPath(err))
	}
	var list []FileInfo
	if err := x.b.list(name, false, nil, &list); err != nil {
		return err
	}
	for _, f := range list {
		if err := localName(path.Base(f.Path)); err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		if err := x.take(strings.TrimPrefix(f.Path, "/"), filepath.Join(local, path.Base(f.Path)), f); err != nil {
			return err
		}
	}
	return x.root.Chmod(local, info.mode.Perm())
}

// localName refuses names that mean something else on this machine.
func localName(name string) error {
	if !filepath.IsLocal(name) || name != filepath.Base(name) {
		return fmt.Errorf("the name %q cannot be written here", name)
	}
	return nil
}

func (x *extraction) takeFile(name, local string, info FileInfo) error {
	in, err := x.b.tree.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := x.root.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	err = errors.Join(err, out.Chmod(info.mode.Perm()), out.Close())
	return errors.Join(err, x.root.Chtimes(local, info.ModTime, info.ModTime))
}

// withoutPath takes the path out of an error whose message names it already.
func withoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
