// Package ext reads and edits ext2, ext3 and ext4 file systems that are not
// mounted, in pure Go: no root, no kernel, no helper program.
//
// An [FS] is a folder tree as package os knows it. Its methods bear the names of
// that package and do the same: WriteFile, Mkdir, Rename, Symlink, Chmod, Chown,
// Chtimes and so on, with extended attributes beside them. For reading it is an
// io/fs file system, with symbolic links resolved inside the image.
//
// # What is promised
//
//   - What is not understood is refused by name before anything is changed:
//     unknown features, recorded errors, a damaged journal, wrong checksums of
//     what all edits rely on.
//   - A file system that was not unmounted is edited on top of what its journal
//     holds, as the kernel and e2fsck would have it ([FS.Recovered]).
//   - Nothing that is read is trusted. Numbers are held against the size of the
//     file system before they are used; damage is named by inode and block
//     ([CorruptError]), and never leads to a panic or to a write outside what was
//     allocated.
//   - The same edits on the same bytes give the same bytes. Where blocks and
//     inodes come to lie depends on what is free; there is no clock (see
//     [Options]) and no randomness.
//   - Only what must change is written: data of files at once, metadata at
//     [FS.Sync], the superblock last. An empty journal stays as it is, and so do the
//     backup copies of superblock and descriptors, but for [FS.SetLabel] and
//     [FS.SetUUID].
//
// # How the format works, and where to read on
//
// The disk is cut into blocks, blocks into groups. The superblock says how large
// they are (geometry.go), a descriptor for each group where its bitmaps and its
// part of the inode table lie (groups.go, bitmap.go). A file is an inode
// (inode.go): times, owner, and a map from blocks of the file to blocks of the
// disk, which is an extent tree or a block map (mapping.go and the packages
// internal/extents and internal/blockmap); what is short may lie in the inode
// itself (inline.go). A folder is a file that holds names
// and inode numbers (folder.go, internal/dir). What each record looks like
// stands in internal/layout.
//
// What a journal holds that was never brought in is found out in internal/jbd2,
// and brought in, with orphans, in recover.go and orphans.go.
//
// Blocks of metadata are edited in a cache (cache.go) that remembers which of them
// are dirty. Every change runs through FS.change, in fs.go: start reading there.
//
// The format is described in the Linux kernel's Documentation/filesystems/ext4.
package ext
