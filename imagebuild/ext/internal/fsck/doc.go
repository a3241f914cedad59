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
// be reached, and to compare it with the second. The passes are those of e2fsck.
//
// Pass 0, before anything is walked:
//   - superblock.go: the sizes from which all places are computed. If they
//     contradict each other or the device, nothing else can be examined. Then
//     features, state and times.
//   - mmp.go: the block of multiple mount protection.
//   - groups.go: the descriptors say where each group's bitmaps and inode table
//     lie. They, the superblock and its backups must not overlap; they are the
//     first claims on blocks (claims.go).
//   - journal.go: the journal must be whole and empty. special.go: the inodes that
//     have a fixed meaning must fit it, that for resizing with its map.
//
// Pass 1, all inodes in use, in order of their tables (inodes.go):
//   - modes, flags, times of deletion, checksums, sizes of the inode's own parts;
//   - blockmap.go, extents.go: the map of each, with its nodes and their checksums;
//     its blocks are claimed (shared.go), its size and block count compared with
//     the map (sizes.go);
//   - xattrs.go: attributes in the inode, in a block with its references, in other
//     inodes; encryption.go: how a file is encrypted;
//   - symlinks.go: targets; special.go: the orphan file and quota files;
//     badblocks.go: the list of bad blocks.
//
// Pass 2, all directories, block by block:
//   - dirs.go: records, names, types, checksums, "." and "..", inline entries, the
//     encryption policy of what is in them; names.go: names that stand twice;
//   - htree.go: a hashed directory must keep every name in the leaf in which a
//     lookup would search it.
//
// Passes 3 and 4, links.go: every directory must hang on the root with the right
// "..", and no inode may have links left over. Of values of attributes the
// references are counted.
//
// Pass 5, bitmaps.go: inode and block bitmaps must equal what was found, their
// rest must be ones, their checksums right; the counts in the descriptors must
// equal the bitmaps, the totals of the superblock the counts. (Inode bitmaps are
// compared group by group during pass 1, block bitmaps after it.)
//
// Then quota.go: what the quota files say that each owner has must equal what the
// inodes come to.
//
// Last, paths.go finds the paths of what the problems are about.
//
// # What is not examined
//
// Like in e2fsck: limits and lists of free blocks in quota files, superblock and
// descriptor backups (e2fsck reads them only where the primary ones are bad), the
// last three quarters of the reserved descriptor blocks, the Merkle trees of
// verity files, the log inside the journal where it is empty. The hash over a
// block of attributes is a hint to find equal ones, and neither e2fsck nor the
// kernel asks that it is right.
//
// Unlike it: hashes of case-folded names, which take the tables of Unicode, and a
// journal on another device, which is a problem by itself. Where e2fsck would wait
// because multiple mount protection says that the file system is in use, there is
// a problem at once.
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
//   - a ring of directories, each with the right "..", that hangs on nothing;
//   - a journal without links, for which e2fsck takes a copy of its map, or with a
//     hole between its extents;
//   - a bit of a block bitmap that stands for the bitmaps or inode table of a
//     group whose own block bitmap is not initialised: e2fsck takes these blocks
//     for in use before it compares, and the checksum of the bitmap as well;
//   - bitmaps or an inode table in another group whose block bitmap is not
//     initialised: a kernel would give their blocks away;
//   - a quota file with another magic number, which e2fsck does not look at;
//   - superblock times with their upper bits, which e2fsck reads from 1.47.1 on.
//
// A problem with Notice set is no fault at all: e2fsck offers to make an extent
// tree smaller, as kernels before 3.9 leave them, or says that its user must wait.
//
// # Bounds
//
// A check takes less than 64 MiB of the heap, whatever the bytes. Kept are: the
// descriptors, up to 8 MiB; a bit a block, in pages that exist only where some but
// not all blocks are claimed; three bytes for each inode near one that is in use;
// 16 bytes a directory. Where pages of blocks would be too many, bitmaps are
// compared a window at a time (claims.go), where inodes or directories would be,
// links are counted in rounds (window.go). What has a limit that cannot be walked
// around gives the problem too-large: 16 TiB with blocks of 4 KiB, 131072 blocks
// of attributes with references that are still to be found.
//
// No number from the image sizes an allocation unchecked, and no block is walked
// as a part of two files, so that a map that runs in circles ends.
package fsck
