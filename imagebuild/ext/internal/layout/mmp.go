package layout

// MMP is the view over the first 1024 bytes of the block of multiple mount
// protection (feature mmp): whoever mounts the file system counts Sequence up
// there every few seconds, so that another machine with the same disk sees that
// it is in use. Since Linux 3.0. The superblock's MMPBlock says where it is.
type MMP []byte

const (
	MMPSize  = 1024       // bytes that are in use, whatever the block size
	MMPMagic = 0x004D4D50 // "PMM"

	MMPClean       = 0xFF4D4D50 // Sequence of a file system that is not in use
	MMPFsck        = 0xE24D4D50 // of one that e2fsck works on
	MMPMaxSequence = 0xE24D4D4F // the highest that a mount counts to
)

func (m MMP) Magic() uint32         { return u32(m, 0x00) }
func (m MMP) SetMagic()             { put32(m, 0x00, MMPMagic) }
func (m MMP) Sequence() uint32      { return u32(m, 0x04) }
func (m MMP) SetSequence(v uint32)  { put32(m, 0x04, v) }
func (m MMP) Time() int64           { return int64(u64(m, 0x08)) } // of the last write here, in seconds since 1970, for people
func (m MMP) NodeName() string      { return cstring(m[0x10:0x50]) }
func (m MMP) Device() string        { return cstring(m[0x50:0x70]) }
func (m MMP) CheckInterval() uint16 { return u16(m, 0x70) } // seconds that another mount waits to see a change
func (m MMP) Checksum() uint32      { return u32(m, 0x3FC) }
func (m MMP) SetChecksum(v uint32)  { put32(m, 0x3FC, v) }

// ComputeChecksum gives the checksum that a file system with metadata_csum keeps
// in the block; fsSeed is that of the superblock.
func (m MMP) ComputeChecksum(fsSeed uint32) uint32 { return CRC32C(fsSeed, m[:0x3FC]) }
