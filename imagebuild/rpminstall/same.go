package rpminstall

import (
	"bytes"
	"io/fs"
	"reflect"
)

// unchanged says whether the names of one file of the package are one file in the image, with the same
// content, that has no further names and no attributes which a new file would not have. Then owner, mode
// and time are all there is to see to.
func (in *installer) unchanged(members []int) (bool, error) {
	var inode uint64
	for n, i := range members {
		f, d := &in.p.Files[i], in.fates[i]
		r, err := in.target(f, d)
		if err != nil || !r.Exists() || d.action == save || d.action == backup || r.Info.Mode().Type() != f.Mode.Type() {
			return false, err
		}
		if f.Mode.Type() == fs.ModeSymlink {
			target, err := in.t.ReadLink(r.Name)
			return err == nil && target == f.Link, err
		}
		if same, err := in.holds(r, f); err != nil || !same {
			return false, err
		}
		if ok, err := in.plain(r.Name, f.Caps); err != nil || !ok {
			return false, err
		}
		links, ino := identity(r.Info)
		if links != uint64(len(members)) || len(members) > 1 && (ino == 0 || n > 0 && ino != inode) {
			return false, nil
		}
		inode = ino
	}
	return true, nil
}

// plain says whether a file has no extended attributes but its label and the capabilities asked for.
func (in *installer) plain(name, caps string) (bool, error) {
	names, err := in.t.ListXattr(name)
	if err != nil {
		return false, at(name, err)
	}
	want := []byte(nil)
	if caps != "" {
		if want, err = capability(caps); err != nil {
			return false, err
		}
	}
	found := false
	for _, n := range names {
		switch {
		case n == "security.selinux", in.keep && (n == aclAttr || n == capAttr && caps == ""):
		case n == capAttr:
			have, err := in.t.Xattr(name, n)
			if err != nil {
				return false, at(name, err)
			}
			if found = true; !bytes.Equal(have, want) {
				return false, nil
			}
		default:
			return false, nil
		}
	}
	return found == (caps != ""), nil
}

// identity gives the number of names of a file and the number that tells it from others, 0 where the
// tree does not tell. The tree's own type lies in a package that is not known here.
func identity(info fs.FileInfo) (links, inode uint64) {
	links = 1
	v := reflect.ValueOf(info.Sys())
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return links, 0
	}
	for name, to := range map[string]*uint64{"Nlink": &links, "Ino": &inode} {
		if f := v.FieldByName(name); f.IsValid() && f.CanUint() {
			*to = f.Uint()
		}
	}
	return links, inode
}
