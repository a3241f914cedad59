package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/source"
	"lbimage/overlay"
	"lbimage/servo"
)

// maxConfiguration bounds a HAProxy configuration that is read from a file, in bytes.
const maxConfiguration = 16 << 20

// HAProxyText is a HAProxy configuration: from a file, or the template in force of a source.
type HAProxyText struct {
	Name string // of the file, or of the template in the image
	Text []byte
	// Template is set for the template of a source.
	Template bool
	// HAProxy and Servo are the versions of the image's own, where there is an image and it tells.
	HAProxy, Servo haproxyconfig.Version
	Warnings       []string

	tree    overlay.ReadTree // of the image that the text is from or for
	sources []*source.Source
}

// Close closes the image.
func (t *HAProxyText) Close() error {
	var errs []error
	for _, s := range t.sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// OpenHAProxyText opens a configuration. path is a file, or a source whose template is meant; image is a source
// whose HAProxy, users and files count for a configuration from a file; "" for none.
func OpenHAProxyText(ctx context.Context, path, image string, o source.Options) (t *HAProxyText, err error) {
	t = &HAProxyText{Name: path}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
			t = nil
		}
	}()
	text, isSource, err := readConfiguration(path)
	switch {
	case err != nil:
		return t, err
	case isSource && image != "":
		return t, usagef("%s is an image already: leave --image out", path)
	case isSource:
		if err := t.openImage(ctx, path, o); err != nil {
			return t, err
		}
		return t, t.readTemplate(path)
	}
	t.Text = text
	if image != "" {
		err = t.openImage(ctx, image, o)
	}
	return t, err
}

// HAProxyTextFrom is a configuration that was read already, from standard input.
func HAProxyTextFrom(ctx context.Context, name string, r io.Reader, image string, o source.Options) (*HAProxyText, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxConfiguration+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxConfiguration {
		return nil, fmt.Errorf("%s: more than %d bytes are no configuration", name, maxConfiguration)
	}
	t := &HAProxyText{Name: name, Text: text}
	if image != "" {
		if err := t.openImage(ctx, image, o); err != nil {
			return nil, errors.Join(err, t.Close())
		}
	}
	return t, nil
}

// readConfiguration reads a file, unless it is a source.
func readConfiguration(path string) (text []byte, isSource bool, err error) {
	f, err := block.OpenFile(path)
	if err != nil {
		return nil, false, fmt.Errorf("open %w", source.At(path, err))
	}
	defer f.Close()
	if f.Size() == 0 {
		return nil, false, nil
	}
	if _, err := source.Sniff(f, f.Size()); err == nil {
		return nil, true, nil
	}
	if f.Size() > maxConfiguration {
		return nil, false, fmt.Errorf("open %s: %d bytes are neither a configuration nor an image; give a text file, an RPM, an image tarball or a raw disk image", path, f.Size())
	}
	text = make([]byte, f.Size())
	if _, err := f.ReadAt(text, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("reading %w", source.At(path, err))
	}
	return text, false, nil
}

// openImage opens a source and finds out what HAProxy and servo it has.
func (t *HAProxyText) openImage(ctx context.Context, path string, o source.Options) error {
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return err
	}
	t.sources = append(t.sources, s)
	t.tree, t.Warnings = s.Root.FS, s.Warnings
	in, err := servo.Detect(t.tree)
	if err != nil {
		return source.At(path, err)
	}
	t.Servo, t.HAProxy = in.Known(), check.HAProxyVersion(t.tree)
	return nil
}

func (t *HAProxyText) readTemplate(path string) error {
	r, err := overlay.Resolve(t.tree, servo.TemplatePath)
	if err == nil && !r.Exists() {
		return fmt.Errorf("%s: the image has no /%s", path, servo.TemplatePath)
	}
	if err == nil && (!r.Info.Mode().IsRegular() || r.Info.Size() > maxConfiguration) {
		err = overlay.ErrNotFile
	}
	if err == nil {
		t.Text, err = t.tree.ReadFile(r.Name)
	}
	if err != nil {
		return source.At(path, fmt.Errorf("/%s: %w", servo.TemplatePath, err))
	}
	t.Name, t.Template = r.Path(), true
	return nil
}

// Check judges the configuration. It counts as a servo's template where it is the one of a source, where the
// options say which servo is to read it, and where it is for an image, unless a servo wrote it.
func (t *HAProxyText) Check(ctx context.Context, o check.HAProxyOptions) (check.Judgement, error) {
	template := t.Template || o.Servo.Known() || t.tree != nil && !t.written()
	c := check.Configuration{Name: t.Name, Text: t.Text, Template: template}
	return c.CheckFor(ctx, t.tree, o)
}

// written tells whether a servo wrote the configuration: it puts the load balancer's name into each frontend.
func (t *HAProxyText) written() bool {
	return slices.ContainsFunc(haproxyconfig.Parse(t.Text).Sections(), func(s haproxyconfig.Section) bool {
		return s.Kind == "frontend" && slices.ContainsFunc(s.Lines, func(l *haproxyconfig.Line) bool {
			return strings.HasPrefix(l.Comment(), "# lb-")
		})
	})
}
