package rpm

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// Tags that rpm adds to a header when it installs the package.
const (
	tagInstallTime = 1008
	tagFileStates  = 1029
)

// regions are the tags that may stand first in a header of the database: whatever comes behind the
// region was added when the package was installed.
var regions = []int32{regionImage, regionSignature, regionImmutable}

// Installed is a package as a database of installed packages has it: the package's header, and what rpm
// added when it installed it. There is no payload to read.
type Installed struct {
	*Package
	HasEpoch    bool      // the header gives an epoch, 0 perhaps
	InstallTime time.Time // UTC; zero where there is none
	Size        int64     // bytes of its files, as the header says
	States      []byte    // what became of each file: rpm's numbers, parallel to Files; nil where there are none
}

// errNoPayload is what reading the payload of an Installed comes to.
var errNoPayload = errors.New("the database of packages has headers only: give the package's file")

type noPayload struct{}

func (noPayload) ReadAt([]byte, int64) (int, error) { return 0, errNoPayload }

// Payload says that there is none.
func (*Installed) Payload(context.Context) (*Payload, error) { return nil, errNoPayload }

// ParseInstalled reads a record of rpm's database of installed packages: a header without its magic
// number. The same checks and limits hold as for a header in a package, and every string of the result
// is a copy.
func ParseInstalled(record []byte) (*Installed, error) {
	const name = "header"
	if len(record) < introSize-len(headerMagic) {
		return nil, damaged(name, "a record of %d bytes is no header", len(record))
	}
	n, length := int64(binary.BigEndian.Uint32(record)), int64(binary.BigEndian.Uint32(record[4:]))
	switch {
	case n == 0 || n > maxEntries:
		return nil, damaged(name, "it claims %d entries, where 1 to %d are allowed", n, maxEntries)
	case length > maxStore:
		return nil, damaged(name, "it claims %d bytes of values, more than the %d allowed", length, int64(maxStore))
	case 8+entrySize*n+length != int64(len(record)):
		return nil, damaged(name, "%d entries and %d bytes of values do not make the record's %d bytes", n, length, len(record))
	}
	main := &section{name: name, raw: slices.Concat(headerMagic, record), byTag: make(map[int32]*indexEntry, n)}
	if err := main.checkInstalled(); err != nil {
		return nil, err
	}
	// The library reads packages: it gets a lead and an empty signature header before the header.
	l := lead{4: 3, 79: headerStyle}
	copy(l[:], leadMagic)
	sig := &section{name: "signature header", off: leadSize, raw: slices.Concat(headerMagic, make([]byte, 8))}
	main.off = sig.end()
	t, err := newTags(&l, sig, main)
	if err != nil {
		return nil, err
	}
	out := &Installed{Package: &Package{r: noPayload{}, archiveSize: -1, HeaderSpan: Span{Len: int64(len(main.raw))}}, HasEpoch: t.has(rpmutils.EPOCH)}
	if err := out.readTags(t, &l); err != nil {
		return nil, err
	}
	at, ok, err := t.int(tagInstallTime)
	if err != nil {
		return nil, err
	}
	if ok {
		out.InstallTime = time.Unix(int64(uint32(at)), 0).UTC()
	}
	for _, tag := range []int{rpmutils.SIZE, rpmutils.LONGSIZE} {
		size, ok, err := t.int(tag)
		if err != nil {
			return nil, err
		}
		if ok && size <= math.MaxInt64 {
			out.Size = int64(size)
		}
	}
	states, err := t.ints(tagFileStates)
	if err != nil {
		return nil, err
	}
	if states != nil && len(states) != len(out.Files) {
		return nil, damaged(name, "it lists %d files and their states for %d", len(out.Files), len(states))
	}
	for _, s := range states {
		out.States = append(out.States, byte(s))
	}
	return out, nil
}

// checkInstalled is check for a header of the database. Its region, where there is one, ends before the
// entries that were added; those may stand for one in the region, and then count.
func (s *section) checkInstalled() error {
	limit, end := int64(len(s.store())), int64(0)
	for i := range s.entries() {
		e := (*indexEntry)(s.raw[introSize+entrySize*i:])
		if i == 0 && slices.Contains(regions, e.tag()) {
			if e.kind() != typeBin || e.count() != regionSize || int64(e.offset()) < 0 || int64(e.offset())+regionSize > limit {
				return damaged(s.name, "the region entry (%v, count %d, offset %d) is not %d bytes within the %d of values",
					e.kind(), e.count(), e.offset(), regionSize, limit)
			}
			continue
		}
		length, err := s.length(e, limit, end)
		if err != nil {
			return damaged(s.name, "entry %d (tag %d): %v", i, e.tag(), err)
		}
		end = int64(e.offset()) + length
		s.byTag[e.tag()] = e
	}
	return nil
}
