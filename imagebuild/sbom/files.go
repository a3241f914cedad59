package sbom

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Bounds of the files in a bill. A real image has some hundred that no package owns.
const (
	maxFiles     = 6000 // which take some 50 MB while a bill is written
	maxFileBytes = 4 << 30
	maxAllBytes  = 16 << 30
	maxDepth     = 100
	maxPaths     = 1 << 20
)

// records are folders in which a package manager, and nothing else, keeps its own records and what it has fetched.
var records = []string{"var/lib/rpm", "var/lib/dpkg", "var/lib/yum", "var/lib/dnf", "var/lib/apt", "usr/lib/sysimage/rpm", "var/cache", "lost+found"}

// fileFinder walks over a tree for the files that no package owns.
type fileFinder struct {
	ctx     context.Context
	tree    overlay.ReadTree
	owners  func(path string) []string
	changed map[string]bool
	found   []File
	seen    map[uint64]bool // folders by inode
	paths   int
	bytes   int64
	left    int // files that are not listed, as there are too many or they are too large
	derived int
	notes   []string
}

func (f *fileFinder) note(format string, args ...any) {
	if len(f.notes) < 20 {
		f.notes = append(f.notes, line(fmt.Sprintf(format, args...)))
	}
}

// walk meets all below a folder, in order of names.
func (f *fileFinder) walk(dir string, depth int) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	if depth > maxDepth || slices.Contains(records, dir) {
		return nil
	}
	entries, err := f.tree.ReadDir(dir)
	if err != nil {
		f.note("/%s: what is in it cannot be listed: %v", dir, cause(err))
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if f.paths++; f.paths > maxPaths {
			return nil
		}
		name := path.Join(dir, e.Name())
		if !fs.ValidPath(e.Name()) || strings.Contains(e.Name(), "/") {
			continue
		}
		switch {
		case e.IsDir():
			if info, err := e.Info(); err == nil {
				if ino, ok := overlay.SysField(info, "Ino"); ok && ino != 0 {
					if f.seen[ino] {
						continue
					}
					f.seen[ino] = true
				}
			}
			if err := f.walk(name, depth+1); err != nil {
				return err
			}
		case e.Type().IsRegular():
			if err := f.meet(name, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// meet lists a file, if it belongs into the bill.
func (f *fileFinder) meet(name string, e fs.DirEntry) error {
	at := "/" + name
	owners := f.owners(at)
	changed := f.changed[at]
	if len(owners) > 0 && !changed {
		return nil
	}
	if !changed && f.isDerived(at) {
		f.derived++
		return nil
	}
	info, err := e.Info()
	if err != nil {
		f.note("%s: %v", at, cause(err))
		return nil
	}
	size := info.Size()
	if len(f.found) == maxFiles || size > maxFileBytes || f.bytes+size > maxAllBytes {
		f.left++
		return nil
	}
	f.bytes += size
	file := File{Path: at, Size: size, Changed: changed, Owners: owners}
	if err := f.sum(name, &file); err != nil {
		if f.ctx.Err() != nil {
			return f.ctx.Err()
		}
		f.note("%s: %v", at, cause(err))
		return nil
	}
	f.found = append(f.found, file)
	return nil
}

// isDerived tells whether a file is what Python made of a file of a package: x.pyc beside x.py, or in __pycache__.
func (f *fileFinder) isDerived(at string) bool {
	dir, base := path.Split(at)
	stem, ok := strings.CutSuffix(base, ".pyc")
	if !ok {
		if stem, ok = strings.CutSuffix(base, ".pyo"); !ok {
			return false
		}
	}
	if up, cached := strings.CutSuffix(dir, "/__pycache__/"); cached {
		dir = up
		stem, _, _ = strings.Cut(stem, ".")
	}
	return len(f.owners(path.Join(dir, stem+".py"))) > 0
}

// sum reads a file for its digests.
func (f *fileFinder) sum(name string, file *File) error {
	r, err := f.tree.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	one, two := sha1.New(), sha256.New()
	if _, err := io.Copy(io.MultiWriter(one, two), contextReader{f.ctx, r}); err != nil {
		return err
	}
	file.SHA1, file.SHA256 = hex.EncodeToString(one.Sum(nil)), hex.EncodeToString(two.Sum(nil))
	return nil
}

type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// cause takes off what a tree says of the path.
func cause(err error) error {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err
	}
	return err
}
