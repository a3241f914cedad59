package imagebuild

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/overlay"
	"lbimage/servo"
)

// Edits is what is to be changed in an image. Every flag of the command line
// has its field here. The edits are applied in the order of the fields.
type Edits struct {
	// Template is the path of a file that replaces the HAProxy template whole;
	// the fields below then edit that.
	Template string `json:"template,omitempty"`
	// Timeouts sets HAProxy's time-outs: client=2m.
	Timeouts []Setting `json:"timeouts,omitempty"`
	// Settings sets other directives: retries=3, global.maxconn=50000.
	Settings []Setting `json:"set,omitempty"`
	// Options are HAProxy's options to be on, or with "no " before them off.
	Options []string `json:"options,omitempty"`
	// Sysctls sets keys of /etc/sysctl.conf.
	Sysctls []Setting `json:"sysctl,omitempty"`
	// Overlays are folders laid over the image's root, one after the other.
	Overlays []string `json:"overlay,omitempty"`
}

// Setting is a name with a value.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ParseSetting reads NAME=VALUE.
func ParseSetting(s string) (Setting, error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" || value == "" {
		return Setting{}, usagef("%q is not of the form NAME=VALUE", s)
	}
	return Setting{name, value}, nil
}

// IsEmpty tells whether nothing at all is asked for.
func (e Edits) IsEmpty() bool {
	return e.Template == "" && len(e.Timeouts)+len(e.Settings)+len(e.Options)+len(e.Sysctls)+len(e.Overlays) == 0
}

// build checks the request as far as that goes without an image, so that a
// wrong word is found before minutes of work, and gives the edits in order.
func (e Edits) build() (builtEdits, error) {
	var edits []overlay.Edit
	for _, dir := range e.Overlays {
		edit, err := overlayEdit(dir)
		if err != nil {
			return builtEdits{}, err
		}
		edits = append(edits, edit)
	}
	template, err := e.templateEdit(haproxyconfig.Version{})
	if err != nil {
		return builtEdits{}, err
	}
	at := -1
	if template != nil {
		at = len(edits)
		edits = append(edits, template)
	}
	if len(e.Sysctls) > 0 {
		edit, err := sysctlEdit(e.Sysctls)
		if err != nil {
			return builtEdits{}, err
		}
		edits = append(edits, edit)
	}
	if len(edits) == 0 {
		return builtEdits{}, usagef("nothing to change: give --timeout, --option, --set, --template, --sysctl or --overlay")
	}
	return builtEdits{edits, at}, nil
}

// builtEdits are edits in order. template is the place of the one of the template, or -1.
type builtEdits struct {
	list     []overlay.Edit
	template int
}

// forHAProxy makes the edit of the template anew for the HAProxy that will read it: what that version does not know, or
// would misread, is refused.
func (b builtEdits) forHAProxy(e Edits, v haproxyconfig.Version) ([]overlay.Edit, error) {
	if b.template < 0 || !v.Known() {
		return b.list, nil
	}
	edit, err := e.templateEdit(v)
	if err != nil {
		return nil, err
	}
	list := slices.Clone(b.list)
	list[b.template] = edit
	return list, nil
}

func sysctlEdit(settings []Setting) (overlay.Edit, error) {
	var list []overlay.Setting
	for _, s := range settings {
		list = append(list, overlay.Setting{Key: s.Name, Value: s.Value})
	}
	edit, err := overlay.NewSysctl(list)
	if err != nil {
		return nil, &UsageError{err}
	}
	return edit, nil
}

func overlayEdit(dir string) (overlay.Edit, error) {
	edit, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{})
	if err != nil {
		return nil, &UsageError{fmt.Errorf("overlay %w", at(dir, err))}
	}
	return edit, nil
}

// maxTemplate bounds a template file; real ones have some hundred bytes.
const maxTemplate = 1 << 20

// templateEdit is nil where the request says nothing of the template. The version of the HAProxy that will read it may
// not be known.
func (e Edits) templateEdit(haproxy haproxyconfig.Version) (overlay.Edit, error) {
	if e.Template == "" && len(e.Timeouts)+len(e.Settings)+len(e.Options) == 0 {
		return nil, nil
	}
	request := servo.TemplateRequest{Options: e.Options, HAProxy: haproxy}
	for _, s := range e.Timeouts {
		request.Timeouts = append(request.Timeouts, servo.Setting(s))
	}
	for _, s := range e.Settings {
		request.Settings = append(request.Settings, servo.Setting(s))
	}
	if e.Template != "" {
		text, err := readSmall(e.Template, maxTemplate)
		if err != nil {
			return nil, &UsageError{fmt.Errorf("--template %w", err)}
		}
		request.Replacement = text
	}
	edit, err := servo.TemplateEdit(request)
	if err != nil {
		return nil, &UsageError{err}
	}
	return edit, nil
}

// readSmall reads a regular file whole, if it is no larger than limit.
func readSmall(path string, limit int64) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, at(path, err)
	}
	if !st.Mode().IsRegular() || st.Size() > limit {
		return nil, fmt.Errorf("%s: it has to be a regular file of at most %d bytes", path, limit)
	}
	return os.ReadFile(path)
}

// forRecord is the request without folders of this machine.
func (e Edits) forRecord() Edits {
	if e.Template != "" {
		e.Template = filepath.Base(e.Template)
	}
	dirs := make([]string, 0, len(e.Overlays))
	for _, dir := range e.Overlays {
		dirs = append(dirs, filepath.Base(filepath.Clean(dir)))
	}
	if len(dirs) > 0 {
		e.Overlays = dirs
	}
	return e
}
