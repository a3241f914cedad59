package disk

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/block"
)

// locate gives the pieces of ranges, and sees to it that they cover them.
func locate(t testing.TB, table *Table, dev block.Device, asked ...block.Range) []Piece {
	t.Helper()
	var list []Piece
	i, pos := 0, asked[0].Off
	err := table.Locate(context.Background(), dev, asked, func(p Piece) error {
		for pos == asked[i].End() {
			i++
			pos = asked[i].Off
		}
		if p.Off != pos || p.Len <= 0 || p.End() > asked[i].End() || p.Whole.Off > p.Off || p.Whole.End() < p.End() {
			return fmt.Errorf("%v: %+v, expected from %d", p, p, pos)
		}
		pos = p.End()
		list = append(list, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pos != asked[len(asked)-1].End() {
		t.Fatalf("the pieces end at %d", pos)
	}
	return list
}

var someTables = map[string]string{
	"mbr":     "label: dos\nlabel-id: 0x11223344\nstart=2048, size=4096, type=83, bootable\nstart=8192, type=82\n",
	"logical": "label: dos\nstart=2048, size=2048, type=83\nstart=4096, size=12000, type=f\nstart=6144, size=1024, type=83\nstart=10240, size=1024, type=83\n",
	"gpt":     "label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\nstart=2048, size=4096, type=linux, name=root\nstart=8192, size=1024, type=swap\n",
}

func TestEveryByteHasOneOwner(t *testing.T) {
	for name, script := range someTables {
		path := newDisk(t, 8<<20, script)
		dev := open(t, path)
		table, err := Read(dev)
		if err != nil {
			t.Fatal(err)
		}
		all := locate(t, table, dev, block.Range{Len: dev.Size()})
		inPartitions := map[int]int64{}
		for _, p := range all {
			if p.Structure == StructurePartition {
				inPartitions[p.Partition] += p.Len
			}
		}
		for _, p := range table.Partitions {
			if p.Kind != Extended && inPartitions[p.Number] != p.Size {
				t.Errorf("%s: partition %d has %d of %d bytes", name, p.Number, inPartitions[p.Number], p.Size)
			}
		}
		for off := int64(0); off < dev.Size(); off += 1 + off/7 {
			one := locate(t, table, dev, block.Range{Off: off, Len: 1})[0]
			for _, p := range all {
				if p.Off <= off && off < p.End() && (p.String() != one.String() || p.Whole != one.Whole) {
					t.Errorf("%s: byte %d: %v and %v", name, off, p, one)
				}
			}
		}
		if err := table.Locate(context.Background(), dev, []block.Range{{Off: dev.Size(), Len: 1}}, nil); err == nil {
			t.Errorf("%s: a byte behind the disk has an owner", name)
		}
	}
}

func TestBareFileSystemIsOnePiece(t *testing.T) {
	dev := bytes.NewReader(make([]byte, 4096))
	table, err := Read(dev)
	if err != nil {
		t.Fatal(err)
	}
	list := locate(t, table, dev, block.Range{Off: 5, Len: 4000})
	if len(list) != 1 || list[0].Partition != 0 || list[0].String() != "disk" {
		t.Errorf("%v", list)
	}
}

// sfdisk changes fields that it knows by name.
func TestFieldsJudgedBySfdisk(t *testing.T) {
	type value = [2]string
	for _, c := range []struct {
		table string
		args  []string
		want  map[string]value // field, with the values before and after
	}{
		{"mbr", []string{"--disk-id", "0xcafe0001"}, map[string]value{"MBR: disk identifier": {"0x11223344", "0xcafe0001"}}},
		{"mbr", []string{"--part-type", "2", "8e"}, map[string]value{"MBR: partition 2, type": {"0x82", "0x8e"}}},
		{"mbr", []string{"--activate", "2"}, map[string]value{"MBR: partition 1, status": {"0x80", "0x00"}, "MBR: partition 2, status": {"0x00", "0x80"}}},
		{"logical", []string{"--part-type", "6", "82"}, map[string]value{"extended boot record 2 of partition 2: partition 1, type": {"0x83", "0x82"}}},
		{"gpt", []string{"--part-label", "2", "other"}, map[string]value{"GPT, partition entry 2: name": {`""`, `"other"`}, "backup GPT, partition entry 2: name": {`""`, `"other"`}}},
		{"gpt", []string{"--disk-id", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"}, map[string]value{
			"GPT header: disk identifier": {"11111111-2222-3333-4444-555555555555", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"}, "backup GPT header: disk identifier": {}}},
		{"gpt", []string{"--part-uuid", "1", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"}, map[string]value{"GPT, partition entry 1: identifier": {}, "backup GPT, partition entry 1: identifier": {}}},
	} {
		path := newDisk(t, 8<<20, someTables[c.table])
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		args := append([]string{"-q", "--no-reread", "--no-tell-kernel", c.args[0], path}, c.args[1:]...)
		run(t, "", "sfdisk", args...)
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		dev := bytes.NewReader(before)
		table, err := Read(dev)
		if err != nil {
			t.Fatal(err)
		}
		var asked []block.Range
		for i := range before {
			if before[i] != after[i] {
				asked = append(asked, block.Range{Off: int64(i), Len: 1})
			}
		}
		found := map[string]bool{}
		for _, p := range locate(t, table, dev, asked...) {
			want, ok := c.want[p.String()]
			if !ok && !strings.Contains(p.Field, "checksum") {
				t.Errorf("%v changes %v", c.args, p)
			}
			found[p.String()] = true
			was, errA := p.Value(dev)
			is, errB := p.Value(bytes.NewReader(after))
			if errA != nil || errB != nil || want != (value{}) && want != (value{was, is}) {
				t.Errorf("%v: %v is %s, then %s (%v, %v)", c.args, p, was, is, errA, errB)
			}
		}
		for name := range c.want {
			if !found[name] {
				t.Errorf("%v does not change %s", c.args, name)
			}
		}
	}
}
