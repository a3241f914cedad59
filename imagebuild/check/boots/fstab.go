package boots

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
)

var fstabDevice = check.Rule{
	Name:     "fstab-device",
	Group:    check.GroupBoots,
	Severity: check.SeverityError,
	Why:      "a start waits for the file systems in fstab; where one is not there, it ends in a maintenance shell that nobody sees",
	Mend:     "give the line the option nofail, or take it out, in the recipe: `edits: [{line: {path: /etc/fstab, match: '^DEVICE\\s', remove: true}}]`",
}

var fstabRoot = check.Rule{
	Name:     "fstab-root",
	Group:    check.GroupBoots,
	Severity: check.SeverityWarning,
	Why:      "the start scripts mount the root file system again, to be written to, as fstab says",
	Mend:     "in the recipe: `edits: [{line: {path: /etc/fstab, match: '^\\S+\\s+/\\s', set: 'LABEL=root / ext3 defaults 1 1', missing: append}}]`",
}

// pseudo are file systems without a device.
var pseudo = []string{"proc", "sysfs", "tmpfs", "devpts", "devtmpfs", "cgroup", "cgroup2", "debugfs", "securityfs", "selinuxfs", "mqueue", "hugetlbfs", "ramfs", "none",
	"usbfs", "binfmt_misc", "configfs", "tracefs", "overlay", "efivarfs", "pstore", "bpf", "rpc_pipefs", "fusectl", "autofs"}

// far are those that come over a network, from what no image has.
var far = []string{"nfs", "nfs4", "cifs", "smbfs", "glusterfs", "ceph", "lustre", "9p", "fuse.sshfs"}

func findFstab(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	var out []check.Finding
	d := device{s}
	points := map[string]int{}
	for _, m := range s.Survey.Boot.Fstab {
		if m.Short {
			out = append(out, at(fstabDevice, check.SeverityWarning, survey.FstabPath, m.Line, "it has fewer words than a device, a folder and a type"))
			continue
		}
		if before := points[m.Point]; before > 0 && strings.HasPrefix(m.Point, "/") && !m.Has("noauto") {
			out = append(out, at(fstabDevice, check.SeverityWarning, survey.FstabPath, m.Line, fmt.Sprintf("%s is mounted by line %d already", m.Point, before)))
			out[len(out)-1].Hint = "take one of the two lines out, with an edit of the kind line in the recipe"
		}
		points[m.Point] = m.Line
		if m.Point == "/" {
			if why := d.mismatch(m.Device); why != "" {
				f := at(fstabDevice, check.SeverityError, survey.FstabPath, m.Line, fmt.Sprintf("the root is to be %s, and %s", m.Device, why))
				f.Hint = hint(s, survey.FstabPath, m.Device)
				out = append(out, f)
			}
			continue
		}
		if m.Has("noauto") || m.Has("nofail") || m.Has("nobootwait") {
			continue
		}
		for _, message := range []string{point(s, m), absent(s, m)} {
			if message == "" {
				continue
			}
			f := at(fstabDevice, check.SeverityWarning, survey.FstabPath, m.Line, message)
			f.Hint = withoutMount(s, m)
			out = append(out, f)
		}
	}
	return out, nil
}

// withoutMount is the edit that takes a line out. The device is matched as it is written there.
func withoutMount(s *check.Subject, m survey.Mount) string {
	text, _, err := overlay.ReadFile(s.Tree, survey.FstabPath, 1<<20)
	if err != nil {
		return fstabDevice.Mend
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if n++; n != m.Line || len(words) < 2 || strings.ContainsFunc(words[0]+words[1], unicode.IsControl) {
			continue
		}
		match := `^\s*` + regexp.QuoteMeta(words[0]) + `\s+` + regexp.QuoteMeta(words[1]) + `\s`
		return fmt.Sprintf("give the line the option nofail, or take it out, in the recipe: `edits: [{line: {path: %s, match: '%s', remove: true}}]`",
			survey.FstabPath, strings.ReplaceAll(match, "'", "''"))
	}
	return fstabDevice.Mend
}

// rootLine is the line of fstab for the root file system as it is.
func rootLine(s *check.Subject) string {
	name, kind := "LABEL=root", s.Info.Type
	switch {
	case s.Info.UUID != "":
		name = "UUID=" + s.Info.UUID
	case s.Info.Label != "":
		name = "LABEL=" + s.Info.Label
	}
	if kind == "" {
		kind = "ext3"
	}
	return name + " / " + kind + " defaults 1 1"
}

