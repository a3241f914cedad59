package imagebuild

import (
	"context"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/source"
)

// Examined is what the checks say of a source.
type Examined struct {
	Findings []check.Finding
	Template check.Judgement
	Warnings []string // of the source itself
}

// Check opens a source and runs every check on it. Nothing is changed.
func Check(ctx context.Context, path string, haproxy check.HAProxyOptions, o source.Options) (*Examined, error) {
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out := &Examined{Warnings: s.Warnings}
	if err := examine(ctx, s, haproxy, out); err != nil {
		return nil, source.At(path, err)
	}
	return out, nil
}

func examine(ctx context.Context, s *source.Source, haproxy check.HAProxyOptions, out *Examined) error {
	findings, err := check.FileSystem(ctx, s.Root.Device)
	if err != nil {
		return s.RootError(err)
	}
	if out.Template, err = check.Template(ctx, s.Root.FS, haproxy); err != nil {
		return err
	}
	switch s.Kind {
	case source.KindRPM:
		findings = append(findings, check.Registration(s.EntryNames(), s.Member)...)
	case source.KindTarball:
		findings = append(findings, check.Registration(s.EntryNames(), s.Path)...)
	}
	out.Findings = append(findings, out.Template.Findings...)
	check.Sort(out.Findings)
	return nil
}
