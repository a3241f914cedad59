package survey

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// sudoersParser reads a logical line from left to right.
type sudoersParser struct {
	text string
	at   int
}

func (p *sudoersParser) blanks() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// next is the next character behind blanks; 0 at the end.
func (p *sudoersParser) next() byte {
	p.blanks()
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// take goes on over a character, if it is the next.
func (p *sudoersParser) take(c byte) bool {
	if p.next() == c {
		p.at++
		return true
	}
	return false
}

func (p *sudoersParser) done() bool { return p.next() == 0 }

func (p *sudoersParser) peekWord() string {
	at := p.at
	w := p.takeWord()
	p.at = at
	return w
}

func (p *sudoersParser) takeWord() string { return p.until(" \t,:=()!") }

// until takes characters up to one of ends, backslashes taken off.
func (p *sudoersParser) until(ends string) string {
	p.blanks()
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		if c == '\\' && p.at+1 < len(p.text) {
			b.WriteByte(p.text[p.at+1])
			p.at += 2
			continue
		}
		if strings.IndexByte(ends, c) >= 0 {
			break
		}
		b.WriteByte(c)
		p.at++
	}
	return b.String()
}

// quoted takes a text in quotes.
func (p *sudoersParser) quoted() (string, error) {
	p.at++
	var b strings.Builder
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return b.String(), nil
		case c == '\\' && p.at+1 < len(p.text) && strings.IndexByte("\"\\", p.text[p.at+1]) >= 0:
			p.at++
			b.WriteByte(p.text[p.at])
		default:
			b.WriteByte(c)
		}
		p.at++
	}
	return "", errors.New("a quotation mark is not closed")
}

// here quotes what comes next, for messages.
func (p *sudoersParser) here() string {
	p.blanks()
	if rest := p.text[p.at:]; rest != "" {
		return fmt.Sprintf("%.40q", rest)
	}
	return "the end of the line"
}

// member takes a name of a list, with the ! before it: a user, a group, a host, an alias.
func (p *sudoersParser) member() (string, error) {
	not := false
	for p.take('!') {
		not = !not
	}
	var name string
	var err error
	lead := ""
	for c := p.next(); (c == '%' || c == '+' || c == ':') && len(lead) < 2; c = p.next() {
		if c == ':' && lead != "%" {
			break
		}
		lead += string(c)
		p.at++
	}
	if p.next() == '"' {
		name, err = p.quoted()
	} else {
		name = p.until(" \t,:=()!\"")
	}
	if err == nil && name == "" {
		return "", fmt.Errorf("a name is missing before %s", p.here())
	}
	if not {
		return "!" + lead + name, err
	}
	return lead + name, err
}

// list takes names with commas between them.
func (p *sudoersParser) list() ([]string, error) {
	var out []string
	for {
		m, err := p.member()
		if err != nil {
			return nil, err
		}
		out = append(out, m)
		if !p.take(',') {
			return out, nil
		}
	}
}

// hosts is list for hosts, which may be IPv6 addresses with colons.
func (p *sudoersParser) hosts() ([]string, error) {
	var out []string
	for {
		not := false
		for p.take('!') {
			not = !not
		}
		h := p.until(" \t,=()!\"")
		if h == "" || h[0] == '/' {
			return nil, fmt.Errorf("a host is missing before %s", cmp.Or(h, p.here()))
		}
		if not {
			h = "!" + h
		}
		out = append(out, h)
		if !p.take(',') {
			return out, nil
		}
	}
}

