package haproxyconfig

import (
	"bytes"
	"lbimage/haproxy-config/internal/haproxytest"
	"testing"
)

func TestParseKeepsEveryByte(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\r\n", "\r", "\x00", "a", "a\n\n", "a\r\nb\rc\n\r\r\nd", "\xef\xbb\xbfglobal\n", "\xff\xfeg\x00", "a\x00b\n\x00",
		" \t\v\f\n# x", "defaults#x\n \"open\n timeout client 5s", haproxytest.Stock(t, "1.0.4"), haproxytest.Stock(t, "1.2.0"),
	} {
		for _, d := range []Dialect{Modern, Legacy} {
			if got := ParseDialect([]byte(text), d).Bytes(); string(got) != text {
				t.Errorf("%q comes back as %q", text, got)
			}
		}
	}
}

func TestLines(t *testing.T) {
	f := Parse([]byte("global\r\n\tmaxconn 10 # many\n\n  # all\nuser x"))
	type line struct{ text, ending, indent, comment, keyword string }
	want := []line{
		{"global", "\r\n", "", "", "global"},
		{"\tmaxconn 10 # many", "\n", "\t", "# many", "maxconn"},
		{"", "\n", "", "", ""},
		{"  # all", "\n", "  ", "# all", ""},
		{"user x", "", "", "", "user"},
	}
	for i, l := range f.Lines() {
		if got := (line{l.Text(), l.Ending(), l.Indent(), l.Comment(), l.Keyword()}); got != want[i] || l.Number() != i+1 {
			t.Errorf("line %d is %+v with the number %d, not %+v", i+1, got, l.Number(), want[i])
		}
	}
	if len(f.Lines()) != len(want) {
		t.Errorf("%d lines, not %d", len(f.Lines()), len(want))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		haproxytest.Stock(f, "1.0.4"), "global\r\n maxconn \"10\\x30${A-b}\" # c\r\n", "defaults a from b\n\t.if 1\n\\", "a\x00\r\"'$\n\xff",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range []Dialect{Modern, Legacy} {
			file := ParseDialect(b, d)
			if !bytes.Equal(file.Bytes(), b) {
				t.Fatalf("%q comes back as %q", b, file.Bytes())
			}
			n := 0
			for _, s := range file.Sections() {
				n += len(s.Lines)
				if s.Header != nil {
					n++
				}
			}
			if n != len(file.lines) {
				t.Fatalf("%d lines in sections, %d in all", n, len(file.lines))
			}
			for _, l := range file.lines {
				end := 0
				for _, w := range l.words {
					if w.Start < end || l.text[w.Start:w.End()] != w.Raw || w.Raw == "" {
						t.Fatalf("%q: word %+v", l.text, w)
					}
					end = w.End()
				}
			}
		}
	})
}
