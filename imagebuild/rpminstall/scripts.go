package rpminstall

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
)

// ErrScript is in every error that refuses what a script asks for.
var ErrScript = errors.New("scripts are followed, not executed: install with scriptlets: skip, and do by other edits what is needed of it")

// script does those of a package's scripts that have a name.
func (in *installer) script(list []rpm.Scriptlet, name, of string, arg int) error {
	for _, s := range list {
		if s.Name != name && !(name == "trigger" && strings.HasSuffix(s.Name, "trigger")) {
			continue
		}
		rep := Scriptlet{Name: s.Name, Package: of, Arg: arg}
		if s.Name == "trigger" && in.o.Scriptlets != Skip && !in.setOff(s) {
			rep.Skipped, rep.Body = "nothing sets it off", s.Body
			in.report.Scriptlets = append(in.report.Scriptlets, rep)
			continue
		}
		err := in.follow(&rep, s, arg)
		in.report.Scriptlets = append(in.report.Scriptlets, rep)
		switch {
		case err != nil && of == in.p.String(): // which stands before the error already
			return fmt.Errorf("%s script: %w", s.Name, err)
		case err != nil:
			return fmt.Errorf("%s script of %s: %w", s.Name, of, err)
		}
	}
	return nil
}

func (in *installer) follow(rep *Scriptlet, s rpm.Scriptlet, arg int) error {
	blank := strings.TrimSpace(s.Body) == ""
	if in.o.Scriptlets == Skip {
		rep.Skipped, rep.Body = "as asked", s.Body
		return nil
	}
	host := &host{installer: in, steps: &rep.Steps}
	var err error
	program := strings.Join(s.Program, " ")
	shellFlags, isShell := flagsOf(s.Program)
	switch {
	case strings.HasSuffix(s.Name, "trigger"):
		return fmt.Errorf("a trigger, which is set off by other packages, is not followed: %w", ErrScript)
	case isShell, program == "" && !blank:
		rep.Status, err = shell.Run(s.Body, shellFlags, []string{strconv.Itoa(arg)}, host)
	case blank && (program == "" || program == "<lua>"):
		return nil
	case blank:
		var res shell.Result
		res, err = host.Command(shell.Call{Line: 1, Args: s.Program, Umask: shell.Umask})
		rep.Status = res.Status
	default:
		return fmt.Errorf("it is written for %s: %w", program, ErrScript)
	}
	var no *shell.Refusal
	if errors.As(err, &no) {
		return fmt.Errorf("%w: %w", err, ErrScript)
	}
	if err != nil {
		return err
	}
	if rep.Status == 0 {
		return nil
	}
	if strings.HasPrefix(s.Name, "pre") { // rpm stops there; after the others it warns
		return fmt.Errorf("it ends with status %d, at which rpm stops: %w", rep.Status, ErrScript)
	}
	in.note("the %s script of %s ends with status %d", s.Name, rep.Package, rep.Status)
	return nil
}

// setOff says whether a trigger of the package is set off by this installation: by what is there, or by what goes.
// Without a database that can be told only of what goes.
func (in *installer) setOff(s rpm.Scriptlet) bool {
	for _, on := range s.On {
		switch {
		case on.Removal() && slices.ContainsFunc(slices.Concat(in.old, in.obsolete), func(p Installed) bool { return sets(on, p, in.listed) }):
			return true
		case on.Removal():
		case in.o.Database == nil, slices.ContainsFunc(in.o.Database.Installed(on.Name), func(p Installed) bool { return sets(on, p, false) }):
			return true
		}
	}
	return len(s.On) == 0
}

// sets says whether a package is one that a trigger names. One of unknown version may be.
func sets(on rpm.Dependency, p Installed, unknown bool) bool {
	return p.Name == on.Name && (unknown || on.Overlaps(rpm.Dependency{Name: p.Name, Op: "=", Version: p.EVR}))
}

// shells are the programs whose language is followed.
var shells = []string{"/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash"}

// flagsOf gives what a shell is called with, and says whether the program is one.
func flagsOf(program []string) (flags []string, ok bool) {
	if len(program) == 0 || !slices.Contains(shells, program[0]) {
		return nil, false
	}
	return program[1:], true
}

// host does what a script's commands do, in the tree.
type host struct {
	*installer
	steps *[]Step
	work  int64 // what its commands have cost so far, in bytes
}

// No script may keep its host busy for long: what a command changes costs as many bytes as are read for it.
const (
	maxWork  = 8 << 30 // of one script
	editCost = 1 << 20 // of an edit, whose files are not known here
	fileCost = 4 << 10 // of a file that is looked at
)

