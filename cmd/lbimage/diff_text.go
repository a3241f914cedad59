package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/fsedit"
	"lbimage/imagebuild/treediff"
)

// diffText writes differences for people. What comes from an image is quoted where it cannot be printed.
type diffText struct {
	w      *bufio.Writer
	o      diffOptions
	opened func() // takes the progress off the screen
	disk   []compare.DiskDifference
}

func (d *diffText) Begin(a, b compare.Side, around []compare.Surrounding) error {
	d.opened()
	t := tabwriter.NewWriter(d.w, 0, 0, 2, ' ', 0)
	for _, s := range []compare.Side{a, b} {
		for _, w := range s.Warnings {
			fmt.Fprintf(t, "warning\t%s: %s\n", s.Name, fsedit.Printable(w))
		}
	}
	for _, s := range around {
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Place, fsedit.Printable(s.What), step(s.A, s.B))
	}
	return t.Flush()
}

// step shows both sides of what differs.
func step(a, b string) string { return orNothing(a) + " → " + orNothing(b) }

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return fsedit.Printable(s)
}

func (d *diffText) File(f *treediff.Difference) error {
	path := fsedit.Printable(f.Path)
	switch {
	case d.o.nameOnly:
		fmt.Fprintln(d.w, path)
	case d.o.brief:
		fmt.Fprintf(d.w, "%c %s\n", mark(f), path)
	case d.o.stat:
		fmt.Fprintf(d.w, "%c %s  %s%s\n", mark(f), path, strings.Join(brief(f), ", "), bar(f.Lines))
	case f.Kind == treediff.OnlyA:
		fmt.Fprintf(d.w, "- %s  %s\n", path, single(f.A))
	case f.Kind == treediff.OnlyB:
		fmt.Fprintf(d.w, "+ %s  %s\n", path, single(f.B))
	default:
		fmt.Fprintf(d.w, "%c %s\n", mark(f), path)
		for _, a := range f.Aspects {
			for _, line := range aspect(f, a) {
				fmt.Fprintf(d.w, "    %-9s %s\n", line[0], line[1])
			}
		}
	}
	_, err := io.WriteString(d.w, check.Lines(f.Diff))
	return err
}

func mark(f *treediff.Difference) byte {
	switch {
	case f.Kind == treediff.OnlyA:
		return '-'
	case f.Kind == treediff.OnlyB:
		return '+'
	case f.Has(treediff.Type):
		return 'T'
	}
	return 'M'
}

// brief names the respects in which a path differs, with the number of lines.
func brief(f *treediff.Difference) []string {
	var out []string
	for _, a := range f.Aspects {
		switch {
		case a == treediff.Content && f.Lines != nil:
			out = append(out, linesText(f.Lines))
		case a == treediff.Content && f.Inside != nil && f.Inside.Same:
			out = append(out, "packed differently")
		case a == treediff.Content && f.Inside != nil && f.Inside.Members != nil && f.Inside.Members.Differ():
			out = append(out, membersText(f.Inside.Members))
		case a == treediff.Content:
			out = append(out, fmt.Sprintf("%d → %d bytes", *f.A.Size, *f.B.Size))
		default:
			out = append(out, string(a))
		}
	}
	for _, side := range []*treediff.File{f.A, f.B} {
		switch {
		case f.Kind == treediff.Changed || side == nil:
		case f.Lines != nil:
			out = append(out, linesText(f.Lines))
		case side.Size != nil:
			out = append(out, fmt.Sprintf("%d bytes", *side.Size))
		default:
			out = append(out, side.Type)
		}
	}
	return out
}

func linesText(l *treediff.Lines) string { return fmt.Sprintf("-%d +%d lines", l.OnlyA, l.OnlyB) }

