package script

import (
	"encoding/base64"
	"slices"
	"strings"
)

// base64 is -d of what it reads: scripts bring files in that way.
func (c *call) base64() {
	for _, a := range c.args {
		if !slices.Contains([]string{"-d", "--decode", "-i", "--ignore-garbage", "-di", "-id", "-"}, a) {
			c.run.harmless(c.node, prints)
			return
		}
	}
	text := strings.ReplaceAll(c.in.text, "\n", "")
	if slices.ContainsFunc(c.args, func(a string) bool { return strings.Contains(a, "i") && a != "--decode" }) {
		text = strings.Map(func(r rune) rune {
			if r < 0x80 && (r == '+' || r == '/' || r == '=' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
				return r
			}
			return -1
		}, text)
	}
	out, err := base64.StdEncoding.DecodeString(text)
	switch {
	case !c.in.known || !slices.ContainsFunc(c.args, func(a string) bool {
		return strings.HasPrefix(a, "-") && strings.Contains(a, "d") && a != "--ignore-garbage"
	}):
		c.run.harmless(c.node, prints)
	case err != nil:
		c.open.unknown("what base64 reads is no base64")
		c.status = bad
	default:
		c.print(string(out))
		c.status = good
	}
}

// own changes the files that it is given alone.
func (c *call) own() {
	var words []string
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") && (c.name != "mknod" || strings.Contains(a, "/")) {
			words = append(words, a)
		}
	}
	if len(words) == 0 {
		c.fail("its files are not known", nil)
	} else if paths, ok := c.paths(words); ok {
		c.fail("what "+c.name+" makes of its files is not read", paths)
	}
}
