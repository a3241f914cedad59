package survey

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// SudoRequest is a command that somebody wants to run as root through sudo.
type SudoRequest struct {
	User    string
	UID     uint32
	Groups  []string // names of those that the user is in
	GIDs    []uint32
	Command string // the path from the root
	Args    string // joined by blanks
}

// SudoAnswer is what sudo would say.
type SudoAnswer struct {
	Allowed bool
	// Password and TTY say that sudo would ask for the one, and wants the other.
	Password bool
	TTY      bool
	// VisiblePassword says that a password may be typed where it shows, so that it is asked for without a terminal, too.
	VisiblePassword bool
	// By is where the rule stands that decided; TTYBy where a terminal is asked for.
	By, TTYBy SudoersPlace
}

// SudoersPlace is a line.
type SudoersPlace struct {
	Path string
	Line int
}

// Ask tells what sudo would say. Of several rules that fit the last one counts. The host has no name yet: rules for ALL hosts count.
func (s Sudoers) Ask(t overlay.ReadTree, q SudoRequest) SudoAnswer {
	a := SudoAnswer{Password: true}
	k := &sudoersAsker{s: s, tree: t, q: q, steps: maxSudoSteps}
	for _, pass := range []bool{false, true} { // what is for commands counts after the rest
		for _, d := range s.Defaults {
			if (d.Scope == "!") != pass || !k.defaultFor(d) {
				continue
			}
			switch d.Name {
			case "requiretty":
				a.TTY, a.TTYBy = !d.Off, SudoersPlace{d.Path, d.Line}
			case "visiblepw":
				a.VisiblePassword = !d.Off
			case "authenticate":
				a.Password = !d.Off
			}
		}
	}
	asks := a.Password
	for _, r := range s.Rules {
		if k.list("User", r.Users, k.user) != yesMatch || k.list("Host", r.Hosts, k.host) != yesMatch {
			continue
		}
		for _, c := range r.Commands {
			if !k.runAsRoot(c) {
				continue
			}
			m := k.command(c, 0)
			if m == noMatch {
				continue
			}
			a.Allowed, a.By, a.Password = m == yesMatch, SudoersPlace{r.Path, r.Line}, asks
			switch {
			case slices.Contains(c.Tags, "NOPASSWD"):
				a.Password = false
			case slices.Contains(c.Tags, "PASSWD"):
				a.Password = true
			}
		}
	}
	if q.UID == 0 {
		a.Password = false
	}
	return a
}

// match is what an entry of a list says of something: nothing, yes, or that it is not meant.
type match int

const (
	noMatch match = iota
	yesMatch
	deniedMatch
)

type sudoersAsker struct {
	s    Sudoers
	tree overlay.ReadTree
	q    SudoRequest
	// steps are how many entries may still be looked at: aliases of aliases can make many of few.
	steps int
}

const maxSudoSteps = 1 << 20

// step counts one entry, and says whether that is still allowed.
func (k *sudoersAsker) step() bool {
	k.steps--
	return k.steps > 0
}

// list asks a list: the last entry that fits counts.
func (k *sudoersAsker) list(kind string, members []string, fits func(string) bool) match {
	return k.listIn(kind, members, fits, 0)
}

func (k *sudoersAsker) listIn(kind string, members []string, fits func(string) bool, depth int) match {
	m := noMatch
	for _, name := range members {
		if !k.step() {
			return noMatch
		}
		bare, not := strings.CutPrefix(name, "!")
		got := noMatch
		if alias := k.alias(kind, bare); alias != nil && depth < 16 {
			got = k.listIn(kind, alias.Members, fits, depth+1)
		} else if bare == "ALL" || fits(bare) {
			got = yesMatch
		}
		if got != noMatch {
			if m = got; not {
				m = yesMatch + deniedMatch - got
			}
		}
	}
	return m
}

func (k *sudoersAsker) alias(kind, name string) *SudoersAlias {
	if !isAlias(name) {
		return nil
	}
	for i, a := range k.s.Aliases {
		if a.Kind == kind && a.Name == name {
			return &k.s.Aliases[i]
		}
	}
	return nil
}

func (k *sudoersAsker) user(name string) bool {
	switch {
	case strings.HasPrefix(name, "%#"):
		gid, err := strconv.ParseUint(name[2:], 10, 32)
		return err == nil && slices.Contains(k.q.GIDs, uint32(gid))
	case strings.HasPrefix(name, "%"):
		return slices.Contains(k.q.Groups, name[1:])
	case strings.HasPrefix(name, "#"):
		uid, err := strconv.ParseUint(name[1:], 10, 32)
		return err == nil && uint32(uid) == k.q.UID
	}
	return name == k.q.User
}

func (*sudoersAsker) host(string) bool { return false }

func isRoot(name string) bool { return name == "root" || name == "#0" }

// runAsRoot reports whether a command may be run as root.
func (k *sudoersAsker) runAsRoot(c SudoersCommand) bool {
	switch {
	case c.RunAs == nil:
		return true
	case len(c.RunAs) == 0:
		return false // only as oneself, with another group
	}
	return k.list("Runas", c.RunAs, isRoot) == yesMatch
}

// defaultFor reports whether a Defaults line is for the request.
func (k *sudoersAsker) defaultFor(d SudoersDefault) bool {
	switch d.Scope {
	case "":
		return true
	case ":":
		return k.list("User", d.For, k.user) == yesMatch
	case ">":
		return k.list("Runas", d.For, isRoot) == yesMatch
	case "!":
		for _, name := range d.For {
			if k.command(SudoersCommand{Command: name}, 0) == yesMatch {
				return true
			}
		}
		return false
	}
	return k.list("Host", d.For, k.host) == yesMatch
}

// command asks a command of a rule.
func (k *sudoersAsker) command(c SudoersCommand, depth int) match {
	bare, not := strings.CutPrefix(c.Command, "!")
	m := noMatch
	if alias := k.alias("Cmnd", bare); alias != nil && depth < 16 {
		for _, inner := range alias.commands {
			if !k.step() {
				return noMatch
			}
			if got := k.command(inner, depth+1); got != noMatch {
				m = got
			}
		}
	} else if bare == "ALL" || k.path(bare) && k.args(c.Args) {
		m = yesMatch
	}
	if m != noMatch && not {
		return yesMatch + deniedMatch - m
	}
	return m
}

// path reports whether a pattern is the command's path, or another name of the same file.
func (k *sudoersAsker) path(pattern string) bool {
	if dir, ok := strings.CutSuffix(pattern, "/"); ok {
		return path.Dir(k.q.Command) == path.Clean(dir)
	}
	if ok, err := path.Match(pattern, k.q.Command); err == nil && ok {
		return true
	}
	if k.tree == nil || path.Base(pattern) != path.Base(k.q.Command) {
		return false
	}
	a, err1 := overlay.Resolve(k.tree, pattern)
	b, err2 := overlay.Resolve(k.tree, k.q.Command)
	return err1 == nil && err2 == nil && a.Exists() && b.Exists() && a.Name == b.Name
}

// args reports whether a pattern for arguments takes those of the request.
func (k *sudoersAsker) args(pattern string) bool {
	switch pattern {
	case "":
		return true
	case `""`:
		return k.q.Args == ""
	}
	return starMatch(pattern, k.q.Args)
}

// starMatch is fnmatch(3) without flags: a * takes slashes, too.
func starMatch(pattern, text string) bool {
	hide := strings.NewReplacer("/", "\x01")
	ok, err := path.Match(hide.Replace(pattern), hide.Replace(text))
	return err == nil && ok
}
