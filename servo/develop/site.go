package develop

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"lbimage/overlay"
)

// interpreter is what the program's first line names, as distutils writes it for "python setup.py install".
const interpreter = "/usr/bin/python"

// python is the Python of an image that runs the servo.
type python struct {
	version string // 2.6
	site    string // /usr/lib/python2.6/site-packages
	program string // what the servo's first line names: /usr/bin/python
}

// pythons are the programs to look for. The servo names the first; where an image lacks it, one of the others serves.
var pythons = []string{interpreter, "/usr/bin/python2", "/usr/bin/python2.7", "/usr/bin/python2.6", "/usr/bin/python3"}

var pythonName = regexp.MustCompile(`^python([0-9]\.[0-9]{1,2})$`)

// findPython finds the Python that /usr/bin/python is, and its folder for packages.
func findPython(t overlay.ReadTree) (python, error) {
	var versions []string
	for _, lib := range []string{"usr/lib", "usr/lib64"} {
		names, err := namesIn(t, lib)
		if err != nil {
			return python{}, err
		}
		for _, n := range names {
			if m := pythonName.FindStringSubmatch(n); m != nil && !slices.Contains(versions, m[1]) {
				versions = append(versions, m[1])
			}
		}
	}
	slices.Sort(versions)
	program, r, err := firstPython(t)
	if err != nil {
		return python{}, err
	}
	if m := pythonName.FindStringSubmatch(path.Base(r.Name)); m != nil {
		return siteOf(t, m[1], program)
	}
	if len(versions) > 1 {
		if versions, err = sameProgram(t, r, versions); err != nil {
			return python{}, err
		}
	}
	switch len(versions) {
	case 0:
		return python{}, fmt.Errorf("/usr/lib: no folder python2.6 or the like: the image has no Python packages, give the folder for them")
	case 1:
		return siteOf(t, versions[0], program)
	}
	return python{}, fmt.Errorf("%s: it could be that of Python %s: give the folder for packages", r.Path(), strings.Join(versions, " or "))
}

// firstPython finds the first of the programs that the image has.
func firstPython(t overlay.ReadTree) (string, overlay.Resolved, error) {
	for _, program := range pythons {
		r, err := overlay.Resolve(t, program)
		if err != nil && !overlay.LeadsNowhere(err) {
			return "", r, err
		}
		if err == nil && r.Exists() && r.Info.Mode().IsRegular() {
			return program, r, nil
		}
	}
	return "", overlay.Resolved{}, fmt.Errorf("%s: %w: the servo needs it: take an image with Python", interpreter, fs.ErrNotExist)
}

// sameProgram keeps the versions whose program is the one that r leads to: EL6 has it under two names.
func sameProgram(t overlay.ReadTree, r overlay.Resolved, versions []string) ([]string, error) {
	want, err := overlay.StateOf(t, r.Name, 0)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, v := range versions {
		other, err := overlay.Resolve(t, "/usr/bin/python"+v)
		if err != nil && !overlay.LeadsNowhere(err) {
			return nil, err
		}
		if err != nil || !other.Exists() || !other.Info.Mode().IsRegular() || other.Info.Size() != want.Size {
			continue
		}
		got, err := overlay.StateOf(t, other.Name, 0)
		if err != nil {
			return nil, err
		}
		if got.SHA256 == want.SHA256 {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return versions, nil
	}
	return out, nil
}

// siteOf gives the folder for packages that are the same on every machine: below /usr/lib, and named
// dist-packages on Debian, whose versions of Python 3 share one.
func siteOf(t overlay.ReadTree, version, program string) (python, error) {
	p := python{version, "/usr/lib/python" + version + "/site-packages", program}
	dirs := []string{p.site, "/usr/lib/python" + version + "/dist-packages"}
	if strings.HasPrefix(version, "3.") {
		dirs = append(dirs, "/usr/lib/python3/dist-packages")
	}
	for _, dir := range dirs {
		r, err := overlay.Resolve(t, dir)
		if err != nil && !overlay.LeadsNowhere(err) {
			return python{}, err
		}
		if err == nil && r.Exists() && r.Info.IsDir() {
			p.site = dir
			return p, nil
		}
	}
	return p, nil
}

// siteFrom takes the folder that was asked for.
func siteFrom(dir string) (python, error) {
	for d := path.Clean(dir); d != "/" && d != "."; d = path.Dir(d) {
		if m := pythonName.FindStringSubmatch(path.Base(d)); m != nil {
			return python{m[1], path.Clean(dir), interpreter}, nil
		}
	}
	return python{}, fmt.Errorf("%s: no folder python2.6 or the like in it: give one as in /usr/lib/python2.6/site-packages", dir)
}

// namesIn lists a folder of the image, sorted; one that is not there has no names.
func namesIn(t overlay.ReadTree, dir string) ([]string, error) {
	r, err := overlay.Resolve(t, dir)
	if err != nil && !overlay.LeadsNowhere(err) {
		return nil, err
	}
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return nil, nil
	}
	entries, err := t.ReadDir(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	slices.Sort(out)
	return out, nil
}

// has says whether there is anything at a path.
func has(t overlay.ReadTree, name string) (bool, error) {
	r, err := overlay.Resolve(t, name)
	if err != nil && !overlay.LeadsNowhere(err) {
		return false, err
	}
	return err == nil && r.Exists(), nil
}
