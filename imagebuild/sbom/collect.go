package sbom

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lbimage/imagebuild/survey"
	"lbimage/overlay"
	"lbimage/servo"
)

// Collect gathers the bill of an image.
func Collect(ctx context.Context, t overlay.ReadTree, s *survey.Survey, subject Subject) (*Bill, error) {
	c := collector{survey: s, licenses: newLicenses(), at: map[*survey.Package]int{}}
	b := &c.bill
	b.Subject = subject
	b.System = System{ID: line(s.OS.ID), Name: line(s.OS.Name), Version: line(s.OS.Version), CPE: line(s.OS.CPE)}
	b.Manager = s.Packages.Manager
	if len(subject.Installed) > 0 {
		b.Manager = "rpm" // what was installed is rpm's, also where the image has no database
	}
	c.packages()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.depends()
	c.parts()
	if err := c.files(ctx, t); err != nil {
		return nil, err
	}
	for _, n := range s.Packages.Notes {
		b.Notes = append(b.Notes, line(n))
	}
	for id, text := range c.licenses.texts {
		b.refs = append(b.refs, licenseRef{id, text})
	}
	slices.SortFunc(b.refs, func(x, y licenseRef) int { return strings.Compare(x.id, y.id) })
	return b, nil
}

// collector makes a bill.
type collector struct {
	bill     Bill
	survey   *survey.Survey
	licenses *licenses
	at       map[*survey.Package]int // where a package of the survey is in the bill; those that are gone are not
	added    int                     // where the installed ones begin
}

// packages lists those of the database, without what was replaced, and those that were installed past it.
func (c *collector) packages() {
	b := &c.bill
	gone := map[string]bool{}
	for _, name := range b.Gone {
		gone[name] = true
	}
	list := c.survey.Packages.List
	for i := range list {
		p := &list[i]
		arch := p.Arch
		if arch == "" {
			arch = "(none)"
		}
		if gone[p.Name+"-"+p.Version+"-"+p.Release+"."+arch] {
			continue
		}
		said := c.survey.Packages.License(p)
		c.at[p] = len(b.Packages)
		b.Packages = append(b.Packages, Package{
			Name: line(p.Name), Epoch: line(p.Epoch), Version: line(p.Version), Release: line(p.Release), Arch: line(p.Arch), Source: line(p.Source),
			License: c.licenses.expression(said), Said: line(said), Supplier: line(p.Vendor), Summary: line(p.Summary),
		})
	}
	c.added = len(b.Packages)
	for _, in := range b.Installed {
		p := Package{
			Name: line(in.Name), Version: line(in.Version), Release: line(in.Release), Arch: line(in.Arch), Source: line(in.SourceRPM),
			License: c.licenses.expression(in.License), Said: line(in.License), Supplier: line(in.Vendor), Summary: line(in.Summary),
			File: line(in.File), SHA256: in.SHA256,
		}
		if in.Epoch != 0 {
			p.Epoch = strconv.FormatUint(uint64(in.Epoch), 10)
		}
		b.Packages = append(b.Packages, p)
	}
}

// owners gives where the packages that own a path are in the bill.
func (c *collector) owners(path string) []int {
	var out []int
	for _, p := range c.survey.Packages.Owners(path) {
		if i, ok := c.at[p]; ok {
			out = append(out, i)
		}
	}
	for k, in := range c.bill.Installed {
		if _, ok := in.Package.File(path); ok {
			out = append(out, c.added+k)
		}
	}
	return out
}

func (c *collector) depends() {
	b := &c.bill
	g := newGraph(b.Packages, c.owners)
	db := c.survey.Packages.DB
	for k, in := range b.Installed {
		g.provide(c.added+k, in.Provides)
	}
	list := c.survey.Packages.List
	if db != nil {
		all := db.Packages() // of which list is made, one by one
		for k, p := range all[:min(len(all), len(list))] {
			if i, ok := c.at[&list[k]]; ok {
				g.provide(i, p.Provides)
			}
		}
		for k, p := range all[:min(len(all), len(list))] {
			if i, ok := c.at[&list[k]]; ok {
				g.require(i, p.Requires)
			}
		}
	} else {
		for k := range list {
			if i, ok := c.at[&list[k]]; ok {
				g.depend(i, list[k].Depends)
			}
		}
	}
	for k, in := range b.Installed {
		g.require(c.added+k, in.Requires)
	}
	if g.full {
		b.Notes = append(b.Notes, fmt.Sprintf("of the dependencies of packages the first %d are listed", maxDepends))
	}
}

// parts finds what a load balancer consists of where no package brought it.
func (c *collector) parts() {
	b, e := &c.bill, &c.survey.Essentials
	if s := b.Servo; s != nil {
		p := Part{Name: servo.PackageName, Version: line(s.Version), SHA256: s.SHA256, Commit: s.Commit, Found: "installed from source by this build"}
		if strings.Contains(s.From, "://") {
			p.Repository = line(s.From)
		} else {
			p.Summary = "from the folder " + line(filepath.Base(s.From))
		}
		b.Parts = append(b.Parts, p)
	} else if in := e.Servo.Installed; in.Present && !slices.ContainsFunc(in.Files, func(f servo.Found) bool { return len(c.owners(f.Path)) > 0 }) {
		b.Parts = append(b.Parts, Part{Name: servo.PackageName, Version: line(in.Version), Found: line(strings.Join(in.Evidence, "; "))})
	}
	program := func(name string, p survey.Program) {
		if p.Path != "" && len(c.owners(p.Path)) == 0 {
			b.Parts = append(b.Parts, Part{Name: name, Version: line(p.Version), Path: line(p.Path), Found: line(p.How)})
		}
	}
	program("haproxy", e.HAProxy.Program)
	seen := map[string]bool{}
	for _, p := range e.Pythons {
		program("python", p.Program)
		if p.Boto == nil || seen[p.Boto.Path] {
			continue
		}
		seen[p.Boto.Path] = true
		if len(c.owners(p.Boto.Path)) == 0 && len(c.owners(p.Boto.How)) == 0 {
			b.Parts = append(b.Parts, Part{Name: "boto", Version: line(p.Boto.Version), Path: line(p.Boto.Path), Found: line(p.Boto.How), PyPI: true})
		}
	}
	program("sudo", e.Sudo)
}

func (c *collector) files(ctx context.Context, t overlay.ReadTree) error {
	b := &c.bill
	f := fileFinder{ctx: ctx, tree: t, changed: map[string]bool{}, seen: map[uint64]bool{}, owners: func(path string) []string {
		var names []string
		for _, i := range c.owners(path) {
			names = append(names, b.Packages[i].Name)
		}
		return names
	}}
	for _, name := range b.Changed {
		f.changed[name] = true
	}
	if err := f.walk(".", 0); err != nil {
		return err
	}
	b.Files = f.found
	b.Notes = append(b.Notes, f.notes...)
	if f.left > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("%d more files that no package owns are not listed: at most %d are, of at most %d GiB", f.left, maxFiles, int64(maxFileBytes)>>30))
	}
	if f.paths > maxPaths {
		b.Notes = append(b.Notes, fmt.Sprintf("only the first %d paths of the image were looked at", maxPaths))
	}
	if f.derived > 0 {
		b.Notes = append(b.Notes, fmt.Sprintf("%d files that Python made of files of packages are not listed", f.derived))
	}
	return nil
}
