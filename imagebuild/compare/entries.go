package compare

import (
	"context"
	"fmt"
	"io"
	"strings"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/treediff"
)

// maxEntryFacts is how many differences are told of what is in one entry of a tarball.
const maxEntryFacts = 200

// insideEntries tells how kernel, ramdisk or another entry of two tarballs differ by what is in them: members of the
// ramdisk's archive, the kernel's version. It gives nothing where there is nothing to tell but bytes.
func insideEntries(ctx context.Context, who string, a, b block.Device, tempDir string) ([]Surrounding, error) {
	var out []Surrounding
	left := 0
	add := func(what, x, y string) {
		if len(out) == maxEntryFacts {
			left++
			return
		}
		out = append(out, Surrounding{"tarball", who + what, x, y})
	}
	section := func(d block.Device) *io.SectionReader { return io.NewSectionReader(d, 0, d.Size()) }
	_, err := treediff.Contents(ctx, "entry", section(a), section(b), treediff.Options{TempDir: tempDir, NoDiff: true}, func(d *treediff.Difference) error {
		if d.Within != "" {
			add(strings.TrimPrefix(d.Path, "/entry"), entryText(d.A, d.Lines, true), entryText(d.B, d.Lines, false))
			return nil
		}
		in := d.Inside
		if in == nil || in.Limit != "" {
			return nil
		}
		x, y := strings.Join(in.FormA, " "), strings.Join(in.FormB, " ")
		switch {
		case in.Same:
			add(" content", x, y+", the same, packed differently")
		case in.Members != nil:
			add(" content", x, fmt.Sprintf("%s, %d of %d members differ", y, in.Members.OnlyA+in.Members.OnlyB+in.Members.Changed, in.Members.Compared))
		case len(in.Facts) > 0:
			add(" content", x, y)
		}
		for _, f := range in.Facts {
			add(" "+f.What, f.A, f.B)
		}
		return nil
	})
	if left > 0 {
		more := fmt.Sprintf("%d more", left)
		out = append(out, Surrounding{"tarball", who + " content, other differences", more, more})
	}
	return out, err
}

// entryText describes a member on one side.
func entryText(f *treediff.File, l *treediff.Lines, old bool) string {
	if f == nil {
		return ""
	}
	words := []string{f.Type, f.Mode, fmt.Sprintf("%d:%d", f.UID, f.GID)}
	if f.Size != nil {
		words = append(words, fmt.Sprintf("%d bytes", *f.Size))
	}
	for _, s := range []string{f.Target, f.Device, f.HardLink} {
		if s != "" {
			words = append(words, s)
		}
	}
	switch {
	case l != nil && old:
		words = append(words, fmt.Sprintf("%d lines that are gone", l.OnlyA))
	case l != nil:
		words = append(words, fmt.Sprintf("%d lines that are new", l.OnlyB))
	case f.SHA256 != "":
		words = append(words, "sha256 "+f.SHA256)
	}
	return strings.Join(words, " ")
}
