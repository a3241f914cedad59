package haproxyconfig

import (
	"lbimage/haproxy-config/internal/haproxytest"
	"slices"
	"strings"
	"testing"
)

func TestSections(t *testing.T) {
	f := Parse([]byte(`# first
maxconn 1
	global # tab
 a
defaults#glued
defaults x from y
 b
frontend "www"
 c
 "backend" z from x
globals
no defaults
listen l 0.0.0.0:80
ring r
crt-store
`))
	type section struct {
		label, from string
		lines       int
	}
	want := []section{
		{"", "", 2}, {"global", "", 1}, {"defaults", "", 0}, {"defaults x", "y", 1}, {"frontend www", "", 1},
		{"backend z", "x", 2}, {"listen l", "", 0}, {"ring r", "", 0}, {"crt-store", "", 0},
	}
	var got []section
	for _, s := range f.Sections() {
		got = append(got, section{s.Label(), s.From, len(s.Lines)})
	}
	if !slices.Equal(got, want) {
		t.Errorf("sections\n%v, not\n%v", got, want)
	}
}

func TestSectionWordsAgreeWithHAProxy(t *testing.T) {
	t.Parallel()
	j := haproxytest.New(t)
	later := []string{"ruleset", "crt-store", "traces", "log-profile", "acme"} // not in 2.6
	for _, k := range sectionKinds {
		out := j.Check(t, []byte(k.word+" x\n")).Output
		if known := !strings.Contains(out, "out of section"); !known && !slices.Contains(later, k.word) {
			t.Errorf("%s is no section word to haproxy %s", k.word, j.Version)
		}
		out = j.Check(t, []byte(k.word+"\n")).Output
		if needs := strings.Contains(out, "expects") || strings.Contains(out, "missing"); needs != k.named && !slices.Contains(later, k.word) {
			t.Errorf("%s needs a name: %v to haproxy, %v here\n%s", k.word, needs, k.named, out)
		}
	}
}

func TestFind(t *testing.T) {
	f := Parse([]byte("defaults\n a\ndefaults x\n b\nfrontend f\n c\nfrontend g\n"))
	for _, test := range []struct{ kind, name, label string }{
		{"defaults", "", "defaults x"}, {"defaults", "x", "defaults x"}, {"frontend", "f", "frontend f"},
		{"frontend", "", "frontend g"}, {"backend", "", ""}, {"frontend", "h", ""}, {"", "", ""},
	} {
		s, ok := f.Find(test.kind, test.name)
		if s.Label() != test.label || ok != (test.label != "") {
			t.Errorf("%s %s: found %q, %v", test.kind, test.name, s.Label(), ok)
		}
	}
}

func TestDepths(t *testing.T) {
	f := Parse([]byte("defaults\n a\n.if 1\n b\n.if 2\n c\n.else\n d\n.endif\n.endif\n e\n.endif\n f\n"))
	s, _ := f.Find("defaults", "")
	if got, want := s.Depths(), []int{0, 1, 1, 2, 2, 2, 2, 2, 1, 0, -1, -1}; !slices.Equal(got, want) {
		t.Errorf("depths %v, not %v", got, want)
	}
}
