package rpmdb

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// The bits of rpm.File.VerifyFlags, as rpm numbers them.
const (
	verifyDigest = 1 << iota
	verifySize
	verifyLink
	verifyUser
	verifyGroup
	verifyTime
	verifyMode
	verifyDevice
	verifyCaps
)

// Attribute is one of the letters of 'rpm -V'.
type Attribute struct {
	Letter byte
	Name   string
	flag   uint32
}

// Attributes are the letters in the order of the columns.
var Attributes = []Attribute{
	{'S', "size", verifySize}, {'M', "mode", verifyMode}, {'5', "digest", verifyDigest}, {'D', "device number", verifyDevice},
	{'L', "link target", verifyLink}, {'U', "owner", verifyUser}, {'G', "group", verifyGroup}, {'T', "time", verifyTime},
	{'P', "capabilities", verifyCaps},
}

// Deviation is a file that is not as its package has it: a line of 'rpm -V'.
type Deviation struct {
	Package *Package
	Path    string // as the package has it
	Gone    bool   // it is not there
	Attrs   string // "S.5....T.", a column for each of Attributes; "" where it is gone
	Mark    byte   // 'c' config, 'd' documentation, 'g' ghost, 'l' licence, 'r' readme, …, or ' '
	More    string // "Not a directory", "replaced", or ""
}

// String is the line that 'rpm -V' prints.
func (d Deviation) String() string {
	attrs := d.Attrs
	if d.Gone {
		attrs = "missing "
	}
	s := fmt.Sprintf("%s  %c %s", attrs, d.Mark, d.Path)
	if d.More != "" {
		s += " (" + d.More + ")"
	}
	return s
}

// verifier holds a tree against the database.
type verifier struct {
	dialect
	ctx           context.Context
	tree          overlay.ReadTree
	users, groups accounts
	shared        map[string]bool
}

func (db *DB) newVerifier(ctx context.Context, t overlay.ReadTree) (*verifier, error) {
	v := &verifier{dialect: dialectOf(db.rpmVersion()), ctx: ctx, tree: t, shared: db.shared}
	var err error
	if v.users, err = readAccounts(t, "etc/passwd"); err == nil {
		v.groups, err = readAccounts(t, "etc/group")
	}
	return v, err
}

