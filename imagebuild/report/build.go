package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/page"
	"lbimage/imagebuild/recipe"
)

// Outcome is what became of a build.
type Outcome string

const (
	Built   Outcome = "built"   // the images are written
	Planned Outcome = "planned" // nothing was to be written
	Refused Outcome = "refused" // checks have errors: nothing is written
)

// Build writes the page of the images of one build. It depends on source and request alone: what only a real HAProxy says,
// which not every machine can run, is on it where it is an error that keeps the images from being written.
func Build(ctx context.Context, w io.Writer, all []*imagebuild.Finished, outcome Outcome, o Options) error {
	if len(all) == 0 {
		return errors.New("a report of no image")
	}
	first := all[0]
	head := page.Head{Tool: o.tool(), Title: title(all), Kind: map[Outcome]string{Built: "Build", Planned: "Plan", Refused: "Build"}[outcome]}
	head.Verdict = buildVerdict(all, outcome)
	head.Links = []page.Link{{ID: "summary", Text: "Summary"}, {ID: "source", Text: "Source"}}
	if outcome == Built {
		head.Links = append(head.Links, page.Link{ID: "outputs", Text: "Outputs"})
	}
	var images []*image
	for i, f := range all {
		m := &image{f: f, outcome: outcome, o: o}
		if len(all) > 1 || f.Profile != "" {
			m.profile = f.Profile
		}
		if len(all) > 1 {
			m.prefix = fmt.Sprintf("p%d-", i+1)
			head.Links = append(head.Links, page.Link{ID: m.prefix + "request", Text: "Profile " + f.Profile})
		}
		if err := m.gather(ctx); err != nil {
			return err
		}
		head.Links = append(head.Links, m.links(len(all) > 1)...)
		images = append(images, m)
	}
	if outcome == Built {
		head.Links = append(head.Links, page.Link{ID: "verify", Text: "How to verify"})
	}
	p := page.Begin(w, head)
	view := struct {
		Tiles []page.Tile
		Table page.Table
	}{Table: summary(images)}
	if len(images) == 1 {
		view.Tiles = images[0].tiles()
	}
	p.Render(parts(), "overview", view)
	p.Render(parts(), "source", struct {
		Facts    []page.Fact
		Warnings []string
	}{sourceFacts(first), warnings(first)})
	if outcome == Built {
		p.Render(parts(), "outputs", outputsOf(all))
	}
	for _, m := range images {
		if err := m.write(p); err != nil {
			return err
		}
	}
	if outcome == Built {
		p.Render(parts(), "verify", verifyOf(all))
	}
	return p.End()
}

func title(all []*imagebuild.Finished) string {
	if len(all) == 1 && all[0].Record.Output.Name != "" {
		return all[0].Record.Output.Name
	}
	return all[0].Record.Source.Name
}

func buildVerdict(all []*imagebuild.Finished, outcome Outcome) (v page.Verdict) {
	bad, warned, inherited := 0, 0, 0
	for _, f := range all {
		n := (&image{f: f}).counts()
		bad, warned, inherited = bad+n.errors, warned+n.warnings, inherited+n.inherited
	}
	defer func() {
		if inherited > 0 {
			v.Text += "; " + page.Counted(inherited, "finding", "findings") + " of the source’s own"
		}
	}()
	v = page.Verdict{Tone: page.Good}
	switch {
	case outcome == Refused:
		return page.Verdict{Tone: page.Bad, Text: "Not built: the checks have " + page.Counted(bad, "error", "errors")}
	case outcome == Planned && bad > 0:
		return page.Verdict{Tone: page.Bad, Text: "Plan: with " + page.Counted(bad, "error", "errors") + " nothing would be written"}
	case outcome == Planned:
		v.Text = "Plan: nothing is written"
	default:
		v.Text = "Built: " + page.Counted(len(all), "image", "images")
	}
	if warned > 0 {
		v = page.Verdict{Tone: page.Warn, Text: v.Text + ", " + page.Counted(warned, "warning", "warnings")}
	}
	return v
}

