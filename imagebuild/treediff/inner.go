package treediff

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"lbimage/imagebuild/treediff/internal/unpack"
	"lbimage/overlay"
)

// inner compares contents by what they mean, for as long as it is open.
type inner struct {
	w    *walk
	a, b *unpack.Budget
}

func (w *walk) inner() *inner {
	return &inner{w, &unpack.Budget{TempDir: w.o.TempDir, Total: &w.total}, &unpack.Budget{TempDir: w.o.TempDir, Total: &w.total}}
}

func (n *inner) close() error { return errors.Join(n.a.Close(), n.b.Close()) }

// file compares two regular files whose bytes differ. What it gives tells of the members of archives, and is to be
// called when d was told; nil where there is nothing to tell.
func (n *inner) file(name string, a, b *facts, d *Difference) (func() error, error) {
	if min(a.info.Size(), b.info.Size()) == 0 {
		return nil, nil
	}
	ca, err := n.open(n.w.a, name, a.info.Size(), n.a)
	if err != nil {
		return nil, inTree("A", err)
	}
	cb, err := n.open(n.w.b, name, b.info.Size(), n.b)
	if err != nil {
		return nil, inTree("B", err)
	}
	return n.contents(name, slashed(name), ca, cb, d, 0)
}

// open gives a file's content at any place.
func (n *inner) open(s *side, name string, size int64, b *unpack.Budget) (*io.SectionReader, error) {
	f, err := s.Tree.Open(name)
	if err != nil {
		return nil, at(name, err)
	}
	b.Own(f)
	if r, ok := f.(io.ReaderAt); ok {
		return io.NewSectionReader(r, 0, size), nil
	}
	out, err := b.Keep(n.w.ctx, f)
	if err != nil {
		return nil, at(name, err)
	}
	return out, nil
}

// contents fills in how two contents differ that are not the same byte by byte, and no texts. name is that of the
// innermost file, as it would be in a tree; where is its whole path.
func (n *inner) contents(name, where string, ca, cb *io.SectionReader, d *Difference, depth int) (func() error, error) {
	a, err := n.w.unwrap(name, ca, n.a)
	if err != nil {
		return nil, err
	}
	b, err := n.w.unwrap(name, cb, n.b)
	if err != nil {
		return nil, err
	}
	if len(a.forms)+len(b.forms) == 0 {
		return nil, nil
	}
	in := &Inside{FormA: a.forms, FormB: b.forms}
	if a.limit+b.limit == "" && slices.Equal(a.forms, b.forms) { // else the headers of two compressions would be told, which cannot be the same
		in.Facts = factsThat(a.facts, b.facts)
	}
	in.Facts = append(in.Facts, factsThat(a.behind, b.behind)...)
	d.Inside = in
	defer func() {
		in.FormA, in.FormB = n.named(in, a), n.named(in, b)
		in.Same = in.Same && !in.endsOtherwise()
		if in.Same {
			n.w.sum.Packed++
		}
	}()
	if in.Limit = oneOf(a.limit, b.limit); in.Limit != "" {
		return nil, nil
	}
	if in.Same, err = n.equal(a.content, b.content); err != nil || in.Same {
		if in.Same && in.endsOtherwise() {
			in.Note = "the content is the same, what follows it is not"
		}
		return nil, err
	}
	switch {
	case a.form != b.form:
	case a.form.Archive():
		return n.archives(where, a, b, d, depth)
	case a.form == unpack.ELF:
		return nil, n.programs(a.content, b.content, in)
	case a.form == unpack.Python:
		return nil, n.byteCode(a.content, b.content, in)
	case a.form == unpack.Kernel:
		in.Facts = append(in.Facts, factsThat(kernelFacts(a.content), kernelFacts(b.content))...)
	case a.form == unpack.Other:
		return nil, n.texts(name, a, b, d)
	}
	return nil, nil
}

// named puts a last word behind the forms of what has no form of its own.
func (n *inner) named(in *Inside, u bare) []string {
	switch {
	case in.Limit != "" && u.limit != "" || len(u.forms) == 0 || u.form == unpack.Other:
		word := "data"
		if u.limit != "" {
			word = "unread"
		} else if ok, err := isText(u.content); ok && err == nil {
			word = "text"
		}
		return append(slices.Clone(u.forms), word)
	}
	return u.forms
}

func oneOf(a, b string) string {
	if a == "" || a == b {
		return b
	}
	if b == "" {
		return a
	}
	return a + "; of the other: " + b
}

// texts compares line by line, if both are texts.
func (n *inner) texts(name string, a, b bare, d *Difference) error {
	x, y, texts, err := bothTexts(a.content, b.content)
	if err != nil || !texts {
		return err
	}
	return n.w.lines(name, d, x, y)
}

// textOf gives a content that is a text of at most [overlay.MaxText] bytes.
func textOf(c *io.SectionReader) ([]byte, bool, error) {
	if c.Size() > overlay.MaxText {
		return nil, false, nil
	}
	text := make([]byte, c.Size())
	if _, err := io.ReadFull(io.NewSectionReader(c, 0, c.Size()), text); err != nil {
		return nil, false, short(err)
	}
	return text, overlay.IsText(text) && !steers(text), nil
}

func isText(c *io.SectionReader) (bool, error) {
	_, ok, err := textOf(c)
	return ok, err
}

// equal compares two contents byte by byte.
func (n *inner) equal(a, b *io.SectionReader) (bool, error) {
	if a.Size() != b.Size() {
		return false, nil
	}
	n.w.buffers()
	for off := int64(0); off < a.Size(); off += chunk {
		if err := n.w.ctx.Err(); err != nil {
			return false, err
		}
		k := min(chunk, a.Size()-off)
		x, y := n.w.a.buf[:k], n.w.b.buf[:k]
		if err := readAt(a, x, off); err != nil {
			return false, err
		}
		if err := readAt(b, y, off); err != nil {
			return false, err
		}
		if !bytes.Equal(x, y) {
			return false, nil
		}
	}
	return true, nil
}

// readAt fills p.
func readAt(r io.ReaderAt, p []byte, off int64) error {
	if k, err := r.ReadAt(p, off); k < len(p) {
		return short(err)
	}
	return nil
}

// digest gives the digest of a content in hex.
func (n *inner) digest(c *io.SectionReader) (string, error) {
	n.w.buffers()
	h := sha256.New()
	for off := int64(0); off < c.Size(); off += chunk {
		if err := n.w.ctx.Err(); err != nil {
			return "", err
		}
		p := n.w.a.buf[:min(chunk, c.Size()-off)]
		if err := readAt(c, p, off); err != nil {
			return "", err
		}
		h.Write(p)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
