package lint

import (
	"strings"

	"lbimage/haproxy-config/nearest"
)

// formatVariables are the names behind % in a format, with the first version that has
// them where that is known.
var formatVariables = func() map[string]Version {
	all := map[string]Version{}
	for _, name := range strings.Fields(`o B CC CS H HM HP HQ HU HV ID ST T Ta Tc Td Th Ti Tl Tq Tr TR Ts Tt Tw U
		ac b bc bi bp bq ci cp f fc fi fp ft hr hrl hs hsl lc ms pid r rc rt s sc si sp sq sslc sslv t tr trg trl ts tsc`) {
		all[name] = Version{}
	}
	all["HPO"] = v24
	all["Tu"] = Version{Major: 2, Minor: 3}
	all["OG"] = Version{Major: 3}
	return all
}()

// format looks at a log format: %variable, %{flags}variable, %[expression], %%.
func (c *checker) format(d directive, n int, name string) bool {
	if d.expands(n) {
		return true
	}
	text := d.words[n]
	bad := func(hint, format string, args ...any) bool {
		c.say(Error, d, n, "bad-format", hint, name+": "+format, args...)
		return false
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			continue
		}
		i++
		if i < len(text) && text[i] == '%' {
			continue
		}
		if i < len(text) && text[i] == '{' {
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return bad("close it with }", "a { behind %% that is not closed")
			}
			i += end + 1
		}
		if i < len(text) && text[i] == '(' && c.since(v30) {
			end := strings.IndexByte(text[i:], ')')
			if end < 0 {
				return bad("close it with )", "a ( behind %% that is not closed")
			}
			i += end + 1
			if i < len(text) && text[i] == '{' {
				if end := strings.IndexByte(text[i:], '}'); end >= 0 {
					i += end + 1
				}
			}
		}
		switch {
		case i >= len(text):
			return bad("write %% for the character", "nothing stands behind the last %%")
		case text[i] == '[':
			inner, length := bracketed(text[i+1:])
			if length < 0 {
				return bad("close it with ]", "a [ behind %% that is not closed")
			}
			if trimmed := strings.TrimRight(inner, " "); trimmed != inner {
				return bad("remove the blank", "a blank before the ] of %%[%s]", inner)
			}
			if !c.formatSample(d, n, inner) {
				return false
			}
			i += length + 1
		case isNameByte(text[i]):
			end := i
			for end < len(text) && isNameByte(text[end]) {
				end++
			}
			if since, ok := formatVariables[text[i:end]]; !ok || c.o.HAProxy.Before(since) {
				hint := "write %% for the character"
				if near := nearest.Word(text[i:end], formatNames()); near != "" {
					hint = "write %" + near + ", or %% for the character"
				}
				return bad(hint, "there is no %%%s", text[i:end])
			}
			i = end - 1
		case text[i] == ' ':
			return bad("write %% for the character", "a blank behind %%")
		}
	}
	return true
}

func formatNames() []string {
	return strings.Fields("ci cp si sp bi bp ft fc ST TR Tw Tc Tr Ta Tt ac bc sc rc sq bq hr hs tr trl ID ts tsc")
}

func isNameByte(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

// bracketed gives what stands up to the ] that closes it, and its length; -1 where none does.
// Within parentheses a ] is like any other character.
func bracketed(s string) (inner string, length int) {
	depth := 0
	var quote byte
	for i := range len(s) {
		switch ch := s[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case depth > 0 && (ch == '"' || ch == '\''):
			quote = ch
		case ch == '(':
			depth++
		case ch == ')':
			depth = max(0, depth-1)
		case ch == ']' && depth == 0:
			return s[:i], i
		}
	}
	if i := strings.IndexByte(s, ']'); i >= 0 {
		return s[:i], i // what is wrong with it shows when it is read
	}
	return "", -1
}

// formatSample looks at what stands in %[…].
func (c *checker) formatSample(d directive, n int, text string) bool {
	_, ok := c.sample(d, n, text, asFormat)
	return ok
}