// findingsOf are the findings that do not depend on the machine, and with them errors of any kind.
func findingsOf(f *imagebuild.Finished) []check.Finding {
	out := append([]check.Finding{}, f.Record.Findings...)
	known := map[check.Finding]bool{}
	for _, one := range out {
		known[one] = true
	}
	for _, one := range f.Findings {
		if one.Severity == check.SeverityError && !known[one] {
			out = append(out, one)
		}
	}
	return out
}

func sourceFacts(f *imagebuild.Finished) []page.Fact {
	src, img := f.Record.Source, f.Record.Image
	facts := []page.Fact{
		{Name: "file", Value: src.Name, Code: true},
		{Name: "kind", Value: kindWords[src.Kind]},
		{Name: "size", Value: page.Bytes(src.Size)},
		{Name: "sha256", Value: src.SHA256, Code: true},
	}
	if p := src.Package; p != nil {
		facts = append(facts, page.Fact{Name: "package", Value: p.Name, Code: true},
			page.Fact{Name: "built", Value: p.BuildTime.UTC().Format(time.RFC3339)},
			page.Fact{Name: "digests verified", Value: joined(p.Verified, "none")})
		if p.Signed {
			facts = append(facts, page.Fact{Name: "signature", Value: "there is one, and it was not verified"})
		}
		facts = append(facts, page.Fact{Name: "tarball in it", Value: p.Member, Code: true})
	}
	place := "no partition table"
	if img.Partition > 0 {
		place = fmt.Sprintf("partition %d, %s", img.Partition, img.Table)
	}
	return append(facts,
		page.Fact{Name: "disk image", Value: img.Name, Code: true},
		page.Fact{Name: "disk", Value: page.Size(img.Size)},
		page.Fact{Name: "root file system", Value: img.FSType + " on " + place},
		page.Fact{Name: "uuid", Value: img.UUID, Code: true},
		page.Fact{Name: "time of what is new", Value: f.Record.Time.UTC().Format(time.RFC3339)})
}

func warnings(f *imagebuild.Finished) []string {
	out := append([]string{}, f.Source.Warnings...)
	if f.Recovery != nil {
		out = append(out, f.Source.Root.Name()+" was not unmounted: "+f.Recovery.String())
	}
	return out
}

var roleWords = map[imagebuild.Role]string{
	imagebuild.RoleImage: "image tarball", imagebuild.RoleRPM: "RPM package", imagebuild.RoleSPDX: "SBOM, SPDX", imagebuild.RoleCycloneDX: "SBOM, CycloneDX",
	imagebuild.RoleProvenance: "provenance", imagebuild.RoleRecord: "record", imagebuild.RoleSums: "checksums",
}

func outputsOf(all []*imagebuild.Finished) page.Table {
	t := page.Table{Name: "What was written", Heads: []string{"File", "What it is", "Size", "sha256"}}
	for _, f := range all {
		for _, o := range f.Written {
			role := roleWords[o.Role]
			if role == "" {
				role = string(o.Role)
			}
			if f.Profile != "" {
				role += " of " + f.Profile
			}
			t.Add(filepath.Base(o.Path), role, page.Size(o.Size), o.SHA256)
		}
	}
	return t
}

// verification are the commands that hold the outputs against this page, and against what makes them.
type verification struct {
	Sums, Record, Again string // Again is empty where there is no recipe
}

func verifyOf(all []*imagebuild.Finished) verification {
	v := verification{Sums: "sha256sum -c <<'END'\n"}
	for _, f := range all {
		for _, o := range f.Written {
			base := filepath.Base(o.Path)
			name, ok := page.Quoted(base)
			if !ok {
				continue
			}
			if name == base { // as a line of sha256sum has it
				v.Sums += o.SHA256 + "  " + name + "\n"
			}
			switch {
			case o.Role == imagebuild.RoleRecord:
				v.Record += "lbimage verify --record " + name + "\n"
			case o.Role == imagebuild.RoleImage && f.Profile != "":
				v.Again += "lbimage verify " + name + " -f " + recipe.DefaultName + "\n"
			}
		}
	}
	v.Sums += "END\n"
	return v
}
