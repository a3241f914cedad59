package fsedit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseScript(t *testing.T) {
	for text, want := range map[string][]Line{
		"":                                 nil,
		"\n# all\n\t \n":                   nil,
		"a b  c\n":                         {{1, []string{"a", "b", "c"}}},
		"a b":                              {{1, []string{"a", "b"}}},
		"a # b\nc#d":                       {{1, []string{"a"}}, {2, []string{"c#d"}}},
		`a 'b c' "d e" f\ g ''`:            {{1, []string{"a", "b c", "d e", "f g", ""}}},
		`a "x\"y\\z\n" 'x\y' x\'y`:         {{1, []string{"a", `x"y\z\n`, `x\y`, "x'y"}}},
		"a \\\n  b\nc":                     {{1, []string{"a", "b"}}, {3, []string{"c"}}},
		"a 'b\nc' d\ne":                    {{1, []string{"a", "b\nc", "d"}}, {3, []string{"e"}}},
		"a\r\nb":                           {{1, []string{"a"}}, {2, []string{"b"}}},
		"\n\nput x\\#y '#z' \\# \"$HOME\"": {{3, []string{"put", "x#y", "#z", "#", "$HOME"}}},
		"a\xffb\n":                         {{1, []string{"a\xffb"}}},
	} {
		got, err := ParseScript("f", strings.NewReader(text))
		if err != nil || !slices.EqualFunc(got, want, func(a, b Line) bool { return a.Number == b.Number && slices.Equal(a.Words, b.Words) }) {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"a\nb 'c\n\n": "f:2: the quote ' is not closed", "a | b": "f:1: '|' means nothing here", "a\nb\\": "f:2: a backslash at the end", "a\x00": "f:1: a zero byte",
	} {
		if _, err := ParseScript("f", strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// quoted writes a word so that ParseScript reads it back.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func FuzzScript(f *testing.F) {
	for _, s := range []string{"put a /b\nrm -r '/c d'", `mkdir "a\"b" \` + "\n c # d", "a''b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := ParseScript("f", strings.NewReader(string(data)))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		var text strings.Builder
		for _, line := range lines {
			if len(line.Words) == 0 || line.Number < 1 {
				t.Fatalf("line %+v", line)
			}
			for _, w := range line.Words {
				text.WriteString(quoted(w) + " ")
			}
			text.WriteByte('\n')
		}
		again, err := ParseScript("f", strings.NewReader(text.String()))
		if err != nil || !slices.EqualFunc(lines, again, func(a, b Line) bool { return slices.Equal(a.Words, b.Words) }) {
			t.Errorf("%+v became %+v, %v", lines, again, err)
		}
	})
}

// The modes are those that GNU chmod gives with umask 0.
func TestParseMode(t *testing.T) {
	for _, c := range []struct {
		mode   string
		old    uint32
		folder bool
		want   uint32
	}{
		{"0644", 0o755, false, 0o644}, {"4755", 0, false, 0o4755}, {"7", 0o644, false, 0o7},
		{"755", 0o2700, true, 0o2755}, {"00755", 0o2700, true, 0o755}, {"0", 0o6777, true, 0o6000},
		{"u+x", 0o644, false, 0o744}, {"+x", 0o644, false, 0o755}, {"a-w", 0o666, false, 0o444},
		{"go=", 0o777, false, 0o700}, {"g=u", 0o750, false, 0o770}, {"o=g-w", 0o070, false, 0o075},
		{"u=rwX,go=rX", 0o600, false, 0o644}, {"u=rwX,go=rX", 0o700, false, 0o755}, {"u=rwX,go=rX", 0o600, true, 0o755},
		{"u+s", 0o755, false, 0o4755}, {"g+s", 0o755, false, 0o2755}, {"+t", 0o777, true, 0o1777}, {"u+t", 0o777, true, 0o777},
		{"u=rwx", 0o4755, false, 0o755}, {"u=rwx", 0o6755, true, 0o6755}, {"u-s", 0o6755, true, 0o2755}, {"a=", 0o7777, false, 0},
		{"u+x-w", 0o644, false, 0o544}, {"ug+rw,o-rwx", 0o007, false, 0o660},
	} {
		m, err := ParseMode(c.mode)
		if got := m.apply(c.old, c.folder); err != nil || got != c.want {
			t.Errorf("%s of %o (folder %t): %o, %v, want %o", c.mode, c.old, c.folder, got, err, c.want)
		}
	}
	for _, s := range []string{"", "8", "77777", "u", "u+y", "+x,", "u!x", "xu", "0x1"} {
		var usage *UsageError
		if _, err := ParseMode(s); !errors.As(err, &usage) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "17": 17, "1K": 1024, "2k": 2048, "3M": 3 << 20, "1536M": 1536 << 20, "4G": 4 << 30, "1T": 1 << 40, "1GiB": 1 << 30, "8MB": 8 << 20} {
		if n, err := ParseSize(s); err != nil || n != want {
			t.Errorf("%s: %d, %v", s, n, err)
		}
	}
	for _, s := range []string{"", "K", "-1", "+1", "1.5G", "1X", "0x10", "99999999999G", "1 K", "17B"} {
		if n, err := ParseSize(s); err == nil {
			t.Errorf("%s: %d", s, n)
		}
	}
}

func TestParseTime(t *testing.T) {
	for s, want := range map[string]time.Time{
		"@0": time.Unix(0, 0), "@1500000000.5": time.Unix(1500000000, 500_000_000), "@-1.000000001": time.Unix(-1, -1),
		"2020-02-02": time.Date(2020, 2, 2, 0, 0, 0, 0, time.UTC), "2020-02-02T02:02:02.000000003Z": time.Date(2020, 2, 2, 2, 2, 2, 3, time.UTC),
		"2020-02-02 02:02": time.Date(2020, 2, 2, 2, 2, 0, 0, time.UTC), "2020-02-02T02:02:02+02:00": time.Date(2020, 2, 2, 0, 2, 2, 0, time.UTC),
	} {
		if got, err := ParseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%s: %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "@", "@x", "@1.", "@1.0000000001", "now", "12:00", "@99999999999999"} {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func TestValues(t *testing.T) {
	for s, want := range map[string]string{"text": "text", "0x00ff": "\x00\xff", "0X41": "A", "0x": "", "": ""} {
		if got, err := ParseValue(s); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, v := range []string{"", "text", "a b", "0x41", "@file", "\x00", "\xff\xfe", "new\nline", "grüße", `a"b\c`} {
		if got, err := ParseValue(ValueText([]byte(v))); err != nil || string(got) != v {
			t.Errorf("%q is written as %q, and read as %q, %v", v, ValueText([]byte(v)), got, err)
		}
	}
	if _, err := ParseValue("0x1"); err == nil {
		t.Error("half a byte passes")
	}
}
