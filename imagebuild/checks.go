package imagebuild

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"lbimage/haproxy-config/nearest"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/all"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart/grammar"
)

// Checks say what an image is checked for. The zero value checks one for development, with every rule.
type Checks struct {
	For check.Profile // empty: development
	// Strict holds an edited image to blame for what its source has already.
	Strict    bool
	Asked     check.Asked
	Installer string // 1.0, 1.1 or 4.1; empty: by the layout
	Overrides []check.Override
	// KickstartPath is the kickstart file that the image is held against; empty: none. KickstartVersion is the release by
	// which it is read; 0: the image's own.
	KickstartPath    string
	KickstartVersion grammar.Version
	// OwnKickstart holds the source against the kickstart file that its own package brings. It is for [Check] alone.
	OwnKickstart bool

	kickstart *Kickstart // of KickstartPath, once it was read
}

// ReadKickstart takes the kickstart file that the image is held against from a reader, in place of KickstartPath. It has no
// folder, from which it could include others.
func (c *Checks) ReadKickstart(r io.Reader, name string) (err error) {
	c.kickstart, err = KickstartFrom(r, name, c.KickstartVersion)
	return err
}

// ChecksOf are the checks that a recipe asks for in a profile.
func ChecksOf(r *recipe.Resolved) Checks {
	c := Checks{For: check.Profile(r.Checks.For), Strict: r.Checks.Strict, Installer: r.Checks.Installer}
	c.Asked = check.Asked{HAProxy: r.Checks.HAProxy, FreeBytes: r.Checks.FreeSpace, FreeInodes: r.Checks.FreeInodes}
	if c.For == "" {
		c.For = check.Development
		if r.Profile == string(check.Production) {
			c.For = check.Production
		}
	}
	if r.Checks.Kickstart != "" {
		c.KickstartPath = r.Path(r.Checks.Kickstart)
	}
	for _, rule := range r.Checks.Rules {
		c.Overrides = append(c.Overrides, check.Override{Rule: rule.Name, Severity: check.Severity(rule.Severity), Reason: rule.Reason})
	}
	return c
}

// prepare refuses overrides of rules that there are not, or that cannot be overridden, and reads the kickstart file.
func (c *Checks) prepare() error {
	for _, o := range c.Overrides {
		if err := overridable(o.Rule); err != nil {
			return usagef("%w", err)
		}
	}
	if c.KickstartPath == "" {
		return nil
	}
	var err error
	c.kickstart, err = OpenKickstart(c.KickstartPath, c.KickstartVersion)
	return err
}

// kickstartProblems are what keeps the kickstart file of a profile from being read, each told where the recipe names it.
func kickstartProblems(r *recipe.Resolved) []recipe.Problem {
	const key = "checks.kickstart"
	if r.Checks.Kickstart == "" {
		return nil
	}
	bad := func(text string) recipe.Problem {
		return recipe.Problem{Place: r.Places[key], Rule: "bad-kickstart", Message: key + ": " + text}
	}
	k, err := OpenKickstart(r.Path(r.Checks.Kickstart), 0)
	if err != nil {
		return []recipe.Problem{bad(err.Error())}
	}
	refused, err := k.refusals()
	if err != nil {
		return []recipe.Problem{bad(err.Error())}
	}
	var out []recipe.Problem
	for _, p := range refused[:min(len(refused), 20)] {
		out = append(out, bad(p.Error()))
	}
	return out
}

// overridable says why a rule cannot be overridden; nil where it can.
func overridable(name string) error {
	rule, ok := all.Rule(name)
	switch {
	case !ok:
		return fmt.Errorf("there is no rule %s%s; 'lbimage check --list' tells what there is", name, nearest.Suggestion(name, all.Names()))
	case rule.OfKickstarts():
		return fmt.Errorf("rule %s cannot be overridden: it looks at kickstart files, when 'lbimage kickstart check' is asked to", name)
	case rule.Fixed():
		return fmt.Errorf("rule %s cannot be overridden: without it nobody knows whether the image is what was asked for", name)
	}
	return nil
}

