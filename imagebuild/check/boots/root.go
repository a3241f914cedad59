package boots

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

var rootDevice = check.Rule{
	Name:     "root-device",
	Group:    check.GroupBoots,
	Severity: check.SeverityError,
	Why:      "the kernel mounts what root= says; where that is not there, it waits or panics",
	Mend:     "name the root file system by its label or UUID, in the recipe: `edits: [{line: {path: FILE, match: '(.*)root=\\S+(.*)', set: '${1}root=LABEL=NAME${2}', expand: true}}]`",
}

// device is a name of a partition as kernels and fstab have them, and what is wrong with it for the root file system.
type device struct {
	s *check.Subject
}

// partitioned is the name of a disk, with the number of a partition where there is one.
var partitioned = regexp.MustCompile(`^/dev/(?:[hsv]d[a-z]|xvd[a-z]+|nvme[0-9]+n[0-9]+p?|mmcblk[0-9]+p?)([0-9]*)$`)

// volume is the name of a logical volume, as device mapper and LVM make them.
var volume = regexp.MustCompile(`^/dev/(?:mapper/[^/]+-[^/]+|(?i:vg|volgroup)[^/]*/[^/]+)$`)

// onDisk is a partition as GRUB legacy names it: (hd0,0) is the first one of the first disk.
var onDisk = regexp.MustCompile(`^\(hd([0-9]+)(?:,([0-9]+))?\)`)

// grubDevice says why GRUB legacy does not find the kernel where it is told to look; why is empty where it does. A machine has the
// image as its first disk.
func (d device) grubDevice(e started) (where string, line int, why string) {
	root := d.root()
	if e.loader != survey.GRUBLegacy || root == nil || root.Number == 0 {
		return "", 0, ""
	}
	where, line = onDisk.FindString(e.Device), e.DeviceLine
	if own := onDisk.FindString(e.Kernel); own != "" {
		where, line = own, e.KernelLine
	}
	m := onDisk.FindStringSubmatch(where)
	switch {
	case m == nil:
		return "", 0, ""
	case m[1] != "0":
		return where, line, "that is another disk than the image's, which is (hd0)"
	case m[2] == "":
		return where, line, fmt.Sprintf("that is the whole disk, and the root file system is partition %d, (hd0,%d) for GRUB", root.Number, root.Number-1)
	case m[2] != strconv.Itoa(root.Number-1):
		return where, line, fmt.Sprintf("the root file system is partition %d, (hd0,%d) for GRUB", root.Number, root.Number-1)
	}
	return "", 0, ""
}

// root is the root's partition; nil where there is no table, or nothing is known of the disk.
func (d device) root() *check.Partition {
	for i, p := range d.s.Disk.Partitions {
		if p.Root {
			return &d.s.Disk.Partitions[i]
		}
	}
	return nil
}

// named cuts UUID=x and /dev/disk/by-uuid/x into what it is of and which.
func named(name string) (tag, value string) {
	for _, t := range []string{"UUID", "LABEL", "PARTUUID", "PARTLABEL"} {
		if v, ok := strings.CutPrefix(name, t+"="); ok {
			return t, strings.Trim(v, `"'`)
		}
		if v, ok := strings.CutPrefix(name, "/dev/disk/by-"+strings.ToLower(t)+"/"); ok {
			return t, hexEscapes(v)
		}
	}
	return "", name
}

// hexEscapes replaces what udev cannot have in a file name: \x2f is a slash.
func hexEscapes(s string) string {
	return regexp.MustCompile(`\\x[0-9a-fA-F]{2}`).ReplaceAllStringFunc(s, func(e string) string {
		v, _ := strconv.ParseUint(e[2:], 16, 8)
		return string([]byte{byte(v)})
	})
}

