package lint

import (
	"fmt"
	"math"
	"strconv"
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

// value looks at the nth word of a directive, which has to be of a kind, and reports
// whether HAProxy takes it.
func (c *checker) value(d directive, n int, want keywords.Value, name string) bool {
	if want.Kind == keywords.Any || d.expands(n) {
		return true
	}
	word := d.words[n]
	switch want.Kind {
	case keywords.TimeMS:
		return c.time(d, n, time.Millisecond, want, name)
	case keywords.TimeS:
		return c.time(d, n, time.Second, want, name)
	case keywords.Size:
		size, err := haproxyconfig.ParseSize(word)
		if err != nil {
			c.say(Error, d, n, "bad-size", "write a whole number with k, m or g behind it or nothing", "%s: %v", name, err)
			return false
		}
		return c.inRange(d, n, int64(size), want, name)
	case keywords.IntHex:
		if _, err := strconv.ParseInt(word, 0, 64); err != nil && !isNumber(word) {
			c.say(Error, d, n, "bad-number", "write a whole number", "%s %q is not a whole number", name, word)
			return false
		}
	case keywords.Int:
		if !isNumber(word) {
			c.say(Error, d, n, "bad-number", "write a whole number", "%s %q is not a whole number", name, word)
			return false
		}
		return c.inRange(d, n, int64(leadingNumber(word)), want, name)
	case keywords.Lenient:
		if !c.inRange(d, n, int64(leadingNumber(word)), want, name) {
			return false
		}
		c.lenient(d, n, name)
	case keywords.OnOff:
		if word != "on" && word != "off" {
			c.say(Error, d, n, "bad-value", "write on or off", "%s is on or off, and not %q", name, word)
			return false
		}
	}
	return true
}

// inRange looks at the bounds of a number.
func (c *checker) inRange(d directive, n int, v int64, want keywords.Value, name string) bool {
	if want.Low == 0 && want.High == 0 || v >= want.Low && v <= want.High {
		return true
	}
	hint := fmt.Sprintf("write a number from %d to %d", want.Low, want.High)
	if want.High == math.MaxInt64 {
		hint = fmt.Sprintf("write a number of at least %d", want.Low)
	}
	c.say(Error, d, n, "out-of-range", hint, "%s %s is out of range", name, d.words[n])
	return false
}

// isNumber: digits, with a sign before them.
func isNumber(s string) bool {
	digits := strings.TrimLeft(s, "+-")
	return len(s)-len(digits) <= 1 && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// lenient looks at a number that HAProxy reads as far as it goes: letters are 0.
func (c *checker) lenient(d directive, n int, name string) {
	word := d.words[n]
	if isNumber(word) {
		return
	}
	digits := word[:len(word)-len(strings.TrimLeft(word, "0123456789"))]
	if digits == "" {
		digits = "0"
	}
	c.say(Warning, d, n, "bad-number", "write a whole number", "%s %q is not a whole number; HAProxy reads %s", name, word, digits)
}

// time looks at a time.
func (c *checker) time(d directive, n int, unit time.Duration, want keywords.Value, name string) bool {
	word := d.words[n]
	r := haproxyconfig.ReadTime(word, unit, c.o.HAProxy)
	if r.Refused && unit == time.Second && secondsFit(word) {
		return true // it is kept in seconds
	}
	const mend = "write a whole number and one of us, ms, s, m, h, d"
	switch {
	case r.Refused:
		c.say(Error, d, n, "bad-time", mend, "%s: time %q %s", name, word, r.Reason)
		return false
	case r.Misread:
		c.say(Warning, d, n, "misread-time", mend, "%s: time %q %s", name, word, r.Reason)
	}
	if unit == time.Millisecond && strings.Trim(word, "0123456789") == "" && r.ReadAs > 0 && r.ReadAs < 100*time.Millisecond {
		c.shortTime(d, n, name)
	}
	if strings.HasSuffix(word, "us") && !r.Refused || r.Misread && r.ReadAs == 0 && word[0] > '9' {
		if severity := c.early22(); severity != "" {
			c.say(severity, d, n, "bad-time", "write a number and another unit, as in 1ms", "%s: HAProxy 2.2.9 takes %q for no time, as may others of 2.2", name, word)
			return severity != Error
		}
	}
	// HAProxy rounds a part of a unit up.
	return c.inRange(d, n, int64((r.ReadAs+unit-1)/unit), want, name)
}

// early22 is how grave it is what HAProxy 2.2.9 was seen to refuse and other releases are
// said to take: an error there, and a warning in releases of 2.2 that were not looked at.
func (c *checker) early22() Severity {
	switch v := c.o.HAProxy; {
	case v.Major != 2 || v.Minor != 2 || v.Patch > 9:
		return ""
	case v.Patch == 9:
		return Error
	}
	return Warning
}

// secondsFit tells whether a time is of the right form and fits into 31 bits of seconds.
func secondsFit(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	n, err := strconv.ParseInt(s[:len(s)-len(rest)], 10, 64)
	size, ok := map[string]int64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[rest]
	return err == nil && ok && n <= math.MaxInt32/size
}

// shortTime: a number below 100 without a unit is milliseconds, and seldom meant so. From
// 3.2 on HAProxy says so, of resolvers as an ALERT that refuses nothing.
func (c *checker) shortTime(d directive, n int, name string) {
	severity := Severity("")
	if d.section.Kind == "resolvers" || d.words[0] == "timeout" {
		severity = Warning
	}
	c.say(severity, d, n, "time-without-unit", "write "+d.words[n]+"s or "+d.words[n]+"ms", "%s %s is %s milliseconds, as it has no unit", name, d.words[n], d.words[n])
}
