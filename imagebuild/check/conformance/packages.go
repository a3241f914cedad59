package conformance

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// packages judges the entries of a %packages section and the options of its first line.
func (j *judge) packages(sec *kickstart.Section) []Statement {
	out := j.packageOptions(sec)
	for n, e := range sec.Entries {
		if n >= maxStatements {
			c := claim{Statement{Place: e.Place, Text: entryText(e), About: "the rest of %packages", Rule: rulePackage.Name}}
			return append(out, c.untold("what it says", fmt.Sprintf("no more than %d lines are judged", maxStatements)))
		}
		c := claim{Statement{Place: e.Place, Text: entryText(e), About: string(e.Kind) + " " + e.Name, Rule: rulePackage.Name}}
		if why := j.noPackages(); why != "" {
			out = append(out, c.untold(wanted(!e.Excluded), why))
			continue
		}
		switch {
		case e.Kind == kickstart.Package && e.Excluded:
			out = append(out, j.excluded(c, e))
		case e.Kind == kickstart.Package:
			out = append(out, j.wantedPackage(c, e, sec.Has("--ignoremissing")))
		case e.Kind == kickstart.Group:
			out = append(out, j.packageGroup(c, e))
		default:
			out = append(out, c.untold(wanted(!e.Excluded), "which packages it stands for is known to the repositories alone"))
		}
	}
	return out
}

func wanted(want bool) string {
	if want {
		return "installed"
	}
	return "not installed"
}

func entryText(e kickstart.Entry) string {
	text := map[kickstart.EntryKind]string{kickstart.Group: "@", kickstart.Environment: "@^", kickstart.Stream: "@"}[e.Kind] + e.Name
	if e.Arch != "" {
		text += "." + e.Arch
	}
	if e.Excluded {
		text = "-" + text
	}
	for _, o := range e.Options {
		text += " " + o.Name
	}
	return oneLine(text)
}

// noPackages says why nothing can be told of packages; empty where the database was read.
func (j *judge) noPackages() string {
	p := &j.subject.Survey.Packages
	switch {
	case p.Manager == "":
		return "the image has no database of packages"
	case p.Manager == "rpm" && p.DB == nil:
		if len(p.Notes) > 0 {
			return p.Notes[0]
		}
		return "the database of packages cannot be read"
	}
	return ""
}

// matching are the installed packages that an entry names: a name or a pattern, perhaps with an architecture.
func (j *judge) matching(e kickstart.Entry) []*survey.Package {
	p := &j.subject.Survey.Packages
	var all []*survey.Package
	if strings.ContainsAny(e.Name, "*?[") {
		for i := range p.List {
			if ok, err := path.Match(e.Name, p.List[i].Name); err == nil && ok && p.List[i].Name != "gpg-pubkey" {
				all = append(all, &p.List[i])
			}
		}
	} else {
		all = p.Named(e.Name)
		if e.Arch == "" && len(all) == 0 { // a version, too: kernel-2.6.32-431.el6, bash.x86_64 as a name
			all = j.nevra(e.Name)
		}
	}
	if e.Arch == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(p *survey.Package) bool { return p.Arch != e.Arch })
}

// nevra finds a package by more than its name, as yum takes it: name-version, name-version-release, each with an architecture.
func (j *judge) nevra(text string) []*survey.Package {
	var out []*survey.Package
	for i := len(text) - 1; i > 0; i-- {
		if text[i] != '-' && text[i] != '.' {
			continue
		}
		for _, p := range j.subject.Survey.Packages.Named(text[:i]) {
			nvr := p.Name + "-" + p.Version
			for _, full := range []string{nvr, nvr + "-" + p.Release, nvr + "-" + p.Release + "." + p.Arch, p.Name + "." + p.Arch} {
				if text == full {
					out = append(out, p)
					break
				}
			}
		}
	}
	return out
}

// listed names packages, the first few.
func listed(all []*survey.Package) string {
	var names []string
	for i, p := range all {
		if i == 3 {
			names = append(names, fmt.Sprintf("%d more", len(all)-3))
			break
		}
		names = append(names, p.Name+" "+p.Full())
	}
	return strings.Join(names, ", ")
}

// half are packages that dpkg has not quite installed.
func half(all []*survey.Package) string {
	for _, p := range all {
		if p.State != "" && !strings.HasPrefix(p.State, "triggers") {
			return p.Name + " is " + p.State
		}
	}
	return ""
}

func (j *judge) wantedPackage(c claim, e kickstart.Entry, ignoreMissing bool) Statement {
	p := &j.subject.Survey.Packages
	c = c.at(p.Path, 0)
	found := j.matching(e)
	switch {
	case len(found) > 0:
		if why := half(found); why != "" {
			return c.fails("installed", why)
		}
		return c.holds("installed", listed(found))
	case p.DB != nil && e.Arch == "" && !strings.ContainsAny(e.Name, "*?["):
		if by, ok := p.DB.Satisfies(rpm.Dependency{Name: e.Name}); ok {
			return c.why("the installer takes what provides a name where no package has it").holds("installed", by+", which provides it")
		}
	}
	if e.Arch != "" {
		if others := p.Named(e.Name); len(others) > 0 {
			return c.fails("installed for "+e.Arch, others[0].Name+" for "+others[0].Arch)
		}
	}
	if ignoreMissing {
		return c.untold("installed", "it is not there, and with --ignoremissing the installer goes on without what no repository has")
	}
	return c.fails("installed", "no such package")
}

