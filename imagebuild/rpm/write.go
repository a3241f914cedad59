package rpm

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/google/rpmpack"
	rpmutils "github.com/sassoftware/go-rpmutils"
)

// Write writes a binary package with a gzip payload that rpm reads and verifies
// from EL6 on. The same spec gives the same bytes. The contents are held in
// memory, compressed and twice at most: they may have 256 MiB (see Spec.Files).
func Write(w io.Writer, s Spec) error {
	if err := write(w, s); err != nil {
		return fmt.Errorf("package %s: %w", s.Name, err)
	}
	return nil
}

func write(w io.Writer, s Spec) error {
	s, err := s.normal()
	if err != nil {
		return err
	}
	// The signature header has digests of what follows it, and the library leaves
	// out those that old rpms know. So the package is made twice, first for them.
	var first bytes.Buffer
	r, err := s.pack()
	if err == nil {
		err = r.Write(&first)
	}
	if err != nil {
		return err
	}
	m, err := measure(first.Bytes())
	if err != nil {
		return err
	}
	first = bytes.Buffer{}
	if r, err = s.pack(); err != nil {
		return err
	}
	r.AddCustomSig(rpmutils.SIG_SHA1, rpmpack.EntryString(hex.EncodeToString(m.sha1[:])))
	r.AddCustomSig(rpmutils.SIG_MD5-sigBase, rpmpack.EntryBytes(m.md5[:]))
	r.AddCustomSig(rpmutils.SIG_PAYLOADSIZE-sigBase, rpmpack.EntryUint32([]uint32{uint32(s.archiveSize())}))
	return r.Write(w)
}

// measured is what the library does not put into the signature header.
type measured struct {
	sha1 [sha1.Size]byte // of the header
	md5  [md5.Size]byte  // of header and payload
}

func measure(b []byte) (m measured, err error) {
	r, size := bytes.NewReader(b), int64(len(b))
	sig, err := readSection(r, size, leadSize, "signature header", regionSignature, maxSigEntries)
	if err != nil {
		return m, err
	}
	main, err := readSection(r, size, (sig.end()+7)&^7, "header", regionImmutable, maxEntries)
	if err != nil {
		return m, err
	}
	return measured{sha1.Sum(main.raw), md5.Sum(b[main.off:])}, nil
}

// archiveSize is the length of the cpio archive. The library stores the sum of
// the contents instead.
func (s *Spec) archiveSize() int64 {
	n := newcEntrySize(newcTrailer, 0)
	for _, f := range s.Files {
		n += newcEntrySize("."+f.Path, int64(len(f.Content)+len(f.Link)))
	}
	return n
}

// newcEntrySize is the length of an entry with its paddings.
func newcEntrySize(name string, size int64) int64 {
	n := int64(newcSize + len(name) + 1)
	n += int64(padding(n)) + size
	return n + int64(padding(n))
}

// pack builds the library's form of a normal spec.
func (s *Spec) pack() (*rpmpack.RPM, error) {
	epoch := s.Epoch
	if epoch == 0 {
		epoch = rpmpack.NoEpoch
	}
	r, err := rpmpack.NewRPM(rpmpack.RPMMetaData{
		Name: s.Name, Version: s.Version, Release: s.Release, Epoch: epoch, Arch: s.Arch, OS: "linux",
		Summary: s.Summary, Description: s.Description, Licence: s.License, Group: s.Group, URL: s.URL,
		Vendor: s.Vendor, Packager: s.Packager, BuildHost: s.BuildHost, BuildTime: s.BuildTime,
		Compressor: "gzip:9",
		Requires:   relations(slices.Concat(s.Requires, features)), Provides: relations(s.Provides),
		Conflicts: relations(s.Conflicts), Obsoletes: relations(s.Obsoletes),
	})
	if err != nil {
		return nil, err
	}
	dirs := s.addFiles(r)
	if len(s.Files) > 0 {
		r.AddCustomTag(rpmutils.DIRNAMES, rpmpack.EntryStringSlice(dirs))
		r.AddCustomTag(rpmutils.FILEDIGESTALGO, rpmpack.EntryInt32([]int32{rpmutils.HASH_SHA256}))
	}
	for _, sc := range []struct {
		add  func(string)
		body string
	}{
		{r.AddPrein, s.PreInstall}, {r.AddPostin, s.PostInstall},
		{r.AddPreun, s.PreRemove}, {r.AddPostun, s.PostRemove},
	} {
		if sc.body != "" {
			sc.add(sc.body)
		}
	}
	return r, nil
}

// addFiles adds the files and gives their folders in the library's order. The
// library has one name for header and archive. In the archive it must be
// relative, or who unpacks it with cpio writes into the own root; so files get
// such a name and the header's folders are set right afterwards.
func (s *Spec) addFiles(r *rpmpack.RPM) (dirs []string) {
	seen := make(map[string]bool)
	for _, f := range s.Files {
		mode, _ := modeToUnix(f.Mode)
		body := f.Content
		if f.Mode.Type() == fs.ModeSymlink {
			body = []byte(f.Link)
		}
		r.AddFile(rpmpack.RPMFile{
			Name: "." + f.Path, Body: body, Mode: uint(mode), Owner: f.User, Group: f.Group,
			MTime: uint32(f.ModTime.Unix()), Type: rpmpack.FileType(f.Flags),
		})
		if dir, _ := path.Split(f.Path); !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// features are what an rpm must know to install the package.
var features = []Dependency{
	{Name: "rpmlib(CompressedFileNames)", Op: "<=", Version: "3.0.4-1"},
	{Name: "rpmlib(FileDigests)", Op: "<=", Version: "4.6.0-1"},
	{Name: "rpmlib(PayloadFilesHavePrefix)", Op: "<=", Version: "4.0-1"},
}

func relations(ds []Dependency) rpmpack.Relations {
	var out rpmpack.Relations
	for _, d := range ds {
		r := &rpmpack.Relation{Name: d.Name, Version: d.Version}
		switch d.Op {
		case "<":
			r.Sense = rpmpack.SenseLess
		case "<=":
			r.Sense = rpmpack.SenseLess | rpmpack.SenseEqual
		case "=":
			r.Sense = rpmpack.SenseEqual
		case ">=":
			r.Sense = rpmpack.SenseGreater | rpmpack.SenseEqual
		case ">":
			r.Sense = rpmpack.SenseGreater
		}
		if d.Internal() {
			r.Sense |= rpmpack.SenseRPMLIB
		}
		out = append(out, r)
	}
	return out
}
