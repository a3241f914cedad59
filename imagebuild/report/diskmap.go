package report

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"sort"

	"lbimage/imagebuild"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/page"
)

// diskMap is a disk as it is drawn, with what the pictures show in words.
type diskMap struct {
	Strip    page.Strip
	Parts    []partRow
	Grid     *page.Grid
	Use      []page.Fact
	Changed  page.Table
	CellSize string
	Note     string // why a part is missing; empty for none
}

// partRow is a line of the legend of the strip.
type partRow struct {
	Class string
	Name  string
	Start string
	Size  string
	Type  string
}

// mapOf draws the disk of an image whose edits are made.
func mapOf(ctx context.Context, f *imagebuild.Finished) (*diskMap, error) {
	m := &diskMap{Strip: page.Strip{Name: "Partitions of the disk, to scale", Size: f.Disk.Size()}}
	m.parts(f)
	root := f.Source.Root.Partition
	size := root.Size
	if root.Number == 0 {
		size = f.Disk.Size()
	}
	info := f.Root.Info()
	bs := int64(info.BlockSize)
	m.Grid = page.NewGrid("Use of the root file system, cell by cell", min(size, int64(info.Blocks)*bs))
	m.CellSize = page.Size(m.Grid.Cell)
	changed := within(f.Changed, root.Start, m.Grid.Size)
	for _, r := range changed {
		m.Grid.Change(r.Off, r.Len)
	}
	by, err := m.usage(f.Root, bs, changed)
	if err != nil {
		m.Note = "The map of blocks cannot be read: " + err.Error()
		m.Grid = nil
		return m, nil
	}
	total := int64(0)
	for _, r := range changed {
		total += r.Len
	}
	m.Use = []page.Fact{
		{Name: "files and folders", Value: page.Size(by.use[page.Files])},
		{Name: "file system’s own", Value: page.Size(by.use[page.Own])},
		{Name: "free", Value: page.Size(by.use[page.Free])},
		{Name: "changed", Value: fmt.Sprintf("%s in %s of %s", page.Size(total), page.Counted(m.Grid.Changed(), "cell", "cells"), m.CellSize)},
	}
	return m, m.changes(ctx, f, bs, changed, by)
}

// parts are the partitions, and what lies between them.
func (m *diskMap) parts(f *imagebuild.Finished) {
	list := slices.Clone(f.Source.Table.Partitions)
	slices.SortStableFunc(list, func(a, b disk.Partition) int { return cmp.Compare(a.Start, b.Start) })
	root := f.Source.Root.Partition.Number
	if root == 0 {
		m.Strip.Parts = []page.Part{{Size: m.Strip.Size, Class: "p0"}}
		m.Parts = []partRow{{"p0", "the root file system, without a partition table", "0", page.Size(m.Strip.Size), f.Source.Root.FS.Info().Type}}
		return
	}
	shown := 0
	for _, p := range list {
		class := "p0"
		switch {
		case p.Kind == disk.Extended: // it is around others
			class = "gap"
		case p.Number != root:
			class = fmt.Sprintf("p%d", 1+shown%5)
			shown++
		}
		if p.Kind != disk.Extended {
			m.Strip.Parts = append(m.Strip.Parts, page.Part{Start: p.Start, Size: p.Size, Class: class})
		}
		row := partRow{class, fmt.Sprintf("partition %d", p.Number), page.Size(p.Start), page.Size(p.Size), p.TypeName}
		if row.Type == "" {
			row.Type = p.Type
		}
		if p.Number == root {
			row.Name += ", the root: " + f.Source.Root.FS.Info().Type
		}
		m.Parts = append(m.Parts, row)
	}
}

// tally is how many bytes are used for what, and of them how many have changed.
type tally struct{ use, changed [3]int64 }

var kindOf = map[ext.Use]page.Kind{ext.UseFree: page.Free, ext.UseFiles: page.Files, ext.UseStructures: page.Own}

func (m *diskMap) usage(root *ext.FS, bs int64, changed []block.Range) (tally, error) {
	var by tally
	err := root.Usage(func(start, blocks uint64, use ext.Use) error {
		off, n, kind := int64(start)*bs, int64(blocks)*bs, kindOf[use]
		m.Grid.Add(off, n, kind)
		by.use[kind] += n
		by.changed[kind] += overlap(changed, off, n)
		return nil
	})
	return by, err
}

// changes lists what the changed blocks hold.
func (m *diskMap) changes(ctx context.Context, f *imagebuild.Finished, bs int64, changed []block.Range, by tally) error {
	type share struct {
		path  string
		bytes int64
	}
	var list []share
	inodes := map[uint32]bool{}
	rest := by.changed[page.Files]
	for _, name := range touched(f) {
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := f.Root.Lstat(name)
		if err != nil { // it went with its folder
			continue
		}
		if st, ok := info.Sys().(*ext.Stat); ok {
			if inodes[st.Ino] { // another name of it was there
				continue
			}
			inodes[st.Ino] = true
		}
		sum := int64(0)
		err = f.Root.Extents(name, func(e ext.Extent) error {
			sum += overlap(changed, int64(e.Physical)*bs, int64(e.Blocks)*bs)
			return nil
		})
		if err != nil { // what is damaged, the checks tell
			continue
		}
		if sum > 0 {
			list = append(list, share{"/" + name, sum})
			rest -= sum
		}
	}
	slices.SortStableFunc(list, func(a, b share) int { return cmp.Compare(b.bytes, a.bytes) })
	m.Changed = page.Table{Name: "What the changed blocks hold", Heads: []string{"What", "Changed"}}
	add := func(what string, n int64) {
		if n > 0 {
			m.Changed.Add(what, page.Size(n))
		}
	}
	add("the file system’s own structures", by.changed[page.Own])
	for _, s := range list {
		if s.path == "/." {
			s.path = "/"
		}
		add(s.path, s.bytes)
	}
	add("other folders and attributes", rest)
	add("blocks that are free now", by.changed[page.Free])
	return nil
}

// touched are the paths that were changed, and the folders that they lie in, as package io/fs writes them.
func touched(f *imagebuild.Finished) []string {
	seen := map[string]bool{}
	var out []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, c := range f.Changes {
		if !c.Changed() {
			continue
		}
		add(path.Dir(c.Name()))
		if c.After != nil {
			add(c.Name())
		}
	}
	return out
}

// within are the parts of sorted ranges that lie in a window, counted from its start.
func within(all []block.Range, start, size int64) []block.Range {
	var out []block.Range
	for _, r := range all {
		from, to := max(r.Off, start), min(r.Off+r.Len, start+size)
		if from < to {
			out = append(out, block.Range{Off: from - start, Len: to - from})
		}
	}
	return out
}

// overlap is how many of n bytes from off on lie in sorted ranges.
func overlap(all []block.Range, off, n int64) int64 {
	sum := int64(0)
	i := sort.Search(len(all), func(i int) bool { return all[i].Off+all[i].Len > off })
	for ; i < len(all) && all[i].Off < off+n; i++ {
		sum += min(all[i].Off+all[i].Len, off+n) - max(all[i].Off, off)
	}
	return sum
}
