package main

import (
	"fmt"
	"slices"
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
	list, left := shownPairs(d.disk)
	for i := 0; i < len(list); i++ {
		x := list[i]
		var fields []string
		for j := i; x.Unit == "inodes" && x.What != "" && j < len(list) && list[j].Structure == x.Structure && list[j].Place == x.Place; j++ {
			fields = append(fields, fmt.Sprintf("%s %d", fsedit.Printable(list[j].What), list[j].Count))
			if j > i {
				x.Bytes += list[j].Bytes
				i = j
			}
		}
		what := strings.Join(fields, ", ")
		if what == "" {
			what = diskText(x)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", x.Place, x.Structure, diskBytes(x.Bytes), what)
	}
	if left.Bytes > 0 {
		fmt.Fprintf(t, "  other\t%d pairs of structures\t%s\t--format json has them all\n", left.Count, diskBytes(left.Bytes))
	}
	return t.Flush()
}

// shownPairs leaves of bytes that belong to two structures, as they do all over two disks that were filled apart, those
// that are most. left sums up the others.
func shownPairs(all []compare.DiskDifference) (list []compare.DiskDifference, left compare.DiskDifference) {
	const most = 8
	var sizes []int64
	for _, x := range all {
		if x.Mixed {
			sizes = append(sizes, x.Bytes)
		}
	}
	if len(sizes) <= most {
		return all, left
	}
	slices.Sort(sizes)
	floor := sizes[len(sizes)-most]
	shown := 0
	for _, x := range all {
		switch {
		case !x.Mixed:
		case x.Bytes >= floor && shown < most:
			shown++
		default:
			left.Bytes += x.Bytes
			left.Count++
			continue
		}
		list = append(list, x)
	}
	return list, left
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
		groups := "groups " + x.Groups
		if !strings.ContainsAny(x.Groups, ",-") {
			groups = "group " + x.Groups
		}
		switch {
		case x.Unit == "copies" && x.Count == 1:
			s = "in 1 copy"
		case x.Unit == "groups" && x.Groups != "":
			s = "in " + groups
		case x.Unit == "bits":
			s = fmt.Sprintf("%d %s in %s", x.Count, unit, groups)
		}
		out = append(out, s)
	}
	if x.Note != "" {
		out = append(out, fsedit.Printable(x.Note))
	}
	return strings.Join(out, "; ")
}
