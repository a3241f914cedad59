package kickstart

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"lbimage/kickstart/grammar"
)

// ReadFile reads a file of this machine, and what it includes and appends from its own folder and the folders below: see
// Flatten and Below.
func ReadFile(name string, v grammar.Version) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	file, err := ParseFrom(f, name, v)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return Flatten(file, Below(root)), nil
}

// ParseFrom is Parse for a file that is open: no more is read than a kickstart file may have.
func ParseFrom(r io.Reader, name string, v grammar.Version) (*File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, bare(err))
	}
	return Parse(name, text, v)
}

// Below opens files below a folder for Flatten. Nothing is fetched, and nothing outside is read: no absolute path, no link
// or ".." that leads out, no pipe or device.
func Below(root *os.Root) func(target string) ([]byte, error) {
	return func(target string) ([]byte, error) {
		switch {
		case path.IsAbs(target):
			return nil, errors.New("an absolute path is one of the machine that is installed")
		case elsewhere(target):
			return nil, errors.New("nothing is fetched from the network")
		}
		// A pipe must not keep the opener waiting.
		f, err := root.OpenFile(filepath.FromSlash(target), os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, bare(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
			return nil, errors.New("it is no regular file")
		}
		text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
		return text, bare(err)
	}
}

// bare is an error without the path, which stands in the problem already.
func bare(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
