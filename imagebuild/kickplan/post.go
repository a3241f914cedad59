package kickplan

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// effect makes the edits of an effect of %post that does not hold. What is not brought is told.
func (p *planner) effect(i int, st conformance.Statement, done map[string]bool) (why string) {
	e := &p.effects[i]
	switch e.Kind {
	case script.Write, script.Append, script.Sed:
		return p.texts(i, done)
	case script.Folder:
		return p.folder(e, st)
	case script.Symlink:
		if why := p.linkOrInside(e); why != "" {
			return why
		}
		if p.handsDown(e.Path, false) {
			return handedDown
		}
		p.add(recipe.Edit{Symlink: &recipe.Symlink{Path: e.Path, Target: e.Target}}, st, "")
		return ""
	case script.Touch:
		if why := p.insteadOfLink(e.Path, i); why != "" {
			return why
		}
		if p.finals[i].Fresh {
			p.whole(e.Path, "", st, "")
			return ""
		}
		if p.exists(e.Path) {
			return "something that is no file stands there"
		}
		mode, why := maskedMode(e.Umask, 0o666)
		if why != "" {
			return why
		}
		if p.handsDown(e.Path, false) {
			return handedDown
		}
		p.add(recipe.Edit{File: &recipe.File{Path: e.Path, Mode: mode}}, st, "")
		return ""
	case script.Remove:
		p.add(recipe.Edit{Remove: &recipe.Remove{Path: st.Path, Recursive: e.Recursive}}, st, "")
		return ""
	case script.Sweep:
		return p.sweep(i, st)
	case script.Copy, script.Move:
		return p.copied(i, st)
	case script.Mode:
		return p.mode(e, st)
	case script.Owner:
		return p.owner(e, st)
	case script.Lock, script.Unlock, script.Clear, script.Hash, script.Secret:
		return p.password(e, st)
	case script.User:
		return p.user(e, st)
	case script.GroupOf:
		return p.group(e, st)
	case script.Gone:
		return p.gone(e, st)
	case script.Service:
		return p.service(e.Service, st)
	case script.Package:
		if e.Excluded {
			return "no edit takes a package away"
		}
		return needsRPM
	}
	return "there is no edit for it"
}

func (p *planner) exists(name string) bool {
	r, err := overlay.Resolve(p.subject.Tree, name)
	return err == nil && r.Exists()
}

func (p *planner) folder(e *script.Effect, st conformance.Statement) string {
	r, err := overlay.Resolve(p.subject.Tree, e.Path)
	if err != nil {
		return "its path cannot be followed: " + err.Error()
	}
	if r.Exists() && !r.Info.IsDir() {
		return "a file stands there"
	}
	if !r.Exists() && p.handsDown(e.Path, true) {
		return handedDown
	}
	dir := &recipe.Dir{Path: e.Path}
	if e.Mode != "" {
		m, ok := conformance.NewMode(e.Mode, fs.ModeDir|0o755)
		if !ok {
			return "mode " + e.Mode + " is not understood"
		}
		mode := recipe.Mode(m)
		dir.Mode = &mode
	} else {
		mode, why := maskedMode(e.Umask, 0o777)
		if why != "" {
			return why
		}
		dir.Mode = mode
	}
	p.add(recipe.Edit{Dir: dir}, st, "")
	return ""
}

const (
	maxCopy  = 256 << 10 // bytes of a text that goes into a recipe as a whole
	baseNote = "the whole file, as it is to be in this base: make the plan again for another"
	maxModes = 32 // files below a folder whose modes or owners are changed one by one
)

// whole puts a whole file into the plan.
func (p *planner) whole(name, content string, st conformance.Statement, note string) {
	f := &recipe.File{Path: name, Content: content}
	p.inherit(name, &f.Mode, &f.Owner)
	p.add(recipe.Edit{File: f}, st, note)
	p.touched[p.lead(name)] = true
}

