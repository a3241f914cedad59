package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Owner names who a file shall belong to, by name or number. Names are looked up in the image's own
// /etc/passwd and /etc/group, never in those of the machine at work. The zero value is root:root.
type Owner struct {
	User  string
	Group string // empty: the user's own group in /etc/passwd, or root's when User is empty too
}

// ParseOwner reads "user:group", "user" or ":group".
func ParseOwner(s string) (Owner, error) {
	user, group, _ := strings.Cut(s, ":")
	if s == "" || s == ":" || strings.ContainsAny(s, " \t\n/") || strings.Contains(group, ":") {
		return Owner{}, fmt.Errorf("owner %q: write user:group, by name or number", s)
	}
	return Owner{User: user, Group: group}, nil
}

func (o Owner) String() string {
	if o == (Owner{}) {
		return "root:root"
	}
	return o.User + ":" + o.Group
}

// ids are a numeric owner and group.
type ids struct{ uid, gid uint32 }

// ErrNoAccount says that the image does not have a user or group.
var ErrNoAccount = errors.New("not in the image")

// maxAccounts bounds what is read of an account file, in bytes.
const maxAccounts = 4 << 20

// Lookup gives the numbers of an owner in the image. A name that the image does not have gives an
// error that wraps [ErrNoAccount].
func (o Owner) Lookup(t ReadTree) (uid, gid uint32, err error) {
	id, err := o.lookup(t)
	return id.uid, id.gid, err
}

func (o Owner) lookup(t ReadTree) (ids, error) {
	var out ids
	var primary *uint32
	switch n, numeric := number(o.User); {
	case o.User == "" || o.User == "root":
		primary = new(uint32)
	case numeric:
		out.uid = n
	default:
		f, err := account(t, "etc/passwd", o.User, 4)
		if err != nil {
			return ids{}, fmt.Errorf("user %s: %w", o.User, err)
		}
		uid, ok1 := number(f[2])
		gid, ok2 := number(f[3])
		if !ok1 || !ok2 {
			return ids{}, fmt.Errorf("user %s: /etc/passwd gives it no numbers", o.User)
		}
		out.uid, primary = uid, &gid
	}
	switch n, numeric := number(o.Group); {
	case o.Group == "" && primary != nil:
		out.gid = *primary
	case o.Group == "":
		return ids{}, fmt.Errorf("owner %s: a numeric user needs a group: write %s:GROUP", o.User, o.User)
	case o.Group == "root":
	case numeric:
		out.gid = n
	default:
		f, err := account(t, "etc/group", o.Group, 3)
		if err != nil {
			return ids{}, fmt.Errorf("group %s: %w", o.Group, err)
		}
		gid, ok := number(f[2])
		if !ok {
			return ids{}, fmt.Errorf("group %s: /etc/group gives it no number", o.Group)
		}
		out.gid = gid
	}
	return out, nil
}

// number reads a user or group id. The last one, 2³²-1, means "none" to the kernel.
func number(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n != 1<<32-1
}

// account finds the line of a name in an account file of the image: the first that has its numbers counts, as
// for the C library; where none has, the first at all. It has at least the asked number of fields.
func account(t ReadTree, file, name string, fields int) ([]string, error) {
	data, err := readSmall(t, file, maxAccounts)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w, which has no /%s", ErrNoAccount, file)
	}
	if err != nil {
		return nil, err
	}
	var odd []string
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if f[0] != name || len(f) < fields {
			continue
		}
		if !slices.ContainsFunc(f[2:fields], func(s string) bool { _, ok := number(s); return !ok }) {
			return f, nil
		}
		if odd == nil {
			odd = f
		}
	}
	if odd != nil {
		return odd, nil
	}
	return nil, fmt.Errorf("%w (/%s): make it first, or give the number", ErrNoAccount, file)
}
