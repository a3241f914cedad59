package ext

import (
	"encoding/binary"
	"errors"

	"lbimage/imagebuild/ext/internal/xattr"
)

// A POSIX ACL is an attribute in two forms: on the disk, version 1, entries
// without an id are short; setxattr and getxattr use version 2, where each entry
// has an id.

const (
	aclDisk = 1
	aclUser = 2
)

// Tags of entries.
const (
	tagUserObj  = 0x01
	tagUser     = 0x02
	tagGroupObj = 0x04
	tagGroup    = 0x08
	tagMask     = 0x10
	tagOther    = 0x20
)

const noID = 1<<32 - 1

type aclEntry struct {
	tag, perm uint16
	id        uint32 // of a user or group, else noID
}

func named(tag uint16) bool { return tag == tagUser || tag == tagGroup }

// parseACL reads either form.
func parseACL(b []byte, version uint32) ([]aclEntry, error) {
	le := binary.LittleEndian
	if len(b) < 4 || le.Uint32(b) != version {
		return nil, errNoACL
	}
	var list []aclEntry
	for b = b[4:]; len(b) > 0; {
		if len(b) < 4 {
			return nil, errNoACL
		}
		e := aclEntry{le.Uint16(b), le.Uint16(b[2:]), noID}
		size := 4
		if version == aclUser || named(e.tag) {
			size = 8
		}
		if len(b) < size || e.perm > 7 {
			return nil, errNoACL
		}
		if named(e.tag) {
			e.id = le.Uint32(b[4:])
		}
		list = append(list, e)
		b = b[size:]
	}
	return list, nil
}

func buildACL(list []aclEntry, version uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, version)
	for _, e := range list {
		b = le.AppendUint16(b, e.tag)
		b = le.AppendUint16(b, e.perm)
		if version == aclUser || named(e.tag) {
			b = le.AppendUint32(b, e.id)
		}
	}
	return b
}

func aclFromDisk(b []byte) ([]byte, error) {
	list, err := parseACL(b, aclDisk)
	return buildACL(list, aclUser), err
}

// checkACL wants the entries in their order, each once, and those that must be.
func checkACL(list []aclEntry) error {
	seen := uint16(0)
	last := aclEntry{}
	for _, e := range list {
		switch e.tag {
		case tagUserObj, tagUser, tagGroupObj, tagGroup, tagMask, tagOther:
		default:
			return errNoACL
		}
		if e.tag < last.tag || e.tag == last.tag && !named(e.tag) {
			return errNoACL
		}
		seen |= e.tag
		last = e
	}
	const base = tagUserObj | tagGroupObj | tagOther
	if seen&base != base || seen&(tagUser|tagGroup) != 0 && seen&tagMask == 0 {
		return errNoACL
	}
	return nil
}

// groupEntry is the entry that goes with the group's bits of the mode: the mask,
// or without one the owning group.
func groupEntry(list []aclEntry) *aclEntry {
	var group *aclEntry
	for i := range list {
		if list[i].tag == tagMask {
			return &list[i]
		}
		if list[i].tag == tagGroupObj {
			group = &list[i]
		}
	}
	return group
}

// minimal tells whether the mode says all that the ACL does.
func minimal(list []aclEntry) bool { return len(list) == 3 }

// matchMode narrows the entries to the bits of mode, or, with set, makes them
// these; it gives the mode that results.
func matchMode(list []aclEntry, mode uint16, set bool) uint16 {
	group := groupEntry(list)
	for i := range list {
		e := &list[i]
		shift := -1
		switch {
		case e.tag == tagUserObj:
			shift = 6
		case e == group:
			shift = 3
		case e.tag == tagOther:
			shift = 0
		}
		if shift < 0 {
			continue
		}
		bits := mode >> shift & 7
		if !set {
			bits &= e.perm
		}
		e.perm = bits
		mode = mode&^(7<<shift) | bits<<shift
	}
	return mode
}

// setACL stores an ACL that is given in the form of setxattr.
func (in *inode) setACL(a xattr.Attr, value []byte) error {
	list, err := parseACL(value, aclUser)
	if err == nil {
		err = checkACL(list)
	}
	if err != nil {
		return err
	}
	a.Value = buildACL(list, aclDisk)
	switch {
	case in.IsSymlink() || a.Index == indexDefaultACL && !in.IsDir():
		return errNoACL
	case a.Index == indexDefaultACL:
		return in.setAttr(a)
	}
	mode := in.Mode()
	for _, e := range list {
		switch e.tag {
		case tagUserObj:
			mode = mode&^0o700 | e.perm<<6
		case tagOther:
			mode = mode&^0o007 | e.perm
		}
	}
	in.SetMode(mode&^0o070 | groupEntry(list).perm<<3)
	if minimal(list) {
		return in.removeAttr(a.Index, a.Name)
	}
	return in.setAttr(a)
}

// chmodACL lets the access ACL follow a new mode.
func (in *inode) chmodACL() error {
	b, err := in.attr(indexACL, "")
	if errors.Is(err, ErrNoAttr) {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := parseACL(b, aclDisk)
	if err != nil || groupEntry(list) == nil {
		return corruptf(in.no, "its ACL is malformed")
	}
	matchMode(list, in.Mode(), true)
	return in.setAttr(xattr.Attr{Index: indexACL, Value: buildACL(list, aclDisk)})
}

// inheritACL gives the ACLs that a new inode takes over from the default ACL of
// its folder, and narrows its mode by them.
func (dir *inode) inheritACL(in *inode) ([]xattr.Attr, error) {
	if in.IsSymlink() {
		return nil, nil
	}
	b, err := dir.attr(indexDefaultACL, "")
	if errors.Is(err, ErrNoAttr) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := parseACL(b, aclDisk)
	if err != nil || groupEntry(list) == nil {
		return nil, corruptf(dir.no, "its default ACL is malformed")
	}
	var out []xattr.Attr
	if in.IsDir() {
		out = append(out, xattr.Attr{Index: indexDefaultACL, Value: b})
	}
	in.SetMode(matchMode(list, in.Mode(), false))
	if !minimal(list) {
		out = append(out, xattr.Attr{Index: indexACL, Value: buildACL(list, aclDisk)})
	}
	return out, nil
}
