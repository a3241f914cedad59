package boots

import (
	"context"
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

var loaderMissing = check.Rule{
	Name:     "boot-loader-missing",
	Group:    check.GroupBoots,
	Severity: check.SeverityError,
	Why:      "a machine that starts from its own disk (hvm) finds its kernel by a boot loader",
	Mend:     "start from an image that has one: a boot loader is put into a disk by its own program, on a machine. For the installer of 1.0 pack kernel and ramdisk beside the image",
}

// started is an entry that is started by default, with the menu that it stands in.
type started struct {
	survey.Entry
	loader   string
	file     string // where the entry stands
	severity check.Severity
}

// defaults are the entries that boot loaders start. The first boot loader is the one that counts: what another one would
// do is worth a warning.
func defaults(s *check.Subject) []started {
	var out []started
	for i, m := range s.Survey.Boot.Menus {
		e, ok := m.Started()
		if !ok || e.Kernel == "" {
			continue
		}
		d := started{Entry: e, loader: m.Loader, file: m.Path, severity: check.SeverityError}
		if e.Path != "" {
			d.file = e.Path
		}
		if i > 0 {
			d.severity = check.SeverityWarning
		}
		out = append(out, d)
	}
	return out
}

// apart says that /boot is a file system of its own, which is not looked at: files that a boot loader names are there.
func apart(s *check.Subject) bool {
	for _, m := range s.Survey.Boot.Fstab {
		if m.Point == "/boot" {
			return len(s.Disk.Partitions) != 1
		}
	}
	return false
}

// beside is the kernel that the cloud starts the image with; empty where it has its own.
func beside(s *check.Subject) string {
	if s.Tarball == nil {
		return ""
	}
	return s.Tarball.Parts().Kernel
}

// outside says where an image without a boot loader gets its kernel from; empty where it has to have one of its own.
func outside(s *check.Subject) string {
	switch kernel := beside(s); {
	case kernel != "":
		return "the cloud starts it with the kernel beside it, " + kernel
	case s.Disk.Table == "none":
		return "it is a file system without a partition table, which a cloud starts with a kernel and a ramdisk of its own (paravirtual)"
	}
	return ""
}

func findLoader(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	menus := s.Survey.Boot.Menus
	if len(menus) == 0 {
		if why := outside(s); why != "" {
			f := at(loaderMissing, check.SeverityInfo, "", 0, "the image has no boot loader, and needs none: "+why)
			f.Hint = ""
			return []check.Finding{f}, nil
		}
		if s.Disk.Table == "" {
			return nil, nil // nothing is known of the disk
		}
		if apart(s) {
			f := at(loaderMissing, check.SeverityInfo, "/boot", 0, "what starts the image is on /boot, a file system of its own, which is not looked at")
			f.Hint = ""
			return []check.Finding{f}, nil
		}
		return []check.Finding{loaderMissing.At("/boot", "there is no configuration of GRUB, extlinux or systemd-boot, and the disk has a partition table, so that it has to start itself")}, nil
	}
	var out []check.Finding
	for i, m := range menus {
		severity := check.SeverityError
		if i > 0 || outside(s) != "" {
			severity = check.SeverityWarning
		}
		e, ok := m.Started()
		var f check.Finding
		switch {
		case len(m.Entries) == 0:
			f = at(loaderMissing, severity, m.Path, 0, m.Loader+" has nothing to start: there is no entry"+notes(m))
		case !ok:
			f = at(loaderMissing, severity, m.Path, 0, fmt.Sprintf("%s is to start entry %q, and has %d, counted from 0", m.Loader, m.Asked, len(m.Entries)))
			f.Hint = fmt.Sprintf("in the recipe: `edits: [{line: {path: '%s', match: '^\\s*default[\\s=]', set: 'default=0'}}]`", m.Path)
		case e.Kernel == "" && e.Chain == "":
			f = at(loaderMissing, severity, m.Path, e.Line, fmt.Sprintf("the entry %q, which is started, loads no kernel", e.Title))
			f.Hint = "add its kernel with an edit 'line' in the recipe, or start another entry"
		default:
			continue
		}
		out = append(out, f)
	}
	return out, nil
}

// notes tells why a configuration may have no entry.
func notes(m survey.Menu) string {
	if len(m.Notes) == 0 {
		return ""
	}
	return "; " + strings.Join(m.Notes, "; ")
}
