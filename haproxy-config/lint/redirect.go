package lint

import "slices"

// redirectWords are what 'redirect' takes, each with how many words stand behind it.
var redirectWords = map[string]int{
	"location": 1, "prefix": 1, "scheme": 1, "code": 1, "set-cookie": 1, "clear-cookie": 1,
	"drop-query": 0, "append-slash": 0, "ignore-empty": 0, "keep-query": 0, "set-cookie-fmt": 1,
}

// redirectSince are the words that not every version has.
var redirectSince = map[string]Version{
	"ignore-empty":   {Major: 2, Minor: 5},
	"set-cookie-fmt": {Major: 3, Minor: 1},
	"keep-query":     {Major: 3, Minor: 1},
}

// redirect looks at what stands behind redirect: location, prefix or scheme, and more.
func (c *checker) redirect(d directive, n int) {
	start := n
	target := false
	for d.has(n) {
		if d.expands(n) {
			return
		}
		w := d.words[n]
		if isIf(w) {
			break
		}
		takes, ok := redirectWords[w]
		switch {
		case !ok || c.o.HAProxy.Before(redirectSince[w]):
			c.say(Error, d, n, "bad-value", "there are location, prefix, scheme, code, set-cookie, clear-cookie, drop-query, append-slash", "redirect does not know %q", w)
			return
		case takes > 0 && !d.has(n+1):
			c.say(Error, d, n, "missing-argument", "write its value behind it", "redirect: nothing stands behind %s", w)
			return
		case w == "code" && !d.expands(n+1) && !slices.Contains([]int{301, 302, 303, 307, 308}, leadingNumber(d.words[n+1])):
			c.say(Error, d, n+1, "bad-value", "write 301, 302, 303, 307 or 308", "redirect cannot answer with the code %s", d.words[n+1])
			return
		}
		if w == "location" || w == "prefix" || w == "scheme" {
			target = true
			if c.since(v16) && !c.format(d, n+1, "redirect "+w) {
				return
			}
		}
		n += 1 + takes
	}
	if !target {
		c.say(Error, d, start-1, "missing-argument", "write location, prefix or scheme and where to", "redirect without a target")
		return
	}
	c.cond(d, n, "redirect")
}
