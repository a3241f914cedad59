package page

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	u := func(s string) string { return `<b class="u">` + s + "</b>" }
	for in, want := range map[string]string{
		"":                              "",
		"/etc/passwd":                   "/etc/passwd",
		"a <b> & \"c\" 'd'":             "a &lt;b&gt; &amp; &#34;c&#34; &#39;d&#39;",
		"tab\there":                     "tab\there",
		"\x1b[2J\n\r\x00":               u(`\x1b`) + "[2J" + u(`\x0a`) + u(`\x0d`) + u(`\x00`),
		"\xff\xc3":                      u(`\xff`) + u(`\xc3`),
		"x\u202etxt":                    "x" + u(`\u202e`) + "txt",
		"\u2066\u200b\u00ad\ufeff":      u(`\u2066`) + u(`\u200b`) + u(`\u00ad`) + u(`\ufeff`),
		"\u00a0\u3164\u2800":            u(`\u00a0`) + u(`\u3164`) + u(`\u2800`),
		"\U000e0041\ue000":              u(`\U000e0041`) + u(`\ue000`),
		"héß 日本 العربية 🙂":              "héß 日本 العربية 🙂",
		"e" + rep("\u0301", 6):          "e" + rep("\u0301", 4) + u(`\u0301`) + u(`\u0301`),
		"\ufffd":                        "\ufffd",
		strings.Repeat("x", 5000):       strings.Repeat("x", 4096) + u("… 904 more bytes"),
		strings.Repeat("é", 3000):       strings.Repeat("é", 2048) + u("… 1,904 more bytes"),
		"x" + strings.Repeat("é", 3000): "x" + strings.Repeat("é", 2047) + u("… 1,906 more bytes"),
	} {
		if got := string(Text(in)); got != want {
			t.Errorf("%.40q: %.200s, want %.200s", in, got, want)
		}
	}
}

func rep(s string, n int) string { return strings.Repeat(s, n) }

var element = regexp.MustCompile(`<b class="u">[^<>&]*</b>`)

// Whatever a text is, it is text to a browser, and all of it can be seen.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "<script>", "\u202e\x1b", "\xff", "a\u0301\u0301\u0301\u0301\u0301\u0301", strings.Repeat("é", 2100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := string(Text(s))
		rest := element.ReplaceAllString(out, "")
		if strings.ContainsAny(rest, "<>\"'") || !utf8.ValidString(out) {
			t.Fatalf("%q becomes %q", s, out)
		}
		plain := html.UnescapeString(rest)
		for _, r := range plain {
			if r != '\t' && !unicode.IsPrint(r) {
				t.Fatalf("%q shows %q", s, r)
			}
		}
		if len(s) <= maxText && len(plain) > len(s) {
			t.Fatalf("%q becomes longer: %q", s, plain)
		}
	})
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -12: "-12"} {
		if got := Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 1023: "1,023 bytes", 1024: "1 KiB", 1536: "1.5 KiB", 64 << 20: "64 MiB", 1<<63 - 1: "8 EiB", 1023 << 10: "1023 KiB", 1<<20 - 1: "1 MiB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if Bytes(5) != "5 bytes" || Bytes(2048) != "2 KiB, 2,048 bytes" {
		t.Error("Bytes")
	}
	if Counted(1, "path", "paths") != "1 path" || Counted(2000, "path", "paths") != "2,000 paths" {
		t.Error("Counted")
	}
}

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"/etc/x-1.conf": "/etc/x-1.conf", "a b": "'a b'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "": "''", "-rf": "'-rf'", "é": "'é'",
	} {
		if got, ok := Quoted(in); !ok || got != want {
			t.Errorf("%q: %s %v, want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{"a\nb", "\x1b", "\xff", "\u202e", "\u200b"} {
		if got, ok := Quoted(in); ok {
			t.Errorf("%q: %q", in, got)
		}
	}
}
