package rpmout

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"lbimage/imagebuild/rpm"
)

// follow takes over what the source's package is, but for its tarball.
func (d *Draft) follow(o Options) error {
	p := d.base.Package
	d.spec = rpm.Spec{
		Name: p.Name, Version: p.Version, Release: p.Release, Epoch: p.Epoch, Arch: p.Arch,
		Summary: p.Summary, Description: p.Description, License: p.License, Group: p.Group, URL: p.URL,
		Vendor: p.Vendor, Packager: p.Packager,
	}
	if d.spec.Changelog = p.Changelog; slices.ContainsFunc(p.Changelog, func(c rpm.Change) bool { return c.Name == "" || !inRange(c.Time) }) {
		d.spec.Changelog = nil
		d.note("its changelog is left out: the source's has entries without a name, or of no time between 1970 and 2037")
	}
	if o.Development && !strings.HasSuffix(d.spec.Name, develMark) {
		d.spec.Name += develMark
	}
	d.set(o.Tags)
	if d.spec.Name == p.Name && d.evr() == evrOf(p) {
		d.note("it has the name, version and release of the package that it is made of: yum and rpm take the two for one; give it a release of its own (--rpm-tag release=…, in a recipe output: {rpm: {release: …}})")
	}
	d.dependencies()
	if err := d.scripts(); err != nil {
		return err
	}
	for i := range p.Files {
		if err := d.carry(&p.Files[i]); err != nil {
			return fmt.Errorf("package %s: %w", p, err)
		}
	}
	if k := d.kickstart(); k != "" && o.Kickstart == "" && d.spec.Name != p.Name {
		d.note("its kickstart is that of %s", p.Name)
	}
	return nil
}

func evrOf(p *rpm.Package) string {
	return (&Draft{spec: rpm.Spec{Version: p.Version, Release: p.Release, Epoch: p.Epoch}}).evr()
}

// dependencies takes over all that is not about rpm itself. What the package says of itself, in its
// own version, it says in the new one.
func (d *Draft) dependencies() {
	p := d.base.Package
	renamed := func(list []rpm.Dependency) (out []rpm.Dependency) {
		for _, dep := range list {
			if dep.Internal() {
				continue
			}
			if dep.Version == evrOf(p) {
				for _, own := range []string{p.Name, p.Name + isa[p.Arch], "config(" + p.Name + ")"} {
					if dep.Name == own {
						dep.Name, dep.Version = strings.Replace(own, p.Name, d.spec.Name, 1), d.evr()
						break
					}
				}
			}
			if mark := isa[p.Arch]; mark != "" && dep.Name == d.spec.Name+mark {
				dep.Name = d.spec.Name + isa[d.spec.Arch]
			}
			if !slices.Contains(out, dep) {
				out = append(out, dep)
			}
		}
		return out
	}
	d.spec.Requires, d.spec.Provides = renamed(p.Requires), renamed(p.Provides)
	d.spec.Conflicts, d.spec.Obsoletes = renamed(p.Conflicts), renamed(p.Obsoletes)
}

// scripts takes over those that a load balancer image might have.
func (d *Draft) scripts() error {
	for _, s := range d.base.Package.Scriptlets {
		to := map[string]*string{
			"prein": &d.spec.PreInstall, "postin": &d.spec.PostInstall, "preun": &d.spec.PreRemove, "postun": &d.spec.PostRemove,
		}[s.Name]
		if to == nil || len(s.Program) > 1 || len(s.Program) == 1 && s.Program[0] != "/bin/sh" {
			return fmt.Errorf("package %s: its %s script cannot be taken over: unpack the image tarball and give that as the source, with the kickstart, the licence and the installer",
				d.base.Package, strings.Join(append([]string{s.Name}, s.Program...), " "))
		}
		if *to = s.Body; s.Body == "" {
			*to = ":" // the shell alone, without a script
		}
	}
	return nil
}

// inRange holds a time against what headers have room for.
func inRange(t time.Time) bool { return t.Unix() >= 0 && t.Year() <= 2037 }

// kept are the flags of files that mean the same in the new package.
const kept = rpm.FlagConfig | rpm.FlagNoReplace | rpm.FlagMissingOK | rpm.FlagDoc | rpm.FlagLicense | rpm.FlagReadme | rpm.FlagPubkey | rpm.FlagArtifact | rpm.FlagGhost

// carry takes a file of the source's package over.
func (d *Draft) carry(f *rpm.File) error {
	to := rpm.SpecFile{Path: d.moved(f.Path), Mode: f.Mode, User: f.User, Group: f.Group, ModTime: f.ModTime, Flags: f.Flags & kept, Unverified: ^f.VerifyFlags}
	if f.Path == d.base.Member {
		p := d.base.Package
		dir, name := path.Split(to.Path)
		if name == tarballName(p.Name, p.Version, p.Release) {
			name = tarballName(d.spec.Name, d.spec.Version, d.spec.Release)
		}
		if !strings.HasSuffix(name, ".tgz") && !strings.HasSuffix(name, ".tar.gz") {
			base, _, _ := strings.Cut(name, ".t")
			d.note("the tarball %s is %s.tgz here: it is compressed by gzip", name, base)
			name = base + ".tgz"
		}
		to.Path, to.ModTime, to.Flags = dir+name, p.BuildTime, 0
		d.tarball = to.Path
		d.add(to, fromImage)
		return nil
	}
	if !inRange(to.ModTime) {
		return fmt.Errorf("%s: its time, %v, lies outside 1970 to 2037: it cannot be packed", f.Path, f.ModTime)
	}
	from := fromSource
	switch t := f.Mode.Type(); {
	case f.Caps != "":
		return fmt.Errorf("%s: its capabilities (%s) cannot be taken over: give the image tarball in the package as the source", f.Path, f.Caps)
	case t == fs.ModeSymlink && f.InPayload():
		to.Link = f.Link
	case t == fs.ModeDir:
		from = ""
	case t == 0, t == fs.ModeSymlink:
	default:
		return fmt.Errorf("%s: it is a %v, which cannot be taken over: give the image tarball in the package as the source", f.Path, t)
	}
	if _, twice := d.from[to.Path]; twice {
		return fmt.Errorf("%s would be there twice: choose another name or version", to.Path)
	}
	d.add(to, from)
	if f.Mode.IsRegular() && f.InPayload() {
		d.carried[to.Path] = f.Path
	}
	return nil
}
