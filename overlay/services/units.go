package services

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// configDir is where systemctl writes.
const configDir = "etc/systemd/system"

// units reads an image's units.
type units struct {
	t       overlay.ReadTree
	dirs    []string    // as systemctl writes them into links: usr/lib/systemd/system
	version int         // of systemd; 0: before 231, which is when its library got a name with the version
	deps    []depFolder // what the folders link, once it is asked for
}

func newUnits(t overlay.ReadTree) *units {
	u := &units{t: t, version: systemdVersion(t)}
	vendor := []string{"usr/lib/systemd/system", "lib/systemd/system"}
	// Debian built systemd for /lib until 255.
	if exists(t, "etc/debian_version") && u.version < 255 {
		slices.Reverse(vendor)
	}
	u.dirs = append([]string{configDir, "run/systemd/system", "usr/local/lib/systemd/system"}, vendor...)
	return u
}

func systemdVersion(t overlay.ReadTree) int {
	for _, dir := range []string{"usr/lib/systemd", "lib/systemd", "usr/lib/x86_64-linux-gnu/systemd", "usr/lib64/systemd"} {
		_, names, err := folder(t, dir)
		if err != nil {
			continue
		}
		for _, n := range names {
			rest, ok := strings.CutPrefix(n, "libsystemd-shared-")
			end := 0
			for end < len(rest) && end < 4 && digit(rest[end]) {
				end++
			}
			if ok && end > 0 {
				return atoi(rest[:end])
			}
		}
	}
	return 0
}

// unit is a unit as it was found.
type unit struct {
	name   string // with aliases followed
	path   string // its file; for a masked one, the link that masks it
	masked bool
	linked bool // its file is found through a link of its own name
	parts  unitParts
	install
}

// target is what a link to the unit says.
func (u *unit) target() string { return abs(u.path) }

// maxAliases bounds how many names lead to a unit.
const maxAliases = 32

// load finds a unit by name and reads what its [Install] section says; nil where there is none.
func (s *units) load(name string) (*unit, error) { return s.find(name, true) }

// inConfig says whether a unit's link is what an administrator, or systemctl, made.
func inConfig(link string) bool {
	return strings.HasPrefix(link, configDir+"/") || strings.HasPrefix(link, "run/")
}

// errConfigLink is for a name that is a link in a folder of configuration, where links are not to be followed.
var errConfigLink = errors.New("a link in the configuration, which Also= does not follow")

// find is load; without follow, a link in /etc or /run is an error. That is how systemctl meets the units of an Also= when
// it enables them.
func (s *units) find(name string, follow bool) (*unit, error) {
	for range maxAliases {
		parts, ok := parseUnit(name)
		if !ok {
			return nil, nil
		}
		f, err := s.locate(name, parts)
		if err != nil || f.path == "" && f.alias == "" {
			return nil, err
		}
		if !follow && !f.masked && inConfig(f.link) {
			return nil, errorAt(f.link, errConfigLink)
		}
		if f.alias != "" {
			name = f.alias
			continue
		}
		u := &unit{name: name, path: f.path, masked: f.masked, parts: parts, linked: f.link != ""}
		if u.masked {
			return u, nil
		}
		return u, s.read(u)
	}
	return nil, fmt.Errorf("%s: its aliases go round: remove one of them", name)
}

// located is what stands under a unit's name: a file, a mask, or a link that gives it another name.
type located struct {
	path   string
	masked bool
	alias  string
	link   string // the symbolic link that was found under the name, if it is one
}

// locate looks for a name in all folders, then, for an instance, for its template.
func (s *units) locate(name string, parts unitParts) (located, error) {
	candidates := []string{name}
	if parts.isInstance() {
		candidates = append(candidates, parts.template())
	}
	for _, c := range candidates {
		for _, dir := range s.dirs {
			f, err := s.at(path.Join(dir, c), c, parts)
			if err != nil || f.path != "" || f.alias != "" {
				return f, err
			}
		}
	}
	return located{}, nil
}

var errDangling = errors.New("a link to nothing: remove it, or install what it leads to")

func (s *units) at(file, name string, parts unitParts) (located, error) {
	link, err := overlay.ResolveLink(s.t, file)
	if err != nil || !link.Exists() {
		return located{}, nil //nolint:nilerr // a folder that cannot be entered has no units
	}
	// The folders are named as systemctl names them, even where one of them is a link.
	if link.Info.Mode().IsRegular() {
		return located{path: file, masked: link.Info.Size() == 0}, nil
	}
	if link.Info.Mode()&fs.ModeSymlink == 0 {
		return located{}, nil
	}
	target, err := s.t.ReadLink(link.Name)
	if err != nil {
		return located{}, errorAt(link.Name, err)
	}
	if path.Clean(target) == "/dev/null" {
		return located{path: file, masked: true, link: file}, nil
	}
	r, err := overlay.Resolve(s.t, file)
	if err != nil {
		return located{}, err
	}
	base := path.Base(r.Name)
	to, ok := parseUnit(base)
	switch {
	case r.Name == "dev/null":
		return located{path: file, masked: true, link: file}, nil
	case r.Exists() && !r.Info.Mode().IsRegular():
		return located{}, nil
	case base == name, parts.isInstance() && base == parts.template():
		if !r.Exists() {
			return located{}, errorAt(file, errDangling)
		}
		return located{path: r.Name, masked: r.Info.Size() == 0, link: file}, nil
	case !ok || to.suffix != parts.suffix:
		return located{}, fmt.Errorf("%s: leads to %s, which is no unit of its kind: remove the link", abs(file), r.Path())
	case to.at != parts.at:
		return located{}, fmt.Errorf("%s: leads to %s, and one of the two is a template or an instance: remove the link", abs(file), r.Path())
	case to.isTemplate() && parts.isInstance():
		base = to.with(parts.instance)
	}
	return located{alias: base, link: file}, nil
}

// read reads the [Install] sections of a unit and, from systemd 231 on, of its drop-ins; those of a linked unit do not
// count there.
func (s *units) read(u *unit) error {
	files := []string{u.path}
	if s.version != 0 && !u.linked {
		more, err := s.dropins(u)
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	for _, f := range files {
		text, err := readText(s.t, f)
		if err != nil {
			return err
		}
		if err := u.parse(text, u.parts, s.version >= 254); err != nil {
			return errorAt(f, err)
		}
	}
	return nil
}

// dropins lists a unit's drop-ins by name; the first folder that has a name has it.
func (s *units) dropins(u *unit) ([]string, error) {
	var dirs []string
	for _, dir := range s.dirs {
		dirs = append(dirs, path.Join(dir, u.name+".d"))
	}
	if u.parts.isInstance() {
		for _, dir := range s.dirs {
			dirs = append(dirs, path.Join(dir, u.parts.template()+".d"))
		}
	}
	return byName(s.t, dirs, ".conf")
}

// byName lists the files of folders by their names; the first folder that has a name has it.
func byName(t overlay.ReadTree, dirs []string, suffix string) ([]string, error) {
	first := make(map[string]string)
	var names []string
	for _, dir := range dirs {
		real, list, err := folder(t, dir)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			if _, seen := first[n]; seen || !strings.HasSuffix(n, suffix) || len(names) == maxFiles {
				continue
			}
			first[n] = path.Join(real, n)
			names = append(names, n)
		}
	}
	slices.Sort(names)
	var out []string
	for _, n := range names {
		if isFile(t, first[n]) {
			out = append(out, first[n])
		}
	}
	return out, nil
}
