package kickplan

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart/script"
	"lbimage/kickstart/script/sed"
	"lbimage/overlay"
)

// change is a text of the image that does not have what %post leaves, and how it comes to have it.
type change struct {
	path    string // as the script names it first
	there   bool
	from    string
	effects []int // all on this file that count, in their order
	bad     []int // those that do not hold
}

// texts makes the edits of all effects on one text, at the first that does not hold.
func (p *planner) texts(i int, done map[string]bool) string {
	place := p.places[i]
	if done[place] || p.touched[place] { // the latter in the next round
		return ""
	}
	done[place] = true
	c, why := p.changeOf(place)
	if why != "" {
		return p.all(c, why)
	}
	if why := p.replacing(c, place); why != "" {
		return p.all(c, why)
	}
	to, why := p.wanted(c)
	if why != "" {
		return p.all(c, why)
	}
	if len(to) > maxCopy {
		return p.all(c, "the file is too large to stand in a recipe: lay it over the image (overlay)")
	}
	written := slices.ContainsFunc(c.effects, func(k int) bool { return p.finals[k].Fresh })
	if c.there && !written {
		if edits := p.lineEdits(c, to); edits != nil {
			p.touched[place] = true
			p.fresh = append(p.fresh, edits...)
			return ""
		}
	}
	if !utf8.ValidString(to) || !overlay.IsText([]byte(to)) {
		return p.all(c, "it is no text in UTF-8 that could stand in a recipe: lay the file over the image (overlay)")
	}
	note := ""
	if c.there && !written {
		note = baseNote
	}
	f := &recipe.File{Path: c.path, Content: to}
	if anew := p.finals[c.maker()].Made; anew || !c.there {
		if p.handsDown(c.path, false) {
			return p.all(c, handedDown)
		}
		mode, why := maskedMode(p.effects[c.maker()].Umask, 0o666)
		if why != "" {
			return p.all(c, why)
		}
		if f.Mode = mode; anew && c.there { // else mode and owner stay as they were
			f.Owner = "root:root"
			if mode == nil {
				usual := recipe.Mode(0o644)
				f.Mode = &usual
			}
		}
	}
	p.inherit(c.path, &f.Mode, &f.Owner)
	edit := &Edit{Recipe: recipe.Edit{File: f}, Note: note}
	for _, k := range c.effects {
		if written || slices.Contains(c.bad, k) {
			edit.For = append(edit.For, p.origin(k))
		}
	}
	p.fresh = append(p.fresh, edit)
	p.touched[place] = true
	return ""
}

// maker is the effect that makes the file where there was none.
func (c change) maker() int {
	return c.effects[0]
}

// replacing says why a text is not brought of which an effect puts a file of its own in the place of a name: edits follow links.
func (p *planner) replacing(c change, place string) string {
	last := c.effects[len(c.effects)-1]
	for k := range last + 1 {
		if p.places[k] == place {
			if why := p.insteadOfLink(p.effects[k].Path, last); why != "" {
				return why
			}
		}
	}
	return ""
}

// insteadOfLink says why what the script leaves at a name, up to an effect, is not brought, where the image has a link there, or
// one of several names of a file, and the script takes it away or puts a file in its place.
func (p *planner) insteadOfLink(name string, last int) string {
	r, err := overlay.ResolveLink(p.subject.Tree, name)
	if err != nil || !r.Exists() {
		return ""
	}
	shares := r.Info.Mode().IsRegular() && names(r.Info) > 1
	if r.Info.Mode()&fs.ModeSymlink == 0 && !shares {
		return ""
	}
	for k := range last + 1 {
		e := &p.effects[k]
		at := ""
		switch e.Kind {
		case script.Sed, script.Remove:
			at = e.Path
		case script.Move:
			if at = e.Path; p.linkAt(e.Target) == r.Path() {
				at = e.Target
			}
		}
		switch {
		case at == "" || p.linkAt(at) != r.Path():
		case shares:
			return "the script takes " + name + " out of the names that it shares a file with, which no edit does"
		default:
			return "the script puts a file of its own in the place of the link " + name + " and leaves what it leads to as it was, which no edit does"
		}
	}
	return ""
}

// linkAt is where a name stands in the image, a link at its end not followed.
func (p *planner) linkAt(name string) string {
	r, err := overlay.ResolveLink(p.subject.Tree, name)
	if err != nil {
		return name
	}
	return r.Path()
}

// names is how many names a file has.
func names(info fs.FileInfo) uint64 {
	n, ok := overlay.SysField(info, "Nlink", "NLink")
	if !ok {
		return 1
	}
	return n
}

// maskedMode is the mode of what is made under a umask; nil: that of the usual one, which edits give by themselves.
func maskedMode(umask string, mode recipe.Mode) (*recipe.Mode, string) {
	if umask == "" {
		return nil, ""
	}
	if umask == script.UnknownMask {
		return nil, unknownMask
	}
	m := mode &^ umaskOf(umask)
	return &m, ""
}

const unknownMask = "its mode depends on a umask that is not known"

