package layout

import "encoding/binary"

var be = binary.BigEndian

// JournalSuperblock is the view over the first 1024 bytes of a journal (jbd2).
// The journal is big endian.
type JournalSuperblock []byte

const (
	JournalMagic        = 0xC03B3998
	JournalSuperblockV1 = 3
	JournalSuperblockV2 = 4

	JournalIncompatRevoke      = 0x1
	JournalIncompat64Bit       = 0x2
	JournalIncompatAsyncCommit = 0x4
	JournalIncompatCsumV2      = 0x8
	JournalIncompatCsumV3      = 0x10
	JournalIncompatFastCommit  = 0x20
)

func (j JournalSuperblock) Magic() uint32     { return be.Uint32(j[0x00:]) }
func (j JournalSuperblock) BlockType() uint32 { return be.Uint32(j[0x04:]) }
func (j JournalSuperblock) SetHeader(blockType uint32) {
	be.PutUint32(j[0x00:], JournalMagic)
	be.PutUint32(j[0x04:], blockType)
}
func (j JournalSuperblock) BlockSize() uint32     { return be.Uint32(j[0x0C:]) }
func (j JournalSuperblock) SetBlockSize(v uint32) { be.PutUint32(j[0x0C:], v) }
func (j JournalSuperblock) MaxLen() uint32        { return be.Uint32(j[0x10:]) } // blocks of the journal
func (j JournalSuperblock) SetMaxLen(v uint32)    { be.PutUint32(j[0x10:], v) }
func (j JournalSuperblock) First() uint32         { return be.Uint32(j[0x14:]) } // first block of the log
func (j JournalSuperblock) SetFirst(v uint32)     { be.PutUint32(j[0x14:], v) }
func (j JournalSuperblock) Sequence() uint32      { return be.Uint32(j[0x18:]) }
func (j JournalSuperblock) SetSequence(v uint32)  { be.PutUint32(j[0x18:], v) }
func (j JournalSuperblock) Start() uint32         { return be.Uint32(j[0x1C:]) } // 0: nothing to replay
func (j JournalSuperblock) Errno() int32          { return int32(be.Uint32(j[0x20:])) }
func (j JournalSuperblock) Compat() uint32        { return be.Uint32(j[0x24:]) }
func (j JournalSuperblock) Incompat() uint32      { return be.Uint32(j[0x28:]) }
func (j JournalSuperblock) ROCompat() uint32      { return be.Uint32(j[0x2C:]) }
func (j JournalSuperblock) UUID() []byte          { return j[0x30:0x40:0x40] }
func (j JournalSuperblock) NrUsers() uint32       { return be.Uint32(j[0x40:]) }
func (j JournalSuperblock) SetNrUsers(v uint32)   { be.PutUint32(j[0x40:], v) }
