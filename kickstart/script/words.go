package script

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// value is that of a variable; why says why it is not known.
type value struct{ text, why string }

// field is a word of a command behind its expansion.
type field struct {
	text string
	why  string // it is not known, and why
	glob bool   // why is that it is a pattern of file names: text
	// mixed: of a pattern, some signs stood in quotes
	mixed bool
}

const blanks = " \t\n"

// fields expands words as the arguments of a command.
func (r *run) fields(words []*syntax.Word) []field {
	var out []field
	for _, w := range words {
		if manyBraces(w) { // each is a tree of its own in all others around
			out = append(out, field{text: r.text(w), why: "it has too many braces"})
			continue
		}
		braced := &syntax.Word{Parts: append([]syntax.WordPart(nil), w.Parts...)}
		if !syntax.SplitBraces(braced) {
			out = append(out, r.field(w)...)
			continue
		}
		n := 0
		for one, err := range expand.BracesSeq(nil, braced) {
			if n++; err != nil || n > maxWords || r.work > maxWork {
				out = append(out, field{text: r.text(w), why: "the braces make too many words"})
				break
			}
			out = append(out, r.field(one)...)
		}
	}
	return out
}

// maxBraces are the braces that open in one word.
const maxBraces = 100

func manyBraces(w *syntax.Word) bool {
	n := 0
	for _, p := range w.Parts {
		if l, ok := p.(*syntax.Lit); ok {
			n += strings.Count(l.Value, "{")
		}
	}
	return n > maxBraces
}

// field expands one word, which may become none or several.
func (r *run) field(w *syntax.Word) []field {
	b := &builder{run: r, split: true}
	r.parts(b, w.Parts, false)
	b.end()
	for i := range b.done {
		if f := &b.done[i]; f.why == "" && f.glob {
			f.why = "a pattern of file names stands for what is in the image"
		}
	}
	if b.wild != "" {
		return []field{{text: r.text(w), why: b.wild}}
	}
	return b.done
}

// joined expands a word to one text, without splitting: a value that is assigned, the target of a redirection.
func (r *run) joined(w *syntax.Word) field {
	if w == nil {
		return field{}
	}
	b := &builder{run: r}
	r.parts(b, w.Parts, false)
	f := field{text: b.cur.String(), why: b.why}
	if b.wild != "" {
		f.why = b.wild
	}
	return f
}

// builder collects the fields of one word.
type builder struct {
	run   *run
	split bool
	done  []field
	cur   strings.Builder
	has   bool // the current field is one, be it empty
	why   string
	glob  bool
	mixed bool   // signs of a pattern stand in quotes
	wild  string // how many fields there are is not known
	// pattern: what stands in quotes is escaped, for a case
	pattern bool
}

func (b *builder) end() {
	if b.has || b.why != "" {
		b.done = append(b.done, field{b.cur.String(), b.why, b.glob && isGlob(b.cur.String()), b.mixed})
	}
	b.cur.Reset()
	b.has, b.glob, b.mixed, b.why = false, false, false, ""
}

// isGlob says whether the shell would look for files: a lone [ is none.
func isGlob(s string) bool {
	return strings.ContainsAny(s, "*?") || strings.Contains(s, "[") && strings.Contains(s[strings.IndexByte(s, '['):], "]")
}

