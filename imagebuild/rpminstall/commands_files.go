package rpminstall

import (
	"io/fs"
	"path"
	"strconv"
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

// mode reads an octal mode.
func mode(c shell.Call, s string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil || n > 0o7777 {
		return 0, refused(c, brief(s)+": only an octal mode is known")
	}
	m := fs.FileMode(n & 0o777)
	for bit, b := range map[uint64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if n&bit != 0 {
			m |= b
		}
	}
	return m, nil
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
		d := overlay.Dir{Path: n}
		if v, ok := opts['m']; ok && (!r.Exists() || c.Args[0] != "mkdir") {
			m, err := mode(c, v)
			if err != nil {
				return shell.Result{}, "", err
			}
			d.Mode = &m
		}
		if o, g := opts['o'], opts['g']; o != "" || g != "" {
			if g == "" {
				g = "root"
			}
			d.Owner = &overlay.Owner{User: o, Group: g}
		}
		if err := h.apply(d); err != nil {
			return shell.Result{}, "", err
		}
	}
	return shell.Result{}, "made " + strings.Join(names, ", "), nil
}

func chmod(h *host, c shell.Call) (shell.Result, string, error) {
	if len(c.Args) < 3 || strings.HasPrefix(c.Args[1], "-") {
		return shell.Result{}, "", refused(c, "only chmod MODE FILE is known")
	}
	m, err := mode(c, c.Args[1])
	if err != nil {
		return shell.Result{}, "", err
	}
	return h.each(c, c.Args[2:], overlay.Resolve, func(_ overlay.Resolved, uid, gid uint32, old fs.FileMode) (uint32, uint32, fs.FileMode, error) {
		if old.IsDir() && len(c.Args[1]) <= 4 { // a folder keeps its set-id bits, unless five digits say otherwise
			return uid, gid, m | old&(fs.ModeSetuid|fs.ModeSetgid), nil
		}
		return uid, gid, m, nil
	})
}

// each gives files owner and mode.
func (h *host) each(c shell.Call, names []string, resolve func(overlay.Linker, string) (overlay.Resolved, error),
	do func(r overlay.Resolved, uid, gid uint32, mode fs.FileMode) (uint32, uint32, fs.FileMode, error),
) (shell.Result, string, error) {
	if err := paths(c, names); err != nil {
		return shell.Result{}, "", err
	}
	for _, n := range names {
		r, err := resolve(h.t, n)
		if err != nil {
			return shell.Result{}, "", err
		}
		if !r.Exists() {
			return shell.Result{Status: 1}, n + " is not there", nil
		}
		uid, gid, err := overlay.OwnerOf(r.Info)
		if err != nil {
			return shell.Result{}, "", at(r.Name, err)
		}
		before, err := h.state(r)
		if err != nil {
			return shell.Result{}, "", err
		}
		u, g, m, err := do(r, uid, gid, r.Info.Mode())
		if err != nil {
			return shell.Result{}, "", err
		}
		if u == uid && g == gid && m&modeBits == r.Info.Mode()&modeBits {
			continue
		}
		if u != uid || g != gid {
			if err := h.t.Lchown(r.Name, int(u), int(g)); err != nil {
				return shell.Result{}, "", at(r.Name, err)
			}
		}
		if r.Info.Mode()&fs.ModeSymlink == 0 {
			if err := h.t.Chmod(r.Name, m&modeBits); err != nil {
				return shell.Result{}, "", at(r.Name, err)
			}
		}
		if err := h.changed(r.Name, before, "a script of the package asks for it"); err != nil {
			return shell.Result{}, "", err
		}
	}
	return shell.Result{}, "done", nil
}

func chown(h *host, c shell.Call) (shell.Result, string, error) {
	return h.own(c, func(s string) (user, group string, ok bool) {
		user, group, both := strings.Cut(s, ":")
		if !both {
			if u, g, dot := strings.Cut(s, "."); dot {
				user, group, both = u, g, true
			}
		}
		return user, group, user != "" && (!both || group != "") || user == "" && group != ""
	})
}

func chgrp(h *host, c shell.Call) (shell.Result, string, error) {
	return h.own(c, func(s string) (user, group string, ok bool) { return "", s, s != "" })
}

func (h *host) own(c shell.Call, read func(string) (user, group string, ok bool)) (shell.Result, string, error) {
	opts, words, err := options(c, "h", "", map[string]byte{"no-dereference": 'h'})
	if err != nil {
		return shell.Result{}, "", err
	}
	if len(words) < 2 {
		return shell.Result{}, "", refused(c, "it names no file")
	}
	user, group, ok := read(words[0])
	if !ok {
		return shell.Result{}, "", refused(c, "write the owner as USER, USER:GROUP or :GROUP")
	}
	resolve := overlay.Resolve
	if isSet(opts, 'h') {
		resolve = overlay.ResolveLink
	}
	return h.each(c, words[1:], resolve, func(_ overlay.Resolved, uid, gid uint32, m fs.FileMode) (uint32, uint32, fs.FileMode, error) {
		u, g := uid, gid
		var err error
		if user != "" {
			if u, _, err = (overlay.Owner{User: user, Group: "root"}).Lookup(h.t); err != nil {
				return 0, 0, 0, err
			}
		}
		if group != "" {
			if _, g, err = (overlay.Owner{User: "root", Group: group}).Lookup(h.t); err != nil {
				return 0, 0, 0, err
			}
		}
		if (u != uid || g != gid) && m.IsRegular() {
			m &^= fs.ModeSetuid | fs.ModeSetgid // as the kernel does
		}
		return u, g, m, nil
	})
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
	return shell.Result{}, "linked " + name + " to " + words[0], h.apply(overlay.Symlink{Path: name, Target: words[0]})
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

// touch makes empty files. The time of one that is there is left alone: an image has none of its own.
func touch(h *host, c shell.Call) (shell.Result, string, error) {
	_, names, err := options(c, "amc", "", nil)
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
		if r.Exists() {
			continue
		}
		if r.Missing > 1 {
			return shell.Result{Status: 1}, n + ": the folder above it is not there", nil
		}
		if err := h.apply(overlay.File{Path: n}); err != nil {
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
