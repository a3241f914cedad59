package lint

import (
	"errors"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart/grammar"
	"lbimage/kickstart/shell"
)

var (
	ruleErrorOnFail = Rule{
		"ks-no-erroronfail", Warning,
		"a script that fails goes unnoticed, and the image lacks what it would have done",
		"write --erroronfail behind the section's name",
	}
	ruleShellSyntax = Rule{
		"ks-shell-syntax", Error,
		"the shell refuses the script from that line on, and what it says there is not done",
		"mend the line; bash -n tells the same",
	}
	ruleHereDocumentEnd = Rule{
		"ks-here-document-without-end", Error,
		"the shell takes all the rest of the script for the text, and runs none of it",
		"write the delimiter, alone in a line and without blanks in front",
	}
	ruleOutside = Rule{
		"ks-writes-outside", Warning,
		"a script with --nochroot runs in the installer, and what it writes outside /mnt/sysimage is gone when that ends",
		"write below /mnt/sysimage, or leave --nochroot out",
	}
)

var ruleCarriageReturn = Rule{
	"ks-carriage-return", Error,
	"lines that end as on Windows reach the shell with the carriage return, which it takes for a part of the last word: commands fail, or make files with strange names",
	"save the file with the ends of lines of Unix",
}

// sections judges the first lines of scripts.
func (c *checker) sections() {
	for _, s := range c.f.Sections("") {
		if s.Name != "%post" && s.Name != "%pre" && s.Name != "%pre-install" || strings.TrimSpace(s.Body) == "" {
			continue
		}
		if i := strings.Index(s.Body, "\r\n"); i >= 0 && c.v <= grammar.RHEL7 { // later ones read both ends alike
			at := s.LinePlace(strings.Count(s.Body[:i], "\n"))
			at.Column = i - strings.LastIndexByte(s.Body[:i], '\n')
			c.add(ruleCarriageReturn, at, "the script's lines end with a carriage return")
		}
		known := false
		for _, o := range s.Spec.Options {
			known = known || o.Name == "--erroronfail" && !o.Removed
		}
		if known && !s.Has("--erroronfail") {
			c.add(ruleErrorOnFail, s.Place, "%s has no --erroronfail", s.Name)
		}
	}
	for _, s := range c.scripts {
		if s.section.Name == "%post" && !s.chroot {
			c.outside(s)
		}
	}
}

// syntax tells of scripts that do not parse.
func (c *checker) syntax() {
	for _, s := range c.scripts {
		var parse syntax.ParseError
		var lang syntax.LangError
		switch {
		case s.err == nil:
			c.substitutions(s)
		case errors.Is(s.err, shell.ErrTooLarge):
			c.add(ruleShellSyntax, s.section.Place, "%v: it is not judged", s.err)
			c.hint("make several sections of it")
			c.lower(Info)
		case errors.As(s.err, &parse) && strings.Contains(parse.Text, "here-document"):
			c.add(ruleHereDocumentEnd, s.place(parse.Pos), "%s", parse.Text)
		case errors.As(s.err, &parse) && strings.HasPrefix(parse.Text, "not a valid arithmetic operator: `$"):
			// Only when it runs does bash know what the variable stands for, and the parser here does not wait.
		case errors.As(s.err, &parse):
			c.add(ruleShellSyntax, s.place(parse.Pos), "%s", parse.Text)
		case errors.As(s.err, &lang):
			c.add(ruleShellSyntax, s.place(lang.Pos), "%s is nothing that bash knows", lang.Feature)
		default:
			c.add(ruleShellSyntax, s.section.Place, "%v", s.err)
		}
	}
}

// substitutions tells of <(…) and >(…), which a bash older than 5.1 does not know when it is called as sh.
func (c *checker) substitutions(s *shellScript) {
	if !s.posix || c.v >= grammar.RHEL9 {
		return
	}
	s.walk(func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ProcSubst); ok {
			c.add(ruleShellSyntax, s.place(p.Pos()), "the /bin/sh of %s does not know %s…)", c.v, p.Op)
			c.hint("write --interpreter=/bin/bash behind %s", s.section.Name)
			return false
		}
		return true
	})
}

// kept are places outside the new system that a script may write to: what is there is meant to go, or is another disk.
var kept = []string{"/mnt", "/media", "/tmp", "/dev", "/proc", "/sys", "/run", "/var/run", "/var/tmp"}

// outside tells of what a script writes outside the new system.
func (c *checker) outside(s *shellScript) {
	tell := func(at syntax.Pos, target string) {
		if !strings.HasPrefix(target, "/") {
			return
		}
		target = path.Clean(target)
		for _, k := range kept {
			if target == k || strings.HasPrefix(target, k+"/") {
				return
			}
		}
		c.add(ruleOutside, s.place(at), "%s lies in the installer, not in the new system", target)
		c.hint("write /mnt/sysimage%s, or leave --nochroot out", target)
	}
	entered := false // another root, by chroot: what stands there is for it
	s.walk(func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Redirect:
			switch n.Op {
			case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll:
				if target, ok := literal(n.Word); ok && !entered {
					tell(n.Pos(), target)
				}
			}
		case *syntax.CallExpr:
			w, ok := words(n)
			if !ok || entered {
				return true
			}
			switch path.Base(w[0]) {
			case "chroot":
				entered = len(w) == 2 // a shell in the new system reads the rest
			case "cp", "mv", "install", "ln", "rsync":
				if len(w) > 2 {
					tell(n.Args[len(w)-1].Pos(), w[len(w)-1])
				}
			case "mkdir", "touch", "tee":
				for i := 1; i < len(w); i++ {
					tell(n.Args[i].Pos(), w[i])
				}
			case "sed":
				if len(w) > 2 && (strings.HasPrefix(w[1], "-i") || strings.HasPrefix(w[1], "--in-place")) {
					tell(n.Args[len(w)-1].Pos(), w[len(w)-1])
				}
			}
		}
		return true
	})
}
