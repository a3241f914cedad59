package lint

import "strings"

// oldLineLimit is the longest line for HAProxy up to 1.5, comment included.
const oldLineLimit = 2046

// encoding looks at the bytes of the file.
func (c *checker) encoding() {
	lines := c.file.Lines()
	if len(lines) == 0 {
		return
	}
	const asUTF8 = "save the file as UTF-8 without a byte order mark"
	first := lines[0]
	switch text := first.Text(); {
	case strings.HasPrefix(text, "\xef\xbb\xbf"):
		c.at(Error, first, 1, "byte-order-mark", asUTF8, "the file begins with a byte order mark, which becomes part of its first word")
	case strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff"):
		c.at(Error, first, 1, "byte-order-mark", asUTF8, "the file is in UTF-16, which HAProxy does not read")
	}
	last := lines[len(lines)-1]
	if last.Ending() == "" {
		severity := Warning
		if !c.o.Template {
			severity = c.until(v23, Warning, Error, Warning)
		}
		if c.o.HAProxy.Before(v22) {
			severity = Info
		}
		c.at(severity, last, len(last.Text())+1, "missing-final-newline", "end the last line with a newline",
			"the last line does not end; HAProxy 2.3 and later refuse that")
	}
}
