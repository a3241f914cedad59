package verify

import (
	"context"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/where"
)

// spot are the differing bytes that belong together: of one field, of the contents of
// one file, of one bitmap.
type spot struct {
	where.Place
	first int64 // differing byte on the disk
	bytes int64
}

// key names what bytes belong together.
func key(p where.Place) string {
	k := fmt.Sprintf("%d|%s", p.Partition, p.Subject(""))
	if p.FS != nil && p.HasValue() {
		return fmt.Sprintf("%s|%d", k, p.FS.Whole.Off)
	}
	if p.FS != nil {
		return k + "|" + p.FS.Part
	}
	return k + "|" + p.Disk.Field
}

// maxKeys bounds how many places and inodes are told apart.
const maxKeys = 1 << 16

// spots finds what the ranges belong to: the first places, and how many there are.
func spots(ctx context.Context, m *where.Map, r *ranges, size int64) (list []*spot, c Counts, err error) {
	all, inodes := map[string]*spot{}, map[[2]int64]bool{}
	c.AtLeast = r.full
	asked := slices.Clone(r.list)
	for i := range asked { // what lies behind the disk's end is told by its size
		if asked[i].End() > size {
			asked[i].Len = max(0, size-asked[i].Off)
		}
	}
	asked = slices.DeleteFunc(asked, func(r block.Range) bool { return r.Len == 0 })
	err = m.Locate(ctx, asked, where.Options{}, func(p where.Place) error {
		if ino := p.Inode(); ino != 0 && len(inodes) < maxKeys {
			inodes[[2]int64{int64(p.Partition), int64(ino)}] = true
		}
		k := key(p)
		s := all[k]
		switch {
		case s != nil:
			s.bytes += p.Len
		case len(all) >= maxKeys:
			c.AtLeast = true
		default:
			s = &spot{Place: p, first: p.Off, bytes: p.Len}
			all[k] = s
			if len(list) < MaxPlaces {
				list = append(list, s)
			} else {
				s.Place = where.Place{} // it is counted only
			}
		}
		return nil
	})
	c.Places, c.Inodes = len(all), len(inodes)
	return list, c, err
}

// disks compares the two disks where ranges says that they differ.
func (f *found) disks(ctx context.Context, m *where.Map, r *ranges, output, rebuild block.Device) error {
	list, c, err := spots(ctx, m, r, rebuild.Size())
	if err != nil {
		return err
	}
	paths, err := pathsOf(ctx, m, list)
	if err != nil {
		return err
	}
	room := MaxPlaces - len(f.list)
	for i, s := range list {
		if i >= room {
			break
		}
		d, err := s.difference(paths[s.Partition][s.Inode()], output, rebuild)
		if err != nil {
			return err
		}
		f.list = append(f.list, d)
	}
	f.counts.Places += c.Places
	f.counts.Bytes += r.bytes
	f.counts.Blocks, f.counts.Inodes = r.blocks, c.Inodes
	f.counts.AtLeast = f.counts.AtLeast || c.AtLeast
	return nil
}

// pathsOf are the names of the inodes of the places, by partition.
func pathsOf(ctx context.Context, m *where.Map, list []*spot) (map[int]map[uint32][]string, error) {
	inodes := map[int][]uint32{}
	for _, s := range list {
		if ino := s.Inode(); ino != 0 {
			inodes[s.Partition] = append(inodes[s.Partition], ino)
		}
	}
	out := map[int]map[uint32][]string{}
	for partition, list := range inodes {
		paths, err := m.Paths(ctx, partition, list)
		if err != nil {
			return nil, err
		}
		out[partition] = paths
	}
	return out, nil
}

func (s *spot) difference(paths []string, output, rebuild block.Device) (Difference, error) {
	d := Difference{Layer: LayerDisk, Inode: s.Inode(), Paths: paths, Offset: s.first, Bytes: s.bytes, Partition: max(s.Partition, 0)}
	path := ""
	if len(paths) > 0 {
		path = paths[0]
	}
	d.Where = s.Describe(path)
	if s.FS != nil {
		d.Field = s.FS.Field
	} else {
		d.Field = s.Disk.Field
	}
	var err error
	if s.HasValue() && s.valueIsShort() {
		if d.Output, err = s.Value(output); err == nil {
			d.Rebuild, err = s.Value(rebuild)
		}
	} else {
		d.Output, d.Rebuild, err = s.bytesOf(output, rebuild)
	}
	if err == nil && d.Output == d.Rebuild { // it differs further on than words go
		d.Output, d.Rebuild, err = s.bytesOf(output, rebuild)
	}
	if s.FS != nil && (s.FS.Kind == ext.PieceBlockBitmap || s.FS.Kind == ext.PieceInodeBitmap) && s.FS.Field == "" && err == nil {
		d.Output, d.Rebuild, err = s.bits(output, rebuild)
	}
	return d, err
}

// valueIsShort tells a field from the contents of a whole block.
func (s *spot) valueIsShort() bool { return s.Whole().Len <= 1024 }

// bytesOf are the first bytes from the first that differs on.
func (s *spot) bytesOf(output, rebuild block.Device) (a, b string, err error) {
	n := min(16, s.Whole().End()-s.first)
	x, y := make([]byte, n), make([]byte, n)
	for _, side := range []struct {
		dev block.Device
		b   []byte
	}{{output, x}, {rebuild, y}} {
		if _, err := side.dev.ReadAt(side.b, s.first); err != nil && err != io.EOF {
			return "", "", err
		}
	}
	return snippet(x), snippet(y), nil
}

// bits says what the first differing bit of a bitmap means.
func (s *spot) bits(output, rebuild block.Device) (a, b string, err error) {
	x, y := make([]byte, 1), make([]byte, 1)
	if _, err = output.ReadAt(x, s.first); err == nil || err == io.EOF {
		_, err = rebuild.ReadAt(y, s.first)
	}
	if err != nil && err != io.EOF {
		return "", "", err
	}
	bit := bits.TrailingZeros8(x[0] ^ y[0])
	what, step := "inode", uint64(1)
	if s.FS.Kind == ext.PieceBlockBitmap {
		what, step = "block", max(1, (s.FS.Last-s.FS.First+1)/uint64(8*s.FS.Len))
	}
	say := func(c byte) string {
		state := "free"
		if c>>bit&1 == 1 {
			state = "in use"
		}
		return fmt.Sprintf("%s %d %s", what, s.FS.First+uint64(bit)*step, state)
	}
	return say(x[0]), say(y[0]), nil
}
