// Package fsck judges whether an ext2, ext3 or ext4 file system is consistent.
// It reads and never writes, and it shares nothing with the editor of package
// ext but the byte views of package layout, so that it can judge the editor.
//
// The measure is `e2fsck -fn` of e2fsprogs 1.47: what it calls clean has no
// problems here, and where it prints anything but its headings and the summary
// there is at least one, even where it exits with 0 (descriptor checksums,
// totals of the superblock).
//
// # The passes
//
// Everything on such a file system is stated twice: a block belongs to a file
// because the file's map says so, and it is in use because a bitmap says so.
// Checking means to collect the first kind of statement by walking all that can
// be reached, and to compare it with the second.
//
//   - superblock.go: the sizes from which all places are computed. If they
//     contradict each other or the device, nothing else can be examined.
//   - groups.go: the descriptors say where each group's bitmaps and inode table
//     lie. They, the superblock and its backups must not overlap; they are the
//     first claims on blocks (claims.go).
//   - journal.go, special.go: the journal must be empty and the inodes that
//     have a fixed meaning must fit it.
//   - inodes.go: all inodes in use, in order of their tables. Each one's blocks
//     are claimed (blockmap.go, extents.go), its size and counts compared with
//     the map, its attributes read (xattrs.go). What is learnt is kept small: a
//     byte an inode (its type, and the names that are still to be found), some
//     words a directory.
//   - bitmaps.go: inode and block bitmaps must equal what was found, the counts
//     in the descriptors must equal the bitmaps.
//   - dirs.go, htree.go: every directory, block by block. Each name takes one
//     off the links of its inode; a hashed directory must keep every name in
//     the leaf in which a lookup would search it.
//   - links.go: every directory must hang on the root with the right "..", and
//     no inode may have links left over.
//   - quota.go: what the quota files say that each owner has must equal what the
//     inodes come to.
//
// # What is not examined
//
// Limits and lists of free blocks in quota files, superblock and descriptor backups, three quarters
// of the reserved descriptor blocks (as in e2fsck), hashes of case-folded names,
// whether a tree of encrypted files has one policy, the Merkle trees of verity
// files, the log inside the journal, and a journal on another device, which is a
// problem by itself. The hash over a block of attributes is a hint to find equal
// ones, and neither e2fsck nor the kernel asks that it is right.
//
// # Where it is stricter
//
// Where e2fsck -fn is silent about a state in which nothing should be edited,
// there is a problem: marked with errors, not cleanly unmounted, orphans waiting
// in a list, an error that the journal notes. And where files would be lost or a
// kernel would refuse:
//
//   - a name that stands twice in a directory, in whatever blocks (e2fsck looks
//     within a block);
//   - a name whose hash equals the first hash of the next leaf, unless that leaf
//     has the continuation bit which makes a lookup look back;
//   - a node of an extent tree that states a wrong depth;
//   - a journal without links, for which e2fsck takes a copy of its map;
//   - a bit of a block bitmap that stands for the bitmaps or inode table of a
//     group whose own block bitmap is not initialised: e2fsck takes these blocks
//     for in use before it compares, and the checksum of the bitmap as well;
//   - a quota file with another magic number, which e2fsck does not look at;
//   - superblock times with their upper bits, which e2fsck reads from 1.47.1 on.
//
// A problem with Notice set is no fault at all: e2fsck offers to make an extent
// tree smaller, as kernels before 3.9 leave them.
//
// # Bounds
//
// Memory is a bit a block, in pages that are dropped again once they are full,
// a byte for each inode near one that is in use, and 24 bytes a directory. No
// number from the image sizes an allocation unchecked, and no block is walked
// as a part of two files, so that a map that runs in circles ends.
package fsck
