package rpm

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// Package is an RPM package whose headers were read, checked and, where it
// declares digests of its header, verified. It does not change; several
// payloads may be read from it at once if its io.ReaderAt allows that.
type Package struct {
	Name, Version, Release string
	Epoch                  uint32 // 0 too when there is none
	Arch, OS               string // "x86_64", "noarch"; "linux"

	Summary, Description, License, Group, URL string
	Vendor, Packager, BuildHost               string
	SourceRPM                                 string    // file name of the source package
	RPMVersion                                string    // of the rpm that built it
	BuildTime                                 time.Time // UTC; zero when it is not given

	// Source is set for a source package: its files are a spec and what that
	// needs, under names without a folder.
	Source bool

	// PayloadFormat is "cpio". PayloadCompressor is "gzip", "bzip2", "xz",
	// "lzma", "zstd", or "" where the header does not say: gzip or nothing.
	PayloadFormat, PayloadCompressor string

	// HeaderSpan and PayloadSpan are where these lie in the file.
	HeaderSpan, PayloadSpan Span

	Files      []File // in the order of the header
	Requires   []Dependency
	Provides   []Dependency
	Conflicts  []Dependency
	Obsoletes  []Dependency
	Scriptlets []Scriptlet
	Changelog  []Change // the latest first; of an installed package it is not read

	// Signatures lists the signatures that the package bears. VerifySignatures verifies them.
	Signatures []Signature

	// Digests lists every digest and size that the package declares of itself:
	// those of the header verified, those of the payload pending. A package may
	// have none at all.
	Digests []Digest

	r           io.ReaderAt
	byPath      map[string]int
	links       linkSets
	declared    []declared // of the payload
	archiveSize int64      // -1 when it is not declared
	headerSum   [sha256.Size]byte
}

// Span is a range of bytes in a file.
type Span struct{ Off, Len int64 }

// Errors of CheckContents.
var (
	ErrSource  = errors.New("it is a source package: give the package that is built from it")
	ErrNoFiles = errors.New("it contains no files: give the package that has them")
)

// CheckContents says why nothing can be taken out of a package that is a valid
// package: ErrSource or ErrNoFiles, with the package's name before it.
func (p *Package) CheckContents() error {
	switch {
	case p.Source:
		return fmt.Errorf("package %s: %w", p, ErrSource)
	case len(p.Files) == 0:
		return fmt.Errorf("package %s: %w", p, ErrNoFiles)
	}
	return nil
}

// String is the package's name in full: name-[epoch:]version-release.arch, with
// 'src' for the architecture of a source package.
func (p *Package) String() string {
	epoch, arch := "", p.Arch
	if p.Epoch != 0 {
		epoch = strconv.FormatUint(uint64(p.Epoch), 10) + ":"
	}
	if p.Source {
		arch = "src"
	}
	return p.Name + "-" + epoch + p.Version + "-" + p.Release + "." + arch
}

// File finds a file by its path.
func (p *Package) File(path string) (*File, bool) {
	i, ok := p.byPath[path]
	if !ok {
		return nil, false
	}
	return &p.Files[i], true
}

