package script

import (
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// stream is what a command reads.
type stream struct {
	text  string
	known bool
}

// capture takes what commands print.
type capture struct {
	buf strings.Builder
	why string // not all of it is known
}

func (c *capture) unknown(why string) {
	if c != nil && c.why == "" {
		c.why = why
	}
}

// print is for standard output.
func (r *run) print(s string) {
	if r.open == nil || r.open.why != "" {
		return
	}
	if r.work += len(s); r.work > maxWork {
		r.open.unknown("the values of the script are too long")
		return
	}
	r.open.buf.WriteString(s)
}

// sink is a file to which a descriptor leads.
type sink struct {
	path   string // in the image
	why    string // which file it is cannot be told
	add    bool   // >>
	fleets bool   // nothing of it stays
}

// redirected runs a command with the redirections of its statement.
func (r *run) redirected(s *syntax.Stmt, do func() flow) flow {
	if len(s.Redirs) == 0 {
		return do()
	}
	in, open, errs := r.in, r.open, r.errs
	defer func() { r.in, r.open, r.errs = in, open, errs }()
	var out, complaints *sink // what 1 and 2 lead to; nil: where they led
	var files []*sink
	merged := false // 2 leads where 1 does
	errsTo := r.errs
	for _, d := range s.Redirs {
		fd := ""
		if d.N != nil {
			fd = d.N.Value
		}
		switch d.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			f := r.document(d)
			if fd == "" || fd == "0" {
				r.in = stream{f.text, f.why == ""}
			}
			continue
		case syntax.WordHdoc:
			f := r.joined(d.Word)
			if fd == "" || fd == "0" {
				r.in = stream{f.text + "\n", f.why == ""}
			}
			continue
		case syntax.RdrIn:
			if fd == "" || fd == "0" {
				r.in = r.input(d.Word)
			}
			continue
		case syntax.DplOut:
			switch to := r.joined(d.Word); {
			case fd == "2" && to.text == "1":
				if complaints, merged = out, true; out == nil {
					errsTo = r.open
				}
			case (fd == "" || fd == "1") && to.text == "2":
				if out = complaints; out == nil {
					r.open = errsTo
				}
			case to.text == "-" || fd == "1" && to.text == "1" || fd == "2" && to.text == "2":
			case to.why == "" && strings.Trim(to.text, "0123456789-") != "" && fd == "":
				f := r.sink(d.Word, false)
				files, out, complaints, merged = append(files, f), f, f, true
			default:
				r.open.unknown("descriptors are moved about")
				files = append(files, &sink{why: "descriptors are moved about"})
			}
			continue
		case syntax.DplIn:
			continue
		case syntax.RdrOut, syntax.RdrClob, syntax.AppOut, syntax.RdrAll, syntax.AppAll:
		default:
			files = append(files, &sink{why: d.Op.String() + " is not read"})
			r.in = stream{}
			continue
		}
		f := r.sink(d.Word, d.Op == syntax.AppOut || d.Op == syntax.AppAll)
		files = append(files, f)
		switch {
		case d.Op == syntax.RdrAll || d.Op == syntax.AppAll:
			out, complaints, merged = f, f, true
		case fd == "" || fd == "1":
			out, merged = f, false
		case fd == "2":
			complaints, merged = f, false
		default:
			f.why = "descriptor " + fd + " is kept for later commands"
		}
	}
	if complaints != nil {
		errsTo = nil
	}
	if c, ok := s.Cmd.(*syntax.CallExpr); ok && len(c.Args) > 0 && c.Args[0].Lit() == "exec" && len(c.Args) == 1 {
		return r.redirectAll(s, files, out, open, in)
	}
	var mine *capture
	if out != nil {
		mine = &capture{}
		r.open = mine
	}
	if r.errs = errsTo; merged && out != nil {
		r.errs = mine
	}
	effects, unread, writing := len(r.out.Effects), len(r.out.Unread), r.writing
	for _, f := range files {
		r.writing = append(r.writing[:len(r.writing):len(r.writing)], alias(f.path))
	}
	f := do()
	r.writing = writing
	loud := false // something may have complained
	for _, u := range r.out.Unread[unread:] {
		loud = loud || u.Command != ""
	}
	loud = loud || len(r.out.Effects) > effects
	var touched []string
	anything := false
	for _, e := range r.out.Effects[effects:] {
		paths := e.touches()
		if !e.deep() && paths != nil && e.Kind != Write && e.Kind != Append && e.Kind != Sed {
			continue
		}
		touched, anything = append(touched, paths...), anything || paths == nil
	}
	for _, u := range r.out.Unread[unread:] {
		touched, anything = append(touched, u.Paths...), anything || u.Paths == nil && !u.Harmless
	}
	for i, file := range files {
		text, why := "", file.why
		if file == out {
			text = mine.buf.String()
			if why == "" {
				why = mine.why
			}
			if why == "" && merged && loud {
				why = "what commands complain goes there too"
			}
		}
		if why == "" && file == complaints && loud {
			why = "what commands complain goes there"
		}
		for _, other := range files[:i] {
			if other.path == file.path && why == "" && (file == out || file == complaints) {
				why = "it is opened twice"
			}
		}
		for _, p := range touched {
			if why == "" && within(alias(file.path), alias(p)) {
				why = "the commands that write it change it too"
			}
		}
		if why == "" && r.piped > 0 && slices.Contains(r.reads, alias(file.path)) {
			why = "it is read and written at once"
		}
		if why == "" && anything {
			why = "commands that were not read stand among those that write it"
		}
		r.written(s, file, text, why)
	}
	return f
}

