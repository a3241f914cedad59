package main

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/treediff"
)

// written is what a text report writes.
func written(t *testing.T, o diffOptions, do func(*diffText) error) string {
	t.Helper()
	var b bytes.Buffer
	d := &diffText{w: bufio.NewWriter(&b), o: o, opened: func() {}}
	if err := do(d); err != nil {
		t.Fatal(err)
	}
	if err := d.w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPackagesInText(t *testing.T) {
	p := compare.Packages{
		A: compare.PackageList{Manager: "rpm", Count: 300}, B: compare.PackageList{Manager: "rpm", Count: 301, Notes: []string{"bad\x1b[2J"}},
		Changes: []compare.PackageChange{
			{Kind: compare.Upgraded, Name: "haproxy", Arch: "x86_64", A: "1.5.2-2.el6", B: "1.5.18-1.el6"},
			{Kind: compare.Added, Name: "nginx\x1b", Arch: "x86_64", B: "1.0"},
			{Kind: compare.Rebuilt, Name: "sudo", Arch: "x86_64", ArchA: "i686", A: "1.8", B: "1.8", Why: "architecture"},
		},
	}
	got := written(t, diffOptions{}, func(d *diffText) error { return d.Packages(p) })
	want := `warning  packages of B: "bad\x1b[2J"
packages  300 of rpm → 301 of rpm: 1 added, 1 upgraded, 1 rebuilt
  U haproxy      1.5.2-2.el6 → 1.5.18-1.el6  x86_64
  + "nginx\x1b"  1.0                         x86_64
  R sudo         1.8                         i686 → x86_64  architecture
`
	if got != want {
		t.Errorf("%s", got)
	}
	if got := written(t, diffOptions{nameOnly: true}, func(d *diffText) error { return d.Packages(p) }); got != "" {
		t.Errorf("only names: %s", got)
	}
}

// Fields of inodes share a line; of bytes that belong to two structures the most are told, and the rest summed up.
func TestDiskInText(t *testing.T) {
	list := []compare.DiskDifference{
		{Place: "partition 1", Structure: "superblock", What: "Free inodes (s_free_inodes_count)", A: "5", B: "4\x1b", Bytes: 1},
		{Place: "partition 1", Structure: "block bitmap", Bytes: 2, Count: 9, Unit: "bits", Groups: "0, 3-4"},
		{Place: "partition 1", Structure: "inode", What: "i_mtime", Bytes: 8, Count: 2, Unit: "inodes"},
		{Place: "partition 1", Structure: "inode", What: "i_size_lo", Bytes: 4, Count: 1, Unit: "inodes"},
		{Place: "partition 1", Structure: "superblock, backups", Bytes: 4, Count: 1, Unit: "copies"},
	}
	total := int64(19)
	for i := range 12 {
		list = append(list, compare.DiskDifference{Place: "partition 1", Structure: fmt.Sprintf("kind %d in A, free block in B", i), Mixed: true, Bytes: int64(100 + i), Count: 1, Unit: "blocks"})
		total += int64(100 + i)
	}
	got := written(t, diffOptions{}, func(d *diffText) error {
		for _, x := range list {
			if err := d.Disk(x); err != nil {
				return err
			}
		}
		return d.disks(total)
	})
	for _, want := range []string{
		fmt.Sprintf("disk      %d bytes differ, by what they belong to:\n", total), `Free inodes (s_free_inodes_count): 5 → "4\x1b"`, "9 bits in groups 0, 3-4\n",
		"12 bytes   i_mtime 2, i_size_lo 1\n", "in 1 copy\n", "111 bytes  in 1 block\n", "4 pairs of structures", "406 bytes",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "\x1b") || strings.Count(got, "\n") != 1+4+8+1 {
		t.Errorf("%s", got)
	}
}

// What an archive holds can steer no terminal.
func TestInsideInText(t *testing.T) {
	size := int64(3)
	f := &treediff.Difference{
		Path: "/a.tar!/\x1b[2J", Within: "/a.tar", Kind: treediff.Changed, Aspects: []treediff.Aspect{treediff.Content},
		A: &treediff.File{Type: "file", Size: &size}, B: &treediff.File{Type: "file", Size: &size},
		Inside: &treediff.Inside{FormA: []string{"gzip", "text"}, FormB: []string{"xz", "text"}, Note: "note \x07", Facts: []treediff.Fact{{What: "gzip name", A: "a\x1b", B: ""}}},
	}
	got := written(t, diffOptions{}, func(d *diffText) error { return d.File(f) })
	want := `M "/a.tar!/\x1b[2J"
    content   gzip text → xz text: 3 bytes → 3 bytes
              "note \a"
              gzip name: "a\x1b" → nothing
`
	if got != want {
		t.Errorf("%s", got)
	}
	for _, c := range []struct {
		lines treediff.Lines
		want  string
	}{{treediff.Lines{}, ""}, {treediff.Lines{OnlyA: 1, OnlyB: 2}, "  ++-"}, {treediff.Lines{OnlyA: 1, OnlyB: 9999}, "  " + strings.Repeat("+", 39) + "-"}, {treediff.Lines{OnlyA: 500, OnlyB: 0}, "  " + strings.Repeat("-", 40)}} {
		if got := bar(&c.lines); got != c.want {
			t.Errorf("%+v: %q", c.lines, got)
		}
	}
}
