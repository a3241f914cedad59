package ldso

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/binary"
	"lbimage/overlay"
)

// Via says how a library is found.
type Via string

const (
	ViaInterpreter Via = "interpreter" // it is the loader itself
	ViaPath        Via = "path"        // asked for by its whole path
	ViaRPath       Via = "rpath"
	ViaRunPath     Via = "runpath"
	ViaCache       Via = "cache"
	ViaDefault     Via = "default" // in a folder that is built into the loader
	// ViaLdconfig: in a folder that ldconfig looks through, and not in the cache. The loader does not find it.
	ViaLdconfig Via = "ldconfig"
)

// Library is one that is found.
type Library struct {
	Name  string // as it is asked for
	Path  string // where the loader opens it, links kept
	By    string // path of the first object that asks for it
	Via   Via
	Facts binary.Facts
}

// Missing is a library that the loader does not find.
type Missing struct {
	Name string
	By   string // path of the first object that asks for it
	// Passed tells of files of this name that are no such library: path and why.
	Passed []string
}

// MissingVersion is a symbol version that a library lacks.
type MissingVersion struct {
	Library string // path
	Version string
	By      string // path of the object that asks for it
}

// Found is what the loader finds for a program.
type Found struct {
	Libraries []Library // in the order of the search
	Missing   []Missing
	Versions  []MissingVersion
	// Unanswered are those of the names given as late that are not there.
	Unanswered []string
}

// Limits on a search.
const (
	maxLibraries = 1024
	maxTries     = 200000
)

// loaded is an object in the process to be, with what it inherits for looking for its libraries.
type loaded struct {
	binary.Facts
	path  string
	rpath []string // of those that asked for it, up to the program
}

// Libraries finds what a program needs, what that needs, and so on, in the order in which the loader does. late are
// libraries that are opened at run time by name; they are looked for if they are there.
func (s *Search) Libraries(program string, late ...string) (Found, error) {
	var out Found
	main := loaded{Facts: s.program, path: path.Clean("/" + program)}
	if r, err := overlay.Resolve(s.tree, program); err == nil && r.Exists() {
		main.path = r.Path() // $ORIGIN is where the program itself lies
	}
	names := map[string]*Library{}
	take := func(l *Library) {
		names[l.Name] = l
		if l.Facts.SOName != "" && names[l.Facts.SOName] == nil {
			names[l.Facts.SOName] = l
		}
	}
	objects := []Library{{Path: main.path, Facts: main.Facts}}
	if s.loader != nil {
		take(s.loader)
		objects = append(objects, *s.loader)
	}
	absent := map[string]bool{}
	queue := []loaded{main}
	isLate := false
	for len(queue) > 0 || !isLate && len(late) > 0 {
		if len(queue) == 0 {
			isLate = true
			main.Needed = late
			queue = append(queue, main)
		}
		l := queue[0]
		queue = queue[1:]
		places := s.places(l)
		for _, name := range l.Needed {
			if names[name] != nil || absent[name] {
				continue
			}
			if len(names) > maxLibraries {
				return Found{}, fmt.Errorf("%s needs more than %d libraries", main.path, maxLibraries)
			}
			lib, miss, err := s.find(name, l.path, places)
			switch {
			case err != nil:
				return Found{}, err
			case lib == nil && isLate && slices.Contains(late, name):
				out.Unanswered, absent[name] = append(out.Unanswered, name), true
				continue
			case lib == nil:
				out.Missing, absent[name] = append(out.Missing, miss), true
				continue
			}
			take(lib)
			out.Libraries = append(out.Libraries, *lib)
			objects = append(objects, *lib)
			queue = append(queue, loaded{Facts: lib.Facts, path: lib.Path, rpath: s.inherited(l)})
		}
	}
	out.Versions = versions(objects, names)
	return out, nil
}

// versions compares what objects ask of libraries with what these have. A library that has no versions at all is only
// warned of.
func versions(objects []Library, names map[string]*Library) []MissingVersion {
	var out []MissingVersion
	for _, o := range objects {
		for _, q := range o.Facts.Requires {
			lib := names[q.Library]
			if lib == nil || len(lib.Facts.Defines) == 0 {
				continue
			}
			for _, v := range q.Versions {
				m := MissingVersion{lib.Path, v.Name, o.Path}
				if !v.Weak && !slices.Contains(lib.Facts.Defines, v.Name) && len(out) < maxLibraries {
					out = append(out, m)
				}
			}
		}
	}
	return out
}

// place is a set of folders and how they come into the search.
type place struct {
	via     Via
	dirs    []string
	without []string // folders that do not count
}

// inherited are the folders of DT_RPATH that count for what an object needs.
func (s *Search) inherited(l loaded) []string {
	if len(l.RunPath) > 0 {
		return nil
	}
	return append(s.expand(l.RPath, path.Dir(l.path)), l.rpath...)
}

func (s *Search) places(l loaded) []place {
	out := []place{
		{via: ViaRPath, dirs: s.inherited(l)},
		{via: ViaRunPath, dirs: s.expand(l.RunPath, path.Dir(l.path))},
		{via: ViaCache}, // as the cache says
	}
	if l.NoDefault {
		out[2].without = s.Default
		return append(out, place{via: ViaLdconfig, dirs: s.Conf, without: s.Default})
	}
	return append(out, place{via: ViaDefault, dirs: s.Default}, place{via: ViaLdconfig, dirs: s.Conf})
}

// find looks for a library. Like the loader, it passes over files of another processor.
func (s *Search) find(name, by string, places []place) (*Library, Missing, error) {
	miss := Missing{Name: name, By: by}
	if strings.Contains(name, "/") {
		if !path.IsAbs(name) {
			return nil, miss, nil
		}
		places = []place{{via: ViaPath, dirs: []string{path.Dir(name)}}}
	}
	for _, p := range places {
		at := make([]string, 0, len(p.dirs))
		for _, d := range p.dirs {
			if full := path.Join(d, path.Base(name)); path.Dir(full) == d { // not ".."
				at = append(at, full)
			}
		}
		if p.via == ViaCache {
			at = s.cache.lookup(name)
		}
		for _, full := range at {
			if slices.Contains(p.without, path.Dir(full)) {
				continue
			}
			if s.tries++; s.tries > maxTries {
				return nil, miss, fmt.Errorf("looking for %s: more than %d places were tried", name, maxTries)
			}
			facts, err := Read(s.tree, full)
			var damaged Damaged
			switch {
			case overlay.LeadsNowhere(err):
				continue
			case errors.As(err, &damaged):
				miss.pass(full, err.Error())
				continue
			case err != nil:
				return nil, miss, fmt.Errorf("%s: %w", full, err)
			case !facts.Fits(s.program):
				miss.pass(full, "it is for "+facts.Arch())
				continue
			}
			return &Library{Name: name, Path: full, By: by, Via: p.via, Facts: facts}, miss, nil
		}
	}
	return nil, miss, nil
}

// pass notes a file that is no such library.
func (m *Missing) pass(file, why string) {
	note := file + ": " + why
	if len(m.Passed) < 8 && !slices.Contains(m.Passed, note) {
		m.Passed = append(m.Passed, note)
	}
}
