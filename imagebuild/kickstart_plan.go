package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/kickplan"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/script"
	"lbimage/overlay"
	"lbimage/overlay/selinux"
)

// KickstartFrom reads a kickstart file that has no folder, from which it could include others.
func KickstartFrom(r io.Reader, name string, v grammar.Version) (*Kickstart, error) {
	text, err := io.ReadAll(io.LimitReader(r, kickstart.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("kickstart %s: %w", name, err)
	}
	k := &Kickstart{Name: name, Version: v, text: text}
	if err := k.readIncluded(nowhere(name + " has no folder")); err != nil {
		return nil, fmt.Errorf("kickstart %s: %w", name, err)
	}
	return k, nil
}

// KickstartPlan is how an image is brought to a kickstart file.
type KickstartPlan struct {
	*kickplan.Plan
	Source *source.Source // for its names and numbers; it is closed
	SHA256 string         // of the source
	// File is the kickstart file, as it was read for the image.
	File *kickstart.File
}

// PlanKickstart plans the edits of a recipe that bring the image at a path to a kickstart file. Nothing is written. stamp is the
// time of what is new; zero is the source's own.
func PlanKickstart(ctx context.Context, k *Kickstart, path string, stamp time.Time, o source.Options) (*KickstartPlan, error) {
	o.Digest = true
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if k.own {
		if k, err = packagedKickstart(s, k.Version); err != nil {
			return nil, source.At(path, err)
		}
	}
	out, err := planKickstart(ctx, k, s, stamp, o)
	if err != nil {
		return nil, source.At(path, err)
	}
	return out, nil
}

func planKickstart(ctx context.Context, k *Kickstart, s *source.Source, stamp time.Time, o source.Options) (*KickstartPlan, error) {
	digest, err := s.SHA256()
	if err != nil {
		return nil, err
	}
	found, err := survey.Of(ctx, s.Root.FS, survey.Options{TempDir: o.TempDir})
	if err != nil {
		return nil, fmt.Errorf("looking at the image: %w", err)
	}
	f, err := k.Parse(k.versionFor(found.OS))
	if err != nil {
		return nil, err
	}
	if stamp.IsZero() {
		stamp = s.Time
	}
	copies := copiesOf{src: s, tempDir: o.TempDir, stamp: stamp}
	defer copies.close()
	looked := original(s, o.TempDir).subject(found, Checks{})
	plan, err := kickplan.Make(ctx, f, script.Read(f), looked, copies.fresh, kickplan.Options{TempDir: o.TempDir, Time: stamp})
	if err != nil {
		return nil, err
	}
	return &KickstartPlan{Plan: plan, Source: s, SHA256: digest, File: f}, nil
}

// copiesOf are copies of an image to change, as a build changes it: layers over its disk.
type copiesOf struct {
	src     *source.Source
	tempDir string
	stamp   time.Time
	layers  []*block.Layer
}

func (c *copiesOf) fresh() (kickplan.Copy, error) {
	layer := block.NewLayer(c.src.Disk, c.tempDir)
	c.layers = append(c.layers, layer)
	root, err := rootOf(layer, c.src)
	if err != nil {
		return kickplan.Copy{}, err
	}
	tree, err := ext.OpenWritable(root, root.Size(), ext.Options{Time: c.stamp})
	if err != nil {
		return kickplan.Copy{}, c.src.RootError(err)
	}
	labelled, _, err := selinux.Labelled(overlay.WithPolicy(tree, overlay.Policy{}))
	return kickplan.Copy{Tree: labelled, Look: func() (overlay.ReadTree, error) {
		if err := tree.Sync(); err != nil {
			return nil, c.src.RootError(err)
		}
		return ext.Open(root, root.Size())
	}}, err
}

func (c *copiesOf) close() error {
	var errs []error
	for _, l := range c.layers {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// KickstartPlanSchema names the form of a [KickstartPlanReport].
const KickstartPlanSchema = "lbimage/kickstart-plan/v1"

// KickstartPlanReport is a plan for programs. Of secrets it has no more than their digests.
type KickstartPlanReport struct {
	Schema string `json:"schema"`
	// Source is the image as it was named.
	Source string `json:"source"`
	SHA256 string `json:"sha256"` // of the source, in hexadecimal
	// File is the kickstart file, without folders.
	File string `json:"file"`
	// Version is the release by whose installer it was read: RHEL6.
	Version string `json:"version"`
	// Problems are what the installer of that release would refuse, or read otherwise than it looks.
	Problems []kickstart.Problem `json:"problems"`
	// Holds are the statements that the image has already.
	Holds []conformance.Statement `json:"holds"`
	// Edits are those of the recipe, in their order.
	Edits []KickstartEdit `json:"edits"`
	// Left are the statements that the edits do not bring.
	Left []KickstartLeft `json:"left"`
}

// KickstartEdit is an edit that brings something of a kickstart file.
type KickstartEdit struct {
	Kind string `json:"kind"` // as a recipe calls it: line, file, service
	// For are the lines of the kickstart file that ask for it.
	For  []kickplan.Origin `json:"for"`
	Note string            `json:"note,omitempty"` // that it is right for this image alone
	// Changes are what it does to the image.
	Changes []RecordChange `json:"changes"`
}

// KickstartLeft is a statement that the edits do not bring.
type KickstartLeft struct {
	conformance.Statement
	Reason string `json:"reason"` // why they do not
}

// Report is the plan for programs.
func (p *KickstartPlan) Report() KickstartPlanReport {
	out := KickstartPlanReport{
		Schema: KickstartPlanSchema, Source: p.Source.Path, SHA256: p.SHA256, File: p.File.Name, Version: p.File.Version.String(),
		Problems: append([]kickstart.Problem{}, p.File.Problems...),
		Holds:    append([]conformance.Statement{}, p.Holds...), Edits: []KickstartEdit{}, Left: []KickstartLeft{},
	}
	for _, e := range p.Edits {
		out.Edits = append(out.Edits, KickstartEdit{e.Kind(), e.For, e.Note, RecordChanges(overlay.Fold(e.Changes))})
	}
	for _, l := range p.Left {
		out.Left = append(out.Left, KickstartLeft{l.Statement, l.Reason})
	}
	return out
}
