// Package compare tells what differs between two sources: file by file, and what lies around the files.
//
// [Images] opens both and hands what it finds to a [Report] as it is found: what lies around the files (tarball, partition
// table, boot code, the file system's own names), the packages that are installed, the files, which package treediff
// compares, and last the bytes of the disks, by the structures that package where knows.
//
// Of the disks every byte that differs is counted once, for what it belongs to; where that is something else on the other
// disk, for both. Memory depends on neither the size of the disks nor on how much of them differs.
package compare
