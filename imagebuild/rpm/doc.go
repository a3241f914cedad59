// Package rpm reads, verifies and writes RPM packages, versions 3 and 4.
//
// A package is four parts in one file, one after the other:
//
//	lead                 96 bytes: a magic number; the rest is history
//	signature header     digests and signatures of what follows, padded to 8 bytes
//	header               name, version, dependencies, scripts, the list of files
//	payload              a cpio archive with the files' contents, compressed
//
// Both headers have one shape: an index of entries (tag, type, offset, count)
// and a store of values that the entries point into.
//
// # Reading
//
// [Open] reads the lead and both headers and verifies the header's digests. It
// gives a [Package]: the name, the dependencies, the scripts, the list of
// [File]s. [Package.Payload] streams the contents in the order of the archive:
//
//	p, err := rpm.Open(f, size)
//	…
//	payload, err := p.Payload(ctx)
//	…
//	defer payload.Close()
//	for {
//		e, err := payload.Next()
//		if errors.Is(err, io.EOF) {
//			break // all of it was read, and every digest is right
//		}
//		…
//		io.Copy(w, e) // e.File says what it is
//	}
//
// A caller who wants one file of many takes it and calls [Payload.Finish],
// which reads the rest and gives the verdict. Until then what was read is not
// known to be whole, except that the end of an entry (io.EOF) is reported only
// after the entry's own digest was right.
//
// # What is verified
//
// The header: SHA-1 and SHA-256 of the signature header. The whole: MD5 and the
// size. The payload: its digest compressed and uncompressed, the size of the
// archive, and the digest of each file. Old packages (EL5, EL6) have the
// header's SHA-1, the MD5 and the files' digests only; a package may have none
// at all. [Package.Digests] and [Payload.Digests] list what there was and what
// came of it. A mismatch is always a [*DigestError].
//
// Signatures are listed by Open ([Package.Signatures]) and verified against the
// keys of a [Keyring] on demand: [Package.VerifySignatures] says what came of
// each, [Package.RequireSigned] refuses a package that no key of the keyring
// vouches for. OpenPGP signatures of versions 3 and 4, by RSA, DSA and ECDSA, over
// the header or over header and payload, are verified; Ed25519 is not.
//
// The archive must hold what the header lists, no more and no less: the same
// names, types, sizes and link targets, each once. Files flagged as ghosts are
// listed and have no entry. Of a set of hard links only the last entry carries
// the content; the others come before it with [Entry.Linked] set.
//
// # Installed packages
//
// rpm's database of installed packages keeps headers. [ParseInstalled] reads one.
//
// # Limits
//
// Nothing is allocated on the word of a length before that length was checked
// against the file and against these limits: 65,535 entries and 16 MiB of
// values in the header (32 entries in the signature header), 262,144 files or
// strings in one tag, 4,096 bytes in a path, 64 MiB of dictionary or window in
// the decompressor. Memory does not grow with the payload: beside the
// decompressor's window it takes a few MiB of buffers.
//
// The decompressor, the digests of the compressed and uncompressed payload and
// the digests of the files each have a goroutine of their own, joined by
// bounded queues of shared blocks, so that the digests cost next to no time
// beside a slow decompressor such as xz.
//
// # Writing
//
// [Write] makes a package whose bytes depend on the [Spec] alone. Contents are read
// a piece at a time, up to three times: every part of a package holds digests of
// the part behind it.
//
// # Libraries, and what is worked around
//
// Headers are parsed by sassoftware/go-rpmutils, which indexes without checks
// and allocates what a header asks for: every index entry is checked here
// before it sees a byte. Its list of files panics on arrays of unequal length and its
// payload reader is wrong for stripped archives, so lists are put together here
// from its tag values. The headers of cpio entries are parsed by
// cavaliergopher/cpio, which reads a bad digit as zero and a signed size as
// negative: the fields are checked first. It does not know the stripped form
// (magic 07070X, for files from 4 GiB), which is read here. Headers are
// written by google/rpmpack, which would hold the contents in memory, leaves out
// the digests that EL5 and EL6 verify and stores a wrong archive size: it is given
// the files without their contents, and what follows from those is put in here. The
// payload is written by cavaliergopher/cpio and klauspost/compress.
//
// The format is that of the Linux Standard Base, chapter 'Package File Format',
// and of rpm's own manual.
package rpm
