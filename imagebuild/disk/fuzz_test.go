package disk

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"lbimage/imagebuild/block"
)

// fixGPT gives data with the checksums of a GPT made right, so that the fuzzer
// gets past them.
func fixGPT(data []byte) []byte {
	data = bytes.Clone(data)
	for _, at := range []int{512, 4096, len(data) - 512} {
		if at < 512 || at+512 > len(data) || string(data[at:at+8]) != "EFI PART" {
			continue
		}
		h := data[at : at+gptHeaderSize]
		sector := uint64(512)
		if at == 4096 {
			sector = 4096
		}
		start, n := gptHeader(h).entriesLBA(), uint64(gptHeader(h).entryCount())*128
		if start < uint64(len(data)) && start*sector < uint64(len(data)) && n <= uint64(len(data))-start*sector {
			binary.LittleEndian.PutUint32(h[88:], crc32.ChecksumIEEE(data[start*sector:start*sector+n]))
		}
		clear(h[16:20])
		binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(h))
	}
	return data
}

func FuzzRead(f *testing.F) {
	f.Add(mbrDisk(300, map[int][][]byte{0: {entry(0x83, 10, 20), entry(0x05, 100, 200)}, 100: {entry(0x83, 1, 10), entry(0x05, 50, 10)}, 150: {entry(0x83, 1, 10)}}))
	gpt := mbrDisk(80, map[int][][]byte{0: {entry(0xee, 1, 79)}})
	for at, entries := range map[int]uint64{1: 2, 79: 78} {
		h := gpt[at*512:]
		copy(h, "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
		binary.LittleEndian.PutUint64(h[24:], uint64(at))
		binary.LittleEndian.PutUint64(h[72:], entries)
		binary.LittleEndian.PutUint32(h[80:], 4)
		binary.LittleEndian.PutUint32(h[84:], 128)
		e := gpt[entries*512:]
		copy(e, "some type, and an identifier as well")
		binary.LittleEndian.PutUint64(e[32:], 10)
		binary.LittleEndian.PutUint64(e[40:], 20)
	}
	if table, err := Read(bytes.NewReader(fixGPT(gpt))); err != nil || len(table.Partitions) != 1 {
		f.Fatalf("the seed is no GPT: %+v, %v", table, err)
	}
	f.Add(gpt)
	f.Fuzz(func(t *testing.T, data []byte) {
		data = fixGPT(data)
		table, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		last := -1
		for _, p := range table.Partitions {
			if p.Number <= last {
				t.Errorf("partition %d after %d", p.Number, last)
			}
			last = p.Number
			if p.Start < 0 || p.Size <= 0 || p.Start > (1<<63-1)-p.Size {
				t.Errorf("partition %+v", p)
			}
			if d, err := p.Open(); err == nil && (d.Size() != p.Size || p.Start+p.Size > int64(len(data))) {
				t.Errorf("partition %+v opened with %d bytes of %d", p, d.Size(), len(data))
			}
		}
		if len(data) > 0 {
			locate(t, table, bytes.NewReader(data), block.Range{Len: int64(len(data))})
		}
	})
}
