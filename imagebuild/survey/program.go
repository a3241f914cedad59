package survey

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"regexp"

	"lbimage/overlay"
)

// program tells of a file that is a program. names are packages that may have brought it.
func program(t overlay.ReadTree, name string, p *Packages, names ...string) Program {
	r, ok := regular(t, name)
	if !ok {
		return Program{}
	}
	out := Program{Path: r.Path(), Mode: mode(r.Info.Mode()), Setuid: r.Info.Mode()&fs.ModeSetuid != 0}
	out.UID, _, _ = overlay.OwnerOf(r.Info)
	out.Package = p.owner(r.Path(), names...)
	return out
}

// mode writes permissions as chmod takes them.
func mode(m fs.FileMode) string {
	bits := uint32(m.Perm())
	for _, b := range []struct {
		set fs.FileMode
		bit uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&b.set != 0 {
			bits |= b.bit
		}
	}
	return fmt.Sprintf("%04o", bits)
}

// sudoVersion is how sudo writes its version into the program and its plugin: 1.8.6p3, 1.9.13p3.
var sudoVersion = regexp.MustCompile(`(?:^|[^\w.])(1\.[6-9]\.[0-9]+(?:\.[0-9]+)?(?:p[0-9]+|b[0-9]+|rc[0-9]+)?)\x00`)

// sudo finds sudo and its version.
func sudo(t overlay.ReadTree, p *Packages) Program {
	r, ok := inPath(t, "sudo")
	if !ok {
		return Program{}
	}
	out := program(t, r.Path(), p, "sudo", "sudo-ldap")
	if v := inside(t, r, sudoVersion); v != "" {
		out.Version, out.How = v, "the program's own bytes"
	}
	return out
}

// maxProgram bounds how much of a program is looked through for its version.
const maxProgram = 64 << 20

// inside looks for a text in a file and gives what its first parenthesis means; empty where there is none. The file is
// read in pieces that overlap, so the text must be short.
func inside(t overlay.ReadTree, r overlay.Resolved, re *regexp.Regexp) string {
	f, err := t.Open(r.Name)
	if err != nil {
		return ""
	}
	defer f.Close()
	const overlap = 64
	in := bufio.NewReaderSize(io.LimitReader(f, maxProgram), 64<<10)
	for {
		b, err := in.Peek(64 << 10)
		if m := re.FindSubmatch(b); m != nil {
			return string(m[1])
		}
		if err != nil || len(b) <= overlap {
			return ""
		}
		_, _ = in.Discard(len(b) - overlap)
	}
}