// written lists what a redirection leaves.
func (r *run) written(s *syntax.Stmt, f *sink, text, why string) {
	switch {
	case f.fleets:
	case f.path == "":
		r.addUnread(r.at(s.Pos()), r.text(s), "which file is written is not known: "+why, nil, false)
	case why != "":
		r.addUnread(r.at(s.Pos()), r.text(s), why, []string{f.path}, false)
	case f.add && text == "":
		r.addEffect(s, Effect{Kind: Touch, Path: f.path})
	case f.add:
		r.addEffect(s, Effect{Kind: Append, Path: f.path, Content: text})
	default:
		r.addEffect(s, Effect{Kind: Write, Path: f.path, Content: text})
	}
}

// redirectAll is for exec without a command: from here on all goes to a file.
func (r *run) redirectAll(s *syntax.Stmt, files []*sink, out *sink, open *capture, in stream) flow {
	r.in, r.open = in, open
	for _, f := range files {
		why := f.why
		if why == "" {
			why = "all that the script prints goes there"
		}
		r.written(s, f, "", why)
	}
	if out != nil {
		open.unknown("it goes to " + out.path)
	}
	r.status = good
	return flow{}
}

// sink is the file of a redirection.
func (r *run) sink(w *syntax.Word, add bool) *sink {
	var f field
	if list := r.fields([]*syntax.Word{w}); len(list) == 1 {
		f = list[0]
	} else {
		f.why = "it is no single word"
	}
	s := &sink{add: add, why: f.why}
	if s.why != "" {
		return s
	}
	p, why := r.abs(f.text)
	if why != "" {
		s.why = why
		return s
	}
	in, ok := r.inImage(p)
	if s.path = in; !ok {
		s.path, s.fleets = p, true
	}
	return s
}

// input is what < gives.
func (r *run) input(w *syntax.Word) stream {
	f := r.joined(w)
	if f.why != "" {
		return stream{}
	}
	return r.content(f.text)
}

