package develop

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"lbimage/overlay"
)

// interpreter is what the program's first line names, as distutils writes it for "python setup.py install".
const interpreter = "/usr/bin/python"

// python is the Python of an image that runs the servo.
type python struct {
	version string // 2.6
	site    string // /usr/lib/python2.6/site-packages
}

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
	r, err := overlay.Resolve(t, interpreter)
	if err != nil && !lost(err) {
		return python{}, err
	}
	if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() {
		return python{}, fmt.Errorf("%s: %w: the servo needs it: take an image with Python", interpreter, fs.ErrNotExist)
	}
	if m := pythonName.FindStringSubmatch(path.Base(r.Name)); m != nil {
		return siteOf(t, m[1])
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
		return siteOf(t, versions[0])
	}
	return python{}, fmt.Errorf("%s: it could be that of Python %s: give the folder for packages", r.Path(), strings.Join(versions, " or "))
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
		if err != nil && !lost(err) {
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
// dist-packages on Debian.
func siteOf(t overlay.ReadTree, version string) (python, error) {
	p := python{version, "/usr/lib/python" + version + "/site-packages"}
	debian := "/usr/lib/python" + version + "/dist-packages"
	for _, dir := range []string{p.site, debian} {
		r, err := overlay.Resolve(t, dir)
		if err != nil && !lost(err) {
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
			return python{m[1], path.Clean(dir)}, nil
		}
	}
	return python{}, fmt.Errorf("%s: no folder python2.6 or the like in it: give one as in /usr/lib/python2.6/site-packages", dir)
}

// lost says that a path leads nowhere, as opposed to a file system that cannot be read.
func lost(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// namesIn lists a folder of the image, sorted; one that is not there has no names.
func namesIn(t overlay.ReadTree, dir string) ([]string, error) {
	r, err := overlay.Resolve(t, dir)
	if err != nil && !lost(err) {
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
	if err != nil && !lost(err) {
		return false, err
	}
	return err == nil && r.Exists(), nil
}
