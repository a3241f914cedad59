package script

import (
	"path"
	"regexp"
	"strings"
)

func (c *call) mkdir() {
	s := spec{"pm:vZ", map[string]string{"parents": "p", "mode=": "m", "verbose": "v"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	paths, ok := c.paths(o.rest)
	if !ok {
		return
	}
	if o.has("v") {
		c.open.unknown("what mkdir -v prints is not known")
	}
	if o.has("p") {
		c.status = good
	}
	c.each(paths, Effect{Kind: Folder, Parents: o.has("p"), Mode: o.value("m")})
}

// rmdir is for rmdir and unlink, which remove one thing each.
func (c *call) rmdir() {
	o, ok := c.options(spec{}, nil)
	if !ok {
		return
	}
	if paths, ok := c.paths(o.rest); ok {
		c.each(paths, Effect{Kind: Remove})
	}
}

// removing are the options of rm.
var removing = spec{"rRfvd", map[string]string{"recursive": "r", "force": "f", "verbose": "v", "dir": "d", "one-file-system": "x", "preserve-root": "p"}}

func (c *call) rm() {
	o, ok := c.options(removing, nil)
	if !ok {
		return
	}
	paths, ok := c.paths(o.rest)
	if !ok {
		return
	}
	if o.has("f") {
		c.status = good
	}
	if o.has("v") {
		c.open.unknown("what rm -v prints is not known")
	}
	recursive := o.has("r") || o.has("R")
	for _, p := range paths {
		if p == "/" || recursive && plainFolder(p) && p != "/boot" && p != "/mnt" && p != "/opt" && p != "/srv" { // a container has no /boot
			c.fail("it would remove a folder of the system", []string{p})
			return
		}
	}
	c.each(paths, Effect{Kind: Remove, Recursive: recursive, Force: o.has("f")})
}

func (c *call) touch() {
	s := spec{"acmht:d:r:", map[string]string{"no-create": "c", "date=": "d", "reference=": "r", "no-dereference": "h", "time=": "T"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	if paths, ok := c.paths(o.rest); ok && !o.has("c") && !o.has("h") {
		c.status = good
		c.each(paths, Effect{Kind: Touch})
	}
}

func (c *call) truncate() {
	o, ok := c.options(spec{"s:c", map[string]string{"size=": "s", "no-create": "c"}}, nil)
	if !ok {
		return
	}
	paths, ok := c.paths(o.rest)
	switch {
	case !ok:
	case o.value("s") != "0" || o.has("c"):
		c.fail("only truncate -s 0 is read", paths)
	default:
		c.each(paths, Effect{Kind: Write})
	}
}

// modeWord is what chmod takes as a mode.
var modeWord = regexp.MustCompile(`^([0-7]{1,5}|[=+-][0-7]{1,5}|[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*)$`)

func (c *call) chmod() {
	// A mode such as -x looks like an option.
	var args []string
	mode := ""
	for _, a := range c.args {
		if mode == "" && len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "rwxXst") == "" {
			mode = a
			continue
		}
		args = append(args, a)
	}
	if c.args = args; mode == "-R" {
		mode = ""
	}
	o, ok := c.options(spec{"Rfvc", map[string]string{"recursive": "R", "silent": "f", "quiet": "f", "verbose": "v", "changes": "c"}}, nil)
	if !ok {
		return
	}
	if mode == "" && len(o.rest) > 0 {
		mode, o.rest = o.rest[0], o.rest[1:]
	}
	paths, ok := c.paths(o.rest)
	if !ok {
		return
	}
	if !modeWord.MatchString(mode) {
		c.fail("the mode "+mode+" is not read", paths)
		return
	}
	if o.has("v") || o.has("c") {
		c.open.unknown("what chmod -v prints is not known")
	}
	c.each(paths, Effect{Kind: Mode, Mode: mode, Recursive: o.has("R")})
}

// ownerName is the name or number of a user or group.
var ownerName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*\$?$`)

// owners takes user:group apart.
func owners(s string) (user, group string, ok bool) {
	user, group, both := strings.Cut(s, ":")
	if !both {
		user, group, both = strings.Cut(s, ".")
	}
	if user != "" && !ownerName.MatchString(user) || group != "" && !ownerName.MatchString(group) {
		return "", "", false
	}
	if both && group == "" { // the group that the user has
		return "", "", false
	}
	return user, group, user != "" || group != ""
}

// chown is chgrp too.
func (c *call) chown() {
	s := spec{"RfvchHLP", map[string]string{"recursive": "R", "silent": "f", "quiet": "f", "verbose": "v", "changes": "c", "no-dereference": "h", "dereference": "d"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	if len(o.rest) < 2 {
		c.fail("words are missing", nil)
		return
	}
	paths, ok := c.paths(o.rest[1:])
	if !ok {
		return
	}
	e := Effect{Kind: Owner, Recursive: o.has("R")}
	if c.name == "chgrp" {
		e.Group = o.rest[0]
		ok = ownerName.MatchString(e.Group)
	} else {
		e.Owner, e.Group, ok = owners(o.rest[0])
	}
	switch {
	case !ok:
		c.fail("the owner "+o.rest[0]+" is not read", paths)
		return
	case o.has("h") || o.has("H") || o.has("L"):
		c.fail("how links are followed is not read", paths)
		return
	case o.has("v") || o.has("c"):
		c.open.unknown("what " + c.name + " -v prints is not known")
	}
	c.each(paths, e)
}

func (c *call) ln() {
	s := spec{"sfnTvbrt:", map[string]string{"symbolic": "s", "force": "f", "no-dereference": "n", "no-target-directory": "T", "verbose": "v", "target-directory=": "t"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	places, ok := c.places(&o)
	if !ok {
		return
	}
	if !o.has("s") || o.has("b") || o.has("r") {
		c.fail("only ln -s, -f, -n and -T are read", c.destinations(places))
		return
	}
	if o.has("f") {
		c.status = good
	}
	for _, p := range places {
		if in, stays := c.inImage(p.to); stays {
			c.effect(Effect{Kind: Symlink, Path: in, Target: p.from, Force: o.has("f"), OrInside: p.orInside && !o.has("n")})
		}
	}
}

// place is a thing and where it goes.
type place struct {
	from, to string
	orInside bool // into to, where that is a folder
}

func (c *call) destinations(list []place) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.to)
	}
	return out
}

// places tells where cp, mv and ln put each of their words; ok is false where that was not read, which is told.
func (c *call) places(o *options) (list []place, ok bool) {
	words := o.rest
	var into string
	switch {
	case o.has("t"):
		into = o.value("t")
	case len(words) == 1 && c.name == "ln":
		into = "."
	case len(words) < 2:
		c.fail("words are missing", nil)
		return nil, false
	default:
		last := words[len(words)-1]
		to, why := c.abs(last)
		if why != "" {
			c.fail(why, nil)
			return nil, false
		}
		words = words[:len(words)-1]
		in, _ := c.inImage(to)
		kind := c.world.look(in, true).kind
		isFolder := strings.HasSuffix(last, "/") || strings.HasSuffix(last, "/.") || last == "." || last == ".." || kind == folder || plainFolder(in) && kind == unknown
		if len(words) == 1 && (!isFolder || o.has("T")) || o.has("T") {
			return []place{{words[0], to, !o.has("T") && kind != file && kind != absent}}, true
		}
		if len(words) == 1 && c.name == "ln" && o.has("n") && !strings.HasSuffix(last, "/") && kind != folder && !plainFolder(in) {
			return []place{{words[0], to, false}}, true
		}
		into = last
	}
	dir, why := c.abs(into)
	if why != "" {
		c.fail(why, nil)
		return nil, false
	}
	for _, w := range words {
		name := path.Base(path.Clean(w))
		if name == "." || name == ".." || name == "/" {
			c.fail("what is in the folder "+w+" is not known", []string{dir})
			return nil, false
		}
		list = append(list, place{w, path.Join(dir, name), false})
	}
	return list, true
}

func (c *call) cp() {
	s := spec{"aRrpfvdPLnuTbxt:", map[string]string{"archive": "a", "recursive": "r", "force": "f", "verbose": "v", "preserve": "p", "preserve=?": "p",
		"no-dereference": "P", "no-target-directory": "T", "target-directory=": "t", "no-clobber": "n", "update": "u"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	places, ok := c.places(&o)
	if !ok {
		return
	}
	if kept := o.value("p"); kept != "" && kept != "all" {
		c.fail("the option --preserve="+kept+" of cp is not read", c.destinations(places))
		return
	}
	if o.has("n") || o.has("u") || o.has("b") {
		c.fail("whether it copies is not known", c.destinations(places))
		return
	}
	recursive := o.has("a") || o.has("r") || o.has("R")
	for _, p := range places {
		c.transfer(p, Effect{Kind: Copy, Recursive: recursive, Force: o.has("f"), Preserve: o.has("a") || o.has("p")})
	}
}

func (c *call) mv() {
	s := spec{"fvTt:nub", map[string]string{"force": "f", "verbose": "v", "no-target-directory": "T", "target-directory=": "t", "no-clobber": "n", "update": "u"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	places, ok := c.places(&o)
	if !ok {
		return
	}
	if o.has("n") || o.has("u") || o.has("b") {
		var paths []string
		for _, p := range places {
			from, why := c.abs(p.from)
			if why != "" {
				c.fail(why, nil)
				return
			}
			paths = append(paths, p.to, from)
		}
		c.fail("whether it moves is not known", paths)
		return
	}
	for _, p := range places {
		c.transfer(p, Effect{Kind: Move, Force: o.has("f")})
	}
}

// transfer lists a copy or a move.
func (c *call) transfer(p place, e Effect) {
	from, why := c.abs(p.from)
	if why != "" {
		c.fail(why, []string{p.to})
		return
	}
	to, in := c.inImage(p.to)
	source, ours := c.inImage(from)
	switch {
	case !in && e.Kind == Move && ours:
		e = Effect{Kind: Remove, Path: source, Recursive: true}
	case !in:
		c.run.harmless(c.node, "it works outside of the image")
		return
	case !ours:
		c.fail("what "+from+" holds is not known", []string{p.to})
		return
	default:
		e.Path, e.Target, e.OrInside = to, source, p.orInside
	}
	c.effect(e)
}

// install is -d, or a copy with a mode and an owner.
func (c *call) install() {
	s := spec{"dDpvTm:o:g:t:cs", map[string]string{"directory": "d", "mode=": "m", "owner=": "o", "group=": "g", "preserve-timestamps": "p",
		"no-target-directory": "T", "target-directory=": "t", "verbose": "v"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	mode := o.value("m")
	if mode == "" {
		mode = "755"
	}
	if !modeWord.MatchString(mode) || o.has("s") {
		c.fail("this form of install is not read", nil)
		return
	}
	then := func(to string) {
		c.effect(Effect{Kind: Mode, Path: to, Mode: mode})
		if o.has("o") || o.has("g") {
			c.effect(Effect{Kind: Owner, Path: to, Owner: o.value("o"), Group: o.value("g")})
		}
	}
	if o.has("d") {
		paths, ok := c.paths(o.rest)
		if !ok {
			return
		}
		c.status = good
		for _, p := range paths {
			if in, stays := c.inImage(p); stays {
				c.effect(Effect{Kind: Folder, Path: in, Parents: true})
				then(in)
			}
		}
		return
	}
	places, ok := c.places(&o)
	if !ok {
		return
	}
	for _, p := range places {
		if p.orInside {
			c.fail("whether "+p.to+" is a folder is not known", []string{p.to})
			continue
		}
		if p.from == "/dev/null" {
			if in, stays := c.inImage(p.to); stays {
				c.effect(Effect{Kind: Write, Path: in})
				then(in)
			}
			continue
		}
		before := len(c.out.Effects)
		c.transfer(p, Effect{Kind: Copy})
		if len(c.out.Effects) > before {
			then(c.out.Effects[before].Path)
		}
	}
}
