package block

import (
	"math/bits"
	"slices"
)

// bitmap is a set of block numbers that takes room only where it has members:
// 512 bytes for each 16 MiB of disk that holds one.
type bitmap struct {
	pages map[int64]*[pageWords]uint64
	count int64
}

const (
	pageWords = 64
	pageBits  = pageWords * 64
)

func (b *bitmap) has(n int64) bool {
	pg := b.pages[n/pageBits]
	return pg != nil && pg[n%pageBits/64]&(1<<(n%64)) != 0
}

func (b *bitmap) set(n int64) {
	pg := b.pages[n/pageBits]
	if pg == nil {
		if b.pages == nil {
			b.pages = make(map[int64]*[pageWords]uint64)
		}
		pg = new([pageWords]uint64)
		b.pages[n/pageBits] = pg
	}
	w, m := &pg[n%pageBits/64], uint64(1)<<(n%64)
	if *w&m == 0 {
		*w |= m
		b.count++
	}
}

// run is how many blocks from n on, at most limit, are like n: all members or
// all not.
func (b *bitmap) run(n, limit int64) int64 {
	in := b.has(n)
	k := int64(1)
	for k < limit {
		at := n + k
		if !in && b.pages[at/pageBits] == nil {
			k += pageBits - at%pageBits // nothing here at all
			continue
		}
		if b.has(at) != in {
			break
		}
		k++
	}
	return min(k, limit)
}

// ranges lists the members as byte ranges of a device of size bytes.
func (b *bitmap) ranges(size int64) []Range {
	keys := make([]int64, 0, len(b.pages))
	for k := range b.pages {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []Range
	for _, k := range keys {
		for i, w := range b.pages[k] {
			base := k*pageBits + int64(i)*64
			for w != 0 {
				lo := bits.TrailingZeros64(w)
				n := bits.TrailingZeros64(^(w >> lo))
				off := (base + int64(lo)) * BlockSize
				out = appendRange(out, Range{off, min(int64(n)*BlockSize, size-off)})
				if lo+n == 64 {
					break
				}
				w &^= (1<<n - 1) << lo
			}
		}
	}
	return out
}
