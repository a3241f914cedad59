package rpminstall

import (
	"io/fs"
	"path"
	"strconv"

	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
)

// maxCopy bounds what a script copies, in bytes of one file.
const maxCopy = 16 << 20

// source finds the regular file that a command copies or moves, and where it goes: into a folder, or to a
// name of its own. A status other than 0 says that one of them is not there.
func (h *host) source(c shell.Call, words []string) (from overlay.Resolved, to string, status int, err error) {
	if len(words) != 2 {
		return from, "", 0, refused(c, "only one FILE and where it goes are known")
	}
	if err := paths(c, words); err != nil {
		return from, "", 0, err
	}
	if from, err = overlay.Resolve(h.t, words[0]); err != nil {
		return from, "", 0, err
	}
	if !from.Exists() {
		return from, "", 1, nil
	}
	if !from.Info.Mode().IsRegular() || from.Info.Size() > maxCopy {
		return from, "", 0, refused(c, "only a regular file of at most 16 MiB is known")
	}
	to = words[1]
	r, err := overlay.Resolve(h.t, to)
	if err != nil {
		return from, "", 0, err
	}
	if r.Exists() && r.Info.IsDir() {
		to = path.Join(to, path.Base(words[0]))
		if r, err = overlay.Resolve(h.t, to); err != nil {
			return from, "", 0, err
		}
	}
	switch {
	case r.Missing > 1, r.Exists() && r.Name == from.Name:
		return from, to, 1, nil
	case r.Exists() && !r.Info.Mode().IsRegular():
		return from, to, 0, refused(c, to+" is no regular file")
	}
	return from, to, 0, nil
}

// copyFile is cp, with -p or -a, which keep owner, mode and time.
func copyFile(h *host, c shell.Call) (shell.Result, string, error) {
	opts, words, err := options(c, "pafv", "", map[string]byte{"force": 'f', "archive": 'a'})
	if err != nil {
		return shell.Result{}, "", err
	}
	from, to, status, err := h.source(c, words)
	if err != nil || status != 0 {
		return shell.Result{Status: status}, "it is not there, the folder for it is not, or it is there already", err
	}
	data, err := h.t.ReadFile(from.Name)
	if err != nil {
		return shell.Result{}, "", at(from.Name, err)
	}
	f := overlay.File{Path: to, Content: data}
	keep := isSet(opts, 'p') || isSet(opts, 'a')
	there, err := overlay.Resolve(h.t, to)
	if err != nil {
		return shell.Result{}, "", err
	}
	switch {
	case keep:
		m := from.Info.Mode() & modeBits
		uid, gid, err := overlay.OwnerOf(from.Info)
		if err != nil {
			return shell.Result{}, "", at(from.Name, err)
		}
		f.Mode, f.Owner = &m, &overlay.Owner{User: strconv.FormatUint(uint64(uid), 10), Group: strconv.FormatUint(uint64(gid), 10)}
	case !there.Exists():
		m := from.Info.Mode() & fs.ModePerm &^ c.Umask
		f.Mode = &m
	}
	do := h.create
	if keep {
		do = h.apply
	}
	if err := do(f); err != nil {
		return shell.Result{}, "", err
	}
	when := h.o.Time
	if keep {
		when = from.Info.ModTime()
	}
	if !when.IsZero() {
		if err := h.t.Chtimes(there.Name, when, when); err != nil {
			return shell.Result{}, "", at(there.Name, err)
		}
	}
	return shell.Result{}, "copied to " + to, nil
}

// moveFile is mv of a regular file.
func moveFile(h *host, c shell.Call) (shell.Result, string, error) {
	_, words, err := options(c, "fv", "", map[string]byte{"force": 'f'})
	if err != nil {
		return shell.Result{}, "", err
	}
	from, to, status, err := h.source(c, words)
	if err != nil || status != 0 {
		return shell.Result{Status: status}, "it is not there, the folder for it is not, or it is there already", err
	}
	link, err := overlay.ResolveLink(h.t, words[0])
	if err != nil {
		return shell.Result{}, "", err
	}
	there, err := overlay.ResolveLink(h.t, to)
	if err != nil {
		return shell.Result{}, "", err
	}
	if link.Name != from.Name || there.Exists() && !there.Info.Mode().IsRegular() {
		return shell.Result{}, "", refused(c, "a symbolic link is not moved, and none is replaced")
	}
	gone, err := h.state(from)
	if err != nil {
		return shell.Result{}, "", err
	}
	before, err := h.state(there)
	if err != nil {
		return shell.Result{}, "", err
	}
	if there.Exists() {
		if err := h.unlink(there.Name); err != nil {
			return shell.Result{}, "", err
		}
	}
	if err := h.move(from.Name, there.Name, 0); err != nil {
		return shell.Result{}, "", err
	}
	h.report.Changes = append(h.report.Changes, overlay.NewChange(from.Name, gone, nil, "moved to "+there.Path()))
	return shell.Result{}, "moved to " + to, h.changed(there.Name, before, "it was "+from.Path())
}