// ValidateChecks finds overrides in a recipe that name no rule, and kickstart files that an installer would refuse, in some
// of its profiles, in all where none is named. The error is a [*recipe.Error].
func ValidateChecks(r *recipe.Recipe, profiles ...string) error {
	if len(profiles) == 0 {
		profiles = r.ProfileNames()
	}
	var found []recipe.Problem
	for _, name := range profiles {
		resolved, err := r.Resolve(name)
		if err != nil {
			return &UsageError{Err: err}
		}
		for _, rule := range resolved.Checks.Rules {
			key := "checks.rules." + rule.Name
			if err := overridable(rule.Name); err != nil {
				found = append(found, recipe.Problem{Place: resolved.Places[key], Rule: "unknown-rule", Message: key + ": " + err.Error()})
			}
		}
		found = append(found, kickstartProblems(resolved)...)
	}
	return recipe.NewError(r.File, found)
}

// subject is an image as rules look at it: of a source, or of a layer over it.
type subject struct {
	src  *source.Source
	root block.Device
	tree *ext.FS
	// output is the name of the tarball that the image is or will be in; empty: there is none.
	output string
	// tempDir is where a database of packages is unpacked, if it has to be.
	tempDir string
}

// original is a source as it is.
func original(s *source.Source, tempDir string) subject {
	o := subject{src: s, root: s.Root.Device, tree: s.Root.FS, tempDir: tempDir}
	switch s.Kind {
	case source.KindRPM:
		o.output = s.Member
	case source.KindTarball:
		o.output = s.Path
	}
	return o
}

// seen is what was found in an image.
type seen struct {
	findings   []check.Finding
	conformity *Conformity // nil where no kickstart file was named
}

// look surveys the image, asks rules, and holds it against the kickstart file where there is one.
func (o subject) look(ctx context.Context, c Checks, rules []check.Rule) (seen, error) {
	found, err := survey.Of(ctx, o.tree, survey.Options{TempDir: o.tempDir})
	if err != nil {
		return seen{}, fmt.Errorf("looking at the image: %w", err)
	}
	s := o.subject(found, c)
	var out seen
	if out.findings, err = check.Run(ctx, s, rules); err != nil || c.kickstart == nil {
		return out, err
	}
	if out.conformity, err = c.kickstart.judge(ctx, s); err != nil {
		return out, err
	}
	out.findings = append(out.findings, conformance.Findings(out.conformity.Statements)...)
	check.Sort(out.findings)
	return out, nil
}

func (o subject) subject(found *survey.Survey, c Checks) *check.Subject {
	s := &check.Subject{Tree: o.tree, Survey: found, Root: o.root, Info: o.tree.Info(), Profile: c.For, Asked: c.Asked}
	info := o.src.DiskInfo()
	s.Disk = check.Disk{Size: info.Size, Table: info.Table, BootCode: bootCode(o.src)}
	for _, p := range info.Partitions {
		s.Disk.Partitions = append(s.Disk.Partitions, check.Partition{
			Number: p.Number, Start: p.Start, Size: p.Size, UUID: p.UUID, Bootable: p.Bootable, Root: p.Root,
		})
	}
	if o.output == "" {
		return s
	}
	s.Tarball = &check.Tarball{Name: filepath.Base(o.output), Installer: c.Installer}
	for _, e := range o.src.Archive.Entries {
		s.Tarball.Members = append(s.Tarball.Members, check.Member{Name: e.Header.Name, Size: e.Header.Size, Mode: uint32(e.Header.Mode) & 0o7777})
	}
	return s
}

// bootCode tells whether the first sector of a disk with a table holds a program: what lies before the identifier and the
// table, which is nothing where only a table was written.
func bootCode(s *source.Source) check.BootCode {
	const program = 440
	var b [program]byte
	if s.Table.Kind == disk.None {
		return ""
	}
	if _, err := s.Disk.ReadAt(b[:], 0); err != nil {
		return ""
	}
	if b == [program]byte{} {
		return check.BootCodeNone
	}
	return check.BootCodeThere
}
