package judge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// unpack writes a closure's files below root, but for those that are given instead.
func unpack(root string, store io.ReaderAt, closure []entry, instead []File) error {
	given := map[string]bool{}
	for _, f := range instead {
		given[f.Name] = true
	}
	for _, e := range closure {
		if given[e.Path] {
			continue
		}
		perm := fs.FileMode(0o444)
		if e.Exec {
			perm = 0o555
		}
		if err := create(root, e.Path, perm, io.NewSectionReader(store, e.Offset, e.Size)); err != nil {
			return err
		}
	}
	return nil
}

// put writes files below root.
func put(root string, files []File) error {
	for _, f := range files {
		if err := create(root, f.Name, 0o444, bytes.NewReader(f.Data)); err != nil {
			return err
		}
	}
	return nil
}

// content is what a file is made of: its size is known before.
type content interface {
	io.Reader
	Size() int64
}

// create makes a file below root, and the folders from root on, with the same rights whatever the umask is. The
// name begins with a slash.
func create(root, name string, perm fs.FileMode, c content) error {
	at := root
	for _, part := range strings.Split(path.Dir(name), "/") { // the first is "", the root itself
		at = filepath.Join(at, part)
		switch err := os.Mkdir(at, 0o755); {
		case err == nil:
			if err := os.Chmod(at, 0o755); err != nil {
				return err
			}
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
	f, err := os.OpenFile(filepath.Join(root, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, c)
	if err == nil && n < c.Size() {
		err = fmt.Errorf("%s: %w", name, io.ErrUnexpectedEOF)
	}
	if err == nil {
		err = f.Chmod(perm)
	}
	return errors.Join(err, f.Close())
}
