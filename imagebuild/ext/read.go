package ext

import (
	"fmt"
	"io"

	"lbimage/imagebuild/ext/internal/layout"
)

// readAt reads from the contents of a file, with io.ReaderAt's contract.
func (in *inode) readAt(p []byte, off int64) (n int, err error) {
	if err := in.readable(); err != nil {
		return 0, err
	}
	if !in.IsRegular() { // a device, pipe or socket: there is nobody at the other end
		return 0, io.EOF
	}
	size := in.size()
	if size > 1<<63-1 {
		return 0, corruptf(in.no, "size %d is not possible", size)
	}
	if off >= int64(size) {
		return 0, io.EOF
	}
	short := int64(len(p)) > int64(size)-off
	if short {
		p = p[:int64(size)-off]
	}
	if in.inline() {
		if err := in.readInline(p, off); err != nil {
			return 0, err
		}
		n = len(p)
	} else if n, err = in.readBlocks(p, uint64(off)); err != nil {
		return n, err
	}
	if short {
		err = io.EOF
	}
	return n, err
}

// readable refuses contents that are not to be had as they are.
func (in *inode) readable() error {
	if in.Has(layout.InodeFlagEncrypt) {
		return in.encrypted()
	}
	if in.Has(layout.InodeFlagCompressed) && in.fs.sb.Incompat()&layout.IncompatCompression != 0 {
		return fmt.Errorf("inode %d: %w", in.no, &FeatureError{Features: []string{"compression"}})
	}
	return nil
}

// readBlocks fills p from byte off on; all of it lies before the end of the file.
func (in *inode) readBlocks(p []byte, off uint64) (n int, err error) {
	bs := uint64(in.fs.bs)
	for n < len(p) {
		at := off + uint64(n)
		skip := at % bs
		rest := uint64(len(p) - n)
		pc, err := in.find(at/bs, (skip+rest+bs-1)/bs)
		if err != nil {
			return n, err
		}
		k := min(rest, pc.n*bs-skip)
		part := p[n : n+int(k)]
		if pc.start == 0 || pc.uninit {
			clear(part)
		} else if err := readFull(in.fs.r, part, int64(pc.start*bs+skip)); err != nil {
			return n, fmt.Errorf("inode %d: reading block %d: %w", in.no, pc.start, err)
		}
		n += int(k)
	}
	return n, nil
}

// target is where a symbolic link leads.
func (in *inode) target() (string, error) {
	if err := in.readable(); err != nil {
		return "", err
	}
	size := in.size()
	switch {
	case size == 0 || size > uint64(in.fs.bs):
		return "", corruptf(in.no, "a symbolic link of %d bytes", size)
	case in.inline():
		b, err := in.inlineBytes()
		if err == nil && size > uint64(len(b)) {
			err = corruptf(in.no, "a symbolic link of %d bytes has %d in the inode", size, len(b))
		}
		if err != nil {
			return "", err
		}
		return string(b[:size]), nil
	case in.fastLink():
		return string(in.Block()[:size]), nil
	}
	pc, err := in.find(0, 1)
	if err != nil {
		return "", err
	}
	if pc.start == 0 || pc.uninit {
		return "", corruptf(in.no, "a symbolic link without its block")
	}
	b, err := in.fs.cache.get(pc.start)
	if err != nil {
		return "", err
	}
	return string(b[:size]), nil
}

// fastLink tells whether a symbolic link's target lies in the inode.
func (in *inode) fastLink() bool {
	if !in.IsSymlink() || in.size() >= uint64(len(in.Block())) || in.Has(layout.InodeFlagInlineData) {
		return false
	}
	if in.fs.outside() { // blocks may be those of attributes
		return true
	}
	own := in.sectors()
	if in.aclBlock() != 0 {
		own -= min(own, uint64(in.fs.bs/512)<<in.fs.shift)
	}
	return own == 0
}

// hasMap tells whether the inode has blocks for its contents.
func (in *inode) hasMap() bool {
	switch {
	case in.Has(layout.InodeFlagInlineData):
		return false
	case in.IsRegular(), in.IsDir():
		return true
	}
	return in.IsSymlink() && !in.fastLink()
}
