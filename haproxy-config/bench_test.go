package haproxyconfig

import (
	"strings"
	"testing"
)

func BenchmarkApplyAndCheckTemplate(b *testing.B) {
	for b.Loop() {
		out, _, err := nine().Apply([]byte(stock["1.0.4"]))
		if err != nil {
			b.Fatal(err)
		}
		Check(Parse(out))
	}
}

// BenchmarkCheckLarge is for a configuration of 10,000 lines.
func BenchmarkCheckLarge(b *testing.B) {
	text := []byte(corpus["web"].text + strings.Repeat("    server a 127.0.0.1:8081 check cookie \"a b\" # one of many\n", 10000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		CheckWith(Parse(text), CheckOptions{Standalone: true})
	}
}
