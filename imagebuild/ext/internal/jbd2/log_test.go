package jbd2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

const (
	testBlock  = 1024
	testBlocks = 1100
)

// maker writes a journal as the kernel does.
type maker struct {
	file   [][]byte
	sb     layout.JournalSuperblock
	format layout.JournalFormat
	at     uint32 // the next block of the log
	tid    uint32
	time   uint64
	crc    uint32
}

// kind is one of the formats that journals have.
type kind struct {
	name             string
	version          uint32
	compat, incompat uint32
}

var kinds = []kind{
	{"version 1", layout.JournalSuperblockV1, 0, 0},
	{"version 2", layout.JournalSuperblockV2, 0, layout.JournalIncompatRevoke},
	{"64bit", layout.JournalSuperblockV2, 0, layout.JournalIncompatRevoke | layout.JournalIncompat64Bit},
	{"checksums 1", layout.JournalSuperblockV2, layout.JournalCompatChecksum, layout.JournalIncompatRevoke},
	{"checksums 1, async", layout.JournalSuperblockV2, layout.JournalCompatChecksum, layout.JournalIncompatRevoke | layout.JournalIncompatAsyncCommit},
	{"checksums 2", layout.JournalSuperblockV2, 0, layout.JournalIncompatRevoke | layout.JournalIncompatCsumV2},
	{"checksums 2, 64bit", layout.JournalSuperblockV2, 0, layout.JournalIncompatRevoke | layout.JournalIncompatCsumV2 | layout.JournalIncompat64Bit},
	{"checksums 3", layout.JournalSuperblockV2, 0, layout.JournalIncompatRevoke | layout.JournalIncompatCsumV3},
	{"checksums 3, 64bit, async", layout.JournalSuperblockV2, 0,
		layout.JournalIncompatRevoke | layout.JournalIncompatCsumV3 | layout.JournalIncompat64Bit | layout.JournalIncompatAsyncCommit},
}

func newMaker(k kind, start, sequence uint32) *maker {
	m := &maker{file: make([][]byte, testBlocks), format: layout.JournalFormat(k.incompat), at: start, tid: sequence, time: 1000, crc: ^uint32(0)}
	for i := range m.file {
		m.file[i] = make([]byte, testBlock)
	}
	m.sb = m.file[0]
	m.sb.SetHeader(k.version)
	m.sb.SetBlockSize(testBlock)
	m.sb.SetMaxLen(testBlocks)
	m.sb.SetFirst(1)
	m.sb.SetSequence(sequence)
	m.sb.SetStart(start)
	if k.version == layout.JournalSuperblockV2 {
		binary.BigEndian.PutUint32(m.sb[0x24:], k.compat)
		m.sb.SetIncompat(k.incompat)
		m.sb.SetNrUsers(1)
		copy(m.sb.UUID(), "0123456789abcdef")
		if m.format.HasTail() {
			m.sb[0x50] = layout.JournalChecksumCRC32C
		}
	}
	m.seal()
	return m
}

// seal makes the superblock's checksum right.
func (m *maker) seal() {
	if m.format.HasTail() {
		m.sb.SetChecksum(m.sb.ComputeChecksum())
	}
}

func (m *maker) next() layout.JournalBlock {
	b := m.file[m.at]
	clear(b)
	if m.at++; m.at == testBlocks {
		m.at = 1
	}
	return b
}

// thing is a copy of a block.
type thing struct {
	block uint64
	data  []byte
}

