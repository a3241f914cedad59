package rpmout

import (
	"regexp"
	"strings"
)

// dist is the mark of a distribution at the end of a release: .el6, .fc20, .el7_4.
var dist = regexp.MustCompile(`\.(el|fc|amzn|ol|cl|rhel|centos)[0-9][0-9A-Za-z_]*(\.centos)?$`)

// buildOf is the number of the build in a release, which the spec makes of it: 212 of
// 0.212.el6, empty of 0.el6.
func buildOf(release string) string {
	release = dist.ReplaceAllString(release, "")
	if release == "0" {
		return ""
	}
	return strings.TrimPrefix(release, "0.")
}

// releaseOf is the release that the spec makes of a build's number.
func releaseOf(build string) string {
	switch {
	case build == "":
		return "0"
	case strings.HasPrefix(build, "0."):
		return build
	}
	return "0." + build
}

// tarballName is what the spec calls the tarball: NAME-VERSION-BUILD.tgz.
func tarballName(name, version, release string) string {
	name += "-" + version
	if build := buildOf(release); build != "" {
		name += "-" + build
	}
	return name + ".tgz"
}

// isa is what rpm calls an architecture in what a package provides: NAME(x86-64).
// It is known for the architectures that images are made for.
var isa = map[string]string{"x86_64": "(x86-64)", "i386": "(x86-32)", "i686": "(x86-32)"}

// moved is a path of the source's package where the new package has it: folders
// that bear its name and version bear the new ones.
func (d *Draft) moved(path string) string {
	p := d.base.Package
	for _, m := range [][2]string{
		{docDir + p.Name + "-" + p.Version, docDir + d.spec.Name + "-" + d.spec.Version},
		{docDir + p.Name, docDir + d.spec.Name},
		{licenceDir + p.Name + "-" + p.Version, licenceDir + d.spec.Name + "-" + d.spec.Version},
		{licenceDir + p.Name, licenceDir + d.spec.Name},
		{shareDir + p.Name, shareDir + d.spec.Name},
	} {
		if rest, ok := strings.CutPrefix(path, m[0]); ok && (rest == "" || rest[0] == '/') {
			return m[1] + rest
		}
	}
	return path
}
