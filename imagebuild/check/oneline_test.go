package check

import "testing"

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain é →": "plain é →", "a\x1b[2J\nb\x7f": `a\x1b[2J\x0ab\x7f`, "c\u009b2J": `c\u009b2J`,
		"a\u202egpj.\u2066sh\u2029": `a\u202egpj.\u2066sh\u2029`, "\x9b2J": "\ufffd2J",
	} {
		if got := OneLine(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for in, want := range map[string]string{
		"-a\tb\r\n+c →\n": "-a\tb\r\n+c →\n", "caf\xe9\n": "caf\xe9\n", "a\rb\x1b[2J\v\n": `a\x0db\x1b[2J\x0b` + "\n",
		"\x9b2J": `\x9b2J`, "\u009b2J": `\u009b2J`, "\u202egpj": `\u202egpj`,
	} {
		if got := Lines(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
