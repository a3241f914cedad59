package conformance

import (
	"context"
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
)

// judge is a file that is held against an image.
type judge struct {
	file    *kickstart.File
	subject *check.Subject
	// reading is what %post leaves, which comes after the commands and counts over them.
	reading *script.Reading

	tries     int                   // of passwords
	texts     map[string]text       // of the image, by name
	kept      int                   // bytes of them
	requirers map[string][]requirer // by what is required, once somebody has asked
}

// maxStatements is how many statements of commands and packages are made of a file, about; those of installers have some hundred.
const maxStatements = 5000

// Judge holds what the commands and %packages of a file say against an image, and then what its %post leaves, in the order
// of the file. Lines that say nothing of an image have no statement: see [SaysNothing].
func Judge(ctx context.Context, f *kickstart.File, s *check.Subject) ([]Statement, error) {
	j := &judge{file: f, subject: s, reading: &script.Reading{}}
	scripts := len(f.Sections("%post")) > 0
	if scripts {
		j.reading = script.Read(f)
	}
	out := []Statement{}
	for _, n := range f.Nodes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(out) >= maxStatements {
			c := claim{Statement{Place: n.Start(), Text: oneLine(n.Text()), About: "the rest of the file", Rule: ruleSystem.Name}}
			out = append(out, c.untold("what it says", fmt.Sprintf("no more than some %d statements are judged", maxStatements)))
			break
		}
		switch n := n.(type) {
		case *kickstart.Command:
			if quiet, _ := silent(n); quiet {
				continue
			}
			out = append(out, j.command(n)...)
		case *kickstart.Section:
			switch {
			case n.Name == "%packages":
				out = append(out, j.packages(n)...)
			case n.Name == "%addon":
				c := claim{Statement{Place: n.Place, Text: oneLine(kickstart.ConcealText(n.Head)), About: "add-on " + firstArg(n.Args), Rule: ruleSystem.Name}}
				out = append(out, c.untold("what the add-on does", "what an add-on of the installer leaves in an image is known to the add-on alone"))
			}
		case *kickstart.Include:
			out = append(out, included(n.Place, kickstart.ConcealText(n.Raw)))
		case *kickstart.Append:
			out = append(out, included(n.Place, kickstart.ConcealText(n.Raw)))
		case *kickstart.Plain:
			if text := strings.TrimSpace(n.Raw); text != "" && !strings.HasPrefix(text, "#") {
				c := claim{Statement{Place: n.Place, Text: oneLine(kickstart.ConcealText(n.Raw)), About: "a line", Rule: ruleSystem.Name}}
				out = append(out, c.untold("a line that is not understood", "the line is none that a kickstart file has"))
			}
		}
	}
	out = j.later(out)
	if !scripts {
		return out, nil
	}
	after, err := post(ctx, f, j.reading, s)
	if err != nil {
		return nil, err
	}
	return append(out, after...), nil
}

func included(p kickstart.Place, raw string) Statement {
	c := claim{Statement{Place: p, Text: oneLine(raw), About: "another file", Rule: ruleSystem.Name}}
	return c.untold("what that file says", "it is not at hand")
}

// handlers judge a command, by its name in the grammar.
var handlers map[string]func(j *judge, c *kickstart.Command) []Statement

func init() { // the table would refer to itself
	handlers = map[string]func(j *judge, c *kickstart.Command) []Statement{
		"services": (*judge).services, "selinux": (*judge).selinux, "firewall": (*judge).firewall,
		"part": (*judge).part, "logvol": (*judge).volume, "autopart": (*judge).autopart, "bootloader": (*judge).bootloader,
		"timezone": (*judge).timezone, "timesource": (*judge).timesource, "lang": (*judge).lang, "keyboard": (*judge).keyboard,
		"rootpw": (*judge).rootpw, "user": (*judge).user, "group": (*judge).group, "sshkey": (*judge).sshkey,
		"auth": (*judge).auth, "authselect": (*judge).authselect, "network": (*judge).network,
		"skipx": (*judge).skipx, "xconfig": (*judge).xconfig, "firstboot": (*judge).firstboot, "repo": (*judge).repo,
		"module": (*judge).module,
	}
}

