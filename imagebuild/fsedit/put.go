package fsedit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// PutOptions of Put.
type PutOptions struct {
	Recursive bool // a folder and all in it
	// Archive gives what exists already owner, mode, times and attributes of the new, too.
	Archive bool
	// KeepOwner takes the owners of the local files; else Owner counts.
	KeepOwner bool
	// Owner is that of all that comes; where it is -1: 0 for what is new, and
	// unchanged for what exists.
	Owner Owner
	// Mode of a single file; nil: that of the local file if it is new.
	Mode *uint32
	// KeepTimes takes the times of a single local file; a folder's are taken always.
	KeepTimes bool
	// Parents makes the folders that p lies in, where they are missing.
	Parents bool
	// NoAttrs leaves the extended attributes behind.
	NoAttrs bool
	// Stdin is read for the local name "-".
	Stdin io.Reader
}

// Put brings a local file, or a folder with all in it, to the path p of the image.
// A file that exists gets new contents and keeps inode, mode and owner. A folder
// that exists is filled; what is in it and not in the local one stays. Into a folder
// a file comes under its own name; so does a folder where p ends in a slash.
func (t *Tree) Put(ctx context.Context, local, p string, o PutOptions) error {
	if o.Parents {
		name, err := t.Name(p)
		if err == nil && strings.HasSuffix(p, "/") {
			name = path.Join(name, "x")
		}
		if err == nil {
			err = t.parents(name)
		}
		if err != nil {
			return err
		}
	}
	if local == "-" {
		return t.putStream(ctx, o.Stdin, "standard input", p, 0o644, o)
	}
	st, err := os.Stat(local)
	if err != nil {
		return outside("reading", local, err)
	}
	switch m := st.Mode(); {
	case m.IsDir() && !o.Recursive:
		return &outsideError{&UsageError{fmt.Errorf("%s is a folder: put -r takes it with all that is in it", local)}}
	case m.IsDir() || o.Recursive:
		return t.putTree(ctx, local, p, m.IsDir(), o)
	case !m.IsRegular():
		f, err := os.Open(local)
		if err != nil {
			return outside("reading", local, err)
		}
		defer f.Close()
		return t.putStream(ctx, f, local, p, 0o644, o)
	}
	name, err := t.into(p, filepath.Base(local), false)
	if err != nil {
		return err
	}
	file, err := filepath.EvalSymlinks(local)
	if err != nil {
		return outside("reading", local, err)
	}
	e, _, err := localEntry(file, name, make([]byte, copyBuffer))
	if err != nil {
		return err
	}
	e.mode &= fs.ModePerm // setuid and the like only on demand
	return t.putFile(ctx, e, o)
}

// putFile lays a single file.
func (t *Tree) putFile(ctx context.Context, e *entry, o PutOptions) error {
	st, exists, err := t.lookup(e.name, true)
	if err != nil {
		return err
	}
	if o.Archive {
		if err := t.lay(ctx, e, o.policy()); err != nil {
			return err
		}
	} else {
		p := policy{times: o.KeepTimes, owner: Owner{0, 0}}
		if exists {
			p.owner = Owner{-1, -1}
		}
		if err := t.lay(ctx, e, p); err != nil {
			return err
		}
		if exists && o.KeepTimes {
			if err := t.setTimes(e.name, e.atime, e.mtime); err != nil {
				return err
			}
		}
		own := o.Owner
		if o.KeepOwner {
			own = Owner{e.uid, e.gid}
		}
		if own.UID >= 0 || own.GID >= 0 {
			if err := t.fs.Chown(e.name, own.UID, own.GID); err != nil {
				return inImage(err)
			}
			if exists && o.Mode == nil { // a change of owner takes setuid away; here it is meant to stay
				if err := t.fs.Chmod(e.name, modeBits(uint32(st.Mode&0o7777))); err != nil {
					return inImage(err)
				}
			}
		}
	}
	if o.Mode != nil {
		return inImage(t.fs.Chmod(e.name, modeBits(*o.Mode)))
	}
	return nil
}

// putStream lays a file whose contents are read from r.
func (t *Tree) putStream(ctx context.Context, r io.Reader, what, p string, mode fs.FileMode, o PutOptions) error {
	if r == nil {
		return errors.New("there is no standard input to read")
	}
	name, err := t.into(p, filepath.Base(what), false)
	if err != nil {
		return err
	}
	if what == "standard input" {
		plain, err := t.Name(p)
		if err != nil {
			return err
		}
		if plain != name {
			return pathErrorf(plain, "it is a folder: name the file in it that is to hold standard input")
		}
	}
	e := &entry{name: name, mode: mode, mtime: t.now, fill: func(f *filler) error { return copyStream(f, r, what, make([]byte, copyBuffer)) }}
	o.Archive, o.KeepTimes = false, false
	if o.KeepOwner {
		return &outsideError{&UsageError{errors.New("--owner keep: a stream has no owner")}}
	}
	return t.putFile(ctx, e, o)
}

// policy is that of a tree.
func (o PutOptions) policy() policy {
	p := policy{renew: o.Archive, times: true, attrs: !o.NoAttrs, owner: Owner{-1, -1}}
	if !o.KeepOwner && !o.Archive {
		p.owner = Owner{max(o.Owner.UID, 0), max(o.Owner.GID, 0)}
	}
	if !o.KeepOwner && o.Owner.UID >= 0 {
		p.owner.UID = o.Owner.UID
	}
	if !o.KeepOwner && o.Owner.GID >= 0 {
		p.owner.GID = o.Owner.GID
	}
	return p
}

// putTree lays a folder with all in it, or with -r a single file as it is.
func (t *Tree) putTree(ctx context.Context, local, p string, folder bool, o PutOptions) error {
	if o.Mode != nil {
		return &outsideError{&UsageError{errors.New("--mode is for a single file: a tree brings its modes; change them with chmod -R")}}
	}
	top := local
	if folder { // a link to a folder stands for the folder
		var err error
		if top, err = filepath.EvalSymlinks(local); err != nil {
			return outside("reading", local, err)
		}
	}
	abs, err := filepath.Abs(local)
	if err != nil {
		return outside("reading", local, err)
	}
	name, err := t.into(p, filepath.Base(abs), folder)
	if err != nil {
		return err
	}
	pol := o.policy()
	explicit := o.Owner
	w := &localWalk{names: map[inode]string{}, do: func(e *entry) error {
		q := pol
		if _, exists, err := t.lookup(e.name, true); err != nil {
			return err
		} else if exists && !o.Archive {
			q.owner = explicit // what exists keeps its owner unless another is asked for
			if o.KeepOwner {
				q.owner = Owner{e.uid, e.gid}
			}
		}
		return t.lay(ctx, e, q)
	}}
	if err := w.walk(top, name); err != nil {
		return err
	}
	return t.settle()
}
