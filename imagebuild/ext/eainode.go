package ext

import (
	"fmt"
	"slices"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

// With the feature ea_inode a value that fits neither the inode nor the block of
// attributes is the contents of an inode of its own, which no folder names: a
// value inode. The entry of the attribute refers to it, and it counts who does:
// the inodes that have the entry in their body, and the blocks that have it, each
// once, however many inodes share the block. Every inode with the attribute counts
// the value's blocks as its own, as if it had them.
//
// We give each value its own inode; equal values that the kernel lets share one
// are kept so.

// valueInode opens the inode that holds the value of a, and checks that it is one.
func (f *FS) valueInode(a xattr.Attr) (*inode, error) {
	if a.ValueInode < f.firstIno {
		return nil, corruptf(a.ValueInode, "a reserved inode, but an attribute has its value there")
	}
	in, err := f.readInode(a.ValueInode)
	if err != nil {
		return nil, err
	}
	body, err := xattr.ParseInode(in.Inode)
	switch {
	case err != nil:
		return nil, damage(in.no, err)
	case !in.Has(layout.InodeFlagEAInode) || !in.IsRegular() || in.LinksCount() != 1 || len(body) > 0 || in.aclBlock() != 0 ||
		in.Has(layout.InodeFlagInlineData):
		return nil, corruptf(in.no, "an attribute has its value there, but it is no inode for values")
	case in.size() != uint64(a.ValueSize) || a.ValueSize > layout.XattrValueMax:
		return nil, corruptf(in.no, "a value of %d bytes, which should have %d", in.size(), a.ValueSize)
	}
	return in, nil
}

// oldForm tells of a value inode as Lustre made them: it names its one owner, and
// counts nothing.
func (in *inode) oldForm(a xattr.Attr) bool { return !a.RefersTo(in.ValueHash()) }

// readValue reads a value that lies in an inode of its own.
func (f *FS) readValue(a xattr.Attr) ([]byte, error) {
	in, err := f.valueInode(a)
	if err != nil {
		return nil, err
	}
	value := make([]byte, a.ValueSize)
	if len(value) > 0 {
		if _, err := in.readBlocks(value, 0); err != nil {
			return nil, err
		}
	}
	if got := layout.CRC32C(f.seed, value); !in.oldForm(a) && got != in.ValueHash() {
		return nil, corruptf(in.no, "the hash of its value is %#08x instead of %#08x", got, in.ValueHash())
	}
	return value, nil
}

// valueBlocks is how many blocks the values of attributes take that lie in inodes
// of their own.
func (f *FS) valueBlocks(list ...xattr.Attr) (n int64) {
	for _, a := range list {
		if a.ValueInode != 0 {
			n += int64(f.blocksFor(uint64(a.ValueSize)))
		}
	}
	return n
}

// checkValues refuses to edit attributes of which one refers to a value in a way
// that we cannot keep.
func (f *FS) checkValues(list []xattr.Attr) error {
	for _, a := range list {
		if a.ValueInode == 0 {
			continue
		}
		in, err := f.valueInode(a)
		if err != nil {
			return err
		}
		if in.oldForm(a) {
			return fmt.Errorf("inode %d holds a value in the form before Linux 4.13: %w: copy the file on such a machine", in.no, ErrUnsupported)
		}
		if in.ValueRefs() == 0 {
			return corruptf(in.no, "a value in use that counts no one who uses it")
		}
	}
	return nil
}

// soundValues is checkValues for all attributes of an inode that may be about to go.
func (in *inode) soundValues() error {
	if !in.fs.outside() {
		return nil
	}
	body, block, err := in.attrs()
	if err != nil {
		return err
	}
	return in.fs.checkValues(append(body, block...))
}

// refer counts one reference more or less to the value inode of a, where it has
// one. With the last the inode goes.
func (f *FS) refer(a xattr.Attr, by int64) error {
	if a.ValueInode == 0 {
		return nil
	}
	in, err := f.valueInode(a)
	if err != nil {
		return err
	}
	n := in.ValueRefs() + uint64(by)
	if in.ValueRefs() == 0 || by > 0 && n == 0 {
		return corruptf(in.no, "a value with %d references", in.ValueRefs())
	}
	if n == 0 {
		return in.free()
	}
	in.SetValueRefs(n)
	return in.put()
}

// outside tells whether the file system keeps values outside of inodes and blocks.
func (f *FS) outside() bool { return f.sb.Incompat()&layout.IncompatEAInode != 0 }

// large tells whether a value is so long that the kernel tries neither inode nor
// block for it.
func (f *FS) large(value []byte) bool {
	return f.outside() && layout.XattrValueLen(len(value)) > f.bs-layout.XattrEntryLen(3)-layout.XattrHeaderSize-4
}

// putOutside makes an inode for the value of a and gives the entry for it. It sees
// to it that a block is left for the entry.
func (in *inode) putOutside(a xattr.Attr) (xattr.Attr, error) {
	f := in.fs
	blocks, err := f.newFileCost(uint64(len(a.Value)))
	if err == nil {
		err = f.need(blocks + 1)
	}
	if err != nil {
		return a, err
	}
	ino, err := f.findInode(in.no)
	if err != nil {
		return a, err
	}
	v, err := f.newInode(ino, layout.ModeRegular|0o600, in, fmt.Sprintf("%d %s", a.Index, a.Name))
	if err != nil {
		return a, err
	}
	v.SetUID(in.UID())
	v.SetGID(in.GID())
	v.SetFlags(layout.InodeFlagEAInode)
	if f.sb.Incompat()&layout.IncompatExtents != 0 {
		v.initExtents()
	}
	hash := layout.CRC32C(f.seed, a.Value)
	v.SetAtime(time.Unix(0, 0))
	v.SetCtime(time.Unix(0, 0))
	v.SetValueHash(hash)
	v.SetValueRefs(1)
	if err := f.takeInode(ino, false); err != nil {
		return a, err
	}
	if err := v.setSize(uint64(len(a.Value))); err != nil {
		return a, err
	}
	if err := v.writeBlocks(a.Value, 0, 0); err != nil {
		return a, err
	}
	out := xattr.Attr{Index: a.Index, Name: a.Name, ValueInode: ino, ValueSize: uint32(len(a.Value)), Hash: xattr.InodeEntryHash(a.Name, hash)}
	return out, v.put()
}

// dropAttrs gives up all attributes of an inode that is about to be freed.
func (in *inode) dropAttrs() error {
	body, err := xattr.ParseInode(in.Inode)
	if err != nil {
		return damage(in.no, err)
	}
	for _, a := range body {
		if err := in.fs.refer(a, -1); err != nil {
			return err
		}
	}
	return in.dropACLBlock()
}

// fitsBody tells whether the attributes fit the inode.
func (in *inode) fitsBody(list []xattr.Attr) bool {
	return xattr.Size(list) <= xattr.InodeRoom(in.Inode)
}

// noAttrBlocks tells whether the file system knows no blocks of attributes, nor how to
// tell that it has them.
func (f *FS) noAttrBlocks() bool {
	return f.sb.Compat()&layout.CompatExtAttr == 0 && f.sb.RevLevel() == layout.RevOriginal
}

// fitsBlock tells whether the attributes fit a block.
func (f *FS) fitsBlock(list []xattr.Attr) bool {
	return layout.XattrHeaderSize+xattr.Size(list) <= f.bs && !f.noAttrBlocks()
}

// setAttr sets an attribute where there is room for it: in the inode, else in the
// block, else, with ea_inode, its value in an inode of its own. The caller stores the
// inode.
func (in *inode) setAttr(a xattr.Attr) error {
	f := in.fs
	body, block, err := in.attrs()
	if err != nil {
		return err
	}
	if err := f.checkValues(append(slices.Clone(body), block...)); err != nil {
		return err
	}
	restBody, restBlock := without(body, a.Index, a.Name), without(block, a.Index, a.Name)
	if in.inline() && in.IsSymlink() && !in.fitsBody(append(slices.Clone(restBody), a)) {
		return in.setLinkAttr(a)
	}
	if f.large(a.Value) || !in.fitsBody(append(slices.Clone(restBody), a)) && !f.fitsBlock(append(slices.Clone(restBlock), a)) {
		if f.noAttrBlocks() {
			return errNoAttrs
		}
		if !f.outside() || in.IsSymlink() { // e2fsck 1.47.0 takes a short target for a map where the link counts blocks
			return ErrAttrSpace
		}
		entry := xattr.Attr{Index: a.Index, Name: a.Name, ValueInode: 1}
		if !in.fitsBody(append(slices.Clone(restBody), entry)) && !f.fitsBlock(append(slices.Clone(restBlock), entry)) {
			return ErrAttrSpace
		}
		if a, err = in.putOutside(a); err != nil {
			return err
		}
	}
	if list := append(slices.Clone(restBody), a); in.fitsBody(list) {
		restBody = list
	} else {
		restBlock = append(restBlock, a)
	}
	return in.putAttrs(body, block, restBody, restBlock)
}

// removeAttr removes an attribute, if there is one.
func (in *inode) removeAttr(index uint8, name string) error {
	body, block, err := in.attrs()
	if err != nil {
		return err
	}
	restBody, restBlock := without(body, index, name), without(block, index, name)
	if len(restBody) == len(body) && len(restBlock) == len(block) {
		return nil
	}
	if err := in.fs.checkValues(append(slices.Clone(body), block...)); err != nil {
		return err
	}
	return in.putAttrs(body, block, restBody, restBlock)
}

// putAttrs makes newBody and newBlock the attributes in the inode and in its block,
// which were body and block, and drops the values that are outside and no longer
// there. References to new ones are the caller's to make.
func (in *inode) putAttrs(body, block, newBody, newBlock []xattr.Attr) error {
	f := in.fs
	if err := xattr.PutInode(in.Inode, newBody); err != nil {
		return err
	}
	if !slices.EqualFunc(block, newBlock, same) {
		if err := in.setACLBlockTo(newBlock); err != nil {
			return err
		}
	}
	for _, a := range dropped(body, newBody) {
		if err := f.refer(a, -1); err != nil {
			return err
		}
	}
	gain := f.valueBlocks(newBody...) + f.valueBlocks(newBlock...) - f.valueBlocks(body...) - f.valueBlocks(block...)
	return in.addBlocks(gain)
}

// same tells whether two entries are.
func same(a, b xattr.Attr) bool {
	return a.Index == b.Index && a.Name == b.Name && a.ValueInode == b.ValueInode && string(a.Value) == string(b.Value)
}

// dropped gives those of old that refer to a value inode to which now does not.
func dropped(old, now []xattr.Attr) (list []xattr.Attr) {
	for _, a := range old {
		if a.ValueInode != 0 && !slices.ContainsFunc(now, func(b xattr.Attr) bool { return same(a, b) }) {
			list = append(list, a)
		}
	}
	return list
}

// kept gives those of now that refer to a value inode as one of old does.
func kept(old, now []xattr.Attr) (list []xattr.Attr) {
	for _, a := range now {
		if a.ValueInode != 0 && slices.ContainsFunc(old, func(b xattr.Attr) bool { return same(a, b) }) {
			list = append(list, a)
		}
	}
	return list
}
