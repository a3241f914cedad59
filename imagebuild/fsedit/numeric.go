package fsedit

import (
	"fmt"
	"strconv"
	"strings"
)

// NumericOwner reads UID:GID where there is no image yet that would know names.
func NumericOwner(s string) (Owner, error) {
	user, group, ok := strings.Cut(s, ":")
	uid, err := strconv.ParseUint(user, 10, 32)
	gid, err2 := strconv.ParseUint(group, 10, 32)
	if !ok || err != nil || err2 != nil || uid >= 1<<32-1 || gid >= 1<<32-1 {
		return Owner{}, &UsageError{fmt.Errorf("owner %q: give keep, root or UID:GID", s)}
	}
	return Owner{int(uid), int(gid)}, nil
}