// command judges one command. One that is known to no table cannot be told.
func (j *judge) command(c *kickstart.Command) []Statement {
	if h := handlers[commandName(c)]; h != nil && c.Spec.Name != "" {
		out := h(j, c)
		if commandName(c) == "auth" || commandName(c) == "authselect" {
			return out
		}
		rule := ruleSystem.Name
		if len(out) > 0 {
			rule = out[0].Rule
		}
		return append(out, j.leftOut(c, rule)...)
	}
	why := "it is not known what the command leaves in an image"
	if c.Spec.Name == "" {
		why = fmt.Sprintf("%s has no such command", j.file.Version)
	}
	if w := unknowable[commandName(c)]; w != "" && c.Spec.Name != "" {
		why = w
	}
	return []Statement{j.claim(c, ruleSystem, "command "+c.Name).untold("what it does", why)}
}

// commandName is the name of a command in the grammar.
func commandName(c *kickstart.Command) string {
	if c.Spec.Name != "" {
		return canonical(c.Spec.Name)
	}
	return canonical(c.Name)
}

// canonical is one name for commands that have two.
func canonical(name string) string {
	switch name {
	case "partition":
		return "part"
	case "authconfig":
		return "auth"
	}
	return name
}

// claim is a statement whose verdict is not given yet.
type claim struct{ s Statement }

// claim begins a statement of a command.
func (j *judge) claim(c *kickstart.Command, r check.Rule, about string) claim {
	return claim{Statement{Place: c.Place, Text: textOf(c), About: check.OneLine(strings.ToValidUTF8(about, "\uFFFD")), Rule: r.Name}}
}

// at names the file of the image that tells, and the line in it; 0 for none.
func (c claim) at(path string, line int) claim {
	c.s.Path, c.s.Line = path, line
	return c
}

// why is a remark.
func (c claim) why(format string, args ...any) claim {
	c.s.Why = check.OneLine(strings.ToValidUTF8(fmt.Sprintf(format, args...), "\uFFFD"))
	return c
}

func (c claim) holds(want, has string) Statement { return c.verdict(Holds, want, has) }
func (c claim) fails(want, has string) Statement { return c.verdict(DoesNotHold, want, has) }

// is holds where ok, and fails else.
func (c claim) is(ok bool, want, has string) Statement {
	if ok {
		return c.holds(want, has)
	}
	return c.fails(want, has)
}

func (c claim) untold(want, why string) Statement {
	c = c.why("%s", why)
	return c.verdict(CannotBeTold, want, "")
}

// maxSide bounds what is kept of a side in bytes.
const maxSide = 400

func (c claim) verdict(v Verdict, want, has string) Statement {
	c.s.Verdict, c.s.Want, c.s.Has = v, side(want), ""
	if v != CannotBeTold {
		c.s.Has = side(has)
	}
	c.s.About, c.s.Why = side(c.s.About), cut(c.s.Why)
	return c.s
}

// side is one of the two in one line of UTF-8.
func side(s string) string { return cut(check.OneLine(named(strings.ToValidUTF8(s, "\uFFFD")))) }

func cut(s string) string {
	if len(s) > maxSide {
		return strings.ToValidUTF8(s[:maxSide], "") + "…"
	}
	return s
}

// oneLine is a text of the file in one line.
func oneLine(s string) string {
	return cut(check.OneLine(strings.ToValidUTF8(strings.Join(strings.Fields(strings.ReplaceAll(s, "\\\n", " ")), " "), "\uFFFD")))
}

func firstArg(args []kickstart.Word) string {
	if len(args) == 0 {
		return ""
	}
	return args[0].Value
}
