package check

import (
	"context"
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
	Group:    GroupRegistration,
	Severity: SeverityError,
	Why:      "the installer would register something else than the image, or nothing",
	Mend:     "pack exactly one file and no folder, or a folder with one image, one vmlinuz and one initramfs",
}

// From 1.1 on an image is recognised by the name of the disk image in the tarball.
var ruleImageName = Rule{
	Name:     "image-name",
	Group:    GroupRegistration,
	Severity: SeverityWarning,
	Why:      "the cloud recognises a load balancer's image by the location that it is registered under, which the entry's name becomes",
	Mend:     "name the entry like " + Marker + ".img",
}

// In 1.0 it is recognised by the name of the tarball.
var ruleTarballName = Rule{
	Name:     "tarball-name",
	Group:    GroupRegistration,
	Severity: SeverityWarning,
	Why:      "the installer of 1.0 registers the image under the tarball's name, by which the cloud recognises it",
	Mend:     "name the output like " + Marker + "-updated.tgz",
}

// --install-default looks for *.tgz. The installer of the service image takes a .tar.xz.
var ruleTarballEnding = Rule{
	Name:     "tarball-ending",
	Group:    GroupRegistration,
	Severity: SeverityWarning,
	Why:      "euca-install-load-balancer --install-default finds " + Marker + "*/*.tgz only, with -t any name will do; the service image of 4.1 is a .tar.xz",
	Mend:     "let the output's name end in .tgz; for 4.1 pack it again with 'xz'",
}

// Generations of the installer.
const (
	Installer10 = "1.0" // 3.3 and 3.4: image, kernel and ramdisk
	Installer11 = "1.1" // 4.0: one disk image
	Installer41 = "4.1" // the service image: one disk image
)

// Parts are the entries of a tarball as installers take them; empty for what there is none of.
type Parts struct {
	Image, Kernel, Ramdisk string
}

// Parts tells which entry is which. Where the layout is none that an installer takes, there are none.
func (t *Tarball) Parts() Parts {
	entries := t.entries()
	if single(entries) {
		return Parts{Image: entries[0]}
	}
	found, wrong := bundle(entries)
	if wrong != "" {
		return Parts{}
	}
	return found
}

func (t *Tarball) entries() []string {
	var out []string
	for _, m := range t.Members {
		out = append(out, m.Name)
	}
	return out
}

// single says that there is one file and no folder.
func single(entries []string) bool { return len(entries) == 1 && !strings.HasSuffix(entries[0], "/") }

// generation is the installer that a tarball is for: the one that is asked for, else the one whose layout it has. Only 4.1 takes a
// tarball that is compressed by xz.
func (t *Tarball) generation() string {
	switch {
	case t.Installer != "":
		return t.Installer
	case single(t.entries()) && strings.HasSuffix(t.Name, ".tar.xz"):
		return Installer41
	case single(t.entries()):
		return Installer11
	}
	return Installer10
}

func findLayout(_ context.Context, s *Subject) ([]Finding, error) {
	if s.Tarball == nil {
		return nil, nil
	}
	t, entries := s.Tarball, s.Tarball.entries()
	name := path.Base(t.Name)
	one := single(entries)
	switch {
	case t.generation() != Installer10 && !one:
		return []Finding{ruleTarballLayout.finding(name, fmt.Sprintf("%s, and the installer of %s takes exactly one file and no folder", many(len(entries)), t.generation()))}, nil
	case t.generation() == Installer10 && one:
		return []Finding{ruleTarballLayout.finding(name, "one file, and the installer of 1.0 needs a kernel and a ramdisk beside the image")}, nil
	case one && escaped(entries[0]):
		f := ruleTarballLayout.finding(entries[0], "tar prints this name with escapes, and the installer takes what tar prints for the file's name")
		f.Hint = "use letters, digits, dots and dashes: " + Marker + ".img"
		return []Finding{f}, nil
	case one:
		return nil, nil
	}
	if _, wrong := bundle(entries); wrong != "" {
		return []Finding{ruleTarballLayout.finding(name, wrong)}, nil
	}
	return nil, nil
}