// copies writes descriptors with copies.
func (m *maker) copies(list ...thing) {
	for len(list) > 0 {
		d := m.next()
		d.SetHeader(layout.JournalDescriptor, m.tid)
		room := testBlock - 12 - 16
		if m.format.HasTail() {
			room -= 4
		}
		n := min(len(list), room/m.format.TagSize())
		off := 12
		var crc []byte
		for i, c := range list[:n] {
			t := layout.JournalTag{Block: c.block}
			if i > 0 {
				t.Flags |= layout.JournalTagSameUUID
			}
			if i == n-1 {
				t.Flags |= layout.JournalTagLast
			}
			b := m.next()
			copy(b, c.data)
			if b.Magic() == layout.JournalMagic {
				clear(b[:4])
				t.Flags |= layout.JournalTagEscape
			}
			t.Checksum = layout.JournalBlockChecksum(m.sb.ChecksumSeed(), m.tid, b)
			off += m.format.PutTag(d[off:], t, m.sb.UUID())
			crc = append(crc, b...)
		}
		if m.format.HasTail() {
			d.SetTailChecksum(d.ComputeTailChecksum(m.sb.ChecksumSeed()))
		}
		m.crc = layout.CRC32BE(layout.CRC32BE(m.crc, d), crc)
		list = list[n:]
	}
}

func (m *maker) revoke(blocks ...uint64) {
	b := m.next()
	b.SetHeader(layout.JournalRevoke, m.tid)
	m.format.PutRevoked(b, blocks)
	if m.format.HasTail() {
		b.SetTailChecksum(b.ComputeTailChecksum(m.sb.ChecksumSeed()))
	}
}

// commit ends the transaction and gives its block.
func (m *maker) commit() layout.JournalBlock {
	b := m.next()
	b.SetHeader(layout.JournalCommit, m.tid)
	b.SetCommitTime(m.time)
	if m.sb.Compat()&layout.JournalCompatChecksum != 0 && m.sb.BlockType() == layout.JournalSuperblockV2 {
		b.SetCommitChecksumType(layout.JournalCommitCRC32, layout.JournalCommitCRC32Size)
		b.SetCommitChecksum(m.crc)
	}
	if m.format.HasTail() {
		b.SetCommitChecksum(b.ComputeCommitChecksum(m.sb.ChecksumSeed()))
	}
	m.tid++
	m.time++
	m.crc = ^uint32(0)
	return b
}

func (m *maker) source(reads *int) Source {
	return Source{BlockSize: testBlock, Blocks: testBlocks, Read: func(n uint32, b []byte) error {
		if reads != nil {
			*reads++
		}
		copy(b, m.file[n])
		return nil
	}}
}

func (m *maker) scan() (*Plan, error) {
	j, err := Open(m.source(nil))
	if err != nil {
		return nil, err
	}
	return j.Scan()
}

func content(n uint64, tid uint32) []byte {
	b := bytes.Repeat(fmt.Appendf(nil, "block %d in %d;", n, tid), testBlock/8)[:testBlock]
	if n%3 == 0 {
		binary.BigEndian.PutUint32(b, layout.JournalMagic)
	}
	return b
}

