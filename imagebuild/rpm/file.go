package rpm

import (
	"hash"
	"io/fs"
	"strings"
	"time"
)

// File is one file of a package as the header describes it.
type File struct {
	// Path is absolute and clean; in a source package it is a bare name.
	Path string

	// Size is in bytes. Of a folder it means nothing. The files of a set of hard
	// links have the same one.
	Size int64

	// Mode has the type and permission bits, set-user-id and the like included.
	Mode    fs.FileMode
	User    string
	Group   string
	ModTime time.Time // UTC

	// Digest is the content's, in lower-case hexadecimal, by DigestName ("MD5",
	// "SHA-256", …). It is "" for all but regular files, and may be for those.
	Digest, DigestName string

	Link  string // target of a symbolic link
	Flags FileFlags

	// VerifyFlags are the bits that say what 'rpm -V' compares.
	VerifyFlags uint32

	// Device and Inode tie hard links together: regular files that have both in
	// common are one. Nlink is the number of names of the file in the package.
	Device, Inode uint32
	Nlink         int

	// Rdev is the number of a device node: major<<8 | minor.
	Rdev uint32

	// Caps are the file's capabilities as text, "" for none.
	Caps string

	algorithm algorithm
}

// InPayload reports whether the payload has an entry for f: all but ghosts do.
func (f *File) InPayload() bool { return f.Flags&FlagGhost == 0 }

// FileFlags are the attributes of a file that the spec's %files section gives.
type FileFlags uint32

// The flags, as rpm numbers them.
const (
	FlagConfig    FileFlags = 1 << 0 // %config
	FlagDoc       FileFlags = 1 << 1 // %doc
	FlagMissingOK FileFlags = 1 << 3 // %config(missingok)
	FlagNoReplace FileFlags = 1 << 4 // %config(noreplace): an edited file stays
	FlagSpec      FileFlags = 1 << 5 // the spec in a source package
	FlagGhost     FileFlags = 1 << 6 // %ghost: owned, not contained
	FlagLicense   FileFlags = 1 << 7 // %license
	FlagReadme    FileFlags = 1 << 8 // %readme
	FlagPubkey    FileFlags = 1 << 11
	FlagArtifact  FileFlags = 1 << 12
)

// String lists the flags by name: 'config,noreplace'.
func (f FileFlags) String() string {
	var s []string
	for _, n := range []struct {
		flag FileFlags
		name string
	}{
		{FlagConfig, "config"}, {FlagDoc, "doc"}, {FlagMissingOK, "missingok"}, {FlagNoReplace, "noreplace"},
		{FlagSpec, "spec"}, {FlagGhost, "ghost"}, {FlagLicense, "license"}, {FlagReadme, "readme"},
		{FlagPubkey, "pubkey"}, {FlagArtifact, "artifact"},
	} {
		if f&n.flag != 0 {
			s = append(s, n.name)
		}
	}
	return strings.Join(s, ",")
}

// The bits of a file's mode as Unix and cpio have them.
const (
	unixType    = 0o170000
	unixFIFO    = 0o010000
	unixChar    = 0o020000
	unixDir     = 0o040000
	unixBlock   = 0o060000
	unixRegular = 0o100000
	unixSymlink = 0o120000
	unixSocket  = 0o140000
	unixSetuid  = 0o4000
	unixSetgid  = 0o2000
	unixSticky  = 0o1000
)

var unixTypes = []struct {
	unix uint32
	mode fs.FileMode
}{
	{unixRegular, 0},
	{unixDir, fs.ModeDir},
	{unixSymlink, fs.ModeSymlink},
	{unixChar, fs.ModeDevice | fs.ModeCharDevice},
	{unixBlock, fs.ModeDevice},
	{unixFIFO, fs.ModeNamedPipe},
	{unixSocket, fs.ModeSocket},
}

var unixBits = []struct {
	unix uint32
	mode fs.FileMode
}{{unixSetuid, fs.ModeSetuid}, {unixSetgid, fs.ModeSetgid}, {unixSticky, fs.ModeSticky}}

// modeFromUnix gives a mode with fs.ModeIrregular for a type that Unix has not.
func modeFromUnix(m uint32) fs.FileMode {
	mode := fs.ModeIrregular
	for _, t := range unixTypes {
		if m&unixType == t.unix {
			mode = t.mode
		}
	}
	for _, b := range unixBits {
		if m&b.unix != 0 {
			mode |= b.mode
		}
	}
	return mode | fs.FileMode(m&0o777)
}

// modeToUnix is the inverse of modeFromUnix. ok is false for a type that Unix
// has not.
func modeToUnix(mode fs.FileMode) (m uint32, ok bool) {
	for _, t := range unixTypes {
		if mode.Type() == t.mode {
			m, ok = t.unix, true
		}
	}
	for _, b := range unixBits {
		if mode&b.mode != 0 {
			m |= b.unix
		}
	}
	return m | uint32(mode.Perm()), ok
}

// NewDigest gives what computes Digest anew; nil where the file has none, or by an algorithm that is not known here.
func (f *File) NewDigest() hash.Hash {
	if f.algorithm.new == nil {
		return nil
	}
	return f.algorithm.new()
}
