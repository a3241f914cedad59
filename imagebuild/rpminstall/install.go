package rpminstall

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// Install is the edit that installs a package. It may be applied to any number of trees, one after the
// other.
type Install struct {
	p *Package
	o Options
}

var (
	_ overlay.Edit  = (*Install)(nil)
	_ overlay.Sizer = (*Install)(nil)
)

// Edit makes the edit, or says why the package cannot be installed into an image of that architecture.
func (p *Package) Edit(o Options) (*Install, error) {
	switch o.Scriptlets {
	case "":
		o.Scriptlets = Native
	case Native, Skip:
	default:
		return nil, fmt.Errorf("scriptlets %q: write native or skip", o.Scriptlets)
	}
	if o.Arch != "" && p.Arch != "noarch" && p.Arch != o.Arch && !slices.Contains(arches[o.Arch], p.Arch) {
		return nil, fmt.Errorf("package %s: it is for %s, the image is %s: give the package for %s or noarch", p, p.Arch, o.Arch, o.Arch)
	}
	return &Install{p, o}, nil
}

// Describe is "install load-balancer-servo-1.1.0-0.el6.noarch".
func (i *Install) Describe() string { return "install " + i.p.String() }

// Paths are the package's files. What its scripts touch is known only when it is applied.
func (i *Install) Paths() []string {
	out := make([]string, 0, len(i.p.Files))
	for k := range i.p.Files {
		if i.p.Files[k].InPayload() {
			out = append(out, i.p.Files[k].Path)
		}
	}
	return out
}

// Apply installs the package. See [Install.Run] for the report.
func (i *Install) Apply(t overlay.Tree) ([]overlay.Change, error) {
	r, err := i.Run(t)
	if err != nil {
		return nil, err
	}
	return r.Changes, nil
}

// Run is Apply with the whole report. When it fails, the tree may be half changed: as with any edit, give
// it a layer that can be thrown away.
func (i *Install) Run(t overlay.Tree) (*Report, error) {
	r, err := newInstaller(i, overlay.Guard(t)).run()
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", i.p, err)
	}
	if i.o.Report != nil {
		i.o.Report(r)
	}
	return r, nil
}

