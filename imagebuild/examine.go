package imagebuild

import (
	"context"
	"slices"
	"sync"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/all"
	"lbimage/imagebuild/source"
)

// Examined is what the checks say of a source.
type Examined struct {
	Findings []check.Finding
	Template check.Judgement
	Warnings []string // of the source itself
	// Overrides that made a difference to the findings.
	Overrides []check.Override
	// Kickstart says whether the image has what the kickstart file says; nil where none was named.
	Kickstart *Conformity
}

// Check opens a source and runs every check on it. Nothing is changed.
func Check(ctx context.Context, path string, haproxy check.HAProxyOptions, c Checks, o source.Options) (*Examined, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if c.OwnKickstart {
		if c.kickstart, err = packagedKickstart(s, c.KickstartVersion); err != nil {
			return nil, source.At(path, err)
		}
	}
	out := &Examined{Warnings: s.Warnings}
	if err := examine(ctx, s, haproxy, c, o, out); err != nil {
		return nil, source.At(path, err)
	}
	return out, nil
}

// examine asks the rules, and beside them HAProxy.
func examine(ctx context.Context, s *source.Source, haproxy check.HAProxyOptions, c Checks, o source.Options, out *Examined) error {
	var looked seen
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() { looked, failed = original(s, o.TempDir).look(ctx, c, all.Rules()) })
	var err error
	out.Template, err = check.Template(ctx, s.Root.FS, haproxy)
	wg.Wait()
	if err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	found := append(looked.findings, out.Template.Findings...)
	out.Kickstart = looked.conformity
	out.Findings = check.ApplyOverrides(found, c.Overrides)
	check.Sort(out.Findings)
	out.Overrides = used(c.Overrides, found)
	return nil
}

// used are the overrides of rules that found something.
func used(overrides []check.Override, found []check.Finding) []check.Override {
	var out []check.Override
	for _, o := range overrides {
		if slices.ContainsFunc(found, func(f check.Finding) bool { return f.Rule == o.Rule }) {
			out = append(out, o)
		}
	}
	return out
}
