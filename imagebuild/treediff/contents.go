package treediff

import (
	"context"
	"errors"
	"io"
)

// Contents compares two contents that lie in no tree, as [Compare] does those of a file of that name. It reports the
// content, with no more of A and B than their sizes and digests, then members of archives; nothing where both are the
// same. name is written as in package io/fs.
func Contents(ctx context.Context, name string, a, b *io.SectionReader, o Options, report func(*Difference) error) (Summary, error) {
	w := &walk{
		ctx: ctx, o: o, report: report, a: newSide(Side{}), b: newSide(Side{}), sum: Summary{Aspects: map[Aspect]int{}},
		total: maxTotal,
	}
	var err error
	if w.ignore, err = parseIgnore(o.Ignore); err != nil {
		return w.sum, err
	}
	w.sum.Compared++
	n := w.inner()
	err = func() error {
		same, err := n.equal(a, b)
		if err != nil || same {
			return err
		}
		d := &Difference{Kind: Changed, Aspects: []Aspect{Content}}
		for _, s := range []struct {
			file **File
			c    *io.SectionReader
		}{{&d.A, a}, {&d.B, b}} {
			size := s.c.Size()
			sum, err := n.digest(s.c)
			if err != nil {
				return err
			}
			*s.file = &File{Type: "file", Mode: "0000", Size: &size, SHA256: sum}
		}
		var more func() error
		switch x, y, texts, err := bothTexts(a, b); {
		case err != nil:
			return err
		case texts:
			if err := w.lines(name, d, x, y); err != nil {
				return err
			}
		case min(a.Size(), b.Size()) > 0:
			if more, err = n.contents(name, slashed(name), a, b, d, 0); err != nil {
				return err
			}
		}
		if err := w.tell(name, d); err != nil || more == nil {
			return err
		}
		return more()
	}()
	return w.sum, errors.Join(err, n.close())
}

// bothTexts gives two contents that are texts of at most [overlay.MaxText] bytes.
func bothTexts(a, b *io.SectionReader) (x, y []byte, ok bool, err error) {
	if x, ok, err = textOf(a); err != nil || !ok {
		return nil, nil, false, err
	}
	y, ok, err = textOf(b)
	return x, y, ok, err
}