// Estimate counts what the package's files take, one after the other: configuration as if what is there
// were kept beside it. What its scripts make is not counted, nor what comes free when the old version's
// files go, which is the last step.
func (i *Install) Estimate(e *overlay.Estimate) error {
	for k := range i.p.Files {
		f := &i.p.Files[k]
		if f.InPayload() && f.Mode.IsDir() {
			if err := e.Dir(f.Path); err != nil {
				return err
			}
		}
	}
	for _, set := range i.p.sets {
		for n, k := range set {
			if f := &i.p.Files[k]; !f.Mode.IsDir() {
				if err := i.count(e, f, n > 0); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// count enters one name; again is set for a further one of a file.
func (i *Install) count(e *overlay.Estimate, f *rpm.File, again bool) error {
	name := f.Path
	if f.Flags&rpm.FlagConfig != 0 {
		name += altName.suffix()
	}
	if f.Mode.Type() == fs.ModeSymlink {
		return e.Symlink(name, f.Link)
	}
	if err := e.Remove(name, false); err != nil { // a new inode takes the place
		return err
	}
	if again {
		return e.Link(name)
	}
	return e.File(name, f.Size)
}

// installer is one installation into one tree.
type installer struct {
	*Install
	t      overlay.Tree
	report *Report
	keep   bool  // capabilities and lists of replaced files, by the tree's policy
	texts  int64 // how many bytes of text the changes may still keep
	owners owners

	old      []Installed          // versions of the same name that make place
	listed   bool                 // old is what Options.Old says
	obsolete []Installed          // other packages that make place
	leaving  map[string]bool      // their full names
	was      map[string]*rpm.File // their files, by path as the image resolves it
	fates    []fate               // of each file
	landed   map[string]int       // where a file or folder of the package stands → its index
	folders  map[int]string       // of each folder of the package: where it stands
}

// maxTexts is how many bytes of text the changes of one installation keep for diffs.
const maxTexts = 16 << 20

func newInstaller(i *Install, t overlay.Tree) *installer {
	return &installer{
		Install: i, t: t, keep: overlay.PolicyOf(t).Attributes == overlay.Keep, texts: maxTexts, owners: owners{t: t, users: map[string]id{}, groups: map[string]id{}},
		report:  &Report{Package: i.p.String(), Digests: i.p.Digests},
		leaving: map[string]bool{}, was: map[string]*rpm.File{}, landed: map[string]int{}, folders: map[int]string{},
	}
}

// run goes through the steps in rpm's order.
func (in *installer) run() (*Report, error) {
	in.operation()
	in.dependencies()
	first := 1 // $1: how many of the name there are while the script runs
	if len(in.old) > 0 {
		first = 2
	}
	last := first // %posttrans tells an installation from one that took something's place
	if len(in.obsolete) > 0 {
		last = 2
	}
	for _, step := range []func() error{
		func() error { return in.script(in.p.Scriptlets, "pretrans", in.p.String(), first) },
		func() error { return in.script(in.p.Scriptlets, "trigger", in.p.String(), first) },
		func() error { return in.script(in.p.Scriptlets, "prein", in.p.String(), first) },
		in.files,
		func() error { return in.script(in.p.Scriptlets, "postin", in.p.String(), first) },
		in.leave,
		func() error { return in.script(in.p.Scriptlets, "posttrans", in.p.String(), last) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return in.report, nil
}

// operation finds out which packages make place.
func (in *installer) operation() {
	in.report.Operation = "install"
	if db := in.o.Database; db != nil {
		in.old = db.Installed(in.p.Name)
		for _, d := range in.p.Obsoletes {
			for _, p := range db.Obsoleted(d) {
				if p.Name != in.p.Name && !in.leaving[p.String()] {
					in.leaving[p.String()] = true
					in.obsolete = append(in.obsolete, p)
					in.note("%s goes: %s obsoletes %s", p, in.p, d)
				}
			}
		}
	}
	if len(in.old) == 0 && len(in.o.Old) > 0 {
		in.old = []Installed{{Name: in.p.Name, EVR: "(unknown version)", Files: in.o.Old}}
		in.listed = true
	}
	for _, p := range in.old {
		in.leaving[p.String()] = true
		if p.Arch != "" && p.Arch != in.p.Arch {
			in.note("%s makes place for a package of architecture %s", p, in.p.Arch)
		}
	}
	if n := len(in.old); n > 0 {
		in.report.Operation = "upgrade"
		switch c := rpm.ParseEVR(in.old[n-1].EVR).Compare(rpm.ParseEVR(in.p.evr())); {
		case in.listed:
		case c == 0:
			in.report.Operation = "reinstall"
			in.note("%s is installed already: it is installed again", in.old[n-1])
		case c > 0:
			in.report.Operation = "downgrade"
			in.note("%s is newer: it is replaced by the older %s as asked", in.old[n-1], in.p)
		}
	}
	for _, list := range [][]Installed{in.obsolete, in.old} {
		for _, p := range list {
			in.report.Replaces = append(in.report.Replaces, p.String())
		}
	}
}

func (in *installer) note(format string, args ...any) {
	in.report.Notes = append(in.report.Notes, fmt.Sprintf(format, args...))
}

// dependencies tells what the image lacks for the package.
func (in *installer) dependencies() {
	db := in.o.Database
	var unknown []string
	for _, d := range in.p.Requires {
		if d.Internal() || in.provides(d) {
			continue
		}
		if strings.HasPrefix(d.Name, "/") && d.Op == "" {
			r, err := overlay.Resolve(in.t, d.Name)
			if err == nil && r.Exists() {
				continue
			}
		}
		if db == nil && !strings.HasPrefix(d.Name, "/") {
			unknown = append(unknown, d.String())
			continue
		}
		why := "no package of the image provides it"
		if db == nil {
			why = "the image has no such file"
		} else {
			by, ok := db.Satisfies(d)
			if ok {
				continue
			}
			if by != "" {
				why = "the image has " + by
			}
		}
		in.miss("requires", d.String(), why)
	}
	if len(unknown) > 0 {
		in.miss("unknown", strings.Join(unknown, ", "), "the image has no package database to look them up in")
	}
	if db == nil {
		return
	}
	for _, d := range in.p.Conflicts {
		if by, ok := db.Satisfies(d); ok && !in.leaving[by] {
			in.miss("conflicts", d.String(), by+" is in the image")
		}
	}
}

func (in *installer) miss(kind, what, why string) {
	m := Miss{kind, what, why}
	if !slices.Contains(in.report.Misses, m) {
		in.report.Misses = append(in.report.Misses, m)
	}
}

// provides says whether the package meets its own requirement.
func (in *installer) provides(d rpm.Dependency) bool {
	if strings.HasPrefix(d.Name, "/") {
		_, ok := in.p.File(d.Name)
		return ok
	}
	return slices.ContainsFunc(in.p.Provides, d.Overlaps)
}

// isType says whether a mode is of a type: 0 for a regular file, fs.ModeDir, fs.ModeSymlink.
func isType(m, t fs.FileMode) bool { return m.Type() == t }
