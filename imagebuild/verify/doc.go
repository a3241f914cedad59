// Package verify proves that an output is what its recipe makes.
//
// [Rebuild] makes the image once more and holds it against the output, byte for
// byte, while it is written to nowhere. Where they differ it says where, by
// meaning: the field of a header, of the partition table, of an inode, the byte of a
// file; and what could be the cause, each with its evidence, from the record that
// stands beside the output.
//
// [Digests] holds files against the digests of a record, and makes nothing.
package verify
