package imagebuild

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"lbimage/haproxy-config/render"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
	"lbimage/servo"
)

// Inspection tells what is in a source. Its JSON has a schema, docs/schema/inspect-v1.schema.json, which is made of these types
// and of what is said here of their fields.
type Inspection struct {
	Source  RecordSource        `json:"source"`            // what was looked at
	Archive *source.ArchiveInfo `json:"archive,omitempty"` // the image tarball; absent for a raw disk
	// Kickstart is the kickstart file that an RPM brings beside its image: 'lbimage check --own-kickstart' holds the image against it.
	Kickstart string          `json:"kickstart,omitempty"`
	Disk      source.DiskInfo `json:"disk"`  // the raw disk and its partition table
	Root      source.RootInfo `json:"root"`  // the root file system
	Space     Space           `json:"space"` // what is left in the root file system
	*survey.Survey
	Template TemplateInfo    `json:"template"`           // the HAProxy template in force
	Findings []check.Finding `json:"findings"`           // what the rules say of the template; 'lbimage check' asks all rules
	Warnings []string        `json:"warnings,omitempty"` // what is odd about the source
}

// Space is the room in the root file system. Percentages are of all, from 0 to 100.
type Space struct {
	Bytes            int64 `json:"bytes"`            // of all blocks
	FreeBytes        int64 `json:"freeBytes"`        // in free blocks, those that are kept for root among them
	FreePercent      int   `json:"freePercent"`      // of the bytes, rounded down
	Inodes           int64 `json:"inodes"`           // files, folders and links that it can hold
	FreeInodes       int64 `json:"freeInodes"`       // that can still be made
	FreeInodePercent int   `json:"freeInodePercent"` // of the inodes, rounded down
}

// TemplateInfo is the HAProxy template in force.
type TemplateInfo struct {
	Path  string   `json:"path"`            // where the servo looks for it
	Found bool     `json:"found"`           // there is one
	Stock []string `json:"stock,omitempty"` // the releases of the servo that ship this very text
	Text  string   `json:"text,omitempty"`  // all of it
	// Settings are what becomes of each setting: in force, overridden, lost, without effect.
	Settings []render.Setting `json:"settings,omitempty"`
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
	in, err := inspect(ctx, s, o.TempDir)
	if err != nil {
		return nil, source.At(path, err)
	}
	return in, nil
}

func inspect(ctx context.Context, s *source.Source, tempDir string) (*Inspection, error) {
	tree := s.Root.FS
	in := &Inspection{Disk: s.DiskInfo(), Root: s.Root.Info(), Warnings: s.Warnings}
	in.Space = spaceOf(in.Root)
	if r, ok := tree.Recovered(); ok {
		in.Warnings = append(in.Warnings[:len(in.Warnings):len(in.Warnings)], fmt.Sprintf("%s%s was not unmounted, and is shown as if it had been: %s", s.DiskName(), s.Root.Name(), r))
	}
	if s.Kickstart != nil {
		in.Kickstart = s.Kickstart.Path
	}
	if s.Kind != source.KindDisk {
		in.Archive = s.ArchiveInfo()
	}
	var judged check.Judgement
	var wg sync.WaitGroup
	var errTemplate, err error
	wg.Go(func() {
		judged, errTemplate = check.Template(ctx, tree, check.HAProxyOptions{LintOnly: true}) // to inspect is to run nothing
	})
	in.Survey, err = survey.Of(ctx, tree, survey.Options{TempDir: tempDir})
	wg.Wait()
	if err = cmp.Or(err, errTemplate); err != nil {
		return nil, err
	}
	in.Template = templateInfo(tree)
	in.Template.Settings = judged.Settings
	in.Findings = append([]check.Finding{}, judged.Findings...)
	digest, err := s.SHA256()
	if err != nil {
		return nil, err
	}
	in.Source = RecordSource{Name: s.Path, Kind: s.Kind, Size: s.Size, SHA256: digest, Package: recordPackage(s)}
	listed(in)
	return in, nil
}

// maxShownTemplate is the size in bytes up to which a template is shown; what is larger is not judged either.
const maxShownTemplate = 1 << 20

// templateInfo reads the template. Where it cannot be read, a finding says so.
func templateInfo(tree overlay.ReadTree) TemplateInfo {
	t := TemplateInfo{Path: "/" + servo.TemplatePath}
	text, _, err := overlay.ReadFile(tree, t.Path, maxShownTemplate)
	if err == nil {
		t.Found, t.Text, t.Stock = true, string(text), servo.StockReleases(text)
	}
	return t
}

func spaceOf(r source.RootInfo) Space {
	percent := func(part, all uint64) int {
		if all == 0 {
			return 0
		}
		return int(min(100, float64(part)/float64(all)*100))
	}
	return Space{
		Bytes: int64(r.Blocks) * int64(r.BlockSize), FreeBytes: int64(r.FreeBlocks) * int64(r.BlockSize), FreePercent: percent(r.FreeBlocks, r.Blocks),
		Inodes: int64(r.Inodes), FreeInodes: int64(r.FreeInodes), FreeInodePercent: percent(uint64(r.FreeInodes), uint64(r.Inodes)),
	}
}
