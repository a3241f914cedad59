package dir

// Reseal gives all blocks the checksums that start from another seed, because what
// the seed is made of changes. Each block is checked under the old one first; what
// is written is the checksum alone.
func (d *Dir) Reseal(seed uint32) error {
	old := d.p.InodeSeed
	defer func() { d.p.InodeSeed = old }()
	for blk := range d.s.Blocks() {
		d.p.InodeSeed = old
		b, err := d.read(blk)
		if err != nil {
			return err
		}
		d.p.InodeSeed = seed
		if err := d.write(b); err != nil {
			return err
		}
	}
	return nil
}
