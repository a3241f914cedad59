package fsedit

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseACLText reads an ACL as tar archives hold it, "user::rw-,user:1000:r--,…",
// and gives it in the form of the extended attribute that setxattr takes: version
// 2, then tag, permissions and id of each entry.
func parseACLText(text string) ([]byte, error) {
	type aclEntry struct {
		tag, perm uint16
		id        uint32
	}
	var list []aclEntry
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fields := strings.Split(line, ":")
		if len(fields) < 3 || len(fields) > 4 {
			return nil, fmt.Errorf("entry %q is malformed", line)
		}
		e := aclEntry{id: 1<<32 - 1}
		tags, ok := map[string][2]uint16{"user": {0x01, 0x02}, "u": {0x01, 0x02}, "group": {0x04, 0x08}, "g": {0x04, 0x08},
			"mask": {0x10, 0}, "m": {0x10, 0}, "other": {0x20, 0}, "o": {0x20, 0}}[fields[0]]
		if !ok {
			return nil, fmt.Errorf("entry %q is malformed", line)
		}
		e.tag = tags[0]
		if fields[1] != "" {
			if e.tag = tags[1]; e.tag == 0 {
				return nil, fmt.Errorf("entry %q is malformed", line)
			}
			id, err := strconv.ParseUint(fields[len(fields)-1], 10, 32)
			if len(fields) == 3 || err != nil {
				id, err = strconv.ParseUint(fields[1], 10, 32)
			}
			if err != nil || id >= 1<<32-1 {
				return nil, fmt.Errorf("entry %q names its owner: make the archive with --numeric-owner", line)
			}
			e.id = uint32(id)
		}
		for i, c := range []byte(fields[2]) {
			switch {
			case i < 3 && c == "rwx"[i]:
				e.perm |= 4 >> i
			case i < 3 && c == '-':
			default:
				return nil, fmt.Errorf("entry %q is malformed", line)
			}
		}
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(a, b aclEntry) int { return cmp.Or(cmp.Compare(a.tag, b.tag), cmp.Compare(a.id, b.id)) })
	out := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range list {
		out = binary.LittleEndian.AppendUint16(out, e.tag)
		out = binary.LittleEndian.AppendUint16(out, e.perm)
		out = binary.LittleEndian.AppendUint32(out, e.id)
	}
	return out, nil
}
