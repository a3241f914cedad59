package sbom

import (
	"net/url"
	"strings"

	packageurl "github.com/package-url/packageurl-go"
)

// purl is the package's URL: pkg:rpm/centos/bash@4.1.2-15.el6_4?arch=x86_64&distro=centos-6.5. Empty where there is no
// package manager whose packages have one.
func (b *Bill) purl(p Package) string {
	q := map[string]string{}
	if p.Arch != "" {
		q["arch"] = p.Arch
	}
	if b.System.ID != "" {
		q["distro"] = strings.TrimSuffix(b.System.ID+"-"+b.System.Version, "-")
	}
	version := p.Version
	if p.Release != "" {
		version += "-" + p.Release
	}
	var kind string
	switch b.Manager {
	case "rpm":
		kind = packageurl.TypeRPM
		if p.Epoch != "" {
			q["epoch"] = p.Epoch
		}
	case "dpkg":
		kind = packageurl.TypeDebian
		version = p.Full()
	default:
		return ""
	}
	if p.Source != "" {
		q["upstream"] = p.Source
	}
	return packageurl.NewPackageURL(kind, strings.ToLower(b.System.ID), p.Name, version, packageurl.QualifiersFromMap(q), "").ToString()
}

// partPURL is the URL of a part: with the commit where its source has one.
func partPURL(p Part) string {
	q := map[string]string{}
	if u, err := url.Parse(p.Repository); err == nil && u.Scheme != "" && p.Commit != "" {
		u.User = nil
		q["vcs_url"] = "git+" + u.String() + "@" + p.Commit
	}
	if p.SHA256 != "" {
		q["checksum"] = "sha256:" + p.SHA256
	}
	if p.PyPI {
		return packageurl.NewPackageURL(packageurl.TypePyPi, "", p.Name, p.Version, nil, "").ToString()
	}
	return packageurl.NewPackageURL(packageurl.TypeGeneric, "", p.Name, p.Version, packageurl.QualifiersFromMap(q), "").ToString()
}
