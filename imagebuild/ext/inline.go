package ext

import (
	"errors"
	"fmt"
	"slices"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

// With inline_data (since Linux 3.8) what is short lies in the inode: the first 60
// bytes in the place of the map, the others as the value of the attribute
// system.data, which stands in the body of the inode, even if it is empty. New
// files and folders begin there. What no longer fits moves to blocks, and stays
// there; other attributes do not make room for it, and are not let take its room.

// maxInline is the most bytes that are put into an inode, however large inodes
// are: a kernel reads what is inline as one page.
const maxInline = 4096

const xattrSystem = 7 // index of the names that begin with system.

// inline tells whether the contents lie in the inode.
func (in *inode) inline() bool { return in.Has(layout.InodeFlagInlineData) }

// isData tells the attribute that contents go on in.
func isData(a xattr.Attr) bool { return a.Index == xattrSystem && a.Name == "data" }

// inlineAttrs gives the attributes in the body of an inode with contents there,
// and which of them is system.data.
func (in *inode) inlineAttrs() (list []xattr.Attr, i int, err error) {
	if list, err = xattr.ParseInode(in.Inode); err != nil {
		return nil, 0, damage(in.no, err)
	}
	i = slices.IndexFunc(list, isData)
	switch {
	case in.fs.sb.Incompat()&layout.IncompatInlineData == 0:
		return nil, 0, corruptf(in.no, "its contents are said to lie in the inode, but the file system is without inline_data")
	case i < 0:
		return nil, 0, corruptf(in.no, "its contents lie in the inode, but it has no system.data")
	case list[i].ValueInode != 0 || in.hasExtents():
		return nil, 0, corruptf(in.no, "its contents are said to lie in the inode and elsewhere")
	}
	return list, i, nil
}

// inlineBytes gives what the inode has: the place of the map and system.data.
func (in *inode) inlineBytes() ([]byte, error) {
	list, i, err := in.inlineAttrs()
	if err != nil {
		return nil, err
	}
	return slices.Concat(in.Block(), list[i].Value), nil
}

// inlineRoom is how many bytes of contents fit the inode beside the attributes
// that it has.
func (in *inode) inlineRoom() (int, error) {
	list, i, err := in.inlineAttrs()
	if err != nil {
		return 0, err
	}
	list[i].Value = nil
	return min(len(in.Block())+max(0, xattr.InodeRoom(in.Inode)-xattr.Size(list))&^3, maxInline), nil
}

// setInline makes data the contents, which must fit. The caller stores the inode.
func (in *inode) setInline(data []byte) error {
	list, i, err := in.inlineAttrs()
	if err != nil {
		return err
	}
	n := min(len(data), len(in.Block()))
	list[i].Value = data[n:]
	if err := xattr.PutInode(in.Inode, list); err != nil {
		return err
	}
	clear(in.Block())
	copy(in.Block(), data)
	in.SetSize(uint64(len(data)))
	return nil
}

// startInline lets the contents of a new inode begin in it, if the file system has
// that and the inode room for it.
func (in *inode) startInline() bool {
	if in.fs.sb.Incompat()&layout.IncompatInlineData == 0 {
		return false
	}
	if xattr.PutInode(in.Inode, []xattr.Attr{{Index: xattrSystem, Name: "data"}}) != nil {
		return false
	}
	in.SetFlags(in.Flags() | layout.InodeFlagInlineData)
	return true
}

// fitsNewInode tells whether n bytes of contents fit the inode of a new file in
// the folder for certain.
func (in *inode) fitsNewInode(n int) bool {
	if in.fs.sb.Incompat()&layout.IncompatInlineData == 0 || n >= in.fs.inodeSize {
		return false
	}
	file, err := in.fs.newInode(0, layout.ModeRegular, in, "")
	if err != nil || !file.startInline() {
		return false
	}
	room, err := file.inlineRoom()
	if err != nil || n > room {
		return false
	}
	_, err = in.attr(indexDefaultACL, "") // it would take room
	return errors.Is(err, ErrNoAttr)
}

// dropInline leaves the inode without contents, and with an empty map.
func (in *inode) dropInline() error {
	list, i, err := in.inlineAttrs()
	if err == nil {
		err = xattr.PutInode(in.Inode, slices.Delete(list, i, i+1))
	}
	if err != nil {
		return err
	}
	clear(in.Block())
	in.SetFlags(in.Flags() &^ layout.InodeFlagInlineData)
	if in.fs.sb.Incompat()&layout.IncompatExtents != 0 {
		in.initExtents()
	}
	in.SetSize(0)
	return nil
}

// readInline reads from contents in the inode; all of p lies before the end of the
// file. What the inode has no bytes for reads as zeros: kernels before 6.18 let a
// file grow so.
func (in *inode) readInline(p []byte, off int64) error {
	data, err := in.inlineBytes()
	if err != nil {
		return err
	}
	n := 0
	if off < int64(len(data)) {
		n = copy(p, data[off:])
	}
	clear(p[n:])
	return nil
}

// inlineData gives all contents, cut or filled up to size bytes; ok is false if the
// inode has not so much room.
func (in *inode) inlineData(size uint64) (data []byte, ok bool, err error) {
	room, err := in.inlineRoom()
	if err != nil || size > uint64(room) {
		return nil, false, err
	}
	if data, err = in.inlineBytes(); err != nil {
		return nil, false, err
	}
	data = data[:min(uint64(len(data)), in.size())]
	if uint64(len(data)) > size {
		data = data[:size]
	}
	return append(data, make([]byte, size-uint64(len(data)))...), true, nil
}

// editInline lets do change the contents in the inode, as they are with size
// bytes. ok is false where they do not fit: nothing is changed then.
func (in *inode) editInline(size uint64, do func(data []byte)) (ok bool, err error) {
	data, ok, err := in.inlineData(size)
	if err != nil || !ok {
		return false, err
	}
	if err := in.changed(); err != nil {
		return false, err
	}
	do(data)
	return true, in.setInline(data)
}

// toBlocks moves the contents from the inode to blocks, if there is room for that
// and for n bytes from off on besides.
func (in *inode) toBlocks(off, n uint64) error {
	size := in.size()
	data, err := in.inlineBytes()
	if err != nil {
		return err
	}
	data = data[:min(uint64(len(data)), size)]
	if err := in.dropInline(); err != nil {
		return err
	}
	want, err := in.cost(off, n)
	if err != nil {
		return err
	}
	if len(data) > 0 {
		want += 3 // a block, and a map that outgrows the inode for it
	}
	if err := in.fs.need(want); err != nil {
		return err
	}
	if err := in.changed(); err != nil {
		return err
	}
	if err := in.setSize(size); err != nil {
		return err
	}
	long := uint64(0)
	if off <= size {
		long = in.fs.blocksFor(off + n)
	}
	return in.writeBlocks(data, 0, long)
}

// setLinkAttr is setAttr for a symbolic link whose inode is full. Its target makes
// room: e2fsck 1.47 overlooks the block of attributes of a link that lies in its
// inode, and would free it.
func (in *inode) setLinkAttr(a xattr.Attr) error {
	target, err := in.target()
	if err != nil {
		return err
	}
	if len(target) < len(in.Block()) || len(target) >= in.fs.bs {
		return corruptf(in.no, "a symbolic link of %d bytes among inline data", len(target))
	}
	if err := in.dropInline(); err != nil {
		return err
	}
	if err := in.fs.need(2); err != nil { // for the attributes, too
		return err
	}
	if err := in.setAttr(a); err != nil {
		return err
	}
	return in.putTarget(target)
}

// punchInline clears the bytes [off, end) of contents in the inode.
func (in *inode) punchInline(off, end uint64) error {
	if err := in.changed(); err != nil {
		return err
	}
	data, err := in.inlineBytes()
	if err != nil {
		return err
	}
	n, size := uint64(len(data)), in.size()
	clear(data[min(off, n):min(end, n)])
	err = in.setInline(data)
	in.SetSize(size)
	return err
}

// inlineFolder opens the names of a folder that lies in its inode.
func (in *inode) inlineFolder() (*dir.Dir, error) {
	data, err := in.inlineBytes()
	if err != nil {
		return nil, err
	}
	switch {
	case in.size() != uint64(len(data)):
		return nil, corruptf(in.no, "a folder of %d bytes has %d in the inode", in.size(), len(data))
	case in.Has(layout.InodeFlagIndex):
		return nil, corruptf(in.no, "a folder in the inode, but hashed")
	}
	room, err := in.inlineRoom()
	if err != nil {
		return nil, err
	}
	d, err := dir.NewInline(data, room, in.dirParams())
	return d, in.dirError(err)
}

// unrollFolder gives a folder in the inode a block.
func (in *inode) unrollFolder(d *dir.Dir) (*dir.Dir, error) {
	p := in.dirParams()
	b, err := d.Unroll(p, in.no)
	if err != nil {
		return nil, err
	}
	want := uint64(1)
	if in.size()+layout.NameMax > uint64(in.fs.bs)-64 {
		want += 3 // the next name may already ask for an index
	}
	if err := in.fs.need(want); err != nil {
		return nil, err
	}
	if err := in.dropInline(); err != nil {
		return nil, err
	}
	blk, err := blocksOf{in}.Append(b)
	if err == nil && blk != 0 {
		err = errors.New("a new map is not empty")
	}
	if err != nil {
		return nil, fmt.Errorf("inode %d: %w", in.no, err)
	}
	return in.rawFolder()
}
