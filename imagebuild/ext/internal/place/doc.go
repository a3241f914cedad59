// Package place says what the bytes of a file system belong to: which record, of
// which group or inode, and which field of it. Every byte has exactly one owner,
// also on a file system that is damaged.
//
// Questions are ranges of bytes, answers come in the order of the bytes, while
// they are found. Memory depends on neither the size of the disk nor the number of
// its files: structures that lie at known places are worked out as they are met;
// which blocks belong to files is found out by walking all inodes, and of what is
// found only the lowest owners among those that were asked for are kept. Where
// there are more, the walk is made again for the rest (see owners.go).
//
// The package reads what lies on the disk: a journal that was not brought in is
// contents of the journal.
package place
