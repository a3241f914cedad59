package selinux

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"lbimage/overlay"
)

// Relabeller is a tree that gives its files the labels that the image's policy has for them. The one that [Labelled] gives
// is one where the image uses SELinux; overlay.As finds it behind other trees.
type Relabeller interface {
	// Relabel does to a file what restorecon(8) does: where the type of its label is not the policy's, it gets that type and
	// keeps user, role and range; all where it has no label, or force is set. A file for which the policy has no label is
	// left alone. Name has no symbolic link in it but perhaps itself.
	Relabel(name string, force bool) (changed bool, err error)
}

// CanRelabel gives the tree that relabels, if there is one.
func CanRelabel(t overlay.ReadTree) (Relabeller, bool) { return overlay.As[Relabeller](t) }

// Relabel implements [Relabeller].
func (l *labelled) Relabel(name string, force bool) (bool, error) {
	info, err := l.Lstat(name)
	if err != nil {
		return false, err
	}
	want, ok := l.report.contexts.Lookup("/"+strings.TrimPrefix(name, "."), info.Mode()&fs.ModeType)
	if !ok {
		return false, nil
	}
	value, err := labelOf(l.Tree, name)
	if err != nil {
		return false, err
	}
	have := string(bytes.TrimRight(value, "\x00"))
	if !force && have != "" {
		if want, err = withType(have, want); err != nil {
			return false, fmt.Errorf("/%s: %w", name, err)
		}
	}
	if have == want {
		return false, nil
	}
	l.report.Given++
	return true, l.SetXattr(name, Attr, append([]byte(want), 0))
}

// withType is a label with the type of another one: user:role:type:range.
func withType(label, other string) (string, error) {
	parts, from := strings.SplitN(label, ":", 4), strings.SplitN(other, ":", 4)
	if len(parts) < 3 || len(from) < 3 {
		return "", errors.New("its label, or the policy's for it, is not of the form user:role:type")
	}
	parts[2] = from[2]
	return strings.Join(parts, ":"), nil
}
