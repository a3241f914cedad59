package render

// hashOrder gives the keys in the order in which a dict of 64-bit Python 2 holds them
// after they were put in one by one, none twice. The servo writes frontends and
// backends in this order.
//
// The dict is a table of 2^n slots with open addressing. It grows when two thirds
// are taken, to more than four times the number of keys.
func hashOrder(keys []string) []string {
	d := pydict{slots: make([]slot, 8)}
	for i, k := range keys {
		d.place(slot{hash: pyhash(k), key: i + 1})
		if used := i + 1; used*3 >= len(d.slots)*2 {
			d.grow(used)
		}
	}
	out := make([]string, 0, len(keys))
	for _, s := range d.slots {
		if s.key > 0 {
			out = append(out, keys[s.key-1])
		}
	}
	return out
}

type pydict struct{ slots []slot }

// slot holds the number of a key, counted from 1; 0 is an empty slot.
type slot struct {
	hash uint64
	key  int
}

func (d *pydict) place(s slot) {
	mask := uint64(len(d.slots) - 1)
	i := s.hash & mask
	for perturb := s.hash; d.slots[i&mask].key != 0; perturb >>= 5 {
		i = i*5 + perturb + 1
	}
	d.slots[i&mask] = s
}

func (d *pydict) grow(used int) {
	size := 8
	for size <= used*4 {
		size *= 2
	}
	old := d.slots
	d.slots = make([]slot, size)
	for _, s := range old {
		if s.key != 0 {
			d.place(s)
		}
	}
}

// pyhash is the hash of a string in 64-bit Python 2, which the images run without -R.
func pyhash(s string) uint64 {
	if s == "" {
		return 0
	}
	x := uint64(s[0]) << 7
	for i := range len(s) {
		x = x*1000003 ^ uint64(s[i])
	}
	x ^= uint64(len(s))
	if x == ^uint64(0) {
		x-- // -1 means an error to Python
	}
	return x
}
