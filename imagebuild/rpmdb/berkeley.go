package rpmdb

import (
	"context"
	"encoding/binary"

	"github.com/knqyf263/go-rpmdb/pkg/bdb"
)

// Items on a page of a hash table, by their first byte.
const (
	itemInline = 1 // the value follows
	itemOff    = 3 // the value lies on overflow pages
	itemOffLen = bdb.HashOffPageSize
)

const (
	metaSize    = 512 // of the first page, what is looked at
	minPage     = 512
	maxPage     = 64 << 10
	metaFlagSum = 1 // pages have checksums: rpm never asks for those
)

// berkeley reads a hash table of Berkeley DB: pages of one size, some of which list pairs of key and value.
// A value that is larger than a quarter of a page, as a header is, lies on a chain of overflow pages. The key
// is the package's number.
type berkeley struct {
	*source
	order   binary.ByteOrder
	swapped bool
	page    int64 // bytes of one
	pages   uint32
	used    []bool // overflow pages: each belongs to one value
}

// readBerkeley hands over every header of the table. The pages' structures are parsed by go-rpmdb; what it
// would do with them, follow any chain to any page as often as it likes, is done here within bounds: the work
// is that of reading the file once or twice.
func readBerkeley(ctx context.Context, s *source, record func(uint32, []byte) error) error {
	b := &berkeley{source: s}
	if err := b.readMeta(); err != nil {
		return err
	}
	page := make([]byte, b.page)
	for n := uint32(1); n < b.pages; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.readAt(page, int64(n)*b.page); err != nil {
			return err
		}
		if err := b.readPage(n, page, record); err != nil {
			return err
		}
	}
	return nil
}

func (b *berkeley) readMeta() (err error) {
	defer contain(&err)
	meta := make([]byte, metaSize)
	if err := b.readAt(meta, 0); err != nil {
		return err
	}
	m, err := bdb.ParseHashMetadataPage(meta)
	if err != nil {
		return damaged("the first page: %w", err)
	}
	size := int64(m.PageSize)
	switch {
	case size < minPage || size > maxPage || size&(size-1) != 0:
		return damaged("pages of %d bytes", size)
	case m.MetaFlags&metaFlagSum != 0:
		return damaged("its pages have checksums, which rpm does not use")
	case (int64(m.LastPageNo)+1)*size > b.size:
		return damaged("the file has %d bytes, %d pages of %d are needed: it is truncated", b.size, int64(m.LastPageNo)+1, size)
	}
	b.page, b.pages, b.swapped = size, m.LastPageNo+1, m.Swapped
	b.used = make([]bool, b.pages)
	b.order = binary.ByteOrder(binary.LittleEndian)
	if b.swapped {
		b.order = binary.BigEndian
	}
	return nil
}

// header parses what stands at the beginning of every page.
func (b *berkeley) header(page []byte) (h *bdb.HashPage, err error) {
	defer contain(&err)
	return bdb.ParseHashPage(page, b.swapped)
}

// readPage hands over the headers that a page lists, if it is one that lists.
func (b *berkeley) readPage(n uint32, page []byte, record func(uint32, []byte) error) error {
	h, err := b.header(page)
	if err != nil {
		return damaged("page %d: %w", n, err)
	}
	if h.PageType != bdb.HashPageType && h.PageType != bdb.HashUnsortedPageType {
		return nil
	}
	entries := int(h.NumEntries)
	if entries%2 != 0 || bdb.PageHeaderSize+2*entries > len(page) {
		return damaged("page %d: %d entries", n, entries)
	}
	end := len(page) // items lie from the end of the page to its beginning
	item := func(i int) ([]byte, error) {
		at := int(b.order.Uint16(page[bdb.PageHeaderSize+2*i:]))
		if at < bdb.PageHeaderSize+2*entries || at >= end {
			return nil, damaged("page %d: entry %d at byte %d lies outside", n, i, at)
		}
		it := page[at:end]
		end = at
		return it, nil
	}
	for i := 0; i < entries; i += 2 {
		key, err := item(i)
		if err != nil {
			return err
		}
		value, err := item(i + 1)
		if err != nil {
			return err
		}
		if key[0] != itemInline || len(key) != 5 {
			return damaged("page %d: entry %d is no number of a package", n, i)
		}
		id := b.order.Uint32(key[1:])
		if id == 0 { // keeps the last number that was given
			continue
		}
		header, err := b.value(value)
		if err != nil {
			return damaged("page %d: package %d: %w", n, id, err)
		}
		if err := record(id, header); err != nil {
			return err
		}
	}
	return nil
}

// value gives the value of an item.
func (b *berkeley) value(item []byte) ([]byte, error) {
	switch {
	case item[0] == itemInline:
		return item[1:], nil
	case item[0] != itemOff || len(item) < itemOffLen:
		return nil, damaged("its record is of type %d", item[0])
	}
	e, err := bdb.ParseHashOffPageEntry(item[:itemOffLen], b.swapped)
	if err != nil {
		return nil, err
	}
	if e.Length > maxRecord || int64(e.Length) > b.size {
		return nil, damaged("it claims %d bytes", e.Length)
	}
	out := make([]byte, 0, e.Length)
	page := make([]byte, b.page)
	for no := e.PageNo; no != 0; {
		if no >= b.pages || b.used[no] {
			return nil, damaged("its record goes on in page %d, which is another's or not there", no)
		}
		b.used[no] = true
		if err := b.readAt(page, int64(no)*b.page); err != nil {
			return nil, err
		}
		h, err := b.header(page)
		if err != nil {
			return nil, err
		}
		if h.PageType != bdb.OverflowPageType {
			return nil, damaged("its record goes on in page %d, which is of type %d", no, h.PageType)
		}
		body := page[bdb.PageHeaderSize:]
		n := int(h.FreeAreaOffset) // how many bytes the page has of it
		if n > len(body) || len(out)+n > int(e.Length) {
			return nil, damaged("page %d has %d bytes of its record", no, n)
		}
		out = append(out, body[:n]...)
		no = h.NextPageNo
	}
	if len(out) != int(e.Length) {
		return nil, damaged("its record has %d bytes of %d", len(out), e.Length)
	}
	return out, nil
}
