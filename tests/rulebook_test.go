package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/lint"
	"lbimage/haproxy-config/render"
	"lbimage/haproxy-config/rulebook"
)

// Every rule about HAProxy's configuration stands in the book, and nothing else does: rules are read off the source.
func TestRulebookIsWhole(t *testing.T) {
	used := map[string]bool{
		"unknown-user": true, "unknown-group": true, // lint/accounts.go puts these together
		"bad-escape": true, "unbalanced-quote": true, // of a table in lint/lines.go
	}
	for _, dir := range []string{"", "lint", "render", "migrate", "template"} {
		rulesIn(t, filepath.Join("../haproxy-config", dir), used)
	}
	if len(used) < 50 {
		t.Fatalf("only %d rules are found in the source", len(used))
	}
	book := map[string]bool{}
	for _, r := range rulebook.Rules() {
		if book[r.Name] || r.Why == "" || r.Mend == "" {
			t.Errorf("%+v", r)
		}
		book[r.Name] = true
		if !used[r.Name] {
			t.Errorf("the book has %s, which is no rule", r.Name)
		}
	}
	for name := range used {
		if !book[name] {
			t.Errorf("the book lacks %s", name)
		}
	}
}

// rulesIn gathers what a package has for names of rules: arguments called rule, and what is assigned to such names.
func rulesIn(t *testing.T, dir string, out map[string]bool) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, p, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	position := map[string]int{} // of the parameter called rule, by function
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				i := 0
				for _, p := range fn.Type.Params.List {
					for _, n := range p.Names {
						if n.Name == "rule" {
							position[fn.Name.Name] = i
						}
						i++
					}
				}
			}
		}
	}
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				out[text] = true
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name := ""
				switch fn := n.Fun.(type) {
				case *ast.Ident:
					name = fn.Name
				case *ast.SelectorExpr:
					name = fn.Sel.Name
				}
				if i, ok := position[name]; ok && i < len(n.Args) {
					add(n.Args[i])
				}
			case *ast.KeyValueExpr:
				if k, ok := n.Key.(*ast.Ident); ok && strings.EqualFold(k.Name, "rule") {
					add(n.Value)
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok && id.Name == "rule" && i < len(n.Rhs) {
						add(n.Rhs[i])
					}
				}
			}
			return true
		})
	}
}

// No finding is graver than the book says.
func TestRulebookSaysHowGrave(t *testing.T) {
	rank := map[haproxyconfig.Severity]int{haproxyconfig.Info: 1, haproxyconfig.Warning: 2, haproxyconfig.Error: 3}
	book := map[string]haproxyconfig.Severity{}
	for _, r := range rulebook.Rules() {
		book[r.Name] = r.Severity
	}
	paths, err := filepath.Glob(filepath.Join(corpusFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	hold := func(path string, found []haproxyconfig.Finding) {
		for _, f := range found {
			met[f.Rule] = true
			if rank[f.Severity] > rank[book[f.Rule]] {
				t.Errorf("%s:%d: %s is of severity %s, and the book has %q", path, f.Line, f.Rule, f.Severity, book[f.Rule])
			}
		}
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasSuffix(path, ".cfg") {
			continue
		}
		for _, v := range []string{"1.4.24", "1.5.18", "1.8.0", "2.2.0", "2.6.0", "3.2.0", "3.4.0"} {
			version, err := haproxyconfig.ParseVersion(v)
			if err != nil {
				t.Fatal(err)
			}
			hold(path, lint.Check(haproxyconfig.Parse(text), lint.Options{HAProxy: version}))
		}
		for _, v := range []string{"1.0.0", "1.4.1"} {
			version, err := haproxyconfig.ParseVersion(v)
			if err != nil {
				t.Fatal(err)
			}
			hold(path, render.Effects(text, version, render.Default()))
		}
	}
	if len(met) < 30 {
		t.Errorf("the corpus has only %d of the rules", len(met))
	}
}
