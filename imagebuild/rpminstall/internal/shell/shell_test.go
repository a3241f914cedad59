package shell_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/rpminstall/internal/shell"
)

// log is a host whose only command is `try STATUS WORDS…`, which notes its words and gives the status; with
// `say` it writes them, too. A file is there when it is named /there…
type log struct{ bytes.Buffer }

func (l *log) Command(c shell.Call) (shell.Result, error) {
	switch c.Args[0] {
	case "try":
		if len(c.Args) < 2 {
			return shell.Result{}, nil
		}
		n, err := strconv.Atoi(c.Args[1])
		if err != nil {
			return shell.Result{}, err
		}
		fmt.Fprintf(l, "%q\n", c.Args[2:])
		return shell.Result{Status: n}, nil
	case "say":
		return shell.Result{Out: strings.Join(c.Args[1:], " ") + "\n"}, nil
	}
	return shell.Result{}, &shell.Refusal{Line: c.Line, What: c.String(), Why: "not known"}
}

func (l *log) Test(_ byte, path string) (bool, error) { return strings.HasPrefix(path, "/there"), nil }

func TestRun(t *testing.T) {
	for script, want := range map[string]string{
		"":                   "status 0",
		"false":              "status 1",
		"exit 3; try 0 not":  "status 3",
		"try 7 a || :":       `["a"] status 0`,
		"try 0 a && try 2 b": `["a"] ["b"] status 2`,
		`if [ "$1" = "2" ]; then try 0 up; elif [ $1 -eq 1 ]; then try 0 in; else try 0 out; fi`: `["in"] status 0`,
		"if false; then :; fi":                       "status 0",
		"! false":                                    "status 0",
		"(exit 4); try $? x":                         `["x"] status 4`,
		"{ try 0 a; try 1 b; } >/dev/null 2>&1":      `["a"] ["b"] status 1`,
		"for s in a 'b c' \"$1\"; do try 0 $s; done": `["a"] ["b" "c"] ["1"] status 0`,
		"case $1 in 0|2) try 0 no;; [!0]) try 0 yes;; *) try 0 never;; esac": `["yes"] status 0`,
		"case x in y) false;; esac":                               "status 0",
		"X='a  b'; try 0 $X \"$X\" ${Y:-z} \"\"":                  `["a" "b" "a  b" "z" ""] status 0`,
		"X=; try 0 $X end":                                        `["end"] status 0`,
		`x=$(say one two); try 0 "$x"`:                            `["one two"] status 0`,
		"x=`say a`; try 0 x$x":                                    `["xa"] status 0`,
		"f() { try 0 \"$1\" $#; return 5; }; f q r; try $? after": `["q" "2"] ["after"] status 5`,
		"f() { exit 6; }; f; try 0 not":                           "status 6",
		"[ -f /there/x ] && [ ! -e /gone ] && try 0 ok":           `["ok"] status 0`,
		"test -n '' -o 1 -lt 2 -a ! -d /x":                        "status 0",
		"[ '' -eq 1 ]":                                            "status 2",
		"try 0 \\\n  a \\\n  b":                                   `["a" "b"] status 0`,
		"try 0 'a\\b' \"c\\\"d\\n\" e\\ f":                        `["a\\b" "c\"d\\n" "e f"] status 0`,
		"LANG=C try 0 a":                                          `["a"] status 0`,
		"export A=b; try 0 $A":                                    `["b"] status 0`,
		"try 0 \"$@\" \"$2\" x$2":                                 `["1" "" "x"] status 0`,
		"set -e; false || :; if false; then :; fi; ! true; false && :; try 0 a; (exit 3); try 0 not": `["a"] status 3`,
		"set -ex; f() { false; try 0 in; }; f || try 0 never; f; try 0 not":                          `["in"] status 1`,
		"set -e; x=$(false); try 0 not":                                              "status 1",
		"set -e; set +e; false; try 0 a":                                             `["a"] status 0`,
		"set -e; for i in 1 2; do if [ $i = 2 ]; then false; fi; try 0 $i; done":     `["1"] status 1`,
		"for i in a b c; do [ $i = b ] && continue; try 0 $i; done":                  `["a"] ["c"] status 0`,
		"for i in a b; do for j in 1 2; do try 0 $i$j; break 2; done; done; try 0 e": `["a1"] ["e"] status 0`,
		"try 0 /var/{a,b{1,2}}/x 'q{a,b}' {a} \\{b,c\\}":                             `["/var/a/x" "/var/b1/x" "/var/b2/x" "q{a,b}" "{a}" "{b,c}"] status 0`,
		"X='a b'; [[ $X == a* && -e /there && ! ( -z $X || 1 -lt 0 ) ]] && try 0 y":  `["y"] status 0`,
		"[[ '' -eq 0 && $1 = 1 && a != 'a*' ]]":                                      "status 0",
		"x=$(echo -n a); try 0 \"$x\"":                                               `["a"] status 0`,
		"# nothing\n":                                                                "status 0",
		"try 0 a 2>/dev/null >&2":                                                    `["a"] status 0`,
		"try 0 a &>/dev/null":                                                        `["a"] status 0`,
	} {
		var l log
		status, err := shell.Run(script, nil, []string{"1"}, &l)
		if err != nil {
			t.Errorf("%q: %v", script, err)
			continue
		}
		got := strings.TrimSpace(strings.ReplaceAll(l.String(), "\n", " ") + fmt.Sprintf("status %d", status))
		if got != want {
			t.Errorf("%q:\n gives %s\n want  %s", script, got, want)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	for script, want := range map[string]string{
		"true\nfrobnicate /x":    "line 2: frobnicate /x: not known",
		"try 0 a | try 0 b":      "line 1: |: a pipe",
		"try 0 a &":              "in the background",
		"while true; do :; done": "line 1: while",
		"try 0 a >/etc/passwd":   "only what goes to /dev/null",
		"try 0 <<E\nx\nE\n":      "no text given in place",
		"try 0 /etc/*":           "pattern of file names",
		"try 0 ~/x":              "home folder",
		"try 0 a{1..3}":          "a sequence",
		"try 0 {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}": "too many words",
		"break":           "not so many loops",
		"set -o pipefail": "only set with",
		"x=$(echo -e a)":  "shells differ",
		"umask u=rwx":     "octal",
		"X='*'; try 0 $X": "pattern of file names",
		"try 0 $UNSET":    "$UNSET: the script does not set it",
		"try 0 ${X#a}":    "only ${NAME:-WORD}",
		"try 0 $((1+1))":  "arithmetic",
		"IFS=:":           "IFS=",
		"[[ a =~ b ]]":    "not known",
		"[[ a -eq 1 ]]":   "arithmetic",
		"f() { f; }; f":   "nested more than",
		"if true; then":   "line 1: the script:",
		"A=1 try 0":       "environment of its own",
		"[ a":             "the ] is missing",
		"for i in 1 2 3; do f() { :; }; done; x=aaaaaaaaaaaaaaaa; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do x=$x$x; done":                                                                        "a value has more than",
		strings.Repeat("( ", 200) + "true" + strings.Repeat(" )", 200):                                                                                                                               "nested more than",
		"x=a; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do x=$x$x; done; for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do for k in 1 2 3 4 5 6 7 8 9; do true $x $x $x; done; done; done": "its words have more than",
		"x=a; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do x=$x$x; done; case $x in *$x*) ;; esac":                                                                                                        "too long",
		"a\x00b":                    "zero byte",
		strings.Repeat("#", 70_000): "more than the",
		"for i in " + strings.Repeat("x ", 200) + "; do for j in " + strings.Repeat("x ", 200) + "; do :; done; done": "steps",
	} {
		var l log
		_, err := shell.Run(script, nil, []string{"1"}, &l)
		var no *shell.Refusal
		if !errors.As(err, &no) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: error is %v, want one with %q", script, err, want)
		}
	}
	// What is not reached does not matter.
	var l log
	if status, err := shell.Run("if [ $1 -ge 2 ]; then frobnicate | x; fi", nil, []string{"1"}, &l); err != nil || status != 0 {
		t.Errorf("a branch that is not taken: %d, %v", status, err)
	}
}

// script makes a random one out of what is followed.
func script(r *rand.Rand, depth int) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	simple := func() string {
		return pick("true", "false", ":", "try 0 a", "try 1 b 'c d'", "try 2 $1 \"$X\" ${Y:-y}", "X=$1", "X='p q'", "X=$?", "try 0 $X", "[ $1 -gt 1 ]", "[ \"$X\" = 'p q' ]",
			"[ -n \"$X\" -a $1 != 2 ]", "[ ! -z \"$X\" -o 1 -eq 1 ]", "try 0 $(say $X z)", "Y=`say v; false`", "try $? last", "fn 1 \"$X\"", "test $1", "[ ! $1 = 1 ]", "[ ]",
			"say dropped >/dev/null", "! true", "try 3 n 2>&1 || :", "unset Y; try 0 ${Y:-gone}", "(X=inner; exit 3)", "exit 4", "set -e", "set +e", "set -e", "false || set -e", "(set +e; false)")
	}
	if depth == 0 {
		return simple()
	}
	sub := func() string { return script(r, depth-1) }
	switch r.IntN(10) {
	case 0:
		return "if " + sub() + "; then " + sub() + "; else " + sub() + "; fi"
	case 1:
		return "if " + sub() + "; then\n" + sub() + "\nelif " + sub() + "; then " + sub() + "\nfi"
	case 2:
		return simple() + " && " + sub()
	case 3:
		return simple() + " || " + simple() + " && " + simple()
	case 4:
		return "for v in 1 'b  c' $X; do " + sub() + "; [ \"$v\" = " + pick("1", "p", "q") + " ] && " + pick("continue", "break", ":") + "; try 0 \"$v\" $v; done"
	case 5:
		return "case \"$X$1\" in 1|2) " + sub() + ";; p*) " + sub() + ";; [!x]*) " + sub() + ";; esac"
	case 6:
		return "{ " + sub() + "; " + sub() + "; }"
	case 7:
		return "( " + sub() + "\n" + sub() + " )"
	case 8:
		return "fn() { " + sub() + "; return 7; }\nfn a b"
	}
	return sub() + "\n" + sub()
}

