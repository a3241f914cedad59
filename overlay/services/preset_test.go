package services

import (
	"math/rand/v2"
	"path"
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a.service", true}, {"", "a", false}, {"a*c", "abc", true}, {"a*c", "ab", false}, {"*.timer", "x.service", false},
		{"[!a-c]x", "dx", true}, {"[!a-c]x", "bx", false}, {"[^a]", "b", true}, {"[]]", "]", true}, {"[!]]", "]", false}, {"[!]]", "a", true},
		{"[a", "[a", true}, {"[", "[", true}, {"[]", "[]", true}, {"[a-]", "-", true}, {"a\\*", "a\\b", true}, {"?", "", false},
		{strings.Repeat("*a", 1000), strings.Repeat("a", 2000) + "b", false},
	} {
		if got := glob(c.pattern, c.name); got != c.want {
			t.Errorf("glob(%.40q, %.40q) = %v", c.pattern, c.name, got)
		}
	}
}

// The library's own matcher judges, where it takes the pattern at all and reads it in the same way.
func TestGlobMatchesAsPathDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(letters string, max int) string {
		b := make([]byte, r.IntN(max))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}
	judged, matched := 0, 0
	for range 200_000 {
		pattern, name := word("ab*?[]^-c", 8), word("abc", 6)
		want, err := path.Match(pattern, name)
		if err != nil {
			continue
		}
		judged++
		if want {
			matched++
		}
		if got := glob(pattern, name); got != want {
			t.Fatalf("glob(%q, %q) = %v, path.Match says %v", pattern, name, got, want)
		}
	}
	if judged < 10_000 || matched < 1000 {
		t.Errorf("%d judged, %d of them match: too few", judged, matched)
	}
}

func TestPresetOrder(t *testing.T) {
	rules, err := readPresets(presetTree)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a.service": "disabled", "b.service": "enabled", "c.service": "disabled", "d.service": "", "e.service": "enabled"} {
		if got := presetState(rules, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
