package survey

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild/ldso"
	"lbimage/overlay"
)

// Python is a Python interpreter.
type Python struct {
	Program
	// Names are the paths that lead to it.
	Names []string `json:"names"`
	// Branch is the version's first two numbers, by which its folders are named: 2.6. Empty where nothing tells it.
	Branch string `json:"branch,omitempty"`
	// Library is the folder of its own modules; empty when the image has none of that branch.
	Library string `json:"library,omitempty"`
	// Folders are where it looks for packages, those that are there.
	Folders []string `json:"folders"`
	// Servo says that the servo is started with it.
	Servo bool `json:"servo,omitempty"`
	// Boto is the one that it would import.
	Boto *Boto `json:"boto,omitempty"`
}

// Boto is the library that the servo talks to the cloud with.
type Boto struct {
	Path    string `json:"path"` // of the package's folder, or of the archive that holds it
	Version string `json:"version,omitempty"`
	How     string `json:"how,omitempty"` // the file that tells the version
}

var (
	pythonName   = regexp.MustCompile(`^(?:python|pypy|platform-python)([0-9](?:\.[0-9]+)?)?(?:-[0-9.]+)?$`)
	pythonBranch = regexp.MustCompile(`[23]\.[0-9]{1,2}`)
	pythonFull   = regexp.MustCompile(`\x00([23]\.[0-9]{1,2}\.[0-9]{1,2}(?:(?:a|b|rc|c)[0-9]+)?\+?)\x00`)
	libPython    = regexp.MustCompile(`^libpython([23]\.[0-9]{1,2})`)
)

// pythonDirs are where interpreters lie, in the order of a normal PATH; those below /opt besides.
func pythonDirs(t overlay.ReadTree) []string {
	dirs := append(slices.Clone(programDirs), "/usr/libexec")
	for _, name := range namesIn(t, "/opt") {
		if len(dirs) < 64 {
			dirs = append(dirs, "/opt/"+name+"/bin")
		}
	}
	return dirs
}

// maxPythons bounds the interpreters of an image.
const maxPythons = 32

// pythons finds every Python, what it is, and which boto it imports.
func pythons(t overlay.ReadTree, s Servo, p *Packages) ([]Python, error) {
	out := []Python{}
	var inodes []uint64
	add := func(name string) {
		r, ok := regular(t, name)
		if !ok || r.Info.Mode()&0o111 == 0 {
			return
		}
		ino, _ := overlay.SysField(r.Info, "Ino")
		for i := range out {
			if out[i].Path == r.Path() || ino != 0 && inodes[i] == ino {
				if !slices.Contains(out[i].Names, name) {
					out[i].Names = append(out[i].Names, name)
				}
				return
			}
		}
		if len(out) < maxPythons {
			out = append(out, Python{Program: program(t, name, p), Names: []string{name}})
			inodes = append(inodes, ino)
		}
	}
	for _, dir := range pythonDirs(t) {
		for _, name := range namesIn(t, dir) {
			if pythonName.MatchString(name) {
				add(path.Join(dir, name))
			}
		}
	}
	// The servo may have one of its own, as a virtual environment has.
	start := named(s.ShebangLine).Name
	if path.IsAbs(start) && strings.Contains(path.Base(start), "python") {
		add(start)
	}
	for i := range out {
		q := &out[i]
		q.version(t)
		q.Servo = s.Interpreter != "" && (q.Path == s.Interpreter || slices.Contains(q.Names, s.Interpreter))
		from := ""
		if q.Servo && path.IsAbs(start) {
			from = start
		}
		q.folders(t, from)
		q.boto(t)
	}
	slices.SortFunc(out, func(a, b Python) int {
		if a.Servo != b.Servo {
			if a.Servo {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Path, b.Path)
	})
	return out, nil
}

// version finds out the version: of the names, of the library that the program needs, of the strings in either.
func (q *Python) version(t overlay.ReadTree) {
	for _, name := range append([]string{q.Path}, q.Names...) {
		if m := pythonName.FindStringSubmatch(path.Base(name)); m != nil && strings.Contains(m[1], ".") {
			q.Branch, q.Version, q.How = m[1], m[1], "its name "+name
			break
		}
	}
	sources := []string{q.Path}
	if facts, err := ldso.Read(t, q.Path); err == nil {
		for _, lib := range facts.Needed {
			m := libPython.FindStringSubmatch(lib)
			if m == nil {
				continue
			}
			if q.Branch == "" {
				q.Branch, q.Version, q.How = m[1], m[1], "the library "+lib+" that it needs"
			}
			if s, err := ldso.NewSearch(t, facts); err == nil {
				if found, err := s.Libraries(q.Path); err == nil {
					for _, l := range found.Libraries {
						if l.Name == lib {
							sources = append(sources, l.Path)
						}
					}
				}
			}
		}
	}
	for _, name := range sources {
		r, ok := regular(t, name)
		if !ok {
			continue
		}
		v := inside(t, r, pythonFull)
		if v != "" && (q.Branch == "" || strings.HasPrefix(v, q.Branch+".")) {
			q.Version, q.How = v, "the bytes of "+name
			q.Branch = pythonBranch.FindString(v)
			return
		}
	}
	if q.Branch != "" {
		return
	}
	// A stand-in, or one that hides it: where the image has the modules of one branch alone, it is that one.
	var branches []string
	for _, dir := range []string{"lib", "lib64"} {
		for _, name := range namesIn(t, path.Join(q.prefix(q.Path), dir)) {
			b, ok := strings.CutPrefix(name, "python")
			if ok && pythonBranch.FindString(b) == b && !slices.Contains(branches, b) {
				branches = append(branches, b)
			}
		}
	}
	if len(branches) == 1 {
		q.Branch, q.Version, q.How = branches[0], branches[0], "the only folder of modules"
	}
}

// prefix is what Python calls so: /usr for /usr/bin/python.
func (*Python) prefix(file string) string {
	dir := path.Dir(path.Dir(file))
	if dir == "/" {
		return "/usr" // /bin/python
	}
	return dir
}

// maxSites bounds where a Python looks for packages: archives that are told in .pth files are among them.
const maxSites = 256

// folders gives where packages are looked for, in order. start is the path by which it is started, of which a virtual
// environment depends.
func (q *Python) folders(t overlay.ReadTree, start string) {
	q.Folders = []string{}
	if q.Branch == "" {
		return
	}
	python := "python" + q.Branch
	var sites []string
	prefix := q.prefix(q.Path)
	system := true
	if start != "" {
		env := path.Dir(path.Dir(start))
		if cfg, err := text(t, path.Join(env, "pyvenv.cfg"), 1<<16); err == nil && cfg != "" {
			sites = append(sites, path.Join(env, "lib64", python, "site-packages"), path.Join(env, "lib", python, "site-packages"))
			system = regexp.MustCompile(`(?mi)^include-system-site-packages *= *true`).MatchString(cfg)
		}
	}
	for _, lib := range []string{path.Join(prefix, "lib64", python), path.Join(prefix, "lib", python)} {
		if r, err := overlay.Resolve(t, lib); err == nil && r.Exists() && r.Info.IsDir() && q.Library == "" {
			q.Library = lib
		}
	}
	if system {
		if prefix == "/usr" { // as Debian and Fedora have it
			sites = append(sites, "/usr/local/lib64/"+python+"/site-packages", "/usr/local/lib/"+python+"/site-packages",
				"/usr/local/lib/"+python+"/dist-packages")
		}
		sites = append(sites, path.Join(prefix, "lib64", python, "site-packages"), path.Join(prefix, "lib", python, "site-packages"))
		if strings.HasPrefix(q.Branch, "3") {
			sites = append(sites, path.Join(prefix, "lib/python3/dist-packages"))
		}
		sites = append(sites, path.Join(prefix, "lib", python, "dist-packages"))
	}
	seen := map[string]bool{}
	add := func(dir string) bool {
		r, err := overlay.Resolve(t, dir)
		if err != nil || !r.Exists() || seen[r.Name] || len(q.Folders) == maxSites {
			return false
		}
		seen[r.Name] = true
		q.Folders = append(q.Folders, dir)
		return r.Info.IsDir()
	}
	for _, site := range sites {
		if !add(site) {
			continue
		}
		for _, name := range namesIn(t, site) {
			if !strings.HasSuffix(name, ".pth") {
				continue
			}
			lines, _ := text(t, path.Join(site, name), 1<<20)
			for line := range strings.Lines(lines) {
				line = strings.TrimSpace(line)
				if line == "" || line[0] == '#' || strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t") {
					continue
				}
				if !path.IsAbs(line) {
					line = path.Join(site, line)
				}
				add(path.Clean(line))
			}
		}
	}
}

