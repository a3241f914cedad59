package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/block"
)

// entry is an MBR entry.
func entry(kind byte, start, size uint32) []byte {
	e := make([]byte, 16)
	e[4] = kind
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], size)
	return e
}

// mbrDisk is a disk of so many sectors with boot records at the given sectors.
func mbrDisk(sectors int, records map[int][][]byte) []byte {
	d := make([]byte, sectors*512)
	for at, entries := range records {
		s := d[at*512 : at*512+512]
		copy(s[446:], bytes.Join(entries, nil))
		s[510], s[511] = 0x55, 0xaa
	}
	return d
}

func TestDamagedMBR(t *testing.T) {
	ext := entry(0x05, 100, 800)
	for _, c := range []struct {
		name    string
		disk    []byte
		numbers []int
		warn    string
	}{
		{"past the end", mbrDisk(1000, map[int][][]byte{0: {entry(0x83, 10, 2000)}}), []int{1}, "partition 1 reaches past the end"},
		{"far past the end", mbrDisk(1000, map[int][][]byte{0: {entry(0x83, 10, 5), entry(0x83, 1<<32-1, 1<<32-1)}}), []int{1, 2}, "partition 2 reaches past the end"},
		{"overlap", mbrDisk(1000, map[int][][]byte{0: {entry(0x83, 10, 500), entry(0x83, 100, 10)}}), []int{1, 2}, "partitions 1 and 2 overlap"},
		{"overlap of the third", mbrDisk(1000, map[int][][]byte{0: {entry(0x83, 10, 500), entry(0x83, 700, 10), entry(0x83, 300, 10)}}), []int{1, 2, 3}, "partitions 1 and 3 overlap"},
		{"no size", mbrDisk(1000, map[int][][]byte{0: {entry(0x83, 10, 0), entry(0x83, 20, 1)}}), []int{2}, "partition 1 has the type 83 and 0 sectors"},
		{"loop", mbrDisk(1000, map[int][][]byte{0: {ext}, 100: {entry(0x83, 1, 10), entry(0x05, 0, 10)}}), []int{1, 5}, "comes back to itself"},
		{"longer loop", mbrDisk(1000, map[int][][]byte{0: {ext}, 100: {entry(0x83, 1, 10), entry(0x05, 50, 10)}, 150: {entry(0x83, 1, 10), entry(0x05, 0, 10)}}), []int{1, 5, 6}, "comes back to itself"},
		{"chain off the disk", mbrDisk(1000, map[int][][]byte{0: {ext}, 100: {entry(0x83, 1, 10), entry(0x05, 1<<31, 10)}}), []int{1, 5}, "leaves the disk"},
		{"chain into nothing", mbrDisk(1000, map[int][][]byte{0: {ext}, 100: {entry(0x83, 1, 10), entry(0x05, 300, 10)}}), []int{1, 5}, "meets a sector that is no such record"},
		{"empty extended", mbrDisk(1000, map[int][][]byte{0: {ext}, 100: {}}), []int{1}, ""},
		{"stray third entry", mbrDisk(1000, map[int][][]byte{0: {ext}, 100: {entry(0x83, 1, 10), entry(0, 0, 0), entry(0x83, 850, 10), entry(0x83, 20, 10)}}), []int{1, 5, 6}, ""},
	} {
		table := read(t, bytes.NewReader(c.disk))
		var numbers []int
		for _, p := range table.Partitions {
			numbers = append(numbers, p.Number)
		}
		if !slices.Equal(numbers, c.numbers) || c.warn == "" && len(table.Warnings) > 0 || !strings.Contains(strings.Join(table.Warnings, "; "), c.warn) {
			t.Errorf("%s: numbers %v, warnings %q", c.name, numbers, table.Warnings)
		}
	}
	// A chain longer than anyone needs.
	records := map[int][][]byte{0: {entry(0x05, 100, 900)}}
	for i := range 120 {
		records[100+2*i] = [][]byte{entry(0x83, 1, 1), entry(0x05, uint32(2*i+2), 1)}
	}
	table := read(t, bytes.NewReader(mbrDisk(1000, records)))
	if n := len(table.Partitions); n != 1+maxLogical {
		t.Errorf("%d partitions of an endless chain", n)
	}
	// Past the end counts when it is opened.
	table = read(t, bytes.NewReader(mbrDisk(1000, map[int][][]byte{0: {entry(0x83, 10, 2000)}})))
	if _, err := table.Partitions[0].Open(); err == nil || !strings.Contains(err.Error(), "do not lie within the disk") {
		t.Error(err)
	}
}

type broken struct{ size int64 }

func (b broken) Size() int64                     { return b.size }
func (broken) ReadAt([]byte, int64) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

