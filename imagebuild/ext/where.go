package ext

import (
	"context"
	"fmt"
	"io"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/place"
)

// Map says what the bytes of a file system belong to, down to the field: "inode 12:
// i_mtime". Every byte has exactly one owner; a journal that was not brought in is
// contents of the journal. Its methods may be called by one goroutine at a time.
type Map struct {
	fs    *place.FS
	super layout.Superblock
}

// Piece is a run of bytes with one owner.
type Piece = place.Piece

// PieceRange is a run of bytes of a file system.
type PieceRange = place.Range

// PieceKind is what bytes belong to.
type PieceKind = place.Kind

// Kinds of owners; see the package place for each.
const (
	PieceBoot           = place.Boot
	PieceSuperblock     = place.Superblock
	PieceDescriptor     = place.Descriptor
	PieceDescriptors    = place.Descriptors
	PieceReserved       = place.Reserved
	PieceBlockBitmap    = place.BlockBitmap
	PieceInodeBitmap    = place.InodeBitmap
	PieceInodeTable     = place.InodeTable
	PieceInode          = place.Inode
	PieceUnusedInode    = place.UnusedInode
	PieceContents       = place.Contents
	PieceSlack          = place.Slack
	PieceUnwritten      = place.Unwritten
	PieceTarget         = place.Target
	PieceDirectory      = place.Directory
	PieceDirectoryIndex = place.DirectoryIndex
	PieceMap            = place.Map
	PieceAttributes     = place.Attributes
	PieceAttributeValue = place.AttributeValue
	PieceJournal        = place.Journal
	PieceQuota          = place.Quota
	PieceOrphanFile     = place.OrphanFile
	PieceBadBlocks      = place.BadBlocks
	PieceMMP            = place.MMP
	PiecePadding        = place.Padding
	PieceFree           = place.Free
	PieceClusterRest    = place.ClusterRest
	PieceLost           = place.Lost
	PieceOutside        = place.Outside
)

// LocateOptions say how finely Locate tells bytes apart. The zero value gives every field.
type LocateOptions = place.Options

// OpenMap opens a file system of at most size bytes to tell its bytes apart. What
// superblock and descriptors say must make sense, as for Open.
func OpenMap(r io.ReaderAt, size int64) (*Map, error) {
	f, err := open(r, size)
	if err != nil {
		return nil, err
	}
	return &Map{fs: place.New(r, f.shape()), super: f.sb}, nil
}

// Size is how many bytes the file system has; what lies behind is PieceOutside.
func (m *Map) Size() int64 { return m.fs.Size() }

// BlockSize is how many bytes a block has.
func (m *Map) BlockSize() int { return m.fs.BlockSize }

// Locate calls do for every piece of the ranges, which are sorted and do not
// overlap. The pieces come in order and cover the ranges without a gap. An error of
// do ends it and is given back. Memory depends on neither the size of the disk nor
// the number of files.
func (m *Map) Locate(ctx context.Context, asked []PieceRange, o LocateOptions, do func(Piece) error) error {
	return m.fs.Locate(ctx, asked, o, do)
}

// Paths gives the names of inodes: absolute paths, sorted, sixteen of an inode at
// most. An inode without a name is not in the result. Memory goes with the inodes
// that are asked for.
func (m *Map) Paths(ctx context.Context, inodes []uint32) (map[uint32][]string, error) {
	return m.fs.Paths(ctx, inodes)
}

// shape is what the package place must know.
func (f *FS) shape() place.Shape {
	return place.Shape{
		Super: f.sb, BlockSize: f.bs, Blocks: f.blocks, First: f.first, SuperBlock: f.superBlock(),
		BlocksPerGroup: f.bpg, Groups: f.groups, InodesPerGroup: f.ipg, InodeSize: f.inodeSize, TableBlocks: f.itBlocks,
		DescSize: f.descSize, ClusterShift: f.shift, Lazy: f.lazy(), Desc: f.desc, Areas: f.areas,
	}
}

// areas are the parts of what head gives as a whole.
func (f *FS) areas(n uint32) (a place.Areas) {
	at := f.groupStart(n)
	if n == 0 && f.superBlock() > at {
		at = f.superBlock()
	}
	old := f.metaGroups(f.sb)
	metaBG := f.sb.Incompat()&layout.IncompatMetaBG != 0
	if hasSuper(f.sb, n) {
		a.Super, a.Block = true, at
		at++
		if n/f.perDesc < old {
			a.Descs, a.DescCount = at, uint64(old)
			at += uint64(old)
		}
		if !metaBG {
			a.Reserved, a.ReservedN = at, uint64(f.sb.ReservedGDTBlocks())
		}
	}
	if k := n % f.perDesc; metaBG && n/f.perDesc >= old && (k == 0 || k == 1 || k == f.perDesc-1) {
		a.Descs, a.DescCount, a.DescIndex = at, 1, uint64(n/f.perDesc)
	}
	return a
}

// String names the file system for messages.
func (m *Map) String() string {
	return fmt.Sprintf("file system of %d blocks of %d bytes", m.fs.Blocks, m.fs.BlockSize)
}
