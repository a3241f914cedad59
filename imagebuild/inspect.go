package imagebuild

import (
	"context"
	"fmt"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/source"
	"lbimage/overlay"
	"lbimage/servo"
)

// Inspection tells what is in a source.
type Inspection struct {
	Source   RecordSource        `json:"source"`
	Archive  *source.ArchiveInfo `json:"archive,omitempty"` // absent for a raw disk
	Disk     source.DiskInfo     `json:"disk"`
	Root     source.RootInfo     `json:"root"`
	Template TemplateInfo        `json:"template"`
	Sysctls  []request.Setting   `json:"sysctls"` // of /etc/sysctl.conf, in its order
	Servo    servo.Installed     `json:"servo"`
	Findings []check.Finding     `json:"findings"`
	Warnings []string            `json:"warnings,omitempty"`
}

// TemplateInfo is the HAProxy template in force.
type TemplateInfo struct {
	Path  string   `json:"path"`
	Found bool     `json:"found"`
	Stock []string `json:"stock,omitempty"` // the releases of the servo that ship this very text
	Text  string   `json:"text,omitempty"`
}

// Inspect opens a source and looks at what a load balancer is made of. What the
// template has to be blamed for is in the findings.
func Inspect(ctx context.Context, path string, o source.Options) (*Inspection, error) {
	o.Digest = true
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	in, err := inspect(ctx, s)
	if err != nil {
		return nil, source.At(path, err)
	}
	return in, nil
}

func inspect(ctx context.Context, s *source.Source) (*Inspection, error) {
	digest, err := s.SHA256()
	if err != nil {
		return nil, err
	}
	tree := s.Root.FS
	in := &Inspection{
		Source:   RecordSource{Name: s.Path, Kind: s.Kind, Size: s.Size, SHA256: digest, Package: recordPackage(s)},
		Disk:     s.DiskInfo(),
		Root:     s.Root.Info(),
		Warnings: s.Warnings,
	}
	if r, ok := tree.Recovered(); ok {
		in.Warnings = append(in.Warnings[:len(in.Warnings):len(in.Warnings)], fmt.Sprintf("%s%s was not unmounted, and is shown as if it had been: %s", s.DiskName(), s.Root.Name(), r))
	}
	if s.Kind != source.KindDisk {
		in.Archive = s.ArchiveInfo()
	}
	if in.Template, err = templateInfo(tree); err != nil {
		return nil, err
	}
	if in.Servo, err = servo.Detect(tree); err != nil {
		return nil, err
	}
	if in.Sysctls, err = sysctls(tree); err != nil {
		return nil, err
	}
	judged, err := check.Template(ctx, tree, check.HAProxyOptions{LintOnly: true}) // to inspect is to run nothing
	if err != nil {
		return nil, err
	}
	in.Findings = append([]check.Finding{}, judged.Findings...)
	return in, nil
}

func templateInfo(tree *ext.FS) (TemplateInfo, error) {
	t := TemplateInfo{Path: "/" + servo.TemplatePath}
	r, err := overlay.Resolve(tree, t.Path)
	if err != nil || !r.Exists() {
		return t, err
	}
	text, err := source.ReadBounded(tree, r, maxConfiguration)
	if err != nil {
		return t, err
	}
	t.Found, t.Text, t.Stock = true, string(text), servo.StockReleases(text)
	return t, nil
}

// sysctls lists what /etc/sysctl.conf sets; a missing file sets nothing.
func sysctls(tree *ext.FS) ([]request.Setting, error) {
	out := []request.Setting{}
	r, err := overlay.Resolve(tree, "/etc/sysctl.conf")
	if err != nil || !r.Exists() {
		return out, err
	}
	text, err := source.ReadBounded(tree, r, 4<<20)
	if err != nil {
		return nil, err
	}
	for _, s := range overlay.SysctlSettings(text) {
		out = append(out, request.Setting{Name: s.Key, Value: s.Value})
	}
	return out, nil
}
