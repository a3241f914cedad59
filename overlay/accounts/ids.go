package accounts

import "fmt"

// maxID is the last id that means one.
const maxID = 1<<32 - 2

// next gives a free id of the range: the wish where it is free and may be had, else the one beyond those in
// use, else the first gap.
func (s span) next(used map[uint32]bool, wish *uint32) (uint32, error) {
	if s.min < 0 || s.max > maxID || s.min > s.max {
		return 0, fmt.Errorf("/etc/login.defs: the %ss from %d to %d are no range: mend %s there", s.what, s.min, s.max, s.names())
	}
	if wish != nil && int64(*wish) >= s.low && int64(*wish) <= s.max && !used[*wish] {
		return *wish, nil
	}
	id := s.beyond(used)
	if id >= s.min && id <= s.max {
		return uint32(id), nil
	}
	// Of n ids in use at most n steps can meet one.
	step, id := int64(1), s.min
	if s.down {
		step, id = -1, s.max
	}
	for ; id >= s.min && id <= s.max; id += step {
		if !used[uint32(id)] {
			return uint32(id), nil
		}
	}
	return 0, fmt.Errorf("no %s is free from %d to %d: give one, or widen %s in /etc/login.defs", s.what, s.min, s.max, s.names())
}

// beyond is one past the last id in use in the range, seen from where it begins; it may lie outside.
func (s span) beyond(used map[uint32]bool) int64 {
	id := s.min
	if s.down {
		id = s.max
	}
	for n := range used {
		switch n := int64(n); {
		case n < s.min || n > s.max:
		case s.down:
			id = min(id, n-1)
		default:
			id = max(id, n+1)
		}
	}
	return id
}

// names are the settings that give the range.
func (s span) names() string {
	if s.system {
		return fmt.Sprintf("SYS_%s_MIN and SYS_%s_MAX", s.what, s.what)
	}
	return fmt.Sprintf("%s_MIN and %s_MAX", s.what, s.what)
}
