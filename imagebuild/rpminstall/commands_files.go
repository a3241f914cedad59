package rpminstall

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
)

// paths checks the files that a command names: from the root, and not the root.
func paths(c shell.Call, names []string) error {
	if len(names) == 0 {
		return refused(c, "it names no file")
	}
	for _, n := range names {
		if !path.IsAbs(n) || path.Clean(n) == "/" {
			return refused(c, brief(n)+": write the path from the root, and not the root itself")
		}
	}
	return nil
}

func mkdir(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "pv", "m", map[string]byte{"parents": 'p', "mode": 'm'})
	if err == nil {
		err = paths(c, names)
	}
	if err != nil {
		return shell.Result{}, "", err
	}
	return h.folders(c, names, opts, isSet(opts, 'p'))
}

// installDir is install -d.
func installDir(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "dpv", "mog", map[string]byte{"directory": 'd', "mode": 'm', "owner": 'o', "group": 'g'})
	if err == nil && !isSet(opts, 'd') {
		err = refused(c, "only install -d is known")
	}
	if err == nil {
		err = paths(c, names)
	}
	if err != nil {
		return shell.Result{}, "", err
	}
	if !isSet(opts, 'm') {
		opts['m'] = "0755"
	}
	return h.folders(c, names, opts, true)
}

// folders makes folders, with m, o and g of the options. What is there gets them too with install, which
// always has m, and stays as it is with mkdir -p.
func (h *host) folders(c shell.Call, names []string, opts map[byte]string, parents bool) (shell.Result, string, error) {
	for _, n := range names {
		r, err := overlay.Resolve(h.t, n)
		if err != nil {
			return shell.Result{}, "", err
		}
		if r.Exists() && (!parents || !r.Info.IsDir()) || !parents && r.Missing > 1 {
			return shell.Result{Status: 1}, n + ": something is there, or the folder above it is not", nil
		}
		isMkdir := path.Base(c.Args[0]) == "mkdir"
		if isMkdir && r.Missing > 1 && !r.Dangling {
			if err := h.above(r, c.Umask); err != nil {
				return shell.Result{}, "", err
			}
		}
		d := overlay.Dir{Path: n}
		m := 0o777 &^ c.Umask
		if v, ok := opts['m']; ok {
			if m, err = octal(c, v); err != nil {
				return shell.Result{}, "", err
			}
		}
		if !r.Exists() || !isMkdir {
			d.Mode = &m
		}
		if o, g := opts['o'], opts['g']; o != "" || g != "" {
			if g == "" {
				g = "root"
			}
			d.Owner = &overlay.Owner{User: o, Group: g}
		}
		do := h.create
		if d.Owner != nil {
			do = h.apply
		}
		err = do(d)
		if errors.Is(err, overlay.ErrNoAccount) {
			return shell.Result{Status: 1}, "not done: " + brief(err.Error()), nil
		}
		if err != nil {
			return shell.Result{}, "", err
		}
	}
	return shell.Result{}, "made " + strings.Join(names, ", "), nil
}

// above makes the folders that are missing above a path, as mkdir -p does: with what the umask leaves, and so
// that something can be made in them.
func (h *host) above(r overlay.Resolved, umask fs.FileMode) error {
	m := 0o777&^umask | 0o300
	parts := strings.Split(r.Name, "/")
	for n := len(parts) - r.Missing + 1; n < len(parts); n++ {
		if err := h.create(overlay.Dir{Path: "/" + path.Join(parts[:n]...), Mode: &m}); err != nil {
			return err
		}
	}
	return nil
}

