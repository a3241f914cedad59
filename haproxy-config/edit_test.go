package haproxyconfig

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// edited applies an edit to a text and gives the text back.
func edited(t *testing.T, text string, edit func(*Editor) error) (string, []Change) {
	t.Helper()
	f := Parse([]byte(text))
	e := f.Edit()
	if err := edit(e); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return string(f.Bytes()), e.Changes()
}

var inDefaultsRef = SectionRef{Kind: "defaults"}

func TestSet(t *testing.T) {
	for name, test := range map[string]struct {
		in             SectionRef
		keyword, value string
		before, after  string
	}{
		"value replaced, all else kept": {inDefaultsRef, "timeout client", "2m",
			"defaults\n\ttimeout   client \t 1m  # slow\n retries 3\n", "defaults\n\ttimeout   client \t 2m  # slow\n retries 3\n"},
		"comment glued to the value": {inDefaultsRef, "retries", "5", "defaults\n retries 3#x\n", "defaults\n retries 5#x\n"},
		"CRLF kept":                  {inDefaultsRef, "retries", "5", "defaults\r\n retries 3\r\n", "defaults\r\n retries 5\r\n"},
		"missing final newline kept": {inDefaultsRef, "retries", "5", "defaults\n retries 3", "defaults\n retries 5"},
		"several words replaced": {SectionRef{Kind: "global"}, "log", "/dev/log local0",
			"global\n log 127.0.0.1 local1 info # x\n", "global\n log /dev/log local0 # x\n"},
		"no value so far":         {inDefaultsRef, "retries", "5", "defaults\n retries # x\n", "defaults\n retries 5 # x\n"},
		"value taken away":        {inDefaultsRef, "cookie", "", "defaults\n cookie a b # x\n", "defaults\n cookie # x\n"},
		"quoted keyword":          {inDefaultsRef, "timeout client", "2m", "defaults\n \"timeout\" cl\\x69ent '1m'\n", "defaults\n \"timeout\" cl\\x69ent 2m\n"},
		"the same in other words": {inDefaultsRef, "timeout client", "2m", "defaults\n timeout client \"2m\"\n", "defaults\n timeout client \"2m\"\n"},
		"junk behind a NUL kept":  {inDefaultsRef, "retries", "5", "defaults\n retries 3\x00 x\n", "defaults\n retries 5\x00 x\n"},
		"open quote replaced":     {inDefaultsRef, "retries", "5", "defaults\n retries \"3 # x\n", "defaults\n retries 5\n"},
		"last of several":         {inDefaultsRef, "retries", "5", "defaults\n retries 1\n retries 2\n", "defaults\n retries 1\n retries 5\n"},
		"first of several in global": {SectionRef{Kind: "global"}, "maxconn", "5",
			"global\n maxconn 1\n maxconn 2\n", "global\n maxconn 5\n maxconn 2\n"},
		"last defaults": {inDefaultsRef, "retries", "5", "defaults\n retries 1\ndefaults\n retries 2\nfrontend a\n retries 3\n",
			"defaults\n retries 1\ndefaults\n retries 5\nfrontend a\n retries 3\n"},
		"section by name": {SectionRef{"backend", "b"}, "retries", "5", "backend b\n retries 1\nbackend c\n retries 2\n",
			"backend b\n retries 5\nbackend c\n retries 2\n"},
		"every global that has it, and the last": {SectionRef{Kind: "global"}, "maxconn", "5",
			"global\n maxconn 1\nglobal\n daemon\ndefaults\n", "global\n maxconn 5\nglobal\n daemon\n maxconn 5\ndefaults\n"},
		"not a comment, not a longer word": {inDefaultsRef, "timeout client", "5s",
			"defaults\n # timeout client 1m\n timeout client-fin 1s\n", "defaults\n # timeout client 1m\n timeout client-fin 1s\n timeout client 5s\n"},
		"not under no": {SectionRef{Kind: "global"}, "busy-polling", "", "global\n no busy-polling\n", "global\n no busy-polling\n busy-polling\n"},
		"added behind the last directive": {inDefaultsRef, "retries", "5",
			"defaults\n\tmode http\n\t# about mode\n\n# about f\nfrontend f\n", "defaults\n\tmode http\n\tretries 5\n\t# about mode\n\n# about f\nfrontend f\n"},
		"added to an empty section":       {inDefaultsRef, "retries", "5", "global\n  daemon\ndefaults\n\n# x\n", "global\n  daemon\ndefaults\n  retries 5\n\n# x\n"},
		"added to a section of its own":   {inDefaultsRef, "retries", "5", "defaults", "defaults\n    retries 5\n"},
		"added with CRLF":                 {inDefaultsRef, "retries", "5", "defaults\r\n mode http\r\n", "defaults\r\n mode http\r\n retries 5\r\n"},
		"added behind a line without end": {inDefaultsRef, "retries", "5", "defaults\r\n mode http", "defaults\r\n mode http\r\n retries 5\r\n"},
		"added in the column of its neighbours": {inDefaultsRef, "timeout queue", "1m",
			"defaults\n timeout connect     5s\n timeout http-keep-alive 1s\n", "defaults\n timeout connect     5s\n timeout http-keep-alive 1s\n timeout queue       1m\n"},
		"added too long for the column":           {inDefaultsRef, "timeout http-keep-alive", "1m", "defaults\n timeout connect  5s\n", "defaults\n timeout connect  5s\n timeout http-keep-alive 1m\n"},
		"added behind a tab":                      {inDefaultsRef, "timeout queue", "1m", "defaults\n timeout connect\t5s\n", "defaults\n timeout connect\t5s\n timeout queue\t1m\n"},
		"added beside lines that are not aligned": {inDefaultsRef, "timeout queue", "1m", "defaults\n timeout connect 5s\n timeout client 1m\n", "defaults\n timeout connect 5s\n timeout client 1m\n timeout queue 1m\n"},
		"defaults made behind global":             {inDefaultsRef, "retries", "5", "global\n  daemon\n", "global\n  daemon\n\ndefaults\n  retries 5\n"},
		"defaults made before the proxies": {inDefaultsRef, "retries", "5", "global\n  daemon\n\n# www\nfrontend f\n  mode http\n",
			"global\n  daemon\n\ndefaults\n  retries 5\n\n# www\nfrontend f\n  mode http\n"},
		"defaults made of nothing": {inDefaultsRef, "retries", "5", "", "defaults\n    retries 5\n"},
		"global made before all":   {SectionRef{Kind: "global"}, "maxconn", "5", "# file\n\ndefaults\n\tmode http\n", "# file\n\nglobal\n\tmaxconn 5\n\ndefaults\n\tmode http\n"},
		"a line in a block that would win": {inDefaultsRef, "retries", "5",
			"defaults\n retries 1\n .if 1\n retries 2\n .endif\n", "defaults\n retries 5\n .if 1\n retries 5\n .endif\n"},
		"a line in a block that would lose": {inDefaultsRef, "retries", "5",
			"defaults\n .if 1\n retries 2\n .endif\n retries 1\n", "defaults\n .if 1\n retries 2\n .endif\n retries 5\n"},
		"only lines in a block": {inDefaultsRef, "retries", "5",
			"defaults\n .if 1\n retries 2\n .endif\n", "defaults\n .if 1\n retries 2\n .endif\n retries 5\n"},
		"a block that does not end": {inDefaultsRef, "retries", "5", "defaults\n mode http\n .if 1\n nolinger\n", "defaults\n mode http\n retries 5\n .if 1\n nolinger\n"},
		"a section in a block":      {inDefaultsRef, "retries", "5", ".if 1\ndefaults\n mode http\n.endif\n", ".if 1\ndefaults\n mode http\n retries 5\n.endif\n"},
	} {
		t.Run(name, func(t *testing.T) {
			set := func(e *Editor) error { return e.Set(test.in, test.keyword, test.value) }
			got, changes := edited(t, test.before, set)
			if got != test.after {
				t.Fatalf("gives\n%q, not\n%q", got, test.after)
			}
			if (len(changes) == 0) != (got == test.before) {
				t.Errorf("changes %+v", changes)
			}
			if again, changes := edited(t, got, set); again != got || len(changes) > 0 {
				t.Errorf("a second time gives\n%q, %+v", again, changes)
			}
			value, ok := Parse([]byte(got)).Get(test.in, test.keyword)
			if !ok || !slices.Equal(valuesOf(value, Modern), valuesOf(test.value, Modern)) {
				t.Errorf("reads back as %q", value)
			}
		})
	}
}

