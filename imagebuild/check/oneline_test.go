package check

import "testing"

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain é →": "plain é →", "a\x1b[2J\nb\x7f": `a\x1b[2J\x0ab\x7f`, "c\u009b2J": `c\u009b2J`,
	} {
		if got := OneLine(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
