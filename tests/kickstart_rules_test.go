package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lbimage/kickstart/lint"
)

// ruleText is the form of a rule's name.
var ruleText = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)

// Every rule of the reader of kickstart files is known to the linter, which says why there is one, and no other is.
func TestKickstartRulesAreWhole(t *testing.T) {
	used := parserRules(t)
	if len(used) < 20 {
		t.Fatalf("only %d rules are found in the source", len(used))
	}
	known := map[string]bool{}
	for _, r := range lint.Rules() {
		known[strings.TrimPrefix(r.Name, "ks-")] = true
	}
	for name := range used {
		if !known[name] {
			t.Errorf("lint.Rules lacks %s", name)
		}
	}
	for _, r := range lint.ParserRules() {
		if name := strings.TrimPrefix(r.Name, "ks-"); !used[name] {
			t.Errorf("lint.ParserRules has %s, of which the reader does not speak", name)
		}
	}
}

// parserRules reads the rules off the source: what problem and warn are called with, and what faults and problems are made of.
func parserRules(t *testing.T) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob("../kickstart/*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	add := func(all []ast.Expr) {
		for _, e := range all {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				e = kv.Value
			}
			if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil && ruleText.MatchString(text) {
					out[text] = true
				}
			}
		}
	}
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "problem" || s.Sel.Name == "warn") {
					add(n.Args)
				}
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && (id.Name == "fault" || id.Name == "Problem") {
					add(n.Elts)
				}
			}
			return true
		})
	}
	return out
}
