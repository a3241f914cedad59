package sbom

import (
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
)

// maxDepends bounds the dependencies of a bill.
const maxDepends = 1 << 16

// graph finds what packages depend on.
type graph struct {
	packages []Package
	byName   map[string][]int
	provided map[string][]provision // rpm
	owners   func(path string) []int
	count    int
	full     bool // maxDepends was reached
}

type provision struct {
	by int
	rpm.Dependency
}

func newGraph(packages []Package, owners func(string) []int) *graph {
	g := &graph{packages: packages, byName: map[string][]int{}, provided: map[string][]provision{}, owners: owners}
	for i, p := range packages {
		g.byName[p.Name] = append(g.byName[p.Name], i)
	}
	return g
}

func (g *graph) provide(by int, list []rpm.Dependency) {
	for _, d := range list {
		g.provided[d.Name] = append(g.provided[d.Name], provision{by, d})
	}
}

// require finds who of the packages has what one of rpm's requires: all that do, as each would be enough.
func (g *graph) require(of int, list []rpm.Dependency) {
	for _, d := range list {
		if d.Internal() || d.Removal() {
			continue
		}
		var by []int
		for _, p := range g.provided[d.Name] {
			if p.Overlaps(d) {
				by = append(by, p.by)
			}
		}
		if len(by) == 0 && strings.HasPrefix(d.Name, "/") {
			by = g.owners(d.Name)
		}
		g.add(of, by)
	}
}

// depend reads a list of dpkg: alternatives are parted by '|', and the first that is installed counts, as the first that
// can be had is what would be installed.
func (g *graph) depend(of int, list string) {
	for term := range strings.SplitSeq(list, ",") {
		for alternative := range strings.SplitSeq(term, "|") {
			name := strings.TrimSpace(alternative)
			if i := strings.IndexAny(name, " \t([<"); i >= 0 {
				name = name[:i]
			}
			name, _, _ = strings.Cut(name, ":")
			if by := g.byName[name]; len(by) > 0 {
				g.add(of, by)
				break
			}
		}
	}
}

func (g *graph) add(of int, by []int) {
	p := &g.packages[of]
	for _, i := range by {
		if i == of {
			continue
		}
		at, found := slices.BinarySearch(p.Depends, i)
		if found {
			continue
		}
		if g.count == maxDepends {
			g.full = true
			return
		}
		g.count++
		p.Depends = slices.Insert(p.Depends, at, i)
	}
}
