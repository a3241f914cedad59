package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/fsedit"
)

// disks tells what differs in the bytes of the disks: a line for each structure, and for each field that is there once.
// Fields of inodes share one line.
func (d *diffText) disks(total int64) error {
	if len(d.disk) == 0 {
		return nil
	}
	fmt.Fprintf(d.w, "disk      %d bytes differ, by what they belong to:\n", total)
	t := tabwriter.NewWriter(d.w, 0, 0, 2, ' ', 0)
	for i := 0; i < len(d.disk); i++ {
		x := d.disk[i]
		var fields []string
		for j := i; x.Unit == "inodes" && x.What != "" && j < len(d.disk) && d.disk[j].Structure == x.Structure && d.disk[j].Place == x.Place; j++ {
			fields = append(fields, fmt.Sprintf("%s %d", fsedit.Printable(d.disk[j].What), d.disk[j].Count))
			if j > i {
				x.Bytes += d.disk[j].Bytes
				i = j
			}
		}
		what := strings.Join(fields, ", ")
		if what == "" {
			what = diskText(x)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", x.Place, x.Structure, diskBytes(x.Bytes), what)
	}
	return t.Flush()
}

func diskBytes(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// diskText says what differs in a structure.
func diskText(x compare.DiskDifference) string {
	var out []string
	if x.What != "" {
		s := fsedit.Printable(x.What)
		if x.A != "" || x.B != "" {
			s += ": " + step(x.A, x.B)
		}
		out = append(out, s)
	}
	if x.Unit != "" && x.Count > 0 {
		unit := x.Unit
		if x.Count == 1 && unit != "copies" {
			unit = strings.TrimSuffix(unit, "s")
		}
		s := fmt.Sprintf("in %d %s", x.Count, unit)
		if x.Unit == "copies" && x.Count == 1 {
			s = "in 1 copy"
		}
		if x.Unit == "bits" {
			s = strings.TrimPrefix(s, "in ")
		}
		if x.Groups != "" {
			s += " of groups " + x.Groups
		}
		out = append(out, s)
	}
	if x.Note != "" {
		out = append(out, fsedit.Printable(x.Note))
	}
	return strings.Join(out, "; ")
}
