// Package jbd2 finds out what a journal holds that was never brought in: which
// blocks of the file system have a newer copy in it. It reads only.
//
// # How a journal works
//
// A journal is a file of the file system. Its first block is a superblock, the
// rest a log, which is written round and round. Before a block of metadata is
// changed at its place its new contents are written to the log; many such copies
// make a transaction:
//
//	descriptor: where the copies that follow belong
//	the copies themselves
//	(more descriptors with copies; revoke blocks)
//	commit
//
// Transactions are numbered in sequence, and every descriptor, revoke and commit
// block bears the number of its own. The superblock tells at which block of the
// log the oldest transaction starts that may not be at its place yet, and its
// number; where it says 0 there is none. The log ends at the first block that is
// none of these three, or has another number: what lies there is older.
//
// A revoke block takes copies back: once a block of metadata has been freed and
// belongs to a file, whose contents are not in the log, an old copy must not
// overwrite them.
//
// # What is done
//
// [Journal.Scan] goes over the log as the kernel and e2fsck do: once to find the
// end, verifying checksums; once to list the copies; once to take back those that
// are revoked; and, where there are checksums of copies, once to verify those
// that are left. The [Plan] it makes is the last copy of each block.
//
// It is as strict as Linux 6.1, and stricter in some points: a wrong checksum in
// a transaction that was committed is an error, never the end of the log, with
// one exception. With async_commit the last commit block can have reached the disk
// before the blocks that it commits; then its transaction counts as not
// committed. And a wrong checksum in a transaction whose commit is older than that
// of the one before is what an earlier log has left behind.
//
// Memory is 24 bytes for each copy in the log, of which there may be half a million,
// and a few blocks. No loop runs longer than the log is.
package jbd2

import "fmt"

// FormatError tells what is wrong with a journal, and where.
type FormatError struct {
	Block       uint32 // of the journal's file
	Transaction uint32
	What        string
}

func (e *FormatError) Error() string {
	if e.Block == 0 {
		return "journal: superblock: " + e.What
	}
	return fmt.Sprintf("journal: block %d, transaction %d: %s", e.Block, e.Transaction, e.What)
}

// FeatureError tells of something in a journal that this package does not bring in.
type FeatureError struct {
	What string
}

func (e *FeatureError) Error() string { return "journal: " + e.What }
