// Package shell follows a small shell script without running anything. It knows the language (POSIX sh,
// as far as the scripts of packages use it); what commands do is up to a [Host].
//
// Only what is reached counts: a command in a branch that is not taken is never looked at. What is
// reached and not understood ends the script with a [Refusal] that names it and its line; nothing is
// guessed. Steps, nesting and the length of strings are bounded, so that no script can hang or exhaust
// its host.
//
// The words are those of the Shell Command Language chapter of POSIX.
package shell

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Limits of one script.
const (
	MaxScript = 64 << 10 // bytes of text
	maxString = 64 << 10 // bytes of one value
	maxWords  = 1024     // fields of one command
	maxSteps  = 10_000   // commands
	maxNested = 100      // calls and blocks inside each other
	maxWork   = 4 << 20  // bytes of all words together, and variables of all subshells
	maxMatch  = 1 << 20  // of a case: bytes of the pattern times bytes of the word
)

// Umask is what a script starts with: rpm runs scripts so.
const Umask fs.FileMode = 0o022

// Call is one simple command, its words expanded.
type Call struct {
	Line  int
	Args  []string    // at least one
	Umask fs.FileMode // what is taken from the mode of new files and folders
}

// String is the command as one line.
func (c Call) String() string { return strings.Join(c.Args, " ") }

// Result is what a command gives.
type Result struct {
	Status int
	Out    string // what it writes to its standard output
}

// Host does what the commands of a script do.
type Host interface {
	// Command does one. Status 0 is success. An error ends the script; it should be a *Refusal where the
	// command is not known.
	Command(c Call) (Result, error)
	// Test answers a file test of test(1), by its letter: 'f', 'd', 'e', 'x', 'L', 's', … A *Refusal
	// without a line gets that of the test.
	Test(op byte, path string) (bool, error)
}

// Refusal is what a script has that is not followed.
type Refusal struct {
	Line int
	What string // the command or construct, short
	Why  string
}

func (r *Refusal) Error() string { return fmt.Sprintf("line %d: %s: %s", r.Line, r.What, r.Why) }

// Run follows a script with the arguments $1, $2, … and gives its exit status. flags are those of the shell that
// is asked for, "-e" say.
func Run(body string, flags, args []string, h Host) (status int, err error) {
	if len(body) > MaxScript {
		return 0, &Refusal{1, "the script", fmt.Sprintf("it has %d bytes, more than the %d that are followed", len(body), MaxScript)}
	}
	if i := strings.IndexByte(body, 0); i >= 0 {
		return 0, &Refusal{1 + strings.Count(body[:i], "\n"), "the script", "it has a zero byte"}
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(body), "")
	if err != nil {
		var pe syntax.ParseError
		if errors.As(err, &pe) {
			return 0, &Refusal{int(pe.Pos.Line()), "the script", pe.Text}
		}
		return 0, &Refusal{1, "the script", err.Error()}
	}
	r := &run{host: h, args: args, vars: map[string]string{}, funcs: map[string]*syntax.Stmt{}, umask: Umask}
	if err := r.set(file, flags); err != nil {
		return 0, err
	}
	err = r.stmts(file.Stmts)
	var end *exit
	if errors.As(err, &end) {
		return end.status, nil
	}
	return r.status, err
}

// run is one script on its way.
type run struct {
	host   Host
	args   []string
	vars   map[string]string
	funcs  map[string]*syntax.Stmt
	out    *strings.Builder // of a command substitution; nil: dropped
	status int              // $?
	steps  int
	depth  int
	work   int
	substs int // command substitutions so far: an assignment has the status of its last one
	loops  int // how many a break could end
	umask  fs.FileMode

	errexit bool // set -e
	asked   int  // how many conditions are being asked: there -e does not count
}

// exit ends the script, or with function set the function, with a status.
type exit struct {
	status   int
	function bool
}

func (e *exit) Error() string { return fmt.Sprintf("exit %d", e.status) }

func refuse(n syntax.Node, what, why string) error {
	return &Refusal{Line: int(n.Pos().Line()), What: what, Why: why}
}

