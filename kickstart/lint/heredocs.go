package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

var ruleExpands = Rule{
	"ks-here-document-expands", Warning,
	"the shell puts the value of a variable in when the image is made, and this one has none then: the text lacks what stood there",
	"quote the delimiter, << 'EOF', or write \\$ for each $ that is to stay",
}

// yumVariables are put in by yum and dnf, so a script never means its own.
var yumVariables = []string{"releasever", "basearch", "contentdir", "infra", "releasever_major", "releasever_minor"}

// shellVariables have values in every script.
var shellVariables = strings.Fields(`
BASH BASHOPTS BASHPID BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_VERSION DIRSTACK EPOCHSECONDS EUID FUNCNAME GROUPS HOME HOSTNAME
HOSTTYPE IFS LANG LC_ALL LINENO LOGNAME MACHTYPE OLDPWD OPTARG OPTIND OSTYPE PATH PIPESTATUS PPID PS1 PS2 PS4 PWD RANDOM REPLY
SECONDS SHELL SHELLOPTS SHLVL TERM TMPDIR UID USER INSTALL_ROOT ANA_INSTALL_PATH LIVE_ROOT`)

// set are the variables of a script: what it sets somewhere. open says that it could set others as well.
type set struct {
	names     map[string]bool
	open      bool
	arguments bool // it gives itself some: set -- a b
}

// variables gathers what a script sets.
func variables(s *shellScript) set {
	out := set{names: map[string]bool{}}
	for _, name := range shellVariables {
		out.names[name] = true
	}
	s.walk(func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil {
				out.names[n.Name.Value] = true
			}
		case *syntax.WordIter:
			out.names[n.Name.Value] = true
		case *syntax.ParamExp:
			if n.Exp != nil && (n.Exp.Op == syntax.AssignUnset || n.Exp.Op == syntax.AssignUnsetOrNull) && n.Param != nil {
				out.names[n.Param.Value] = true
			}
		case *syntax.BinaryArithm, *syntax.UnaryArithm:
			out.arithmetic(n)
		case *syntax.CallExpr:
			w, ok := words(n)
			if !ok {
				return true
			}
			switch w[0] {
			case ".", "source", "eval":
				out.open = true
			case "set":
				for _, arg := range w[1:] {
					out.arguments = out.arguments || arg == "--" || !strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "+")
				}
			case "read", "readarray", "mapfile", "getopts", "printf", "export", "declare", "local", "typeset", "readonly", "let":
				for _, name := range w[1:] {
					name, _, _ = strings.Cut(name, "=")
					out.names[name] = true
				}
			}
		}
		return true
	})
	return out
}

// arithmetic notes what an expression sets.
func (s *set) arithmetic(n syntax.Node) {
	var x syntax.ArithmExpr
	switch n := n.(type) {
	case *syntax.BinaryArithm:
		x = n.X
	case *syntax.UnaryArithm:
		x = n.X
	}
	if w, ok := x.(*syntax.Word); ok {
		if name, ok := literal(w); ok {
			s.names[name] = true
		}
	}
}

// hereDocuments tells of variables that are put into texts by mistake.
func (c *checker) hereDocuments() {
	for _, s := range c.scripts {
		known := variables(s)
		if s.file == nil {
			continue
		}
		functions := 0     // around a node: they have arguments
		var entered []bool // of the nodes around one, whether it is a function
		syntax.Walk(s.file, func(n syntax.Node) bool {
			if n == nil { // the end of one
				last := len(entered) - 1
				if entered[last] {
					functions--
				}
				entered = entered[:last]
				return true
			}
			_, function := n.(*syntax.FuncDecl)
			entered = append(entered, function)
			if function {
				functions++
			}
			switch n := n.(type) {
			case *syntax.Redirect:
				if n.Hdoc != nil && !quoted(n.Word) {
					c.hereDocument(s, n, known, functions > 0)
				}
			case *syntax.CallExpr:
				c.echoed(s, n, known)
			}
			return true
		})
	}
}

