// Package sbom writes bills of materials of an image: SPDX 2.3 and CycloneDX 1.6, both as JSON.
//
//	bill, err := sbom.Collect(ctx, tree, packages, system, sbom.Subject{Name: "updated.tgz", SHA256: sum, Time: stamp})
//	err = bill.Write(w, sbom.SPDX)
//
// [Collect] gathers what both formats tell: the operating system, the packages of the image's own database with their
// licences and with what each depends on, packages that were installed past that database, the servo where no package
// brought it, and every file that no package owns or that an edit changed, with its digests.
//
// A bill depends on the image alone: identifiers, the serial number and the namespace are made of what it says, and its
// time is the build's stamp. The same image gives the same bytes.
//
// Everything comes from an image, which may be hostile: what is listed is bounded, and a bill tells what it leaves out.
//
// The formats are those of the SPDX specification 2.3 and of ECMA-424 (CycloneDX 1.6), written through the libraries of
// the two projects; package URLs are those of the purl specification, types rpm and deb.
package sbom
