package develop

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/overlay"
)

var botoLine = regexp.MustCompile(`(?m)^__version__ *= *['"]([0-9.]+)`)

// botoVersion reads the version of boto that a Python of the image would load; empty when there is none. One
// that does not tell its version counts as "0".
func botoVersion(t overlay.ReadTree, p python) (string, error) {
	for _, site := range []string{p.site, strings.Replace(p.site, "/usr/lib/", "/usr/lib64/", 1)} {
		r, err := overlay.Resolve(t, path.Join(site, "boto/__init__.py"))
		if err != nil && !overlay.LeadsNowhere(err) {
			return "", err
		}
		if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() || r.Info.Size() > maxSetup {
			continue
		}
		text, err := t.ReadFile(r.Name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", r.Path(), err)
		}
		if m := botoLine.FindSubmatch(text); m != nil {
			return string(m[1]), nil
		}
		return "0", nil
	}
	return "", nil
}

// olderThan compares two versions; one that cannot be read is older.
func olderThan(version, than string) bool {
	v, err := haproxyconfig.ParseVersion(version)
	w, err2 := haproxyconfig.ParseVersion(than)
	return err != nil || err2 != nil || v.Compare(w) < 0
}
