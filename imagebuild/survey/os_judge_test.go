package survey

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// os-release(5) is a text that a shell can read: the shell says what a value is.
func TestAssignmentsAsTheShellReadsThem(t *testing.T) {
	sh := needs.Program(t, "sh")
	r := rand.New(rand.NewPCG(5, 8))
	pieces := []string{`a`, `B7`, `.`, `-`, `"x y"`, `'x "y'`, `"a\"b"`, `"\$\\"`, `"a\b"`, `\x`, `\"`, `""`, `''`, `"'"`, `é`, `:`, `/`, `"` + "\t" + `"`, "'\\'"}
	file := filepath.Join(t.TempDir(), "os-release")
	for range 100 {
		var value strings.Builder
		for range r.IntN(5) {
			value.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := "# x\n\nID=x\nNAME=" + value.String() + "\n"
		if r.IntN(4) == 0 {
			text = "  " + strings.TrimPrefix(text, "# x\n\n")
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(sh, "-c", `. "$1" && printf %s "$NAME"`, "sh", file).Output()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := assignments(text)["NAME"]; got != string(out) {
			t.Errorf("%s: %q, the shell reads %q", value.String(), got, out)
		}
	}
}
