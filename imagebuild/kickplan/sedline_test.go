package kickplan

import (
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/tests/needs"
)

// sed itself judges: where a program is written as an edit of a line, both make the same of any text.
func TestSedLineAgainstSed(t *testing.T) {
	sed := needs.Program(t, "sed")
	r := rand.New(rand.NewPCG(11, 12))
	pieces := []string{"a", "b", "#", "=", " ", "1", "x.", "$", "ab", "/"}
	some := func(from []string, most int) (out string) {
		for range r.IntN(most + 1) {
			out += from[r.IntN(len(from))]
		}
		return out
	}
	tokens := []string{"a", "b", "#", "=", " ", ".", ".*", "a*", "[ab]", "[^#]*", `\.`, "$", `\$`, "b", `#\?`, `a\+`, `\(a\)`, `[[:space:]]*`}
	tried := 0
	for range 400 {
		re := []string{"", "^"}[r.IntN(2)] + some(tokens, 4) + []string{"", "$", ".*"}[r.IntN(3)]
		program := "s|" + re + "|" + some([]string{"x", "&", "$", "y=1", `\&`, " "}, 3) + "|"
		if r.IntN(4) == 0 {
			program = "/" + re + "/d"
		}
		l, ok := sedLine(program, false)
		if !ok {
			continue
		}
		var text strings.Builder
		for range 12 {
			text.WriteString(some(pieces, 6) + "\n")
		}
		cmd := exec.Command(sed, program)
		cmd.Env = []string{"LC_ALL=C"}
		cmd.Stdin = strings.NewReader(text.String())
		want, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: sed does not take it: %v", program, err)
			continue
		}
		l.Path = "/f"
		got, _, err := overlay.EditLine([]byte(text.String()), lineOf(&l))
		if err != nil { // a line that would become empty: such an edit is not used
			continue
		}
		if tried++; string(got) != string(want) {
			t.Errorf("%s on %q: %q, sed makes %q (%+v)", program, text.String(), got, want, l)
		}
	}
	if tried < 100 {
		t.Errorf("only %d programs of 400 were tried", tried)
	}
}
