package ext

import (
	"container/list"
	"fmt"
	"io"
	"slices"
)

const (
	cleanBytes = 8 << 20  // metadata that is kept after it was read, in bytes, where it may be changed
	readBytes  = 2 << 20  // the same, of a file system that is only read
	dirtyBytes = 16 << 20 // changed metadata that is kept before it is written early, in bytes
)

// cache keeps blocks of metadata. Contents of files do not pass through it.
//
// A buffer that edit or fresh has given stays the block's until settle or flush,
// so an operation may hold several and change them in any order. A buffer from
// get is for reading only, and only up to the next change of its block.
type cache struct {
	r      io.ReaderAt
	w      io.WriterAt // nil: nothing can be changed
	bs     int
	blocks uint64 // of the file system
	known  map[uint64]*cached
	clean  *list.List // *cached, the last used in front
	dirty  int        // how many are dirty
	most   [2]int     // how many may be clean, and dirty
	edits  uint64     // grows with each change
}

type cached struct {
	blk     uint64
	data    []byte
	elem    *list.Element // in clean; nil: dirty
	owner   uint32        // the inode for which checked counts
	checked uint8         // what its owner has found right in it since it last changed
}

func newCache(r io.ReaderAt, w io.WriterAt, bs int, blocks uint64) *cache {
	return &cache{
		r: r, w: w, bs: bs, blocks: blocks,
		known: map[uint64]*cached{},
		clean: list.New(),
		most:  [2]int{max(readBytes/bs, 64), dirtyBytes / bs},
	}
}

// writeTo lets changes go to a device, which gives them back.
func (c *cache) writeTo(dev ReadWriterAt) {
	c.r, c.w = dev, dev
	c.most[0] = max(cleanBytes/c.bs, 64)
}

// get gives the contents of a block for reading.
func (c *cache) get(blk uint64) ([]byte, error) {
	e, err := c.load(blk)
	if err != nil {
		return nil, err
	}
	return e.data, nil
}

// view is get, and gives what mark was told of the block for the same owner.
func (c *cache) view(blk uint64, owner uint32) (data []byte, checked uint8, err error) {
	e, err := c.load(blk)
	if err != nil {
		return nil, 0, err
	}
	if e.owner == owner {
		checked = e.checked
	}
	return e.data, checked, nil
}

// mark remembers that an owner has checked a block, until it changes or leaves the
// cache. A block that two inodes claim is checked for each.
func (c *cache) mark(blk uint64, owner uint32, checked uint8) {
	e := c.known[blk]
	if e == nil {
		return
	}
	if e.owner != owner {
		e.owner, e.checked = owner, 0
	}
	e.checked |= checked
}

func (c *cache) load(blk uint64) (*cached, error) {
	if e := c.known[blk]; e != nil {
		if e.elem != nil {
			c.clean.MoveToFront(e.elem)
		}
		return e, nil
	}
	if blk >= c.blocks {
		return nil, corruptf(0, "block %d lies outside the file system of %d blocks", blk, c.blocks)
	}
	e := &cached{blk: blk, data: make([]byte, c.bs)}
	if err := readFull(c.r, e.data, int64(blk)*int64(c.bs)); err != nil {
		return nil, fmt.Errorf("reading block %d: %w", blk, err)
	}
	e.elem = c.clean.PushFront(e)
	c.known[blk] = e
	c.shrink()
	return e, nil
}

func (c *cache) shrink() {
	for c.clean.Len() > c.most[0] {
		old := c.clean.Remove(c.clean.Back()).(*cached)
		delete(c.known, old.blk)
	}
}

// edit gives the contents of a block for changing.
func (c *cache) edit(blk uint64) ([]byte, error) {
	e, err := c.load(blk)
	if err != nil {
		return nil, err
	}
	c.touch(e)
	return e.data, nil
}

// fresh gives a block of zeros in place of whatever the block held.
func (c *cache) fresh(blk uint64) []byte {
	e := c.known[blk]
	if e == nil {
		e = &cached{blk: blk, data: make([]byte, c.bs)}
		e.elem = c.clean.PushFront(e)
		c.known[blk] = e
	} else {
		clear(e.data)
	}
	c.touch(e)
	return e.data
}

func (c *cache) touch(e *cached) {
	c.edits++
	e.checked = 0
	if e.elem != nil {
		c.clean.Remove(e.elem)
		e.elem = nil
		c.dirty++
	}
}

// forget drops blocks that are free now: what was changed in them is not written.
func (c *cache) forget(start, n uint64) {
	if n > uint64(len(c.known)) {
		for blk := range c.known { // the order does not matter: all of the range go
			if blk >= start && blk-start < n {
				c.drop(blk)
			}
		}
		return
	}
	for blk := start; blk < start+n; blk++ {
		c.drop(blk)
	}
}

func (c *cache) drop(blk uint64) {
	e := c.known[blk]
	if e == nil {
		return
	}
	if e.elem != nil {
		c.clean.Remove(e.elem)
	} else {
		c.dirty--
	}
	delete(c.known, blk)
}

// settle ends an operation: where much is dirty, it is written.
func (c *cache) settle() error {
	if c.dirty <= c.most[1] {
		return nil
	}
	return c.flush()
}

// flush writes all dirty blocks, in the order of the disk, runs in one piece.
func (c *cache) flush() error {
	if c.dirty == 0 {
		return nil
	}
	todo := make([]*cached, 0, c.dirty)
	for _, e := range c.known {
		if e.elem == nil {
			todo = append(todo, e)
		}
	}
	slices.SortFunc(todo, func(a, b *cached) int {
		if a.blk < b.blk {
			return -1
		}
		return 1
	})
	var buf []byte
	for i := 0; i < len(todo); {
		j := i + 1
		for j < len(todo) && todo[j].blk == todo[j-1].blk+1 && (j-i)*c.bs < 256<<10 {
			j++
		}
		out := todo[i].data
		if j > i+1 {
			buf = buf[:0]
			for _, e := range todo[i:j] {
				buf = append(buf, e.data...)
			}
			out = buf
		}
		if _, err := c.w.WriteAt(out, int64(todo[i].blk)*int64(c.bs)); err != nil {
			return fmt.Errorf("writing block %d: %w", todo[i].blk, err)
		}
		i = j
	}
	for _, e := range todo {
		e.elem = c.clean.PushFront(e)
	}
	c.dirty = 0
	c.shrink()
	return nil
}

// readFull reads all of p. An end of the device in the midst of it is an error.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
