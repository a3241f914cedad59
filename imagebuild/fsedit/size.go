package fsedit

import (
	"context"
	"errors"
	"fmt"
	"path"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
)

// tally counts what the entries of a source take in a file system.
type tally struct {
	bs      int64
	inodes  int64
	blocks  int64
	folders map[string]int64 // bytes of the names in each
}

func (c *tally) add(e *entry) {
	const record = 12 // bytes beside the name, with what fills it up
	c.folders[path.Dir(e.name)] += record + int64(len(e.name)-len(path.Dir(e.name)))
	if e.link != "" {
		return
	}
	c.inodes++
	if len(e.attrs) > 0 {
		c.blocks++
	}
	switch {
	case e.mode.IsDir():
		c.folders[e.name] += 0
	case e.mode.IsRegular():
		n := (e.size - e.holes + c.bs - 1) / c.bs
		c.blocks += n + n/(c.bs/4) // and its map, block by block at worst
		if n > 12 {
			c.blocks += 3
		}
	case e.target != "" && len(e.target) >= 60:
		c.blocks++
	}
}

// total is how many blocks are needed. A folder that was grown name by name is
// little more than half full at worst.
func (c *tally) total() int64 {
	n := c.blocks
	for _, bytes := range c.folders { // a sum: the order does not matter
		n += 1 + 2*bytes/c.bs
	}
	return n
}

// computeSize chooses the size, and the number of inodes unless that is given: those
// that are needed and a tenth more.
func computeSize(ctx context.Context, src *source, o FormatOptions) (FormatOptions, error) {
	c := tally{bs: int64(o.BlockSize), folders: map[string]int64{}}
	if c.bs == 0 {
		c.bs = 4096
	}
	if c.bs < 1024 {
		return o, &UsageError{fmt.Errorf("block size %d: choose 1024, 2048 or 4096", c.bs)}
	}
	err := src.each(ctx, func(e *entry) error {
		if e.mode.IsRegular() && e.size > 1<<50 {
			return errors.New("its size is beyond what can be computed: give the --size")
		}
		c.add(e)
		return nil
	})
	if err != nil {
		return o, err
	}
	const mib = 1 << 20
	need := c.total()
	need += need/10 + 4*mib/c.bs
	inodes := c.inodes + c.inodes/10 + 16
	size := (need*c.bs/mib + 1) * mib
	for range 100 {
		o.Size = size
		info, err := tryFormat(o)
		lack := int64(mib)
		var small bool
		switch {
		case err != nil:
			small = true
		case int64(info.FreeBlocks) < need:
			small, lack = true, (need-int64(info.FreeBlocks))*c.bs
		case int64(info.FreeInodes) < inodes:
			if o.Inodes != 0 || o.InodeRatio != 0 {
				return o, fmt.Errorf("%s has %d files, and the file system would have %d free inodes: give more --inodes or the --size", src.name, c.inodes, info.FreeInodes)
			}
			o.Inodes = uint32(min(inodes+16, 1<<32-1))
			continue
		}
		if !small {
			return o, nil
		}
		size = ((size+lack)/mib + 1) * mib
	}
	o.Size = size
	_, err = tryFormat(o)
	return o, errors.Join(err, errors.New("no size is found that would do: give the --size"))
}

// tryFormat makes the file system on a scratch device and describes it.
func tryFormat(o FormatOptions) (ext.Info, error) {
	dev, err := block.CreateSparse(o.TempDir)
	if err != nil {
		return ext.Info{}, err
	}
	defer dev.Close()
	dev.Grow(o.Size)
	if err := ext.Format(dev, o.Size, o.FormatOptions); err != nil {
		return ext.Info{}, err
	}
	f, err := ext.Open(dev, o.Size)
	if err != nil {
		return ext.Info{}, err
	}
	return f.Info(), nil
}
