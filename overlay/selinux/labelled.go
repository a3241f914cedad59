package selinux

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"lbimage/overlay"
)

// Attr is the extended attribute that holds a label, with a NUL at its end.
const Attr = "security.selinux"

// Report says whether new files get labels, and why not, and what came of it. It is complete when the edits are done.
type Report struct {
	Config Config `json:"config"`
	// Active says that what is made gets a label.
	Active bool `json:"active"`
	// Why is the reason, in words: "SELinux is disabled (/etc/selinux/config)".
	Why      string   `json:"why"`
	Files    []string `json:"files,omitempty"`    // the policy's files that were read
	Patterns int      `json:"patterns,omitempty"` // in them
	// Given counts the files that got the label that the policy has for them, Inherited those for which it has none and
	// that got their folder's, as the kernel gives it. Unlabelled counts those whose folder has none either.
	Given      int `json:"given"`
	Inherited  int `json:"inherited"`
	Unlabelled int `json:"unlabelled"`

	contexts *Contexts
}

// Skipped are the lines of the policy that could not be used: a file may have got the label of a less special one.
func (r *Report) Skipped() []Skipped {
	if r.contexts == nil {
		return nil
	}
	return r.contexts.Skipped()
}

// Labelled gives a tree in which whatever is made gets its label. Where the image does not use SELinux it is t itself: it
// has no /etc/selinux/config or one that disables SELinux, no file contexts, or its files have no labels (neither
// the root nor /etc has one). The policy is read now: what edits change in it does not count.
//
// A file that is there keeps its label, and so does one that gets a second name. Nothing marks the image for another
// labelling at boot.
func Labelled(t overlay.Tree) (overlay.Tree, *Report, error) {
	r := &Report{}
	config, err := ReadConfig(t)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Why = "the image has no " + ConfigPath
		return t, r, nil
	case err != nil:
		return nil, nil, err
	}
	r.Config = config
	if config.Mode == Disabled {
		r.Why = "SELinux is disabled (" + ConfigPath + ")"
		return t, r, nil
	}
	if has, err := labels(t); err != nil {
		return nil, nil, err
	} else if !has {
		r.Why = "the image's files have no labels"
		return t, r, nil
	}
	r.contexts, err = Load(t, config.Type)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Why = "the policy " + config.Type + " has no file contexts (" + ContextsPath(config.Type) + ")"
		return t, r, nil
	case err != nil:
		return nil, nil, err
	}
	mode := config.Mode
	if mode == "" {
		mode = "in use"
	}
	r.Active, r.Why = true, fmt.Sprintf("SELinux is %s, policy %s", mode, config.Type)
	r.Files, r.Patterns = r.contexts.Files(), r.contexts.Len()
	return &labelled{Tree: t, report: r}, r, nil
}

// labels says whether the image's files have labels.
func labels(t overlay.ReadTree) (bool, error) {
	for _, name := range []string{".", "/etc"} {
		r, err := overlay.Resolve(t, name)
		if err != nil {
			return false, err
		}
		if !r.Exists() {
			continue
		}
		if label, err := labelOf(t, r.Name); err != nil || len(label) > 0 {
			return len(label) > 0, err
		}
	}
	return false, nil
}

// labelOf is the label of a file as it is stored; empty for none.
func labelOf(t overlay.ReadTree, name string) ([]byte, error) {
	names, err := t.ListXattr(name)
	if err != nil {
		return nil, fmt.Errorf("/%s: %w", name, err)
	}
	for _, n := range names {
		if n == Attr {
			value, err := t.Xattr(name, Attr)
			if err != nil {
				return nil, fmt.Errorf("/%s: %w", name, err)
			}
			return value, nil
		}
	}
	return nil, nil
}

type labelled struct {
	overlay.Tree
	report *Report
}

func (l *labelled) Unwrap() overlay.Tree { return l.Tree }

// making runs a call that may make a file, and labels it if it did.
func (l *labelled) making(name string, kind fs.FileMode, call func() error) error {
	_, err := l.Lstat(name)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := call(); err != nil || !isNew {
		return err
	}
	return l.label(name, kind)
}

func (l *labelled) label(name string, kind fs.FileMode) error {
	text, ok := l.report.contexts.Lookup("/"+name, kind)
	value := append([]byte(text), 0)
	if !ok {
		var err error
		if value, err = labelOf(l.Tree, path.Dir(name)); err != nil {
			return err
		}
	}
	switch {
	case ok:
		l.report.Given++
	case len(bytes.TrimRight(value, "\x00")) == 0:
		l.report.Unlabelled++
		return nil
	default:
		l.report.Inherited++
	}
	return l.SetXattr(name, Attr, value)
}

func (l *labelled) WriteFile(name string, data []byte, perm fs.FileMode) error {
	return l.making(name, 0, func() error { return l.Tree.WriteFile(name, data, perm) })
}

func (l *labelled) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	return l.making(name, 0, func() error { return l.Tree.WriteFrom(name, r, perm) })
}

func (l *labelled) Mkdir(name string, perm fs.FileMode) error {
	return l.making(name, fs.ModeDir, func() error { return l.Tree.Mkdir(name, perm) })
}

func (l *labelled) Symlink(target, name string) error {
	return l.making(name, fs.ModeSymlink, func() error { return l.Tree.Symlink(target, name) })
}
