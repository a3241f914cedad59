package rpmdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// Statement is what rpm in the running image will say of one thing that was changed behind its back.
type Statement struct {
	Path    string // of the file; "" where it is about a package
	Package string // the owner, or the package, as 'rpm -q' prints it; "" for a file that no package owns
	Verify  string // the line that 'rpm -V' will print; "" where it says nothing
	Text    string // all of it, for people
}

func (s Statement) String() string { return s.Text }

// Report says for each changed path whose file it is and what 'rpm -V' will print of it, given the tree as it is
// after the change. Paths come out sorted, each once for every package that owns it.
func (db *DB) Report(ctx context.Context, after overlay.ReadTree, paths []string) ([]Statement, error) {
	v, err := db.newVerifier(ctx, after)
	if err != nil {
		return nil, err
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(paths)))
	var out []Statement
	for _, name := range sorted {
		owners := db.owned(name)
		if len(owners) == 0 {
			out = append(out, Statement{Path: name, Text: name + ": no package owns it; rpm -V says nothing"})
		}
		for _, o := range owners {
			d, bad, err := v.verify(o.File)
			if err != nil {
				return nil, err
			}
			s := Statement{Path: name, Package: o.Package.String()}
			if bad {
				s.Verify = d.String()
				s.Text = fmt.Sprintf("%s: of %s; rpm -V will print '%s'", name, s.Package, s.Verify)
			} else {
				s.Text = fmt.Sprintf("%s: of %s; rpm -V says nothing", name, s.Package)
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// ReportPackages says of packages that were put into the image without its database what 'rpm -q' will go on to
// say, in the order of the packages.
func (db *DB) ReportPackages(put ...*rpm.Package) []Statement {
	var out []Statement
	for _, p := range put {
		s := Statement{Package: p.String()}
		old := db.byName[p.Name]
		switch {
		case len(old) == 0:
			s.Text = fmt.Sprintf("%s is in the image; 'rpm -q %s' will say that it is not installed", p, p.Name)
		case slices.ContainsFunc(old, func(o *Package) bool { return sameEVRA(o, p) }):
			s.Text = fmt.Sprintf("%s is in the image, and 'rpm -q %s' says so", p, p.Name)
		default:
			s.Text = fmt.Sprintf("%s is in the image; 'rpm -q %s' will still say %s", p, p.Name, names(old))
		}
		out = append(out, s)
	}
	return out
}

func sameEVRA(o *Package, p *rpm.Package) bool {
	return o.Version == p.Version && o.Release == p.Release && o.Arch == p.Arch &&
		o.evr().Compare(rpm.ParseEVR(fmt.Sprintf("%d:%s-%s", p.Epoch, p.Version, p.Release))) == 0
}

// Describe tells the letters of a deviation: 'size, digest and time differ'.
func (d Deviation) Describe() string {
	if d.Gone {
		return "it is not there"
	}
	var s []string
	for i := range d.Attrs {
		if i < len(Attributes) && d.Attrs[i] == Attributes[i].Letter {
			s = append(s, Attributes[i].Name)
		}
	}
	switch len(s) {
	case 0:
		return "nothing differs"
	case 1:
		return s[0] + " differs"
	}
	return strings.Join(s[:len(s)-1], ", ") + " and " + s[len(s)-1] + " differ"
}
