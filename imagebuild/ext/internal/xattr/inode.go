package xattr

import "lbimage/imagebuild/ext/internal/layout"

// inodeArea finds the area of attributes behind the fields of an inode. ok is
// false where the inode has none: it is short, or its extra fields were never
// laid out, or they leave no room.
func inodeArea(i layout.Inode) (ar area, ok bool, err error) {
	extra := int(i.ExtraIsize())
	if len(i) <= layout.GoodOldInodeSize || extra == 0 {
		return area{}, false, nil
	}
	start := layout.GoodOldInodeSize + extra
	if start > len(i) || extra%4 != 0 {
		return area{}, false, badf(layout.GoodOldInodeSize, "extra fields of %d bytes do not suit an inode of %d", extra, len(i))
	}
	// Offsets of values count from the first entry, behind the magic word.
	first := start + layout.XattrIbodyHeader
	if first+listEnd > len(i) {
		return area{}, false, nil
	}
	return area{b: i[first:], base: first}, true, nil
}

// ParseInode gives the attributes in the body of an inode, in the order of
// their entries; nil where there is no area, or no magic word opens it.
func ParseInode(i layout.Inode) ([]Attr, error) {
	ar, ok, err := inodeArea(i)
	if err != nil || !ok || layout.XattrInodeMagic(i[ar.base-layout.XattrIbodyHeader:]) != layout.XattrMagic {
		return nil, err
	}
	return ar.parse()
}

// InodeRoom is how many bytes of Size fit the body of the inode.
func InodeRoom(i layout.Inode) int {
	ar, ok, err := inodeArea(i)
	if err != nil || !ok {
		return 0
	}
	return len(ar.b)
}

// PutInode writes the attributes over the whole area of the inode, in the given
// order; without attributes the area is cleared. The error is ErrNoSpace where
// they do not fit; the inode is then as it was.
func PutInode(i layout.Inode, attrs []Attr) error {
	ar, ok, err := inodeArea(i)
	if err != nil {
		return err
	}
	if err := check(attrs); err != nil {
		return err
	}
	if !ok {
		if len(attrs) > 0 {
			return ErrNoSpace
		}
		return nil
	}
	if Size(attrs) > len(ar.b) {
		return ErrNoSpace
	}
	header := i[ar.base-layout.XattrIbodyHeader : ar.base]
	clear(header)
	if len(attrs) > 0 {
		layout.SetXattrInodeMagic(header)
	}
	ar.put(attrs, false)
	return nil
}
