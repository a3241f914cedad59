package lint

import (
	"fmt"
	"strings"
	"time"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// value looks at the nth word of a directive, which has to be of a kind.
func (c *checker) value(d directive, n int, kind keywords.Value, name string) {
	word := d.words[n]
	switch kind {
	case keywords.TimeMS:
		c.time(d, n, time.Millisecond, name)
	case keywords.TimeS:
		c.time(d, n, time.Second, name)
	case keywords.Size:
		if _, err := haproxyconfig.ParseSize(word); err != nil {
			c.say(Error, d, n, "bad-size", "write a whole number with k, m or g behind it or nothing", "%s: %v", name, err)
		}
	case keywords.Int:
		if !isNumber(word) {
			c.say(Error, d, n, "bad-number", "write a whole number", "%s %q is not a whole number", name, word)
		}
	case keywords.Lenient:
		c.lenient(d, n, name)
	case keywords.OnOff:
		if word != "on" && word != "off" {
			c.say(Error, d, n, "bad-value", "write on or off", "%s is on or off, and not %q", name, word)
		}
	}
}

// isNumber: digits, with a sign before them.
func isNumber(s string) bool {
	digits := strings.TrimLeft(s, "+-")
	return len(s)-len(digits) <= 1 && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// lenient looks at a number that HAProxy reads as far as it goes: letters are 0.
// maxconn is checked from 2.8 on.
func (c *checker) lenient(d directive, n int, name string) {
	word := d.words[n]
	if isNumber(word) {
		return
	}
	severity := Warning
	if name == "maxconn" {
		severity = c.until(v28, Warning, Error, Warning)
	}
	digits := word[:len(word)-len(strings.TrimLeft(word, "0123456789"))]
	if digits == "" {
		digits = "0"
	}
	c.say(severity, d, n, "bad-number", "write a whole number", "%s %q is not a whole number; HAProxy reads %s", name, word, digits)
}

// time looks at a time.
func (c *checker) time(d directive, n int, unit time.Duration, name string) {
	word := d.words[n]
	r := haproxyconfig.ReadTime(word, unit, c.o.HAProxy)
	const mend = "write a whole number and one of us, ms, s, m, h, d"
	switch {
	case r.Refused:
		c.say(Error, d, n, "bad-time", mend, "%s: time %q %s", name, word, r.Reason)
	case r.Misread:
		c.say(Warning, d, n, "misread-time", mend, "%s: time %q %s", name, word, r.Reason)
	}
}
