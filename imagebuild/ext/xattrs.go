package ext

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

// Indices of names of extended attributes.
const (
	indexUser       = 1
	indexACL        = 2
	indexDefaultACL = 3
	indexTrusted    = 4
	indexSecurity   = 6
)

// ListXattr gives the names of the extended attributes of a file, sorted:
// "user.comment". A symbolic link is not followed.
func (f *FS) ListXattr(name string) (names []string, err error) {
	err = f.look("listxattr", name, func() error {
		s, err := f.get(name, false)
		if err != nil {
			return err
		}
		body, block, err := s.in.attrs()
		for _, a := range append(body, block...) {
			if full, ok := layout.XattrName(a.Index, a.Name); ok && full != "system.data" {
				names = append(names, full)
			}
		}
		slices.Sort(names)
		return err
	})
	return names, err
}

// Xattr gives the value of an extended attribute, as the kernel would: ACLs
// in the form of getxattr, not in that of the disk. The error wraps ErrNoAttr where there
// is none. A symbolic link is not followed.
func (f *FS) Xattr(name, attr string) (value []byte, err error) {
	err = f.look("getxattr", name, func() error {
		s, err := f.get(name, false)
		if err != nil {
			return err
		}
		index, short, ok := layout.SplitXattrName(attr)
		if !ok {
			return fmt.Errorf("%s: %w", attr, ErrNoAttr)
		}
		value, err = s.in.attr(index, short)
		if err == nil && (index == indexACL || index == indexDefaultACL) {
			value, err = aclFromDisk(value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", attr, err)
		}
		return nil
	})
	return value, err
}

// SetXattr sets an extended attribute, of the namespaces user, trusted and
// security (capabilities in one of the forms that the kernel takes), or an ACL in the form of setxattr, which changes the mode with it. A
// symbolic link is not followed.
func (f *FS) SetXattr(name, attr string, value []byte) error {
	return f.setAttrs("setxattr", name, false, func(in *inode) error {
		a, err := settable(attr)
		if err != nil {
			return err
		}
		if a.Index == indexUser && !in.IsRegular() && !in.IsDir() {
			return fmt.Errorf("%s: only files and folders have attributes of users: %w", attr, fs.ErrPermission)
		}
		if len(value) > layout.XattrValueMax {
			return fmt.Errorf("%s: a value of %d bytes: %w", attr, len(value), ErrAttrSpace)
		}
		if a.Index == indexSecurity && a.Name == "capability" && !validCapability(value) {
			return fmt.Errorf("%s: %w", attr, errNoCapability)
		}
		if a.Index == indexACL || a.Index == indexDefaultACL {
			err = in.setACL(a, value)
		} else {
			a.Value = slices.Clone(value)
			err = in.setAttr(a)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", attr, err)
		}
		return nil
	})
}

// RemoveXattr removes an extended attribute. The error wraps ErrNoAttr where
// there is none. A symbolic link is not followed.
func (f *FS) RemoveXattr(name, attr string) error {
	return f.setAttrs("removexattr", name, false, func(in *inode) error {
		a, err := settable(attr)
		if err == nil {
			_, err = in.attr(a.Index, a.Name)
		}
		if err == nil {
			err = in.removeAttr(a.Index, a.Name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", attr, err)
		}
		return nil
	})
}

var errNoCapability = fmt.Errorf("neither of version 2 with 20 bytes nor of version 3 with 24: %w", fs.ErrInvalid)

// validCapability tells whether the kernel would take the value: a little-endian word
// with the version and maybe the lowest bit, two pairs of words with capabilities
// and, in version 3, the user that root is for whom they count.
func validCapability(value []byte) bool {
	const version2, version3, effective = 0x02000000, 0x03000000, 1
	if len(value) != 20 && len(value) != 24 {
		return false
	}
	version := binary.LittleEndian.Uint32(value) &^ effective
	return len(value) == 20 && version == version2 || len(value) == 24 && version == version3
}

// settable splits a name, and refuses those that are not ours to set.
func settable(attr string) (xattr.Attr, error) {
	index, short, ok := layout.SplitXattrName(attr)
	switch {
	case !ok || hasZero(attr):
		return xattr.Attr{}, fmt.Errorf("%s: namespace: %w", attr, ErrUnsupported)
	case len(attr) > layout.NameMax: // the kernel counts the prefix, too
		return xattr.Attr{}, fmt.Errorf("%s: %w", attr, ErrNameTooLong)
	}
	switch index {
	case indexUser, indexTrusted, indexSecurity, indexACL, indexDefaultACL:
		return xattr.Attr{Index: index, Name: short}, nil
	}
	return xattr.Attr{}, fmt.Errorf("%s: namespace: %w", attr, ErrUnsupported)
}

// attrs reads the extended attributes in the inode and in its block.
func (in *inode) attrs() (body, block []xattr.Attr, err error) {
	if body, err = xattr.ParseInode(in.Inode); err != nil {
		return nil, nil, damage(in.no, err)
	}
	blk := in.aclBlock()
	if blk == 0 {
		return body, nil, nil
	}
	b, err := in.fs.attrBlock(blk)
	if err == nil {
		block, err = xattr.ParseBlock(b)
	}
	if err != nil {
		return nil, nil, damage(in.no, fmt.Errorf("block %d: %w", blk, err))
	}
	return body, block, nil
}

// attrBlock reads a block of extended attributes.
func (f *FS) attrBlock(blk uint64) ([]byte, error) {
	if err := f.checkBlocks(blk, 1); err != nil {
		return nil, err
	}
	b, err := f.cache.get(blk)
	if err != nil {
		return nil, err
	}
	h := layout.XattrHeader(b)
	switch {
	case h.Magic() != layout.XattrMagic:
		return nil, corruptf(0, "magic %#x instead of %#x in a block of extended attributes", h.Magic(), uint32(layout.XattrMagic))
	case h.RefCount() == 0:
		return nil, corruptf(0, "a block of extended attributes that is used by none")
	case f.csum && h.Checksum() != layout.XattrBlockChecksum(f.seed, blk, b):
		return nil, corruptf(0, "checksum %#08x instead of %#08x", h.Checksum(), layout.XattrBlockChecksum(f.seed, blk, b))
	}
	return b, nil
}

// attr gives the value of an attribute as it is on the disk.
func (in *inode) attr(index uint8, name string) ([]byte, error) {
	body, block, err := in.attrs()
	if err != nil {
		return nil, err
	}
	for _, a := range append(body, block...) {
		if a.Index != index || a.Name != name {
			continue
		}
		if a.ValueInode == 0 {
			return a.Value, nil
		}
		return in.fs.readValue(a)
	}
	return nil, ErrNoAttr
}

func without(list []xattr.Attr, index uint8, name string) []xattr.Attr {
	return slices.DeleteFunc(slices.Clone(list), func(a xattr.Attr) bool { return a.Index == index && a.Name == name })
}

// dropCapability removes what a change of contents or owner makes invalid.
func (in *inode) dropCapability() error { return in.removeAttr(indexSecurity, "capability") }

// setACLBlockTo makes list the attributes in the inode's block. A block that
// other inodes use too is left to them.
func (in *inode) setACLBlockTo(list []xattr.Attr) error {
	if len(list) == 0 {
		return in.dropACLBlock()
	}
	f := in.fs
	if f.noAttrBlocks() {
		return errNoAttrs
	}
	b, err := xattr.BuildBlock(f.bs, list)
	if errors.Is(err, xattr.ErrNoSpace) {
		return ErrAttrSpace
	}
	if err != nil {
		return err
	}
	blk, old, shared, err := in.attrBlockNow()
	if err != nil {
		return err
	}
	if blk == 0 || shared {
		if err := f.need(1); err != nil {
			return err
		}
	}
	// The block counts as one that refers to values outside, and so will its copy.
	change, by := dropped(old, list), int64(-1)
	if shared {
		change, by = kept(old, list), 1
	}
	for _, a := range change {
		if err := f.refer(a, by); err != nil {
			return err
		}
	}
	if blk == 0 || shared {
		if err := in.dropACLBlock(); err != nil {
			return err
		}
		n, _ := f.inodeGroup(in.no)
		if blk, _, err = in.take(wish{goal: f.groupStart(n)}, 1); err != nil {
			return err
		}
		in.setACLBlock(blk)
		f.cache.fresh(blk)
	}
	f.sb.SetCompat(f.sb.Compat() | layout.CompatExtAttr)
	to, err := f.editUsed(blk)
	if err != nil {
		return err
	}
	copy(to, b)
	f.sealAttrBlock(blk, to)
	return nil
}

func (f *FS) sealAttrBlock(blk uint64, b []byte) {
	if f.csum {
		h := layout.XattrHeader(b)
		h.SetChecksum(layout.XattrBlockChecksum(f.seed, blk, b))
	}
}

// attrBlockNow gives the inode's block of attributes, 0 for none, what is in it, and
// whether other inodes use it too.
func (in *inode) attrBlockNow() (blk uint64, list []xattr.Attr, shared bool, err error) {
	if blk = in.aclBlock(); blk == 0 {
		return 0, nil, false, nil
	}
	b, err := in.fs.attrBlock(blk)
	if err == nil {
		list, err = xattr.ParseBlock(b)
	}
	if err != nil {
		return 0, nil, false, damage(in.no, fmt.Errorf("block %d: %w", blk, err))
	}
	return blk, list, layout.XattrHeader(b).RefCount() > 1, nil
}

// dropACLBlock gives up the inode's block of attributes, and frees it where no
// other inode uses it.
func (in *inode) dropACLBlock() error {
	blk, old, shared, err := in.attrBlockNow()
	if err != nil || blk == 0 {
		return err
	}
	in.setACLBlock(0)
	if !shared {
		for _, a := range old {
			if err := in.fs.refer(a, -1); err != nil {
				return err
			}
		}
		return in.give(blk, 1)
	}
	b, err := in.fs.editUsed(blk)
	if err != nil {
		return err
	}
	h := layout.XattrHeader(b)
	h.SetRefCount(h.RefCount() - 1)
	in.fs.sealAttrBlock(blk, b)
	return in.addBlocks(-int64(in.fs.cluster()))
}

var errNoAttrs = fmt.Errorf("the file system is of revision 0, which has no extended attributes: %w", ErrUnsupported)

var errNoACL = fmt.Errorf("malformed ACL: %w", fs.ErrInvalid)
