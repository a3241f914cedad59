package haproxyconfig

import (
	"slices"
	"testing"

	"lbimage/haproxy-config/internal/haproxytest"
)

func TestTidy(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"a template": {haproxytest.Stock(t, "1.0.4"), `#template
global
    maxconn 100000
    ulimit-n 655360
    pidfile /var/run/haproxy.pid

    #drop privileges after port binding
    user servo
    group servo

defaults
    contimeout      1000
    clitimeout      10000
    srvtimeout      10000
    option http-server-close # affects KA on/off
`},
		"what the servo does not see": {"\xef\xbb\xbf\tdefaults\t x#y\r\n\tmode\thttp  \r\n", "defaults x #y\n    mode\thttp\n"},
		"blank lines":                 {"\n\n# a\n\n\nglobal\n\n\n maxconn 5\n\n\n\ndefaults\n # b\n  # c\nlisten x\n\n", "# a\n\nglobal\n\n    maxconn 5\n\ndefaults\n\n# b\n# c\nlisten x\n"},
		"blocks":                      {"defaults\n.if 1\nmode http\n.if 0\nretries 3\n.endif\n.else\n mode tcp\n.endif\n retries 4", "defaults\n    .if 1\n        mode http\n        .if 0\n            retries 3\n        .endif\n    .else\n        mode tcp\n    .endif\n    retries 4\n"},
		"escaped blank at the end":    {"defaults\n a b\\ \n", "defaults\n    a b\\ \n"},
		"what cannot be cut":          {"defaults\n  \"open  \n a\x00 \n", "defaults\n  \"open  \n a\x00 \n"},
		"nothing":                     {"", ""},
	} {
		if got := string(Tidy(Parse([]byte(test.text)))); got != test.want {
			t.Errorf("%s: gives\n%q, not\n%q", name, got, test.want)
		}
	}
}

// FuzzTidy: words and comments stay, a second time changes nothing, and Format is lossless.
func FuzzTidy(f *testing.F) {
	f.Add("a\n\n#b\n\tdefaults#c\n .if 1\n x \"y\\\n.endif\r\nglobal\x00")
	f.Add("\xef\xbb\xbf\xef\xbb\xbfdefaults\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []Dialect{Modern, Legacy} {
			file := ParseDialect([]byte(text), d)
			if string(Format(file)) != text {
				t.Fatalf("%q: Format gives %q", text, Format(file))
			}
			out := Tidy(file)
			if again := Tidy(ParseDialect(out, d)); string(again) != string(out) && len(text) > 2 && text[:min(3, len(text))] != byteOrderMark {
				t.Fatalf("%q: gives %q, then %q", text, out, again)
			}
			if len(text) >= 3 && text[:3] == byteOrderMark {
				continue
			}
			if was, is := meant(file), meant(ParseDialect(out, d)); !slices.EqualFunc(was, is, slices.Equal) {
				t.Fatalf("%q becomes %q: the words were\n%q, and are\n%q", text, out, was, is)
			}
		}
	})
}

// meant gives the words of each line that has any.
func meant(f *File) [][]string {
	var all [][]string
	for _, l := range f.lines {
		if len(l.words) > 0 {
			all = append(all, l.Values(0))
		}
	}
	return all
}
