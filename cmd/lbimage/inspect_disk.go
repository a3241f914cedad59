package main

import (
	"fmt"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/source"
)

func writeSource(t *sheet, in *imagebuild.Inspection) {
	t.line("source", "%s (%s)", in.Source.Name, sourceText(in.Source))
	t.line("", "sha256 %s", in.Source.SHA256)
	if p := in.Source.Package; p != nil {
		t.line("package", "%s, built %s", p.Name, p.BuildTime.Format("2006-01-02 15:04 MST"))
		t.line("", "verified: %s", orNone(p.Verified))
		t.line("tarball", "%s", p.Member)
		if in.Kickstart != "" {
			t.line("kickstart", "%s; 'lbimage check --own-kickstart' holds the image against it", in.Kickstart)
		}
	}
	if a := in.Archive; a != nil {
		t.line("layout", "%s", a.Layout)
		var rows [][]string
		for _, e := range a.Entries {
			rows = append(rows, []string{e.Mode, bytesText(e.Size), e.Name + enclosed(e.Role)})
		}
		t.table("", rows)
	}
}

func writeDisk(t *sheet, in *imagebuild.Inspection) {
	d := in.Disk
	table := "no partition table"
	if len(d.Partitions) > 0 {
		table = strings.TrimSpace(d.Table + " " + d.ID)
	}
	t.line("disk", "%s, %s, %s", d.Name, bytesText(d.Size), table)
	var rows [][]string
	for _, p := range d.Partitions {
		var notes []string
		if p.Bootable {
			notes = append(notes, "bootable")
		}
		if p.Name != "" {
			notes = append(notes, fmt.Sprintf("%q", p.Name))
		}
		if p.Root {
			notes = append(notes, "the root")
		}
		rows = append(rows, []string{fmt.Sprint(p.Number), bytesText(p.Size), fmt.Sprintf("from byte %d", p.Start), typeText(p), strings.Join(notes, ", ")})
	}
	t.table("", rows)
	r := in.Root
	t.line("root", "%s, label %q, uuid %s, blocks of %d bytes, inodes of %d", r.Type, r.Label, r.UUID, r.BlockSize, r.InodeSize)
	t.line("", "%s", strings.Join(r.Features, " "))
	if r.NotEditable != "" {
		t.line("", "cannot be edited: %s", r.NotEditable)
	}
	s := in.Space
	t.table("space", [][]string{
		{bytesText(s.FreeBytes), "free of", bytesText(s.Bytes), fmt.Sprintf("%d %%", s.FreePercent)},
		{thousands(s.FreeInodes), "inodes free of", thousands(s.Inodes), fmt.Sprintf("%d %%", s.FreeInodePercent)},
	})
	w := in.Walk
	t.line("", "%s, %s, %s%s", count(w.Files, "file", "files"), count(w.Folders, "folder", "folders"), count(w.Symlinks, "symbolic link", "symbolic links"), others(w.Others))
}

func others(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", 1 device, pipe or socket"
	}
	return fmt.Sprintf(", %s devices, pipes and sockets", thousands(n))
}

func typeText(p source.PartitionInfo) string {
	if p.TypeName == "" {
		return "type " + p.Type
	}
	return p.TypeName
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "nothing, it has no digests"
	}
	return strings.Join(list, ", ")
}
