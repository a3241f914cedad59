package shell

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// hostile are texts that go deep.
func hostile(n int) map[string]string {
	out := map[string]string{}
	for _, s := range []string{
		"(", "$(", "{ ", "if ", "${a:-", "a=$((", "`", "! ", "a && ", "a || ", "\"$(", "a | ", "while ", "case a in a) ", "f() ", "a;", "a\n", "<(", "a=(", "[[ ! ", "[[ ( ",
	} {
		out[s] = strings.Repeat(s, n)
	}
	for _, s := range []string{"! ", "( ", "-", "a?", "a,", "a=", "1+", "a[", "~"} {
		out["(("+s] = "((" + strings.Repeat(s, n)
		out["[["+s] = "[[ " + strings.Repeat(s, n)
	}
	out["elif"] = "if a; then b" + strings.Repeat(";elif a; then b", n) + "; fi"
	out["and"] = strings.Repeat("a && ", n) + "a"
	out["plus"] = "((" + strings.Repeat("1+", n) + "1))"
	return out
}

// Whatever a script nests, the parser comes back, and what it gives can be walked.
func TestHostile(t *testing.T) {
	for _, n := range []int{100, 5000, 40000, 300000} {
		for _, text := range hostile(n) {
			file, err := Parse(text, syntax.LangBash)
			if err == nil {
				syntax.Walk(file, func(syntax.Node) bool { return true })
			}
			for s, err := range Stmts(text, syntax.LangBash) {
				if err == nil && s != nil {
					syntax.Walk(s, func(syntax.Node) bool { return true })
				}
			}
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.StackSys > 24<<20 {
			t.Fatalf("with %d levels the stack has grown to %d MiB", n, m.StackSys>>20)
		}
	}
}

func TestTooLarge(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 100000), strings.Repeat("a\n", MaxScript), strings.Repeat("a|", MaxJoints+1), strings.Repeat("+", MaxOperators+1),
		"((" + strings.Repeat("1+", 2*maxDeep) + "1))", strings.Repeat("a &&", 2*maxDeep) + "a",
	} {
		if _, err := Parse(text, syntax.LangBash); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%.10q…: %v", text, err)
		}
		ended := 0
		for _, err := range Stmts(text, syntax.LangBash) {
			if err != nil {
				ended++
			}
			if errors.Is(err, ErrTooLarge) {
				ended += 10
			}
		}
		if ended != 11 {
			t.Errorf("%.10q…: statement by statement it is another: %d", text, ended)
		}
	}
}

// What people write is read.
func TestOrdinary(t *testing.T) {
	nested := strings.Repeat("if true; then (", 20) + "echo $(echo $(echo \"$(date)\"))" + strings.Repeat("); fi", 20)
	for _, text := range []string{"", "a", "cat <<EOF\n$(date)\nEOF\n", nested, strings.Repeat("echo a >> /etc/b\n", 10000), "echo 'gr\xfc\xdfe' &\necho \xfc\n"} {
		if _, err := Parse(text, syntax.LangBash); err != nil {
			t.Errorf("%.40q: %v", text, err)
		}
		if !utf8.ValidString(text) {
			continue
		}
		n, want := 0, strings.Count(text, "echo a >>")
		for s, err := range Stmts(text, syntax.LangBash) {
			if n++; err != nil || s == nil {
				t.Errorf("%.40q: %v", text, err)
			}
		}
		if n < want {
			t.Errorf("%.40q: %d statements", text, n)
		}
	}
	var at syntax.ParseError
	if _, err := Parse("a\nif b", syntax.LangBash); !errors.As(err, &at) || at.Pos.Line() != 2 {
		t.Errorf("%v", err)
	}
}
