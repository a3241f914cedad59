package layout

// Quota files (feature quota, since Linux 3.6; projects since 4.5) say how much
// each owner uses and may use: one file for users, one for groups, one for
// projects. They are the format "vfsv1" that other file systems have too, in
// blocks of 1 KiB whatever the block size of the file system is. Block 0 opens
// with a QuotaInfo, block 1 is the root of a tree of QuotaNodes, four levels
// deep: each level goes by eight bits of the owner's number, the highest first.
// The lowest nodes name QuotaBlocks, in which the QuotaEntries of several owners lie.

const (
	QuotaBlockSize = 1024
	QuotaRoot      = 1 // block of the tree's root
	QuotaDepth     = 4 // levels of nodes
	QuotaVersion   = 1

	QuotaMagicUser    = 0xD9C01F11
	QuotaMagicGroup   = 0xD9C01927
	QuotaMagicProject = 0xD9C03F14
)

// QuotaInfo is the view over the first 32 bytes of a quota file.
type QuotaInfo []byte

const QuotaInfoSize = 32

func (q QuotaInfo) Magic() uint32         { return u32(q, 0x00) }
func (q QuotaInfo) SetMagic(v uint32)     { put32(q, 0x00, v) }
func (q QuotaInfo) Version() uint32       { return u32(q, 0x04) }
func (q QuotaInfo) SetVersion(v uint32)   { put32(q, 0x04, v) }
func (q QuotaInfo) BlockGrace() uint32    { return u32(q, 0x08) } // seconds that a soft limit may be exceeded for
func (q QuotaInfo) InodeGrace() uint32    { return u32(q, 0x0C) }
func (q QuotaInfo) Flags() uint32         { return u32(q, 0x10) }
func (q QuotaInfo) Blocks() uint32        { return u32(q, 0x14) } // of the file that are in use or in the list of free ones
func (q QuotaInfo) SetBlocks(v uint32)    { put32(q, 0x14, v) }
func (q QuotaInfo) FreeBlock() uint32     { return u32(q, 0x18) } // the first free block, 0 for none
func (q QuotaInfo) SetFreeBlock(v uint32) { put32(q, 0x18, v) }
func (q QuotaInfo) FreeEntry() uint32     { return u32(q, 0x1C) } // the first QuotaBlock with room, 0 for none
func (q QuotaInfo) SetFreeEntry(v uint32) { put32(q, 0x1C, v) }

// QuotaNode is the view over a node of the tree: 256 numbers of blocks, 0 where
// there is none.
type QuotaNode []byte

const QuotaNodeRefs = QuotaBlockSize / 4

func (n QuotaNode) Ref(i int) uint32       { return u32(n, 4*i) }
func (n QuotaNode) SetRef(i int, v uint32) { put32(n, 4*i, v) }

// QuotaIndex is where a node of the level, the root's being 0, has the owner id.
func QuotaIndex(id uint32, level int) int { return int(id >> (8 * (QuotaDepth - 1 - level)) & 0xFF) }
