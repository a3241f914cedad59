package judge

import (
	"regexp"
	"strings"
)

// word is a word of a line of configuration.
type word struct {
	text       string // without quotes and backslashes
	start, end int    // where it stands in the line, with them
}

// words cuts a line as HAProxy does from 1.6 on. Before, quotes meant nothing; a path or a user never has one.
func words(line string) []word {
	var out []word
	var text strings.Builder
	start := -1
	quote := byte(0)
	flush := func(end int) {
		if start >= 0 {
			out = append(out, word{text.String(), start, end})
			text.Reset()
			start = -1
		}
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == 0 && c == '#':
			flush(i)
			return out
		case quote == 0 && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			flush(i)
			continue
		}
		if start < 0 {
			start = i
		}
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			text.WriteByte(line[i])
		default:
			text.WriteByte(c)
		}
	}
	flush(len(line))
	return out
}

// sections are the words that begin a section.
var sections = map[string]bool{
	"global": true, "defaults": true, "listen": true, "frontend": true, "backend": true, "userlist": true,
	"peers": true, "resolvers": true, "mailers": true, "cache": true, "program": true, "ring": true,
	"http-errors": true, "log-forward": true, "fcgi-app": true, "crt-store": true, "traces": true, "acme": true,
	"log-profile": true, "ruleset": true,
}

// fileAfter are the words behind which a file or a folder is named, and how many words lie between.
var fileAfter = map[string]int{
	"errorfile": 1, "errorfiles": 0, "crt": 0, "ca-file": 0, "ca-verify-file": 0, "ca-sign-file": 0,
	"crl-file": 0, "crt-list": 0, "ssl-dh-param-file": 0, "issuers-chain-path": 0, "lua-load": 0,
	"lua-load-per-thread": 0, "ca-base": 0, "crt-base": 0, "key-base": 0, "-f": 0, "key": 0, "ocsp": 0,
	"issuer": 0, "sctl": 0, "file": 0, "lf-file": 0, "tls-ticket-keys": 0, "server-state-base": 0,
}

var mapFile = regexp.MustCompile(`\bmap(?:_[a-z0-9_]+)?\((/[^,)]+)`)

// mention is a place in a line where an absolute path of a file stands.
type mention struct {
	path       string
	start, end int
}

// mentions finds the files that a line names. Times and addresses never begin with a slash; the path of a
// socket has no such word before it.
func mentions(line string, ws []word) []mention {
	var out []mention
	for i, w := range ws {
		if between, ok := fileAfter[w.text]; ok && i+1+between < len(ws) {
			if f := ws[i+1+between]; strings.HasPrefix(f.text, "/") {
				out = append(out, mention{f.text, f.start, f.end})
			}
		}
		raw := line[w.start:w.end]
		for _, m := range mapFile.FindAllStringSubmatchIndex(raw, -1) {
			out = append(out, mention{raw[m[2]:m[3]], w.start + m[2], w.start + m[3]})
		}
	}
	return out
}

// named gives the files and folders that a text names by absolute paths, in order, each once.
func named(text []byte) []string {
	var out []string
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		for _, m := range mentions(line, words(line)) {
			if !seen[m.path] {
				seen[m.path] = true
				out = append(out, m.path)
			}
		}
	}
	return out
}
