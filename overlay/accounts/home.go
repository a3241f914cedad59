package accounts

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"lbimage/overlay"
)

// Bounds on the folder that fills new homes.
const (
	maxSkelDepth   = 32
	maxSkelEntries = 4096
	maxSkelBytes   = 16 << 20
)

// folders is what a new account gets beside its lines: a home folder with what the skeleton holds, a mail spool.
type folders struct {
	makeHome  bool
	home      string
	homeMode  fs.FileMode
	owner     overlay.Owner
	uid, gid  uint32
	skel      []skelEntry
	spool     string // empty: none
	spoolMode fs.FileMode
	spoolGID  uint32
	notes     []string
}

// skelEntry is one file, folder or link of the skeleton.
type skelEntry struct {
	name   string // below the skeleton's top
	mode   fs.FileMode
	time   time.Time
	data   []byte
	target string
}

// prepare looks what is to be made, so that an obstacle is met before anything is written.
func (a account) prepare(t overlay.ReadTree, db *database, u userEdit) (*folders, error) {
	out := &folders{
		home: a.home, uid: a.uid, gid: a.gid,
		owner: overlay.Owner{User: formatID(a.uid), Group: formatID(a.gid)},
	}
	if u.CreateHome || u.HomeAsImage && !u.System && db.yes("CREATE_HOME") {
		if err := out.prepareHome(t, db, cmp.Or(u.Skel, db.useradd["SKEL"], "/etc/skel")); err != nil {
			return nil, err
		}
	}
	if !u.System && strings.EqualFold(db.useradd["CREATE_MAIL_SPOOL"], "yes") {
		return out, out.prepareSpool(t, db, u.Name)
	}
	return out, nil
}

func (out *folders) prepareHome(t overlay.ReadTree, db *database, skel string) error {
	if !strings.HasPrefix(out.home, "/") {
		return fmt.Errorf("home %q: the image's /etc/default/useradd gives no whole path: give one", shorten(out.home))
	}
	r, err := overlay.Resolve(t, out.home)
	if err != nil {
		return fmt.Errorf("home: %w", err)
	}
	if r.Exists() {
		out.notes = append(out.notes, fmt.Sprintf("%s is there already: it stays as it is, nothing of %s is copied", r.Path(), skel))
		return nil
	}
	if r.Dangling && r.Missing > 1 {
		return fmt.Errorf("home %s: a link on the way points into a folder that the image does not have: make the folder first", out.home)
	}
	out.makeHome = true
	out.homeMode = unixMode(db.number("HOME_MODE", 0o777&^db.number("UMASK", 0o022)))
	out.skel, err = readSkel(t, skel)
	for i, e := range out.skel {
		// A link into the skeleton becomes one into the home, as with useradd.
		if rest, ok := strings.CutPrefix(e.target, skel); ok {
			out.skel[i].target = out.home + rest
		}
	}
	return err
}

// unixMode makes a mode of its number.
func unixMode(n int64) fs.FileMode {
	m := fs.FileMode(n) & fs.ModePerm
	for bit, mode := range map[int64]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if n&bit != 0 {
			m |= mode
		}
	}
	return m
}

