package haproxyconfig

import (
	"fmt"
	"math"
	"strings"
)

// ParseSize reads a size in bytes as HAProxy does where it takes sizes: a whole number
// with nothing, k, m or g behind it, in either case, for factors of 1024. The sum has to
// fit into 32 bits.
func ParseSize(value string) (uint64, error) {
	refuse := func(format string, a ...any) (uint64, error) {
		return 0, fmt.Errorf("size %q %s", value, fmt.Sprintf(format, a...))
	}
	digits := strings.TrimRight(value, "kKmMgG")
	shift := uint(0)
	switch suffix := strings.ToLower(value[len(digits):]); suffix {
	case "":
	case "k":
		shift = 10
	case "m":
		shift = 20
	case "g":
		shift = 30
	default:
		return refuse("has more than one unit; write one of k, m, g")
	}
	n, err := ParseCount(digits)
	switch {
	case err != nil:
		return refuse("is not a whole number with k, m or g behind it or nothing; write it as in 100k")
	case n > math.MaxUint32>>shift:
		return refuse("is over HAProxy's limit of 4 GiB")
	}
	return n << shift, nil
}

// ParseCount reads a whole number of digits alone that fits into 32 bits.
func ParseCount(value string) (uint64, error) {
	n := uint64(0)
	for i := range len(value) {
		if !isDigit(value[i]) {
			return 0, fmt.Errorf("%q is not a whole number", value)
		}
		if n = n*10 + uint64(value[i]-'0'); n > math.MaxUint32 {
			return 0, fmt.Errorf("%q is more than %d", value, uint32(math.MaxUint32))
		}
	}
	if value == "" {
		return 0, fmt.Errorf("a whole number is missing")
	}
	return n, nil
}
