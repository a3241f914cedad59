package haproxyconfig

import (
	"fmt"
	"lbimage/haproxy-config/internal/haproxytest"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func valuesOf(line string, d Dialect) []string { return (&Line{tokens: cut(line, d)}).Values(0) }

func TestCutWords(t *testing.T) {
	for _, test := range []struct {
		line           string
		modern, legacy []string // legacy nil: the same
		comment        string
	}{
		{line: "", modern: []string{}},
		{line: "\t maxconn  10 ", modern: []string{"maxconn", "10"}},
		{line: "maxconn 10#x", modern: []string{"maxconn", "10"}, comment: "#x"},
		{line: "maxconn 10 # x \"", modern: []string{"maxconn", "10"}, comment: "# x \""},
		{line: `a\ b \#c`, modern: []string{"a b", "#c"}},
		{line: `a\tb\nc\rd\\e\1`, modern: []string{"a\tb\nc\rd\\e\\1"}},
		{line: `1\x30\x2E`, modern: []string{"10."}},
		{line: `a "b c" d`, modern: []string{"a", "b c", "d"}, legacy: []string{"a", `"b`, `c"`, "d"}},
		{line: `'a\ b'"c"d`, modern: []string{`a\ bcd`}, legacy: []string{`'a b'"c"d`}},
		{line: `a\"b\'c`, modern: []string{`a"b'c`}, legacy: []string{`a\"b\'c`}},
		{line: `"\$X $X ${X-a"b}"`, modern: []string{`$X $X ${X-a"b}`}, legacy: []string{`"\$X`, "$X", `${X-a"b}"`}},
		{line: `"" x`, modern: []string{"", "x"}, legacy: []string{`""`, "x"}},
		{line: "a \rb", modern: []string{"a", "b"}},
		{line: "a\rb", modern: []string{"a"}},
		{line: "a\x00b", modern: []string{"a"}},
		{line: "a\vb\fc", modern: []string{"a", "b", "c"}},
		{line: "a\xa0\xffb \u00e9", modern: []string{"a\xa0\xffb", "\u00e9"}},
		{line: `a\`, modern: []string{`a\`}},
	} {
		if test.legacy == nil {
			test.legacy = test.modern
		}
		for d, want := range map[Dialect][]string{Modern: test.modern, Legacy: test.legacy} {
			if got := valuesOf(test.line, d); !slices.Equal(got, want) {
				t.Errorf("dialect %d: %q gives %q, not %q", d, test.line, got, want)
			}
		}
		l := &Line{text: test.line, tokens: cut(test.line, Modern)}
		if l.Comment() != test.comment {
			t.Errorf("%q has the comment %q, not %q", test.line, l.Comment(), test.comment)
		}
	}
}

func TestCutFaults(t *testing.T) {
	for _, test := range []struct {
		line   string
		fault  Fault
		column int
		legacy Fault
	}{
		{`maxconn "10`, OpenQuote, 9, NoFault},
		{`maxconn "10` + "\r", OpenQuote, 9, NoFault},
		{`a 'b"`, OpenQuote, 3, NoFault},
		{`a 1\x3`, BadHex, 4, BadHex},
		{`a "$FOO$"`, BadVariable, 9, NoFault},
		{`a "${FOO"`, OpenBrace, 5, NoFault},
		{`a "${FOO-}"}"`, OpenQuote, 13, NoFault},
		{`a "b" # "`, NoFault, 0, NoFault},
		{`a $FOO$ ${`, NoFault, 0, NoFault},
	} {
		if got := cut(test.line, Modern); got.fault != test.fault || got.faultAt+1 != test.column {
			t.Errorf("%s: fault %d at column %d, not %d at %d", test.line, got.fault, got.faultAt+1, test.fault, test.column)
		}
		if got := cut(test.line, Legacy).fault; got != test.legacy {
			t.Errorf("%s: fault %d for HAProxy 1.5, not %d", test.line, got, test.legacy)
		}
	}
}

func TestWordColumns(t *testing.T) {
	line := "\ttimeout  \"client\" 1\\x30s # x"
	words := cut(line, Modern).words
	for i, want := range []struct {
		column     int
		raw, value string
	}{{2, "timeout", "timeout"}, {11, `"client"`, "client"}, {20, `1\x30s`, "10s"}} {
		w := words[i]
		if w.Column() != want.column || w.Raw != want.raw || w.Value != want.value || line[w.Start:w.End()] != w.Raw {
			t.Errorf("word %d is %+v, not %+v", i, w, want)
		}
	}
}

// TestCutAgreesWithHAProxy makes words at random and reads from HAProxy's own
// complaint ("unknown keyword 'WORD' in …") how it understood them.
func TestCutAgreesWithHAProxy(t *testing.T) {
	t.Parallel()
	j := haproxytest.New(t)
	if DialectOf(versionOf(j)) != Modern {
		t.Skipf("haproxy %s has another dialect", j.Version)
	}
	pieces := []string{
		"a", "Z", "9", "-", "=", "\\", "\"", "'", "#", "$", "{", "}", "x41", "\\x4a", "\\x4", "\\ ", "\\\"", "\\'", "\\#", "\\$",
		"$FOO", "${FOO}", "${FOO-b}", "${FOO-b'\"}", "\\\\", "\xe9", "\xa0", ".", "(", "%[x]", ";", " b", "\tb", "\v", "\rb",
	}
	random := rand.New(rand.NewPCG(1, 2))
	heard := 0
	for range 40 {
		heard += compareWords(t, j, random, pieces)
	}
	if heard < 50 {
		t.Errorf("only %d words were understood at all", heard)
	}
}

// compareWords asks haproxy for ten words, as it gives up after some more errors.
func compareWords(t *testing.T, j haproxytest.Judge, random *rand.Rand, pieces []string) (heard int) {
	var config strings.Builder
	var words []string
	config.WriteString("global\n")
	for range 10 {
		word := "q"
		for range 1 + random.IntN(6) {
			word += pieces[random.IntN(len(pieces))]
		}
		words = append(words, word)
		fmt.Fprintf(&config, "  %s\n", word)
	}
	said := j.Check(t, []byte(config.String()))
	for i, word := range words {
		l := &Line{text: word, tokens: cut(word, Modern)}
		unknown := regexp.MustCompile(fmt.Sprintf(`:%d\] : unknown keyword '((?s:.*?))' in 'global' section`, i+2)).FindStringSubmatch(said.Output)
		refused := regexp.MustCompile(fmt.Sprintf(`:%d\]: (unmatched quote|truncated or invalid hex|forbidden first char|unmatched brace)`, i+2)).MatchString(said.Output)
		switch {
		case unknown == nil && !refused:
			t.Errorf("haproxy says nothing of %q\n%s", word, said.Output)
		case refused != (l.fault != NoFault):
			t.Errorf("%q: haproxy refuses it: %v; fault here: %q", word, refused, l.fault.String())
		case unknown != nil && !l.words[0].Expands:
			heard++
			if unknown[1] != l.Keyword() {
				t.Errorf("%q is %q to haproxy and %q here", word, unknown[1], l.Keyword())
			}
		}
	}
	return heard
}

// versionOf is the version of the real haproxy.
func versionOf(j haproxytest.Judge) Version {
	v, _ := ParseVersion(j.Version)
	return v
}
