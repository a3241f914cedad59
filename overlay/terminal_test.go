package overlay_test

import (
	"strings"
	"testing"
	"unicode"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// What an image holds, names and contents, does not steer the terminal that a diff is shown on.
func TestDiffSteersNoTerminal(t *testing.T) {
	for name, text := range map[string]string{"n\x1b[2J": "a\n", "n\u009b2J": "a\n", "n\nm": "a\n", "plain": "a\u009b2J\n", "text": "\xc3\xa9 \xe9\n"} {
		tree := treetest.Fill(map[string]string{name: text})
		changes, err := overlay.Apply(tree, []overlay.Edit{overlay.Remove{Path: "/" + name}})
		if err != nil {
			t.Fatal(err)
		}
		diff := changes[0].Diff()
		for line := range strings.Lines(diff) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), unicode.IsControl) {
				t.Errorf("%q: %q", name, diff)
			}
		}
		if !strings.HasPrefix(diff, "--- a/"+name+"\n+++ /dev/null\n") && name == "text" || diff == "" {
			t.Errorf("%q: %q", name, diff)
		}
	}
}