func (r *run) stmts(list []*syntax.Stmt) error {
	if r.depth++; r.depth > maxNested {
		return &Refusal{int(list[0].Pos().Line()), "the script", fmt.Sprintf("it is nested more than %d deep", maxNested)}
	}
	defer func() { r.depth-- }()
	for _, s := range list {
		if err := r.stmt(s); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) stmt(s *syntax.Stmt) error {
	if r.steps++; r.steps > maxSteps {
		return refuse(s, "the script", fmt.Sprintf("it takes more than %d steps", maxSteps))
	}
	if r.work > maxWork {
		return tooMuch(s)
	}
	if s.Background || s.Coprocess || s.Disown {
		return refuse(s, "&", "a command in the background is not followed")
	}
	silent, err := r.redirects(s.Redirs)
	if err != nil {
		return err
	}
	if silent {
		old := r.out
		r.out = nil
		defer func() { r.out = old }()
	}
	if s.Negated {
		err := r.ask(func() error { return r.command(s) })
		r.status = truth(r.status != 0)
		return err
	}
	if err := r.command(s); err != nil {
		return err
	}
	if r.errexit && r.asked == 0 && r.status != 0 && failsAlone(s.Cmd) {
		return &exit{status: r.status}
	}
	return nil
}

// ask runs what is a condition: with -e, a failure in it does not end the script.
func (r *run) ask(do func() error) error {
	r.asked++
	defer func() { r.asked-- }()
	return do()
}

// failsAlone says whether -e looks at the status of a command itself. Of the others it looks at the commands
// that they are made of.
func failsAlone(c syntax.Command) bool {
	switch c.(type) {
	case *syntax.CallExpr, *syntax.Subshell, *syntax.TestClause, *syntax.DeclClause:
		return true
	}
	return false
}

func tooMuch(n syntax.Node) error {
	return refuse(n, "the script", fmt.Sprintf("its words have more than %d bytes together", maxWork))
}

func truth(b bool) int {
	if b {
		return 0
	}
	return 1
}

// redirects allows those that drop what is written, and says whether standard output is dropped.
func (r *run) redirects(list []*syntax.Redirect) (silent bool, err error) {
	for _, d := range list {
		to := ""
		if d.Word != nil {
			to = d.Word.Lit()
		}
		fd := ""
		if d.N != nil {
			fd = d.N.Value
		}
		switch {
		case to == "/dev/null" && (d.Op == syntax.RdrOut || d.Op == syntax.AppOut || d.Op == syntax.RdrClob):
			silent = silent || fd == "" || fd == "1"
		case to == "/dev/null" && (d.Op == syntax.RdrAll || d.Op == syntax.AppAll):
			silent = true
		case to == "/dev/null" && d.Op == syntax.RdrIn:
		case d.Op == syntax.DplOut && fd == "2" && to == "1":
		case d.Op == syntax.DplOut && (fd == "" || fd == "1") && to == "2":
			silent = true
		default:
			return false, refuse(d, d.Op.String(), "only what goes to /dev/null is followed, no other file, and no text given in place")
		}
	}
	return silent, nil
}

func (r *run) command(s *syntax.Stmt) error {
	switch c := s.Cmd.(type) {
	case nil:
		r.status = 0
		return nil
	case *syntax.CallExpr:
		return r.call(c)
	case *syntax.Block:
		return r.stmts(c.Stmts)
	case *syntax.Subshell:
		return r.subshell(c.Stmts)
	case *syntax.IfClause:
		return r.ifClause(c)
	case *syntax.BinaryCmd:
		return r.binary(c)
	case *syntax.CaseClause:
		return r.caseClause(c)
	case *syntax.ForClause:
		return r.forClause(c)
	case *syntax.FuncDecl:
		if c.Name == nil {
			return refuse(c, "function", "it has no name")
		}
		r.funcs[c.Name.Value] = c.Body
		r.status = 0
		return nil
	case *syntax.DeclClause:
		return r.declare(c)
	case *syntax.WhileClause:
		return refuse(c, "while", "a loop without a list is not followed")
	case *syntax.TestClause:
		ok, err := r.double(c.X)
		r.status = truth(ok)
		return err
	}
	return refuse(s, fmt.Sprintf("%T", s.Cmd)[len("*syntax."):], "this part of the shell's language is not followed")
}

// subshell keeps to itself what it assigns, and ends at exit.
func (r *run) subshell(list []*syntax.Stmt) error {
	vars, funcs, umask, errexit, loops := r.vars, r.funcs, r.umask, r.errexit, r.loops
	r.work += len(vars) + len(funcs)
	r.vars, r.funcs, r.loops = copyMap(vars), copyMap(funcs), 0
	err := r.stmts(list)
	r.vars, r.funcs, r.umask, r.errexit, r.loops = vars, funcs, umask, errexit, loops
	var end *exit
	if errors.As(err, &end) {
		r.status, err = end.status, nil
	}
	return err
}

func copyMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (r *run) ifClause(c *syntax.IfClause) error {
	for ; c != nil; c = c.Else {
		if len(c.Cond) > 0 { // else: nothing to ask
			if err := r.ask(func() error { return r.stmts(c.Cond) }); err != nil {
				return err
			}
			if r.status != 0 {
				continue
			}
		}
		return r.stmts(c.Then)
	}
	r.status = 0
	return nil
}

func (r *run) binary(c *syntax.BinaryCmd) error {
	if c.Op != syntax.AndStmt && c.Op != syntax.OrStmt {
		return refuse(c, c.Op.String(), "a pipe is not followed")
	}
	if r.depth++; r.depth > maxNested { // a long chain leans to the left
		return refuse(c, "the script", fmt.Sprintf("it is nested more than %d deep", maxNested))
	}
	defer func() { r.depth-- }()
	if err := r.ask(func() error { return r.stmt(c.X) }); err != nil {
		return err
	}
	if (c.Op == syntax.AndStmt) == (r.status == 0) {
		return r.stmt(c.Y)
	}
	return nil
}

func (r *run) caseClause(c *syntax.CaseClause) error {
	word, err := r.text(c.Word)
	if err != nil {
		return err
	}
	for _, item := range c.Items {
		for _, p := range item.Patterns {
			ok, err := r.matches(word, p)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			if item.Op != syntax.Break {
				return refuse(item, item.Op.String(), "only ;; ends a case")
			}
			if len(item.Stmts) == 0 {
				r.status = 0
				return nil
			}
			return r.stmts(item.Stmts)
		}
	}
	r.status = 0
	return nil
}

func (r *run) forClause(c *syntax.ForClause) error {
	it, ok := c.Loop.(*syntax.WordIter)
	if !ok || c.Select {
		return refuse(c, "for", "only a loop over a list is followed")
	}
	items := r.args
	if it.InPos.IsValid() {
		var err error
		if items, err = r.fields(it.Items); err != nil {
			return err
		}
	}
	if len(items) == 0 {
		r.status = 0
	}
	r.loops++
	defer func() { r.loops-- }()
	for _, v := range slices.Clone(items) {
		if err := r.assign(it, it.Name.Value, v); err != nil {
			return err
		}
		err := r.stmts(c.Do)
		var j *jump
		switch {
		case errors.As(err, &j) && j.loops > 1:
			j.loops--
			return j
		case errors.As(err, &j) && !j.next:
			return nil
		case errors.As(err, &j):
		case err != nil:
			return err
		}
	}
	return nil
}
