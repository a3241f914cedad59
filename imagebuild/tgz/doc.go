// Package tgz reads and writes image tarballs: a tar archive, compressed as a
// rule, that holds a disk image and, in the old layout, a kernel and a ramdisk.
//
// # Reading
//
// [Load] takes a stream of any compression, told by content, and puts the data of
// every entry into a sparse temporary file. An archive is data from elsewhere: a
// name that points outside, a link, a device, a size beyond the limit, a stream
// that is cut off or that goes on where it should end, is refused with an error
// that names the entry. [Archive.Layout] tells which of the layouts that
// installers accept it is, and which entry is the disk image.
//
// # Writing
//
// [Archive.Write] writes a gzip-compressed archive of the same entries, in the
// same order and under the same headers, where any entry's data may be replaced.
// The bytes depend on the content alone: not on the number of cores, and not on
// how much of the work was done beforehand.
//
// # How it is fast
//
// A gzip stream is a sequence of deflate blocks. Each entry is cut into chunks of
// 1 MiB, counted from the start of its data; each chunk is compressed on its own,
// without a look at its neighbours, and ends on a byte boundary. Such pieces can
// be made in parallel and put together in order. Two things follow:
//
//   - Zero chunks, most of a disk, are ready-made.
//   - With [Options.CompressAhead] the pieces are made while the archive is still
//     being decoded, and wait in a second temporary file. An edit of a disk
//     changes a handful of chunks; writing compresses those, and copies the rest.
//
// Standards: gzip is RFC 1952, deflate RFC 1951; tar is the GNU format.
package tgz