// Logs made at random are read as the rules say, which stand here once more and
// in other words: a transaction's copies, then its revocations of all up to it.
func TestScanAgainstModel(t *testing.T) {
	for _, k := range kinds {
		for seed := range int64(30) {
			rnd := rand.New(rand.NewSource(seed))
			start, sequence := uint32(1+rnd.Intn(testBlocks-1)), rnd.Uint32()
			if seed%3 == 0 {
				sequence = ^uint32(0) - uint32(rnd.Intn(5)) // the numbers wrap around
			}
			m := newMaker(k, start, sequence)
			wide := uint64(0)
			if k.incompat&layout.JournalIncompat64Bit != 0 {
				wide = 5 << 32
			}
			want := map[uint64][]byte{}
			revoked, all := 0, []thing{}
			n := rnd.Intn(8)
			for range n {
				for range rnd.Intn(4) {
					var list []thing
					for range 1 + rnd.Intn(30) {
						blk := wide + uint64(rnd.Intn(60))
						list = append(list, thing{blk, content(blk, m.tid+uint32(len(list)))})
					}
					if seed == 7 { // several descriptors in a row
						for i := range 90 {
							list = append(list, thing{uint64(1000 + i), content(uint64(1000+i), m.tid)})
						}
					}
					m.copies(list...)
					for _, c := range list {
						want[c.block] = c.data
					}
					all = append(all, list...)
				}
				if k.version == layout.JournalSuperblockV2 && rnd.Intn(2) == 0 {
					var list []uint64
					for range 1 + rnd.Intn(10) {
						blk := wide + uint64(rnd.Intn(60))
						list = append(list, blk)
						delete(want, blk)
						for i := range all {
							if all[i].block == blk && all[i].data != nil {
								all[i].data = nil
								revoked++
							}
						}
					}
					m.revoke(list...)
				}
				m.commit()
			}
			end := m.tid
			if seed%2 == 0 { // and one that was not ended
				m.copies(thing{wide + 7, content(7, 0)})
				m.revoke(wide + 8)
			}
			p, err := m.scan()
			if err != nil {
				t.Fatalf("%s, seed %d: %v", k.name, seed, err)
			}
			if p.Transactions != n || p.Sequence != end+1 || p.Revoked != revoked || len(p.Copies) != len(want) {
				t.Errorf("%s, seed %d: %d transactions to %d with %d copies, %d revoked; want %d to %d with %d, %d",
					k.name, seed, p.Transactions, p.Sequence, len(p.Copies), p.Revoked, n, end+1, len(want), revoked)
			}
			b := make([]byte, testBlock)
			for i, c := range p.Copies {
				if i > 0 && p.Copies[i-1].Block >= c.Block {
					t.Errorf("%s, seed %d: not ascending", k.name, seed)
				}
				if err := p.Read(c, b); err != nil || !bytes.Equal(b, want[c.Block]) {
					t.Errorf("%s, seed %d: block %d is %.30q, not %.30q; %v", k.name, seed, c.Block, b, want[c.Block], err)
				}
			}
			if len(p.Copies) > 2 {
				if w := p.Within(p.Copies[1].Block, p.Copies[2].Block+1); len(w) != 2 || w[0].Block != p.Copies[1].Block {
					t.Errorf("%s, seed %d: within: %v", k.name, seed, w)
				}
			}
		}
	}
}

func TestEmptied(t *testing.T) {
	for _, k := range kinds {
		m := newMaker(k, 5, 77)
		m.copies(thing{9, content(9, 1)})
		m.commit()
		j, err := Open(m.source(nil))
		if err != nil {
			t.Fatal(err)
		}
		p, err := j.Scan()
		if err != nil {
			t.Fatal(err)
		}
		m.file[0] = j.Emptied(p.Sequence)
		if j, err = Open(m.source(nil)); err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		if p, err = j.Scan(); err != nil || len(p.Copies) != 0 || p.Transactions != 0 || p.Sequence != 80 {
			t.Errorf("%s: %+v, %v", k.name, p, err)
		}
	}
}