// Verify holds the files of a tree against what their packages say, as 'rpm -V --nodeps --noscripts' does in the
// running image: all packages, in their order, or those files that are named. The tree may be another than the one
// that the database was read from, as after an edit.
func (db *DB) Verify(ctx context.Context, t overlay.ReadTree, paths ...string) ([]Deviation, error) {
	v, err := db.newVerifier(ctx, t)
	if err != nil {
		return nil, err
	}
	var out []Deviation
	add := func(p *Package, f *File) error {
		d, bad, err := v.verify(f)
		if err == nil && bad {
			d.Package = p
			out = append(out, d)
		}
		return err
	}
	if len(paths) == 0 {
		for _, p := range db.packages {
			for i := range p.Files {
				if err := add(p, &p.Files[i]); err != nil {
					return nil, err
				}
			}
		}
		return out, nil
	}
	for _, name := range paths {
		for _, o := range db.owned(name) {
			if err := add(o.Package, o.File); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// owned is a file of a package.
type owned struct {
	*Package
	*File
}

// owned gives the entries of a path's owners.
func (db *DB) owned(name string) []owned {
	clean := path.Clean("/" + name)
	at := path.Join(db.resolveFolder(path.Dir(clean)), path.Base(clean))
	var out []owned
	for _, p := range db.owners[at] {
		if f := db.file(p, at); f != nil {
			out = append(out, owned{p, f})
		}
	}
	return out
}

// verify compares one file.
func (v *verifier) verify(f *File) (Deviation, bool, error) {
	d := Deviation{Path: f.Path, Mark: v.mark(f.Flags), More: v.told(f.State)}
	if err := v.ctx.Err(); err != nil {
		return d, false, err
	}
	flags := f.VerifyFlags
	switch {
	case f.State == NetShared, f.State == NotInstalled, !v.states && !f.present():
		return d, false, nil
	case f.State == Replaced: // it is only said whether something is there
		flags = 0
	case f.State == WrongColor: // it shares some attributes with the file that is there
		flags &^= verifyDigest | verifySize | verifyTime | verifyDevice
	}
	name, info, err := v.lstat(f)
	if err != nil {
		if !isNoPath(err) {
			return d, false, err
		}
		if w := why(err); w != "" {
			d.More = strings.TrimPrefix(d.More+") ("+w, ") (")
		}
		d.Gone = true
		return d, f.Flags&(rpm.FlagGhost|rpm.FlagMissingOK) == 0, nil
	}
	mode := info.Mode()
	if mode.Type() == fs.ModeSymlink {
		flags &^= verifyMode
	} else {
		flags &^= verifyLink
	}
	if !mode.IsRegular() {
		flags &^= verifyDigest | verifySize | verifyTime | verifyCaps
	}
	if f.Flags&rpm.FlagGhost != 0 {
		flags &^= verifyDigest | verifySize | verifyTime | verifyLink
	}
	bad, err := v.compare(f, name, info, flags)
	if err != nil {
		return d, false, fmt.Errorf("%s: %w", f.Path, bare(err))
	}
	if v.shared[f.Path] { // of packages that share a file, only one can have its time
		bad &^= verifyTime
	}
	letters := make([]byte, v.columns)
	for i := range letters {
		letters[i] = '.'
		if bad&Attributes[i].flag != 0 {
			letters[i] = Attributes[i].Letter
		}
	}
	d.Attrs = string(letters)
	return d, strings.Trim(d.Attrs, ".") != "" || d.More != "", nil
}

// lstat finds the file. Where it is not there, isNoPath holds for the error.
func (v *verifier) lstat(f *File) (string, fs.FileInfo, error) {
	r, err := overlay.ResolveLink(v.tree, f.Path)
	if err == nil && !r.Exists() {
		err = fs.ErrNotExist
	}
	if err != nil || v.link == linkDiffers || !f.Mode.IsDir() || r.Info.Mode().Type() != fs.ModeSymlink {
		return r.Name, r.Info, err
	}
	to, err := overlay.Resolve(v.tree, f.Path)
	if err == nil && !to.Exists() {
		err = fs.ErrNotExist
	}
	if v.link == linkFollows {
		return to.Name, to.Info, err
	}
	if err != nil || !to.Info.IsDir() {
		return r.Name, r.Info, nil //nolint:nilerr // a link that leads nowhere is compared itself
	}
	uid, _, err := overlay.OwnerOf(r.Info)
	if err != nil {
		return "", nil, err
	}
	if id, ok := v.users.ids[f.User]; uid == 0 || ok && id == uid {
		return to.Name, to.Info, nil
	}
	return r.Name, r.Info, nil
}

// compare gives the flags of what differs.
func (v *verifier) compare(f *File, name string, info fs.FileInfo, flags uint32) (bad uint32, err error) {
	differs := func(flag uint32, d bool) {
		if flags&flag != 0 && d {
			bad |= flag
		}
	}
	mode := info.Mode()
	differs(verifySize, info.Size() != f.Size)
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	differs(verifyMode, mode&bits != f.Mode&bits || f.Flags&rpm.FlagGhost == 0 && mode.Type() != f.Mode.Type())
	if flags&verifyMode != 0 && bad&verifyMode == 0 {
		acl, err := v.hasACL(name)
		if err != nil {
			return 0, err
		}
		differs(verifyMode, acl)
	}
	differs(verifyTime, info.ModTime().Unix() != f.ModTime.Unix())
	uid, gid, err := overlay.OwnerOf(info)
	if err != nil {
		return 0, err
	}
	differs(verifyUser, !v.users.is(f.User, uid, v.ids))
	differs(verifyGroup, !v.groups.is(f.Group, gid, v.ids))
	if flags&verifyDevice != 0 {
		d, err := deviceDiffers(f, info)
		if err != nil {
			return 0, err
		}
		differs(verifyDevice, d)
	}
	if flags&verifyLink != 0 {
		target, err := v.tree.ReadLink(name)
		if err != nil {
			return 0, err
		}
		differs(verifyLink, target != f.Link)
	}
	if flags&verifyCaps != 0 {
		d, err := v.capsDiffer(f, name)
		if err != nil {
			return 0, err
		}
		differs(verifyCaps, d)
	}
	if flags&verifyDigest != 0 {
		d, err := v.digestDiffers(f, name, info.Size())
		if err != nil {
			return 0, err
		}
		differs(verifyDigest, d)
	}
	return bad, nil
}

// errUnknownDigest is for an algorithm that package rpm does not know.
var errUnknownDigest = errors.New("its package gives a digest by an unknown algorithm")

func (v *verifier) digestDiffers(f *File, name string, size int64) (bool, error) {
	if f.Digest == "" {
		return true, nil // a regular file where the package has none
	}
	h := f.NewDigest()
	if h == nil {
		return false, errUnknownDigest
	}
	if size != f.Size {
		return true, nil
	}
	file, err := v.tree.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	if _, err := io.Copy(h, reader{v.ctx, file}); err != nil {
		return false, err
	}
	return hex.EncodeToString(h.Sum(nil)) != f.Digest, nil
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
