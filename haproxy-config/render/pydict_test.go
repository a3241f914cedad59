package render

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestHashOrder compares with a real Python 2; testdata/python2-order.py is how the file was
// made.
func TestHashOrder(t *testing.T) {
	text, err := os.ReadFile("testdata/python2-order.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	var put, want []string
	held := false
	for _, l := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		switch {
		case l == "=>":
			held = true
		case l == "--":
			if got := hashOrder(put); !slices.Equal(got, want) {
				t.Errorf("%q come out as %q, not %q", put, got, want)
			}
			put, want, held = nil, nil, false
			cases++
		case held:
			want = append(want, l)
		default:
			put = append(put, l)
		}
	}
	if cases != 39 {
		t.Errorf("%d cases, not 39", cases)
	}
}
