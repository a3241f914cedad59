package sed

import (
	"testing"
)

// FuzzSed: whatever the program and the text, there is no panic and no hang, and what a program makes never gets No.
func FuzzSed(f *testing.F) {
	f.Add("s/a/b/g", false, "aab\n")
	f.Add("/x/,/y/{s/\\(a*\\)b/\\1/;d\n}", false, "x\nab\ny")
	f.Add("1~2!s/(a|bc)+/&\\1/2I", true, "abc\n")
	f.Add("$a foo\\\nbar", false, "")
	f.Add("=\n1ii", false, "0")
	f.Add("s/a/a/p\n1ib", false, "a\nb\n")
	f.Add("#n\n/[[:alpha:]]\\{2,\\}/p", false, "é\n\xff\n")
	f.Fuzz(func(t *testing.T, program string, extended bool, text string) {
		if len(program) > 200 || len(text) > 2000 {
			t.Skip()
		}
		p, err := Parse(program, extended)
		if err != nil {
			Confined(program)
			return
		}
		p.Made([]byte(text))
		out, err := p.Apply([]byte(text))
		if err != nil {
			return
		}
		if v := p.Made(out); v.Answer == No {
			t.Errorf("%q makes %q of %q, and Made says %+v", program, out, text, v)
		}
	})
}
