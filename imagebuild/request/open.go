package request

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay"
	"lbimage/servo/develop"
)

// Options say how a request is opened. The zero value is useful.
type Options struct {
	TempDir string // for what a remote repository sends; empty: the machine's
}

// Opened is a request whose files were read and found right.
type Opened struct {
	Request
	// Source is the servo's source; nil where none is asked for, or where it is fetched at each boot.
	Source *develop.Source

	packages []*packageFile
	template []byte
	fixed    map[int]overlay.Edit // edits that do not depend on the image, by their place in Request.Edits
	overlays []overlay.Edit
	keys     []string // of Access
}

// Open reads and verifies what a request names. Its errors are a [*UsageError] where the request cannot be carried out on
// any image.
func (r Request) Open(ctx context.Context, o Options) (*Opened, error) {
	out := &Opened{Request: r, fixed: map[int]overlay.Edit{}}
	if err := out.open(ctx, o); err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return out, nil
}

// Close closes the packages. The edits cannot be applied any more.
func (o *Opened) Close() error {
	var errs []error
	for _, p := range o.packages {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

func (o *Opened) open(ctx context.Context, opts Options) error {
	if _, err := overlay.ParseAttributes(o.Attributes); err != nil {
		return usage(err)
	}
	if o.Template != "" {
		text, err := readSmall(o.Template, maxTemplate)
		if err != nil {
			return usage(fmt.Errorf("template: %w", err))
		}
		o.template = text
	}
	for _, dir := range o.Overlays {
		edit, err := openOverlay(dir)
		if err != nil {
			return usage(err)
		}
		o.overlays = append(o.overlays, edit)
	}
	if err := o.openEdits(); err != nil {
		return err
	}
	if err := o.openAccess(); err != nil {
		return usage(err)
	}
	// What depends on the image is made once for none, to see that it can be made.
	if _, err := o.Steps(Image{}); err != nil {
		return err
	}
	if err := o.openPackages(ctx); err != nil {
		return err
	}
	if err := o.openSource(ctx, opts); err != nil {
		return err
	}
	_, err := o.Steps(Image{})
	return err
}

// Image is what the edits of one image depend on. The zero value stands for an image of which nothing is known.
type Image struct {
	Time     time.Time             // of what is new
	HAProxy  haproxyconfig.Version // that reads the template
	Database rpminstall.Database   // nil for none
	Arch     string                // as rpm calls it; empty: unknown
	// OldServo are the servo's files where the package database does not know them.
	OldServo []rpm.File
	// Installed, where set, is told of each package that was installed.
	Installed func(Package, *rpminstall.Report)
}

func openOverlay(dir string) (overlay.Edit, error) {
	edit, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{})
	if err != nil {
		return nil, fmt.Errorf("overlay %s: %w", dir, bare(err, dir))
	}
	return edit, nil
}

// Step is an edit, and where it was asked for: lbimage.yaml:12:5, or nothing.
type Step struct {
	overlay.Edit
	Place string

	key string // of the recipe: edits[2]
}

// Apply does it. Its error begins with the place.
func (s Step) Apply(t overlay.Tree) ([]overlay.Change, error) {
	changes, err := s.Edit.Apply(t)
	if err != nil && s.Place != "" {
		err = fmt.Errorf("%s: %w", s.Place, err)
	}
	return changes, err
}

// Steps are the edits for one image, in the order in which they are to be made.
func (o *Opened) Steps(image Image) ([]Step, error) {
	var packages, accounts, others []Step
	servoStep, err := o.servoStep(image)
	if err != nil {
		return nil, err
	}
	packages = append(packages, servoStep...)
	for i, e := range o.Request.Edits {
		edit, err := o.edit(i, e, image)
		if err != nil {
			if err = fmt.Errorf("%s: %w", e.Place, err); e.RPM == nil { // a package may be right for another image
				err = usage(err)
			}
			return nil, err
		}
		if e.Override && edit != nil {
			edit = overlay.Override{Edit: edit}
		}
		step := Step{edit, e.Place.String(), fmt.Sprintf("edits[%d]", i)}
		switch {
		case edit == nil: // a package that is not open yet
		case e.RPM != nil:
			packages = append(packages, step)
		case e.User != nil, e.Group != nil:
			accounts = append(accounts, step)
		default:
			others = append(others, step)
		}
	}
	steps := append(packages, accounts...)
	for i, v := range o.overlays {
		steps = append(steps, Step{Edit: v, key: fmt.Sprintf("overlay[%d]", i)})
	}
	steps = append(steps, others...)
	access, err := o.accessSteps(image)
	if err != nil {
		return nil, usage(err)
	}
	steps = append(steps, access...)
	template, err := o.templateEdit(image.HAProxy)
	if err != nil {
		return nil, usage(err)
	}
	if template != nil {
		steps = append(steps, Step{Edit: template, key: "haproxy"})
	}
	if len(o.Sysctls) > 0 {
		edit, err := sysctlEdit(o.Sysctls)
		if err != nil {
			return nil, usage(err)
		}
		steps = append(steps, Step{Edit: edit, key: "sysctl"})
	}
	return steps, nil
}

func sysctlEdit(settings []Setting) (overlay.Edit, error) {
	var list []overlay.Setting
	for _, s := range settings {
		list = append(list, overlay.Setting{Key: s.Name, Value: s.Value})
	}
	return overlay.NewSysctl(list)
}

// readSmall reads a regular file whole, if it is no larger than limit.
func readSmall(path string, limit int64) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, bare(err, path))
	}
	if !st.Mode().IsRegular() || st.Size() > limit {
		return nil, fmt.Errorf("%s: it has to be a regular file of at most %d bytes", path, limit)
	}
	return os.ReadFile(path)
}

// bare cuts an error of package os that repeats the path to its cause.
func bare(err error, path string) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok && pe.Path == path && err == error(pe) {
		return pe.Err
	}
	return err
}