// TestJudgedByShells compares random scripts with the machine's own shells.
func TestJudgedByShells(t *testing.T) {
	dir := t.TempDir()
	bin := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bin("try", "s=$1; shift; for w; do printf '<%s>' \"$w\" >>$LOG; done; echo >>$LOG; exit $s\n")
	bin("say", "echo \"$@\"\n")
	for _, sh := range []string{"dash", "bash"} {
		program, err := exec.LookPath(sh)
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", sh)
			}
			t.Logf("%s is not installed", sh)
			continue
		}
		for i := range 40 {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			text := "X=\nY=\nfn() { try 0 fn \"$@\"; }\n" + script(r, 3)
			arg := strconv.Itoa(r.IntN(3))
			var l marks
			status, err := shell.Run(text, nil, []string{arg}, &l)
			if err != nil && strings.Contains(err.Error(), "nested more") {
				continue // it calls itself for ever
			}
			if err != nil {
				t.Fatalf("%s\n%v", text, err)
			}
			out := filepath.Join(dir, "log")
			os.Remove(out)
			cmd := exec.Command(program, "-c", text, "sh", arg)
			cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin", "LOG=" + out}
			err = cmd.Run()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			data, _ := os.ReadFile(out)
			if string(data) != l.String() || cmd.ProcessState.ExitCode() != status {
				t.Errorf("with $1=%s:\n%s\n%s: status %d\n%sours: status %d\n%s", arg, text, sh, cmd.ProcessState.ExitCode(), data, status, l.String())
			}
		}
	}
}

