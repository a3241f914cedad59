// Package xattr reads and writes the two places where ext2, ext3 and ext4 keep
// extended attributes: the area behind the fields of an inode that is larger
// than 128 bytes, and one block of its own that inodes with the same attributes
// may share.
//
// Both hold a list of entries that grows upwards and values that grow downwards
// from the end. In an inode the entries stand in any order and carry no hash; in
// a block they are sorted by index, length of the name and name, and each has a
// hash over name and value, from which the hash of the block is made.
//
// A value may also live in an inode of its own (the ea_inode feature). Such an
// attribute is read and written as a reference: its ValueInode is not 0, and its
// Value is for the caller to fetch.
//
// The package knows bytes alone. Checksums, reference counts and the allocation
// of blocks are the caller's.
package xattr
