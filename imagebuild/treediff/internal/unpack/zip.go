package unpack

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"

	"lbimage/imagebuild/block"
)

// zip reads a zip archive: jar, egg, whl and the like.
func (l *lister) zip(src *io.SectionReader) error {
	if src.Size() > maxZip { // the library sets room aside by the size
		return &LimitError{fmt.Sprintf("a zip archive of more than the %d MiB that are looked into", maxZip>>20)}
	}
	in := &bounded{src, maxZipHead}
	r, err := zip.NewReader(in, src.Size())
	if err != nil {
		return err
	}
	in.left = math.MaxInt64
	if r.Comment != "" {
		l.fact("comment", "%s", r.Comment)
	}
	var spool *block.Sparse
	for _, f := range r.File {
		m := Member{Name: f.Name, Mode: f.Mode(), Modified: f.Modified.UTC()}
		if f.Modified.IsZero() {
			m.Modified = f.Modified
		}
		if m.Mode.IsRegular() || m.Mode&fs.ModeSymlink != 0 {
			if spool == nil {
				if spool, err = l.b.spool(); err != nil {
					return err
				}
			}
			if m.Content, err = l.zipContent(src, spool, f); err != nil {
				return fmt.Errorf("%q: %w", short(f.Name), err)
			}
		}
		if m.Mode&fs.ModeSymlink != 0 {
			target := make([]byte, min(m.Content.Size(), cpioName))
			if _, err := m.Content.ReadAt(target, 0); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			m.Target, m.Content = string(target), nil
		}
		if err := l.add(m); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) zipContent(src *io.SectionReader, spool *block.Sparse, f *zip.File) (*io.SectionReader, error) {
	if f.Flags&1 != 0 {
		return nil, errors.New("it is encrypted")
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return l.b.save(l.ctx, spool, in, min(max(int64(f.CompressedSize64), 1), src.Size()))
}

// bounded gives up when more is read than is left.
type bounded struct {
	r    *io.SectionReader
	left int64
}

func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, &LimitError{fmt.Sprintf("its directory is larger than %d MiB", maxZipHead>>20)}
	}
	return b.r.ReadAt(p, off)
}
