package place

import (
	"fmt"
	"io"
	"strings"

	"lbimage/imagebuild/ext/internal/layout"
)

// Kind is what bytes belong to. Its text is what people read.
type Kind string

// Kinds of owners.
const (
	Boot           Kind = "boot sector"       // in front of the superblock
	Superblock     Kind = "superblock"        // Group has the copy
	Descriptor     Kind = "group descriptor"  // of Group; Copy is the group that holds this copy
	Descriptors    Kind = "group descriptors" // where fields were not asked for
	Reserved       Kind = "block reserved for descriptors"
	BlockBitmap    Kind = "block bitmap" // First to Last are the blocks of the bits
	InodeBitmap    Kind = "inode bitmap" // First to Last are the inodes of the bits
	InodeTable     Kind = "inode table"  // where fields were not asked for
	Inode          Kind = "inode"
	UnusedInode    Kind = "unused inode"
	Contents       Kind = "contents"                 // of a file, from FileOff on
	Slack          Kind = "room behind the contents" // in a file's last block
	Unwritten      Kind = "unwritten room"           // of a file: it reads as zeros
	Target         Kind = "target"                   // of a symbolic link
	Directory      Kind = "directory"
	DirectoryIndex Kind = "directory index"
	Map            Kind = "block map" // extents or pointers outside of the inode
	Attributes     Kind = "attribute block"
	AttributeValue Kind = "attribute value" // an inode of its own
	Journal        Kind = "journal"
	Quota          Kind = "quota file"
	OrphanFile     Kind = "orphan file"
	BadBlocks      Kind = "bad blocks"
	MMP            Kind = "multiple mount protection"
	Padding        Kind = "bytes not in use" // of a block of structure
	Free           Kind = "free block"
	ClusterRest    Kind = "rest of a cluster"
	Lost           Kind = "block in use by nothing"
	Outside        Kind = "behind the file system"
)

// Piece is a run of bytes with one owner.
type Piece struct {
	Off, Len int64 // from the start of the file system; no more than was asked for
	Kind     Kind
	Group    uint32 // of what belongs to a group
	Copy     uint32 // the group that holds this copy of a descriptor, or 0 for the one in use
	Inode    uint32 // 0 for what belongs to none
	FileOff  int64  // of Off in the file, for what lies in blocks of one
	// First and Last are the numbers that a bitmap's bits stand for.
	First, Last uint64
	Part        string // the record: "extent 3", "entry \"passwd\"", "attribute user.a"
	Field       string // as the kernel's documentation names it; empty for none
	// Whole is all of the field or record, of which Off and Len may be a part.
	Whole Range

	as layout.Form
}

// Range is a run of bytes.
type Range struct{ Off, Len int64 }

// End is the offset behind the piece.
func (p Piece) End() int64 { return p.Off + p.Len }

// End is the offset behind the range.
func (r Range) End() int64 { return r.Off + r.Len }

// Subject is what the piece is part of, without the field: "inode 12",
// "block bitmap of group 3". path stands for the inode where it is known.
func (p Piece) Subject(path string) string {
	ino := fmt.Sprintf("inode %d", p.Inode)
	if path != "" {
		ino = fmt.Sprintf("%s (%s)", path, ino)
	}
	switch p.Kind {
	case Superblock:
		if p.Group > 0 {
			return fmt.Sprintf("superblock, backup in group %d", p.Group)
		}
	case Descriptor, Descriptors:
		s := string(p.Kind)
		if p.Kind == Descriptor {
			s = fmt.Sprintf("descriptor of group %d", p.Group)
		}
		if p.Copy > 0 {
			s += fmt.Sprintf(", backup in group %d", p.Copy)
		}
		return s
	case Reserved, InodeTable:
		return fmt.Sprintf("%s, group %d", p.Kind, p.Group)
	case BlockBitmap, InodeBitmap:
		return fmt.Sprintf("%s of group %d", p.Kind, p.Group)
	case Inode:
		return ino
	case UnusedInode:
		return fmt.Sprintf("inode %d, which is not in use", p.Inode)
	case Journal, Quota, OrphanFile, BadBlocks:
		return fmt.Sprintf("%s (inode %d)", p.Kind, p.Inode)
	}
	if p.Inode != 0 {
		return fmt.Sprintf("%s of %s", p.Kind, ino)
	}
	return string(p.Kind)
}

// Detail is where in its subject the piece lies: record and field, or the byte of
// a file. It may be empty.
func (p Piece) Detail() string {
	var words []string
	if p.Part != "" {
		words = append(words, p.Part)
	}
	if p.Field != "" {
		words = append(words, p.Field)
	}
	switch p.Kind {
	case BlockBitmap, InodeBitmap:
		what := map[Kind]string{BlockBitmap: "block", InodeBitmap: "inode"}[p.Kind]
		switch {
		case p.Field != "":
		case p.First == p.Last:
			words = append(words, fmt.Sprintf("%s %d", what, p.First))
		default:
			words = append(words, fmt.Sprintf("%ss %d to %d", what, p.First, p.Last))
		}
	case Contents, Slack, Unwritten, Target, AttributeValue, Quota, BadBlocks:
		if p.Field == "" {
			words = append(words, fmt.Sprintf("byte %d", p.FileOff))
		}
	}
	return strings.Join(words, ", ")
}

// Describe is subject and detail in one line.
func (p Piece) Describe(path string) string {
	if d := p.Detail(); d != "" {
		return p.Subject(path) + ": " + d
	}
	return p.Subject(path)
}

func (p Piece) String() string { return p.Describe("") }

// HasValue tells whether the piece is a field whose bytes mean something by themselves.
func (p Piece) HasValue() bool { return p.Field != "" && p.Whole.Len > 0 && p.Whole.Len <= 1<<16 }

// Value reads the whole field from r, the file system or another one with the same
// structure there, and writes it in words.
func (p Piece) Value(r io.ReaderAt) (string, error) {
	if !p.HasValue() {
		return "", fmt.Errorf("%v has no value", p)
	}
	b := make([]byte, p.Whole.Len)
	if n, err := r.ReadAt(b, p.Whole.Off); n < len(b) {
		return "", fmt.Errorf("reading %d bytes at %d: %w", len(b), p.Whole.Off, noEOF(err))
	}
	return layout.Field{Len: len(b), As: p.as}.Value(b), nil
}

func noEOF(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
