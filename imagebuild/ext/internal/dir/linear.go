package dir

import (
	"bytes"
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
)

// newEntry is what Insert adds.
type newEntry struct {
	name  string
	ino   uint32
	ftype uint8
}

// insertLinear puts the name into the first record of any block with enough
// slack. When there is none a directory of one block gets an index, and a longer
// one a block more: it stays linear.
func (d *Dir) insertLinear(e newEntry) error {
	blocks := d.s.Blocks()
	if blocks == 0 {
		return badf(0, 0, "the directory has no block")
	}
	var fit, b block
	look := d.looking()
	for blk := range blocks {
		var err error
		if b, err = look.read(blk); err != nil {
			return err
		}
		if blk == 0 {
			if err := b.checkDots(); err != nil {
				return err
			}
		}
		if _, ok := b.find(e.name); ok {
			return fmt.Errorf("%q: %w", e.name, ErrExist)
		}
		if fit.data == nil && b.slack(layout.DirentLen(len(e.name))) >= 0 {
			fit = b
		}
	}
	switch {
	case fit.data != nil:
		return d.edit(fit, func(b block) { d.put(b, e) })
	case blocks == 1 && d.canIndex(b):
		b.data = bytes.Clone(b.data)
		return d.convert(b, e)
	}
	data := make([]byte, d.p.BlockSize)
	d.set(layout.Dirent(data[:d.p.BlockSize-d.p.csumLen()]), e)
	d.sealLeaf(data)
	_, err := d.append(data)
	return err
}

// checkDots refuses a first block that does not begin with "." and "..".
func (b block) checkDots() error {
	n := 0
	for off := range b.records() {
		if n == 2 {
			break
		}
		if de, want := b.at(off), ".."[:n+1]; de.Inode() == 0 || string(de.Name()) != want {
			return badf(b.blk, off, "%q is missing", want)
		}
		n++
	}
	if n < 2 {
		return badf(b.blk, 0, "%q is missing", "..")
	}
	return nil
}

// slack finds the first record that can give n bytes, or -1.
func (b block) slack(n int) int {
	for off := range b.records() {
		if de := b.at(off); len(de)-used(de) >= n {
			return off
		}
	}
	return -1
}

// used is how many bytes of a record its entry needs.
func used(de layout.Dirent) int {
	if de.Inode() == 0 {
		return 0
	}
	return layout.DirentLen(de.NameLen())
}

// put writes the entry into the first record of a leaf that has room for it, and
// tells whether there was one.
func (d *Dir) put(b block, e newEntry) bool {
	off := b.slack(layout.DirentLen(len(e.name)))
	if off < 0 {
		return false
	}
	de := b.at(off)
	if n := used(de); n > 0 {
		rest := de[n:]
		de.SetRecLen(n, d.p.BlockSize)
		de = rest
	}
	d.set(de, e)
	return true
}
