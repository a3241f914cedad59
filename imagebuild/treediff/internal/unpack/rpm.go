package unpack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"lbimage/imagebuild/rpm"
)

// rpm reads a package. What is no file of it comes as members of their own, which are texts: %requires, %script-postin.
func (l *lister) rpm(src *io.SectionReader) error {
	p, err := rpm.Open(src, src.Size())
	if err != nil {
		return err
	}
	l.fact("package", "%s", p)
	l.fact("architecture", "%s", p.Arch)
	if !p.BuildTime.IsZero() {
		l.fact("build time", "%s", p.BuildTime.UTC().Format(time.RFC3339))
	}
	for _, f := range []Fact{
		{"build host", p.BuildHost}, {"source package", p.SourceRPM}, {"licence", p.License}, {"vendor", p.Vendor},
		{"packager", p.Packager}, {"summary", p.Summary}, {"description", p.Description}, {"group", p.Group}, {"url", p.URL},
		{"built by rpm", p.RPMVersion}, {"compressor", p.PayloadCompressor},
	} {
		if f.Text != "" {
			l.out.Facts = append(l.out.Facts, f)
		}
	}
	l.fact("signatures", "%d", len(p.Signatures))
	if err := l.rpmTexts(p); err != nil {
		return err
	}
	return l.rpmFiles(p)
}

func (l *lister) text(name, text string) error {
	return l.add(Member{Name: name, Mode: 0o444, Content: io.NewSectionReader(strings.NewReader(text), 0, int64(len(text)))})
}

func (l *lister) rpmTexts(p *rpm.Package) error {
	for _, k := range []struct {
		name string
		list []rpm.Dependency
	}{{"requires", p.Requires}, {"provides", p.Provides}, {"conflicts", p.Conflicts}, {"obsoletes", p.Obsoletes}} {
		var b strings.Builder
		for _, d := range k.list {
			fmt.Fprintln(&b, d)
		}
		if b.Len() > 0 {
			if err := l.text("%"+k.name, b.String()); err != nil {
				return err
			}
		}
	}
	for _, s := range p.Scriptlets {
		text := s.Body
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		for _, d := range s.On {
			text = fmt.Sprintf("# on %s\n%s", d, text)
		}
		if err := l.text("%script-"+s.Name, fmt.Sprintf("# %s\n%s", strings.Join(s.Program, " "), text)); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) rpmFiles(p *rpm.Package) error {
	spool, err := l.b.spool()
	if err != nil {
		return err
	}
	payload, err := p.Payload(l.ctx)
	if err != nil {
		return err
	}
	defer payload.Close()
	where := map[string]int{}
	for {
		e, err := payload.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		f := e.File
		m := Member{
			Name: f.Path, Mode: f.Mode, User: f.User, Group: f.Group, Modified: f.ModTime.UTC(), Target: f.Link,
			Major: f.Rdev >> 8, Minor: f.Rdev & 0xff,
		}
		if m.Mode.IsRegular() {
			m.Content = empty()
			if e.Linked {
				where[f.Path] = len(l.out.Members)
			} else if m.Content, err = l.b.save(l.ctx, spool, e, 0); err != nil {
				return err
			}
			for _, other := range e.Links {
				if i, ok := where[other.Path]; ok {
					l.out.Members[i].Content = m.Content
					delete(where, other.Path)
				}
			}
		}
		if m.Mode&fs.ModeDevice == 0 {
			m.Major, m.Minor = 0, 0
		}
		if err := l.add(m); err != nil {
			return err
		}
	}
	for _, f := range p.Files {
		if f.InPayload() {
			continue
		}
		if err := l.add(Member{Name: "%ghost" + f.Path, Mode: f.Mode, User: f.User, Group: f.Group, Target: f.Link, Content: empty()}); err != nil {
			return err
		}
	}
	return nil
}
