package survey

import (
	"fmt"
	"slices"
	"strings"
)

// sudoTags are the tags of commands, each beside the one that it takes back.
var sudoTags = map[string]string{
	"NOPASSWD": "PASSWD", "PASSWD": "NOPASSWD", "NOEXEC": "EXEC", "EXEC": "NOEXEC", "SETENV": "NOSETENV", "NOSETENV": "SETENV",
	"LOG_INPUT": "NOLOG_INPUT", "NOLOG_INPUT": "LOG_INPUT", "LOG_OUTPUT": "NOLOG_OUTPUT", "NOLOG_OUTPUT": "LOG_OUTPUT",
	"FOLLOW": "NOFOLLOW", "NOFOLLOW": "FOLLOW", "MAIL": "NOMAIL", "NOMAIL": "MAIL", "INTERCEPT": "NOINTERCEPT", "NOINTERCEPT": "INTERCEPT",
}

// sudoOptions stand before commands, with values.
var sudoOptions = []string{"ROLE", "TYPE", "APPARMOR_PROFILE", "PRIVS", "LIMITPRIVS", "NOTBEFORE", "NOTAFTER", "TIMEOUT", "CWD", "CHROOT"}

// commands takes a list of commands. Whom a command is run as, and tags, hold for those behind it, too.
func (p *sudoersParser) commands() ([]SudoersCommand, error) {
	var out []SudoersCommand
	var c SudoersCommand
	for {
		if err := p.before(&c); err != nil {
			return nil, err
		}
		if err := p.command(&c); err != nil {
			return nil, err
		}
		out = append(out, c)
		if !p.take(',') {
			return out, nil
		}
	}
}

// before takes what stands before a command: whom it is run as, options, tags.
func (p *sudoersParser) before(c *SudoersCommand) error {
	if p.take('(') {
		c.RunAs, c.RunAsGroups = []string{}, nil
		var err error
		if p.next() != ':' && p.next() != ')' {
			if c.RunAs, err = p.list(); err != nil {
				return err
			}
		}
		if p.take(':') && p.next() != ')' {
			if c.RunAsGroups, err = p.list(); err != nil {
				return err
			}
		}
		if !p.take(')') {
			return fmt.Errorf("a ) is missing before %s", p.here())
		}
	}
	for {
		at := p.at
		word := p.until(" \t,:=()!")
		switch {
		case slices.Contains(sudoOptions, word) && p.take('='):
			if p.next() == '"' {
				if _, err := p.quoted(); err != nil {
					return err
				}
			} else if p.until(" \t,") == "" {
				return fmt.Errorf("%s has no value", word)
			}
		case sudoTags[word] != "" && p.take(':'):
			c.Tags = slices.DeleteFunc(slices.Clone(c.Tags), func(t string) bool { return t == word || t == sudoTags[word] })
			c.Tags = append(c.Tags, word)
		default:
			p.at = at
			return nil
		}
	}
}

// command takes a command with its arguments.
func (p *sudoersParser) command(c *SudoersCommand) error {
	not := false
	for p.take('!') {
		not = !not
	}
	c.Args = ""
	for p.digest() {
	}
	if p.next() == '"' {
		name, err := p.quoted()
		if err != nil {
			return err
		}
		c.Command = name
	} else {
		c.Command = p.until(" \t,:=()!\"#")
	}
	switch {
	case c.Command == "":
		return fmt.Errorf("a command is missing before %s", p.here())
	case c.Command == "ALL" || isAlias(c.Command):
	case c.Command[0] == '/' || c.Command[0] == '^':
		if c.Command[0] == '/' && c.Command[len(c.Command)-1] == '/' {
			break // a folder: no arguments
		}
		c.Args = p.args()
	case c.Command == "sudoedit":
		c.Args = p.args()
	case c.Command == "list":
	default:
		return fmt.Errorf("%q is no command: its path from the root, ALL or an alias in capitals is", c.Command)
	}
	if not {
		c.Command = "!" + c.Command
	}
	return nil
}

// digest passes over the digest that a command must have: sha256:….
func (p *sudoersParser) digest() bool {
	for _, kind := range []string{"sha224", "sha256", "sha384", "sha512"} {
		at := p.at
		p.blanks()
		if strings.HasPrefix(p.text[p.at:], kind) {
			p.at += len(kind)
			if p.take(':') && p.until(" \t,:!()\"") != "" {
				p.take(',')
				return true
			}
		}
		p.at = at
	}
	return false
}

// args takes arguments up to what is special in a list of commands.
func (p *sudoersParser) args() string {
	var words []string
	for {
		p.blanks()
		if p.at >= len(p.text) || strings.IndexByte(",:=#", p.text[p.at]) >= 0 {
			return strings.Join(words, " ")
		}
		var b strings.Builder
		for p.at < len(p.text) && strings.IndexByte(" \t,:#", p.text[p.at]) < 0 {
			c := p.text[p.at]
			if c == '\\' && p.at+1 < len(p.text) {
				if strings.IndexByte(":\\,= \t#", p.text[p.at+1]) < 0 {
					b.WriteByte(c) // of a pattern
				}
				p.at++
				c = p.text[p.at]
			}
			b.WriteByte(c)
			p.at++
		}
		words = append(words, b.String())
	}
}
