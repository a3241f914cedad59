// Package layout describes the records of ext2, ext3 and ext4 as they lie on
// disk. It is the place to learn the format from: one structure a file, each a
// view over its bytes with an accessor a field.
//
// A view never copies. Bytes that have no accessor here are not touched by an
// edit, so what a newer kernel keeps in them survives. All numbers are little
// endian, except in the journal, which is big endian. Field names are those of
// the kernel's ext4 documentation without the s_, bg_, i_ or ei_ prefixes.
//
// The package computes (checksums, name hashes, times), but it does no input
// or output and takes no decisions: what may be edited is the business of
// package ext.
package layout