// defaults reads a Defaults line.
func (r *sudoersReader) defaults(p *sudoersParser) error {
	p.at = len("Defaults")
	base := SudoersDefault{Path: r.path, Line: r.line}
	if c := p.text[min(p.at, len(p.text)-1)]; p.at < len(p.text) && strings.IndexByte("@:>!", c) >= 0 {
		p.at++
		base.Scope = string(c)
		var err error
		if c == '!' {
			base.For, err = p.commandNames()
		} else {
			base.For, err = p.list()
		}
		if err != nil {
			return err
		}
	}
	for {
		d := base
		for p.take('!') {
			d.Off = !d.Off
		}
		if d.Name = p.until(" \t,=+-!\""); d.Name == "" {
			return fmt.Errorf("an option is missing before %s", p.here())
		}
		op := p.next()
		if (op == '+' || op == '-') && p.at+1 < len(p.text) && p.text[p.at+1] == '=' {
			p.at++
		}
		if p.take('=') {
			if d.Off {
				return fmt.Errorf("%s has both a ! and a value", d.Name)
			}
			var err error
			if p.next() == '"' {
				d.Value, err = p.quoted()
			} else if d.Value = p.until(" \t,"); d.Value == "" {
				err = fmt.Errorf("%s has no value", d.Name)
			}
			if err != nil {
				return err
			}
		}
		r.s.Defaults = append(r.s.Defaults, d)
		if !p.take(',') {
			break
		}
	}
	if !p.done() {
		return fmt.Errorf("%s is one too many: a comma belongs between options", p.here())
	}
	return nil
}

// commandNames takes commands without arguments, as those that a Defaults line is for.
func (p *sudoersParser) commandNames() ([]string, error) {
	var out []string
	for {
		m := p.until(" \t,")
		if m == "" {
			return nil, fmt.Errorf("a command is missing before %s", p.here())
		}
		out = append(out, m)
		if !p.take(',') {
			return out, nil
		}
	}
}

// alias reads what stands behind User_Alias and its like.
func (r *sudoersReader) alias(p *sudoersParser, kind string) error {
	for {
		a := SudoersAlias{Kind: kind, Name: p.until(" \t=:,!()")}
		if !isAlias(a.Name) {
			return fmt.Errorf("%q cannot name an alias: capitals, digits and _ do", a.Name)
		}
		if !p.take('=') {
			return fmt.Errorf("a = is missing before %s", p.here())
		}
		var err error
		switch kind {
		case "Cmnd":
			a.commands, err = p.commands()
			for _, c := range a.commands {
				a.Members = append(a.Members, strings.TrimSpace(c.Command+" "+c.Args))
				if len(c.Tags) > 0 || c.RunAs != nil || c.RunAsGroups != nil {
					err = errors.New("tags do not belong into an alias")
				}
			}
		case "Host":
			a.Members, err = p.aliasHosts()
		default:
			a.Members, err = p.list()
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.s.Aliases, func(b SudoersAlias) bool { return b.Kind == kind && b.Name == a.Name }) {
			return fmt.Errorf("the alias %s is defined twice", a.Name)
		}
		r.s.Aliases = append(r.s.Aliases, a)
		if !p.take(':') {
			break
		}
	}
	if !p.done() {
		return fmt.Errorf("%s is one too many: a comma belongs between names", p.here())
	}
	return nil
}

// aliasHosts is hosts where a colon with blanks around it, or before a name and a =, begins the next alias.
func (p *sudoersParser) aliasHosts() ([]string, error) {
	if i := strings.Index(p.text[p.at:], " : "); i >= 0 {
		head := sudoersParser{text: p.text[:p.at+i], at: p.at}
		out, err := head.hosts()
		if err == nil && !head.done() {
			err = fmt.Errorf("%s is one too many: a comma belongs between names", head.here())
		}
		p.at += i
		return out, err
	}
	return p.hosts()
}

func isAlias(name string) bool {
	if name == "" || name[0] < 'A' || name[0] > 'Z' || name == "ALL" {
		return false
	}
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// rule reads who may run what.
func (r *sudoersReader) rule(p *sudoersParser) error {
	users, err := p.list()
	if err != nil {
		return err
	}
	for {
		hosts, err := p.hosts()
		if err != nil {
			return err
		}
		if !p.take('=') {
			return fmt.Errorf("a = is missing before %s", p.here())
		}
		commands, err := p.commands()
		if err != nil {
			return err
		}
		r.s.Rules = append(r.s.Rules, SudoersRule{Users: users, Hosts: hosts, Commands: commands, Path: r.path, Line: r.line})
		if !p.take(':') {
			break
		}
	}
	if !p.done() {
		return fmt.Errorf("%s is one too many: a comma belongs between commands", p.here())
	}
	return nil
}
