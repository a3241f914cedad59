package lint

import (
	"strconv"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// log looks at 'log ADDRESS [len N] [format F] [sample …] FACILITY [LEVEL [MINLEVEL]]' and 'log global'.
func (c *checker) log(d directive, n int) {
	if !d.has(n) {
		c.say(Error, d, n-1, "missing-argument", "write an address and a facility, as in log 127.0.0.1 local0", "log without a target")
		return
	}
	if d.expands(n) {
		return
	}
	if d.prefix == "default" && c.o.HAProxy.Before(v32) {
		severity := Error
		if d.has(n+2) && !d.has(n+3) {
			severity = Warning
		}
		c.say(severity, d, 0, "bad-negation", "write log without default", "HAProxy before 3.2 misreads the words behind 'default log'")
		return
	}
	if d.words[n] == "global" && !d.has(n+1) && d.section.Kind != "global" {
		return
	}
	if !d.has(n + 1) {
		c.say(Error, d, n, "missing-argument", "write a facility behind it, as local0", "log without a facility")
		return
	}
	if !c.logTarget(d, n) {
		return
	}
	first := n
	n++
	for _, w := range []string{"len", "format", "sample", "profile"} {
		if !d.has(n) || d.expands(n) || d.words[n] != w || w == "profile" && c.o.HAProxy.Before(v31) {
			continue
		}
		if !c.logOption(d, n) {
			return
		}
		n += 2
	}
	if !d.has(n) {
		c.say(Error, d, first, "missing-argument", "write a facility behind it, as local0", "log without a facility")
		return
	}
	for i, what := range []string{"log facility", "log level", "log level"} {
		if d.has(n+i) && !c.choice(d, n+i, what, what) {
			return
		}
	}
	if d.has(n + 3) {
		c.say(c.until(v16, Warning, Error, Error), d, n+3, "unexpected-argument", "remove it", "log takes a facility and two levels, and nothing behind them")
	}
}

// logTarget looks at where a log goes.
func (c *checker) logTarget(d directive, n int) bool {
	switch target := d.words[n]; {
	case target == "stdout" || target == "stderr", strings.HasPrefix(target, "ring@"), strings.HasPrefix(target, "backend@"):
		return true
	case target == "global":
		c.say(Error, d, n, "bad-value", "write 'log global' alone, and in a proxy", "log global takes nothing behind it, and stands in proxies only")
		return false
	case !d.expands(n) && !strings.ContainsAny(target, ".:/@"):
		if near := nearest.Word(target, []string{"stdout", "stderr"}); near != "" {
			c.say(Warning, d, n, "unresolved-name", "write "+near, "log takes %q for the name of a host; where it is none, HAProxy does not start", target)
		}
	}
	return c.address(d, n, uses["log"], "log")
}

func (c *checker) logOption(d directive, n int) bool {
	word := d.words[n]
	if !d.has(n + 1) {
		c.say(Error, d, n, "missing-argument", "write its value behind it", "log: nothing stands behind %s", word)
		return false
	}
	if d.expands(n + 1) {
		return true
	}
	switch value := d.words[n+1]; word {
	case "len":
		if v := leadingNumber(value); v < 80 || v > 65535 {
			c.say(Error, d, n+1, "out-of-range", "write a number from 80 to 65535", "log: lines of %s characters are not possible", value)
			return false
		}
	case "format":
		return c.choice(d, n+1, "log format", "log format")
	case "sample":
		if fault := logSampleFault(value); fault != "" {
			c.say(Error, d, n+1, "bad-value", "write ranges, a colon and how many lines they are of, as in 1,3-4:10", "log: sample %q %s", value, fault)
			return false
		}
	}
	return true
}

// logSampleFault says what is wrong with RANGE,RANGE:SIZE, or "".
func logSampleFault(s string) string {
	ranges, size, ok := strings.Cut(s, ":")
	if !ok {
		return "has no size"
	}
	of, err := strconv.Atoi(size)
	if err != nil || of < 1 {
		return "has a size that is no number"
	}
	for _, r := range strings.Split(ranges, ",") {
		first, last, ranged := strings.Cut(r, "-")
		if !ranged {
			last = first
		}
		low, err1 := strconv.Atoi(first)
		high, err2 := strconv.Atoi(last)
		switch {
		case err1 != nil || err2 != nil || low < 1 || high < low:
			return "has a range that is none"
		case high > of:
			return "has a range beyond its size"
		}
	}
	return ""
}
