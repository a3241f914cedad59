// Package dir reads and changes the contents of one directory of ext2, ext3 or
// ext4, over a store that hands out its blocks.
//
// # Linear directories
//
// A block is a chain of records. Each has a length, an inode, a name; together
// they fill the block without a gap. To remove a name its record is added to the
// one before it (or gets inode 0 where it is the block's first); to insert one,
// the first record with enough slack is cut in two.
//
// # Hashed directories
//
// A directory that outgrows its first block becomes a tree, if the file system
// has dir_index. The names stay in ordinary blocks, the leaves. Block 0 becomes
// the root of an index: pairs of a hash and a block, sorted, where a pair covers
// the hashes from its own up to the next one's. It looks like a block with two
// records, "." and "..", the second filling the block, so that a reader without
// knowledge of the index finds nothing strange. When the root is full, a level of
// nodes is put below it; a node looks like one unused record.
//
// A full leaf is sorted by hash and cut near its middle. Names with equal hashes
// may end up on both sides; the pair of the right half then has bit 0 of its
// hash set (hashes proper have it clear), and a search goes on to it.
//
// # Inline directories
//
// A small directory may lie in its inode, without a store: see NewInline.
//
// # What is promised
//
// Every block is checked before it is used; what is wrong is named with block
// and offset in a FormatError, and then nothing is written. Inserting writes new
// blocks before it changes those that will point to them. With metadata_csum
// each block that is written carries its checksum, and each that is read is held
// against it.
package dir

