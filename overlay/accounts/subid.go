package accounts

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// addSubIDs gives a new user the next free ranges in /etc/subuid and /etc/subgid, which newer images have:
// where the file is there, for a user who is no system account and whose number, if it was given, lies in
// the range of users. The line goes to the end of the file; useradd sorts the file besides.
func (db *database) addSubIDs(u userEdit) error {
	if u.System {
		return nil
	}
	s := db.span("UID", false)
	if u.UID != nil && *u.UID != 0 && (int64(*u.UID) < s.min || int64(*u.UID) > s.max) {
		return nil
	}
	for _, x := range []struct {
		tab  *table
		what string
	}{{db.subuid, "SUB_UID"}, {db.subgid, "SUB_GID"}} {
		if x.tab == nil {
			continue
		}
		count := db.number(x.what+"_COUNT", 65536)
		if count <= 0 {
			continue
		}
		start, err := freeRange(x.tab, db.number(x.what+"_MIN", 100000), db.number(x.what+"_MAX", 600100000), count)
		if err != nil {
			return fmt.Errorf("%s: %w: mend %s_MIN, %s_MAX and %s_COUNT in /etc/login.defs", x.tab.path, err, x.what, x.what, x.what)
		}
		x.tab.lines = append(x.tab.lines, strings.Join([]string{u.Name, strconv.FormatInt(start, 10), strconv.FormatInt(count, 10)}, ":"))
		x.tab.changed = true
	}
	return nil
}

// freeRange finds the first hole of count ids.
func freeRange(tab *table, min, max, count int64) (int64, error) {
	if min < 0 || max > maxID || min > max || count >= max || min+count-1 > max {
		return 0, fmt.Errorf("from %d to %d there is no range of %d ids", min, max, count)
	}
	type span struct{ first, past int64 }
	var taken []span
	for _, line := range tab.lines {
		f := strings.Split(line, ":")
		if len(f) != 3 || f[0] == "" {
			continue
		}
		first, err1 := strconv.ParseInt(f[1], 10, 64)
		n, err2 := strconv.ParseInt(f[2], 10, 64)
		if err1 != nil || err2 != nil || first < 0 || n < 1 || first > maxID || n > maxID {
			continue
		}
		taken = append(taken, span{first, first + n})
	}
	slices.SortFunc(taken, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.past, b.past))
	})
	low := min
	for _, s := range taken {
		if s.first-low >= count {
			break
		}
		if s.past > low {
			low = s.past
		}
	}
	if low+count-1 > max {
		return 0, fmt.Errorf("no %d ids in a row are free from %d to %d", count, min, max)
	}
	return low, nil
}
