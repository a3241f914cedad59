package nearest

import "testing"

func TestWord(t *testing.T) {
	words := []string{"client", "server", "connect", "check", "queue", "http-keep-alive", "http-request", "tunnel"}
	for _, test := range []struct{ word, want string }{
		{"clint", "client"}, {"cleint", "client"}, {"conect", "connect"}, {"http-keepalive", "http-keep-alive"}, {"xyz", ""}, {"", ""}, {"sever", "server"},
	} {
		if got := Word(test.word, words); got != test.want {
			t.Errorf("%q is near %q, not %q", test.word, got, test.want)
		}
	}
	if Distance("ab", "ba") != 1 || Distance("", "abc") != 3 || Distance("abc", "abc") != 0 || Distance("kitten", "sitting") != 3 {
		t.Error("a distance is wrong")
	}
}
