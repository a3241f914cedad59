package sed

import (
	"math/rand"
	"strings"
	"testing"
)

func parsed(t testing.TB, program string, extended bool) *Program {
	t.Helper()
	p, err := Parse(program, extended)
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return p
}

func TestMade(t *testing.T) {
	for _, c := range []struct {
		program  string
		extended bool
		text     string
		want     Verdict
	}{
		{"/requiretty/s/^/#/", false, "a\n#Defaults requiretty\n", Verdict{Answer: Yes}},
		{"/requiretty/s/^/#/", false, "a\n##Defaults requiretty\n", Verdict{Answer: Yes}},
		{"/requiretty/s/^/#/", false, "a\n\nDefaults requiretty\n", Verdict{No, 3, "#Defaults requiretty", "", false}},
		{"/requiretty/s/^/#/", false, "a\n", Verdict{Answer: Yes, Idle: true}},
		{"/requiretty/s/^/#/", false, "a\n#x\n", Verdict{Answer: Yes, Idle: true}},
		{"/requiretty/s/^/#/", false, " # Defaults requiretty\n", Verdict{No, 1, "# # Defaults requiretty", "", false}},
		{"s/PasswordAuthentication yes/PasswordAuthentication no/", false, "PasswordAuthentication no\n", Verdict{Answer: Yes}},
		{"s/PasswordAuthentication yes/PasswordAuthentication no/", false, "x\n#PasswordAuthentication yes", Verdict{No, 2, "#PasswordAuthentication no", "", false}},
		{"s/PasswordAuthentication yes/PasswordAuthentication no/", false, "x\n", Verdict{Answer: Yes, Idle: true}},
		{"s/^#*PermitRootLogin.*/PermitRootLogin no/", false, "PermitRootLogin no\n", Verdict{Answer: Yes}},
		{"s/^#*PermitRootLogin.*/PermitRootLogin no/", false, "#PermitRootLogin yes\n", Verdict{No, 1, "PermitRootLogin no", "", false}},
		{"s/^#*PermitRootLogin.*/PermitRootLogin no/", false, "# PermitRootLogin yes\n", Verdict{Answer: Yes, Idle: true}},
		{"s/^SELINUX=.*/SELINUX=disabled/", false, "SELINUX=enforcing\nSELINUXTYPE=targeted\n", Verdict{No, 1, "SELINUX=disabled", "", false}},
		{"s/^SELINUX=.*/SELINUX=disabled/", false, "SELINUX=disabled\nSELINUXTYPE=targeted\n", Verdict{Answer: Yes}},
		{`s/^\(GRUB_CMDLINE_LINUX="[^"]*\)"/\1 quiet"/`, false, "GRUB_CMDLINE_LINUX=\"a quiet\"\n", Verdict{Answer: Yes}},
		{`s/^\(GRUB_CMDLINE_LINUX="[^"]*\)"/\1 quiet"/`, false, "GRUB_CMDLINE_LINUX=\"a\"\n", Verdict{No, 1, "GRUB_CMDLINE_LINUX=\"a quiet\"", "", false}},
		{"/^HOSTNAME=/d", false, "A=1\n", Verdict{Answer: Yes}},
		{"/^HOSTNAME=/d", false, "A=1\nHOSTNAME=x\n", Verdict{No, 2, "", "", false}},
		{"$a x=1", false, "a\nx=1\n", Verdict{Answer: Yes}},
		{"$a x=1", false, "a\nx=2\n", Verdict{No, 2, "x=1", "", false}},
		{"s/a/b/\n$a x=1", false, "a\nx=1\n", Verdict{No, 1, "b", "", false}},
		{"s/a/b/\n1i x=1", false, "x=1\na\n", Verdict{No, 2, "b", "", false}},
		{"1i top", false, "top\nx\n", Verdict{Answer: Yes}},
		{"1i top", false, "x\ntop\n", Verdict{No, 1, "top", "", false}},
		{"/foo/a bar", false, "foo\nbar\nx\n", Verdict{Answer: Yes}},
		{"/foo/a bar", false, "foo\nx\n", Verdict{No, 1, "bar", "", false}},
		{"/foo/i bar", false, "bar\nfoo\nx\n", Verdict{Answer: Yes}},
		{"/foo/i bar", false, "x\nfoo\n", Verdict{No, 2, "bar", "", false}},
		{"/foo/c bar", false, "x\nbar\n", Verdict{Answer: Yes}},
		{"/foo/c bar", false, "x\nfoo\n", Verdict{No, 2, "bar", "", false}},
		{`/^\[main\]/,/^\[/s/enabled=0/enabled=1/`, false, "[a]\nenabled=0\n[main]\nenabled=0\n", Verdict{No, 4, "enabled=1", "", false}},
		{`/^\[main\]/,/^\[/s/enabled=0/enabled=1/`, false, "[a]\nenabled=0\n[main]\nenabled=1\n", Verdict{Answer: Yes}},
		{"2s/a/b/", false, "a\na\n", Verdict{No, 2, "b", "", false}},
		{"2s/a/b/", false, "a\nb\n", Verdict{Answer: Yes}},
		{"s/a/b/;s/b/c/", false, "c\n", Verdict{Answer: Yes}},
		{"s/a/b/;s/b/c/", false, "b\n", Verdict{No, 1, "c", "", false}},
		{"y/abc/xyz/", false, "abd", Verdict{No, 1, "xyd", "", false}},
		{"y/abc/xyz/", false, "xyd", Verdict{Answer: Yes}},
		{"#n\n/x/p", false, "x\n", Verdict{Answer: Yes}},
		{"#n\n/x/p", false, "x\ny\n", Verdict{No, 2, "", "", false}},
		{"s/foo/&bar/", false, "foobar\n", Verdict{Answer: Yes}},
		{"s/foo/&bar/", false, "foo\n", Verdict{No, 1, "foobar", "", false}},
		{"s/x/a\\nb/", false, "x\n", Verdict{Answer: Unknown}},
		{"s/.*/x/", false, "é\n", Verdict{No, 1, "x", "", false}},
		{`s/\w/x/`, false, "é\n", Verdict{Answer: Unknown}},
	} {
		got := parsed(t, c.program, c.extended).Made([]byte(c.text))
		if (got.Why == "") == (got.Answer != Yes) {
			t.Errorf("%q: %q: why is %q", c.program, c.text, got.Why)
		}
		if got.Why = ""; got != c.want {
			t.Errorf("%q: %q\n is %+v\nnot %+v", c.program, c.text, got, c.want)
		}
	}
}

