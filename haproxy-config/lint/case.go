package lint

import "strings"

// caseAdjust looks at 'h1-case-adjust FROM TO', which differ in the case of letters alone.
func (c *checker) caseAdjust(d directive, n int) {
	if d.has(n+1) && !d.expands(n) && !d.expands(n+1) && !strings.EqualFold(d.words[n], d.words[n+1]) {
		c.say(Error, d, n+1, "bad-value", "write the same name with other capitals", "h1-case-adjust: %q and %q differ in more than the case of their letters", d.words[n], d.words[n+1])
		return
	}
	if d.has(n + 2) {
		c.say(Error, d, n+2, "unexpected-argument", "remove it", "h1-case-adjust takes two names")
	}
}
