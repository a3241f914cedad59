package script

import (
	"slices"
	"strings"
)

// option is an option that stands before a command's other words or among them.
type option struct{ name, value string }

// options are those of a command, and its other words.
type options struct {
	list []option
	rest []string
	bad  string // one that is not known
}

// spec are the options of a command: short ones in one text, a colon behind those with a value, long ones by their names, with =
// where they have a value, =? where it may stand there, and the short one that they are the same as.
type spec struct {
	short string
	long  map[string]string // "parents": "p"; "mode=": "m"; "in-place=?": "i"
}

// parse takes words apart as getopt of the GNU library does, which lets options stand behind other words.
func (s spec) parse(args []string) options {
	var o options
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			o.rest = append(o.rest, args[i+1:]...)
			return o
		case strings.HasPrefix(a, "--"):
			i = s.longOption(&o, args, i)
		case len(a) > 1 && a[0] == '-':
			i = s.shortOptions(&o, args, i)
		default:
			o.rest = append(o.rest, a)
		}
	}
	return o
}

func (s spec) longOption(o *options, args []string, i int) int {
	name, value, given := strings.Cut(args[i][2:], "=")
	short, plain := s.long[name]
	needs, with := s.long[name+"="]
	may, maybe := s.long[name+"=?"]
	switch {
	case plain && !given:
		o.list = append(o.list, option{short, ""})
	case maybe:
		o.list = append(o.list, option{may, value})
	case with && given:
		o.list = append(o.list, option{needs, value})
	case with && i+1 < len(args):
		o.list = append(o.list, option{needs, args[i+1]})
		return i + 1
	default:
		o.bad = args[i]
	}
	return i
}

func (s spec) shortOptions(o *options, args []string, i int) int {
	a := args[i]
	for j := 1; j < len(a); j++ {
		at := strings.IndexByte(s.short, a[j])
		if at < 0 || a[j] == ':' || a[j] == '?' {
			o.bad = "-" + a[j:j+1]
			return i
		}
		kind := s.short[at+1:]
		switch {
		case strings.HasPrefix(kind, "?"): // the value stands behind it, or nowhere
			o.list = append(o.list, option{a[j : j+1], a[j+1:]})
			return i
		case !strings.HasPrefix(kind, ":"):
			o.list = append(o.list, option{a[j : j+1], ""})
			continue
		case j+1 < len(a):
			o.list = append(o.list, option{a[j : j+1], a[j+1:]})
			return i
		case i+1 < len(args):
			o.list = append(o.list, option{a[j : j+1], args[i+1]})
			return i + 1
		}
		o.bad = "-" + a[j:j+1]
	}
	return i
}

func (o options) has(name string) bool {
	return slices.ContainsFunc(o.list, func(x option) bool { return x.name == name })
}

func (o options) value(name string) string {
	out := ""
	for _, x := range o.list {
		if x.name == name {
			out = x.value
		}
	}
	return out
}

// options reads the words of a command; ok is false where it was not read.
func (c *call) options(s spec, paths []string) (o options, ok bool) {
	if o = s.parse(c.args); o.bad != "" {
		c.fail("the option "+o.bad+" of "+c.name+" is not read", paths)
		return o, false
	}
	return o, true
}

// paths are the paths of words; ok is false where one is not known, which is told.
func (c *call) paths(words []string) (out []string, ok bool) {
	for _, w := range words {
		p, why := c.abs(w)
		if why != "" {
			c.fail(why, nil)
			return nil, false
		}
		out = append(out, p)
	}
	return out, true
}

// each lists an effect for each path that stays in the image.
func (c *call) each(paths []string, e Effect) {
	gone := 0
	for _, p := range paths {
		in, ok := c.inImage(p)
		if !ok {
			gone++
			continue
		}
		e.Path = in
		c.effect(e)
	}
	if gone > 0 && gone == len(paths) {
		c.run.harmless(c.node, "it works outside of the image")
	}
}
