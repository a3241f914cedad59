package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// hostFolders are where systems put HAProxy, besides what PATH says: an ordinary user's PATH often lacks them.
var hostFolders = []string{"/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/usr/local/bin", "/opt/haproxy/sbin"}

// FindHost looks for a HAProxy of this machine: in PATH, then where systems put it. It is "" when there is none.
func FindHost() string {
	if p, err := exec.LookPath("haproxy"); err == nil {
		if abs, err := filepath.Abs(p); err == nil {
			return abs
		}
	}
	for _, d := range hostFolders {
		p := filepath.Join(d, "haproxy")
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return p
		}
	}
	return ""
}

// Host takes a HAProxy of this machine as judge; an empty path means the one that [FindHost] finds. It is run in
// the same sandbox as an image's, where that is possible, else as it is. What names users that this machine
// does not have is set aside, unless [Config.Extra] has an /etc/passwd and an /etc/group.
func Host(path string, o Options) (*Program, error) {
	if path == "" {
		if path = FindHost(); path == "" {
			return nil, silent("this machine has no HAProxy: install one, or say where it is")
		}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	t := machine{}
	b, err := InspectTree(t, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, silent("%s: there is no such file", path)
	}
	p := &Program{path: path, binary: b, tree: t, options: o}
	if err != nil {
		// A script that starts HAProxy, say: it is the user's, and runs as it is.
		p.lacking = fmt.Errorf("%s is no program that a sandbox could be made for", path)
		return p, nil
	}
	if err := b.Runs(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	err = p.copy()
	if errors.Is(err, ErrNoVerdict) { // libraries in places that only the machine's own loader knows
		p.lacking, err = err, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// machine is this machine's file system as a tree.
type machine struct{}

func (machine) path(name string) string { return filepath.Join("/", filepath.FromSlash(name)) }

func (m machine) Open(name string) (fs.File, error)          { return os.Open(m.path(name)) }
func (m machine) Lstat(name string) (fs.FileInfo, error)     { return os.Lstat(m.path(name)) }
func (m machine) ReadLink(name string) (string, error)       { return os.Readlink(m.path(name)) }
func (m machine) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(m.path(name)) }
