package judge

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"lbimage/overlay"
)

// Default limits of what is copied out of an image.
const (
	defaultFiles = 256
	defaultBytes = 256 << 20
)

// smallFiles are what HAProxy and its libraries read besides themselves, where the image has them: users,
// names of ports, and the ciphers that a distribution prescribes.
var smallFiles = []string{
	"/etc/passwd", "/etc/group", "/etc/services", "/etc/protocols", "/etc/hosts",
	"/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf", "/usr/lib/ssl/openssl.cnf",
	"/etc/crypto-policies/back-ends/openssl.config", "/etc/crypto-policies/back-ends/opensslcnf.config",
}

const maxSmall = 4 << 20

// nsswitch has users looked up in /etc/passwd and nowhere else: what else the image would ask, it would ask
// over a network or a daemon.
const nsswitch = "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"

// loadedLate are libraries that no program names and the C library opens by itself: the reader of /etc/passwd,
// where it is a file of its own (glibc up to 2.33), and what ends a thread.
var loadedLate = []string{"libnss_files.so.2", "libgcc_s.so.1"}

// entry is a file of a closure. What is in it lies somewhere in the closure's store.
type entry struct {
	Path         string // in the image, from the root
	Exec         bool
	Offset, Size int64
}

// closure is a program and all it needs, copied out of an image into one file, the store.
type closure struct {
	program string   // in the image, symbolic links on its way kept
	entries []entry  // sorted
	folders []string // with libraries, in the order of the search
	bytes   int64    // of the store
}

// collector makes a closure.
type collector struct {
	tree     Tree
	main     object
	system   []string
	store    io.Writer
	maxFiles int
	maxBytes int64

	c       closure
	have    map[string]bool // paths of entries
	names   map[string]bool // libraries that are found, by the name they are asked for
	missing []string
}

// loaded is an object in the process to be, with what it inherits for looking for its libraries.
type loaded struct {
	object
	path  string
	rpath []string // of those that asked for it, up to the program
}

