package main

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/fsedit"
	"lbimage/imagebuild/treediff"
)

// packageMarks are the letters before packages.
var packageMarks = map[compare.PackageKind]byte{
	compare.Added: '+', compare.Removed: '-', compare.Upgraded: 'U', compare.Downgraded: 'D', compare.Rebuilt: 'R',
}

func (d *diffText) Packages(p compare.Packages) error {
	if d.o.nameOnly {
		return nil
	}
	for _, l := range []struct {
		side string
		list compare.PackageList
	}{{"A", p.A}, {"B", p.B}} {
		for _, n := range l.list.Notes {
			fmt.Fprintf(d.w, "warning  packages of %s: %s\n", l.side, fsedit.Printable(n))
		}
	}
	if len(p.Changes) == 0 {
		return nil
	}
	count := map[compare.PackageKind]int{}
	t := tabwriter.NewWriter(d.w, 0, 0, 2, ' ', 0)
	for _, c := range p.Changes {
		count[c.Kind]++
	}
	var words []string
	for _, k := range []compare.PackageKind{compare.Added, compare.Removed, compare.Upgraded, compare.Downgraded, compare.Rebuilt} {
		if count[k] > 0 {
			words = append(words, fmt.Sprintf("%d %s", count[k], k))
		}
	}
	fmt.Fprintf(d.w, "packages  %s → %s: %s\n", packageCount(p.A), packageCount(p.B), strings.Join(words, ", "))
	for _, c := range p.Changes {
		versions := cmp.Or(c.B, c.A)
		if c.A != "" && c.B != "" && c.A != c.B {
			versions = c.A + " → " + c.B
		}
		arch := c.Arch
		if c.ArchA != "" {
			arch = c.ArchA + " → " + c.Arch
		}
		fmt.Fprintf(t, "  %c %s\t%s\t%s", packageMarks[c.Kind], fsedit.Printable(c.Name), fsedit.Printable(versions), fsedit.Printable(arch))
		if c.Why != "" {
			fmt.Fprintf(t, "\t%s", fsedit.Printable(c.Why))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

func packageCount(l compare.PackageList) string {
	if l.Manager == "" {
		return "none"
	}
	return fmt.Sprintf("%d of %s", l.Count, l.Manager)
}

// contentLines tell how contents differ, the first line what most want to know.
func contentLines(f *treediff.Difference) [][2]string {
	in := f.Inside
	if in == nil {
		return [][2]string{{"", contentText(f)}}
	}
	first := strings.Join(in.FormA, " ")
	if b := strings.Join(in.FormB, " "); b != first {
		first += " → " + b
	}
	switch {
	case in.Same:
		first += ": the content is the same, packed differently"
	case in.Members != nil && in.Members.Differ():
		first += ": " + membersText(in.Members)
	default:
		first += ": " + contentText(f)
	}
	out := [][2]string{{"", first}}
	for _, s := range []string{in.Note, in.Limit} {
		if s != "" {
			out = append(out, [2]string{"", fsedit.Printable(s)})
		}
	}
	for _, x := range in.Facts {
		out = append(out, [2]string{"", fsedit.Printable(x.What) + ": " + step(x.A, x.B)})
	}
	return out
}

func membersText(m *treediff.Members) string {
	return fmt.Sprintf("%d of %d members differ: %d only in A, %d only in B, %d changed", m.OnlyA+m.OnlyB+m.Changed, m.Compared, m.OnlyA, m.OnlyB, m.Changed)
}

// bar shows how many lines were added and removed, as far as 40 signs can.
func bar(l *treediff.Lines) string {
	if l == nil || l.OnlyA+l.OnlyB == 0 {
		return ""
	}
	const most = 40
	plus, minus := l.OnlyB, l.OnlyA
	if all := plus + minus; all > most {
		plus = (plus*most + all - 1) / all
		minus = most - plus
		if minus == 0 && l.OnlyA > 0 {
			plus, minus = most-1, 1
		}
	}
	return "  " + strings.Repeat("+", plus) + strings.Repeat("-", minus)
}

func (d *diffText) end(sum compare.Summary) error {
	if err := d.disks(sum.DiskBytes); err != nil {
		return err
	}
	if d.o.nameOnly {
		return nil
	}
	if !sum.Summary.Differ() {
		fmt.Fprintf(d.w, "no difference in %d paths%s\n", sum.Compared, d.timesNote(sum))
		return nil
	}
	var in []string
	for _, a := range treediff.Aspects {
		if n := sum.Aspects[a]; n > 0 {
			in = append(in, fmt.Sprintf("%s %d", a, n))
		}
	}
	fmt.Fprintf(d.w, "%d of %d paths differ: %d only in A, %d only in B, %d changed%s%s\n",
		sum.OnlyA+sum.OnlyB+sum.Changed, sum.Compared, sum.OnlyA, sum.OnlyB, sum.Changed, parenthesis(strings.Join(in, ", ")), d.timesNote(sum))
	if sum.Members.Differ() {
		fmt.Fprintf(d.w, "in archives: %s\n", membersText(&sum.Members))
	}
	if sum.Packed > 0 {
		fmt.Fprintf(d.w, "packed differently, with the same content: %d\n", sum.Packed)
	}
	return nil
}

func parenthesis(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

func (d *diffText) timesNote(sum compare.Summary) string {
	if d.o.times != "" || sum.Times == 0 {
		return ""
	}
	return fmt.Sprintf("; times of modification differ at %d (--times shows them)", sum.Times)
}

// Disk gathers what lies in the disks' structures: it is told in columns.
func (d *diffText) Disk(x compare.DiskDifference) error {
	d.disk = append(d.disk, x)
	return nil
}
