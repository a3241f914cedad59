package migrate

import (
	"regexp"
	"strings"
)

// plainHeader is a pattern of reqdel that means all headers of one name and nothing else.
var plainHeader = regexp.MustCompile(`^\^([A-Za-z0-9-]+):(\.\*|\\ \.\*| \.\*|\[\\ \]\*\.\*)?\$?$`)

// headers writes reqadd, reqdel and their like as rules of http-request and http-response.
func (m *migration) headers(s Section, l *Line) {
	word := l.Keyword()
	if !s.IsProxy() || !m.gone("proxy", word) {
		return
	}
	rules := "http-request"
	if strings.HasPrefix(word, "rsp") {
		rules = "http-response"
	}
	switch word {
	case "reqadd", "rspadd":
		m.addHeader(s, l, rules)
	case "reqdel", "reqidel", "rspdel", "rspidel":
		m.deleteHeader(s, l, rules)
	case "reqrep", "reqirep", "rsprep", "rspirep", "reqallow", "reqiallow", "reqpass", "reqipass", "reqsetbe", "reqisetbe",
		"reqdeny", "reqideny", "rspdeny", "rspideny", "reqtarpit", "reqitarpit":
		m.cannot(l, "no-equal", "write "+rules+" rules that do what is meant: they look at one header or at the path, and not at whole lines",
			"%s matches whole lines of a request or answer, which no rule of today does", word)
	}
}

// condition gives the words from the first if or unless on, as they are written.
func condition(l *Line, from int) (text string, at int) {
	for i, w := range l.Words() {
		if i >= from && (w.Value == "if" || w.Value == "unless") {
			return " " + l.Rest(i), i
		}
	}
	return "", len(l.Words())
}

// addHeader writes 'reqadd Name:\ value' anew. The value of add-header is a format, in which
// a % is written twice.
func (m *migration) addHeader(s Section, l *Line, rules string) {
	words := l.Words()
	cond, at := condition(l, 2)
	if at != 2 {
		m.cannot(l, "no-equal", "write "+rules+" add-header NAME VALUE", "%s takes one word and a condition", l.Keyword())
		return
	}
	name, value, ok := strings.Cut(words[1].Value, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \t") || words[1].Expands {
		m.cannot(l, "no-equal", "write "+rules+" add-header NAME VALUE", "%s adds %q, which is no header with a name and a value", l.Keyword(), words[1].Value)
		return
	}
	value = strings.ReplaceAll(strings.TrimLeft(value, " \t"), "%", "%%")
	text := l.Indent() + rules + " add-header " + name + " " + escape(value) + cond
	m.e.Rewrite(s, l, text+tail(l), l.Keyword()+" is written "+rules+" add-header today")
}

// deleteHeader writes 'reqdel ^Name:' anew, where the pattern means one header.
func (m *migration) deleteHeader(s Section, l *Line, rules string) {
	words := l.Words()
	cond, at := condition(l, 2)
	match := []string(nil)
	if len(words) > 1 && at == 2 && !words[1].Expands {
		match = plainHeader.FindStringSubmatch(words[1].Value)
	}
	if match == nil {
		m.cannot(l, "no-equal", "write "+rules+" del-header NAME", "%s matches whole lines by a pattern that is not just a header's name", l.Keyword())
		return
	}
	text := l.Indent() + rules + " del-header " + match[1] + cond
	m.e.Rewrite(s, l, text+tail(l), l.Keyword()+" is written "+rules+" del-header today")
}

// tail is what stands behind the words of a line: blanks and the comment.
func tail(l *Line) string {
	words := l.Words()
	return l.Text()[words[len(words)-1].End():]
}

// escape writes a value as one word.
func escape(s string) string {
	if s == "" {
		return `""`
	}
	return strings.NewReplacer(`\`, `\\`, ` `, `\ `, "\t", `\t`, `#`, `\#`, `"`, `\"`, `'`, `\'`).Replace(s)
}
