package script

import (
	"maps"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart"
)

// status is how a command ended, as far as that is known.
type status int

const (
	unsure   status = iota
	presumed        // it was read and is taken to have worked, which does not say what || or && would make of it
	good
	bad
)

func truth(ok bool) status {
	if ok {
		return good
	}
	return bad
}

// flow is where a script goes after a statement.
type flow struct {
	kind  flowKind
	loops int  // that a break or continue leaves
	fails bool // exit with a status that is not zero
}

type flowKind int

const (
	goesOn flowKind = iota
	exits
	returns
	breaks
	continues
)

// env is what a subshell has for itself.
type env struct {
	vars      map[string]value
	distrust  string // why no variable is known that is not in vars
	funcs     map[string]*function
	args      []value
	cwd, lost string // lost: why the folder is not known
	dirs      []string
	errexit   bool
	umask     string // as of an Effect
	ifs       bool   // words are no longer split at blanks alone
	strange   bool   // echo is not as usual
}

type function struct {
	stmt *syntax.Stmt
	body string
}

func newEnv() env {
	return env{vars: map[string]value{}, funcs: map[string]*function{}, cwd: "/"}
}

func (e env) clone() env {
	e.vars, e.funcs, e.dirs = maps.Clone(e.vars), maps.Clone(e.funcs), append([]string(nil), e.dirs...)
	return e
}

// run is one script on its way.
type run struct {
	*all
	env
	place kickstart.Place // of the section
	base  int             // line of the file in which the body begins
	body  string
	fixed bool   // everything stands at place: a text that was made by the script
	whole string // the pipeline around what is read now, as written
	piped int    // how many pipelines are around

	mustSucceed, nochroot bool

	conds   []string // of the branches around
	left    []string // of everything from here on, to the end of the (sub)shell
	status  status
	in      stream
	open    *capture // standard output; nil: it is dropped
	errs    *capture // what commands complain; nil: it is not taken up
	writing []string // files that are open for output
	reads   []string // files that the commands of a pipeline read
	mounted []string // folders that are not the image's
	saved   []saving // variables that the functions around have for themselves
	depth   int
	asked   int // how many conditions are being asked
	shells  int // subshells around
	calls   int // functions around
}

// at is the place of a position.
func (r *run) at(p syntax.Pos) kickstart.Place {
	if r.fixed || !p.IsValid() {
		return r.place
	}
	return kickstart.Place{File: r.place.File, Line: r.base + int(p.Line()) - 1, Column: int(p.Col())}
}

func (r *run) stmts(list []*syntax.Stmt) flow {
	if len(list) == 0 {
		return flow{}
	}
	if r.depth++; r.depth > maxNested {
		r.depth--
		r.unread(list[0], "it is nested too deep", nil)
		return flow{}
	}
	defer func() { r.depth-- }()
	for _, s := range list {
		if f := r.stmt(s); f.kind != goesOn {
			return f
		}
	}
	return flow{}
}

// spent says whether the limits are reached, and tells so once.
func (r *run) spent(n syntax.Node) bool {
	r.steps++
	if r.steps <= maxSteps && r.work <= maxWork && len(r.out.Effects) <= maxListed && len(r.out.Unread) <= maxListed {
		return false
	}
	r.stop(n)
	return true
}

const tooMuch = "the scripts take too many steps, or their values are too long: nothing from here on is read"

// stop tells once that nothing more is read.
func (r *run) stop(n syntax.Node) {
	if !r.over {
		r.over = true
		r.addUnread(r.at(n.Pos()), r.text(n), tooMuch, nil, false)
	}
}

func (r *run) stmt(s *syntax.Stmt) flow {
	if r.spent(s) {
		return flow{kind: exits}
	}
	if s.Background || s.Coprocess || s.Disown {
		r.vague(s, "it goes on in the background, when it ends is not known", func() flow {
			plain := *s
			plain.Background, plain.Coprocess, plain.Disown = false, false, false
			return r.subshell(func() flow { return r.stmt(&plain) })
		})
		r.status = good
		return flow{}
	}
	if s.Negated {
		r.asked++
		defer func() { r.asked-- }()
	}
	f := r.redirected(s, func() flow { return r.command(s) })
	if f.kind != goesOn {
		return f
	}
	if s.Negated {
		switch r.status {
		case good:
			r.status = bad
		case bad:
			r.status = good
		default:
			r.status = unsure
		}
		return f
	}
	if r.errexit && r.asked == 0 && failsAlone(s.Cmd) {
		return r.orExit(s)
	}
	return f
}

