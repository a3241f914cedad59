package rpminstall

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
)

// maxWalk bounds how many files chown -R and chmod -R go through.
const maxWalk = 100_000

// octal reads a mode in digits.
func octal(c shell.Call, s string) (fs.FileMode, error) {
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

// symbolic changes a mode as chmod's u+x,go-w says. The umask counts where nobody is named.
func symbolic(c shell.Call, s string, m fs.FileMode) (fs.FileMode, error) {
	for clause := range strings.SplitSeq(s, ",") {
		i := strings.IndexAny(clause, "+-=")
		if i < 0 || strings.Trim(clause[:i], "ugoa") != "" || strings.Trim(clause[i+1:], "rwxXst") != "" {
			return 0, refused(c, brief(s)+": this mode is not known")
		}
		who, op, what := clause[:i], clause[i], clause[i+1:]
		masked := fs.FileMode(0)
		if who == "" {
			who, masked = "a", c.Umask
		}
		all := strings.Contains(who, "a")
		var bits, cleared fs.FileMode
		for n, w := range "ugo" {
			if !all && !strings.ContainsRune(who, w) {
				continue
			}
			shift := 6 - 3*n
			cleared |= 0o7 << shift
			for bit, letter := range map[fs.FileMode]string{4: "r", 2: "w", 1: "x"} {
				if strings.Contains(what, letter) || letter == "x" && strings.Contains(what, "X") && (m.IsDir() || m&0o111 != 0) {
					bits |= bit << shift
				}
			}
			if special := [...]fs.FileMode{fs.ModeSetuid, fs.ModeSetgid, 0}[n]; special != 0 {
				if strings.Contains(what, "s") {
					bits |= special
				}
				if !m.IsDir() { // a folder keeps them
					cleared |= special
				}
			}
		}
		if strings.Contains(what, "t") && all {
			bits |= fs.ModeSticky
		}
		bits &^= masked
		switch op {
		case '+':
			m |= bits
		case '-':
			m &^= bits
		case '=':
			m = m&^cleared | bits
		}
	}
	return m, nil
}

// chmod is chmod MODE FILE, with -R.
func chmod(h *host, c shell.Call) (shell.Result, string, error) {
	args := c.Args[1:]
	recursive := false
	for len(args) > 0 && (args[0] == "-R" || args[0] == "--recursive" || args[0] == "-f" || args[0] == "--") {
		recursive = recursive || args[0] == "-R" || args[0] == "--recursive"
		args = args[1:]
	}
	if len(args) < 2 || strings.HasPrefix(args[0], "-") {
		return shell.Result{}, "", refused(c, "only chmod MODE FILE is known, with -R")
	}
	digits := args[0][0] >= '0' && args[0][0] <= '9'
	if _, err := symbolic(c, args[0], 0); digits {
		if _, err := octal(c, args[0]); err != nil {
			return shell.Result{}, "", err
		}
	} else if err != nil {
		return shell.Result{}, "", err
	}
	return h.each(c, args[1:], recursive, overlay.Resolve, func(r overlay.Resolved, uid, gid uint32, old fs.FileMode) (uint32, uint32, fs.FileMode, error) {
		if old&fs.ModeSymlink != 0 {
			return uid, gid, old, nil
		}
		if !digits {
			m, err := symbolic(c, args[0], old)
			return uid, gid, m, err
		}
		m, err := octal(c, args[0])
		if old.IsDir() && len(args[0]) <= 4 { // a folder keeps its set-id bits, unless five digits say otherwise
			m |= old & (fs.ModeSetuid | fs.ModeSetgid)
		}
		return uid, gid, m, err
	})
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
	opts, words, err := options(c, "hRfv", "", map[string]byte{"no-dereference": 'h', "recursive": 'R'})
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
	if isSet(opts, 'h') || isSet(opts, 'R') {
		resolve = overlay.ResolveLink
	}
	uid, gid, err := overlay.Owner{User: cmp.Or(user, "root"), Group: cmp.Or(group, "root")}.Lookup(h.t)
	if errors.Is(err, overlay.ErrNoAccount) {
		return shell.Result{Status: 1}, "not done: " + brief(err.Error()), nil
	}
	if err != nil {
		return shell.Result{}, "", err
	}
	return h.each(c, words[1:], isSet(opts, 'R'), resolve, func(_ overlay.Resolved, u, g uint32, m fs.FileMode) (uint32, uint32, fs.FileMode, error) {
		if user != "" {
			u = uid
		}
		if group != "" {
			g = gid
		}
		if m.IsRegular() { // as the kernel does
			if m &^= fs.ModeSetuid; m&0o010 != 0 {
				m &^= fs.ModeSetgid
			}
		}
		return u, g, m, nil
	})
}

// each gives files owner and mode; with recursive also what is below a folder, without a step through a
// symbolic link.
func (h *host) each(c shell.Call, names []string, recursive bool, resolve func(overlay.Linker, string) (overlay.Resolved, error),
	do func(r overlay.Resolved, uid, gid uint32, mode fs.FileMode) (uint32, uint32, fs.FileMode, error),
) (shell.Result, string, error) {
	if err := paths(c, names); err != nil {
		return shell.Result{}, "", err
	}
	seen := 0
	for _, n := range names {
		r, err := resolve(h.t, n)
		if err != nil {
			return shell.Result{}, "", err
		}
		if !r.Exists() {
			return shell.Result{Status: 1}, n + " is not there", nil
		}
		if recursive && r.Info.IsDir() && !strings.Contains(r.Name, "/") {
			return shell.Result{}, "", refused(c, r.Path()+" is a folder at the top of the image: name what is meant below it")
		}
		list := []string{r.Name}
		for len(list) > 0 {
			name := list[0]
			list = list[1:]
			if seen++; seen > maxWalk {
				return shell.Result{}, "", refused(c, fmt.Sprintf("it is about more than %d files", maxWalk))
			}
			if err := h.spend(fileCost); err != nil {
				return shell.Result{}, "", err
			}
			info, err := h.t.Lstat(name)
			if err != nil {
				return shell.Result{}, "", at(name, err)
			}
			if recursive && info.IsDir() {
				entries, err := h.t.ReadDir(name)
				if err != nil {
					return shell.Result{}, "", at(name, err)
				}
				for _, e := range entries {
					list = append(list, path.Join(name, e.Name()))
				}
			}
			if err := h.give(overlay.Resolved{Name: name, Info: info}, do); err != nil {
				return shell.Result{}, "", err
			}
		}
	}
	return shell.Result{}, "done", nil
}

// give asks what owner and mode a file gets, and gives them.
func (h *host) give(r overlay.Resolved, do func(r overlay.Resolved, uid, gid uint32, mode fs.FileMode) (uint32, uint32, fs.FileMode, error)) error {
	uid, gid, err := overlay.OwnerOf(r.Info)
	if err != nil {
		return at(r.Name, err)
	}
	u, g, m, err := do(r, uid, gid, r.Info.Mode())
	if err != nil || u == uid && g == gid && m&modeBits == r.Info.Mode()&modeBits {
		return err
	}
	if err := h.spend(2 * r.Info.Size()); err != nil {
		return err
	}
	before, err := h.state(r)
	if err != nil {
		return err
	}
	if u != uid || g != gid {
		if err := h.t.Lchown(r.Name, int(u), int(g)); err != nil {
			return at(r.Name, err)
		}
	}
	if r.Info.Mode()&fs.ModeSymlink == 0 {
		if err := h.t.Chmod(r.Name, m&modeBits); err != nil {
			return at(r.Name, err)
		}
	}
	return h.changed(r.Name, before, "a script of the package asks for it")
}