func (b *builder) add(s string, quoted bool) {
	b.has = true
	if b.run.work += 1 + len(s); b.run.work > maxWork {
		b.why = "the values of the script are too long"
		return
	}
	if b.pattern && quoted {
		for _, c := range []byte(s) {
			if strings.IndexByte(`*?[\`, c) >= 0 {
				b.cur.WriteByte('\\')
			}
			b.cur.WriteByte(c)
		}
		return
	}
	b.mixed = b.mixed || quoted && strings.ContainsAny(s, `*?[\`)
	if !quoted && strings.ContainsAny(s, "*?[") {
		b.glob = true
	}
	b.cur.WriteString(s)
}

// value adds what an expansion gave.
func (b *builder) value(v value, quoted bool) {
	switch {
	case v.why != "" && (quoted || !b.split):
		b.has, b.why = true, v.why
		return
	case v.why != "":
		b.wild = v.why
		return
	case quoted || !b.split:
		b.add(v.text, quoted)
		return
	case b.run.ifs && v.text != "":
		b.wild = "the script sets IFS"
		return
	}
	for s := v.text; s != ""; {
		i := strings.IndexAny(s, blanks)
		if i < 0 {
			b.add(s, false)
			return
		}
		if i > 0 {
			b.add(s[:i], false)
			s = s[i:]
		}
		b.end()
		s = strings.TrimLeft(s, blanks)
	}
}

func (r *run) parts(b *builder, parts []syntax.WordPart, quoted bool) {
	for i, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			r.literal(b, p.Value, quoted, i == 0 && !quoted)
		case *syntax.SglQuoted:
			text := p.Value
			if p.Dollar {
				var why string
				if text, why = escapes(text, ansiC); why != "" {
					b.has, b.why = true, why
					continue
				}
			}
			b.add(text, true)
		case *syntax.DblQuoted:
			if p.Dollar {
				b.has, b.why = true, `$"…" is translated`
				continue
			}
			if len(p.Parts) != 1 || !isAll(p.Parts[0]) { // "$@" may be no field at all
				b.add("", true)
			}
			r.parts(b, p.Parts, true)
		case *syntax.ParamExp:
			r.param(b, p, quoted)
		case *syntax.CmdSubst:
			b.value(r.substitute(p), quoted)
		case *syntax.ArithmExp:
			b.value(value{why: "arithmetic is not followed"}, quoted)
		default:
			b.has, b.wild = true, "this kind of word is not read"
		}
	}
}

// literal takes the quoting from a literal part.
func (r *run) literal(b *builder, s string, quoted, first bool) {
	if first && strings.HasPrefix(s, "~") {
		user, rest, slash := strings.Cut(s, "/")
		if user != "~root" {
			b.has, b.why = true, "the home folder "+user+" is not known"
			return
		}
		b.add("/root", true)
		if s = ""; slash {
			s = "/" + rest
		}
		if s == "" {
			return
		}
	}
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			b.add(plain.String(), quoted)
			plain.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '\\' || i+1 == len(s) {
			plain.WriteByte(c)
			continue
		}
		i++
		switch next := s[i]; {
		case next == '\n':
		case quoted && strings.IndexByte("$`\"\\", next) < 0:
			plain.WriteByte('\\')
			plain.WriteByte(next)
		case quoted:
			plain.WriteByte(next)
		default:
			flush()
			b.add(string([]byte{next}), true)
		}
	}
	flush()
}

func isAll(p syntax.WordPart) bool {
	e, ok := p.(*syntax.ParamExp)
	return ok && e.Param != nil && e.Param.Value == "@"
}

// substitute runs the commands of $(…) and gives what they print. What they leave in the image is listed.
func (r *run) substitute(c *syntax.CmdSubst) value {
	if c.TempFile || c.ReplyVar {
		return value{why: "${ …; } is not read"}
	}
	if len(c.Stmts) == 0 {
		r.status = good
		return value{}
	}
	open, in := r.open, r.in
	r.open = &capture{}
	r.subshell(func() flow { return r.stmts(c.Stmts) })
	out := r.open
	r.open, r.in = open, in
	if out.why != "" {
		return value{why: r.text(c) + ": " + out.why}
	}
	return value{text: strings.TrimRight(out.buf.String(), "\n")}
}

// matches holds a word against a pattern of a case.
func (r *run) matches(word string, p *syntax.Word) (ok bool, why string) {
	b := &builder{run: r, pattern: true}
	r.parts(b, p.Parts, false)
	pattern := b.cur.String()
	switch {
	case b.why != "":
		return false, b.why
	case b.wild != "":
		return false, b.wild
	case pattern == "*":
		return true, ""
	case !strings.ContainsAny(pattern, `*?[\`):
		return pattern == word, ""
	}
	if r.work += (1 + len(pattern)) * (1 + len(word)) / 16; r.work > maxWork || len(pattern)*len(word) > 1<<20 {
		return false, "the word and the pattern are too long"
	}
	if strings.Contains(pattern, "[:") {
		return false, "a class of characters is not followed"
	}
	pattern, word = strings.ReplaceAll(pattern, "/", "\x01"), strings.ReplaceAll(word, "/", "\x01") // a slash is like others here
	ok, err := path.Match(strings.ReplaceAll(pattern, "[!", "[^"), word)
	if err != nil {
		return false, "this pattern is not understood"
	}
	return ok, ""
}
