package survey

import (
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// maxCopyright bounds what is read of a package's licences in bytes.
const maxCopyright = 2 << 20

// License tells the licence of a package, as the package has it: what rpm's header says, in the words of the distribution.
// dpkg does not know; there it is what /usr/share/doc/NAME/copyright says where a machine can read it (its first line then
// names the format, which was DEP 5 before Debian took it up): the short names of the licences of all files, in the file's order,
// such as "GPL-2+ and (LGPL-2.1+ or MIT)". Empty where nothing says.
func (p *Packages) License(pkg *Package) string {
	if pkg.License != "" || p.tree == nil || !validName(pkg.Name) {
		return pkg.License
	}
	r, err := overlay.Resolve(p.tree, path.Join("usr/share/doc", pkg.Name, "copyright"))
	if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() || r.Info.Size() > maxCopyright {
		return ""
	}
	f, err := p.tree.Open(r.Name)
	if err != nil {
		return ""
	}
	defer f.Close()
	var names []string
	first, known := true, false
	err = stanzas(f, func(s stanza) error {
		if first {
			format := strings.ToLower(s.fields["format"] + s.fields["format-specification"])
			first, known = false, strings.Contains(format, "copyright-format") || strings.Contains(format, "dep5") || strings.Contains(format, "dep-5")
			if !known {
				return errTooMany
			}
		} else if _, files := s.fields["files"]; !files {
			return nil // the text of a licence that was named before
		}
		name := strings.Join(strings.Fields(s.fields["license"]), " ")
		if name != "" && len(name) <= maxValue && !slices.Contains(names, name) && len(names) < 100 {
			names = append(names, name)
		}
		return nil
	}, func(int, error) { first = false })
	if err != nil || !known {
		return ""
	}
	if len(names) > 1 {
		for i, n := range names {
			if strings.ContainsAny(n, " ,") {
				names[i] = "(" + n + ")"
			}
		}
	}
	return strings.Join(names, " and ")
}

func validName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}
