package sbom

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/github/go-spdx/v2/spdxexp"
	packageurl "github.com/package-url/packageurl-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
)

// judge holds both forms of a bill against the libraries of the two projects and against schemas.
func judge(t testing.TB, b *Bill) {
	t.Helper()
	for _, complaint := range judgeSPDX(t, text(t, b, SPDX)) {
		t.Error("spdx:", complaint)
	}
	for _, complaint := range judgeCycloneDX(t, text(t, b, CycloneDX)) {
		t.Error("cyclonedx:", complaint)
	}
}

// judgeSPDX reads a document with the project's own library, and asks for what the specification wants beyond its form.
func judgeSPDX(t testing.TB, text []byte) (bad []string) {
	t.Helper()
	if err := against(schemaFile(t, filepath.Join("testdata", "spdx-2.3-used.schema.json")), text); err != nil {
		bad = append(bad, err.Error())
	}
	if path := os.Getenv("SPDX_SCHEMA"); path != "" { // the project's own, where one is at hand
		if err := against(schemaFile(t, path), text); err != nil {
			bad = append(bad, "the project's schema: "+err.Error())
		}
	}
	doc, err := spdxjson.Read(bytes.NewReader(text))
	if err != nil {
		return append(bad, err.Error())
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		bad = append(bad, err.Error())
	}
	refs := map[string]bool{}
	for _, l := range doc.OtherLicenses {
		if refs[l.LicenseIdentifier] {
			bad = append(bad, l.LicenseIdentifier+" twice")
		}
		refs[l.LicenseIdentifier] = true
	}
	ids, described := map[string]bool{"DOCUMENT": true}, 0
	id := func(s string) {
		if ids[s] {
			bad = append(bad, "the identifier "+s+" twice")
		}
		ids[s] = true
	}
	for _, p := range doc.Packages {
		id(string(p.PackageSPDXIdentifier))
		bad = append(bad, judgeExpression(p.PackageLicenseDeclared, refs)...)
		if p.FilesAnalyzed != (p.PackageVerificationCode != nil) {
			bad = append(bad, p.PackageName+": a verification code without files, or the other way round")
		}
		for _, r := range p.PackageExternalReferences {
			if _, err := packageurl.FromString(r.Locator); r.RefType == "purl" && err != nil {
				bad = append(bad, r.Locator+": "+err.Error())
			}
		}
	}
	for _, f := range doc.Files {
		id(string(f.FileSPDXIdentifier))
	}
	seen := map[string]bool{}
	for _, r := range doc.Relationships {
		one := string(r.RefA.ElementRefID) + r.Relationship + string(r.RefB.ElementRefID)
		if seen[one] {
			bad = append(bad, one+" twice")
		}
		seen[one] = true
		if r.Relationship == "DESCRIBES" {
			described++
		}
	}
	if described != 1 {
		bad = append(bad, "the document has to describe one element")
	}
	return bad
}

func judgeExpression(e string, refs map[string]bool) (bad []string) {
	if e == noAssertion {
		return nil
	}
	if ok, _ := spdxexp.ValidateLicenses([]string{e}); !ok {
		bad = append(bad, e+" is no expression")
	}
	for _, ref := range regexp.MustCompile(`LicenseRef-[A-Za-z0-9.-]+`).FindAllString(e, -1) {
		if !refs[ref] {
			bad = append(bad, ref+" has no text")
		}
	}
	return bad
}

