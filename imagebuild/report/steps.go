package report

import (
	"fmt"
	"time"

	"lbimage/imagebuild/page"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/treediff"
)

var kindWords = map[source.Kind]string{
	source.KindRPM: "RPM package", source.KindTarball: "image tarball", source.KindDisk: "raw disk image",
}

var aspectWords = map[treediff.Aspect]string{
	treediff.Type: "type", treediff.Content: "content", treediff.Mode: "mode", treediff.Owner: "owner", treediff.Target: "link target",
	treediff.Device: "device number", treediff.HardLink: "hard links", treediff.Xattrs: "extended attributes", treediff.Flags: "flags",
	treediff.Project: "quota project", treediff.ModTime: "time",
}

func aspectWord(a treediff.Aspect) string {
	if w := aspectWords[a]; w != "" {
		return w
	}
	return string(a)
}

var typeWords = map[string]string{
	"file": "file", "dir": "folder", "symlink": "symbolic link", "fifo": "named pipe", "socket": "socket", "char": "character device", "block": "block device",
}

func typeWord(s string) string {
	if w := typeWords[s]; w != "" {
		return w
	}
	return s
}

// brief describes what is in one image only, in a few words.
func brief(f *treediff.File) string {
	switch {
	case f == nil:
		return ""
	case f.Size != nil:
		return page.Size(*f.Size)
	case f.Target != "":
		return "link to " + f.Target
	}
	return typeWord(f.Type) + ", " + f.Mode + ", " + owner(f)
}

// plainFolder says whether all that there is to tell of a folder is told in a few words.
func plainFolder(f *treediff.File) bool {
	return f != nil && f.Type == "dir" && len(f.Xattrs) == 0 && f.Flags == "" && f.ModTime == nil
}

func owner(f *treediff.File) string {
	out := fmt.Sprintf("%d:%d", f.UID, f.GID)
	if f.User != "" || f.Group != "" {
		out += fmt.Sprintf(" (%s:%s)", orNumber(f.User, f.UID), orNumber(f.Group, f.GID))
	}
	return out
}

func orNumber(name string, n uint32) string {
	if name == "" {
		return fmt.Sprint(n)
	}
	return name
}

func timeText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func content(f *treediff.File) string {
	if f.Size == nil {
		return ""
	}
	out := page.Counted(*f.Size, "byte", "bytes")
	if f.SHA256 != "" {
		out += ", sha256 " + f.SHA256
	}
	return out
}

// steps tells of a path, respect by respect.
func steps(d *treediff.Difference) []page.Step {
	switch {
	case d.A != nil && d.B != nil && d.Kind == treediff.Changed:
		return changes(d)
	case d.A != nil:
		return facts(d.A)
	case d.B != nil:
		return facts(d.B)
	}
	return nil
}

func changes(d *treediff.Difference) []page.Step {
	var out []page.Step
	add := func(a treediff.Aspect, x, y string) { out = append(out, page.Step{Name: aspectWord(a), A: x, B: y}) }
	for _, a := range d.Aspects {
		switch a {
		case treediff.Type:
			add(a, typeWord(d.A.Type), typeWord(d.B.Type))
		case treediff.Content:
			if d.SameAs != "" {
				out = append(out, page.Step{Name: aspectWord(a), One: "as in " + d.SameAs + ", the same file in both"})
			} else if d.Diff == "" {
				add(a, content(d.A), content(d.B))
			}
		case treediff.Mode:
			add(a, d.A.Mode, d.B.Mode)
		case treediff.Owner:
			add(a, owner(d.A), owner(d.B))
		case treediff.Target:
			add(a, d.A.Target, d.B.Target)
		case treediff.Device:
			add(a, d.A.Device, d.B.Device)
		case treediff.HardLink:
			add(a, d.A.HardLink, d.B.HardLink)
		case treediff.Xattrs:
			out = append(out, xattrSteps(d.A.Xattrs, d.B.Xattrs)...)
		case treediff.Flags:
			add(a, d.A.Flags, d.B.Flags)
		case treediff.Project:
			add(a, fmt.Sprint(d.A.Project), fmt.Sprint(d.B.Project))
		case treediff.ModTime:
			add(a, timeText(d.A.ModTime), timeText(d.B.ModTime))
		}
	}
	return out
}

// xattrSteps pairs two sorted lists.
func xattrSteps(a, b []treediff.Xattr) []page.Step {
	var out []page.Step
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Name < b[0].Name:
			out = append(out, page.Step{Name: a[0].Name, A: a[0].Value})
			a = a[1:]
		case len(a) == 0 || b[0].Name < a[0].Name:
			out = append(out, page.Step{Name: b[0].Name, B: b[0].Value})
			b = b[1:]
		default:
			out = append(out, page.Step{Name: a[0].Name, A: a[0].Value, B: b[0].Value})
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// facts tells all of what is in one image only.
func facts(f *treediff.File) []page.Step {
	var out []page.Step
	add := func(name, value string) {
		if value != "" {
			out = append(out, page.Step{Name: name, One: value})
		}
	}
	add("type", typeWord(f.Type))
	add("mode", f.Mode)
	add("owner", owner(f))
	add("content", content(f))
	add("link target", f.Target)
	add("device number", f.Device)
	add("same file as", f.HardLink)
	for _, x := range f.Xattrs {
		add(x.Name, x.Value)
	}
	add("flags", f.Flags)
	add("time", timeText(f.ModTime))
	return out
}
