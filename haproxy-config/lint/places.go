package lint

import (
	"strings"

	"lbimage/haproxy-config/keywords"
)

// placed looks at whether the keyword may stand in the section.
func (c *checker) placed(d directive, e *keywords.Entry) bool {
	letter := d.letter()
	switch {
	case letter == "" || e.Places == "" && e.Ignored == "":
		return true
	case letter == "D" && e.InDefaults.Known() && c.o.HAProxy.Before(e.InDefaults):
	case letter == "D" && e.Named && d.section.Name == "":
		c.say(Error, d, 0, "unnamed-defaults", "give the defaults section a name, or move the line to a frontend or backend", "%s stands in defaults only where they have a name", e.Name)
		return false
	case strings.Contains(e.Places, letter):
		return true
	case e.Name == "abortonclose" && letter == "F" && c.o.HAProxy.Since(v34):
		return true
	case e.Name == "use-fcgi-app" && letter == "D" && c.o.HAProxy.Before(v23):
		c.say(Warning, d, 0, "ignored-keyword", "move it to "+homes(e), "HAProxy passes over %s in a defaults section", e.Name)
		return true
	case strings.Contains(e.Ignored, letter) && e.No && e.Name != "redispatch" && !strings.HasPrefix(e.Name, "accept-invalid-") && d.words[0] == "option" && c.o.HAProxy.Since(v32):
	case strings.Contains(e.Ignored, letter):
		c.say(Warning, d, 0, "ignored-keyword", "move it to a section where it counts", "HAProxy passes over %s in a %s section", e.Name, d.section.Kind)
		return true
	}
	c.say(Error, d, 0, "misplaced-keyword", "move it to "+homes(e), "%s does not stand in %s", e.Name, d.section.Kind)
	return false
}

// allowed looks for the permission that experimental directives need.
func (c *checker) allowed(d directive, e *keywords.Entry) bool {
	if !e.Experimental || c.o.Template || c.o.HAProxy.Before(e.ExperimentalSince) {
		return true
	}
	for _, s := range c.all {
		for _, l := range s.Lines {
			if s.Kind == "global" && c.numbers[l] < c.numbers[d.line] && l.Starts("expose-experimental-directives") {
				return true
			}
		}
	}
	c.say(Error, d, 0, "experimental", "write expose-experimental-directives above it in global, or remove it", "%s is experimental, and HAProxy takes it only where that is allowed", e.Name)
	return false
}

// early: what is said of threads has to stand before the first section that is not global.
func (c *checker) early(d directive) bool {
	switch d.words[0] {
	case "nbthread", "thread-groups", "thread-group":
	default:
		return true
	}
	for _, s := range c.all {
		if s.Header != nil && s.Kind != "global" && c.numbers[s.Header] < c.numbers[d.line] {
			severity := c.until(v30, Warning, Error, Warning)
			c.say(severity, d, 0, "late-directive", "move it to a global section at the top", "%s stands behind the section on line %d; HAProxy 3.0 and later refuse that", d.words[0], c.numbers[s.Header])
			return severity != Error
		}
	}
	return true
}

// homes are the proxy sections where a keyword works, in words.
func homes(e *keywords.Entry) string {
	var names []string
	for _, h := range []struct{ letter, name string }{{"D", "defaults"}, {"F", "a frontend"}, {"L", "a listen"}, {"B", "a backend"}} {
		if strings.Contains(e.Places, h.letter) {
			names = append(names, h.name)
		}
	}
	return strings.Join(names, " or ")
}
