// Package source opens what a build starts from: an RPM, an image tarball or a raw disk, told apart by content, down to
// the root file system.
//
// The stages of opening overlap: a package's payload is decompressed and its digests are computed, the tarball in it is
// inflated, the disk is written to a sparse anonymous file, all at the same time. Nothing is ever written to a source.
//
// [Browser] lists and reads the files of an image, and takes them out.
package source
