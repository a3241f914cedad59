package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"strconv"
)

// MaxText is the size in bytes up to which a text file is kept for its diff.
const MaxText = 1 << 20

// maxTexts is how many bytes of text the changes of one edit keep together. A folder with more of them
// gets its last files told by digest alone: memory does not grow with what is laid over.
const maxTexts = 16 << 20

// FileState is what stands at a path at one moment.
type FileState struct {
	Mode fs.FileMode // type and permission bits
	UID  uint32
	GID  uint32
	// Size in bytes and SHA256 in hex, of a regular file's content.
	Size   int64
	SHA256 string
	// Target is where a symbolic link points to.
	Target string
	// Text is the content, where IsText says that it is kept: a text of at most [MaxText] bytes.
	Text   []byte
	IsText bool
}

// Unix gives the permission bits as chmod takes them, 06700 say.
func (s *FileState) Unix() uint32 { return unixMode(s.Mode) }

// unixBits are the bits of a mode beside those of permission.
var unixBits = []struct {
	bit  fs.FileMode
	unix uint32
}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}}

func unixMode(mode fs.FileMode) uint32 {
	m := uint32(mode.Perm())
	for _, b := range unixBits {
		if mode&b.bit != 0 {
			m |= b.unix
		}
	}
	return m
}

// FileMode gives the mode for permission bits as chmod takes them: fs.ModeSetuid|fs.ModeSetgid|0o700 for 06700.
func FileMode(unix uint32) fs.FileMode {
	m := fs.FileMode(unix) & fs.ModePerm
	for _, b := range unixBits {
		if unix&b.unix != 0 {
			m |= b.bit
		}
	}
	return m
}

// ParseMode reads a mode as chmod takes it in figures: three or four octal digits, such as 0644 or 6700.
func ParseMode(s string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(s, 8, 12)
	if err != nil || len(s) < 3 || len(s) > 4 {
		return 0, fmt.Errorf("mode %q: write three or four octal digits, such as 0644 or 6700", shorten(s))
	}
	return FileMode(uint32(n)), nil
}

// Type names the kind of file: file, dir, symlink or other (a device, pipe or socket).
func (s *FileState) Type() string {
	switch {
	case s.Mode.IsRegular():
		return "file"
	case s.Mode.IsDir():
		return "dir"
	case s.Mode&fs.ModeSymlink != 0:
		return "symlink"
	}
	return "other"
}

// MarshalJSON writes {"type":"file","mode":"0644","uid":0,"gid":0,"size":12,"sha256":"…"}; the text
// itself is not part of it.
func (s FileState) MarshalJSON() ([]byte, error) {
	out := struct {
		Type   string `json:"type"`
		Mode   string `json:"mode"`
		UID    uint32 `json:"uid"`
		GID    uint32 `json:"gid"`
		Size   *int64 `json:"size,omitempty"`
		SHA256 string `json:"sha256,omitempty"`
		Target string `json:"target,omitempty"`
	}{Type: s.Type(), Mode: fmt.Sprintf("%04o", s.Unix()), UID: s.UID, GID: s.GID, SHA256: s.SHA256, Target: s.Target}
	if s.Mode.IsRegular() {
		out.Size = &s.Size
	}
	return json.Marshal(out)
}

// same says whether nothing differs that a [FileState] tells.
func (s *FileState) same(t *FileState) bool {
	if s == nil || t == nil {
		return s == t
	}
	return s.Mode == t.Mode && s.sameOwner(t) && s.sameContent(t)
}

func (s *FileState) sameOwner(t *FileState) bool { return s.UID == t.UID && s.GID == t.GID }

func (s *FileState) sameContent(t *FileState) bool {
	return s.Size == t.Size && s.SHA256 == t.SHA256 && s.Target == t.Target
}

// StateOf reads what stands at name, which is not followed when it is a symbolic link. A file's whole
// content is read for its digest; texts says how many bytes of it may be kept as text.
func StateOf(t ReadTree, name string, texts int64) (*FileState, error) {
	info, err := t.Lstat(name)
	if err != nil {
		return nil, at(name, err)
	}
	return stateOf(t, name, info, texts)
}

func stateOf(t ReadTree, name string, info fs.FileInfo, texts int64) (*FileState, error) {
	s := &FileState{Mode: info.Mode() & (fs.ModeType | modeBits)}
	var err error
	if s.UID, s.GID, err = OwnerOf(info); err != nil {
		return nil, at(name, err)
	}
	switch {
	case s.Mode&fs.ModeSymlink != 0:
		if s.Target, err = t.ReadLink(name); err != nil {
			return nil, at(name, err)
		}
	case s.Mode.IsRegular():
		f, err := t.Open(name)
		if err != nil {
			return nil, at(name, err)
		}
		defer f.Close()
		d := newDigester(min(texts, MaxText))
		if _, err := io.Copy(d, f); err != nil {
			return nil, at(name, err)
		}
		d.fill(s)
	}
	return s, nil
}

// digester takes a content as it goes by: its size, its digest, and its text while it is short enough.
type digester struct {
	sum  hash.Hash
	size int64
	text []byte
	max  int64
}

func newDigester(maxText int64) *digester { return &digester{sum: sha256.New(), max: maxText} }

func (d *digester) Write(p []byte) (int, error) {
	d.sum.Write(p)
	d.size += int64(len(p))
	if d.size <= d.max {
		d.text = append(d.text, p...)
	} else {
		d.text = nil
	}
	return len(p), nil
}

// fill puts what was seen into a state.
func (d *digester) fill(s *FileState) {
	s.Size, s.SHA256 = d.size, hex.EncodeToString(d.sum.Sum(nil))
	s.Text, s.IsText = nil, false
	if d.size <= d.max && IsText(d.text) {
		s.Text, s.IsText = d.text, true
	}
}

// IsText says whether a content can be shown on a terminal as lines. Any encoding is a text, control
// characters that could steer a terminal are not.
func IsText(b []byte) bool {
	for i, c := range b {
		switch {
		case c >= 0x80 && c < 0xa0 && i > 0 && b[i-1] == 0xc2: // U+0080 to U+009F in UTF-8
			return false
		case c >= ' ' && c != 0x7f, c == '\n', c == '\t', c == '\r', c == '\f', c == '\v':
		default:
			return false
		}
	}
	return true
}
