package report

import (
	"fmt"
	"strings"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/page"
	"lbimage/imagebuild/treediff"
)

// insideBrief is what differs in a content that is no plain text, in a few words.
func insideBrief(in *treediff.Inside) string {
	switch {
	case in == nil:
		return ""
	case in.Same:
		return "the same, packed differently"
	case in.Members != nil && in.Members.Differ():
		return fmt.Sprintf("%s of %s differ", page.Count(in.Members.OnlyA+in.Members.OnlyB+in.Members.Changed), page.Counted(in.Members.Compared, "member", "members"))
	}
	return ""
}

// insideSteps tells what the contents are, and what of them differs.
func insideSteps(in *treediff.Inside) []page.Step {
	if in == nil {
		return nil
	}
	var out []page.Step
	a, b := strings.Join(in.FormA, ", "), strings.Join(in.FormB, ", ")
	switch {
	case a != b:
		out = append(out, page.Step{Name: "form", A: a, B: b})
	case a != "":
		out = append(out, page.Step{Name: "form", One: a})
	}
	for _, f := range in.Facts {
		out = append(out, page.Step{Name: f.What, A: f.A, B: f.B})
	}
	return out
}

func insideNotes(in *treediff.Inside) []string {
	if in == nil {
		return nil
	}
	var out []string
	if in.Note != "" {
		out = append(out, in.Note)
	}
	if in.Limit != "" {
		out = append(out, "Compared byte by byte: "+in.Limit)
	}
	return out
}

// Packages takes which packages differ.
func (c *Comparison) Packages(p compare.Packages) error {
	c.packages = &p
	return nil
}

// packagesView is the part of the page about packages.
type packagesView struct {
	Sides   []page.Fact
	Notes   []string
	Changes page.Table
}

var packageTones = map[compare.PackageKind]page.Tone{
	compare.Added: page.Good, compare.Removed: page.Bad, compare.Upgraded: page.Warn, compare.Downgraded: page.Bad, compare.Rebuilt: page.Warn,
}

func packageChanges(p compare.Packages) packagesView {
	v := packagesView{Changes: page.Table{Name: "Packages that differ", Heads: []string{"Package", "What", "A", "B"}}}
	for _, s := range []struct {
		letter string
		list   compare.PackageList
	}{{"A", p.A}, {"B", p.B}} {
		text := "no package database"
		if s.list.Manager != "" {
			text = strings.TrimSpace(page.Counted(s.list.Count, "package", "packages")+" of "+s.list.Manager+", "+s.list.Format) + " " + s.list.Path
			text = strings.ReplaceAll(text, ",  ", ", ")
		}
		v.Sides = append(v.Sides, page.Fact{Name: s.letter, Value: text})
		for _, n := range s.list.Notes {
			v.Notes = append(v.Notes, s.letter+": "+n)
		}
	}
	for _, x := range p.Changes {
		name := x.Name
		if x.Arch != "" {
			name += "." + x.Arch
		}
		a := x.A
		if x.ArchA != "" {
			a += " (" + x.ArchA + ")"
		}
		v.Changes.AddToned(packageTones[x.Kind], name, string(x.Kind), orNothing(a), orNothing(x.B))
	}
	return v
}

func diskTable() page.Table {
	return page.Table{Name: "What differs in the disk outside of files", Heads: []string{"Structure", "What", "A", "B", "How much, and where"}}
}

// Disk takes what differs in the disk outside of files.
func (c *Comparison) Disk(d compare.DiskDifference) error {
	differs := page.Counted(d.Bytes, "byte", "bytes")
	if d.Count > 0 {
		one := strings.TrimSuffix(d.Unit, "s")
		if d.Unit == "copies" {
			one = "copy"
		}
		differs += " in " + page.Counted(d.Count, one, d.Unit)
	}
	differs += ", from byte " + page.Count(d.First)
	if d.Groups != "" {
		word := "groups "
		if !strings.ContainsAny(d.Groups, ",-") {
			word = "group "
		}
		differs += ", " + word + d.Groups
	}
	what := d.What
	switch {
	case what == "":
		what = d.Note
	case d.Note != "":
		differs += "; " + d.Note
	}
	c.disk.Add(d.Structure, what, d.A, d.B, differs)
	return nil
}
