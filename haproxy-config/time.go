package haproxyconfig

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// MaxTime is the longest time that HAProxy can hold: 2147483647 ms, 24.8 days.
const MaxTime = math.MaxInt32 * time.Millisecond

// timeUnits are HAProxy's units, in the order in which a prefix is tried.
var timeUnits = []struct {
	name string
	size time.Duration
}{
	{"us", time.Microsecond},
	{"ms", time.Millisecond},
	{"s", time.Second},
	{"m", time.Minute},
	{"h", time.Hour},
	{"d", 24 * time.Hour},
}

// TimeError is a time that HAProxy refuses or misreads.
type TimeError struct {
	Value string
	// Reason is a clause that follows the value.
	Reason string
	// ReadAs is the time which HAProxy takes in place of what was meant: it
	// reads 1m30s as one minute. Misread says whether there is one; where
	// there is none, HAProxy refuses the value.
	ReadAs  time.Duration
	Misread bool
}

func (e *TimeError) Error() string {
	return fmt.Sprintf("time %q %s", e.Value, e.Reason)
}

// ParseTime reads the value of a timeout: a whole number and us, ms, s, m, h or
// d; without a unit it is in milliseconds. The error is a [*TimeError]. It
// refuses what some version of HAProxy would refuse or misread. Zero is good;
// HAProxy takes it as 'not set'.
func ParseTime(value string) (time.Duration, error) {
	return ParseTimeUnit(value, time.Millisecond)
}

// ParseTimeUnit is [ParseTime] for a directive whose default unit is another.
func ParseTimeUnit(value string, unit time.Duration) (time.Duration, error) {
	refuse := func(format string, a ...any) (time.Duration, error) {
		return 0, &TimeError{Value: value, Reason: fmt.Sprintf(format, a...)}
	}
	const form = "write a whole number and one of us, ms, s, m, h, d, as in 90s"
	if value == "" {
		return refuse("is empty; %s", form)
	}
	end := 0
	for end < len(value) && isDigit(value[end]) {
		end++
	}
	digits, rest := value[:end], value[end:]
	if digits == "" {
		switch rest[0] {
		case '-':
			return refuse("is negative; %s", form)
		case '+':
			return refuse("has a sign; write it without")
		}
		return refuse("has no number; %s", form)
	}
	size := unit
	if rest != "" {
		size = 0
		for _, u := range timeUnits {
			if after, ok := strings.CutPrefix(rest, u.name); ok {
				size, rest = u.size, after
				break
			}
		}
	}
	switch {
	case size == 0 && strings.TrimLeft(rest, " \t") != rest:
		return refuse("has a blank in it; write number and unit together")
	case size == 0 && rest[0] == '.':
		return refuse("has a fraction; use a smaller unit, as in 1500ms for 1.5s")
	case size == 0 && isUnit(strings.ToLower(rest)):
		return refuse("has its unit in capitals; write %s%s", digits, strings.ToLower(rest))
	case size == 0:
		return refuse("has an unknown unit %q; %s", rest, form)
	}
	d, fits := scale(digits, size)
	switch {
	case !fits:
		return refuse("is over HAProxy's limit of 2147483647 ms (24.8 days)")
	case rest != "":
		return 0, &TimeError{
			Value: value, Misread: true, ReadAs: d,
			Reason: fmt.Sprintf("has %q after its unit, and HAProxy would read it as %s; write one number and one unit, as in 90s for 1m30s",
				rest, value[:len(value)-len(rest)]),
		}
	}
	return d, nil
}

func isUnit(s string) bool {
	for _, u := range timeUnits {
		if u.name == s {
			return true
		}
	}
	return false
}

// scale multiplies, and reports whether the product is a time that HAProxy can hold.
func scale(digits string, unit time.Duration) (time.Duration, bool) {
	most := int64(MaxTime / unit)
	n := int64(0)
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
		if n > most {
			return 0, false
		}
	}
	return time.Duration(n) * unit, true
}
