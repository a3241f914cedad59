package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/survey"
)

// writeSystem tells of the operating system, of what it boots with, and of SELinux.
func writeSystem(t *sheet, in *imagebuild.Inspection) {
	o := in.OS
	switch {
	case o.Path == "":
		t.line("system", "not known: no os-release, no redhat-release, nothing of the kind")
	default:
		name := o.Pretty
		if name == "" {
			name = strings.TrimSpace(o.Name + " " + o.Version)
		}
		version := ""
		if o.Version != "" && !strings.Contains(name, o.Version) {
			version = "version " + o.Version
		}
		t.line("system", "%s%s", name, enclosed(version, o.Path))
	}
	t.notes(o.Notes)
	writeKernels(t, in.Boot)
	writeMenus(t, in.Boot)
	s := in.SELinux
	t.line("selinux", "%s: %s", s.State, s.Why)
	if s.Loaded != "" || s.Labelled {
		labels := "files have no labels"
		if s.Labelled {
			labels = "files have labels"
		}
		if s.Relabel {
			labels += ", all get new ones at the next boot"
		}
		t.line("", "%s%s", labels, prefixed(", policy ", s.Loaded))
	}
	t.notes(s.Notes)
}

func writeKernels(t *sheet, b survey.Boot) {
	var rows [][]string
	for _, k := range b.Kernels {
		file, modules := "only modules", k.Modules
		if k.Path != "" {
			file = k.Path
		}
		switch {
		case k.Modules == "":
			modules = "no modules"
		case !k.Depends:
			modules += " without modules.dep"
		}
		rows = append(rows, []string{k.Version, file, modules})
	}
	if rows == nil {
		t.line("kernel", "none in the image")
	}
	t.table("kernel", rows)
	rows = nil
	for _, i := range b.Initramfs {
		format := i.Format
		if format == "" {
			format = "of no known form"
		}
		rows = append(rows, []string{i.Path, bytesText(i.Size), format})
	}
	t.table("initramfs", rows)
}

func writeMenus(t *sheet, b survey.Boot) {
	if len(b.Menus) == 0 {
		apart := slices.ContainsFunc(b.Fstab, func(m survey.Mount) bool { return m.Point == "/boot" })
		if apart {
			t.line("boot", "not known: /boot is a file system of its own, which is not looked at")
		} else {
			t.line("boot", "no boot loader is configured in the image: kernel and initramfs have to come from outside")
		}
	}
	for i, m := range b.Menus {
		also := ""
		if i > 0 {
			also = "besides: "
		}
		t.line("boot", "%s%s, %s, %s", also, m.Loader, m.Path, count(len(m.Entries), "entry", "entries"))
		if e, ok := m.Started(); ok {
			rows := [][]string{{"starts", e.Title + prefixed(", line ", lineNumber(e.Line))}}
			for _, r := range [][2]string{{"kernel", e.Kernel}, {"initramfs", strings.Join(e.Initrd, " ")}, {"arguments", e.Args}, {"next loader", e.Chain}} {
				if r[1] != "" {
					rows = append(rows, r[:])
				}
			}
			t.table("", rows)
		} else {
			t.line("", "starts nothing by default")
		}
		t.notes(m.Notes)
	}
	var rows [][]string
	for _, c := range b.Consoles {
		device := c.Device
		if device == "" {
			device = "serial"
		}
		rows = append(rows, []string{device, c.How, place(c.Path, c.Line)})
	}
	t.table("console", rows)
	t.notes(b.Notes)
}

func lineNumber(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// place is a file and perhaps a line of it.
func place(file string, line int) string { return file + prefixed(":", lineNumber(line)) }

// count is a number and its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// writeEssentials tells what a load balancer consists of, each with how it was found.
func writeEssentials(t *sheet, in *imagebuild.Inspection) {
	e := in.Essentials
	h := e.HAProxy
	switch {
	case h.Path == "":
		t.line("haproxy", "none where the servo would start it")
	default:
		t.line("haproxy", "%s", programText(h.Program, h.Arch, h.Date))
		if h.Damaged != "" {
			t.line("", "no program that runs: %s", h.Damaged)
		}
	}
	t.line("servo", "%s%s", strings.TrimPrefix(e.Servo.Summary(), "servo "), prefixed(", ", e.Servo.Script))
	if e.Servo.Interpreter != "" {
		t.line("", "runs with %s, by its first line", e.Servo.Interpreter)
	} else if e.Servo.Script != "" {
		t.line("", "its first line, %q, leads to no program of the image", e.Servo.ShebangLine)
	}
	for _, said := range e.Servo.Evidence {
		t.line("", "%s", said)
	}
	var rows [][]string
	for _, f := range e.Servo.Files {
		rows = append(rows, []string{f.Mode, bytesText(f.Size), f.Path})
	}
	if len(rows) > 0 && !t.all {
		t.line("", "%s of the servo are there; --all lists them", count(len(rows), "file", "files"))
	} else {
		t.table("", rows)
	}
	if len(e.Pythons) == 0 {
		t.line("python", "none")
	}
	boto := false
	for i, p := range e.Pythons {
		heading := "python"
		if i > 0 {
			heading = ""
		}
		t.line(heading, "%s", programText(p.Program, serves(p)))
	}
	for _, p := range e.Pythons {
		if p.Boto == nil {
			continue
		}
		heading := "boto"
		if boto {
			heading = ""
		}
		boto = true
		version := p.Boto.Version
		if version == "" {
			version = "of unknown version"
		}
		t.line(heading, "%s for %s, %s%s", version, path.Base(p.Path), p.Boto.Path, enclosed(prefixed("version from ", p.Boto.How)))
	}
	if !boto {
		t.line("boto", "none that a Python of the image would find")
	}
	if e.Sudo.Path == "" {
		t.line("sudo", "none")
	} else {
		mode := ""
		if !e.Sudo.Setuid {
			mode = "not set-user-ID: mode " + e.Sudo.Mode
		}
		t.line("sudo", "%s", programText(e.Sudo, mode))
	}
	t.notes(e.Notes)
}

func serves(p survey.Python) string {
	if p.Servo {
		return "the servo's"
	}
	return ""
}

// programText is a version, a path, and how both were found.
func programText(p survey.Program, more ...string) string {
	version := p.Version
	if version == "" {
		version = "of unknown version"
	}
	return version + ", " + p.Path + enclosed(append(more, prefixed("version from ", p.How), prefixed("package ", p.Package))...)
}