// umaskOf is the umask of an effect, where it is known.
func umaskOf(umask string) recipe.Mode {
	n, err := strconv.ParseUint(umask, 8, 16)
	if err != nil {
		return 0o022
	}
	return recipe.Mode(n)
}

// all says of every effect on a text that does not hold why it is not brought.
func (p *planner) all(c change, why string) string {
	for _, k := range c.bad {
		if st, ok := p.byEffect[k]; ok {
			p.reasons[keyOf(st)] = why
		}
	}
	return why
}

func (p *planner) origin(i int) Origin {
	if st, ok := p.byEffect[i]; ok {
		return Origin{st.Place, st.Text}
	}
	return Origin{Place: p.effects[i].Place}
}

// changeOf gathers the effects on one text.
func (p *planner) changeOf(place string) (change, string) {
	var c change
	for k := range p.effects {
		e := &p.effects[k]
		switch e.Kind {
		case script.Write, script.Append, script.Sed:
		default:
			continue
		}
		if !p.finals[k].Counts || p.places[k] != place {
			continue
		}
		if c.path == "" {
			c.path = e.Path
		}
		c.effects = append(c.effects, k)
		if p.byEffect[k].Verdict == conformance.DoesNotHold {
			c.bad = append(c.bad, k)
		}
	}
	data, _, err := overlay.ReadFile(p.subject.Tree, place, maxCopy)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, ""
	case err != nil:
		return c, "it cannot be edited: " + err.Error()
	}
	c.there, c.from = true, string(data)
	return c, ""
}

// wanted is the text as the script leaves it: from the last time on that it is written whole, else from what the image has.
// What depends on a condition is left out.
func (p *planner) wanted(c change) (string, string) {
	begin := -1
	for n, k := range c.effects {
		if p.finals[k].Fresh {
			begin = n
		}
	}
	if begin >= 0 {
		to := ""
		for _, k := range c.effects[begin:] {
			made, why := p.made(to, k)
			if why != "" {
				return "", why
			}
			to = made
		}
		return to, ""
	}
	to := c.from
	for _, k := range c.bad {
		if p.effects[k].Kind == script.Sed {
			made, why := p.mend(to, k)
			if why != "" {
				return "", why
			}
			to = made
		}
	}
	return p.insert(to, c)
}

// made is what an effect makes of a text.
func (p *planner) made(text string, k int) (string, string) {
	e := &p.effects[k]
	if e.Conditional != "" {
		return text, ""
	}
	switch e.Kind {
	case script.Write:
		return e.Content, ""
	case script.Append:
		return text + e.Content, ""
	}
	prog, err := sed.Parse(e.Program, e.Extended)
	if err != nil {
		return "", "its sed program is not read: " + err.Error()
	}
	out, err := prog.Apply([]byte(text))
	if err != nil {
		return "", "its sed program cannot be followed: " + err.Error()
	}
	return string(out), ""
}

// mend applies a sed program to the lines of a text that it would not have left so. Where it goes line by line, those that it may
// have made already stay as they are.
func (p *planner) mend(text string, k int) (string, string) {
	e := &p.effects[k]
	prog, err := sed.Parse(e.Program, e.Extended)
	if err != nil {
		return "", "its sed program is not read: " + err.Error()
	}
	whole, err := prog.Apply([]byte(text))
	if err != nil {
		return "", "its sed program cannot be followed: " + err.Error()
	}
	var each, some strings.Builder
	for line := range strings.Lines(text) {
		made, err := prog.Apply([]byte(line))
		if err != nil {
			return string(whole), ""
		}
		each.Write(made)
		if v := prog.Made([]byte(line)); v.Answer == sed.Yes {
			made = []byte(line)
		}
		some.Write(made)
	}
	if each.String() == string(whole) {
		return some.String(), ""
	}
	return string(whole), ""
}

// insert puts lines that lack where the script would have added them: at the end, or before those that it adds later.
func (p *planner) insert(text string, c change) (string, string) {
	lines := slices.Collect(strings.Lines(text))
	at, tail := len(lines), ""
	for n := len(c.effects) - 1; n >= 0; n-- {
		k := c.effects[n]
		e := &p.effects[k]
		if e.Kind != script.Append || e.Conditional != "" {
			continue
		}
		st := p.byEffect[k]
		if st.Verdict == conformance.Holds {
			if st.Line > 0 && st.Line <= at {
				at = st.Line - 1
			}
			continue
		}
		if st.Verdict != conformance.DoesNotHold {
			continue
		}
		content := e.Content
		for _, later := range c.effects[n+1:] {
			if p.effects[later].Kind == script.Sed {
				made, why := p.made(content, later)
				if why != "" {
					return "", why
				}
				content = made
			}
		}
		if at == len(lines) {
			tail = content + tail
			continue
		}
		if !strings.HasSuffix(content, "\n") {
			content += "\n"
		}
		lines = slices.Insert(lines, at, slices.Collect(strings.Lines(content))...)
	}
	return strings.Join(lines, "") + tail, "" // where the last line has no end, the first new one goes on in it, as with >>
}
