package unpack

import (
	"archive/tar"
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
)

func (l *lister) tar(src *io.SectionReader) error {
	r := tar.NewReader(src)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		info := h.FileInfo()
		m := Member{
			Name: h.Name, Mode: info.Mode(), UID: uint32(h.Uid), GID: uint32(h.Gid), User: h.Uname, Group: h.Gname,
			Modified: h.ModTime.UTC(), Major: uint32(h.Devmajor), Minor: uint32(h.Devminor),
		}
		for k, v := range h.PAXRecords {
			if name, ok := strings.CutPrefix(k, "SCHILY.xattr."); ok {
				m.Xattrs = append(m.Xattrs, Xattr{name, v})
			}
		}
		slices.SortFunc(m.Xattrs, func(x, y Xattr) int { return cmp.Compare(x.Name, y.Name) })
		switch {
		case h.Typeflag == tar.TypeLink:
			m.HardLink = cleanName(h.Linkname)
		case h.Typeflag == tar.TypeSymlink:
			m.Target = h.Linkname
		case h.Typeflag == tar.TypeXGlobalHeader:
			continue
		case m.Mode.IsRegular():
			if m.Content, err = l.tarContent(r, h, src); err != nil {
				return err
			}
		}
		if err := l.add(m); err != nil {
			return err
		}
	}
	at, err := src.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	l.out.Facts = append(l.out.Facts, Behind(io.NewSectionReader(src, at, src.Size()-at))...)
	return nil
}

// tarContent is where the content lies in the archive; one with holes is unpacked.
func (l *lister) tarContent(r *tar.Reader, h *tar.Header, src *io.SectionReader) (*io.SectionReader, error) {
	sparse := h.Typeflag == tar.TypeGNUSparse
	for k := range h.PAXRecords {
		sparse = sparse || strings.HasPrefix(k, "GNU.sparse.")
	}
	if sparse {
		spool, err := l.b.spool()
		if err != nil {
			return nil, err
		}
		return l.b.save(l.ctx, spool, r, 0)
	}
	at, err := src.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	if h.Size < 0 || h.Size > src.Size()-at {
		return nil, io.ErrUnexpectedEOF
	}
	return io.NewSectionReader(src, at, h.Size), nil
}
