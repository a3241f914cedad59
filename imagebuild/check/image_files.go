package check

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lbimage/haproxy-config/render"
	"lbimage/overlay"
)

// maxNamed bounds the size of a file that a configuration names, in bytes.
const maxNamed = 1 << 20

// readIn gives a file of the image by the name that a configuration has for it. HAProxy is started in the
// servo's folder, so that is where other names than absolute ones lead.
func readIn(t overlay.ReadTree, name string) ([]byte, error) {
	if !path.IsAbs(name) {
		name = path.Join(render.StateDir, name)
	}
	r, err := overlay.Resolve(t, strings.TrimPrefix(path.Clean(name), "/"))
	switch {
	case err != nil:
		return nil, err
	case !r.Exists():
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	case !r.Info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w", name, overlay.ErrNotFile)
	case r.Info.Size() > maxNamed:
		return nil, fmt.Errorf("%s: %d bytes are too many", name, r.Info.Size())
	}
	return t.ReadFile(r.Name)
}

// hasAccount reports whether the image has a user or a group. Where its account files cannot be read, that is
// another rule's business.
func hasAccount(t overlay.ReadTree, o overlay.Owner) bool {
	_, _, err := o.Lookup(t)
	return !errors.Is(err, overlay.ErrNoAccount)
}