func many(entries int) string {
	switch entries {
	case 0:
		return "no entries"
	case 1:
		return "a folder"
	}
	return fmt.Sprintf("%d entries", entries)
}

// escaped says that tar does not print a name as it is, or that a shell takes it apart.
func escaped(name string) bool {
	return strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' })
}

// wellLaid says that findings about names make sense.
func wellLaid(s *Subject) bool {
	found, _ := findLayout(context.Background(), s)
	return s.Tarball != nil && !HasErrors(found)
}

func findImageName(_ context.Context, s *Subject) ([]Finding, error) {
	if !wellLaid(s) || s.Tarball.generation() != Installer11 {
		return nil, nil
	}
	if name := s.Tarball.Parts().Image; !strings.Contains(name, Marker) {
		return []Finding{ruleImageName.finding(name, "the image's name does not hold "+Marker+
			": once installed, the cloud does not take it for its load balancer's image")}, nil
	}
	return nil, nil
}

func findTarballName(_ context.Context, s *Subject) ([]Finding, error) {
	if !wellLaid(s) || s.Tarball.generation() != Installer10 {
		return nil, nil
	}
	if name := path.Base(s.Tarball.Name); !strings.Contains(name, Marker) {
		return []Finding{ruleTarballName.finding(name, "the tarball's name does not hold "+Marker+
			": once installed, the cloud does not take it for its load balancer's image")}, nil
	}
	return nil, nil
}

func findEnding(_ context.Context, s *Subject) ([]Finding, error) {
	if !wellLaid(s) {
		return nil, nil
	}
	name := path.Base(s.Tarball.Name)
	f := ruleTarballEnding.finding(name, "euca-install-load-balancer --install-default would not find it")
	f.Severity = SeverityInfo
	switch {
	case s.Tarball.generation() == Installer41 && strings.HasSuffix(name, ".tar.xz"), s.Tarball.generation() != Installer41 && strings.HasSuffix(name, ".tgz"):
		return nil, nil
	case s.Tarball.generation() == Installer41:
		f.Severity, f.Message = SeverityWarning, "the installer of 4.1 takes a .tar.xz"
		f.Hint = "pack it again: gzip -dc FILE | xz > " + strings.TrimSuffix(strings.TrimSuffix(name, ".tgz"), ".tar.gz") + ".tar.xz"
	}
	return []Finding{f}, nil
}

// bundle finds the parts of a tarball for the installer of 1.0, which takes them by name: folders among them, and the
// first that fits. wrong says what is wrong with the entries.
func bundle(entries []string) (found Parts, wrong string) {
	taken := make([]bool, len(entries))
	for _, part := range []struct {
		what string
		fits func(name string) bool
		to   *string
	}{
		{"kernel", func(n string) bool { return strings.Contains(n, "vmlinu") }, &found.Kernel},
		{"ramdisk", func(n string) bool {
			return strings.Contains(n, "initrd") || strings.Contains(n, "initramfs") || strings.Contains(n, "loader")
		}, &found.Ramdisk},
		{"image", func(n string) bool { return strings.HasSuffix(n, ".img") }, &found.Image},
	} {
		at := -1
		for i, name := range entries {
			if !taken[i] && part.fits(name) {
				at = i
				break
			}
		}
		switch {
		case at < 0 && part.what == "kernel":
			return Parts{}, fmt.Sprintf("%s and no kernel among them: neither one image alone nor an image with kernel and ramdisk", many(len(entries)))
		case at < 0:
			return Parts{}, "a kernel and no " + part.what + " beside it"
		case strings.HasSuffix(entries[at], "/"):
			return Parts{}, fmt.Sprintf("the installer would take the folder %s for the %s", entries[at], part.what)
		}
		taken[at], *part.to = true, entries[at]
	}
	return found, ""
}
