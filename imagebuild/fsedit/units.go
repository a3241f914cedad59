package fsedit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseSize reads a number of bytes: digits, and K, M, G, T or P for powers of 1024.
func ParseSize(s string) (int64, error) {
	bad := &UsageError{fmt.Errorf("size %q: give a number of bytes, or one with K, M, G or T behind it", s)}
	digits := s
	unit := int64(1)
	upper := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(s), "B"), "I")
	if n := len(upper); n > 0 {
		if i := strings.IndexByte("KMGTP", upper[n-1]); i >= 0 {
			unit = 1 << (10 * (i + 1))
			digits = upper[:n-1]
		} else if upper != strings.ToUpper(s) {
			return 0, bad
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || digits[0] == '+' || n > math.MaxInt64/unit {
		return 0, bad
	}
	return n * unit, nil
}

// ParseTime reads a time: @ and seconds since 1970, with a fraction or without, or
// 2026-01-31, 2026-01-31T12:00:00, and the same with a zone, as RFC 3339 has it. Without a
// zone it is UTC.
func ParseTime(s string) (time.Time, error) {
	bad := &UsageError{fmt.Errorf("time %q: give 2026-01-31T12:00:00Z, or @ and seconds since 1970", s)}
	if rest, ok := strings.CutPrefix(s, "@"); ok {
		whole, frac, dot := strings.Cut(rest, ".")
		sec, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || sec < -1<<40 || sec > 1<<40 || dot && (frac == "" || len(frac) > 9) {
			return time.Time{}, bad
		}
		nsec := int64(0)
		if dot {
			n, err := strconv.ParseUint((frac + "00000000")[:9], 10, 32)
			if err != nil {
				return time.Time{}, bad
			}
			nsec = int64(n)
		}
		if strings.HasPrefix(whole, "-") {
			nsec = -nsec
		}
		return time.Unix(sec, nsec).UTC(), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, bad
}
