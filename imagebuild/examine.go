package imagebuild

import (
	"context"

	"lbimage/imagebuild/check"
)

// Examined is what the checks say of a source.
type Examined struct {
	Findings []check.Finding
	Template check.Judgement
	Warnings []string // of the source itself
}

// Check opens a source and runs every check on it. Nothing is changed.
func Check(ctx context.Context, path string, haproxy check.HAProxyOptions, o OpenOptions) (*Examined, error) {
	s, err := Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	out := &Examined{Warnings: s.Warnings}
	if err := s.examine(ctx, haproxy, out); err != nil {
		return nil, at(path, err)
	}
	return out, nil
}

func (s *Source) examine(ctx context.Context, haproxy check.HAProxyOptions, out *Examined) error {
	findings, err := check.FileSystem(ctx, s.Root.Device)
	if err != nil {
		return s.rootError(err)
	}
	if out.Template, err = check.Template(ctx, s.Root.FS, haproxy); err != nil {
		return err
	}
	switch s.Kind {
	case KindRPM:
		findings = append(findings, check.Registration(s.entryNames(), s.Member)...)
	case KindTarball:
		findings = append(findings, check.Registration(s.entryNames(), s.Path)...)
	}
	out.Findings = append(findings, out.Template.Findings...)
	check.Sort(out.Findings)
	return nil
}