func TestSetRefuses(t *testing.T) {
	text := "defaults\n retries 3\n"
	for _, test := range []struct{ kind, keyword, value, word string }{
		{"defaults", "", "5", "no keyword"},
		{"defaults", "frontend", "5", "begins a section"},
		{"defaults", ".if", "1", "no keyword"},
		{"defaults", "[x]", "1", "no keyword"},
		{"defaults", "ret#ries", "5", "no keyword"},
		{"defaults", "retries", "5\nglobal", "line end"},
		{"defaults", "retries", "5\x00", "NUL"},
		{"defaults", "retries", "5 # x", "comment"},
		{"defaults", "retries", "\"5", "quote"},
		{"defaults", "retries", "\\x5", "hexadecimal"},
		{"defaults", "retries", "5\\", "backslash"},
		{"defaults", "retries", strings.Repeat("x ", 64), "64 words"},
		{"frontend", "retries", "5", "no such section"},
	} {
		f := Parse([]byte(text))
		e := f.Edit()
		err := e.Set(SectionRef{Kind: test.kind}, test.keyword, test.value)
		if err == nil || !strings.Contains(err.Error(), test.word) {
			t.Errorf("%s %q: %v; not a word of %q", test.keyword, test.value, err, test.word)
		}
		if string(f.Bytes()) != text || len(e.Changes()) > 0 {
			t.Errorf("%s %q: refused, and yet\n%s", test.keyword, test.value, f.Bytes())
		}
	}
	if err := Parse(nil).Edit().Set(SectionRef{"defaults", "x"}, "retries", "5"); !errors.Is(err, ErrNoSection) {
		t.Errorf("a section with a name: %v", err)
	}
}