// excluded judges a package that is to be left out. Up to RHEL 6 the installer only takes it off what was chosen, and brings
// it all the same where another package requires it; from RHEL 7 on it may not come in at all.
func (j *judge) excluded(c claim, e kickstart.Entry) Statement {
	c = c.at(j.subject.Survey.Packages.Path, 0)
	found := j.matching(e)
	if len(found) == 0 {
		return c.holds("not installed", "no such package")
	}
	by := ""
	for _, p := range found {
		if by = j.requiredBy(p, found); by == "" {
			break
		}
	}
	switch {
	case by != "" && j.file.Version <= grammar.RHEL6:
		return c.untold("not installed", fmt.Sprintf("%s is there, and %s requires it: the installer of %s brings what others require, excluded or not", listed(found), by, j.file.Version))
	case by != "":
		c = c.why("%s requires it; the installer of %s would have refused both together", by, j.file.Version)
	}
	return c.fails("not installed", listed(found))
}

// requiredBy names a package, none of those, that requires what one provides.
func (j *judge) requiredBy(p *survey.Package, but []*survey.Package) string {
	if j.requirers == nil {
		j.requirers = requirersOf(&j.subject.Survey.Packages)
	}
	apart := map[string]bool{}
	for _, b := range but {
		apart[b.Name] = true
	}
	asked := func(name string, fits func(rpm.Dependency) bool) string {
		for _, r := range j.requirers[name] {
			if !apart[r.name] && fits(r.what) {
				return r.by
			}
		}
		return ""
	}
	any := func(rpm.Dependency) bool { return true }
	db := j.subject.Survey.Packages.DB
	if db == nil {
		return asked(p.Name, any)
	}
	for _, x := range db.Named(p.Name) {
		if x.Arch != p.Arch || x.Version != p.Version || x.Release != p.Release {
			continue
		}
		for _, d := range x.Provides {
			if by := asked(d.Name, d.Overlaps); by != "" {
				return by
			}
		}
		for i := range x.Files {
			if by := asked(x.Files[i].Path, any); by != "" {
				return by
			}
		}
	}
	return ""
}

// requirer is a package that requires something.
type requirer struct {
	name, by string
	what     rpm.Dependency
}

// requirersOf lists who requires what, by the name that is required: with dpkg the names of packages in Depends.
func requirersOf(p *survey.Packages) map[string][]requirer {
	out := map[string][]requirer{}
	if p.DB != nil {
		for _, x := range p.DB.Packages() {
			for _, r := range x.Requires {
				out[r.Name] = append(out[r.Name], requirer{x.Name, x.String(), r})
			}
		}
		return out
	}
	for i := range p.List {
		x := &p.List[i]
		for dep := range strings.FieldsFuncSeq(x.Depends, func(r rune) bool { return r == ',' || r == '|' }) {
			name, _, _ := strings.Cut(strings.TrimSpace(dep), " ")
			name, _, _ = strings.Cut(name, ":")
			out[name] = append(out[name], requirer{x.Name, x.Name, rpm.Dependency{Name: name}})
		}
	}
	return out
}

// packageOptions judges what the first line of %packages says.
func (j *judge) packageOptions(sec *kickstart.Section) []Statement {
	var out []Statement
	claimed := func(about string) claim {
		return claim{Statement{Place: sec.Place, Text: oneLine(kickstart.ConcealText(sec.Head)), About: about, Rule: rulePackage.Name}}
	}
	if sec.Has("--excludedocs") || sec.Has("--nodocs") || sec.Has("--exclude-docs") {
		out = append(out, j.withoutDocs(claimed("documentation of packages")))
	}
	for _, name := range []string{"--instLangs", "--inst-langs"} {
		if langs, ok := sec.Value(name); ok {
			out = append(out, j.installLangs(claimed("languages of packages"), langs))
		}
	}
	return out
}

// withoutDocs holds where rpm left out every file that is documentation.
func (j *judge) withoutDocs(c claim) Statement {
	const want = "left out"
	if why := j.noPackages(); why != "" {
		return c.untold(want, why)
	}
	db := j.subject.Survey.Packages.DB
	if db == nil {
		return c.untold(want, "dpkg does not say which files are documentation")
	}
	c = c.at(db.Path, 0)
	out := 0
	for _, p := range db.Packages() {
		for i := range p.Files {
			f := &p.Files[i]
			switch {
			case f.Flags&rpm.FlagDoc == 0 || f.Mode.IsDir():
			case f.State == rpmdb.NotInstalled:
				out++
			case f.State == rpmdb.Normal:
				return c.at(f.Path, 0).fails(want, fmt.Sprintf("%s of %s, which rpm counts as installed", f.Path, p))
			}
		}
	}
	if out == 0 {
		return c.untold(want, "the database has no file that is documentation")
	}
	return c.holds(want, fmt.Sprintf("%d files of documentation that rpm left out", out))
}

// installLangs holds where the image's rpm is told so for later packages, as the installer leaves it.
func (j *judge) installLangs(c claim, langs string) Statement {
	want := named(langs)
	for _, name := range []string{"etc/rpm/macros.image-language-conf", "etc/rpm/macros"} {
		t := j.read(name)
		for n, line := range t.lines {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "%_install_langs"); ok && rest != strings.TrimSpace(rest) {
				has := strings.TrimSpace(rest)
				return c.at(t.path, n+1).is(sameWords(has, langs, ":,"), want, has)
			}
		}
	}
	return c.untold(want, "no file in /etc/rpm says %_install_langs, and the database does not tell by which languages files were left out")
}

// sameWords compares lists without their order.
func sameWords(a, b, seps string) bool {
	cut := func(s string) []string {
		f := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(seps+" ", r) })
		slices.Sort(f)
		return slices.Compact(f)
	}
	return slices.Equal(cut(a), cut(b))
}
