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

// TimeReading is what one version of HAProxy makes of a time.
type TimeReading struct {
	// Refused: the configuration is an error.
	Refused bool
	// Misread: it is taken for another time than it says, which ReadAs is. Warned says
	// that HAProxy tells so, though without a line.
	Misread, Warned bool
	ReadAs          time.Duration
	// Reason is a clause that follows the value; "" where all is well.
	Reason string
}

var (
	timeOverflowRefused = Version{Major: 2}
	timeBareUnitRefused = Version{Major: 2, Minor: 4}
	timeJunkWarned      = Version{Major: 2, Minor: 4}
)

// ReadTime tells what a version of HAProxy makes of a time whose default unit is unit: up to
// 1.9 what is over 2147483647 ms wraps round, up to 2.3 a unit without a number counts
// as zero, and in every version what stands behind a unit is passed over (1m30s is one
// minute). A version that is not known is taken for the strictest one.
func ReadTime(value string, unit time.Duration, v Version) TimeReading {
	d, err := ParseTimeUnit(value, unit)
	if err == nil {
		return TimeReading{ReadAs: d}
	}
	bad, _ := err.(*TimeError)
	r := TimeReading{Refused: true, Reason: bad.Reason}
	digits := strings.TrimLeft(value, "0123456789")
	switch {
	case bad.Misread:
		return TimeReading{Misread: true, Warned: !v.Before(timeJunkWarned), ReadAs: bad.ReadAs, Reason: bad.Reason}
	case isUnit(value) && v.Before(timeBareUnitRefused):
		return TimeReading{Misread: true, Reason: "has no number, and HAProxy " + v.String() + " takes it for zero, as not set; write one, as in 90s"}
	case digits != value && overflows(value, unit) && v.Before(timeOverflowRefused):
		as := wrapped(value, unit)
		return TimeReading{Misread: true, ReadAs: as, Reason: "is over the limit of 2147483647 ms (24.8 days), and HAProxy " + v.String() + " lets it wrap round without a word"}
	}
	return r
}

// overflows tells whether a value of the right form is too large.
func overflows(value string, unit time.Duration) bool {
	digits, size := splitTime(value, unit)
	if size == 0 {
		return false
	}
	_, fits := scale(digits, size)
	return !fits
}

// splitTime gives the number and the unit of a time; a unit of 0 for a wrong form.
func splitTime(value string, unit time.Duration) (digits string, size time.Duration) {
	rest := strings.TrimLeft(value, "0123456789")
	digits = value[:len(value)-len(rest)]
	if rest == "" {
		return digits, unit
	}
	for _, u := range timeUnits {
		if strings.HasPrefix(rest, u.name) {
			return digits, u.size
		}
	}
	return digits, 0
}

// wrapped is what is left of a time in 32 bits of milliseconds.
func wrapped(value string, unit time.Duration) time.Duration {
	digits, size := splitTime(value, unit)
	n := uint32(0)
	for i := range len(digits) {
		n = n*10 + uint32(digits[i]-'0')
	}
	if size < time.Millisecond {
		return time.Duration(n/uint32(time.Millisecond/size)) * time.Millisecond
	}
	return time.Duration(n*uint32(size/time.Millisecond)) * time.Millisecond
}
