package rpmout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"lbimage/imagebuild/rpm"
)

// maxFile bounds a kickstart, a licence, an installer, in bytes.
const maxFile = 8 << 20

// put puts in the files that the options name.
func (d *Draft) put(o Options) error {
	for _, part := range []struct {
		what, file string
		at         string // where the package has one
		otherwise  string
		mode       os.FileMode
		flags      rpm.FileFlags
	}{
		{"kickstart", o.Kickstart, d.kickstart(), path.Join(d.docs(), d.spec.Name+".ks"), 0o644, rpm.FlagDoc},
		{"licence", o.License, d.license(), path.Join(d.docs(), licence), 0o644, rpm.FlagDoc},
		{"installer", o.Script, d.script(), installer, 0o755, 0},
	} {
		if part.file == "" {
			continue
		}
		content, err := readFile(part.file)
		if err != nil {
			return fmt.Errorf("%s %w", part.what, err)
		}
		f := rpm.SpecFile{Path: part.otherwise, Mode: part.mode, Content: content, Flags: part.flags}
		for _, was := range d.spec.Files {
			if was.Path == part.at {
				f.Flags = was.Flags // %doc or %license, as it was
			}
		}
		switch {
		case part.what == "kickstart" && part.at != "":
			d.drop(part.at)
			f.Path = path.Join(path.Dir(part.at), d.spec.Name+".ks") // as it bears the package's name
		case part.at != "":
			f.Path = part.at
		}
		if part.what == "installer" {
			if err := d.runs(f.Content); err != nil {
				return fmt.Errorf("installer %s: %w", part.file, err)
			}
		}
		if strings.HasPrefix(f.Path, d.docs()+"/") {
			d.folder(d.docs())
		}
		d.add(f, filepath.Base(part.file))
	}
	return nil
}

// runs asks for what an installer needs: the program that it names, as rpmbuild does, and the tools of Eucalyptus where
// no source's package says which.
func (d *Draft) runs(script []byte) error {
	line, _, _ := bytes.Cut(script, []byte("\n"))
	rest, ok := strings.CutPrefix(string(line), "#!")
	words := strings.Fields(rest)
	if !ok || len(words) == 0 || !path.IsAbs(words[0]) {
		return errors.New("it does not begin with #! and the path of a program: nothing could run it")
	}
	d.require(rpm.Dependency{Name: words[0]})
	switch {
	case d.base.Package != nil: // which says it
	case rpm.CompareVersions(d.spec.Version, "1.1") < 0:
		d.require(rpm.Dependency{Name: "euca2ools", Op: ">=", Version: "3.0.2"})
		d.note("it requires euca2ools >= 3.0.2, as installers of 1.0 do")
	default:
		d.require(rpm.Dependency{Name: "euca2ools", Op: ">=", Version: "3.1.0"})
		d.require(rpm.Dependency{Name: "python-boto"})
		d.note("it requires euca2ools >= 3.1.0 and python-boto, as installers since 1.1 do")
	}
	return nil
}

func (d *Draft) require(dep rpm.Dependency) {
	for _, r := range d.spec.Requires {
		if r.Name == dep.Name && (dep.Op == "" || r == dep) {
			return
		}
	}
	d.spec.Requires = append(d.spec.Requires, dep)
}

// readFile reads a small file of this machine.
func readFile(name string) ([]byte, error) {
	st, err := os.Stat(name)
	if err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no regular file: name one", name)
	}
	if err != nil {
		return nil, wordError(name, err)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, wordError(name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, wordError(name, err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("%s: it has more than %d MiB: is it the right file?", name, maxFile>>20)
	}
	return b, nil
}

func wordError(name string, err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w; name one that can be read", name, err)
}
