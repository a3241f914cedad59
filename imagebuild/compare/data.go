package compare

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strconv"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/source"
)

// bootCode is how many bytes of the first sector are code. The disk's identifier and the table follow.
const bootCode = 440

// maxGap bounds what is read of the gap before the first partition.
const maxGap = 64 << 20

// gap is the range between the partition table and the first partition, where boot loaders put their second stage.
func (s image) gap() (start, end int64) {
	start = 512
	if s.Table.Kind == disk.GPT { // protective MBR, header, and entries, for which at least 16 KiB are set aside
		start = 2*s.Table.SectorSize + 16<<10
	}
	end = s.Disk.Size()
	for _, p := range s.Table.Partitions {
		end = min(end, p.Start)
	}
	if len(s.Table.Partitions) == 0 {
		end = start
	}
	return start, min(end, start+maxGap)
}

// digestOf is a digest of a part of the disk.
func (s image) digestOf(off, n int64) (string, error) {
	n = min(n, s.Disk.Size()-off)
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(s.Disk, off, n)); err != nil {
		return "", fmt.Errorf("%sreading %d bytes from %d: %w", s.DiskName(), n, off, err)
	}
	return fmt.Sprintf("%d bytes sha256 %x", n, h.Sum(nil)), nil
}

// otherData compares what is no file of the root file system: the other partitions, and the other entries of a tarball.
func otherData(ctx context.Context, a, b image, tempDir string) ([]Surrounding, error) {
	var out []Surrounding
	compare := func(place, what string, da, db block.Device) error {
		off, same, err := firstDifference(ctx, da, db)
		if err != nil {
			return fmt.Errorf("comparing %s of %s and %s: %w", place, a.Path, b.Path, err)
		}
		if !same {
			x, y := byteAt(da, off), byteAt(db, off)
			out = append(out, Surrounding{place, what, x, y})
		}
		return nil
	}
	for _, p := range a.Table.Partitions {
		i := slices.IndexFunc(b.Table.Partitions, func(q disk.Partition) bool { return q.Number == p.Number })
		if i < 0 || p.Kind == disk.Extended || p.Number == a.Root.Partition.Number {
			continue
		}
		q := b.Table.Partitions[i]
		if q.Kind == disk.Extended || q.Number == b.Root.Partition.Number || q.Size != p.Size {
			continue
		}
		da, errA := p.Open()
		db, errB := q.Open()
		if errA != nil || errB != nil { // it lies outside the disk, as a warning says
			continue
		}
		if err := compare("partition "+strconv.Itoa(p.Number), "content", da, db); err != nil {
			return nil, err
		}
	}
	if a.Kind == source.KindDisk || b.Kind == source.KindDisk {
		return out, nil
	}
	inB := map[string]block.Device{}
	for _, m := range b.otherEntries() {
		inB[m.who] = m.data
	}
	for _, m := range a.otherEntries() {
		other := inB[m.who]
		if other == nil {
			continue
		}
		inside, err := insideEntries(ctx, m.who, m.data, other, tempDir)
		if err != nil {
			return nil, fmt.Errorf("comparing %s of the tarballs %s and %s: %w", m.who, a.Path, b.Path, err)
		}
		if out = append(out, inside...); len(inside) == 0 && other.Size() == m.data.Size() {
			if err := compare("tarball", m.who+" content", m.data, other); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// otherEntry is a member of the tarball that has content and is not the disk.
type otherEntry struct {
	who  string
	data block.Device
}

func (s image) otherEntries() (out []otherEntry) {
	for i, e := range s.ArchiveInfo().Entries {
		data := s.Archive.Entries[i].Data
		if data == nil || e.Role == "image" {
			continue
		}
		who := e.Role
		if who == "other" {
			who += " " + e.Name
		}
		out = append(out, otherEntry{who, data})
	}
	return out
}

// firstDifference compares two devices of one size, holes unread.
func firstDifference(ctx context.Context, a, b block.Device) (off int64, same bool, err error) {
	const step = 1 << 20
	x, y := make([]byte, step), make([]byte, step)
	for size := a.Size(); off < size; {
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		startA, endA, err := block.NextData(a, off)
		if err != nil {
			return 0, false, err
		}
		startB, endB, err := block.NextData(b, off)
		if err != nil {
			return 0, false, err
		}
		start, end := startA, endA
		if startB < startA {
			start, end = startB, endB
		}
		if start >= size {
			break
		}
		n := min(end-start, step, size-start)
		if err := fullReadAt(a, x[:n], start); err != nil {
			return 0, false, err
		}
		if err := fullReadAt(b, y[:n], start); err != nil {
			return 0, false, err
		}
		if !bytes.Equal(x[:n], y[:n]) {
			for i := range n {
				if x[i] != y[i] {
					return start + i, false, nil
				}
			}
		}
		off = start + n
	}
	return 0, true, nil
}

// fullReadAt takes the end of the device right behind p for no error.
func fullReadAt(d block.Device, p []byte, off int64) error {
	n, err := d.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	return err
}

func byteAt(d block.Device, off int64) string {
	var p [1]byte
	if _, err := d.ReadAt(p[:], off); err != nil && err != io.EOF {
		return err.Error()
	}
	return fmt.Sprintf("0x%02x at byte %d, the first that differs", p[0], off)
}