func TestChangesTellTheLines(t *testing.T) {
	text := "global\n daemon\ndefaults\n retries 3\n mode http\n cookie x\n"
	f := Parse([]byte(text))
	e := f.Edit()
	for _, value := range []string{"4", "5"} {
		if err := e.Set(inDefaultsRef, "retries", value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Remove(inDefaultsRef, "cookie"); err != nil {
		t.Fatal(err)
	}
	if err := e.Set(SectionRef{Kind: "global"}, "maxconn", "9"); err != nil {
		t.Fatal(err)
	}
	if err := e.Set(inDefaultsRef, "mode", "tcp"); err != nil {
		t.Fatal(err)
	}
	if err := e.Set(inDefaultsRef, "mode", "http"); err != nil {
		t.Fatal(err)
	}
	want := []Change{
		{"defaults", "retries", " retries 3", " retries 5", 5, "value set"},
		{"defaults", "cookie", " cookie x", "", 6, "removed"},
		{"global", "maxconn", "", " maxconn 9", 3, "added"},
	}
	if got := e.Changes(); !slices.Equal(got, want) {
		t.Errorf("changes\n%+v, not\n%+v", got, want)
	}
}

func TestAddRemoveRename(t *testing.T) {
	text := "defaults\n log global\n log  127.0.0.1 local0 # far\n option   dontlognull # quiet\n"
	got, changes := edited(t, text, func(e *Editor) error {
		if err := e.Add(inDefaultsRef, "log", "/dev/log local1"); err != nil {
			return err
		}
		return e.Add(inDefaultsRef, "log", `"127.0.0.1" local0`)
	})
	if want := text + " log /dev/log local1\n"; got != want || len(changes) != 1 {
		t.Errorf("adding gives\n%s%+v", got, changes)
	}
	got, changes = edited(t, text, func(e *Editor) error {
		n, err := e.Remove(inDefaultsRef, "log")
		if n != 2 {
			t.Errorf("%d lines removed", n)
		}
		return err
	})
	if want := "defaults\n option   dontlognull # quiet\n"; got != want || len(changes) != 2 {
		t.Errorf("removing gives\n%s%+v", got, changes)
	}
	got, changes = edited(t, text, func(e *Editor) error {
		n, err := e.Rename(inDefaultsRef, "option dontlognull", "option dontlog-normal")
		if n != 1 {
			t.Errorf("%d lines renamed", n)
		}
		return err
	})
	if want := strings.Replace(text, "option   dontlognull", "option dontlog-normal", 1); got != want || len(changes) != 1 {
		t.Errorf("renaming gives\n%s%+v", got, changes)
	}
	e := Parse([]byte(text)).Edit()
	for _, err := range []error{
		e.Add(SectionRef{Kind: "peers"}, "log", "x"), e.Add(inDefaultsRef, "", "x"),
		second(e.Remove(SectionRef{Kind: "peers"}, "log")), second(e.Remove(inDefaultsRef, " ")),
		second(e.Rename(SectionRef{Kind: "peers"}, "log", "x")), second(e.Rename(inDefaultsRef, "", "x")), second(e.Rename(inDefaultsRef, "log", "global")),
	} {
		if err == nil {
			t.Error("a wrong edit is not refused")
		}
	}
	if n, err := e.Remove(inDefaultsRef, "timeout"); n != 0 || err != nil || len(e.Changes()) > 0 {
		t.Errorf("removing what is not there: %d, %v", n, err)
	}
}

func second(_ int, err error) error { return err }