// readSkel reads the skeleton, sorted, folders before what is in them. An image need not have one.
func readSkel(t overlay.ReadTree, skel string) ([]skelEntry, error) {
	r, err := overlay.Resolve(t, skel)
	if err != nil {
		return nil, err
	}
	if !r.Exists() || !r.Info.IsDir() {
		return nil, nil
	}
	var out []skelEntry
	var size int64
	var walk func(name, below string, depth int) error
	walk = func(name, below string, depth int) error {
		if depth > maxSkelDepth {
			return fmt.Errorf("/%s: more than %d folders deep: take something out", name, maxSkelDepth)
		}
		list, err := t.ReadDir(name)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, d := range list {
			full := path.Join(name, d.Name())
			info, err := t.Lstat(full)
			if err != nil {
				return err
			}
			if len(out) == maxSkelEntries {
				return fmt.Errorf("/%s: more than %d files in %s: take something out", full, maxSkelEntries, skel)
			}
			e := skelEntry{name: path.Join(below, d.Name()), mode: info.Mode(), time: info.ModTime()}
			switch {
			case e.mode.IsDir():
				out = append(out, e)
				if err := walk(full, e.name, depth+1); err != nil {
					return err
				}
				continue
			case e.mode&fs.ModeSymlink != 0:
				e.target, err = t.ReadLink(full)
			case !e.mode.IsRegular():
				err = fmt.Errorf("/%s: no file, folder or link: take it out of %s", full, skel)
			default:
				if size += info.Size(); size > maxSkelBytes {
					return fmt.Errorf("/%s: more than %d MiB in %s: take something out", full, maxSkelBytes>>20, skel)
				}
				e.data, err = t.ReadFile(full)
			}
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	}
	return out, walk(r.Name, "", 0)
}

// prepareSpool looks for the file that takes a user's mail. Where it cannot be made, useradd warns and goes on.
func (out *folders) prepareSpool(t overlay.ReadTree, db *database, name string) error {
	dir, ok := db.defs["MAIL_DIR"]
	if !ok {
		if _, own := db.defs["MAIL_FILE"]; own {
			return nil // in the home, and not made beforehand
		}
		dir = "/var/mail"
	}
	r, err := overlay.Resolve(t, dir)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		out.notes = append(out.notes, fmt.Sprintf("no mail spool is made: the image has no folder %s (MAIL_DIR)", shorten(dir)))
		return nil
	}
	spool := "/" + path.Join(r.Name, name)
	switch _, err := t.Lstat(spool[1:]); {
	case err == nil:
		out.notes = append(out.notes, fmt.Sprintf("the mail spool %s is there already: it stays as it is", spool))
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", spool, err)
	}
	out.spool, out.spoolMode, out.spoolGID = spool, 0o600, out.gid
	if _, f := db.group.find("mail"); f != nil {
		out.spoolMode = 0o660
		out.spoolGID, _ = fieldID(f[2])
	}
	return nil
}

// write makes them.
func (out *folders) write(t overlay.Tree) ([]overlay.Change, error) {
	var all []overlay.Change
	do := func(e overlay.Edit) error {
		changes, err := e.Apply(t)
		all = append(all, changes...)
		return err
	}
	if out.makeHome {
		if err := do(overlay.Dir{Path: out.home, Mode: &out.homeMode, Owner: &out.owner}); err != nil {
			return nil, err
		}
		r, err := overlay.Resolve(t, out.home)
		if err != nil {
			return nil, err
		}
		for _, e := range out.skel {
			at := "/" + path.Join(r.Name, e.name)
			mode := e.mode & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
			switch {
			case e.mode.IsDir():
				err = do(overlay.Dir{Path: at, Mode: &mode, Owner: &out.owner})
			case e.mode&fs.ModeSymlink != 0:
				if err = do(overlay.Symlink{Path: at, Target: e.target}); err == nil {
					err = t.Lchown(at[1:], int(out.uid), int(out.gid))
					after := all[len(all)-1].After
					after.UID, after.GID = out.uid, out.gid
				}
			default:
				err = do(overlay.File{Path: at, Content: e.data, Mode: &mode, Owner: &out.owner})
			}
			if err != nil {
				return nil, err
			}
		}
		// Times last, from the bottom: what is made in a folder changes its own.
		for _, e := range slices.Backward(out.skel) {
			if err := t.Lchtimes(path.Join(r.Name, e.name), e.time, e.time); err != nil {
				return nil, err
			}
		}
	}
	if out.spool != "" {
		owner := overlay.Owner{User: formatID(out.uid), Group: formatID(out.spoolGID)}
		if err := do(overlay.File{Path: out.spool, Mode: &out.spoolMode, Owner: &owner}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