// symlink is ln -s TARGET LINK, with -f and -n.
func symlink(h *host, c shell.Call) (shell.Result, string, error) {
	opts, words, err := options(c, "sfnTv", "", map[string]byte{"symbolic": 's', "force": 'f', "no-dereference": 'n', "no-target-directory": 'T'})
	if err != nil {
		return shell.Result{}, "", err
	}
	if len(words) != 2 || !isSet(opts, 's') {
		return shell.Result{}, "", refused(c, "only ln -s TARGET LINK is known")
	}
	if err := paths(c, words[1:]); err != nil {
		return shell.Result{}, "", err
	}
	name := words[1]
	if r, err := overlay.Resolve(h.t, name); err == nil && r.Exists() && r.Info.IsDir() && !isSet(opts, 'T') {
		if !isSet(opts, 'n') || len(r.Links) == 0 {
			name = path.Join(name, path.Base(words[0]))
		}
	}
	r, err := overlay.ResolveLink(h.t, name)
	if err != nil {
		return shell.Result{}, "", err
	}
	if r.Exists() && !isSet(opts, 'f') || r.Missing > 1 {
		return shell.Result{Status: 1}, name + ": something is there, or the folder above it is not", nil
	}
	return shell.Result{}, "linked " + name + " to " + words[0], h.create(overlay.Symlink{Path: name, Target: words[0]})
}

// remove is rm. What is there below the first folder may go with all that is below it.
func remove(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "frRv", "", map[string]byte{"force": 'f', "recursive": 'r'})
	if err == nil && len(names) == 0 && isSet(opts, 'f') {
		return shell.Result{}, "nothing to remove", nil
	}
	if err == nil {
		err = paths(c, names)
	}
	if err != nil {
		return shell.Result{}, "", err
	}
	recursive := isSet(opts, 'r') || isSet(opts, 'R')
	res := shell.Result{}
	for _, n := range names {
		r, err := overlay.ResolveLink(h.t, n)
		if err != nil {
			return shell.Result{}, "", err
		}
		switch {
		case !r.Exists():
			if !isSet(opts, 'f') {
				res.Status = 1
			}
			continue
		case r.Info.IsDir() && !recursive:
			res.Status = 1
			continue
		case r.Info.IsDir() && !strings.Contains(r.Name, "/"):
			return shell.Result{}, "", refused(c, r.Path()+" is a folder at the top of the image: it is not removed")
		}
		if err := h.apply(overlay.Remove{Path: n, Tree: recursive}); err != nil {
			return shell.Result{}, "", err
		}
	}
	return res, "removed what was there of " + strings.Join(names, ", "), nil
}

func rmdir(h *host, c shell.Call) (shell.Result, string, error) {
	_, names, err := options(c, "", "", map[string]byte{"ignore-fail-on-non-empty": 'i'})
	if err == nil {
		err = paths(c, names)
	}
	if err != nil {
		return shell.Result{}, "", err
	}
	res := shell.Result{}
	for _, n := range names {
		r, err := overlay.ResolveLink(h.t, n)
		if err != nil {
			return shell.Result{}, "", err
		}
		if !r.Exists() || !r.Info.IsDir() {
			res.Status = 1
			continue
		}
		if entries, err := h.t.ReadDir(r.Name); err != nil || len(entries) > 0 {
			res.Status = 1
			continue
		}
		if err := h.apply(overlay.Remove{Path: n}); err != nil {
			return shell.Result{}, "", err
		}
	}
	return res, "removed the empty ones of " + strings.Join(names, ", "), nil
}

// touch makes empty files, but with -c. The time of one that is there is left alone: an image has none of its own.
func touch(h *host, c shell.Call) (shell.Result, string, error) {
	opts, names, err := options(c, "amcf", "", map[string]byte{"no-create": 'c'})
	if err == nil {
		err = paths(c, names)
	}
	if err != nil {
		return shell.Result{}, "", err
	}
	for _, n := range names {
		r, err := overlay.Resolve(h.t, n)
		if err != nil {
			return shell.Result{}, "", err
		}
		if r.Exists() || isSet(opts, 'c') {
			continue
		}
		if r.Missing > 1 {
			return shell.Result{Status: 1}, n + ": the folder above it is not there", nil
		}
		m := 0o666 &^ c.Umask
		if err := h.create(overlay.File{Path: n, Mode: &m}); err != nil {
			return shell.Result{}, "", err
		}
		if h.o.Time.IsZero() {
			continue
		}
		if err := h.t.Chtimes(r.Name, h.o.Time, h.o.Time); err != nil {
			return shell.Result{}, "", at(r.Name, err)
		}
	}
	return shell.Result{}, "made what was not there of " + strings.Join(names, ", "), nil
}
