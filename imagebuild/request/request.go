// Package request turns what is asked for, by the flags of a command or by a recipe, into edits of an image.
//
// A [Request] names files: packages, folders, texts, repositories. [Request.Open] reads and verifies them before there is
// an image, so that a wrong word is found before minutes of work; [Opened.Steps] then makes the edits for one image,
// whose HAProxy, package database and time they depend on.
//
// # Order
//
// Whatever the order in which things are asked for, they are done in this one:
//
//  1. packages: the servo's, then others in their order;
//  2. users and groups, so that what follows can belong to them;
//  3. overlays, one after the other;
//  4. the other edits in their order: files, lines, links, services;
//  5. access: keys and passwords;
//  6. the HAProxy template;
//  7. sysctls.
package request

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"lbimage/imagebuild/recipe"
)

// UsageError is a request that cannot be carried out on any image: a setting
// that HAProxy would refuse, a folder for an overlay that is not there.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

func usagef(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}

// usage makes an error one of usage, unless it is nil or the end of the work.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &UsageError{err}
}

// Setting is a name with a value.
type Setting = recipe.Setting

// ParseSetting reads NAME=VALUE.
func ParseSetting(s string) (Setting, error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" || value == "" {
		return Setting{}, usagef("%q is not of the form NAME=VALUE", s)
	}
	return Setting{Name: name, Value: value}, nil
}

// Request is what is to be changed in an image. Every flag of the command line
// and every key of a recipe that says so has its field here. Paths are those of
// this process.
type Request struct {
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
	// Servo is the load-balancer-servo to install; nil: the image's stays.
	Servo *recipe.Servo `json:"servo,omitempty"`
	// Keyring are files with public keys: packages without a good signature by one of them are refused. Empty: signatures
	// are not asked for.
	Keyring []string `json:"keyring,omitempty"`
	// Edits are further changes.
	Edits []recipe.Edit `json:"edits,omitempty"`
	// Access is who may log in.
	Access *recipe.Access `json:"access,omitempty"`
	// Attributes says what becomes of capabilities and access control lists of files whose content is replaced: copy, keep
	// or drop; empty is copy.
	Attributes string `json:"attributes,omitempty"`
}

// FromRecipe is what a recipe asks for, resolved for one profile.
func FromRecipe(r *recipe.Resolved) Request {
	q := Request{
		Timeouts: r.HAProxy.Timeouts, Settings: r.HAProxy.Set, Options: r.HAProxy.Options,
		Sysctls: r.Sysctl, Attributes: r.Attributes,
	}
	q.Template = r.Path(r.HAProxy.Template)
	for _, dir := range r.Overlay {
		q.Overlays = append(q.Overlays, r.Path(dir))
	}
	for _, file := range r.Keyring {
		q.Keyring = append(q.Keyring, r.Path(file))
	}
	if r.Servo != nil {
		s := *r.Servo
		s.RPM = r.Path(s.RPM)
		if !recipe.IsURL(s.Source) {
			s.Source = r.Path(s.Source)
		}
		q.Servo = &s
	}
	for _, e := range r.Edits {
		q.Edits = append(q.Edits, withPaths(e, r.Path))
	}
	if r.Access != nil {
		a := *r.Access
		a.AuthorizedKeysFile = r.Path(a.AuthorizedKeysFile)
		q.Access = &a
	}
	return q
}

// withPaths is an edit whose paths of this machine are changed by a function.
func withPaths(e recipe.Edit, path func(string) string) recipe.Edit {
	switch {
	case e.File != nil:
		f := *e.File
		f.Source = path(f.Source)
		e.File = &f
	case e.RPM != nil:
		p := *e.RPM
		p.Path = path(p.Path)
		e.RPM = &p
	case e.AuthorizedKeys != nil:
		k := *e.AuthorizedKeys
		k.File = path(k.File)
		e.AuthorizedKeys = &k
	}
	return e
}

// IsEmpty tells whether nothing at all is asked for.
func (r Request) IsEmpty() bool {
	return !r.editsTemplate() && len(r.Sysctls)+len(r.Overlays)+len(r.Edits) == 0 && r.Servo == nil && r.Access == nil
}

func (r Request) editsTemplate() bool {
	return r.Template != "" || len(r.Timeouts)+len(r.Settings)+len(r.Options) > 0
}

// ErrNothing is for a request of a command that asks for nothing.
var ErrNothing error = &UsageError{errors.New("nothing to change: give --timeout, --option, --set, --template, --sysctl, --overlay, --servo-rpm or --servo-source")}

// ForRecord is the request without folders of this machine, and without secrets.
func (r Request) ForRecord() Request {
	r.Template = base(r.Template)
	r.Overlays = bases(r.Overlays)
	r.Keyring = bases(r.Keyring)
	if r.Servo != nil {
		s := *r.Servo
		s.RPM = base(s.RPM)
		if recipe.IsURL(s.Source) {
			s.Source = withoutPassword(s.Source)
		} else {
			s.Source = base(s.Source)
		}
		r.Servo = &s
	}
	r.Edits = slices.Clone(r.Edits)
	for i, e := range r.Edits {
		e = withPaths(e, base)
		e.Place.File = base(e.Place.File)
		switch {
		case e.User != nil:
			u := *e.User
			u.Password = ConcealHash(u.Password)
			e.User = &u
		case e.Password != nil:
			p := *e.Password
			p.Hash = ConcealHash(p.Hash)
			e.Password = &p
		case e.Line != nil:
			l := *e.Line
			l.Match, l.Set = concealHashes(l.Match), concealHashes(l.Set)
			if HoldsHashes(l.Path) {
				l.Set = string(ConcealShadow([]byte(l.Set)))
			}
			e.Line = &l
		case e.File != nil:
			f := *e.File
			f.Content = concealHashes(string(ConcealKeys([]byte(f.Content))))
			if HoldsHashes(f.Path) {
				f.Content = string(ConcealShadow([]byte(f.Content)))
			}
			e.File = &f
		}
		r.Edits[i] = e
	}
	if r.Access != nil {
		a := *r.Access
		a.AuthorizedKeysFile = base(a.AuthorizedKeysFile)
		a.Password = ConcealHash(a.Password)
		r.Access = &a
	}
	return r
}

func base(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(filepath.Clean(path))
}

func bases(paths []string) []string {
	var out []string
	for _, p := range paths {
		out = append(out, base(p))
	}
	return out
}