// mismatch says why a name is not that of the root file system; empty where it is, or where nobody can tell.
func (d device) mismatch(name string) string {
	info, root := d.s.Info, d.root()
	tag, value := named(name)
	switch tag {
	case "UUID":
		if info.UUID != "" && !strings.EqualFold(value, info.UUID) {
			return fmt.Sprintf("the root file system has UUID %s", info.UUID)
		}
	case "LABEL":
		switch {
		case info.UUID == "" || value == info.Label:
		case info.Label == "":
			return "the root file system has no label"
		default:
			return fmt.Sprintf("the root file system has label %q", info.Label)
		}
	case "PARTUUID":
		value, _, _ = strings.Cut(value, "/PARTNROFF=")
		switch {
		case root == nil && d.s.Disk.Table == "none":
			return "the disk has no partitions"
		case root != nil && root.UUID != "" && !strings.EqualFold(value, root.UUID):
			return fmt.Sprintf("the root's partition has %s", root.UUID)
		}
	case "":
		m := partitioned.FindStringSubmatch(value)
		if volume.MatchString(value) && root != nil && root.Number != 0 {
			return fmt.Sprintf("the root file system is no volume of LVM but lies in partition %d", root.Number)
		}
		if m == nil || root == nil || root.Number == 0 {
			return "" // a bare file system gets its partition from the cloud
		}
		switch {
		case m[1] == "":
			return fmt.Sprintf("that is the whole disk, and the root file system is partition %d", root.Number)
		case m[1] != strconv.Itoa(root.Number):
			return fmt.Sprintf("the root file system is partition %d", root.Number)
		}
	}
	return ""
}

func findRoot(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	var out []check.Finding
	d := device{s}
	for _, e := range defaults(s) {
		name, ok := e.Arg("root")
		switch why := d.mismatch(name); {
		case !ok:
			f := at(rootDevice, check.SeverityWarning, e.file, e.KernelLine, fmt.Sprintf("the entry %q does not say root=: the kernel or its initramfs has to know by itself", e.Title))
			out = append(out, f)
		case why != "":
			f := at(rootDevice, e.severity, e.file, e.KernelLine, fmt.Sprintf("the kernel is told root=%s, and %s", name, why))
			f.Hint = hint(s, e.file, name)
			out = append(out, f)
		}
		if apart(s) {
			continue
		}
		if where, line, why := d.grubDevice(e); why != "" {
			f := at(rootDevice, e.severity, e.file, line, fmt.Sprintf("GRUB legacy looks for the kernel on %s, and %s", where, why))
			f.Hint = replace(e.file, where, fmt.Sprintf("(hd0,%d)", d.root().Number-1))
			out = append(out, f)
		}
		// GRUB looks for the file system with the kernel. Where it finds none, GRUB 2 goes on with the disk it started from.
		severity := check.SeverityWarning
		if e.loader == "GRUB legacy" {
			severity = e.severity
		}
		if e.SearchUUID != "" && s.Info.UUID != "" && !strings.EqualFold(e.SearchUUID, s.Info.UUID) {
			out = append(out, at(rootDevice, severity, e.file, e.SearchLine, fmt.Sprintf("%s looks for a file system with UUID %s, and the root file system has %s", e.loader, e.SearchUUID, s.Info.UUID)))
		}
		if e.SearchLabel != "" && s.Info.UUID != "" && e.SearchLabel != s.Info.Label {
			out = append(out, at(rootDevice, severity, e.file, e.SearchLine, fmt.Sprintf("%s looks for a file system with label %q, and the root file system has %q", e.loader, e.SearchLabel, s.Info.Label)))
		}
	}
	return out, nil
}

// hint is the edit that puts the right device in place of a wrong one.
func hint(s *check.Subject, file, wrong string) string {
	switch {
	case strings.HasPrefix(wrong, "LABEL=") && s.Info.Label != "":
		return replace(file, wrong, "LABEL="+s.Info.Label)
	case s.Info.UUID != "":
		return replace(file, wrong, "UUID="+s.Info.UUID)
	}
	return rootDevice.Mend
}

// replace is the edit of a recipe that puts one text in place of another, on the lines that have it. Both are quoted for
// YAML, where a quotation mark in quotation marks is written twice.
func replace(file, from, to string) string {
	quote := func(s string) string { return strings.ReplaceAll(s, "'", "''") }
	return fmt.Sprintf("in the recipe: `edits: [{line: {path: '%s', match: '(.*)%s(.*)', set: '${1}%s${2}', expand: true}}]`",
		quote(file), quote(regexp.QuoteMeta(from)), quote(strings.ReplaceAll(to, "$", "$$")))
}
