package imagebuild

import (
	"fmt"
	"strconv"
	"time"
)

// ParseEpoch reads the value of SOURCE_DATE_EPOCH: whole seconds since 1970.
// An empty value gives the zero time, which means: take the source's own.
func ParseEpoch(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > 1<<33 {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q; it has to be whole seconds since 1970, or unset", s)
	}
	return time.Unix(n, 0).UTC(), nil
}
