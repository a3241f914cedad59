package shell

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// fields expands words as the arguments of a command: values that stand without quotes are split at
// blanks, and an empty one without quotes is none.
func (r *run) fields(words []*syntax.Word) ([]string, error) {
	var out []string
	for _, w := range words {
		braced := &syntax.Word{Parts: slices.Clone(w.Parts)}
		list := []*syntax.Word{w}
		if syntax.SplitBraces(braced) {
			var err error
			if list, err = r.braces(braced); err != nil {
				return nil, err
			}
		}
		for _, w := range list {
			b := &builder{run: r, split: true}
			if err := r.parts(b, w.Parts, false); err != nil {
				return nil, err
			}
			b.end()
			if out = append(out, b.done...); len(out) > maxWords {
				return nil, tooMany(w)
			}
		}
	}
	return out, nil
}

func tooMany(n syntax.Node) error { return refuse(n, "the script", "a command has too many words") }

// braces expands a{b,c}d to abd and acd.
func (r *run) braces(w *syntax.Word) ([]*syntax.Word, error) {
	out := []*syntax.Word{{}}
	for _, p := range w.Parts {
		tails := [][]syntax.WordPart{{p}}
		if e, ok := p.(*syntax.BraceExp); ok {
			if e.Sequence {
				return nil, refuse(w, "{…..…}", "a sequence is not expanded: write the words out")
			}
			tails = nil
			for _, elem := range e.Elems {
				list, err := r.braces(elem)
				if err != nil {
					return nil, err
				}
				for _, l := range list {
					tails = append(tails, l.Parts)
				}
			}
		}
		if r.work += len(out) * len(tails); len(out)*len(tails) > maxWords {
			return nil, tooMany(w)
		}
		var next []*syntax.Word
		for _, o := range out {
			for _, t := range tails {
				next = append(next, &syntax.Word{Parts: slices.Concat(o.Parts, t)})
			}
		}
		out = next
	}
	return out, nil
}

// text expands a word to one string, without splitting: a value that is assigned, or the word of a case.
func (r *run) text(w *syntax.Word) (string, error) {
	b := &builder{run: r}
	if err := r.parts(b, w.Parts, false); err != nil {
		return "", err
	}
	return b.cur.String(), nil
}

// builder collects the fields of one word.
type builder struct {
	run   *run
	split bool
	done  []string
	cur   strings.Builder
	has   bool // the current field is one, be it empty
	// pattern: what stands in quotes is escaped, for a case
	pattern bool
}

func (b *builder) end() {
	if b.has {
		b.done = append(b.done, b.cur.String())
	}
	b.cur.Reset()
	b.has = false
}

func (b *builder) literal(s string, quoted bool) {
	b.has = true
	b.run.work += 1 + len(s)
	if b.pattern && quoted {
		for _, c := range []byte(s) {
			if strings.IndexByte(`*?[\`, c) >= 0 {
				b.cur.WriteByte('\\')
			}
			b.cur.WriteByte(c)
		}
		return
	}
	b.cur.WriteString(s)
}

const blanks = " \t\n"

// value adds what an expansion gave.
func (b *builder) value(s string, quoted bool) {
	if quoted || !b.split {
		b.literal(s, quoted)
		return
	}
	for s != "" {
		if i := strings.IndexAny(s, blanks); i > 0 {
			b.literal(s[:i], false)
			s = s[i:]
		} else if i < 0 {
			b.literal(s, false)
			return
		}
		b.end()
		s = strings.TrimLeft(s, blanks)
	}
}

func (r *run) parts(b *builder, parts []syntax.WordPart, quoted bool) error {
	for i, p := range parts {
		switch {
		case b.cur.Len() > maxString:
			return tooLong(p)
		case r.work > maxWork:
			return tooMuch(p)
		}
		switch p := p.(type) {
		case *syntax.Lit:
			s, err := literal(p, quoted, b, i == 0)
			if err != nil {
				return err
			}
			if s != "" || !quoted {
				b.literal(s, quoted)
			}
		case *syntax.SglQuoted:
			if p.Dollar {
				return refuse(p, "$'…'", "write it with plain quotes")
			}
			b.literal(p.Value, true)
		case *syntax.DblQuoted:
			if p.Dollar {
				return refuse(p, `$"…"`, "write it with plain quotes")
			}
			if len(p.Parts) != 1 || !isAll(p.Parts[0]) { // "$@" may be no field at all
				b.literal("", true)
			}
			if err := r.parts(b, p.Parts, true); err != nil {
				return err
			}
		case *syntax.ParamExp:
			if err := r.param(b, p, quoted); err != nil {
				return err
			}
		case *syntax.CmdSubst:
			s, err := r.substitute(p)
			if err != nil {
				return err
			}
			if err := r.unquoted(b, p, s, quoted); err != nil {
				return err
			}
		default:
			return refuse(p, "the word", "arithmetic and the like are not followed")
		}
	}
	return nil
}

// unquoted adds a value and refuses one that the shell would go on to match against files.
func (r *run) unquoted(b *builder, n syntax.Node, s string, quoted bool) error {
	if !quoted && b.split && strings.ContainsAny(s, "*?[") {
		return refuse(n, s, "a pattern of file names is not followed: name the files")
	}
	b.value(s, quoted)
	return nil
}

// literal takes the quoting from a literal part.
func literal(l *syntax.Lit, quoted bool, b *builder, first bool) (string, error) {
	var out strings.Builder
	s := l.Value
	if first && !quoted && strings.HasPrefix(s, "~") {
		return "", refuse(l, s, "a home folder is not looked up: name it")
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			next := s[i+1]
			i++
			switch {
			case next == '\n':
			case quoted && strings.IndexByte("$`\"\\", next) < 0:
				out.WriteByte('\\')
				out.WriteByte(next)
			case b.pattern && !quoted:
				out.WriteByte('\\')
				out.WriteByte(next)
			default:
				out.WriteByte(next)
			}
		case !quoted && b.split && (c == '*' || c == '?' || c == '[') && s != "[":
			return "", refuse(l, s, "a pattern of file names is not followed: name the files")
		default:
			out.WriteByte(c)
		}
	}
	return out.String(), nil
}

