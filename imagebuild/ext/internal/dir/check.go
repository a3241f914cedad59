package dir

import (
	"errors"

	"lbimage/imagebuild/ext/internal/layout"
)

// Check reads the whole directory and reports everything that is wrong with its
// form, as FormatErrors: records, checksums, "." and "..", names that come twice
// in a block and, in a hashed directory, an index that misses a block, names one
// twice, is out of order, or leads to a leaf with names of other hashes. Whether
// the inodes are in use is not its business. The error is the store's.
func (d *Dir) Check(report func(error)) error {
	if d.inline != nil {
		return nil // NewInline has done it
	}
	c := checker{d: d, report: report, seen: make([]bool, d.s.Blocks())}
	if len(c.seen) == 0 {
		report(badf(0, 0, "the directory has no block"))
		return nil
	}
	if d.hashed() {
		return c.index()
	}
	for blk := range d.s.Blocks() {
		b, err := d.read(blk)
		if err == nil {
			c.twice(b)
			if blk == 0 {
				err = b.checkDots()
			}
		}
		if err := c.problem(err); err != nil {
			return err
		}
	}
	return nil
}

type checker struct {
	d       *Dir
	report  func(error)
	seen    []bool // blocks that the index names
	version uint8  // of the hash
}

// problem reports a FormatError and gives back any other error.
func (c *checker) problem(err error) error {
	var f *FormatError
	if errors.As(err, &f) {
		c.report(f)
		return nil
	}
	return err
}

func (c *checker) index() error {
	f, err := c.d.readRoot()
	if err != nil {
		return c.problem(err)
	}
	c.seen[0] = true
	c.version = layout.DxRoot(f.data).HashVersion()
	if err := c.node(path{f}, int(layout.DxRoot(f.data).IndirectLevels()), 0, 1<<32); err != nil {
		return err
	}
	for blk, seen := range c.seen {
		if !seen {
			c.report(badf(uint32(blk), 0, "the index does not name this block"))
		}
	}
	return nil
}

// node checks what is below the last block of the path, whose hashes must be from
// low up to, not including, high.
func (c *checker) node(p path, levels int, low, high uint64) error {
	f := p.last()
	e := f.pairs()
	for i := range e.Count() {
		f.at = i
		from, to := low, high
		if i > 0 {
			from = uint64(e.Hash(i))
		}
		if i+1 < e.Count() {
			to = uint64(e.Hash(i + 1))
		}
		if from < low || to > high {
			c.report(badf(f.blk, f.start+i*layout.DxEntrySize, "hashes from %#08x to %#08x are not those of the level above", from, to))
		}
		blk, err := c.d.child(p)
		if err != nil {
			if err := c.problem(err); err != nil {
				return err
			}
			continue
		}
		if c.seen[blk] {
			c.report(badf(f.blk, f.start+i*layout.DxEntrySize+4, "index names block %d twice", blk))
			continue
		}
		c.seen[blk] = true
		if levels > 0 {
			var n path
			if n, err = c.d.descend(p); err == nil {
				err = c.node(n, levels-1, from, to)
			}
		} else {
			err = c.leaf(blk, from, to)
		}
		if err := c.problem(err); err != nil {
			return err
		}
	}
	return nil
}

// leaf checks that all names of a leaf have hashes within its part.
func (c *checker) leaf(blk uint32, low, high uint64) error {
	b, err := c.d.readLeaf(blk)
	if err != nil {
		return err
	}
	c.twice(b)
	for off := range b.records() {
		de := b.at(off)
		if de.Inode() == 0 {
			continue
		}
		// Bit 0 of the low end says only that the leaf before has names with
		// that hash, too.
		if h := uint64(c.d.hashOf(de.Name(), c.version)); h < low&^1 || h >= high {
			c.report(badf(blk, off, "hash %#08x of %q is not from %#08x to %#08x", h, de.Name(), low, high))
		}
	}
	return nil
}

// twice reports names that a block holds more than once.
func (c *checker) twice(b block) {
	names := make(map[string]bool)
	for off := range b.records() {
		de := b.at(off)
		if de.Inode() == 0 {
			continue
		}
		if name := string(de.Name()); names[name] {
			c.report(badf(b.blk, off, "name %q comes twice", name))
		} else {
			names[name] = true
		}
	}
}
