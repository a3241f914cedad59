package servo

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"lbimage/haproxy-config/template"
	"lbimage/overlay"
)

// Setting is a name and a value: client and 2m, retries and 3.
type Setting = template.Setting

// TemplateRequest is what an administrator wants of the template.
type TemplateRequest struct {
	// Replacement is a text that replaces the template whole, before the edits below are made to it.
	// nil: the template in the image is edited.
	Replacement []byte
	Timeouts    []Setting // of the defaults section: connect, client, …
	Settings    []Setting // directives: retries, global.maxconn, …
	Options     []string  // of the defaults section: redispatch, 'no httpclose'
	HAProxy     Version   // that will read it, where it is known
}

func (q TemplateRequest) edits() template.Edits {
	return template.Edits{Timeouts: q.Timeouts, Set: q.Settings, Options: q.Options, HAProxy: q.HAProxy}
}

// TemplateEdit makes the edit of the template in an image. What is wrong with the request itself is found
// here, before there is an image.
//
// The file keeps owner, mode and extended attributes. One that is not there is made where the request
// replaces it whole, 0644 and servo:servo, or root:root in an image without that account; else it is an
// error that says whether there is a servo at all.
func TemplateEdit(q TemplateRequest) (overlay.Edit, error) {
	edits := q.edits()
	if err := edits.Validate(); err != nil {
		return nil, err
	}
	e := templateEdit{what: q.describe(), replace: q.Replacement != nil}
	text := q.Replacement
	if e.replace {
		if len(strings.TrimSpace(string(text))) == 0 {
			return nil, errors.New("the replacement for the template is empty")
		}
		if _, _, err := edits.Apply(text); err != nil {
			return nil, fmt.Errorf("the replacement for the template: %w", err)
		}
	} else if edits.Empty() {
		return nil, errors.New("nothing is asked for of the template")
	}
	e.edit = func(old []byte) ([]byte, []string, error) {
		var notes []string
		if stock := StockReleases(old); len(stock) > 0 {
			notes = append(notes, "was the template that servo "+spanOf(stock)+" ships")
		}
		if e.replace {
			old = text
		}
		new, changes, err := edits.Apply(old)
		for _, c := range changes {
			if c.Note != "" {
				notes = append(notes, fmt.Sprintf("line %d, %s: %s", c.LineNumber, c.Keyword, c.Note))
			}
		}
		return new, notes, err
	}
	return e, nil
}

// templateEdit is a rewrite whose owner and error depend on what else the image has.
type templateEdit struct {
	what    string
	replace bool
	edit    func(old []byte) (new []byte, notes []string, err error)
}

func (e templateEdit) Describe() string { return e.what }
func (e templateEdit) Paths() []string  { return []string{"/" + TemplatePath} }

// Estimate counts what the template grows by, or its new text.
func (e templateEdit) Estimate(s *overlay.Estimate) error {
	if e.replace {
		if text, _, err := e.edit(nil); err == nil {
			return s.File("/"+TemplatePath, int64(len(text)))
		}
	}
	return s.Grow("/"+TemplatePath, 4096)
}

func (e templateEdit) Apply(t overlay.Tree) ([]overlay.Change, error) {
	w := overlay.Rewrite{Path: "/" + TemplatePath, What: e.what, Edit: e.edit}
	if e.replace {
		owner := servo
		_, _, err := owner.Lookup(t)
		switch {
		case errors.Is(err, overlay.ErrNoAccount):
			owner = root
		case err != nil:
			return nil, err
		}
		w.Create = &overlay.Create{Mode: 0o644, Owner: owner}
	} else if _, err := templateAt(t); errors.Is(err, fs.ErrNotExist) {
		mend, err := missing(t)
		if err != nil {
			return nil, err
		}
		w.Mend = mend
	}
	return w.Apply(t)
}

// templateAt finds the template, symbolic links followed inside the tree.
func templateAt(t overlay.ReadTree) (overlay.Resolved, error) {
	r, err := overlay.Resolve(t, TemplatePath)
	if err == nil && !r.Exists() {
		err = fmt.Errorf("/%s: %w", TemplatePath, fs.ErrNotExist)
	}
	return r, err
}

// missing says what to do about an image without a template.
func missing(t overlay.ReadTree) (string, error) {
	in, err := Detect(t)
	if err != nil {
		return "", err
	}
	if in.Present {
		return "the image has " + in.Summary() + " and lacks its template: --template FILE makes it", nil
	}
	return "no servo is installed in this image either: if it is a load balancer's all the same, --template FILE makes the file", nil
}

// describe is the request in one line.
func (q TemplateRequest) describe() string {
	var parts []string
	for _, s := range q.Timeouts {
		parts = append(parts, "timeout "+s.Name+" "+s.Value)
	}
	for _, s := range q.Settings {
		parts = append(parts, s.Name+" "+s.Value)
	}
	for _, o := range q.Options {
		if off, ok := strings.CutPrefix(o, "no "); ok {
			parts = append(parts, "no option "+off)
		} else {
			parts = append(parts, "option "+o)
		}
	}
	what := "set " + strings.Join(parts, ", ") + " in the HAProxy template"
	if q.Replacement != nil {
		what = "replace the HAProxy template"
		if len(parts) > 0 {
			what += " and set " + strings.Join(parts, ", ")
		}
	}
	return what
}

// spanOf is a list of releases in short.
func spanOf(releases []string) string {
	if len(releases) == 1 {
		return releases[0]
	}
	return releases[0] + " to " + releases[len(releases)-1]
}