// lead is where a path leads in the image, links followed. Names of one file lead to the first of them that was met.
func (p *planner) lead(name string) string {
	r, err := overlay.Resolve(p.subject.Tree, name)
	if err != nil {
		return name
	}
	if r.Exists() && r.Info.Mode().IsRegular() && names(r.Info) > 1 {
		if ino, ok := overlay.SysField(r.Info, "Ino"); ok {
			if first, ok := p.shared[ino]; ok {
				return first
			}
			p.shared[ino] = r.Path()
		}
	}
	return r.Path()
}

// planned is the edit of this round that makes a file or folder.
func (p *planner) planned(name string) *Edit {
	for _, e := range p.fresh {
		if f := e.Recipe.File; f != nil && p.lead(f.Path) == name {
			return e
		}
		if d := e.Recipe.Dir; d != nil && p.lead(d.Path) == name {
			return e
		}
	}
	return nil
}

func (p *planner) mode(e *script.Effect, st conformance.Statement) string {
	return p.attribute(e, st, func(info fs.FileInfo, mode **recipe.Mode, _ *string) (bool, string) {
		m, ok := conformance.NewMode(e.Mode, info.Mode())
		if !ok {
			return false, "mode " + e.Mode + " is not understood"
		}
		want := recipe.Mode(m)
		if want.FileMode() == info.Mode()&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) {
			return false, ""
		}
		*mode = &want
		return true, ""
	})
}

func (p *planner) owner(e *script.Effect, st conformance.Statement) string {
	owner := strings.TrimPrefix(e.Owner, "+")
	if e.Group != "" {
		owner += ":" + e.Group
	}
	return p.attribute(e, st, func(info fs.FileInfo, mode **recipe.Mode, out *string) (bool, string) {
		*out = owner
		if has := unixMode(info.Mode()); info.Mode().IsRegular() && has&0o6000 != 0 { // which the kernel takes away
			if has &^= 0o4000; has&0o010 != 0 {
				has &^= 0o2000
			}
			*mode = &has
		}
		if strings.HasPrefix(owner, ":") { // a recipe names a user, too
			uid, _, err := overlay.OwnerOf(info)
			if err != nil {
				return false, err.Error()
			}
			*out = strconv.FormatUint(uint64(uid), 10) + owner
		} else if e.Group == "" {
			_, gid, err := overlay.OwnerOf(info)
			if err != nil {
				return false, err.Error()
			}
			*out = owner + ":" + strconv.FormatUint(uint64(gid), 10)
		}
		return true, ""
	})
}

// attribute sets the mode or the owner of a file or folder, and with Recursive of some below it.
func (p *planner) attribute(e *script.Effect, st conformance.Statement, set func(fs.FileInfo, **recipe.Mode, *string) (bool, string)) string {
	r, err := overlay.Resolve(p.subject.Tree, e.Path)
	if err != nil || !r.Exists() {
		if edit := p.planned(p.lead(e.Path)); edit != nil {
			return "" // in the next round
		}
		return "there is nothing at " + e.Path
	}
	names := []string{r.Path()}
	if e.Recursive {
		if names, err = p.below(r); err != nil {
			return err.Error()
		}
	}
	for _, name := range names {
		if why := p.attributeOf(name, st, set); why != "" {
			return why
		}
	}
	return ""
}

// below are the files and folders at a place and below it.
func (p *planner) below(r overlay.Resolved) ([]string, error) {
	var out []string
	var step func(name string, info fs.FileInfo) error
	step = func(name string, info fs.FileInfo) error {
		if info.Mode()&fs.ModeSymlink == 0 {
			out = append(out, "/"+name)
		}
		if len(out) > maxModes {
			return fmt.Errorf("there are more than %d files below it: lay them over the image (overlay) with their modes and owners", maxModes)
		}
		if !info.IsDir() {
			return nil
		}
		entries, err := p.subject.Tree.ReadDir(name)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			below := path.Join(name, entry.Name())
			info, err := p.subject.Tree.Lstat(below)
			if err != nil {
				return err
			}
			if err := step(below, info); err != nil {
				return err
			}
		}
		return nil
	}
	return out, step(r.Name, r.Info)
}