// judgeCycloneDX holds a bill against the project's own schema, which its library brings for its tests.
func judgeCycloneDX(t testing.TB, text []byte) (bad []string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "schema")
	if err := against(schemaFile(t, filepath.Join(dir, "bom-1.6.schema.json"), "spdx.schema.json", "jsf-0.82.schema.json"), text); err != nil {
		bad = append(bad, err.Error())
	}
	bom := new(cdx.BOM)
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(bom); err != nil {
		return append(bad, err.Error())
	}
	refs := map[string]bool{bom.Metadata.Component.BOMRef: true}
	for _, c := range *bom.Components {
		if refs[c.BOMRef] {
			bad = append(bad, "the reference "+c.BOMRef+" twice")
		}
		refs[c.BOMRef] = true
		if _, err := packageurl.FromString(c.PackageURL); c.PackageURL != "" && err != nil {
			bad = append(bad, c.PackageURL+": "+err.Error())
		}
	}
	seen := map[string]bool{}
	for _, d := range *bom.Dependencies {
		if seen[d.Ref] || !refs[d.Ref] {
			bad = append(bad, d.Ref+" depends twice, or is not there")
		}
		seen[d.Ref] = true
		if d.Dependencies == nil {
			continue
		}
		for _, on := range *d.Dependencies {
			if !refs[on] {
				bad = append(bad, on+" is depended on, and not there")
			}
		}
	}
	return bad
}

// schemaFile compiles a schema. Those that it refers to lie beside it, one of them under a name with a slip of the pen.
func schemaFile(t testing.TB, path string, besides ...string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	add := func(url, path string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(url, doc); err != nil {
			t.Fatal(err)
		}
	}
	const base = "http://cyclonedx.org/schema/"
	for _, name := range besides {
		file := filepath.Join(filepath.Dir(path), name)
		if _, err := os.Stat(file); err != nil {
			file = strings.TrimSuffix(file, "schema.json") + "schemax.json"
		}
		add(base+name, file)
	}
	url := base + filepath.Base(path)
	add(url, path)
	s, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func against(s *jsonschema.Schema, text []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// The judges are judged: each kind of mistake is seen.
func TestJudges(t *testing.T) {
	spdxText, cdxText := text(t, collect(t, debian(), subject), SPDX), text(t, collect(t, debian(), subject), CycloneDX)
	for name, c := range map[string]struct {
		of       []byte
		old, new string
		judge    func(testing.TB, []byte) []string
	}{
		"an unknown key":        {spdxText, `"dataLicense"`, `"dataLicence"`, judgeSPDX},
		"a bad time":            {spdxText, "2014-05-13T14:53:20Z", "2014-05-13 14:53:20", judgeSPDX},
		"a lost licence":        {spdxText, `"licenseId": "LicenseRef-odd-one"`, `"licenseId": "LicenseRef-odd-two"`, judgeSPDX},
		"a lost package":        {spdxText, `"SPDXID": "SPDXRef-Package-libc6-2.36-9.amd64"`, `"SPDXID": "SPDXRef-Package-x"`, judgeSPDX},
		"no expression":         {spdxText, "GPL-2.0-or-later AND", "GPL-2.0-or-newer AND", judgeSPDX},
		"an unknown hash":       {cdxText, `"SHA-256"`, `"SHA-257"`, judgeCycloneDX},
		"an unknown type":       {cdxText, `"type": "operating-system"`, `"type": "system"`, judgeCycloneDX},
		"a lost component":      {cdxText, `"bom-ref": "Package-libc6-2.36-9.amd64"`, `"bom-ref": "other"`, judgeCycloneDX},
		"a bad serial number":   {cdxText, `"urn:uuid:`, `"uuid:`, judgeCycloneDX},
		"an unknown key, again": {cdxText, `"purl"`, `"pearl"`, judgeCycloneDX},
	} {
		if !bytes.Contains(c.of, []byte(c.old)) {
			t.Errorf("%s: there is no %s", name, c.old)
		}
		if bad := c.judge(t, bytes.Replace(c.of, []byte(c.old), []byte(c.new), 1)); len(bad) == 0 {
			t.Errorf("%s: not seen", name)
		}
		if bad := c.judge(t, c.of); len(bad) != 0 {
			t.Errorf("%s: %v", name, bad)
		}
		if !json.Valid(c.of) {
			t.Error("no JSON")
		}
	}
}