// spend enters a cost, and refuses a command for which too little is left.
func (h *host) spend(cost int64) error {
	if h.work += cost; h.work > maxWork {
		return &shell.Refusal{What: "the script", Why: "it changes more than scripts of packages do"}
	}
	return nil
}

// command is one that is known: its result, and in words what was done instead of running it.
type command func(h *host, c shell.Call) (res shell.Result, done string, err error)

var commands map[string]command

func init() { // a variable would depend on itself
	commands = map[string]command{
		"getent": getent, "id": idOf,
		"useradd": useradd, "adduser": useradd, "groupadd": groupadd, "addgroup": groupadd,
		"usermod": usermod, "gpasswd": gpasswd,
		"chkconfig": chkconfig, "service": service, "systemctl": systemctl, "systemd-update-helper": updateHelper,
		"mkdir": mkdir, "install": installDir, "chmod": chmod, "chown": chown, "chgrp": chgrp,
		"ln": symlink, "rm": remove, "rmdir": rmdir, "touch": touch,
		"cp": copyFile, "mv": moveFile,
		"ldconfig": ldconfig, "printf": printed, "restorecon": restorecon,
		"command": lookFor, "which": lookFor, "sleep": waits, "sync": waits,
		"killall": signal, "pkill": signal, "initctl": initctl,
	}
}

// programs are the folders of programs that have a name in the table.
var programs = []string{"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/lib/systemd", "/lib/systemd"}

// Command implements shell.Host.
func (h *host) Command(c shell.Call) (shell.Result, error) {
	name, dir := path.Base(c.Args[0]), path.Dir(c.Args[0])
	do, ok := commands[name]
	switch {
	case dir == "/etc/init.d" || dir == "/etc/rc.d/init.d":
		do, ok = service, true
		c.Args = append([]string{"service", name}, c.Args[1:]...)
	case !strings.Contains(c.Args[0], "/"):
	case !slices.Contains(programs, dir):
		ok = false
	}
	if !ok {
		return shell.Result{}, refused(c, "this command is not known")
	}
	res, done, err := do(h, c)
	var no *shell.Refusal
	switch {
	case errors.As(err, &no):
		if no.Line == 0 {
			no.Line = c.Line
		}
		return res, err
	case err != nil:
		return res, fmt.Errorf("line %d: %s: %w", c.Line, brief(c.String()), err)
	}
	*h.steps = append(*h.steps, Step{Line: c.Line, Command: brief(c.String()), Status: res.Status, Done: done})
	return res, nil
}

func refused(c shell.Call, why string) error {
	return &shell.Refusal{Line: c.Line, What: brief(c.String()), Why: why}
}

// brief shortens what goes into messages and reports.
func brief(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return '?'
		}
		return c
	}, s)
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return s
}

// apply does an edit and keeps its changes.
func (h *host) apply(e overlay.Edit) error {
	if err := h.spend(editCost); err != nil {
		return err
	}
	changes, err := e.Apply(h.t)
	h.report.Changes = append(h.report.Changes, changes...)
	clear(h.owners.users) // an account may have come
	clear(h.owners.groups)
	return err
}

// create does an edit that makes something without saying whose it is: in a set-group-id folder it gets the folder's group,
// as from the kernel.
func (h *host) create(e overlay.Edit) error {
	n := len(h.report.Changes)
	if err := h.apply(e); err != nil {
		return err
	}
	for _, c := range h.report.Changes[n:] {
		if c.Op != overlay.OpCreate {
			continue
		}
		if err := h.handDown(c.Name()); err != nil {
			return err
		}
	}
	return nil
}

// handDown gives a new file the group of a set-group-id folder above it, and a new folder the bit besides.
func (h *host) handDown(name string) error {
	above, err := h.t.Lstat(path.Dir(name))
	if err != nil || above.Mode()&fs.ModeSetgid == 0 {
		return err
	}
	_, gid, err := overlay.OwnerOf(above)
	if err != nil {
		return at(path.Dir(name), err)
	}
	before, err := overlay.StateOf(h.t, name, 0)
	if err != nil {
		return err
	}
	if err := h.t.Lchown(name, int(before.UID), int(gid)); err != nil {
		return at(name, err)
	}
	if before.Mode.IsDir() {
		if err := h.t.Chmod(name, before.Mode&modeBits|fs.ModeSetgid); err != nil {
			return at(name, err)
		}
	}
	after, err := overlay.StateOf(h.t, name, 0)
	if err != nil {
		return err
	}
	h.report.Changes = append(h.report.Changes, overlay.NewChange(name, before, after))
	return nil
}