import (
	"errors"
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// Store is where a directory's blocks are, by their number within it.
type Store interface {
	Blocks() uint32                          // blocks of the directory
	Read(blk uint32) ([]byte, error)         // a copy; the caller may change and keep it
	Write(blk uint32, b []byte) error        // does not keep b
	Append(b []byte) (blk uint32, err error) // the directory grows by one block; does not keep b
}

// Params says what the file system and the inode decide about a directory.
type Params struct {
	BlockSize    int       // bytes, a power of two from 1 KiB to 64 KiB
	Filetype     bool      // records carry the type of the file
	Csum         bool      // metadata_csum: blocks end in a checksum
	DirIndex     bool      // dir_index: directories are hashed when they outgrow a block
	LargeDir     bool      // large_dir: one more level, more than 2 GiB
	Indexed      bool      // the inode has layout.InodeFlagIndex
	UnsignedHash bool      // names are hashed as unsigned bytes
	InodeSeed    uint32    // layout.InodeSeed of the directory, for its checksums
	HashVersion  uint8     // of a new index: layout.HashLegacy, HashHalfMD4 or HashTEA
	HashSeed     [4]uint32 // of the file system; all zero is the default seed
	MaxInode     uint32    // inodes of the file system
	Folded       bool      // casefold: names differ in more than case, and are hashed accordingly
	Encrypted    bool      // names are any bytes, and the key decides on their hashes
}

// opaque tells whether the names' hashes cannot be known: names are then looked
// for one by one, and none can be added.
func (p *Params) opaque() bool { return p.Folded || p.Encrypted }

// Entry is one name. Type is one of layout's FT constants, FTUnknown without
// the filetype feature.
type Entry struct {
	Name  string
	Inode uint32
	Type  uint8
}

// What a caller may want to tell apart. They come wrapped.
var (
	ErrExist       = errors.New("name exists")
	ErrNotExist    = errors.New("name does not exist")
	ErrNameTooLong = errors.New("name is longer than 255 bytes")
	ErrBadName     = errors.New("name is not possible")
	ErrFull        = errors.New("directory is full")
	ErrOpaque      = errors.New("names of the directory are hashed in a way that is not known")
)

// FormatError tells what is wrong with a directory. Block is the number within
// the directory, Offset counts bytes within the block.
type FormatError struct {
	Block  uint32
	Offset int
	What   string
}

func (e *FormatError) Error() string {
	if e.Block == inlineBlock {
		return fmt.Sprintf("directory in the inode, byte %d: %s", e.Offset, e.What)
	}
	return fmt.Sprintf("directory block %d, offset %d: %s", e.Block, e.Offset, e.What)
}

func badf(blk uint32, off int, format string, a ...any) error {
	return &FormatError{blk, off, fmt.Sprintf(format, a...)}
}

// Dir is one directory. It keeps nothing of the store's blocks, so a store may
// serve several, one after the other.
type Dir struct {
	s      Store
	p      Params
	look   bool    // see looking
	inline *inline // instead of the store
}

// New gives the directory whose blocks are in s.
func New(s Store, p Params) *Dir { return &Dir{s: s, p: p} }

// Indexed tells whether the inode must have layout.InodeFlagIndex: inserting may
// turn a linear directory into a hashed one, and one on a file system without
// dir_index back. An insertion that fails for want of space changes nothing
// here.
func (d *Dir) Indexed() bool { return d.p.Indexed }

// hashed tells whether the index is there and meant to be used.
func (d *Dir) hashed() bool { return d.p.Indexed && d.p.DirIndex }

// csumLen is the room that a leaf's checksum takes.
func (p *Params) csumLen() int {
	if p.Csum {
		return layout.DirTailSize
	}
	return 0
}

// checkName refuses names that a directory must not hold.
func checkName(name string) error {
	if len(name) > layout.NameMax {
		return ErrNameTooLong
	}
	if !goodName([]byte(name)) {
		return fmt.Errorf("%q: %w", name, ErrBadName)
	}
	return nil
}

func goodName(name []byte) bool {
	for _, c := range name {
		if c == 0 || c == '/' {
			return false
		}
	}
	return len(name) > 0
}

func isDots(name string) bool { return name == "." || name == ".." }

// Lookup finds a name; ok is false where there is none. An index that cannot be
// used is passed over where blocks have no checksum: all are searched then.
func (d *Dir) Lookup(name string) (e Entry, ok bool, err error) {
	if err := checkName(name); err != nil {
		return Entry{}, false, err
	}
	look := d.looking()
	l, ok, err := look.find(name)
	if err != nil && !d.p.Csum {
		if bad := (*indexError)(nil); errors.As(err, &bad) {
			l, ok, err = look.findLinear(name)
		}
	}
	if err != nil || !ok {
		return Entry{}, false, err
	}
	de := l.dirent()
	return Entry{name, de.Inode(), d.typeOf(de)}, true, nil
}

func (d *Dir) typeOf(de layout.Dirent) uint8 {
	if !d.p.Filetype {
		return layout.FTUnknown
	}
	return de.FileType()
}

func (d *Dir) entry(de layout.Dirent) Entry {
	return Entry{string(de.Name()), de.Inode(), d.typeOf(de)}
}

// Each calls f for every name in the order of the blocks, "." and ".."
// included ("." not in an inline directory). It ends with the first error, which
// it returns. f must not change the directory.
func (d *Dir) Each(f func(Entry) error) error {
	if d.inline != nil {
		return d.eachInline(f)
	}
	look := d.looking()
	for blk := range d.s.Blocks() {
		b, err := look.read(blk)
		if err != nil {
			return err
		}
		for off := range b.records() {
			if de := b.at(off); de.Inode() != 0 {
				if err := f(d.entry(de)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Empty tells whether the directory holds no name but "." and "..".
func (d *Dir) Empty() (bool, error) {
	found := errors.New("a name")
	err := d.Each(func(e Entry) error {
		if !isDots(e.Name) {
			return found
		}
		return nil
	})
	if err == found {
		return false, nil
	}
	return err == nil, err
}

// Insert adds a name for an inode; ftype is one of layout's FT constants. The
// error is ErrExist, ErrNameTooLong, ErrBadName, ErrFull, ErrInlineFull, ErrOpaque,
// a FormatError or the store's; the directory is then whole and without the name, but may have
// grown.
func (d *Dir) Insert(name string, ino uint32, ftype uint8) error {
	if err := d.checkEntry(name, ino); err != nil {
		return err
	}
	if isDots(name) {
		return fmt.Errorf("%q: %w", name, ErrExist)
	}
	switch {
	case d.p.opaque():
		return ErrOpaque
	case d.inline != nil:
		return d.insertInline(newEntry{name, ino, ftype})
	}
	if d.p.Indexed && !d.p.DirIndex {
		if d.p.Csum {
			return badf(0, layout.DxInfoOffset, "hashed, but the file system is without dir_index; run e2fsck -f")
		}
		d.p.Indexed = false // as the kernel does: the index's blocks turn into empty ones
	}
	if d.p.Indexed {
		return d.insertHashed(newEntry{name, ino, ftype})
	}
	return d.insertLinear(newEntry{name, ino, ftype})
}

func (d *Dir) checkEntry(name string, ino uint32) error {
	if err := checkName(name); err != nil {
		return err
	}
	if ino == 0 || ino > d.p.MaxInode {
		return fmt.Errorf("%q: inode %d does not exist", name, ino)
	}
	return nil
}

// Remove takes a name out; "." and ".." cannot be.
func (d *Dir) Remove(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if isDots(name) {
		return fmt.Errorf("%q: %w", name, ErrBadName)
	}
	l, err := d.mustFind(name)
	if err != nil {
		return err
	}
	return d.edit(l.block, func(b block) {
		de := b.at(l.off)
		if l.prev >= 0 {
			b.at(l.prev).SetRecLen(l.off+len(de)-l.prev, d.p.BlockSize)
			clear(de)
		} else {
			de.SetInode(0)
			clear(de[6:])
		}
	})
}

// Replace lets a name that exists stand for another inode. This is also the way
// to give a directory that moves a new "..".
func (d *Dir) Replace(name string, ino uint32, ftype uint8) error {
	if err := d.checkEntry(name, ino); err != nil {
		return err
	}
	if d.inline != nil && name == ".." {
		d.inline.parent = ino
		return nil
	}
	l, err := d.mustFind(name)
	if err != nil {
		return err
	}
	return d.edit(l.block, func(b block) {
		de := b.at(l.off)
		de.SetInode(ino)
		d.setType(de, ftype)
	})
}

func (d *Dir) setType(de layout.Dirent, ftype uint8) {
	if !d.p.Filetype {
		ftype = 0
	}
	de.SetFileType(ftype)
}

// mustFind finds a name that is to be changed, by edit: an index that cannot be
// used is an error.
func (d *Dir) mustFind(name string) (place, error) {
	look := d.looking()
	l, ok, err := look.find(name)
	if err == nil && !ok {
		err = fmt.Errorf("%q: %w", name, ErrNotExist)
	}
	return l, err
}

// InitBlock makes the first block of a new directory: self is its own inode,
// parent that of the directory that holds it.
func InitBlock(p Params, self, parent uint32) []byte {
	b := make([]byte, p.BlockSize)
	d := Dir{p: p}
	dotLen := layout.DirentLen(1)
	d.set(layout.Dirent(b[:dotLen]), newEntry{".", self, layout.FTDir})
	d.set(layout.Dirent(b[dotLen:p.BlockSize-p.csumLen()]), newEntry{"..", parent, layout.FTDir})
	d.sealLeaf(b)
	return b
}

// set writes a whole record, which takes all of de.
func (d *Dir) set(de layout.Dirent, e newEntry) {
	de.SetInode(e.ino)
	de.SetRecLen(len(de), d.p.BlockSize)
	de.SetName(e.name)
	d.setType(de, e.ftype)
}
