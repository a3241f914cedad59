package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/block"
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
	_, err = k.Parse(v)
	return k, err
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
