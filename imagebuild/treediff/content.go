package treediff

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"lbimage/overlay"
)

// maxDigest is the size in bytes up to which content gets a digest. What is larger in an image is all holes:
// /var/log/lastlog has a place for each possible user.
const maxDigest = 16 << 30

// chunk is how much is read at once.
const chunk = 256 << 10

// verdict is the outcome of a comparison of two files, for their other names.
type verdict struct {
	differ     bool
	name       string
	shaA, shaB string
}

// contents compares two regular files and fills in what there is to tell. more, where it is not nil, is to be called when
// d was told: it tells of members of archives.
func (w *walk) contents(name string, a, b *facts, d *Difference, fa, fb *File) (differ bool, more func() error, err error) {
	key := [2]uint64{a.inode, b.inode}
	linked := a.linked() && b.linked()
	if v := w.pairs[key]; linked && v != nil {
		if v.differ {
			d.SameAs, fa.SHA256, fb.SHA256 = slashed(v.name), v.shaA, v.shaB
		}
		return v.differ, nil, nil
	}
	equal, err := w.equal(name, a, b)
	if err != nil {
		return false, nil, err
	}
	if !equal && !w.o.Brief {
		if more, err = w.fill(name, a, b, d, fa, fb); err != nil {
			return false, nil, err
		}
	}
	if linked {
		w.pairs[key] = &verdict{!equal, name, fa.SHA256, fb.SHA256}
	}
	return !equal, more, nil
}

// fill tells how two contents differ.
func (w *walk) fill(name string, a, b *facts, d *Difference, fa, fb *File) (more func() error, err error) {
	ca, err := w.read(w.a, name, a)
	if err != nil {
		return nil, inTree("A", err)
	}
	cb, err := w.read(w.b, name, b)
	if err != nil {
		return nil, inTree("B", err)
	}
	fa.SHA256, fb.SHA256 = ca.SHA256, cb.SHA256
	if ca.IsText && cb.IsText {
		err = w.lines(name, d, ca.Text, cb.Text)
	} else {
		more, err = w.fillInside(name, a, b, d)
	}
	if w.o.Explain != nil && err == nil {
		if note := w.o.Explain(slashed(name)); note != "" {
			if d.Inside == nil {
				word := []string{"data"}
				if d.Lines != nil {
					word[0] = "text"
				}
				d.Inside = &Inside{FormA: word, FormB: word}
			}
			d.Inside.Note = note
		}
	}
	return more, err
}

// fillInside looks into contents that are no texts.
func (w *walk) fillInside(name string, a, b *facts, d *Difference) (func() error, error) {
	n := w.inner()
	more, err := n.file(name, a, b, d)
	if err != nil || more == nil {
		return nil, errors.Join(err, n.close())
	}
	return func() error { return errors.Join(more(), n.close()) }, nil
}

// read gives a file's digest, and its text if it is one.
func (w *walk) read(s *side, name string, f *facts) (*overlay.FileState, error) {
	if f.info.Size() > maxDigest {
		return &overlay.FileState{}, nil
	}
	state, err := overlay.StateOf(watched{s.Tree, w}, name, overlay.MaxText)
	if err != nil {
		return nil, err
	}
	state.IsText = state.IsText && !steers(state.Text)
	return state, nil
}

// watched is a tree whose files can be read only while the walk goes on.
type watched struct {
	overlay.ReadTree
	w *walk
}

func (t watched) Open(name string) (fs.File, error) {
	f, err := t.ReadTree.Open(name)
	if err != nil {
		return nil, err
	}
	return watchedFile{f, t.w}, nil
}

type watchedFile struct {
	fs.File
	w *walk
}

func (f watchedFile) Read(p []byte) (int, error) {
	if err := f.w.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

// steers says whether a text has control characters beyond ASCII, which some terminals obey: U+0080 to U+009F.
func steers(text []byte) bool {
	for i, c := range text {
		if c == 0xc2 && i+1 < len(text) && text[i+1] >= 0x80 && text[i+1] < 0xa0 {
			return true
		}
	}
	return false
}

// equal compares two regular files byte by byte.
func (w *walk) equal(name string, a, b *facts) (bool, error) {
	size := a.info.Size()
	if size != b.info.Size() {
		return false, nil
	}
	if size == 0 {
		return true, nil
	}
	fa, err := w.a.Tree.Open(name)
	if err != nil {
		return false, inTree("A", at(name, err))
	}
	defer fa.Close()
	fb, err := w.b.Tree.Open(name)
	if err != nil {
		return false, inTree("B", at(name, err))
	}
	defer fb.Close()
	w.buffers()
	ra, okA := fa.(io.ReaderAt)
	rb, okB := fb.(io.ReaderAt)
	if size < sparseFrom || !okA || !okB {
		return w.equalRun(name, fa, fb, size)
	}
	data, err := w.dataRanges(name, size)
	if err != nil {
		return false, err
	}
	for _, r := range data {
		same, err := w.equalRun(name, io.NewSectionReader(ra, r.start, r.end-r.start), io.NewSectionReader(rb, r.start, r.end-r.start), r.end-r.start)
		if err != nil || !same {
			return same, err
		}
	}
	return true, nil
}

func (w *walk) buffers() {
	if w.a.buf == nil {
		w.a.buf, w.b.buf = make([]byte, chunk), make([]byte, chunk)
	}
}

// equalRun compares n bytes.
func (w *walk) equalRun(name string, ra, rb io.Reader, n int64) (bool, error) {
	for n > 0 {
		if err := w.ctx.Err(); err != nil {
			return false, err
		}
		k := min(n, chunk)
		a, b := w.a.buf[:k], w.b.buf[:k]
		if _, err := io.ReadFull(ra, a); err != nil {
			return false, inTree("A", at(name, short(err)))
		}
		if _, err := io.ReadFull(rb, b); err != nil {
			return false, inTree("B", at(name, short(err)))
		}
		if !bytes.Equal(a, b) {
			return false, nil
		}
		n -= k
	}
	return true, nil
}

// short is for a file that ends before its size.
func short(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
