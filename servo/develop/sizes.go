package develop

import (
	"path"
	"strings"

	"lbimage/overlay"
	"lbimage/servo"
)

// Estimate implements overlay.Sizer: the files of the source, the account's lines, the links of the service.
func (i install) Estimate(e *overlay.Estimate) error {
	a := &applying{install: i}
	var err error
	if i.o.SitePackages != "" {
		a.python, err = siteFrom(i.o.SitePackages)
	} else {
		a.python, err = findPython(e.Tree())
	}
	if err != nil {
		return err
	}
	for _, p := range i.s.setup.packages {
		if err := e.Dir(path.Join(a.python.site, p)); err != nil {
			return err
		}
		for _, name := range i.s.modules(p) {
			if err := i.estimate(e, path.Join(a.python.site, name), name); err != nil {
				return err
			}
		}
	}
	name, content := i.s.metadataFile(a.python)
	if err := e.File(path.Join(a.python.site, name), int64(len(content))); err != nil {
		return err
	}
	for _, f := range i.s.release.files {
		switch {
		case strings.HasPrefix(f.Path, servo.SitePackages):
		case f.Mode.IsDir():
			err = e.Dir(f.Path)
		default:
			err = i.estimate(e, f.Path, i.s.release.from[f.Path])
		}
		if err != nil {
			return err
		}
	}
	for _, level := range "0123456" {
		if err := e.Symlink("/etc/rc"+string(level)+".d/S50"+program, "../init.d/"+program); err != nil {
			return err
		}
	}
	for _, file := range []string{"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"} {
		if err := e.Grow(file, maxAccountLine); err != nil {
			return err
		}
	}
	return nil
}

// maxAccountLine is more than the servo's line in an account file takes, in bytes.
const maxAccountLine = 200

// estimate counts a file of the source.
func (i install) estimate(e *overlay.Estimate, to, from string) error {
	size := int64(0)
	if f, ok, err := i.s.files.get(from); err == nil && ok {
		size = int64(len(f.data))
	}
	return e.File(to, size)
}
