package script

import (
	"path"
	"strings"

	"lbimage/kickstart/script/sed"
)

// cat prints what it reads.
func (c *call) cat() {
	c.status = presumed
	if len(c.args) == 0 {
		c.args = []string{"-"}
	}
	stdin := false
	for _, a := range c.args {
		in := c.in
		switch {
		case a == "-" && stdin:
			continue
		case a == "-":
			stdin = true
		case strings.HasPrefix(a, "-"):
			c.open.unknown("the option " + a + " of cat is not read")
			return
		default:
			in = c.content(a)
		}
		if !in.known {
			if a == "-" {
				c.open.unknown("what it reads is not known")
			} else {
				c.open.unknown("what " + a + " holds is not known")
			}
			return
		}
		c.print(in.text)
	}
	if len(c.args) == 1 && stdin {
		c.status = good
	}
}

// tee writes what it reads to files and prints it.
func (c *call) tee() {
	o := spec{"ai", map[string]string{"append": "a", "ignore-interrupts": "i"}}.parse(c.args)
	if o.bad != "" {
		c.fail("the option "+o.bad+" of tee is not read", nil)
		return
	}
	paths, ok := c.paths(o.rest)
	if !ok {
		return
	}
	for _, p := range paths {
		in, stays := c.inImage(p)
		why := ""
		if !c.in.known {
			why = "what it reads is not known"
		}
		for _, read := range c.reads {
			if read == alias(in) {
				why = "it is read and written at once"
			}
		}
		c.teed(&sink{path: in, add: o.has("a"), fleets: !stays}, why)
	}
	c.status = good
	if !c.in.known {
		c.open.unknown("what it reads is not known")
	}
	c.print(c.in.text)
}

// teed lists what tee writes to one file.
func (c *call) teed(f *sink, why string) {
	switch {
	case f.fleets:
	case why != "":
		c.addUnread(c.at(c.node.Pos()), c.text(c.node), why, []string{f.path}, false)
	case f.add && c.in.text == "":
		c.effect(Effect{Kind: Touch, Path: f.path})
	case f.add:
		c.effect(Effect{Kind: Append, Path: f.path, Content: c.in.text})
	default:
		c.effect(Effect{Kind: Write, Path: f.path, Content: c.in.text})
	}
}

// sed edits files with -i; without, it prints.
func (c *call) sed() {
	s := spec{"ne:f:i?rEsuzl:b", map[string]string{"quiet": "n", "silent": "n", "expression=": "e", "file=": "f", "in-place=?": "i",
		"regexp-extended": "E", "separate": "s", "unbuffered": "u", "follow-symlinks": "L", "null-data": "z", "posix": "P"}}
	o, ok := c.options(s, nil)
	if !ok {
		return
	}
	var program []string
	extended, quiet := o.has("r") || o.has("E"), o.has("n")
	for _, x := range o.list {
		switch x.name {
		case "e":
			program = append(program, x.value)
		case "f", "z", "P":
			c.fail("the option -"+x.name+" of sed is not read", nil)
			return
		}
	}
	files := o.rest
	if len(program) == 0 {
		if len(files) == 0 {
			c.status = bad
			return
		}
		program, files = files[:1], files[1:]
	}
	text := strings.Join(program, "\n")
	if quiet {
		text = "#n\n" + text
	}
	p, err := sed.Parse(text, extended)
	if !o.has("i") {
		c.filter(p, err, files)
		return
	}
	paths, ok := c.paths(files)
	if !ok {
		return
	}
	if err != nil {
		if sed.Confined(text) {
			c.fail(err.Error(), paths)
		} else {
			c.fail(err.Error(), nil)
		}
		return
	}
	suffix := o.value("i")
	for _, q := range paths {
		if in, stays := c.inImage(q); stays {
			if o.has("L") { // the link stays, and what it leads to is edited
				in = c.world.resolve(in, true)
			}
			if strings.Contains(suffix, "/") {
				c.addUnread(c.at(c.node.Pos()), c.text(c.node), "the copy is kept elsewhere", []string{path.Clean(backup(in, suffix))}, false)
				suffix = ""
			}
			if suffix != "" { // the file itself gets the other name, and a new one its own
				c.effect(Effect{Kind: Copy, Path: backup(in, suffix), Target: in, Recursive: true, Force: true, Preserve: true})
			}
			c.effect(Effect{Kind: Sed, Path: in, Program: text, Extended: extended})
		}
	}
}

// filter is sed without -i: it prints what it makes of what it reads.
func (c *call) filter(p *sed.Program, err error, files []string) {
	if err != nil {
		c.fail(err.Error(), nil)
		return
	}
	in := c.in
	if len(files) > 1 {
		c.open.unknown("what sed makes of several files is not followed")
		return
	}
	if len(files) == 1 && files[0] != "-" {
		in = c.content(files[0])
	}
	if !in.known {
		c.open.unknown("what sed reads is not known")
		return
	}
	out, err := p.Apply([]byte(in.text))
	if err != nil {
		c.open.unknown(err.Error())
		return
	}
	c.print(string(out))
}