// collect copies a program and what it needs into store, which is empty. A library that the image lacks is an
// [ErrNoVerdict].
func collect(t Tree, name string, b Binary, store io.Writer, maxFiles int, maxBytes int64) (closure, error) {
	k := collector{
		tree: t, main: b.object, store: store, maxFiles: maxFiles, maxBytes: maxBytes,
		c:    closure{program: path.Clean("/" + name)},
		have: map[string]bool{}, names: map[string]bool{},
	}
	var err error
	if k.system, err = systemFolders(t, b.object); err != nil {
		return closure{}, fmt.Errorf("reading where the image has its libraries: %w", err)
	}
	if err := k.copy(k.c.program, true); err != nil {
		return closure{}, err
	}
	if b.Interpreter != "" {
		if err := k.loader(b.Interpreter); err != nil {
			return closure{}, err
		}
	}
	if err := k.libraries(loaded{object: b.object, path: k.c.program}); err != nil {
		return closure{}, err
	}
	if len(k.missing) > 0 {
		return closure{}, silent("the image lacks %s that its HAProxy needs: %s", plural(len(k.missing), "a library", "libraries"),
			strings.Join(k.missing, ", "))
	}
	for _, n := range smallFiles {
		if err := k.small(n); err != nil {
			return closure{}, err
		}
	}
	if err := k.write("/etc/nsswitch.conf", strings.NewReader(nsswitch), false); err != nil {
		return closure{}, err
	}
	slices.SortFunc(k.c.entries, func(a, b entry) int { return strings.Compare(a.Path, b.Path) })
	return k.c, nil
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// loader copies the program's interpreter to the path at which the kernel will look for it.
func (k *collector) loader(name string) error {
	if !path.IsAbs(name) {
		return silent("its loader %q is no absolute path", name)
	}
	if k.have[path.Clean(name)] {
		return nil // a loader that is started as a program
	}
	o, err := k.readObject(name)
	var damaged badObject
	switch {
	case errors.As(err, &damaged):
		return silent("its loader %s: %w", name, err)
	case overlay.LeadsNowhere(err):
		return silent("the image lacks its loader %s", name)
	case err != nil:
		return fmt.Errorf("its loader %s: %w", name, err)
	case !o.fits(k.main):
		return silent("its loader %s is for %s", name, archName(o))
	}
	k.names[path.Base(name)] = true // the C library asks for it by name: it is there already
	return k.copy(path.Clean(name), true)
}

// libraries finds what an object needs, what that needs, and so on, in the order in which the loader does.
func (k *collector) libraries(main loaded) error {
	queue := []loaded{main}
	late := false
	for len(queue) > 0 || !late {
		if len(queue) == 0 {
			late = true
			if !k.names["libc.so.6"] {
				break
			}
			main.needed = loadedLate
			queue = append(queue, main)
		}
		l := queue[0]
		queue = queue[1:]
		var rpath []string
		if len(l.runpath) == 0 {
			rpath = append(expand(l.object.rpath, path.Dir(l.path), l.object), l.rpath...)
		}
		dirs := slices.Concat(rpath, expand(l.runpath, path.Dir(l.path), l.object), k.system)
		for _, name := range l.needed {
			if k.names[name] {
				continue
			}
			k.names[name] = true
			at, o, err := k.find(name, dirs)
			switch {
			case err != nil:
				return err
			case at == "" && late && slices.Contains(loadedLate, name):
				continue
			case at == "":
				k.missing = append(k.missing, name)
				continue
			}
			if err := k.copy(at, false); err != nil {
				return err
			}
			if d := path.Dir(at); !slices.Contains(k.c.folders, d) {
				k.c.folders = append(k.c.folders, d)
			}
			queue = append(queue, loaded{object: o, path: at, rpath: rpath})
		}
	}
	return nil
}

// find gives where a library is; "" when it is nowhere. Like the loader, it passes over files of another
// architecture.
func (k *collector) find(name string, dirs []string) (string, object, error) {
	if strings.Contains(name, "/") {
		if !path.IsAbs(name) {
			return "", object{}, nil
		}
		dirs, name = []string{path.Dir(name)}, path.Base(name)
	}
	for _, d := range dirs {
		at := path.Join(d, name)
		if path.Dir(at) != d { // ".."
			return "", object{}, nil
		}
		o, err := k.readObject(at)
		var damaged badObject
		switch {
		case overlay.LeadsNowhere(err) || errors.As(err, &damaged):
			continue
		case err != nil:
			return "", object{}, err
		case !o.fits(k.main):
			continue
		}
		return at, o, nil
	}
	return "", object{}, nil
}

func (k *collector) readObject(name string) (object, error) {
	r, err := overlay.Resolve(k.tree, name)
	if err != nil {
		return object{}, err
	}
	var o object
	err = withReader(k.tree, r, func(ra io.ReaderAt, size int64) error {
		o, err = readObject(ra, size)
		return err
	})
	return o, err
}

// small copies a file of the configuration, if it is there and as small as such files are.
func (k *collector) small(name string) error {
	if k.have[name] {
		return nil
	}
	b, err := readSmall(k.tree, name, maxSmall)
	if err != nil || b == nil {
		return err
	}
	return k.write(name, strings.NewReader(string(b)), false)
}

// copy copies a file of the image to the same path.
func (k *collector) copy(name string, exec bool) error {
	r, err := overlay.Resolve(k.tree, name)
	if err != nil {
		return err
	}
	if !r.Exists() || !r.Info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", r.Path(), fs.ErrNotExist)
	}
	f, err := k.tree.Open(r.Name)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Path(), err)
	}
	defer f.Close()
	return k.write(name, f, exec)
}

// write appends a file to the store.
func (k *collector) write(name string, r io.Reader, exec bool) error {
	if k.have[name] {
		return nil
	}
	if len(k.c.entries) == k.maxFiles {
		return silent("its HAProxy needs more than %d files", k.maxFiles)
	}
	left := k.maxBytes - k.c.bytes
	n, err := io.Copy(k.store, io.LimitReader(r, left+1))
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("copying %s out of the image: %w; make room there, or name another folder in TMPDIR", name, err)
	case err != nil:
		return fmt.Errorf("copying %s out of the image: %w", name, err)
	case n > left:
		return silent("its HAProxy needs files of more than %d bytes together", k.maxBytes)
	}
	k.have[name] = true
	k.c.entries = append(k.c.entries, entry{name, exec, k.c.bytes, n})
	k.c.bytes += n
	return nil
}
