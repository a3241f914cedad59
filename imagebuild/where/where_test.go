package where

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
)

var ctx = context.Background()

// twoSystems is a disk with a file system, a partition of something else, and another
// file system.
func twoSystems(t *testing.T) block.Writable {
	t.Helper()
	const mib = 1 << 20
	dev, err := block.CreateSparse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	dev.Grow(20 * mib)
	parts := []disk.NewPartition{{Start: mib, Size: 8 * mib, Type: 0x83}, {Start: 9 * mib, Size: mib, Type: 0x82}, {Start: 10 * mib, Size: 4 * mib, Type: 0x83}}
	if err := disk.WriteMBR(dev, 20*mib, nil, 0x12345678, parts...); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 2} {
		s, err := block.Section(dev, parts[i].Start, parts[i].Size)
		if err != nil {
			t.Fatal(err)
		}
		w := s.(block.Writable)
		if err := ext.Format(w, w.Size(), ext.FormatOptions{Label: fmt.Sprint("fs", i)}); err != nil {
			t.Fatal(err)
		}
		fs, err := ext.OpenWritable(w, w.Size(), ext.Options{Time: time.Unix(1400000000, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []error{fs.MkdirAll("etc/deep", 0o755), fs.WriteFile("etc/deep/hosts", bytes.Repeat([]byte("127.0.0.1 localhost\n"), 1000), 0o644), fs.Sync()} {
			if step != nil {
				t.Fatal(step)
			}
		}
	}
	return dev
}

func places(t *testing.T, m *Map, o Options, asked ...block.Range) (list []Place) {
	t.Helper()
	i, pos := 0, asked[0].Off
	err := m.Locate(ctx, asked, o, func(p Place) error {
		for pos == asked[i].End() {
			i++
			pos = asked[i].Off
		}
		if p.Off != pos || p.End() > asked[i].End() || p.Len <= 0 || p.Whole().Off > p.Off || p.Whole().End() < p.End() || p.Describe("") == "" {
			return fmt.Errorf("%s: %+v, expected from %d", p.Describe(""), p, pos)
		}
		pos = p.End()
		list = append(list, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if pos != asked[len(asked)-1].End() {
		t.Fatalf("the places end at %d", pos)
	}
	return list
}

func TestEveryByteOfADiskHasOneOwner(t *testing.T) {
	dev := twoSystems(t)
	table, err := disk.Read(dev)
	if err != nil {
		t.Fatal(err)
	}
	m := New(dev, table)
	seen := map[string]bool{}
	for _, p := range places(t, m, Options{}, block.Range{Len: dev.Size()}) {
		seen[p.Describe("")] = true
	}
	places(t, m, Options{Coarse: true}, block.Range{Len: 5}, block.Range{Off: 1 << 20, Len: 3 << 20}, block.Range{Off: 8 << 20, Len: 5 << 20})
	for _, want := range []string{
		"MBR: boot code", "MBR: partition 3, type", "gap between partitions", "partition 2: contents", "partition 1: superblock: s_volume_name",
		"partition 3: superblock: s_volume_name", "partition 3: inode 13: i_mtime", "partition 1: contents of inode 14: byte 0", "partition 1: journal (inode 8): superblock, s_start",
		`partition 1: directory of inode 2: entry "etc", inode`, "partition 3: inode 14: i_block, extent 0, ee_len",
	} {
		if !seen[want] {
			t.Errorf("no %s", want)
		}
	}
}

func TestValuesAndPathsOfADisk(t *testing.T) {
	dev := twoSystems(t)
	table, err := disk.Read(dev)
	if err != nil {
		t.Fatal(err)
	}
	m := New(dev, table)
	want := map[string]string{
		"MBR: disk identifier": "0x12345678", "partition 1: superblock: s_volume_name": `"fs0"`, "partition 3: superblock: s_volume_name": `"fs2"`,
		"partition 3: inode 14: i_mtime": "2014-05-13T16:53:20Z",
	}
	for _, p := range places(t, m, Options{}, block.Range{Len: dev.Size()}) {
		if text, ok := want[p.Describe("")]; ok && p.HasValue() {
			if got, err := p.Value(dev); err != nil || got != text {
				t.Errorf("%s: %s instead of %s (%v)", p.Describe(""), got, text, err)
			}
			delete(want, p.Describe(""))
		}
	}
	if len(want) > 0 {
		t.Errorf("not met: %v", want)
	}
	paths, err := m.Paths(ctx, 3, []uint32{14})
	if err != nil || len(paths[14]) != 1 || paths[14][0] != "/etc/deep/hosts" {
		t.Errorf("%v, %v", paths, err)
	}
	if _, err := m.Paths(ctx, 2, []uint32{14}); err == nil {
		t.Error("a swap partition has paths")
	}
}