// quoted tells a delimiter with quotes, whose text stays as it is.
func quoted(w *syntax.Word) bool {
	return slices.ContainsFunc(w.Parts, func(p syntax.WordPart) bool {
		l, ok := p.(*syntax.Lit)
		return !ok || strings.Contains(l.Value, `\`)
	})
}

// hereDocument looks for variables in a text that nothing sets.
func (c *checker) hereDocument(s *shellScript, r *syntax.Redirect, known set, function bool) {
	program := false // the text is a script itself
	if len(r.Hdoc.Parts) > 0 {
		if l, ok := r.Hdoc.Parts[0].(*syntax.Lit); ok {
			program = strings.HasPrefix(strings.TrimLeft(l.Value, "\t"), "#!")
		}
	}
	told := map[string]bool{}
	syntax.Walk(r.Hdoc, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst:
			return false // a command of the script, with its own words
		case *syntax.ParamExp:
			if n.Exp != nil || n.Param == nil || n.Excl || n.Repl != nil {
				return true // it says itself what is put in where there is no value
			}
			name := n.Param.Value
			if told[name] || !c.mistaken(name, known, program, function) {
				return true
			}
			told[name] = true
			shown := "$" + name
			if inHash(s.section.Body, n) {
				shown = "what stands behind a $ of a hash"
			}
			what := "nothing sets it in the script"
			if slices.Contains(yumVariables, name) {
				what = "yum's variable is the shell's here, and empty"
			} else if !isName(name) {
				what = "it is the shell's of the script, not that of the text"
			}
			c.add(ruleExpands, s.place(n.Pos()), "%s is put into the text when the script runs, and %s", shown, what)
		}
		return true
	})
}

// hashes are what crypt makes of passwords.
var hashes = regexp.MustCompile(`\$(1|2[abxy]?|5|6|7|y|gy|md5|sha1)\$[./0-9A-Za-z$=,]{8,}`)

// inHash says whether a variable is a piece of a hash, of which nothing is shown.
func inHash(body string, n *syntax.ParamExp) bool {
	const around = 256
	at := int(n.Pos().Offset())
	if at >= len(body) {
		return false
	}
	from := max(0, at-around)
	for _, m := range hashes.FindAllStringIndex(body[from:min(len(body), at+around)], -1) {
		if m[0] <= at-from && at-from < m[1] {
			return true
		}
	}
	return false
}

// mistaken tells a variable that has no value, or not the one that is meant.
func (c *checker) mistaken(name string, known set, program, function bool) bool {
	switch {
	case slices.Contains(yumVariables, name):
		return !known.names[name]
	case isName(name):
		return !known.open && !known.names[name]
	case strings.ContainsAny(name, "?$!-_0"):
		return program
	}
	return !function && !known.arguments // a section has none
}

// isName tells names of variables from arguments and special ones.
func isName(s string) bool {
	return s != "" && s != "_" && strings.Trim(s, "0123456789") != "" && !strings.ContainsAny(s, "?$!-@*#")
}

// echoed looks for yum's variables in what a script writes with echo and printf.
func (c *checker) echoed(s *shellScript, call *syntax.CallExpr, known set) {
	w, ok := words(call)
	if !ok || w[0] != "echo" && w[0] != "printf" {
		return
	}
	for _, arg := range call.Args[1:] {
		syntax.Walk(arg, func(n syntax.Node) bool {
			p, ok := n.(*syntax.ParamExp)
			if ok && p.Param != nil && p.Exp == nil && slices.Contains(yumVariables, p.Param.Value) && !known.names[p.Param.Value] {
				c.add(ruleExpands, s.place(p.Pos()), "$%s is put in when the script runs: yum's variable is the shell's here, and empty", p.Param.Value)
				c.hint("%s", fmt.Sprintf("write single quotes around it, or \\$%s", p.Param.Value))
			}
			return true
		})
	}
}