var (
	botoInit     = regexp.MustCompile(`(?m)^(?:__version__|Version)\s*=\s*['"]([0-9][^'"]{0,40})['"]`)
	botoMetadata = regexp.MustCompile(`(?m)^Version:\s*([0-9]\S{0,40})\s*$`)
	botoFile     = regexp.MustCompile(`^boto-([0-9][0-9A-Za-z.+_]*?)(?:-py[0-9.]+)?\.(?:egg-info|dist-info|egg)$`)
)

// boto finds the boto that is imported: the first in the order of the folders.
func (q *Python) boto(t overlay.ReadTree) {
	for _, dir := range q.Folders {
		if m := botoFile.FindStringSubmatch(path.Base(dir)); m != nil { // an archive, as easy_install leaves it
			if _, ok := regular(t, dir); ok {
				q.Boto = &Boto{Path: dir, Version: m[1], How: "its name"}
				return
			}
		}
		at := path.Join(dir, "boto")
		init := path.Join(at, "__init__.py")
		b, _, err := overlay.ReadFile(t, init, 1<<20)
		if err != nil {
			if _, ok := regular(t, init+"c"); !ok {
				continue
			}
		}
		q.Boto = &Boto{Path: at}
		if m := botoInit.FindSubmatch(b); m != nil {
			q.Boto.Version, q.Boto.How = string(m[1]), init
			return
		}
		q.Boto.metadata(t, dir)
		return
	}
}

// metadata reads the version that is told beside a package.
func (b *Boto) metadata(t overlay.ReadTree, dir string) {
	for _, name := range append(namesIn(t, dir), "EGG-INFO") {
		m := botoFile.FindStringSubmatch(name)
		if m == nil && name != "EGG-INFO" {
			continue
		}
		at := path.Join(dir, name)
		for _, file := range []string{at, path.Join(at, "PKG-INFO"), path.Join(at, "METADATA")} {
			lines, err := text(t, file, 1<<20)
			if v := botoMetadata.FindStringSubmatch(lines); err == nil && v != nil {
				b.Version, b.How = v[1], file
				return
			}
		}
		if m != nil {
			b.Version, b.How = m[1], at
			return
		}
	}
}