// What is wrong is refused by name, or ends the log as it does for the kernel.
func TestDamage(t *testing.T) {
	const v1, v2, v3 = "checksums 1", "checksums 2", "checksums 3"
	// The log: 10 descriptor, 11 and 12 copies, 13 commit of 100; 14 descriptor,
	// 15 copy, 16 revoke, 17 commit of 101; 18 descriptor, 19 copy, 20 commit of 102.
	for _, c := range []struct {
		name, kind string
		spoil      func(m *maker)
		says       string // "" where transactions are the result
		n          int
	}{
		{"nothing", v3, func(*maker) {}, "", 3},
		{"magic of a descriptor", v3, func(m *maker) { m.file[14][0] ^= 1 }, "", 1},
		{"sequence of a descriptor", v3, func(m *maker) { m.file[14][11] ^= 1 }, "", 1},
		{"type of a descriptor", v3, func(m *maker) { m.file[14][7] = 9 }, "", 1},
		{"a superblock in the log", v3, func(m *maker) { m.file[14][7] = 4 }, "", 1},
		{"a tag", v3, func(m *maker) { m.file[14][15] ^= 1 }, "block 14, transaction 101: checksum", 0},
		{"a tag", v2, func(m *maker) { m.file[14][15] ^= 1 }, "block 14, transaction 101: checksum", 0},
		{"a tag", v1, func(m *maker) { m.file[14][15] ^= 1 }, "block 17, transaction 101: checksum of the transaction", 0},
		{"a copy", v3, func(m *maker) { m.file[15][500] ^= 1 }, "block 15, transaction 101: checksum of the copy of block 500", 0},
		{"a copy", v2, func(m *maker) { m.file[15][500] ^= 1 }, "block 15, transaction 101: checksum of the copy of block 500", 0},
		{"a copy", v1, func(m *maker) { m.file[15][500] ^= 1 }, "block 17, transaction 101: checksum of the transaction", 0},
		{"a copy, no checksums", "version 2", func(m *maker) { m.file[15][500] ^= 1 }, "", 3},
		{"a copy that is revoked", v3, func(m *maker) { m.file[12][500] ^= 1 }, "", 3},
		{"a copy that is replaced", v3, func(m *maker) { m.file[11][500] ^= 1 }, "block 11, transaction 100: checksum of the copy", 0},
		{"a revoke block", v3, func(m *maker) { m.file[16][19] ^= 1 }, "block 16, transaction 101: checksum", 0},
		{"a revoke block, no checksums", "version 2", func(m *maker) { binary.BigEndian.PutUint32(m.file[16][12:], 1025) }, "block 16, transaction 101: 1025 bytes", 0},
		{"too short a revoke block", "version 2", func(m *maker) { binary.BigEndian.PutUint32(m.file[16][12:], 15) }, "block 16, transaction 101: 15 bytes", 0},
		{"a revoke block up to its checksum", v3, func(m *maker) {
			b := layout.JournalBlock(m.file[16])
			b.SetRevokeBytes(1021)
			b.SetTailChecksum(b.ComputeTailChecksum(m.sb.ChecksumSeed()))
		}, "block 16, transaction 101: 1021 bytes", 0},
		{"a commit", v3, func(m *maker) { m.file[17][60] ^= 1 }, "block 17, transaction 101: checksum of the commit", 0},
		{"a commit", v1, func(m *maker) { m.file[17][17] ^= 1 }, "block 17, transaction 101: checksum of the transaction", 0},
		{"type of a checksum", v1, func(m *maker) { m.file[17][12] = 2 }, "block 17, transaction 101: checksum of the transaction", 0},
		{"a commit of an older kernel", v1, func(m *maker) { clear(m.file[17][12:20]) }, "", 3},
		{"no commit", v3, func(m *maker) { clear(m.file[17]) }, "", 1},
		{"the last commit", v3, func(m *maker) { m.file[20][60] ^= 1 }, "block 20, transaction 102: checksum of the commit", 0},
		{"async: the last copy", "checksums 1, async", func(m *maker) { m.file[19][9] ^= 1 }, "", 2},
		{"async: the copy before", "checksums 1, async", func(m *maker) { m.file[15][9] ^= 1 }, "block 17, transaction 101: checksum of the transaction", 0},
		{"async: the last commit", "checksums 3, 64bit, async", func(m *maker) { m.file[20][60] ^= 1 }, "", 2},
		{"async: the commit before", "checksums 3, 64bit, async", func(m *maker) { m.file[17][60] ^= 1 }, "block 17, transaction 101: checksum of the commit", 0},
		{"left by an earlier log: a commit", v3, func(m *maker) {
			layout.JournalBlock(m.file[20]).SetCommitTime(1)
		}, "", 2},
		{"left by an earlier log: a descriptor", v3, func(m *maker) {
			m.file[18][100] ^= 1
			layout.JournalBlock(m.file[20]).SetCommitTime(1)
		}, "", 2},
		{"left by an earlier log", v1, func(m *maker) {
			m.file[19][100] ^= 1
			layout.JournalBlock(m.file[20]).SetCommitTime(1)
		}, "", 2},
		{"a descriptor of the whole log", "version 2", func(m *maker) {
			*m = *newMaker(kinds[1], 1, 100)
			for range 9 {
				d := m.next()
				d.SetHeader(layout.JournalDescriptor, 100)
				for off := 12; off+8 <= testBlock; off += 8 {
					binary.BigEndian.PutUint16(d[off+6:], layout.JournalTagSameUUID)
				}
				m.at += 126
			}
		}, "but only", 0},
		{"a log in a circle", "version 2", func(m *maker) {
			for i := 1; i < testBlocks; i++ {
				b := layout.JournalBlock(m.file[i])
				clear(b)
				b.SetHeader(layout.JournalRevoke, 100)
				b.SetRevokeBytes(16)
			}
		}, "", 0},
		{"super: magic", v3, func(m *maker) { m.sb[0] = 0 }, "superblock: magic", 0},
		{"super: type", v3, func(m *maker) { m.sb[7] = 9 }, "superblock: type 9", 0},
		{"super: checksum", v3, func(m *maker) { m.sb[0x33] ^= 1 }, "superblock: checksum", 0},
		{"super: type of checksums", v3, func(m *maker) { m.sb[0x50] = 1 }, "superblock: checksums of type 1", 0},
		{"super: two checksums", v3, func(m *maker) { m.sb[0x2B] |= 8 }, "superblock: it has checksums of two versions", 0},
		{"super: two checksums", v3, func(m *maker) { m.sb[0x27] |= 1 }, "superblock: it has checksums of two versions", 0},
		{"super: incompatible", v3, func(m *maker) { m.sb[0x2B] |= 0x40 }, "its incompatible feature 0x40 is not known", 0},
		{"super: compatible", v3, func(m *maker) { m.sb[0x27] |= 0x2 }, "its compatible feature 0x2 is not known", 0},
		{"super: read-only compatible", v3, func(m *maker) { m.sb[0x2F] |= 0x8 }, "its read-only compatible feature 0x8 is not known", 0},
		{"super: users", "version 2", func(m *maker) { m.sb.SetNrUsers(2) }, "2 file systems share it", 0},
		{"super: version 1 with features", "version 1", func(m *maker) { m.sb.SetIncompat(1) }, "version 1, but has fields", 0},
		{"super: block size", "version 2", func(m *maker) { m.sb.SetBlockSize(4096) }, "superblock: blocks of 4096 bytes", 0},
		{"super: too long", "version 2", func(m *maker) { m.sb.SetMaxLen(testBlocks + 1) }, "superblock: it counts 1101 blocks", 0},
		{"super: too short", "version 2", func(m *maker) { m.sb.SetMaxLen(1000) }, "is too short", 0},
		{"super: first", "version 2", func(m *maker) { m.sb.SetFirst(0) }, "is too short", 0},
		{"super: first", "version 2", func(m *maker) { m.sb.SetFirst(1 << 31) }, "is too short", 0},
		{"super: start", "version 2", func(m *maker) { m.sb.SetStart(testBlocks) }, "superblock: it starts at block 1100", 0},
		{"super: start elsewhere", "version 2", func(m *maker) { m.sb.SetStart(14) }, "", 0},
		{"super: fast commits", "version 2", func(m *maker) { m.sb.SetIncompat(0x21) }, "256 of 1100 blocks cannot be for fast commits", 0},
	} {
		t.Run(c.name+", "+c.kind, func(t *testing.T) {
			var k kind
			for _, k = range kinds {
				if k.name == c.kind {
					break
				}
			}
			m := threeTransactions(k)
			c.spoil(m)
			p, err := m.scan()
			if c.says == "" {
				if err != nil || p.Transactions != c.n {
					t.Errorf("%+v, %v", p, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v, which does not say %q", err, c.says)
			}
			var bad *FormatError
			var feature *FeatureError
			if !errors.As(err, &bad) && !errors.As(err, &feature) {
				t.Errorf("%T", err)
			}
		})
	}
}

func threeTransactions(k kind) *maker {
	m := newMaker(k, 10, 100)
	m.copies(thing{500, content(500, 1)}, thing{501, content(501, 1)})
	m.commit()
	m.copies(thing{500, content(500, 2)})
	m.revoke(501)
	m.commit()
	m.copies(thing{502, content(502, 3)})
	m.commit()
	return m
}

// Fast commits count where they follow the last transaction, else they are old.
func TestFastCommits(t *testing.T) {
	for _, at := range []uint32{0, 1, 2} {
		for tid, refused := range map[uint32]bool{99: false, 102: false, 103: true, 104: false} {
			m := newMaker(kinds[1], 10, 100)
			m.sb.SetIncompat(m.sb.Incompat() | layout.JournalIncompatFastCommit)
			binary.BigEndian.PutUint32(m.sb[0x54:], 60)
			for i := range uint64(3) {
				m.copies(thing{500 + i, content(500, 1)})
				m.commit()
			}
			b := m.file[testBlocks-60+at]
			binary.LittleEndian.PutUint16(b, 9)
			binary.LittleEndian.PutUint16(b[2:], 8)
			binary.LittleEndian.PutUint32(b[8:], tid)
			p, err := m.scan()
			var feature *FeatureError
			if want := refused && at < 2; errors.As(err, &feature) != want {
				t.Errorf("transaction %d at %d: %v", tid, at, err)
			} else if !want && len(p.Copies) != 3 {
				t.Errorf("transaction %d at %d: %+v", tid, at, p)
			}
		}
	}
}

// FuzzScan spoils a log: six bytes a change, where and what.
func FuzzScan(f *testing.F) {
	for i := range kinds {
		f.Add(uint8(i), uint8(0), []byte{})
		f.Add(uint8(i), uint8(1), []byte{14, 0, 7, 0, 9, 1})
		f.Add(uint8(i), uint8(1), []byte{16, 0, 14, 0, 255, 0, 13, 0, 10, 0, 200, 2})
	}
	f.Fuzz(func(t *testing.T, which, seal uint8, patches []byte) {
		m := threeTransactions(kinds[int(which)%len(kinds)])
		for ; len(patches) >= 6; patches = patches[6:] {
			blk := int(binary.LittleEndian.Uint16(patches)) % testBlocks
			if patches[5]&1 == 0 {
				blk %= 24
			}
			off := int(binary.LittleEndian.Uint16(patches[2:])) % testBlock
			if patches[5]&2 == 0 {
				off %= 80
			}
			if patches[5]&4 != 0 { // a copy of another block
				copy(m.file[blk], m.file[off%testBlocks])
				continue
			}
			m.file[blk][off] = patches[4]
		}
		if seal&1 != 0 {
			for _, b := range m.file[1:] {
				j := layout.JournalBlock(b)
				switch {
				case !m.format.HasTail() || j.Magic() != layout.JournalMagic:
				case j.Type() == layout.JournalCommit:
					j.SetCommitChecksum(j.ComputeCommitChecksum(m.sb.ChecksumSeed()))
				default:
					j.SetTailChecksum(j.ComputeTailChecksum(m.sb.ChecksumSeed()))
				}
			}
			m.seal()
		}
		reads := 0
		j, err := Open(m.source(&reads))
		if err != nil {
			return
		}
		p, err := j.Scan()
		if reads > 6*testBlocks {
			t.Fatalf("%d blocks were read", reads)
		}
		if err != nil {
			return
		}
		b := make([]byte, testBlock)
		for i, c := range p.Copies {
			if i > 0 && p.Copies[i-1].Block >= c.Block {
				t.Fatal("not ascending")
			}
			if err := p.Read(c, b); err != nil {
				t.Fatal(err)
			}
		}
	})
}
