package rpminstall

import (
	"fmt"
	"path"
	"strings"

	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
	"lbimage/overlay/selinux"
)

// restorecon gives files the labels of the image's policy, with -R all below a folder. It has nothing to do in an image
// that does not use SELinux.
func restorecon(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "rRFvnpimI", "", map[string]byte{"recursive": 'R'})
	if err != nil {
		return shell.Result{}, "", err
	}
	if err := paths(c, names); err != nil {
		return shell.Result{}, "", err
	}
	tree, ok := selinux.CanRelabel(h.t)
	if !ok {
		config, err := selinux.ReadConfig(h.t)
		if err == nil && config.Mode != selinux.Disabled {
			return shell.Result{}, "", refused(c, fmt.Sprintf("the image uses SELinux (SELINUX=%s), and its files or its policy have no labels to go by", brief(config.Mode)))
		}
		return shell.Result{}, "the image does not use SELinux: nothing to do", nil
	}
	l := labelling{h: h, c: c, tree: tree, recursive: isSet(opts, 'r') || isSet(opts, 'R'), force: isSet(opts, 'F'), dry: isSet(opts, 'n')}
	status := 0
	for _, name := range names {
		r, err := overlay.ResolveLink(h.t, name)
		if err != nil || !r.Exists() {
			status = 255 // as restorecon has it
			continue
		}
		if err := l.walk(r.Name); err != nil {
			return shell.Result{}, "", err
		}
	}
	return shell.Result{Status: status}, fmt.Sprintf("%d of %d files got another label: %s", l.changed, l.seen, strings.Join(names, ", ")), nil
}

// labelling is one restorecon.
type labelling struct {
	h                     *host
	c                     shell.Call
	tree                  selinux.Relabeller
	recursive, force, dry bool
	seen, changed         int
}

func (l *labelling) walk(name string) error {
	if l.seen++; l.seen > maxWalk {
		return refused(l.c, fmt.Sprintf("more than %d files", maxWalk))
	}
	if !l.dry {
		changed, err := l.tree.Relabel(name, l.force)
		if err != nil {
			return err
		}
		if changed {
			l.changed++
		}
	}
	info, err := l.h.t.Lstat(name)
	if err != nil {
		return at(name, err)
	}
	if !l.recursive || !info.IsDir() {
		return nil
	}
	entries, err := l.h.t.ReadDir(name)
	if err != nil {
		return at(name, err)
	}
	for _, e := range entries {
		if err := l.walk(path.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
