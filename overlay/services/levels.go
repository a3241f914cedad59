package services

import "fmt"

// levels is a set of run levels: bit n is level n.
type levels int32

const (
	allLevels     levels = 1<<7 - 1
	defaultLevels levels = 1<<2 | 1<<3 | 1<<4 | 1<<5 // what `chkconfig NAME on` means
)

func (l levels) has(n int) bool { return l&(1<<n) != 0 }

// String writes 2345, or - for none.
func (l levels) String() string {
	var s []byte
	for n := range 7 {
		if l.has(n) {
			s = append(s, byte('0'+n))
		}
	}
	if len(s) == 0 {
		return "-"
	}
	return string(s)
}

// parseLevels reads 2345.
func parseLevels(s string) (levels, error) {
	var l levels
	for i := range len(s) {
		if s[i] < '0' || s[i] > '6' {
			return 0, fmt.Errorf("run levels %q: write digits from 0 to 6, such as 2345", shorten(s))
		}
		l |= 1 << (s[i] - '0')
	}
	if l == 0 {
		return 0, fmt.Errorf("run levels %q: write digits from 0 to 6, such as 2345", s)
	}
	return l, nil
}