// single describes what is in one image only.
func single(f *treediff.File) string {
	out := []string{f.Type, f.Mode, ownerText(f)}
	if f.Size != nil {
		out = append(out, fmt.Sprintf("%d bytes", *f.Size))
	}
	if f.SHA256 != "" {
		out = append(out, "sha256 "+f.SHA256)
	}
	if f.Device != "" {
		out = append(out, f.Device)
	}
	if f.Target != "" {
		out = append(out, "-> "+fsedit.Printable(f.Target))
	}
	if f.HardLink != "" {
		out = append(out, "the same file as "+fsedit.Printable(f.HardLink))
	}
	for _, x := range f.Xattrs {
		out = append(out, fmt.Sprintf("%s=%s", fsedit.Printable(x.Name), fsedit.Printable(x.Value)))
	}
	if f.Flags != "" {
		out = append(out, "flags "+f.Flags)
	}
	if f.ModTime != nil {
		out = append(out, f.ModTime.Format(time.RFC3339Nano))
	}
	return strings.Join(out, " ")
}

func ownerText(f *treediff.File) string {
	s := fmt.Sprintf("%d:%d", f.UID, f.GID)
	if f.User != "" || f.Group != "" {
		s += fmt.Sprintf(" (%s:%s)", fsedit.Printable(orNumber(f.User, f.UID)), fsedit.Printable(orNumber(f.Group, f.GID)))
	}
	return s
}

// aspect gives lines of a heading and both sides.
func aspect(f *treediff.Difference, a treediff.Aspect) [][2]string {
	one := func(a, b string) [][2]string { return [][2]string{{"", step(a, b)}} }
	var out [][2]string
	switch a {
	case treediff.Type:
		out = one(f.A.Type, f.B.Type)
	case treediff.Content:
		out = contentLines(f)
	case treediff.Mode:
		out = one(f.A.Mode, f.B.Mode)
	case treediff.Owner:
		out = one(ownerText(f.A), ownerText(f.B))
	case treediff.Target:
		out = one(f.A.Target, f.B.Target)
	case treediff.Device:
		out = one(f.A.Device, f.B.Device)
	case treediff.HardLink:
		out = one(f.A.HardLink, f.B.HardLink)
	case treediff.Xattrs:
		return xattrLines(f.A.Xattrs, f.B.Xattrs)
	case treediff.Flags:
		out = one(f.A.Flags, f.B.Flags)
	case treediff.Project:
		out = one(fmt.Sprint(f.A.Project), fmt.Sprint(f.B.Project))
	case treediff.ModTime:
		out = one(timeText(f.A.ModTime), timeText(f.B.ModTime))
	case treediff.ATime:
		out = one(timeText(f.A.ATime), timeText(f.B.ATime))
	case treediff.CTime:
		out = one(timeText(f.A.CTime), timeText(f.B.CTime))
	case treediff.CrTime:
		out = one(timeText(f.A.CrTime), timeText(f.B.CrTime))
	}
	if len(out) > 0 {
		out[0][0] = string(a)
	}
	return out
}

func timeText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func contentText(f *treediff.Difference) string {
	switch {
	case f.SameAs != "":
		return "as in " + fsedit.Printable(f.SameAs) + ", the same file in both"
	case f.Lines != nil:
		return linesText(f.Lines)
	}
	side := func(x *treediff.File) string {
		s := fmt.Sprintf("%d bytes", *x.Size)
		if x.SHA256 != "" {
			s += " sha256 " + x.SHA256
		}
		return s
	}
	return side(f.A) + " → " + side(f.B)
}

// xattrLines gives each attribute that differs a line.
func xattrLines(a, b []treediff.Xattr) [][2]string {
	var out [][2]string
	add := func(x treediff.Xattr, sides string) {
		heading := map[string]string{"security.selinux": "label", "security.capability": "caps", "system.posix_acl_access": "acl", "system.posix_acl_default": "defacl"}[x.Name]
		if heading == "" {
			heading, sides = "xattr", fsedit.Printable(x.Name)+": "+sides
		}
		out = append(out, [2]string{heading, sides})
	}
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Name < b[0].Name:
			add(a[0], step(a[0].Value, "")) // values are never empty: they are text
			a = a[1:]
		case len(a) == 0 || b[0].Name < a[0].Name:
			add(b[0], step("", b[0].Value))
			b = b[1:]
		default:
			add(a[0], step(a[0].Value, b[0].Value))
			a, b = a[1:], b[1:]
		}
	}
	return out
}
