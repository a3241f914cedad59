package layout

// A fast commit (since Linux 5.10) tells of changes to files in a few small
// records, little endian, where a transaction would have copies of blocks. The
// first record of the area at the end of the journal is its head.
const fastCommitHead = 9

// FastCommitHead gives the transaction on top of which fast commits were made, if
// the block starts with a head.
func FastCommitHead(b []byte) (tid uint32, ok bool) {
	return u32(b, 8), u16(b, 0) == fastCommitHead && u16(b, 2) >= 8
}