// marks is log in the form that the real command writes.
type marks struct{ log }

func (m *marks) Command(c shell.Call) (shell.Result, error) {
	if c.Args[0] != "try" {
		return m.log.Command(c)
	}
	for _, w := range c.Args[2:] {
		fmt.Fprintf(m, "<%s>", w)
	}
	fmt.Fprintln(m)
	n, err := strconv.Atoi(c.Args[1])
	return shell.Result{Status: n}, err
}

func FuzzRun(f *testing.F) {
	for i := range 20 {
		f.Add(script(rand.New(rand.NewPCG(1, uint64(i))), 3))
	}
	f.Add("getent passwd servo >/dev/null || \\\n    useradd -d /var/lib/x \\\n    -M -s /sbin/nologin servo\n")
	f.Add("x=$x$x; f() { f; }; case $1 in *[a) ;; esac; ${1:-`f`}")
	f.Fuzz(func(t *testing.T, text string) {
		var l quiet
		status, err := shell.Run(text, nil, []string{"1"}, &l)
		if err == nil && (status < 0 || status > 255) {
			t.Errorf("status %d", status)
		}
	})
}

// quiet is a host that takes every command and bounds nothing itself.
type quiet struct{}

func (quiet) Command(c shell.Call) (shell.Result, error) { return shell.Result{Out: c.String()}, nil }
func (quiet) Test(byte, string) (bool, error)            { return true, nil }
