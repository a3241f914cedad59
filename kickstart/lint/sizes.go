package lint

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// sizesText has a line for each package: the release, the name, and three sizes in KiB: its files without documentation and
// translations, the documentation, the translations; "core" stands behind what the group core brings in any case, because
// core names it or what core names requires it. It is measured: rpm was asked of the databases of installed packages of
// CentOS 5, 6, 7 and 8 systems with which github.com/knqyf263/go-rpmdb is tested, and a test asks it again. Regular files
// count, each inode once; directories, links and what a package only claims (ghosts) do not.
//
//go:embed data/sizes.txt
var sizesText string

// packageSize is what a package takes in bytes.
type packageSize struct {
	base, docs, langs int64
	core              bool
}

// measured are the sizes by release and name.
var measured = sync.OnceValue(func() map[grammar.Version]map[string]packageSize {
	out := map[grammar.Version]map[string]packageSize{}
	for line := range strings.Lines(sizesText) {
		f := strings.Fields(line)
		release, _ := strconv.Atoi(f[0])
		var n [3]int64
		for i := range n {
			n[i], _ = strconv.ParseInt(f[2+i], 10, 64)
			n[i] <<= 10
		}
		v := grammar.Version(release)
		if out[v] == nil {
			out[v] = map[string]packageSize{}
		}
		out[v][f[1]] = packageSize{n[0], n[1], n[2], len(f) > 5}
	}
	return out
})

// need is the room that packages take at least.
type need struct {
	bytes   int64
	known   int      // packages that are counted
	unknown []string // wanted packages of which no size is known
}

// String is the need in MiB, with what is not in it.
func (n need) String() string {
	out := fmt.Sprintf("%.1f MiB", float64(n.bytes)/(1<<20))
	if len(n.unknown) > 0 {
		out += fmt.Sprintf(", without %s, whose size is not known", several(n.unknown))
	}
	return out
}

// several is a list in a sentence, cut where it grows long.
func several(names []string) string {
	const most = 3
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// need adds up what is wanted: packages by name, and what the group core brings for certain.
func (c *checker) need() need {
	table := measured()[c.v]
	docs, langs, core := true, true, true
	for _, s := range c.f.Sections("%packages") {
		docs = docs && !s.Has("--excludedocs") && !s.Has("--exclude-docs")
		langs = langs && !s.Has("--instLangs") && !s.Has("--inst-langs")
		core = core && !s.Has("--nocore")
	}
	excluded, wanted := map[string]bool{}, map[string]bool{}
	var names []string
	asked := c.v >= grammar.RHEL6 && core // from RHEL 6 on it is always there
	for _, e := range c.entries {
		switch {
		case e.Excluded:
			excluded[e.Name] = e.Kind == kickstart.Package
			delete(wanted, e.Name)
		case e.Kind == kickstart.Package && !strings.ContainsAny(e.Name, "*?["):
			if !wanted[e.Name] {
				names = append(names, e.Name)
			}
			wanted[e.Name] = true
		case e.Kind == kickstart.Group && strings.EqualFold(e.Name, "core"):
			asked = true
		}
	}
	if asked {
		for name, s := range table {
			if s.core && !excluded[name] {
				wanted[name] = true
			}
		}
	}
	var n need
	for name := range wanted {
		size, ok := c.o.Sizes[name]
		if s, there := table[name]; !ok && there {
			size, ok = s.base, true
			if docs {
				size += s.docs
			}
			if langs {
				size += s.langs
			}
		}
		if ok {
			n.bytes += size
			n.known++
		}
	}
	for _, name := range names {
		_, given := c.o.Sizes[name]
		if _, there := table[name]; !given && !there && wanted[name] {
			n.unknown = append(n.unknown, name)
		}
	}
	return n
}