// orExit is for set -e: a command that fails ends the script.
func (r *run) orExit(s *syntax.Stmt) flow {
	switch {
	case r.status == bad:
		return flow{kind: exits, fails: true}
	case r.status == good:
	case r.mustSucceed && r.shells == 0:
		r.status = good
	case r.status == unsure:
		r.onlyIf(r.text(s) + " succeeds")
	}
	return flow{}
}

// onlyIf is a condition of all that follows.
func (r *run) onlyIf(cond string) {
	if len(r.left) < 3 { // more say no more
		r.left = append(r.left[:len(r.left):len(r.left)], cond)
	}
}

// failsAlone says whether -e looks at the status of a command itself.
func failsAlone(c syntax.Command) bool {
	switch c := c.(type) {
	case *syntax.CallExpr, *syntax.Subshell, *syntax.TestClause, *syntax.DeclClause:
		return true
	case *syntax.BinaryCmd:
		return c.Op == syntax.Pipe || c.Op == syntax.PipeAll
	}
	return false
}

func (r *run) command(s *syntax.Stmt) flow {
	switch c := s.Cmd.(type) {
	case nil:
		r.status = good
		return flow{}
	case *syntax.CallExpr:
		return r.call(s, c)
	case *syntax.Block:
		return r.stmts(c.Stmts)
	case *syntax.Subshell:
		return r.subshell(func() flow { return r.stmts(c.Stmts) })
	case *syntax.IfClause:
		return r.ifClause(c)
	case *syntax.BinaryCmd:
		return r.binary(s, c)
	case *syntax.CaseClause:
		return r.caseClause(c)
	case *syntax.ForClause:
		return r.forClause(s, c)
	case *syntax.WhileClause:
		return r.whileClause(s, c)
	case *syntax.FuncDecl:
		if c.Name == nil {
			r.unread(s, "the function has no name", nil)
			return flow{}
		}
		r.funcs[c.Name.Value] = &function{c.Body, r.body}
		r.status = good
		return flow{}
	case *syntax.DeclClause:
		r.declare(s, c)
		return flow{}
	case *syntax.TestClause:
		r.status = r.double(c.X)
		return flow{}
	case *syntax.TimeClause:
		if c.Stmt != nil {
			return r.stmt(c.Stmt)
		}
		return flow{}
	case *syntax.ArithmCmd, *syntax.LetClause:
		r.forget(s.Cmd, "it is arithmetic")
		r.status = unsure
		return flow{}
	}
	r.vagueBody(s, s.Cmd, "this part of the shell's language is not read", func() flow { return flow{} })
	r.addUnread(r.at(s.Pos()), r.text(s), "this part of the shell's language is not read", nil, false)
	return flow{}
}

// subshell keeps to itself what it sets, and ends at exit.
func (r *run) subshell(do func() flow) flow {
	env, left := r.env, r.left
	r.env = env.clone()
	r.work += 64 * (len(env.vars) + len(env.funcs))
	r.shells++
	f := do()
	r.shells--
	r.env, r.left = env, left
	if f.kind == exits {
		r.status = truth(!f.fails)
	}
	return flow{}
}

// oneLine is a text as one line, not too long.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxCommand {
		cut := maxCommand - len("…")
		for cut > 0 && s[cut]&0xc0 == 0x80 {
			cut--
		}
		s = s[:cut] + "…"
	}
	return s
}

// text is a node as written, in one line, without secrets.
func (r *run) text(n syntax.Node) string {
	if r.whole != "" {
		return r.whole
	}
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if !n.Pos().IsValid() || from >= len(r.body) {
		return ""
	}
	text := r.body[from:max(from, min(to, len(r.body)))]
	if s, ok := n.(*syntax.Stmt); ok && hasDocument(s) {
		if i := strings.IndexByte(r.body[from:], '\n'); i >= 0 {
			text = r.body[from : from+i]
		}
	}
	if len(text) > 64*maxCommand {
		text = text[:64*maxCommand]
	}
	if text = strings.TrimRight(text, " \t\n"); strings.HasSuffix(text, ";") && !strings.HasSuffix(text, `\;`) {
		text = strings.TrimSuffix(text, ";")
	}
	return oneLine(conceal(text))
}

// hasDocument says whether a here-document belongs to a statement: its first line says all of it, or to a pipeline.
func hasDocument(s *syntax.Stmt) bool {
	for _, d := range s.Redirs {
		if d.Hdoc != nil {
			return true
		}
	}
	if b, ok := s.Cmd.(*syntax.BinaryCmd); ok {
		return hasDocument(b.X) || hasDocument(b.Y)
	}
	return false
}
