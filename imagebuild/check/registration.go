package check

import (
	"fmt"
	"path"
	"strings"
)

// Marker is what a name must hold for a cloud to take an image for its load balancer's.
const Marker = "eucalyptus-load-balancer-image"

// A tarball whose entries no installer accepts. Those of 1.1 and later take all that tar prints as the
// name of one file; those of 1.0 look for a kernel, a ramdisk and an image among the names.
var ruleTarballLayout = Rule{
	Name:     "tarball-layout",
	Severity: SeverityError,
	Why:      "the installer would register something else than the image, or nothing",
	Mend:     "pack exactly one file and no folder, or a folder with one image, one vmlinuz and one initramfs",
}

// From 1.1 on an image is recognised by the name of the disk image in the tarball.
var ruleImageName = Rule{
	Name:     "image-name",
	Severity: SeverityWarning,
	Why:      "the cloud recognises a load balancer's image by the location that it is registered under, which the entry's name becomes",
	Mend:     "name the entry like " + Marker + ".img",
}

// In 1.0 it is recognised by the name of the tarball.
var ruleTarballName = Rule{
	Name:     "tarball-name",
	Severity: SeverityWarning,
	Why:      "the installer of 1.0 registers the image under the tarball's name, by which the cloud recognises it",
	Mend:     "name the output like " + Marker + "-updated.tgz",
}

// --install-default looks for *.tgz.
var ruleTarballEnding = Rule{
	Name:     "tarball-ending",
	Severity: SeverityInfo,
	Why:      "euca-install-load-balancer --install-default finds " + Marker + "*/*.tgz only; with -t any name will do",
	Mend:     "let the output's name end in .tgz",
}

// Registration tells what the installers will make of a tarball with these entries, in order, the names of
// folders with a slash at the end. output is the tarball's file name.
func Registration(entries []string, output string) []Finding {
	output = path.Base(output)
	var files []string
	for _, e := range entries {
		if !strings.HasSuffix(e, "/") {
			files = append(files, e)
		}
	}
	var out []Finding
	switch {
	case len(entries) == 1 && len(files) == 1:
		if !strings.Contains(files[0], Marker) {
			out = append(out, ruleImageName.finding(files[0], "the image's name does not hold "+Marker+
				": once installed, the cloud does not take it for its load balancer's image"))
		}
	default:
		if message := bundle(entries); message != "" {
			return []Finding{ruleTarballLayout.finding(output, message)}
		}
		if !strings.Contains(output, Marker) {
			out = append(out, ruleTarballName.finding(output, "the tarball's name does not hold "+Marker+
				": once installed, the cloud does not take it for its load balancer's image"))
		}
	}
	if !strings.HasSuffix(output, ".tgz") {
		out = append(out, ruleTarballEnding.finding(output, "euca-install-load-balancer --install-default would not find it"))
	}
	return out
}

// bundle says what is wrong with the entries for the installer of 1.0, which takes them by name: folders
// among them, and the first that fits.
func bundle(entries []string) string {
	taken := make([]bool, len(entries))
	for _, part := range []struct {
		what string
		fits func(name string) bool
	}{
		{"kernel", func(n string) bool { return strings.Contains(n, "vmlinu") }},
		{"ramdisk", func(n string) bool {
			return strings.Contains(n, "initrd") || strings.Contains(n, "initramfs") || strings.Contains(n, "loader")
		}},
		{"image", func(n string) bool { return strings.HasSuffix(n, ".img") }},
	} {
		found := -1
		for i, name := range entries {
			if !taken[i] && part.fits(name) {
				found = i
				break
			}
		}
		switch {
		case found < 0 && part.what == "kernel":
			return fmt.Sprintf("%d entries and no kernel among them: neither one image alone nor an image with kernel and ramdisk", len(entries))
		case found < 0:
			return "a kernel and no " + part.what + " beside it"
		case strings.HasSuffix(entries[found], "/"):
			return fmt.Sprintf("the installer would take the folder %s for the %s", entries[found], part.what)
		}
		taken[found] = true
	}
	return ""
}