// lines are all texts of one line, over an alphabet, up to a length.
func lines(alphabet string, longest int) []string {
	out := []string{""}
	for from, n := 0, 0; n < longest; n++ {
		to := len(out)
		for _, s := range out[from:to] {
			for _, c := range alphabet {
				out = append(out, s+string(c))
			}
		}
		from = to
	}
	return out
}

// TestNoIsCertain tries every line of a small alphabet: what a program makes of one never gets No, and where Made says No
// there is none.
func TestNoIsCertain(t *testing.T) {
	r := rand.New(rand.NewSource(seed(t)))
	all := lines("ab#", 7)
	answers := map[Answer]int{}
	for n := rounds(t) / 4; n > 0; n-- {
		extended := r.Intn(2) == 0
		program := randomProgram(r, extended, 0)
		p, err := Parse(program, extended)
		if err != nil || !p.Local() {
			n++
			continue
		}
		made := map[string]string{}
		for _, x := range all {
			if out, err := p.Apply([]byte(x + "\n")); err == nil && len(out) > 0 {
				made[strings.TrimSuffix(string(out), "\n")] = x
			}
		}
		for _, y := range lines("ab#", 4) {
			v := p.Made([]byte(y + "\n"))
			answers[v.Answer]++
			if x, is := made[y]; is && v.Answer == No {
				t.Errorf("%q (extended %v) makes %q of %q, and Made says %+v", program, extended, y, x, v)
				break
			}
		}
	}
	t.Log(answers)
	if answers[Yes] == 0 || answers[No] == 0 {
		t.Error("an answer is never given")
	}
}

// TestMadeIsMade asks of what programs have really made.
func TestMadeIsMade(t *testing.T) {
	r := rand.New(rand.NewSource(seed(t)))
	answers := map[Answer]int{}
	for n := 0; n < 20*rounds(t); n++ {
		extended := r.Intn(2) == 0
		program := randomProgram(r, extended, 0)
		p, err := Parse(program, extended)
		if err != nil {
			continue
		}
		text := randomText(r)
		out, err := p.Apply([]byte(text))
		if err != nil {
			continue
		}
		v := p.Made(out)
		if answers[v.Answer]++; v.Answer == No {
			t.Errorf("%q (extended %v) makes %q of %q, and Made says %+v", program, extended, out, text, v)
		}
		if v.Idle && string(out) != text && len(out) > 0 && every(p.list, func(c *command) bool { return strings.IndexByte("dcq", c.name) < 0 }) {
			t.Errorf("%q (extended %v) makes %q of %q, and Made says it was idle", program, extended, out, text)
		}
	}
	t.Log(answers)
}
