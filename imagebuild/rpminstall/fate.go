package rpminstall

import (
	"crypto/md5"  //nolint:gosec // the digest that old packages have
	"crypto/sha1" //nolint:gosec // likewise
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"syscall"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// action is what is to be done with a file of the package, in rpm's own terms.
type action int

const (
	create  action = iota
	skip           // leave what is there
	altName        // put it beside, as .rpmnew
	save           // move what is there to .rpmsave
	backup         // move what is there to .rpmorig
	missing        // it may be missing, and is
	ghost
)

// fate is the decision on one file.
type fate struct {
	action action
	r      overlay.Resolved // where it stands, or what stands there
}

// puts says whether the file is written somewhere.
func (f fate) puts() bool {
	return f.action == create || f.action == altName || f.action == save || f.action == backup
}

// suffix is that of the name under which the package's file, or the image's, ends up.
func (a action) suffix() string {
	switch a {
	case altName:
		return ".rpmnew"
	case save:
		return ".rpmsave"
	case backup:
		return ".rpmorig"
	}
	return ""
}

// decide finds the fate of a file that is no folder. Only configuration has a choice.
func (in *installer) decide(i int) (fate, error) {
	f := &in.p.Files[i]
	r, err := overlay.ResolveLink(in.t, f.Path)
	if err != nil {
		if f.Flags&rpm.FlagGhost != 0 { // not made: what its path leads to does not matter
			return fate{action: ghost}, nil
		}
		return fate{}, needFolder(f.Path, err)
	}
	d := fate{r: r}
	old := in.was[r.Name]
	if other := in.others(f, old); old == nil {
		old = other
	}
	noReplace := f.Flags&rpm.FlagNoReplace != 0
	switch {
	case f.Flags&rpm.FlagGhost != 0:
		d.action = ghost
	case old != nil && (old.Flags|f.Flags)&rpm.FlagConfig != 0:
		d.action, err = in.fateOver(old, f, r)
	case f.Flags&rpm.FlagConfig != 0 && r.Exists():
		var differs bool
		if differs, err = in.edited(f, r); differs {
			d.action = backup
			if noReplace {
				d.action = altName
			}
		}
	}
	return d, err
}

func needFolder(name string, err error) error {
	if errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: the package needs a folder there for %s: remove the file first", err, name)
	}
	return err
}

// others tells of files of packages that stay, and gives one of them.
func (in *installer) others(f *rpm.File, old *rpm.File) *rpm.File {
	if in.o.Database == nil {
		return nil
	}
	var found *rpm.File
	for _, o := range in.o.Database.Owners(f.Path) {
		if in.leaving[o.Package] || o.Name == in.p.Name {
			continue
		}
		if conflict(&o.File, f) {
			why := o.Package + " has another file there, which is replaced"
			if f.Mode.IsDir() && o.File.Mode.IsDir() {
				why = o.Package + " has the folder with another mode or owner"
			}
			in.miss("file-conflict", f.Path, why)
		}
		found = &o.File
	}
	if old != nil {
		return nil
	}
	return found
}

// conflict says whether two packages disagree on a file.
func conflict(a, b *rpm.File) bool {
	switch {
	case (a.Flags|b.Flags)&rpm.FlagGhost != 0:
		return false
	case isType(a.Mode, fs.ModeSymlink) && isType(b.Mode, fs.ModeSymlink):
		return a.Link != b.Link || a.User != b.User || a.Group != b.Group
	case a.Mode != b.Mode || a.User != b.User || a.Group != b.Group:
		return true
	case a.Mode.IsRegular():
		return a.Size != b.Size || a.DigestName != b.DigestName || a.Digest != b.Digest
	}
	return false
}

// fateOver decides on configuration that an installed package has too: rpm's rule is to write the new
// file unless an edit would be lost.
func (in *installer) fateOver(old, f *rpm.File, r overlay.Resolved) (action, error) {
	if !r.Exists() {
		if f.Flags&rpm.FlagMissingOK != 0 {
			return missing, nil
		}
		return create, nil
	}
	keep := save
	if f.Flags&rpm.FlagNoReplace != 0 {
		keep = altName
	}
	disk := r.Info.Mode()
	config := f.Flags&rpm.FlagConfig != 0 // what is configuration no more gets the package's file in any case
	switch {
	case isType(old.Mode, 0):
		for _, k := range []*rpm.File{old, f} {
			if !disk.IsRegular() || !isType(k.Mode, 0) {
				continue
			}
			if same, err := in.holds(r, k); err != nil || same {
				return create, err
			}
		}
		if config && isType(f.Mode, 0) && old.DigestName == f.DigestName && old.Digest != "" && old.Digest == f.Digest {
			return skip, nil
		}
		return keep, nil
	case isType(old.Mode, fs.ModeSymlink):
		if disk.Type() == fs.ModeSymlink {
			target, err := in.t.ReadLink(r.Name)
			if err != nil {
				return create, err
			}
			if target == old.Link || isType(f.Mode, fs.ModeSymlink) && target == f.Link {
				return create, nil
			}
		}
		if config && isType(f.Mode, fs.ModeSymlink) && f.Link == old.Link {
			return skip, nil
		}
		return keep, nil
	}
	return create, nil
}

// edited says whether what stands there is another file than the package's record says: of another type,
// size, content or target.
func (in *installer) edited(f *rpm.File, r overlay.Resolved) (bool, error) {
	m := r.Info.Mode()
	switch {
	case m.Type() != f.Mode.Type():
		return true, nil
	case m.IsRegular():
		same, err := in.holds(r, f)
		return !same, err
	case m&fs.ModeSymlink != 0:
		target, err := in.t.ReadLink(r.Name)
		return target != f.Link, err
	}
	return true, nil
}

// holds says whether the regular file there has the content that a package's record has. Without a digest
// that is known here nothing is the same.
func (in *installer) holds(r overlay.Resolved, f *rpm.File) (bool, error) {
	sum, ok := digests[f.DigestName]
	if !ok || f.Digest == "" || r.Info.Size() != f.Size {
		return false, nil
	}
	from, err := in.t.Open(r.Name)
	if err != nil {
		return false, fmt.Errorf("%s: %w", r.Path(), err)
	}
	defer from.Close()
	h := sum()
	if _, err := io.Copy(h, from); err != nil {
		return false, fmt.Errorf("%s: %w", r.Path(), err)
	}
	return hex.EncodeToString(h.Sum(nil)) == f.Digest, nil
}

// digests are those of files, by the names that package rpm gives them.
var digests = map[string]func() hash.Hash{
	"MD5": md5.New, "SHA-1": sha1.New, "SHA-224": sha256.New224, "SHA-256": sha256.New, "SHA-384": sha512.New384, "SHA-512": sha512.New,
	"SHA3-256": func() hash.Hash { return sha3.New256() }, "SHA3-512": func() hash.Hash { return sha3.New512() },
}
