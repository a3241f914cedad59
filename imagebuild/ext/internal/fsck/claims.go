package fsck

import (
	"encoding/binary"
	"math/bits"
)

// claims is the set of the clusters (blocks, without bigalloc) that something
// was found to use. It is cut into pages, which exist only where some but not
// all of their clusters are claimed. Where even these would be too many, the set
// covers a window of the file system only, and the walk is done once a window.
type claims struct {
	pages    []*claimTable // nil where there are no claims
	lo, hi   uint64        // the window, as numbers of clusters
	live     int           // pages in memory
	limit    int           // of them
	overflow bool          // there were too many: the set is not complete
}

const (
	pageClusters = 4096
	tablePages   = 512
	maxPages     = 24576 // 13 MiB; a window has as many
	maxSeenPages = 8192  // 4 MiB, of blocks with attributes
)

// claimTable is a run of pages, nil where there are no claims.
type claimTable [tablePages]*claimPage

type claimPage struct {
	words [pageClusters / 64]uint64
	n     int // bits that are set
}

// fullPage stands for every page whose clusters are all claimed.
var fullPage = new(claimPage)

func (s *claims) reset(lo, hi uint64, limit int) {
	n := (hi - lo + pageClusters*tablePages - 1) / (pageClusters * tablePages)
	*s = claims{pages: make([]*claimTable, n), lo: lo, hi: hi, limit: limit}
}

// add claims n clusters from start on and gives how many were not claimed
// before. Clusters outside the window count as new.
func (s *claims) add(start, n uint64) (fresh uint64) {
	end := start + n
	if start < s.lo {
		fresh += min(end, s.lo) - start
		start = min(end, s.lo)
	}
	if end > s.hi {
		from := max(start, s.hi)
		fresh += end - from
		end = from
	}
	for start < end {
		i := (start - s.lo) / pageClusters
		from := (start - s.lo) % pageClusters
		to := min(from+end-start, pageClusters)
		fresh += s.addToPage(i, from, to)
		start += to - from
	}
	return fresh
}

func (s *claims) addToPage(i, from, to uint64) uint64 {
	table := s.pages[i/tablePages]
	if table == nil {
		table = new(claimTable)
		s.pages[i/tablePages] = table
	}
	at := &table[i%tablePages]
	p := *at
	if p == fullPage {
		return 0
	}
	if p == nil {
		if to-from == pageClusters {
			*at = fullPage
			return pageClusters
		}
		if s.live >= s.limit {
			s.overflow = true
			return to - from
		}
		p = new(claimPage)
		*at = p
		s.live++
	}
	fresh := 0
	for from < to {
		w, bit := from/64, from%64
		k := min(64-bit, to-from)
		mask := ^uint64(0) >> (64 - k) << bit
		fresh += bits.OnesCount64(mask &^ p.words[w])
		p.words[w] |= mask
		from += k
	}
	p.n += fresh
	if p.n == pageClusters {
		*at = fullPage
		s.live--
	}
	return uint64(fresh)
}

// page gives a page, nil where there are no claims.
func (s *claims) page(i uint64) *claimPage {
	if table := s.pages[i/tablePages]; table != nil {
		return table[i%tablePages]
	}
	return nil
}

// bitmap writes the claims on the clusters from start on into dst, in the order
// of a bitmap on disk. start is a multiple of 8, all lie in the window.
func (s *claims) bitmap(dst []byte, start uint64) {
	off := start - s.lo
	for len(dst) > 0 {
		p, in := s.page(off/pageClusters), off%pageClusters
		n := min(uint64(len(dst)), (pageClusters-in)/8)
		switch p {
		case nil:
			clear(dst[:n])
		case fullPage:
			for i := range dst[:n] {
				dst[i] = 0xFF
			}
		default:
			p.bytes(dst[:n], in)
		}
		dst = dst[n:]
		off += n * 8
	}
}

func (p *claimPage) bytes(dst []byte, from uint64) {
	for len(dst) >= 8 && from%64 == 0 {
		binary.LittleEndian.PutUint64(dst, p.words[from/64])
		dst = dst[8:]
		from += 64
	}
	for i := range dst {
		dst[i] = byte(p.words[from/64] >> (from % 64))
		from += 8
	}
}

// blockRange is a run of clusters.
type blockRange struct{ start, n uint64 }
