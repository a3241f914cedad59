package rpm

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strconv"

	"github.com/google/rpmpack"
	rpmutils "github.com/sassoftware/go-rpmutils"
)

// Write writes a binary package with a gzip payload that rpm reads and verifies
// from EL6 on. The same spec gives the same bytes. Contents are read up to three
// times, a piece at a time: the memory does not grow with them.
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
	// Every part holds digests of the part behind it: the header those of the
	// payload, the signature header those of header and payload.
	m, err := s.measure()
	if err != nil {
		return err
	}
	_, main, err := s.head(m, nil)
	if err != nil {
		return err
	}
	sum := md5.New()
	sum.Write(main)
	if err := s.writePayload(sum, m); err != nil {
		return err
	}
	head, _, err := s.head(m, &seal{sha1: sha1.Sum(main), md5: sum.Sum(nil), size: int64(len(main)) + m.compressed})
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	return s.writePayload(w, m)
}

// seal is what the library does not put into the signature header, and what it
// takes from contents that it was not given.
type seal struct {
	sha1 [sha1.Size]byte // of the header
	md5  []byte          // of header and payload
	size int64           // of header and payload, in bytes
}

// head makes all that stands before the payload, and the header alone, which is
// the last part of it. The library is given the files without their contents:
// it would hold them in memory, twice. What it then computes of them is
// replaced by what was measured, and the payload that it makes is dropped.
func (s *Spec) head(m *measured, seal *seal) (head, main []byte, err error) {
	r, err := s.pack(m)
	if err != nil {
		return nil, nil, err
	}
	if seal != nil {
		r.AddCustomSig(rpmutils.SIG_SHA1, rpmpack.EntryString(hex.EncodeToString(seal.sha1[:])))
		r.AddCustomSig(rpmutils.SIG_MD5-sigBase, rpmpack.EntryBytes(seal.md5))
		r.AddCustomSig(rpmutils.SIG_SIZE-sigBase, rpmpack.EntryUint32([]uint32{uint32(seal.size)}))
		r.AddCustomSig(rpmutils.SIG_PAYLOADSIZE-sigBase, rpmpack.EntryUint32([]uint32{uint32(m.archive)}))
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		return nil, nil, err
	}
	in, size := bytes.NewReader(b.Bytes()), int64(b.Len())
	sig, err := readSection(in, size, leadSize, "signature header", regionSignature, maxSigEntries)
	if err != nil {
		return nil, nil, err
	}
	section, err := readSection(in, size, (sig.end()+7)&^7, "header", regionImmutable, maxEntries)
	if err != nil {
		return nil, nil, err
	}
	return b.Bytes()[:section.end()], section.raw, nil
}

// archiveSize is the length of the cpio archive.
func (s *Spec) archiveSize() int64 {
	n := newcEntrySize(newcTrailer, 0)
	for _, f := range s.Files {
		if f.Flags&FlagGhost == 0 {
			n += newcEntrySize("."+f.Path, f.size())
		}
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
func (s *Spec) pack(m *measured) (*rpmpack.RPM, error) {
	epoch := s.Epoch
	if epoch == 0 {
		epoch = rpmpack.NoEpoch
	}
	r, err := rpmpack.NewRPM(rpmpack.RPMMetaData{
		Name: s.Name, Version: s.Version, Release: s.Release, Epoch: epoch, Arch: s.Arch, OS: "linux",
		Summary: s.Summary, Description: s.Description, Licence: s.License, Group: s.Group, URL: s.URL,
		Vendor: s.Vendor, Packager: s.Packager, BuildHost: s.BuildHost, BuildTime: s.BuildTime,
		Compressor: "gzip",
	})
	if err != nil {
		return nil, err
	}
	s.addFiles(r, m)
	s.addTags(r, m)
	s.addDependencies(r)
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

// addFiles adds the files without their contents. The library has one name for
// header and archive, and sorts by it; the folders are those of the header.
func (s *Spec) addFiles(r *rpmpack.RPM, m *measured) {
	if len(s.Files) == 0 {
		return
	}
	var dirs []string
	seen := make(map[string]bool)
	sizes, verify, rdevs := make([]uint32, len(s.Files)), make([]uint32, len(s.Files)), make([]uint16, len(s.Files))
	for i, f := range s.Files {
		mode, _ := modeToUnix(f.Mode)
		r.AddFile(rpmpack.RPMFile{
			Name: "." + f.Path, Body: []byte(f.Link), Mode: uint(mode), Owner: f.User, Group: f.Group,
			MTime: uint32(f.ModTime.Unix()), Type: rpmpack.FileType(f.Flags),
		})
		if dir, _ := path.Split(f.Path); !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
		verify[i] = ^f.Unverified
		if sizes[i] = uint32(f.size()); f.Mode.IsDir() {
			sizes[i] = folderSize
		}
	}
	r.AddCustomTag(rpmutils.DIRNAMES, rpmpack.EntryStringSlice(dirs))
	r.AddCustomTag(rpmutils.FILESIZES, rpmpack.EntryUint32(sizes))
	r.AddCustomTag(tagFileVerify, rpmpack.EntryUint32(verify))
	r.AddCustomTag(rpmutils.FILERDEVS, rpmpack.EntryUint16(rdevs))
	r.AddCustomTag(rpmutils.FILEDIGESTS, rpmpack.EntryStringSlice(m.digests))
	r.AddCustomTag(rpmutils.FILEDIGESTALGO, rpmpack.EntryInt32([]int32{rpmutils.HASH_SHA256}))
}

// folderSize is what rpmbuild says of a folder on most file systems.
const folderSize = 4096

// addTags adds what the library does not know, or knows wrongly.
func (s *Spec) addTags(r *rpmpack.RPM, m *measured) {
	r.AddCustomTag(rpmutils.SIZE, rpmpack.EntryUint32([]uint32{uint32(m.files)}))
	r.AddCustomTag(tagPayloadFlags, rpmpack.EntryString(strconv.Itoa(payloadLevel)))
	r.AddCustomTag(rpmutils.PAYLOADDIGEST, rpmpack.EntryStringSlice([]string{m.digest}))
	r.AddCustomTag(tagEncoding, rpmpack.EntryString("utf-8"))
	if len(s.Changelog) > 0 {
		var times []uint32
		var names, texts []string
		for _, c := range s.Changelog {
			times, names, texts = append(times, uint32(c.Time.Unix())), append(names, c.Name), append(texts, c.Text)
		}
		r.AddCustomTag(tagChangelogTime, rpmpack.EntryUint32(times))
		r.AddCustomTag(tagChangelogName, rpmpack.EntryStringSlice(names))
		r.AddCustomTag(tagChangelogText, rpmpack.EntryStringSlice(texts))
	}
}
