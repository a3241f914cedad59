package overlay

import (
	"strings"
	"testing"
)

func TestParseOwners(t *testing.T) {
	got, err := parseOwners([]byte("# comment\n\n a/b  servo:servo \r\n/my file.txt\t7:8\n./c/ :wheel"))
	want := []ownerLine{{3, "a/b", Owner{"servo", "servo"}}, {4, "my file.txt", Owner{"7", "8"}}, {5, "c", Owner{"", "wheel"}}}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
	for in, want := range map[string]string{"a\n": "1: ", "\na b:c:d\n": "2: owner", "a b/c": "1: owner"} {
		if _, err := parseOwners([]byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzParseOwners(f *testing.F) {
	f.Add([]byte("a b\n# c\nd e:f\n"))
	f.Add([]byte("a\tb\x00:\xff"))
	f.Add([]byte("a\t: "))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := parseOwners(text)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.owner == (Owner{}) || strings.HasPrefix(l.name, "/") || l.line < 1 || l.line > strings.Count(string(text), "\n")+1 {
				t.Fatalf("%q: %+v", text, l)
			}
		}
	})
}
