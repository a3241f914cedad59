package layout

// With ea_inode (since Linux 4.13) the value of an extended attribute may be the
// contents of an inode that no directory names: a regular file with
// InodeFlagEAInode and one link. Some of its fields mean other things there.

// XattrValueMax is the longest value in bytes that can be set; the kernel reads
// longer ones in inodes of their own, but nothing can make them.
const XattrValueMax = 65536

// ValueHash is the CRC32C over the value, from the file system's seed on: in place
// of the time of last access.
func (i Inode) ValueHash() uint32 { return u32(i, atimeOff) }

// SetValueHash leaves the extra word of the time: nobody looks at it here.
func (i Inode) SetValueHash(h uint32) { put32(i, atimeOff, h) }

// ValueRefs counts who refers to the value: bodies of inodes, and blocks of
// attributes. Its low half is in place of the version, the high one in place of
// the time of change.
func (i Inode) ValueRefs() uint64 { return join32(u32(i, ctimeOff), u32(i, versionOff)) }

func (i Inode) SetValueRefs(n uint64) {
	put32(i, ctimeOff, uint32(n>>32))
	put32(i, versionOff, uint32(n))
	if i.HasField(versionHighOff, 4) {
		put32(i, versionHighOff, 0)
	}
}

// Offsets of the two halves of the version, which grows with every change.
const versionOff, versionHighOff = 0x24, 0x98
