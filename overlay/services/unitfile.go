package services

import (
	"fmt"
	"strings"
)

// install is the [Install] section of a unit.
type install struct {
	wantedBy, requiredBy, upheldBy []string
	alias, also                    []string
	defaultInstance                string
}

// rules says whether enabling such a unit does anything for itself.
func (in install) rules() bool {
	return len(in.wantedBy)+len(in.requiredBy)+len(in.upheldBy)+len(in.alias) > 0
}

// maxWords bounds the names in one section.
const maxWords = 10_000

// parse adds the [Install] section of a unit's file, or of a drop-in, to what is known.
func (in *install) parse(text []byte, u unitParts, upheld bool) error {
	within := false
	for _, line := range logicalLines(string(text)) {
		if strings.HasPrefix(line, "[") {
			within = strings.TrimSpace(line) == "[Install]"
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !within || !ok {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch key {
		case "WantedBy":
			setList(&in.wantedBy, value)
		case "RequiredBy":
			setList(&in.requiredBy, value)
		case "UpheldBy":
			if upheld {
				setList(&in.upheldBy, value)
			}
		case "Alias":
			if containsString(mayAlias, u.suffix) {
				setList(&in.alias, value)
			}
		case "Also":
			in.also = append(in.also, quotedWords(value)...)
		case "DefaultInstance":
			if u.isTemplate() {
				in.defaultInstance = value
			}
		}
	}
	if n := len(in.wantedBy) + len(in.requiredBy) + len(in.upheldBy) + len(in.alias) + len(in.also); n > maxWords {
		return fmt.Errorf("its [Install] section has %d names: more than %d are too many", n, maxWords)
	}
	return nil
}

// setList adds words to a list; an assignment of nothing empties it.
func setList(list *[]string, value string) {
	if value == "" {
		*list = nil
		return
	}
	*list = append(*list, quotedWords(value)...)
}

// logicalLines joins lines that end with a backslash, and leaves comments and empty lines out.
func logicalLines(text string) []string {
	var out []string
	var open strings.Builder
	continued := false
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimLeft(strings.TrimRight(line, "\r"), " \t")
		if strings.HasPrefix(trimmed, "#") || strings.HasPrefix(trimmed, ";") {
			continue
		}
		if !continued && trimmed == "" {
			continue
		}
		body, more := strings.CutSuffix(strings.TrimRight(line, "\r"), "\\")
		if !continued {
			body = strings.TrimLeft(body, " \t")
		}
		open.WriteString(body)
		if more {
			open.WriteByte(' ')
			continued = true
			continue
		}
		out = append(out, open.String())
		open.Reset()
		continued = false
	}
	if continued {
		out = append(out, open.String())
	}
	return out
}

// quotedWords cuts a value at blanks outside quotes. An open quote ends the list.
func quotedWords(s string) []string {
	var out []string
	var word strings.Builder
	var quote byte
	started := false
	for i := range len(s) {
		c := s[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, started = c, true
		case quote == 0 && isSpace(c):
			if started {
				out = append(out, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if started && quote == 0 {
		out = append(out, word.String())
	}
	return out
}

func containsString(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// expand puts a unit's names into the specifiers of one word of its [Install] section.
func expand(word, name string, u unitParts) (string, error) {
	if !strings.Contains(word, "%") {
		return word, nil
	}
	var out strings.Builder
	for i := 0; i < len(word); i++ {
		if word[i] != '%' || i+1 == len(word) {
			out.WriteByte(word[i])
			continue
		}
		i++
		switch word[i] {
		case '%':
			out.WriteByte('%')
		case 'n':
			out.WriteString(name)
		case 'N':
			out.WriteString(strings.TrimSuffix(name, "."+u.suffix))
		case 'p':
			out.WriteString(u.prefix)
		case 'i':
			out.WriteString(u.instance)
		case 'j':
			out.WriteString(u.prefix[strings.LastIndexByte(u.prefix, '-')+1:])
		case 'u', 'g':
			out.WriteString("root")
		case 'U', 'G':
			out.WriteByte('0')
		default:
			return "", fmt.Errorf("%q in its [Install] section: %%%c depends on the running machine, or is none of %%n %%N %%p %%i %%j: write the name out",
				shorten(word), word[i])
		}
		if out.Len() > 4096 {
			return "", fmt.Errorf("%q in its [Install] section: too long", shorten(word))
		}
	}
	return out.String(), nil
}
