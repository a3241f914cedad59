package judge

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// File is one text of a configuration.
type File struct {
	Name string // as messages show it: "/etc/load-balancer-servo/haproxy_template.conf"
	Data []byte
}

// Config is what is judged.
type Config struct {
	// Files are read one after the other, as with several -f.
	Files []File
	// Extra are other files that the program finds, by their absolute paths: error files, certificates. One
	// replaces what the program would find there otherwise; "/etc/passwd" and "/etc/group" count, too.
	Extra map[string][]byte
	// Tree is where files come from that the texts name and Extra lacks. It may be nil; a program from an
	// image looks into its image then.
	Tree Tree
}

// Limits on a configuration.
const (
	maxConfigFiles = 64
	maxConfigBytes = 32 << 20
)

// placed is a configuration ready to be run: every file with the absolute path at which it lies.
type placed struct {
	files  []File          // Name is absolute and clean
	shown  []string        // the names of files as the caller writes them
	extra  []File          // sorted by name
	has    map[string]bool // names of extra
	folder map[string]bool // folders of extra
}

// place checks a configuration and gives each file its path.
func place(c Config) (placed, error) {
	p := placed{has: map[string]bool{}, folder: map[string]bool{}}
	if len(c.Files) == 0 {
		return placed{}, fmt.Errorf("no configuration to judge")
	}
	if len(c.Files) > maxConfigFiles {
		return placed{}, fmt.Errorf("%d files of configuration; the limit is %d", len(c.Files), maxConfigFiles)
	}
	seen := map[string]bool{}
	total := 0
	for _, f := range c.Files {
		name, err := cleanName(f.Name)
		if err != nil {
			return placed{}, err
		}
		if seen[name] {
			return placed{}, fmt.Errorf("%s: two files of configuration have this name", f.Name)
		}
		seen[name] = true
		total += len(f.Data)
		p.files = append(p.files, File{name, f.Data})
		p.shown = append(p.shown, f.Name)
	}
	for _, n := range slices.Sorted(maps.Keys(c.Extra)) {
		name, err := cleanName(n)
		if err != nil {
			return placed{}, err
		}
		if seen[name] {
			return placed{}, fmt.Errorf("%s: this file is given twice", n)
		}
		seen[name] = true
		total += len(c.Extra[n])
		p.add(File{name, c.Extra[n]})
	}
	if total > maxConfigBytes {
		return placed{}, fmt.Errorf("the configuration and its files have %d bytes; the limit is %d", total, maxConfigBytes)
	}
	return p, nil
}

func (p *placed) add(f File) {
	p.extra = append(p.extra, f)
	p.has[f.Name] = true
	for d := path.Dir(f.Name); d != "/"; d = path.Dir(d) {
		p.folder[d] = true
	}
}

// maxName bounds a path.
const maxName = 4096

// cleanName makes a path absolute. Names with a line feed would tear messages apart.
func cleanName(name string) (string, error) {
	clean := path.Clean("/" + name)
	if name == "" || clean == "/" || strings.ContainsAny(name, "\x00\n\r") || len(clean) > maxName {
		return "", fmt.Errorf("%q: not a file name", name)
	}
	for part := range strings.SplitSeq(clean, "/") {
		if len(part) > 255 {
			return "", fmt.Errorf("%q: a part of this name is longer than a file's name may be", name)
		}
	}
	return clean, nil
}

// check says whether the files can lie in one tree, with those of a closure: none may be a folder of another.
func (p placed) check(c closure) error {
	names := map[string]bool{}
	for _, e := range c.entries {
		names[e.Path] = true
	}
	for _, f := range slices.Concat(p.files, p.extra) {
		names[f.Name] = true
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		for d := path.Dir(n); d != "/"; d = path.Dir(d) {
			if names[d] {
				return fmt.Errorf("%s is given as a file, and %s lies in it", d, n)
			}
		}
	}
	for _, f := range p.files {
		if strings.HasPrefix(f.Name, "/dev/") {
			return fmt.Errorf("%s: give the text a name outside /dev", f.Name)
		}
	}
	return nil
}