func TestReadError(t *testing.T) {
	if _, err := Read(broken{1 << 20}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

func TestFindRoot(t *testing.T) {
	dev := bytes.NewReader(mbrDisk(1000, map[int][][]byte{
		0: {entry(0x82, 10, 20), entry(0x83, 30, 20), entry(0x0f, 100, 800), entry(0x83, 900, 1000)}, 100: {entry(0x83, 1, 10)},
	}))
	table := read(t, dev)
	probe := func(roots ...int) func(block.Device, Partition) (Verdict, error) {
		return func(d block.Device, p Partition) (Verdict, error) {
			if d.Size() != p.Size {
				t.Errorf("partition %d has %d bytes and was opened with %d", p.Number, p.Size, d.Size())
			}
			return Verdict{slices.Contains(roots, p.Number), fmt.Sprintf("content %d", p.Number)}, nil
		}
	}
	for _, roots := range []int{1, 2, 5} {
		if p, err := FindRoot(table, probe(roots), 0); err != nil || p.Number != roots {
			t.Errorf("root %d: %d, %v", roots, p.Number, err)
		}
	}
	check := func(_ Partition, err, sentinel error, parts ...string) {
		t.Helper()
		if !errors.Is(err, sentinel) {
			t.Errorf("error %v, want %v", err, sentinel)
		}
		for _, s := range parts {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("error %v without %q", err, s)
			}
		}
	}
	find := func(roots []int, want int) (Partition, error) { return FindRoot(table, probe(roots...), want) }
	p, err := find([]int{2, 5}, 0)
	check(p, err, ErrAmbiguous, "partition 2 (Linux, 0 MiB): content 2", "partition 5", "--partition N")
	if strings.Contains(err.Error(), "content 1") {
		t.Errorf("lists what is no root: %v", err)
	}
	p, err = find(nil, 0)
	check(p, err, ErrNoRoot, "content 1", "content 2", "content 5", "partition 4 (Linux, 0 MiB): reaches past the end", "--partition N")
	p, err = find(nil, 9)
	check(p, err, ErrNumber, "has 1, 2, 4, 5")
	if p, err := find(nil, 5); err != nil || p.Number != 5 {
		t.Errorf("chosen 5: %+v, %v", p, err)
	}
	if _, err := find(nil, 4); err == nil {
		t.Error("a partition past the end was chosen")
	}
	if _, err := find(nil, 3); err == nil {
		t.Error("an extended partition was chosen")
	}
	_, err = FindRoot(table, func(block.Device, Partition) (Verdict, error) { return Verdict{}, errBroken }, 0)
	check(Partition{}, err, errBroken, "partition 1")
	bare := read(t, bytes.NewReader(make([]byte, 4096)))
	_, err = FindRoot(bare, probe(), 0)
	check(Partition{}, err, ErrNoRoot, "no partition table: content 0")
	if p, err := FindRoot(bare, probe(0), 0); err != nil || p.Number != 0 || p.Size != 4096 {
		t.Errorf("bare: %+v, %v", p, err)
	}
	_, err = FindRoot(bare, probe(), 1)
	check(Partition{}, err, ErrNumber, "leave --partition out")
}

func TestWriteMBR(t *testing.T) {
	need(t, "sfdisk")
	const size = 64 << 20
	path := filepath.Join(t.TempDir(), "disk.img")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Truncate(size)
	code := bytes.Repeat([]byte{0xfa}, 440)
	parts := []NewPartition{
		{Start: 1 << 20, Size: 40 << 20, Type: 0x83, Bootable: true},
		{Start: 41 << 20, Size: size - 41<<20, Type: 0x82},
	}
	if err := WriteMBR(f, size, code, 0x0badcafe, parts...); err != nil {
		t.Fatal(err)
	}
	table := read(t, open(t, path))
	judge(t, table, path)
	if table.DiskID != "0x0badcafe" || len(table.Partitions) != 2 || table.Partitions[1].Size != 23<<20 {
		t.Errorf("read back as %+v", table)
	}
	run(t, "", "sfdisk", "--verify", path)
	// What sfdisk makes of the same table differs in no byte.
	sector := make([]byte, 512)
	f.ReadAt(sector, 0)
	other := newDisk(t, size, "label: dos\nlabel-id: 0x0badcafe\nstart=2048, size=81920, type=83, bootable\nstart=83968, size=47104, type=82\n")
	o, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(sector[440:], o[440:512]) {
		t.Errorf("\n% x, and sfdisk makes\n% x", sector[440:], o[440:512])
	}
	if !bytes.Equal(sector[:440], code) {
		t.Error("the boot code differs")
	}
	for name, bad := range map[string]error{
		"code":    WriteMBR(f, size, make([]byte, 441), 1),
		"five":    WriteMBR(f, size, nil, 1, make([]NewPartition, 5)...),
		"overlap": WriteMBR(f, size, nil, 1, parts[1], parts[0]),
		"end":     WriteMBR(f, size, nil, 1, NewPartition{Start: 1 << 20, Size: size, Type: 0x83}),
		"odd":     WriteMBR(f, size, nil, 1, NewPartition{Start: 1000, Size: 1024, Type: 0x83}),
		"front":   WriteMBR(f, size, nil, 1, NewPartition{Start: 0, Size: 1024, Type: 0x83}),
		"type":    WriteMBR(f, size, nil, 1, NewPartition{Start: 512, Size: 1024}),
	} {
		if bad == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
