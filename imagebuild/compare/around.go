package compare

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/source"
)

// facet is something that can be said of a source, as text. Those with a subject belong together: where the other source
// lacks the subject, that is one difference.
type facet struct{ place, subject, what, text string }

// facets are a source's, in the order in which they are told.
type facets []facet

func (f *facets) add(place, subject, what string, value any) {
	*f = append(*f, facet{place, subject, what, fmt.Sprint(value)})
}

func (f *facets) addTime(place, subject, what string, t time.Time) {
	f.add(place, subject, what, t.UTC().Format(time.RFC3339))
}

// surroundings compares what lies around the files of the root file system.
func surroundings(ctx context.Context, a, b image, times bool, tempDir string) ([]Surrounding, error) {
	fa, err := a.facets(times)
	if err != nil {
		return nil, source.At(a.Path, err)
	}
	fb, err := b.facets(times)
	if err != nil {
		return nil, source.At(b.Path, err)
	}
	if a.Kind == source.KindDisk || b.Kind == source.KindDisk { // a bare disk is no tarball that differs
		inTarball := func(f facet) bool { return f.place == "tarball" }
		fa, fb = slices.DeleteFunc(fa, inTarball), slices.DeleteFunc(fb, inTarball)
	}
	more, err := otherData(ctx, a, b, tempDir)
	if err != nil {
		return nil, err
	}
	out := append(compareFacets(fa, fb), more...)
	slices.SortStableFunc(out, func(x, y Surrounding) int { return cmp.Compare(placeRank(x.Place), placeRank(y.Place)) })
	return out, nil
}

// compareFacets tells those that differ, place by place.
func compareFacets(a, b facets) []Surrounding {
	type subject struct{ place, name string }
	haveA, haveB := map[subject]bool{}, map[subject]bool{}
	textB := map[facet]string{}
	for _, f := range a {
		haveA[subject{f.place, f.subject}] = true
	}
	for _, f := range b {
		haveB[subject{f.place, f.subject}] = true
		textB[f.key()] = f.text
	}
	out := []Surrounding{}
	told := map[facet]bool{}
	for _, f := range a {
		told[f.key()] = true
		if text := textB[f.key()]; text != f.text && haveB[subject{f.place, f.subject}] {
			out = append(out, Surrounding{f.place, f.name(), f.text, text})
		}
	}
	for _, f := range b {
		if !told[f.key()] && f.text != "" && haveA[subject{f.place, f.subject}] {
			out = append(out, Surrounding{f.place, f.name(), "", f.text})
		}
	}
	for _, side := range []struct {
		own   facets
		other map[subject]bool
		put   func(*Surrounding, string)
	}{
		{a, haveB, func(s *Surrounding, text string) { s.A = text }},
		{b, haveA, func(s *Surrounding, text string) { s.B = text }},
	} {
		done := map[subject]bool{}
		for _, f := range side.own {
			who := subject{f.place, f.subject}
			if side.other[who] || done[who] || who == (subject{"disk", ofTable}) { // that there is no table is told already
				continue
			}
			done[who] = true
			s := Surrounding{Place: f.place, What: f.subject}
			side.put(&s, side.own.summary(f.place, f.subject))
			out = append(out, s)
		}
	}
	return out
}

// ofTable is the subject of what a disk has only with a partition table.
const ofTable = "table"

// key is the facet without its text.
func (f facet) key() facet { return facet{place: f.place, subject: f.subject, what: f.what} }

// name of the facet in its place.
func (f facet) name() string {
	if f.subject == "" || f.subject == ofTable || strings.HasPrefix(f.place, "partition ") {
		return f.what
	}
	return f.subject + " " + f.what
}

// summary is all that is said of a subject.
func (f facets) summary(place, subject string) string {
	var out []string
	for _, x := range f {
		if x.place == place && x.subject == subject && x.text != "" {
			out = append(out, x.what+" "+x.text)
		}
	}
	return strings.Join(out, ", ")
}

// placeRank puts the places in order, from the outside in.
func placeRank(place string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(place, "partition "))
	switch {
	case place == "tarball":
		return -2
	case place == "disk":
		return -1
	case err == nil:
		return n
	}
	return math.MaxInt
}

func (s image) facets(times bool) (facets, error) {
	var f facets
	s.tarballFacets(&f, times)
	if err := s.diskFacets(&f); err != nil {
		return nil, err
	}
	r := s.Root.Info()
	f.add("root", "", "partition", s.Root.Name())
	f.add("root", "", "type", r.Type)
	f.add("root", "", "uuid", r.UUID)
	f.add("root", "", "label", r.Label)
	f.add("root", "", "blocks", fmt.Sprintf("%d of %d bytes", r.Blocks, r.BlockSize))
	f.add("root", "", "inodes", fmt.Sprintf("%d of %d bytes", r.Inodes, r.InodeSize))
	f.add("root", "", "features", strings.Join(slices.Sorted(slices.Values(r.Features)), " "))
	if times {
		f.addTime("root", "", "made", r.Made)
		f.addTime("root", "", "written", r.Written)
	}
	return f, nil
}

// tarballFacets tells of the entries: disk image, kernel and ramdisk by what they are for, others by name. What is in them
// is compared elsewhere.
func (s image) tarballFacets(f *facets, times bool) {
	info := s.ArchiveInfo()
	f.add("tarball", "", "layout", info.Layout)
	for _, e := range info.Entries {
		who := e.Role
		if e.Role == "folder" || e.Role == "other" {
			who = e.Role + " " + e.Name
		}
		f.add("tarball", who, "name", e.Name)
		f.add("tarball", who, "mode", e.Mode)
		f.add("tarball", who, "owner", e.Owner)
		if e.Role != "image" { // its size is that of the disk
			f.add("tarball", who, "size", e.Size)
		}
		if times {
			f.addTime("tarball", who, "time", e.ModTime)
		}
	}
}

// diskFacets tells of the partition table and of what boots.
func (s image) diskFacets(f *facets) error {
	d := s.DiskInfo()
	f.add("disk", "", "size", d.Size)
	f.add("disk", "", "table", d.Table)
	if d.Table == disk.None {
		return nil
	}
	f.add("disk", ofTable, "id", d.ID)
	f.add("disk", ofTable, "sector size", d.SectorSize)
	boot, err := s.digestOf(0, bootCode)
	if err != nil {
		return err
	}
	f.add("disk", ofTable, "boot code", boot)
	if start, end := s.gap(); start < end {
		gap, err := s.digestOf(start, end-start)
		if err != nil {
			return err
		}
		f.add("disk", ofTable, "gap before the first partition", gap)
	}
	for _, p := range d.Partitions {
		place := "partition " + strconv.Itoa(p.Number)
		f.add(place, "partition", "kind", p.Kind)
		f.add(place, "partition", "start", p.Start)
		f.add(place, "partition", "size", p.Size)
		f.add(place, "partition", "type", p.Type)
		f.add(place, "partition", "name", p.Name)
		f.add(place, "partition", "bootable", p.Bootable)
		if d.Table == disk.GPT { // in an MBR it is made of the disk's and the number
			f.add(place, "partition", "uuid", p.UUID)
		}
	}
	return nil
}
