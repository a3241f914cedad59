package rpm

import (
	"errors"
	"fmt"
	"io"
	"lbimage/imagebuild/outfile"

	"github.com/cavaliergopher/cpio"
	"github.com/klauspost/compress/gzip"
)

// payloadLevel of gzip. Image tarballs, which are most of what is written here,
// are compressed already: 6 takes a tenth of the time of 9 for them, and gains
// as much but one part in a hundred. gzip is what every rpm reads; xz came with
// EL6, zstd with EL8.
const payloadLevel = 6

// measured is what headers say of the payload.
type measured struct {
	digests    []string // SHA-256 of each file's content; "" for what has none
	files      int64    // bytes of all contents and link targets
	archive    int64    // bytes of the cpio archive
	compressed int64    // bytes of the payload
	digest     string   // SHA-256 of the payload
}

// measure makes the payload once, and keeps its digests alone.
func (s *Spec) measure() (*measured, error) {
	m := &measured{digests: make([]string, len(s.Files)), archive: s.archiveSize()}
	for i := range s.Files {
		if f := &s.Files[i]; f.Flags&FlagGhost == 0 {
			m.files += f.size()
		}
	}
	payload := outfile.NewDigest(io.Discard)
	err := s.makePayload(payload, m.digests)
	payload.Close()
	m.compressed, m.digest = payload.Size(), payload.Hex()
	return m, err
}

var errChanged = errors.New("a file's content changed while it was packed: try again")

// writePayload writes the payload that was measured.
func (s *Spec) writePayload(w io.Writer, m *measured) error {
	sum := outfile.NewDigest(io.Discard)
	err := s.makePayload(io.MultiWriter(w, sum), nil)
	sum.Close()
	if err == nil && (sum.Size() != m.compressed || sum.Hex() != m.digest) {
		err = errChanged
	}
	return err
}

// makePayload writes the payload to w, and the digests of the files into
// digests, which may be nil.
func (s *Spec) makePayload(w io.Writer, digests []string) error {
	z, err := gzip.NewWriterLevel(w, payloadLevel)
	if err != nil {
		return err
	}
	archive := cpio.NewWriter(z)
	buf := make([]byte, blockSize)
	for i := range s.Files {
		f := &s.Files[i]
		if f.Flags&FlagGhost != 0 {
			continue
		}
		digested := digests != nil && f.Mode.IsRegular()
		to, sum := io.Writer(archive), outfile.NewDigest(io.Discard)
		if digested {
			to = io.MultiWriter(archive, sum)
		}
		err := f.pack(archive, to, int64(i+1), buf)
		if sum.Close(); err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
		if digested {
			digests[i] = sum.Hex()
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return z.Close()
}

// pack writes the file's entry to the archive, with its content through w.
// Names in the archive are relative, or who unpacks it with cpio would write
// into the own root.
func (f *SpecFile) pack(archive *cpio.Writer, w io.Writer, inode int64, buf []byte) error {
	mode, _ := modeToUnix(f.Mode)
	h := &cpio.Header{Name: "." + f.Path, Mode: cpio.FileMode(mode), Size: f.size(), Inode: inode, Links: 1, ModTime: f.ModTime}
	if f.Mode.IsDir() {
		h.Links = 2
	}
	if err := archive.WriteHeader(h); err != nil {
		return err
	}
	n, err := io.CopyBuffer(writerOnly{w}, readerOnly{f.open()}, buf)
	if err == nil && n != f.size() {
		err = fmt.Errorf("it has %d bytes, and not the %d that are to be packed: try again", n, f.size())
	}
	return err
}

// writerOnly and readerOnly see to it that the buffer is used.
type (
	writerOnly struct{ io.Writer }
	readerOnly struct{ io.Reader }
)
