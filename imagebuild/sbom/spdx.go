package sbom

import (
	"crypto/sha1"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// A document describes the image, which contains the system, which contains its packages. Files that no package owns are
// in a package of their own, whose verification code covers them: a package may have files only if all of them are known,
// which of the image is not so.

const document = "DOCUMENT"

// spdxWriter makes a document.
type spdxWriter struct {
	*Bill
	doc   *spdx.Document
	names names
	ids   []string // of the packages
}

func (b *Bill) writeSPDX(w io.Writer) error {
	s := spdxWriter{Bill: b, names: names{document: true}}
	s.doc = &spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: document,
		DocumentName: line(b.Name), DocumentComment: strings.Join(b.Notes, "\n"),
		CreationInfo: &spdx.CreationInfo{
			LicenseListVersion: majorMinor(spdxlicenses.LicenseListVersion()), Created: stamp(b.Time),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "lbimage-" + b.Tool}},
		},
	}
	image := s.image()
	system := s.system(image)
	s.packages(system)
	s.parts(image)
	s.files(image)
	for _, ref := range b.refs {
		s.doc.OtherLicenses = append(s.doc.OtherLicenses, &spdx.OtherLicense{
			LicenseIdentifier: ref.id, ExtractedText: line(ref.text), LicenseName: line(ref.text),
			LicenseComment: "The name is all that the package says of this licence.",
		})
	}
	i := newIdentity()
	i.add([]any{s.doc.DocumentName, s.doc.DocumentComment, s.doc.CreationInfo})
	addAll(i, s.doc.Packages)
	addAll(i, s.doc.Files)
	addAll(i, s.doc.OtherLicenses)
	addAll(i, s.doc.Relationships)
	id, err := i.uuid()
	if err != nil {
		return err
	}
	s.doc.DocumentNamespace = "https://spdx.org/spdxdocs/lbimage-" + id.String()
	return spdxjson.Write(s.doc, w, spdxjson.Indent(" "), spdxjson.EscapeHTML(false))
}

func (s *spdxWriter) relate(a, kind, b string) {
	s.doc.Relationships = append(s.doc.Relationships, &spdx.Relationship{
		RefA: common.MakeDocElementID("", a), RefB: common.MakeDocElementID("", b), Relationship: kind,
	})
}

// add adds a package, with what each has to have.
func (s *spdxWriter) add(id string, p *spdx.Package) string {
	p.PackageSPDXIdentifier = common.ElementID(id)
	p.IsFilesAnalyzedTagPresent = true
	p.PackageDownloadLocation, p.PackageLicenseConcluded, p.PackageCopyrightText = noAssertion, noAssertion, noAssertion
	if p.PackageLicenseDeclared == "" {
		p.PackageLicenseDeclared = noAssertion
	}
	if p.PackageSupplier == nil {
		p.PackageSupplier = &common.Supplier{Supplier: noAssertion}
	}
	s.doc.Packages = append(s.doc.Packages, p)
	return id
}

func (s *spdxWriter) image() string {
	id := s.add(s.names.take("Image", s.Name), &spdx.Package{
		PackageName: line(s.Name), PackageFileName: line(s.Name), PackageChecksums: sha256Sum(s.SHA256), PrimaryPackagePurpose: "ARCHIVE",
		PackageSummary: "A load balancer image",
	})
	s.relate(document, common.TypeRelationshipDescribe, id)
	return id
}

func (s *spdxWriter) system(image string) string {
	name := s.System.Name
	if name == "" {
		name = "operating system"
	}
	p := &spdx.Package{PackageName: name, PackageVersion: s.System.Version, PrimaryPackagePurpose: "OPERATING-SYSTEM"}
	if cpe22.MatchString(s.System.CPE) {
		p.PackageExternalReferences = append(p.PackageExternalReferences, &spdx.PackageExternalReference{
			Category: common.CategorySecurity, RefType: common.TypeSecurityCPE22Type, Locator: s.System.CPE,
		})
	}
	id := s.add(s.names.take("OperatingSystem", s.System.ID+"-"+s.System.Version), p)
	s.relate(image, common.TypeRelationshipContains, id)
	return id
}

// cpe22 is a name of a system, as SPDX takes it.
var cpe22 = regexp.MustCompile(`^[cC][pP][eE]:/[AHOaho]?(:[A-Za-z0-9._~%-]*){0,6}$`)

