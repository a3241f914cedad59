package sbom

import (
	"io"
	"strconv"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// The image is the component that the bill is of. It depends on the system, the system on its packages, and these on each
// other; programs and files that no package brought hang on the image.

func (b *Bill) writeCycloneDX(w io.Writer) error {
	c := cdxWriter{Bill: b, names: names{}}
	bom := cdx.NewBOM()
	bom.SpecVersion, bom.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	tools := []cdx.Component{{Type: cdx.ComponentTypeApplication, Name: "lbimage", Version: b.Tool}}
	image := cdx.Component{BOMRef: c.names.take("Image", b.Name), Type: cdx.ComponentTypeContainer, Name: line(b.Name), Hashes: hashes("", b.SHA256)}
	bom.Metadata = &cdx.Metadata{
		Timestamp: stamp(b.Time), Tools: &cdx.ToolsChoice{Components: &tools}, Component: &image,
		Lifecycles: &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhasePostBuild}},
	}
	if len(b.Notes) > 0 {
		var notes []cdx.Property
		for _, n := range b.Notes {
			notes = append(notes, cdx.Property{Name: "lbimage:note", Value: n})
		}
		bom.Metadata.Properties = &notes
	}
	c.image = image.BOMRef
	c.system()
	c.packages()
	c.parts()
	c.files()
	c.depend(c.image, c.below)
	bom.Components, bom.Dependencies = &c.components, &c.dependencies
	i := newIdentity()
	i.add(bom.Metadata)
	addAll(i, c.components)
	addAll(i, c.dependencies)
	id, err := i.uuid()
	if err != nil {
		return err
	}
	bom.SerialNumber = id.URN()
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).Encode(bom)
}

// cdxWriter makes a bill.
type cdxWriter struct {
	*Bill
	names        names
	image        string
	below        []string // what the image depends on
	ids          []string // of the packages
	components   []cdx.Component
	dependencies []cdx.Dependency
}

func (c *cdxWriter) add(p cdx.Component) string {
	c.components = append(c.components, p)
	return p.BOMRef
}

func (c *cdxWriter) depend(ref string, on []string) {
	d := cdx.Dependency{Ref: ref}
	if len(on) > 0 {
		d.Dependencies = &on
	}
	c.dependencies = append(c.dependencies, d)
}

func (c *cdxWriter) system() {
	name := c.System.ID
	if name == "" {
		name = "operating system"
	}
	p := cdx.Component{
		BOMRef: c.names.take("OperatingSystem", c.System.ID+"-"+c.System.Version), Type: cdx.ComponentTypeOS,
		Name: name, Version: c.System.Version, Description: c.System.Name,
	}
	if cpe22.MatchString(c.System.CPE) {
		p.CPE = c.System.CPE
	}
	c.below = append(c.below, c.add(p))
}

func (c *cdxWriter) packages() {
	system := c.below[0]
	for _, p := range c.Packages {
		out := cdx.Component{
			BOMRef: c.names.take("Package", p.Name+"-"+p.Full()+"."+p.Arch), Type: cdx.ComponentTypeLibrary, Name: p.Name, Version: p.Full(),
			Description: p.Summary, PackageURL: c.purl(p), Hashes: hashes("", p.SHA256), Licenses: choice(p.License),
		}
		if p.Supplier != "" {
			out.Supplier = &cdx.OrganizationalEntity{Name: p.Supplier}
		}
		var more []cdx.Property
		if p.Said != "" && p.Said != p.License {
			more = append(more, cdx.Property{Name: "lbimage:license", Value: p.Said})
		}
		if p.Source != "" {
			more = append(more, cdx.Property{Name: "lbimage:source-package", Value: p.Source})
		}
		if p.File != "" {
			more = append(more, cdx.Property{Name: "lbimage:installed-from", Value: p.File})
		}
		if len(more) > 0 {
			out.Properties = &more
		}
		c.ids = append(c.ids, c.add(out))
	}
	c.depend(system, c.ids)
	for i, p := range c.Packages {
		var on []string
		for _, d := range p.Depends {
			on = append(on, c.ids[d])
		}
		c.depend(c.ids[i], on)
	}
}

func (c *cdxWriter) parts() {
	for _, p := range c.Parts {
		out := cdx.Component{
			BOMRef: c.names.take("Part", p.Name), Type: cdx.ComponentTypeApplication, Name: p.Name, Version: p.Version, Description: p.Summary,
			PackageURL: partPURL(p), Hashes: hashes("", p.SHA256),
		}
		if p.PyPI {
			out.Type = cdx.ComponentTypeLibrary
		}
		var more []cdx.Property
		for _, q := range []cdx.Property{{Name: "lbimage:found", Value: p.Found}, {Name: "lbimage:path", Value: p.Path}} {
			if q.Value != "" {
				more = append(more, q)
			}
		}
		if more != nil {
			out.Properties = &more
		}
		if strings.Contains(p.Repository, "://") {
			out.ExternalReferences = &[]cdx.ExternalReference{{Type: cdx.ERTypeVCS, URL: p.Repository, Comment: "commit " + p.Commit}}
		}
		c.below = append(c.below, c.add(out))
	}
}

func (c *cdxWriter) files() {
	for _, f := range c.Files {
		more := []cdx.Property{{Name: "lbimage:size", Value: strconv.FormatInt(f.Size, 10)}}
		if why := f.comment(); why != "" {
			more = append(more, cdx.Property{Name: "lbimage:change", Value: why})
		}
		c.below = append(c.below, c.add(cdx.Component{
			BOMRef: c.names.take("File", f.Path), Type: cdx.ComponentTypeFile, Name: line(f.Path), Hashes: hashes(f.SHA1, f.SHA256), Properties: &more,
		}))
	}
}

func hashes(sha1, sha256 string) *[]cdx.Hash {
	var out []cdx.Hash
	if sha1 != "" {
		out = append(out, cdx.Hash{Algorithm: cdx.HashAlgoSHA1, Value: sha1})
	}
	if sha256 != "" {
		out = append(out, cdx.Hash{Algorithm: cdx.HashAlgoSHA256, Value: sha256})
	}
	if out == nil {
		return nil
	}
	return &out
}

// choice is a licence as CycloneDX has it: an expression of SPDX.
func choice(expression string) *cdx.Licenses {
	if expression == "" || expression == noAssertion {
		return nil
	}
	return &cdx.Licenses{{Expression: expression}}
}
