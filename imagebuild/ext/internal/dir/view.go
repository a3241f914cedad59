package dir

import "bytes"

// Checks are what can be found right in a block of a directory.
type Checks uint8

const (
	leafChecked Checks = 1 << iota // its records and their checksum
	rootChecked                    // the pairs of an index in the first block
	nodeChecked                    // the pairs of an index in another block
)

// Viewer is what a Store may be as well. It spares copies, and to check a block
// again that was checked and has not changed since.
type Viewer interface {
	// View gives a block as the store has it, and what Sure was told of it. The
	// contents are not to be changed, and good until the next change.
	View(blk uint32) (b []byte, sure Checks, err error)
	// Sure notes what was found right in a block. A change of the block, by whatever
	// way, ends it.
	Sure(blk uint32, c Checks)
	// Edit gives a block as the store has it, for changes that the store keeps.
	Edit(blk uint32) ([]byte, error)
}

// looking gives the same directory for reading only: its blocks may be the
// store's own.
func (d *Dir) looking() Dir { return Dir{s: d.s, p: d.p, look: true, inline: d.inline} }

// fetch reads a block from the store: a copy, unless d is for reading only.
func (d *Dir) fetch(blk uint32) ([]byte, Checks, error) {
	v, ok := d.s.(Viewer)
	if !ok {
		b, err := d.s.Read(blk)
		return b, 0, err
	}
	b, sure, err := v.View(blk)
	if !d.look {
		b = bytes.Clone(b)
	}
	return b, sure, err
}

// checked notes what was found right in a block.
func (d *Dir) checked(blk uint32, c Checks) {
	if v, ok := d.s.(Viewer); ok {
		v.Sure(blk, c)
	}
}

// edit lets change alter a block that was read for reading only, and stores it
// with its checksum. What change does cannot fail any more.
func (d *Dir) edit(b block, change func(block)) error {
	if d.inline != nil {
		change(b) // where it is
		return nil
	}
	v, ok := d.s.(Viewer)
	if !ok {
		b.data = bytes.Clone(b.data)
		change(b)
		return d.write(b)
	}
	data, err := v.Edit(b.blk)
	if err != nil {
		return err
	}
	b.data = data
	change(b)
	d.seal(b)
	return nil
}
