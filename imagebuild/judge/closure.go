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

	"lbimage/imagebuild/ldso"
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
	search   *ldso.Search
	main     object
	store    io.Writer
	maxFiles int
	maxBytes int64

	c    closure
	have map[string]bool // paths of entries
}

// collect copies a program and what it needs into store, which is empty. A library that the image lacks is an
// [ErrNoVerdict].
func collect(t Tree, name string, b Binary, store io.Writer, maxFiles int, maxBytes int64) (closure, error) {
	k := collector{
		tree: t, main: b.object, store: store, maxFiles: maxFiles, maxBytes: maxBytes,
		c:    closure{program: path.Clean("/" + name)},
		have: map[string]bool{},
	}
	var err error
	if k.search, err = ldso.NewSearch(t, b.object); err != nil {
		return closure{}, err
	}
	if err := k.copy(k.c.program, true); err != nil {
		return closure{}, err
	}
	if b.Interpreter != "" {
		if err := k.loader(b.Interpreter); err != nil {
			return closure{}, err
		}
	}
	if err := k.libraries(); err != nil {
		return closure{}, err
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
	o, err := ldso.Read(k.tree, name)
	var damaged ldso.Damaged
	switch {
	case errors.As(err, &damaged):
		return silent("its loader %s: %w", name, err)
	case overlay.LeadsNowhere(err):
		return silent("the image lacks its loader %s", name)
	case err != nil:
		return fmt.Errorf("its loader %s: %w", name, err)
	case !o.Fits(k.main):
		return silent("its loader %s is for %s", name, o.Arch())
	}
	return k.copy(path.Clean(name), true)
}

// libraries copies what the program needs, in the order in which the loader looks for it.
func (k *collector) libraries() error {
	found, err := k.search.Libraries(k.c.program, loadedLate...)
	if err != nil {
		return err
	}
	if len(found.Missing) > 0 {
		var missing []string
		for _, m := range found.Missing {
			missing = append(missing, m.Name)
		}
		return silent("the image lacks %s that its HAProxy needs: %s", plural(len(missing), "a library", "libraries"), strings.Join(missing, ", "))
	}
	for _, l := range found.Libraries {
		if err := k.copy(l.Path, false); err != nil {
			return err
		}
		if d := path.Dir(l.Path); !slices.Contains(k.c.folders, d) {
			k.c.folders = append(k.c.folders, d)
		}
	}
	return nil
}

// small copies a file of the configuration, if it is there and as small as such files are.
func (k *collector) small(name string) error {
	if k.have[name] {
		return nil
	}
	b, err := ldso.Small(k.tree, name, maxSmall)
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