// Test implements shell.Host: files are those of the image.
func (h *host) Test(op byte, name string) (bool, error) {
	if !path.IsAbs(name) {
		return false, &shell.Refusal{What: "[ -" + string(rune(op)) + " " + brief(name) + " ]", Why: "the path is not from the root"}
	}
	resolve := overlay.Resolve
	if op == 'L' || op == 'h' {
		resolve = overlay.ResolveLink
	}
	r, err := resolve(h.t, name)
	if err != nil || !r.Exists() {
		return false, nil //nolint:nilerr // a path that leads nowhere is not there
	}
	m := r.Info.Mode()
	switch op {
	case 'f':
		return m.IsRegular(), nil
	case 'd':
		return m.IsDir(), nil
	case 'L', 'h':
		return m&fs.ModeSymlink != 0, nil
	case 's':
		return r.Info.Size() > 0, nil
	case 'x':
		return m.IsDir() || m&0o111 != 0, nil
	case 'u':
		return m&fs.ModeSetuid != 0, nil
	case 'g':
		return m&fs.ModeSetgid != 0, nil
	case 'k':
		return m&fs.ModeSticky != 0, nil
	case 'p':
		return m&fs.ModeNamedPipe != 0, nil
	case 'S':
		return m&fs.ModeSocket != 0, nil
	case 'c':
		return m&fs.ModeCharDevice != 0, nil
	case 'b':
		return m&fs.ModeDevice != 0 && m&fs.ModeCharDevice == 0, nil
	}
	return true, nil // e, and r and w for root
}

// has says whether the image has a program of a name.
func (h *host) has(program string) bool {
	for _, dir := range programs {
		if ok, _ := h.Test('f', dir+"/"+program); ok {
			return true
		}
	}
	return false
}

// options reads the options of a command as getopt does: flags are the letters without a value, values
// those with one, long maps long names to letters. It gives each option's value by its letter, and the
// other words.
func options(c shell.Call, flags, values string, long map[string]byte) (map[byte]string, []string, error) {
	opts, rest := map[byte]string{}, []string{}
	args := c.Args[1:]
	next := func(opt string) (string, error) {
		if len(args) == 0 {
			return "", refused(c, opt+" has no value")
		}
		v := args[0]
		args = args[1:]
		return v, nil
	}
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		switch {
		case a == "--":
			return opts, append(rest, args...), nil
		case strings.HasPrefix(a, "--"):
			name, value, given := strings.Cut(a[2:], "=")
			l, ok := long[name]
			if !ok {
				return nil, nil, refused(c, "--"+name+" is not known")
			}
			if strings.IndexByte(values, l) >= 0 && !given {
				var err error
				if value, err = next(a); err != nil {
					return nil, nil, err
				}
			}
			opts[l] = value
		case len(a) > 1 && a[0] == '-':
			for k := 1; k < len(a); k++ {
				switch l := a[k]; {
				case strings.IndexByte(flags, l) >= 0:
					opts[l] = ""
				case strings.IndexByte(values, l) >= 0:
					v := a[k+1:]
					if v == "" {
						var err error
						if v, err = next("-" + string(rune(l))); err != nil {
							return nil, nil, err
						}
					}
					opts[l] = v
					k = len(a)
				default:
					return nil, nil, refused(c, "-"+string(rune(l))+" is not known")
				}
			}
		default:
			rest = append(rest, a)
		}
	}
	return opts, rest, nil
}

func printed(*host, shell.Call) (shell.Result, string, error) {
	return shell.Result{}, "a message, dropped", nil
}

// lookFor is command -v NAME and which NAME.
func lookFor(h *host, c shell.Call) (shell.Result, string, error) {
	names := c.Args[1:]
	if c.Args[0] == "command" {
		if len(names) != 2 || names[0] != "-v" {
			return shell.Result{}, "", refused(c, "only command -v NAME is known")
		}
		names = names[1:]
	}
	if len(names) != 1 || strings.ContainsAny(names[0], "/-") {
		return shell.Result{}, "", refused(c, "it asks for one program by its name")
	}
	for _, dir := range programs[:4] {
		if ok, _ := h.Test('f', dir+"/"+names[0]); ok {
			return shell.Result{Out: dir + "/" + names[0] + "\n"}, "looked for in the image: there", nil
		}
	}
	return shell.Result{Status: 1}, "looked for in the image: not there", nil
}

func waits(*host, shell.Call) (shell.Result, string, error) {
	return shell.Result{}, "there is nothing to wait for", nil
}

func isSet(opts map[byte]string, l byte) bool { _, ok := opts[l]; return ok }
