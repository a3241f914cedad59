package verify

import (
	"bytes"

	"lbimage/imagebuild/block"
)

// maxRanges bounds how many are kept; their bytes are counted all the same.
const maxRanges = 1 << 18

// ranges are where two devices differ: counted exactly, kept as far as there is room.
type ranges struct {
	bytes, blocks int64
	list          []block.Range // sorted
	full          bool          // there are more
	lastBlock     int64         // that was counted
}

func newRanges() *ranges { return &ranges{lastBlock: -1} }

// add compares bytes that lie at off, a multiple of block.BlockSize.
func (r *ranges) add(off int64, a, b []byte) {
	for len(a) > 0 {
		n := min(len(a), block.BlockSize)
		if !bytes.Equal(a[:n], b[:n]) {
			r.block(off, a[:n], b[:n])
		}
		a, b, off = a[n:], b[n:], off+int64(n)
	}
}

// only adds bytes that one side has alone.
func (r *ranges) only(off, n int64) {
	if n > 0 {
		r.bytes += n
		r.blocks += (n + block.BlockSize - 1) / block.BlockSize
		r.keep(block.Range{Off: off, Len: n})
	}
}

func (r *ranges) block(off int64, a, b []byte) {
	if at := off / block.BlockSize; at != r.lastBlock {
		r.blocks, r.lastBlock = r.blocks+1, at
	}
	for i := 0; i < len(a); {
		if a[i] == b[i] {
			i++
			continue
		}
		k := i
		for k < len(a) && a[k] != b[k] {
			k++
		}
		r.bytes += int64(k - i)
		r.keep(block.Range{Off: off + int64(i), Len: int64(k - i)})
		i = k
	}
}

func (r *ranges) keep(add block.Range) {
	if k := len(r.list) - 1; k >= 0 {
		last := &r.list[k]
		if add.Off <= last.End() {
			last.Len = max(last.End(), add.End()) - last.Off
			return
		}
	}
	if len(r.list) >= maxRanges {
		r.full = true
		return
	}
	r.list = append(r.list, add)
}
