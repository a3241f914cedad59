package blockmap

// Remove takes the file blocks [from, to) out of the map and calls free for
// every run of disk blocks that was named there, in order. Indirect blocks that
// name nothing any more are freed.
func (m *Map) Remove(from, to uint64, free func(start, n uint64) error) error {
	r := remover{m: m, from: from, to: to, free: free}
	if _, err := r.words(m.root[:4*Direct], 0, 0, 0); err != nil {
		return err
	}
	first := uint64(Direct)
	for level := 1; level <= 3; level++ {
		i := Direct + level - 1
		if _, err := r.words(m.root[4*i:4*i+4], 0, level, first); err != nil {
			return err
		}
		first += m.span(level)
	}
	return r.flush()
}

type remover struct {
	m        *Map
	from, to uint64
	free     func(start, n uint64) error
	start, n uint64 // the run of disk blocks that is not freed yet
}

// words clears the names in b that lie in the range. Each covers span(level)
// file blocks, the first from file block first on. blk is the indirect block
// that holds b, 0 for the inode; it is left alone where nothing changes.
func (r *remover) words(b []byte, blk uint64, level int, first uint64) (empty bool, err error) {
	span := r.m.span(level)
	i := 0
	if r.from > first {
		i = int(min((r.from-first)/span, uint64(len(b)/4)))
	}
	edit := blk != 0
	for ; i < len(b)/4; i++ {
		at := first + uint64(i)*span
		if at >= r.to {
			break
		}
		to := name(b, i)
		if to == 0 {
			continue
		}
		if level == 0 {
			err = r.add(to)
		} else {
			var gone bool
			if gone, err = r.node(to, level-1, at); err == nil && !gone {
				continue
			}
		}
		if err == nil && edit {
			b, err = r.m.s.EditNode(blk)
			edit = false
		}
		if err != nil {
			return false, err
		}
		setName(b, i, 0)
	}
	for i := range len(b) / 4 {
		if name(b, i) != 0 {
			return false, nil
		}
	}
	return true, nil
}

// node clears names in an indirect block, and frees it where none is left.
func (r *remover) node(blk uint64, level int, first uint64) (empty bool, err error) {
	b, err := r.m.node(blk)
	if err != nil {
		return false, err
	}
	if empty, err = r.words(b, blk, level, first); err != nil || !empty {
		return false, err
	}
	// Data first: what is freed comes in the order of the disk for most files.
	if err := r.flush(); err != nil {
		return false, err
	}
	return true, r.m.s.FreeNode(blk)
}

// add gathers disk blocks into runs.
func (r *remover) add(blk uint64) error {
	if r.n > 0 && blk == r.start+r.n {
		r.n++
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	r.start, r.n = blk, 1
	return nil
}

func (r *remover) flush() error {
	if r.n == 0 {
		return nil
	}
	start, n := r.start, r.n
	r.n = 0
	if err := r.m.s.Check(start, uint32(n)); err != nil {
		return err
	}
	return r.free(start, n)
}

// Each calls f for every run of file blocks that lies in one run on the disk, in
// order, and visit, where it is not nil, for every indirect block. It ends with
// the first error.
func (m *Map) Each(f func(lblk, start, n uint64) error, visit func(blk uint64) error) error {
	w := walker{m: m, f: f, visit: visit}
	if err := w.words(m.root[:4*Direct], 0, 0); err != nil {
		return err
	}
	first := uint64(Direct)
	for level := 1; level <= 3; level++ {
		i := Direct + level - 1
		if err := w.words(m.root[4*i:4*i+4], level, first); err != nil {
			return err
		}
		first += m.span(level)
	}
	return w.flush()
}

type walker struct {
	m              *Map
	f              func(lblk, start, n uint64) error
	visit          func(blk uint64) error
	lblk, start, n uint64
}

func (w *walker) words(b []byte, level int, first uint64) error {
	span := w.m.span(level)
	for i := range len(b) / 4 {
		blk, at := name(b, i), first+uint64(i)*span
		switch {
		case blk == 0:
		case level > 0:
			sub, err := w.m.node(blk)
			if err != nil {
				return err
			}
			if w.visit != nil {
				if err := w.visit(blk); err != nil {
					return err
				}
			}
			if err := w.words(sub, level-1, at); err != nil {
				return err
			}
		case w.n > 0 && blk == w.start+w.n && at == w.lblk+w.n:
			w.n++
		default:
			if err := w.flush(); err != nil {
				return err
			}
			w.lblk, w.start, w.n = at, blk, 1
		}
	}
	return nil
}

func (w *walker) flush() error {
	if w.n == 0 {
		return nil
	}
	if err := w.m.s.Check(w.start, uint32(w.n)); err != nil {
		return err
	}
	return w.f(w.lblk, w.start, w.n)
}
