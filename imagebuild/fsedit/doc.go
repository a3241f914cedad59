// Package fsedit edits the ext file system of a disk image that lies in a file:
// all of an edit or nothing.
//
// [Edit] opens the image, finds the file system in it and hands it as a [Tree] to
// a function. What that changes goes to a copy-on-write layer; the image is not
// touched. Then the whole file system is checked. Only when nothing is wrong the
// result reaches the image: as a new file, which takes the old one's name in one
// step, or, with [Options.InPlace], by writing what changed into the file, contents
// first, then the file system's own blocks, its superblock last. A refusal, an
// error or a kill before that leaves the image as it was, byte for byte.
//
// [View] and [Check] only read. [Format] makes a new image, filled from a folder
// or a tar archive if wished.
//
// An image is a disk with a partition table, or a file system without one. Of a
// disk the only ext file system is taken, else the one that has a root's folders.
//
// Paths in the image are written with slashes, from its root, with or without one
// in front. Symbolic links are followed inside the image and never leave it.
package fsedit