// attributeOf sets it of one file, with its content, which has to be a text that a recipe can hold.
func (p *planner) attributeOf(name string, st conformance.Statement, set func(fs.FileInfo, **recipe.Mode, *string) (bool, string)) string {
	r, err := overlay.ResolveLink(p.subject.Tree, name)
	if err != nil || !r.Exists() {
		return "it cannot be looked at"
	}
	var mode *recipe.Mode
	var owner string
	switch changed, why := set(r.Info, &mode, &owner); {
	case why != "":
		return why
	case !changed:
		return ""
	}
	if r.Info.IsDir() {
		if edit := p.planned(name); edit != nil && edit.Recipe.Dir != nil {
			merge(&edit.Recipe.Dir.Mode, &edit.Recipe.Dir.Owner, mode, owner)
			edit.For = append(edit.For, Origin{st.Place, st.Text})
			return ""
		}
		dir := &recipe.Dir{Path: name, Mode: mode, Owner: owner}
		p.inherit(name, &dir.Mode, &dir.Owner)
		p.add(recipe.Edit{Dir: dir}, st, "")
		return ""
	}
	if edit := p.planned(name); edit != nil && edit.Recipe.File != nil {
		merge(&edit.Recipe.File.Mode, &edit.Recipe.File.Owner, mode, owner)
		edit.For = append(edit.For, Origin{st.Place, st.Text})
		return ""
	}
	if p.touched[name] {
		return "" // its lines are edited in this round: in the next one
	}
	if !r.Info.Mode().IsRegular() || r.Info.Size() > maxCopy {
		return "no edit changes a mode or an owner alone, and the file is too large to stand in a recipe: lay it over the image (overlay)"
	}
	content, _, err := overlay.ReadFile(p.subject.Tree, name, maxCopy)
	if err != nil {
		return "it cannot be read: " + err.Error()
	}
	if !overlay.IsText(content) {
		return "no edit changes a mode or an owner alone, and the file is no text that could stand in a recipe: lay it over the image (overlay)"
	}
	f := &recipe.File{Path: name, Content: string(content), Mode: mode, Owner: owner}
	p.inherit(name, &f.Mode, &f.Owner)
	p.add(recipe.Edit{File: f}, st, baseNote)
	p.touched[name] = true
	return ""
}

// inherit keeps what an edit of an earlier round says of a file that this one takes the place of.
func (p *planner) inherit(name string, mode **recipe.Mode, owner *string) {
	for _, e := range p.edits {
		if f := e.Recipe.File; f != nil && f.Path == name {
			merge(mode, owner, keep(*mode, f.Mode), keepText(*owner, f.Owner))
		}
		if d := e.Recipe.Dir; d != nil && d.Path == name {
			merge(mode, owner, keep(*mode, d.Mode), keepText(*owner, d.Owner))
		}
	}
}

func keep(new, old *recipe.Mode) *recipe.Mode {
	if new != nil {
		return new
	}
	return old
}

func keepText(new, old string) string {
	if new != "" {
		return new
	}
	return old
}

func merge(mode **recipe.Mode, owner *string, newMode *recipe.Mode, newOwner string) {
	if newMode != nil {
		*mode = newMode
	}
	if newOwner != "" {
		*owner = newOwner
	}
}

func (p *planner) service(c script.ServiceChange, st conformance.Statement) string {
	if st.Has == "no such service" {
		for i := range p.effects {
			if e := &p.effects[i]; e.Kind == script.Write && strings.TrimSuffix(path.Base(e.Path), ".service") == strings.TrimSuffix(c.Name, ".service") {
				return "" // once its script is there
			}
		}
		return "no package has brought the service"
	}
	p.add(recipe.Edit{Service: &recipe.Service{Name: c.Name, Action: c.Action, Levels: c.Levels}}, st, "")
	return ""
}
