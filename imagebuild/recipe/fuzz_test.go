package recipe

import (
	"errors"
	"testing"
	"unicode/utf8"
)

// Whatever the text, reading ends, with a recipe or with problems that have places in it; a recipe is shown as what it is.
func FuzzParse(f *testing.F) {
	f.Add(full)
	f.Add(layered)
	for _, test := range bad {
		f.Add(head + test.text + "\n")
	}
	f.Add(head + "x: &a {<<: *a}\nhaproxy: {<<: [*a, *a]}\n")
	f.Add(head + "edits:\n- file:\n    path: /a\n    content: |+\n      a\n\n\n- file: {path: /b, content: \"\\r\\n\\u2028 \\t\"}\n")
	f.Add("? [a]\n: b\n--- !!map\n...\n%YAML 1.2\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse("lbimage.yaml", "", []byte(text))
		if err == nil {
			roundTrip(t, r)
			return
		}
		var e *Error
		if !errors.As(err, &e) || len(e.Problems) == 0 || len(e.Problems) > maxProblems {
			t.Fatalf("%v", err)
		}
		for _, p := range e.Problems {
			if p.Line < 0 || p.Column < 0 || p.Message == "" || p.Rule == "" || p.File != "lbimage.yaml" {
				t.Errorf("%+v", p)
			}
		}
	})
}

// Contents of files come back as they are, whatever is in them.
func FuzzContent(f *testing.F) {
	for _, s := range []string{"a", "a\n", "\n", " a\n b\n", "a\r\n", "\ttab\n", "# no comment", "---\n", "é\u2028\n", "a: b", "", "true", "0644", "'", "a\n\n\n", " \n", "\\", "{{x}}\n"} {
		f.Add(s)
	}
	const before = head + "edits:\n  - file:\n      path: /a\n      content: "
	f.Fuzz(func(t *testing.T, content string) {
		if !utf8.ValidString(content) {
			t.Skip("it is no text")
		}
		r, err := Parse("lbimage.yaml", "", []byte(before+quoted("x")+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		at := r.tree.get("edits").items[0].get("file").get("content")
		at.text = content
		v, err := r.Resolve(DefaultProfile)
		if err != nil {
			t.Fatal(err)
		}
		text, err := v.YAML(ShowOptions{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("lbimage.yaml", "", text)
		if err != nil {
			t.Fatalf("what is shown is refused: %v\n%s", err, text)
		}
		got, err := again.Resolve(DefaultProfile)
		if err != nil {
			t.Fatal(err)
		}
		if got.Edits[0].File.Content != content {
			t.Errorf("%q comes back as %q:\n%s", content, got.Edits[0].File.Content, text)
		}
	})
}