func (s *spdxWriter) packages(system string) {
	for _, p := range s.Packages {
		out := &spdx.Package{
			PackageName: p.Name, PackageVersion: p.Full(), PackageLicenseDeclared: p.License, PackageSummary: p.Summary,
			PackageFileName: p.File, PackageChecksums: sha256Sum(p.SHA256), PackageSupplier: supplier(p.Supplier),
		}
		if p.Said != "" && p.Said != p.License {
			out.PackageLicenseComments = "The package says: " + p.Said
		}
		if p.Source != "" {
			out.PackageSourceInfo = "built from the source package " + p.Source
		}
		if p.File != "" {
			out.PackageComment = "Installed by the build; the image's database of packages does not know it."
		}
		if url := s.purl(p); url != "" {
			out.PackageExternalReferences = append(out.PackageExternalReferences, &spdx.PackageExternalReference{
				Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: url,
			})
		}
		id := s.add(s.names.take("Package", p.Name+"-"+p.Full()+"."+p.Arch), out)
		s.ids = append(s.ids, id)
		s.relate(system, common.TypeRelationshipContains, id)
	}
	for i, p := range s.Packages {
		for _, d := range p.Depends {
			s.relate(s.ids[i], common.TypeRelationshipDependsOn, s.ids[d])
		}
	}
}

func (s *spdxWriter) parts(image string) {
	for _, p := range s.Parts {
		out := &spdx.Package{
			PackageName: p.Name, PackageVersion: p.Version, PackageSummary: p.Summary, PrimaryPackagePurpose: "APPLICATION", PackageSourceInfo: p.Found,
			PackageExternalReferences: []*spdx.PackageExternalReference{{
				Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: partPURL(p),
			}},
		}
		if p.PyPI {
			out.PrimaryPackagePurpose = "LIBRARY"
		}
		if p.Path != "" {
			out.PackageComment = "It is " + p.Path + " in the image; no package owns it."
		}
		s.relate(image, common.TypeRelationshipContains, s.add(s.names.take("Part", p.Name), out))
	}
}

func (s *spdxWriter) files(image string) {
	if len(s.Files) == 0 {
		return
	}
	var sums []string
	all := &spdx.Package{
		PackageName: "files without a package", PrimaryPackagePurpose: "FILE", FilesAnalyzed: true,
		PackageComment:              "Files of the image that no package owns, and those that the build changed.",
		PackageLicenseInfoFromFiles: []string{noAssertion},
	}
	id := s.add(s.names.take("Files", ""), all)
	s.relate(image, common.TypeRelationshipContains, id)
	for _, f := range s.Files {
		file := &spdx.File{
			FileName: "." + line(f.Path), FileSPDXIdentifier: common.ElementID(s.names.take("File", f.Path)),
			Checksums:        []common.Checksum{{Algorithm: common.SHA1, Value: f.SHA1}, {Algorithm: common.SHA256, Value: f.SHA256}},
			LicenseConcluded: noAssertion, LicenseInfoInFiles: []string{noAssertion}, FileCopyrightText: noAssertion, FileComment: f.comment(),
		}
		s.doc.Files = append(s.doc.Files, file)
		s.relate(id, common.TypeRelationshipContains, string(file.FileSPDXIdentifier))
		sums = append(sums, f.SHA1)
	}
	slices.Sort(sums)
	code := sha1.Sum([]byte(strings.Join(sums, "")))
	all.PackageVerificationCode = &common.PackageVerificationCode{Value: hex.EncodeToString(code[:])}
}

// comment says why the file is listed.
func (f File) comment() string {
	switch {
	case f.Changed && len(f.Owners) > 0:
		return "changed by the build; it came with the package " + strings.Join(f.Owners, ", ")
	case f.Changed:
		return "put there by the build"
	}
	return ""
}

func sha256Sum(hex string) []common.Checksum {
	if hex == "" {
		return nil
	}
	return []common.Checksum{{Algorithm: common.SHA256, Value: hex}}
}

// supplier is who made a package: "Name <address>" becomes "Name (address)", as SPDX writes it.
func supplier(text string) *common.Supplier {
	if text == "" || text == noAssertion {
		return nil
	}
	if name, mail, ok := strings.Cut(text, " <"); ok && strings.HasSuffix(mail, ">") {
		text = name + " (" + strings.TrimSuffix(mail, ">") + ")"
	}
	return &common.Supplier{SupplierType: "Organization", Supplier: text}
}
