package survey

import (
	"path"
	"sync"

	"lbimage/overlay"
)

// ownership tells which packages of the list own a path.
type ownership struct {
	owners func(name string) []int // indexes into the list
}

// Owners gives the packages whose file or folder lies at a path, seen from the image's root: one mostly, several of a
// folder, none of what no package brought. Links on the way are followed, one at the end is not: on a system whose /bin is a
// link to usr/bin, /bin/sh and /usr/bin/sh are the same. What was diverted (dpkg-divert) belongs to the package whose file
// lies there now. The first call makes an index; calls may come from several goroutines.
func (p *Packages) Owners(name string) []*Package {
	if p.files == nil {
		return nil
	}
	var out []*Package
	for _, i := range p.files.owners(name) {
		out = append(out, &p.List[i])
	}
	return out
}

// listed is the ownership of lists of files, one for each package, as dpkg has them.
type listed struct {
	tree     overlay.ReadTree
	list     []Package
	diverted []diversion

	once  sync.Once
	index map[string][]int32
	mu    sync.Mutex
	real  map[string]string // folders without links
}

// maxPlaces bounds how many folders are kept in mind.
const maxPlaces = 1 << 17

func (l *listed) owners(name string) []int {
	l.once.Do(l.makeIndex)
	var out []int
	for _, i := range l.index[l.place(path.Clean("/"+name))] {
		out = append(out, int(i))
	}
	return out
}

// makeIndex maps each path to the packages, as the file lies now.
func (l *listed) makeIndex() {
	l.index = map[string][]int32{}
	from := map[string]diversion{}
	for _, d := range l.diverted {
		from[d.from] = d
	}
	for i, p := range l.list {
		for _, name := range p.Files {
			if d, ok := from[name]; ok && d.by != p.Name {
				name = d.to
			}
			at := l.place(name)
			if list := l.index[at]; len(list) == 0 || list[len(list)-1] != int32(i) {
				l.index[at] = append(list, int32(i))
			}
		}
	}
}

// place is where a path lies, which is clean; links on the way are followed.
func (l *listed) place(name string) string {
	dir, base := path.Split(name)
	if base == "" {
		return "/"
	}
	dir = path.Clean(dir)
	l.mu.Lock()
	defer l.mu.Unlock()
	real, ok := l.real[dir]
	if !ok {
		real = dir
		if r, err := overlay.Resolve(l.tree, dir); err == nil {
			real = r.Path()
		}
		if l.real == nil {
			l.real = map[string]string{}
		}
		if len(l.real) < maxPlaces {
			l.real[dir] = real
		}
	}
	if real == dir {
		return name // as nearly all are: no new string
	}
	return path.Join(real, base)
}