// Open reads the lead and the headers of the package in r, which is size bytes
// long, and verifies the header's digests and the size. The payload is not read;
// r must stay open until it was.
func Open(r io.ReaderAt, size int64) (*Package, error) {
	var l lead
	if size < leadSize {
		n := max(0, min(size, leadSize))
		if err := readAt(r, size, 0, l[:n], "lead"); err != nil {
			return nil, err
		}
		if !IsPackage(l[:n]) {
			return nil, l.check()
		}
		return nil, damaged("lead", "the file has %d bytes, the lead alone %d: the file is truncated", size, leadSize)
	}
	if err := readAt(r, size, 0, l[:], "lead"); err != nil {
		return nil, err
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	sig, err := readSection(r, size, leadSize, "signature header", regionSignature, maxSigEntries)
	if err != nil {
		return nil, err
	}
	main, err := readSection(r, size, (sig.end()+7)&^7, "header", regionImmutable, maxEntries)
	if err != nil {
		return nil, err
	}
	p := &Package{
		r:           r,
		HeaderSpan:  Span{main.off, int64(len(main.raw))},
		PayloadSpan: Span{main.end(), size - main.end()},
		headerSum:   sha256.Sum256(main.raw),
	}
	if p.Digests, err = verifyHeader(sig, main); err != nil {
		return nil, err
	}
	t, err := newTags(&l, sig, main)
	if err != nil {
		return nil, err
	}
	whole, err := verifySize(t, size)
	if err != nil {
		return nil, err
	}
	p.Digests = append(p.Digests, whole...)
	if err := p.readTags(t, &l); err != nil {
		return nil, err
	}
	if err := p.declareDigests(t); err != nil {
		return nil, err
	}
	if p.Changelog, err = readChangelog(t); err != nil {
		return nil, err
	}
	return p, nil
}

// declareDigests lists what reading the payload will verify.
func (p *Package) declareDigests(t *tags) (err error) {
	if p.declared, err = declaredDigests(t); err != nil {
		return err
	}
	for _, d := range p.declared {
		p.Digests = append(p.Digests, d.Digest)
	}
	size, ok, err := archiveSize(t)
	if p.archiveSize = size; !ok {
		p.archiveSize = -1
	} else {
		p.Digests = append(p.Digests, Digest{Name: "size", Covers: CoversArchive, Want: strconv.FormatInt(size, 10)})
	}
	if n, a := p.fileDigests(); n > 0 {
		p.Digests = append(p.Digests, declare(CoversFiles, a, strconv.Itoa(n)).Digest)
	}
	return err
}

func (p *Package) readTags(t *tags, l *lead) error {
	if v, ok, err := t.int(tagRPMFormat); err != nil {
		return err
	} else if ok && v > 4 {
		return fmt.Errorf("header: package format version %d is not supported: give a package of version 3 or 4", v)
	}
	for _, f := range []struct {
		tag int
		to  *string
	}{
		{rpmutils.NAME, &p.Name}, {rpmutils.VERSION, &p.Version}, {rpmutils.RELEASE, &p.Release},
		{rpmutils.ARCH, &p.Arch}, {rpmutils.OS, &p.OS},
		{rpmutils.SUMMARY, &p.Summary}, {rpmutils.DESCRIPTION, &p.Description}, {rpmutils.LICENSE, &p.License},
		{rpmutils.GROUP, &p.Group}, {rpmutils.URL, &p.URL}, {rpmutils.VENDOR, &p.Vendor},
		{rpmutils.PACKAGER, &p.Packager}, {rpmutils.BUILDHOST, &p.BuildHost},
		{rpmutils.SOURCERPM, &p.SourceRPM}, {rpmutils.RPMVERSION, &p.RPMVersion},
		{rpmutils.PAYLOADFORMAT, &p.PayloadFormat}, {rpmutils.PAYLOADCOMPRESSOR, &p.PayloadCompressor},
	} {
		var err error
		if *f.to, err = t.string(f.tag); err != nil {
			return err
		}
	}
	for _, f := range []struct{ what, value string }{{"name", p.Name}, {"version", p.Version}, {"release", p.Release}} {
		if f.value == "" || strings.ContainsFunc(f.value, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f }) {
			return damaged("header", "the package's %s %q is no %s", f.what, short(f.value), f.what)
		}
	}
	if err := p.readNumbers(t); err != nil {
		return err
	}
	if err := p.readKind(t, l); err != nil {
		return err
	}
	var err error
	if p.Signatures, err = readSignatures(t); err != nil {
		return err
	}
	if err := p.readDependencies(t); err != nil {
		return err
	}
	if p.Scriptlets, err = readScriptlets(t); err != nil {
		return err
	}
	if p.Files, err = readFiles(t, p.Source); err != nil {
		return err
	}
	if p.byPath, err = indexFiles(p.Files); err != nil {
		return err
	}
	p.links = findLinks(p.Files)
	return nil
}

func (p *Package) readNumbers(t *tags) error {
	epoch, _, err := t.int(rpmutils.EPOCH)
	if err != nil {
		return err
	}
	p.Epoch = uint32(epoch)
	built, ok, err := t.int(rpmutils.BUILDTIME)
	if ok {
		p.BuildTime = time.Unix(int64(uint32(built)), 0).UTC()
	}
	return err
}

// readKind decides between source and binary. The lead is covered by no digest,
// so a header that contradicts it is an error and no choice.
func (p *Package) readKind(t *tags, l *lead) error {
	p.Source = l.kind() == 1 || t.has(tagSourcePackage)
	if p.Source && p.SourceRPM != "" {
		return damaged("lead", "it says source package, the header says built from %q", short(p.SourceRPM))
	}
	switch p.PayloadFormat {
	case "", "cpio":
		p.PayloadFormat = "cpio"
	case "drpm":
		return fmt.Errorf("header: package %s is a delta package: give the full package", p)
	default:
		return fmt.Errorf("header: payload format %q is not supported: give a package with a cpio payload", short(p.PayloadFormat))
	}
	known := []string{"", "gzip", "bzip2", "xz", "lzma", "zstd"}
	if !slices.Contains(known, p.PayloadCompressor) {
		return fmt.Errorf("header: payload compressor %q is not supported: give a package compressed with one of %s",
			short(p.PayloadCompressor), strings.Join(known[1:], ", "))
	}
	return nil
}