func isAll(p syntax.WordPart) bool {
	e, ok := p.(*syntax.ParamExp)
	return ok && e.Param != nil && e.Param.Value == "@"
}

// param expands $1, $NAME, ${NAME}, ${NAME:-word}, "$@", $# and $?.
func (r *run) param(b *builder, p *syntax.ParamExp, quoted bool) error {
	if p.Param == nil || p.Flags != nil || p.Excl || p.Length || p.Width || p.IsSet || p.NestedParam != nil ||
		p.Index != nil || p.Slice != nil || p.Repl != nil || p.Names != 0 || len(p.Modifiers) > 0 {
		return refuse(p, "${…}", "only ${NAME} and ${NAME:-WORD} are followed")
	}
	name := p.Param.Value
	if name == "@" || name == "*" {
		if p.Exp != nil || name == "*" && quoted {
			return refuse(p, "$"+name, `only "$@" is followed`)
		}
		for i, a := range r.args {
			if r.work > maxWork {
				return tooMuch(p)
			}
			if i > 0 {
				b.end()
			}
			if err := r.unquoted(b, p, a, quoted); err != nil {
				return err
			}
		}
		return nil
	}
	v, set := r.lookup(name)
	if p.Exp != nil {
		switch {
		case p.Exp.Op == syntax.DefaultUnset && set, p.Exp.Op == syntax.DefaultUnsetOrNull && v != "":
		case p.Exp.Op == syntax.DefaultUnset || p.Exp.Op == syntax.DefaultUnsetOrNull:
			set = true
			if v = ""; p.Exp.Word != nil {
				var err error
				if v, err = r.text(p.Exp.Word); err != nil {
					return err
				}
			}
		default:
			return refuse(p, "${"+name+"…}", "only ${NAME:-WORD} is followed")
		}
	}
	if !set {
		return refuse(p, "$"+name, "the script does not set it, and its environment is not known")
	}
	return r.unquoted(b, p, v, quoted)
}

func (r *run) lookup(name string) (string, bool) {
	switch name {
	case "#":
		return strconv.Itoa(len(r.args)), true
	case "?":
		return strconv.Itoa(r.status), true
	}
	if n, err := strconv.ParseUint(name, 10, 16); err == nil && n > 0 {
		if int(n) <= len(r.args) {
			return r.args[n-1], true
		}
		return "", true
	}
	v, ok := r.vars[name]
	return v, ok
}

// substitute runs the commands of $(…) and gives what they print.
func (r *run) substitute(c *syntax.CmdSubst) (string, error) {
	if c.TempFile || c.ReplyVar {
		return "", refuse(c, "${ …; }", "write $(…)")
	}
	r.substs++
	outer := r.out
	r.out = &strings.Builder{}
	var err error
	if len(c.Stmts) > 0 {
		err = r.subshell(c.Stmts)
	} else {
		r.status = 0
	}
	s := r.out.String()
	r.out = outer
	return strings.TrimRight(s, "\n"), err
}

// matches holds a word against a pattern of a case.
func (r *run) matches(word string, p *syntax.Word) (bool, error) {
	b := &builder{run: r, pattern: true}
	if err := r.parts(b, p.Parts, false); err != nil {
		return false, err
	}
	pattern := b.cur.String()
	if pattern == "*" {
		return true, nil
	}
	if (1+len(pattern))*(1+len(word)) > maxMatch {
		return false, refuse(p, "case", "the word and the pattern are too long")
	}
	if strings.ContainsAny(pattern, "/") || strings.ContainsAny(word, "/") { // path.Match treats a slash as none does here
		pattern, word = strings.ReplaceAll(pattern, "/", "\x01"), strings.ReplaceAll(word, "/", "\x01")
	}
	ok, err := path.Match(strings.ReplaceAll(pattern, "[!", "[^"), word)
	if err != nil {
		return false, refuse(p, pattern, "this pattern is not understood")
	}
	return ok, nil
}