// point says what is wrong with the folder that a file system is to be mounted on.
func point(s *check.Subject, m survey.Mount) string {
	if !strings.HasPrefix(m.Point, "/") || strings.HasPrefix(m.Point, "/dev/") || strings.HasPrefix(m.Point, "/proc/") || strings.HasPrefix(m.Point, "/sys/") || strings.HasPrefix(m.Point, "/run/") {
		return "" // in what another mount brings
	}
	r, err := overlay.Resolve(s.Tree, m.Point)
	switch {
	case err != nil || !r.Exists():
		return fmt.Sprintf("%s is to be mounted on %s, which is not there", m.Device, m.Point)
	case !r.Info.IsDir() && !m.Has("bind"):
		return fmt.Sprintf("%s is to be mounted on %s, which is no folder", m.Device, m.Point)
	}
	return ""
}

// absent says that a device is none that the image brings along.
func absent(s *check.Subject, m survey.Mount) string {
	bind := m.Has("bind") || m.Has("rbind")
	if !bind && slices.Contains(pseudo, m.Type) || !bind && slices.Contains(pseudo, m.Device) || slices.Contains(far, m.Type) || m.Has("_netdev") {
		return ""
	}
	tag, value := named(m.Device)
	swap := m.Type == "swap"
	inside := bind || m.Has("loop") || swap
	switch {
	case tag == "" && strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "/dev/"):
		if !inside {
			return ""
		}
		if r, err := overlay.Resolve(s.Tree, value); err != nil || !r.Exists() {
			return value + " is not there"
		}
		return ""
	case len(s.Disk.Partitions) > 1 || s.Disk.Table == "":
		return absentPartition(s, tag, value)
	case tag != "" || strings.HasPrefix(value, "/dev/"):
		// The image's only file system is the root: what is told of here, a cloud would have to attach.
		if swap {
			return m.Device + " is none of the image's: a machine without it starts without that swap, under systemd after waiting for it"
		}
		return fmt.Sprintf("%s is none of the image's: a machine without it does not come up", m.Device)
	}
	return ""
}

// absentPartition looks for a device among several partitions, of which only the numbers and their identifiers are known.
func absentPartition(s *check.Subject, tag, value string) string {
	if s.Disk.Table == "" {
		return ""
	}
	for _, p := range s.Disk.Partitions {
		if tag == "PARTUUID" && strings.EqualFold(p.UUID, value) {
			return ""
		}
		if m := partitioned.FindStringSubmatch(value); tag == "" && m != nil && m[1] == fmt.Sprint(p.Number) {
			return ""
		}
	}
	if tag == "UUID" || tag == "LABEL" || tag == "PARTLABEL" || tag == "" && partitioned.FindStringSubmatch(value) == nil {
		return "" // that of a partition which is not looked at
	}
	return value + " is no partition of the image's disk"
}

func findFstabRoot(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	for _, m := range s.Survey.Boot.Fstab {
		if m.Point != "/" {
			continue
		}
		if why := typeMismatch(s, m.Type); why != "" {
			f := at(fstabRoot, check.SeverityWarning, survey.FstabPath, m.Line, why)
			f.Hint = fmt.Sprintf("in the recipe: `edits: [{line: {path: /etc/fstab, match: '^(\\S+\\s+/\\s+)\\S+(.*)', set: '${1}%s${2}', expand: true}}]`", s.Info.Type)
			return []check.Finding{f}, nil
		}
		if m.Has("ro") {
			return []check.Finding{at(fstabRoot, check.SeverityWarning, survey.FstabPath, m.Line, "the root is to be mounted ro, to be read alone: the servo cannot write HAProxy's configuration")}, nil
		}
		return nil, nil
	}
	r, err := overlay.Resolve(s.Tree, survey.FstabPath)
	if err != nil || !r.Exists() {
		f := fstabRoot.At(survey.FstabPath, "it is not there, so the root stays as the kernel mounts it, to be read alone in most systems")
		f.Hint = fmt.Sprintf("in the recipe: `edits: [{file: {path: %s, content: \"%s\\n\"}}]`", survey.FstabPath, rootLine(s))
		return []check.Finding{f}, nil
	}
	f := fstabRoot.At(survey.FstabPath, "it has no line for /, so the root stays as the kernel mounts it, to be read alone in most systems")
	f.Hint = fmt.Sprintf("in the recipe: `edits: [{line: {path: %s, match: '^\\S+\\s+/\\s', set: '%s', missing: append}}]`", survey.FstabPath, rootLine(s))
	return []check.Finding{f}, nil
}

// typeMismatch says why a root file system cannot be mounted as a type. A driver takes what is older than itself.
func typeMismatch(s *check.Subject, kind string) string {
	order := []string{"ext2", "ext3", "ext4"}
	is, as := slices.Index(order, s.Info.Type), slices.Index(order, kind)
	switch {
	case is < 0 || kind == "auto":
		return ""
	case as < 0:
		return fmt.Sprintf("the root is to be mounted as %s, and is %s", kind, s.Info.Type)
	case as < is && (is == 2 || !slices.Contains(s.Info.Features, "has_journal")):
		return fmt.Sprintf("the root is to be mounted as %s, which does not know all that this %s has", kind, s.Info.Type)
	}
	return ""
}