// content is what a file holds that the scripts have written.
func (r *run) content(name string) stream {
	p, why := r.abs(name)
	if why != "" {
		return stream{}
	}
	if p == "/dev/null" {
		return stream{known: true}
	}
	if p, ok := r.inImage(p); ok {
		r.reads = append(r.reads, alias(p))
		if n := r.world.look(p, true); n.kind == file && n.known && !slices.Contains(r.writing, alias(p)) {
			return stream{n.content, true}
		}
	}
	return stream{}
}

// document is the text of a here-document.
func (r *run) document(d *syntax.Redirect) field {
	if d.Hdoc == nil {
		return field{}
	}
	quoted := false // then nothing in it is expanded
	for _, p := range d.Word.Parts {
		switch p := p.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted:
			quoted = true
		case *syntax.Lit:
			quoted = quoted || strings.Contains(p.Value, `\`)
		}
	}
	b := &builder{run: r}
	begin := true // of a line
	for _, p := range d.Hdoc.Parts {
		lit, ok := p.(*syntax.Lit)
		if !ok {
			r.parts(b, []syntax.WordPart{p}, true)
			begin = false
			continue
		}
		text := lit.Value
		if d.Op == syntax.DashHdoc {
			text, begin = dash(text, begin)
		}
		if quoted {
			b.add(text, true)
			continue
		}
		b.add(documentEscapes(text), true)
	}
	why := b.why
	if b.wild != "" {
		why = b.wild
	}
	return field{text: b.cur.String(), why: why}
}

// dash takes the tabs at the beginning of lines away.
func dash(text string, begin bool) (string, bool) {
	var out strings.Builder
	for _, c := range []byte(text) {
		if begin && c == '\t' {
			continue
		}
		begin = c == '\n'
		out.WriteByte(c)
	}
	return out.String(), begin
}

// documentEscapes are those of a here-document: \$, \`, \\ and an end of line.
func documentEscapes(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case '$', '`', '\\':
				i++
			case '\n':
				i++
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// apart tells of the commands of a pipeline one by one, unless one of them is told a secret by another.
func (r *run) apart() {
	if !r.fixed && !strings.Contains(r.whole, hidden) {
		r.whole = ""
	}
}

// pipeline runs commands of which each reads what the one before prints.
func (r *run) pipeline(s *syntax.Stmt, c *syntax.BinaryCmd) flow {
	list := []*syntax.Stmt{c.Y}
	all := c.Op == syntax.PipeAll
	x := c.X
	for {
		b, ok := x.Cmd.(*syntax.BinaryCmd)
		if !ok || b.Op != syntax.Pipe && b.Op != syntax.PipeAll || len(x.Redirs) > 0 || x.Negated {
			break
		}
		all = all || b.Op == syntax.PipeAll
		list = append(list, b.Y)
		x = b.X
	}
	list = append(list, x)
	if len(list) > maxNested {
		r.unread(s, fmt.Sprintf("a pipe of more than %d commands is not read", maxNested), nil)
		return flow{}
	}
	whole, in, open, errs := r.whole, r.in, r.open, r.errs
	if r.piped == 0 {
		r.reads = nil
	}
	if r.whole == "" {
		r.whole = r.text(s)
	}
	if slices.ContainsFunc(list, func(s *syntax.Stmt) bool { _, plain := s.Cmd.(*syntax.CallExpr); return !plain }) {
		r.apart()
	}
	r.asked++
	r.piped++
	defer func() { r.asked--; r.piped--; r.whole, r.in, r.open, r.errs = whole, in, open, errs }()
	for i := len(list) - 1; i >= 0; i-- {
		var mine *capture
		if r.open, r.errs = open, errs; i > 0 {
			mine = &capture{}
			if r.open = mine; all {
				r.errs = mine
			}
		}
		r.subshell(func() flow { return r.stmt(list[i]) })
		if mine != nil {
			if all {
				mine.unknown("what commands complain goes there too")
			}
			r.in = stream{mine.buf.String(), mine.why == ""}
		}
	}
	return flow{}
}
