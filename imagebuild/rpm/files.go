package rpm

import (
	"io/fs"
	"math"
	"path"
	"strings"
	"time"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

const (
	maxPath  = 4096     // of one path, as Linux has it
	maxPaths = 64 << 20 // of all paths together: folders' names are shared in the header
)

// readFiles puts the list of files together from its parallel arrays.
func readFiles(t *tags, source bool) ([]File, error) {
	paths, err := readPaths(t)
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	a := arrays{t: t, n: len(paths)}
	sizes := a.ints(rpmutils.FILESIZES, "sizes", t.has(rpmutils.LONGFILESIZES))
	if t.has(rpmutils.LONGFILESIZES) {
		sizes = a.ints(rpmutils.LONGFILESIZES, "sizes", false)
	}
	modes := a.ints(rpmutils.FILEMODES, "modes", false)
	mtimes := a.ints(rpmutils.FILEMTIMES, "times", false)
	users := a.strings(rpmutils.FILEUSERNAME, "owners", false)
	groups := a.strings(rpmutils.FILEGROUPNAME, "groups", false)
	digests := a.strings(rpmutils.FILEDIGESTS, "digests", true)
	links := a.strings(rpmutils.FILELINKTOS, "link targets", true)
	flags := a.ints(rpmutils.FILEFLAGS, "flags", true)
	verify := a.ints(tagFileVerify, "verify flags", true)
	devices := a.ints(rpmutils.FILEDEVICES, "devices", true)
	inodes := a.ints(rpmutils.FILEINODES, "inodes", true)
	rdevs := a.ints(rpmutils.FILERDEVS, "device numbers", true)
	caps := a.strings(rpmutils.FILECAPS, "capabilities", true)
	digester := a.digestAlgorithm()
	if a.err != nil {
		return nil, a.err
	}
	files := make([]File, len(paths))
	for i := range files {
		f := &files[i]
		*f = File{
			Path: paths[i], Mode: modeFromUnix(uint32(modes[i])), User: users[i], Group: groups[i],
			ModTime: time.Unix(int64(uint32(mtimes[i])), 0).UTC(), Link: links[i], Flags: FileFlags(flags[i]),
			VerifyFlags: uint32(verify[i]), Device: uint32(devices[i]), Inode: uint32(inodes[i]),
			Rdev: uint32(rdevs[i]), Caps: caps[i], Nlink: 1, Size: int64(sizes[i]),
		}
		if sizes[i] > math.MaxInt64 {
			return nil, damaged("header", "file %q: size %d is too large", f.Path, sizes[i])
		}
		if err := f.check(source); err != nil {
			return nil, err
		}
		if digests[i] == "" || !f.Mode.IsRegular() {
			continue
		}
		var ok bool
		if f.Digest, ok = digester.parse(digests[i]); !ok {
			return nil, damaged("header", "file %q: %q is no %s", f.Path, short(digests[i]), digester.name)
		}
		f.DigestName, f.algorithm = digester.name, digester
	}
	return files, nil
}

// readPaths joins folders and names, or takes the paths that packages before
// RPM 4 have.
func readPaths(t *tags) ([]string, error) {
	names, err := t.strings(rpmutils.BASENAMES)
	if err != nil {
		return nil, err
	}
	if names == nil {
		return t.strings(rpmutils.OLDFILENAMES)
	}
	dirs, err := t.strings(rpmutils.DIRNAMES)
	if err != nil {
		return nil, err
	}
	a := arrays{t: t, n: len(names)}
	indexes := a.ints(rpmutils.DIRINDEXES, "folders", false)
	if a.err != nil {
		return nil, a.err
	}
	paths, total := make([]string, len(names)), 0
	for i, name := range names {
		if indexes[i] >= uint64(len(dirs)) {
			return nil, damaged("header", "file %q lies in folder %d of %d", short(name), indexes[i], len(dirs))
		}
		dir := dirs[indexes[i]]
		if len(dir)+len(name) > maxPath {
			return nil, damaged("header", "file %q: its path is longer than %d bytes", short(name), maxPath)
		}
		if total += len(dir) + len(name); total > maxPaths {
			return nil, damaged("header", "the paths of %d files are longer than %d bytes together", len(names), maxPaths)
		}
		paths[i] = dir + name
	}
	return paths, nil
}

// check refuses a file that no package may list. Paths go into other people's
// file systems: nothing is cleaned, what is not clean is refused.
func (f *File) check(source bool) error {
	switch {
	case len(f.Path) > maxPath:
		return damaged("header", "file %q: its path is longer than %d bytes", short(f.Path), maxPath)
	case source && (f.Path == "" || f.Path == "." || f.Path == ".." || strings.Contains(f.Path, "/")):
		return damaged("header", "file %q of a source package is no bare name", f.Path)
	case !source && (!path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path):
		return damaged("header", "file %q: its path is not absolute and clean", f.Path)
	case f.Mode&fs.ModeIrregular != 0:
		return damaged("header", "file %q: it is of no known type", f.Path)
	case f.Mode.Type() == fs.ModeSymlink && f.Link == "" && f.InPayload():
		return damaged("header", "file %q: a symbolic link without a target", f.Path)
	case len(f.Link) >= maxPath:
		return damaged("header", "file %q: its link target is longer than %d bytes", f.Path, maxPath-1)
	}
	return nil
}

// arrays reads arrays that must be of length n, and keeps the first error.
type arrays struct {
	t   *tags
	n   int
	err error
}

func (a *arrays) ints(tag int, what string, optional bool) []uint64 {
	v, err := a.t.ints(tag)
	return checkArray(a, v, what, optional, err)
}

func (a *arrays) strings(tag int, what string, optional bool) []string {
	v, err := a.t.strings(tag)
	return checkArray(a, v, what, optional, err)
}

func checkArray[T any](a *arrays, v []T, what string, optional bool, err error) []T {
	if v == nil && err == nil && optional {
		v = make([]T, a.n)
	}
	if len(v) != a.n && err == nil {
		err = damaged("header", "it lists %d files and their %s for %d", a.n, what, len(v))
	}
	if a.err == nil {
		a.err = err
	}
	if a.err != nil {
		return make([]T, a.n)
	}
	return v
}

// digestAlgorithm is that of all files. Some packagers repeat it for each.
func (a *arrays) digestAlgorithm() algorithm {
	v, err := a.t.ints(rpmutils.FILEDIGESTALGO)
	if err != nil && a.err == nil {
		a.err = err
	}
	if len(v) == 0 {
		return algorithmByNumber(rpmutils.HASH_MD5)
	}
	for _, n := range v {
		if n != v[0] && a.err == nil {
			a.err = damaged("header", "files have digests by algorithm %d and %d: one is allowed", v[0], n)
		}
	}
	return algorithmByNumber(v[0])
}

// indexFiles maps paths to indexes.
func indexFiles(files []File) (map[string]int, error) {
	m := make(map[string]int, len(files))
	for i := range files {
		if _, twice := m[files[i].Path]; twice {
			return nil, damaged("header", "file %q is listed twice", files[i].Path)
		}
		m[files[i].Path] = i
	}
	return m, nil
}

// fileDigests counts the contents that the payload carries with a digest, and
// gives the algorithm.
func (p *Package) fileDigests() (n int, a algorithm) {
	for i := range p.Files {
		f := &p.Files[i]
		if f.Digest != "" && f.InPayload() && p.links.carries(i) {
			n, a = n+1, f.algorithm
		}
	}
	return n, a
}
