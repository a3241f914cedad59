// Package sbom writes bills of materials of an image, in SPDX and in CycloneDX.
package sbom
