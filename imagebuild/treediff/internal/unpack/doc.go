// Package unpack looks into what files hold: it takes compressions off, and lists what is in archives, with the content
// of each member at hand.
//
// [FormOf] names a content by its first bytes, [Inflate] takes off a compression, [List] opens an archive. Contents are
// sections of what they were found in, or of a temporary file without a name where they had to be unpacked; [Budget]
// owns these.
//
// # Promises
//
//   - Contents are hostile. What a [Budget] allows bounds the bytes that are unpacked, the members, and the length of
//     their names; past it stands a [LimitError]. A panic of a library is an error.
//   - Nothing is written to a path that an archive names: names are for people.
//   - What cannot be read whole is an error, not a part.
//
// The forms: gzip (RFC 1952), bzip2, xz, lzma, zstd (RFC 8878); tar (POSIX.1-2001, GNU, V7), cpio (the new ASCII form,
// several in a row as in an initramfs: Documentation/driver-api/early-userspace/buffer-format in the Linux kernel), zip,
// ar (deb(5), static libraries), RPM.
package unpack
