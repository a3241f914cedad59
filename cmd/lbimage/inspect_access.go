package main

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/survey"
)

// writeAccess tells who can log in, and what the SSH server accepts.
func writeAccess(t *sheet, in *imagebuild.Inspection) {
	var rows [][]string
	for _, a := range in.Accounts {
		if len(a.Login) == 0 {
			continue
		}
		var keys []string
		for _, k := range a.Keys {
			if k.Read {
				keys = append(keys, fmt.Sprintf("%s in %s", count(k.Count, "key", "keys"), k.Path))
			}
		}
		password := "password " + string(a.Password.State) + prefixed(" ", a.Password.Method)
		rows = append(rows, []string{a.Name, "by " + strings.Join(a.Login, ", "), fmt.Sprintf("uid %d", a.UID), a.Shell, password, strings.Join(keys, ", ")})
	}
	if len(rows) == 0 {
		t.line("login", "nobody can log in: of %s none has a password or a key that is taken", count(len(in.Accounts), "user", "users"))
	}
	t.table("login", rows)
	s := in.SSHD
	if !s.Present {
		t.line("sshd", "there is no SSH server")
		return
	}
	starts := "does not start at boot"
	if s.Starts {
		starts = "starts at boot"
	}
	version := s.Version
	if version != "" {
		version = "OpenSSH " + version + ", "
	}
	t.line("sshd", "%s%s%s", version, starts, prefixed(", ", s.Path))
	rows = nil
	for _, o := range s.Options {
		if o.Value == "" || !t.all && o.Path == "" && !sshdAlways[o.Name] {
			continue
		}
		from := "default"
		if o.Path != "" {
			from = place(o.Path, o.Line)
		}
		rows = append(rows, []string{o.Name, o.Value, from})
	}
	t.table("", rows)
	for _, m := range s.Matches {
		var said []string
		for _, o := range m.Options {
			said = append(said, o.Name+" "+o.Value)
		}
		t.line("", "Match %s (%s): %s", m.Criteria, place(m.Path, m.Line), orNoneOfThese(said))
	}
	for _, p := range s.Problems {
		t.line("", "it would not start: %s: %s", place(p.Path, p.Line), p.Text)
	}
}

// sshdAlways are options that are told even where they have their defaults.
var sshdAlways = map[string]bool{"Port": true, "PermitRootLogin": true, "PasswordAuthentication": true, "PermitEmptyPasswords": true}

func orNoneOfThese(list []string) string {
	if len(list) == 0 {
		return "nothing of this list"
	}
	return strings.Join(list, ", ")
}

// writeServices tells what starts at boot.
func writeServices(t *sheet, in *imagebuild.Inspection) {
	var rows [][]string
	for _, s := range in.Starts() {
		row := []string{s.Name, string(s.Kind), s.Path}
		if s.Levels != "" {
			row[1] += " " + s.Levels
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.line("services", "none of %d starts at boot", len(in.Services))
		return
	}
	t.line("services", "%s of %s start at boot", thousands(len(rows)), thousands(len(in.Services)))
	t.table("", rows)
}

// essentialPackages are those that are named when the others are only counted, essentialBegins beginnings of names.
var (
	essentialPackages = []string{
		"load-balancer-servo", "python-boto", "python3-boto", "python", "python3", "sudo", "kernel", "openssh-server", "openssl", "glibc", "libc6", "systemd", "upstart",
	}
	essentialBegins = []string{"haproxy", "linux-image-"}
)

func writePackages(t *sheet, in *imagebuild.Inspection, o inspectOptions) {
	p := in.Packages
	if p.Manager == "" {
		t.line("packages", "none: there is neither a database of rpm nor one of dpkg")
		t.notes(p.Notes)
		return
	}
	t.line("packages", "%s of %s%s", count(len(p.List), "package", "packages"), p.Manager, enclosed(p.Format, p.Path))
	all := o.packages || o.all
	var rows [][]string
	for _, x := range p.List {
		if all || essential(x) {
			row := []string{x.Name, x.Full(), x.Arch, ""}
			if all {
				row[3] = bytesText(x.Size)
			}
			if x.State != "" {
				row[3] = strings.TrimSpace(row[3] + " " + x.State)
			}
			rows = append(rows, row)
		}
	}
	was := t.all
	t.all = true
	t.table("", rows)
	t.all = was
	if more := len(p.List) - len(rows); more > 0 {
		t.line("", "and %d more; --packages lists them", more)
	}
	t.notes(p.Notes)
}

func essential(p survey.Package) bool {
	begins := func(begin string) bool { return strings.HasPrefix(p.Name, begin) }
	return slices.Contains(essentialPackages, p.Name) || slices.ContainsFunc(essentialBegins, begins)
}
