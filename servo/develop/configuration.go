package develop

import (
	"fmt"
	"path"

	"lbimage/overlay"
	"lbimage/servo"
)

// configuration is the servo's folder, which install-servo.sh gives to the servo with all that is in it.
const configuration = "/etc/load-balancer-servo"

func (a *applying) configuration() error {
	uid, gid, err := overlay.Owner{User: servo.User, Group: servo.User}.Lookup(a.t)
	if err != nil {
		return err
	}
	names, err := namesIn(a.t, configuration)
	if err != nil {
		return err
	}
	for _, n := range names {
		r, err := overlay.ResolveLink(a.t, path.Join(configuration, n))
		if err != nil {
			return err
		}
		if err := a.give(r.Name, uid, gid, 0); err != nil {
			return err
		}
	}
	return nil
}

// give makes a file or folder, with all that is in it, belong to an account.
func (a *applying) give(name string, uid, gid uint32, depth int) error {
	before, err := overlay.StateOf(a.t, name, 0)
	if err != nil {
		return err
	}
	if before.UID != uid || before.GID != gid {
		if err := a.t.Lchown(name, int(uid), int(gid)); err != nil {
			return fmt.Errorf("/%s: %w", name, err)
		}
		after, err := overlay.StateOf(a.t, name, 0)
		if err != nil {
			return err
		}
		a.changes = append(a.changes, overlay.NewChange(name, before, after, "the servo's configuration belongs to the servo"))
	}
	if !before.Mode.IsDir() {
		return nil
	}
	if depth > maxDepth {
		return fmt.Errorf("/%s: more than %d folders deep: this is no servo's: remove it first", name, maxDepth)
	}
	names, err := namesIn(a.t, name)
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := a.give(path.Join(name, n), uid, gid, depth+1); err != nil {
			return err
		}
	}
	return nil
}
