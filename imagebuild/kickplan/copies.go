package kickplan

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// copied writes what a copy is to hold, where that is a text, and takes away what is moved.
func (p *planner) copied(i int, st conformance.Statement) string {
	e := &p.effects[i]
	if st.Want == "nothing there" { // of a move, all that counts in the end
		p.add(recipe.Edit{Remove: &recipe.Remove{Path: e.Target}}, st, "")
		return ""
	}
	if e.Kind == script.Move || e.Recursive {
		if from, err := overlay.ResolveLink(p.subject.Tree, e.Target); err == nil && from.Exists() && from.Info.Mode()&fs.ModeSymlink != 0 {
			return "what is copied or moved is a link itself"
		}
	}
	if e.Kind == script.Copy && e.Umask == script.UnknownMask && !e.Preserve && !p.exists(e.Path) {
		return unknownMask
	}
	if why := p.insteadOfLink(e.Path, i); why != "" {
		return why
	}
	note := ""
	text, known := conformance.CopyOf(p.reading, p.subject, i)
	if !known {
		if p.touched[p.lead(e.Target)] {
			return "" // in the next round, of what it is then
		}
		data, _, err := overlay.ReadFile(p.subject.Tree, e.Target, maxCopy)
		switch {
		case p.sourceUnsure(i, e.Target):
			return "what the script does to " + e.Target + " before is not known, or is not brought"
		case p.madeOtherwise(i, e.Target):
			return "what the script does to " + e.Target + " before is not there any more to be seen"
		case e.Kind == script.Move && (p.madeLater(i, e.Target) || errors.Is(err, fs.ErrNotExist)):
			return "what it was is not known any more"
		case err != nil:
			return "what it is made of cannot be read: " + err.Error()
		}
		text, note = string(data), baseNote
	}
	if !overlay.IsText([]byte(text)) {
		return "it is no text: lay the file over the image (overlay)"
	}
	p.whole(e.Path, text, st, note)
	p.carry(e)
	if e.Kind == script.Move && p.exists(e.Target) && !p.madeLater(i, e.Target) {
		p.add(recipe.Edit{Remove: &recipe.Remove{Path: e.Target}}, st, "")
	}
	return ""
}

// carry gives the file that was planned last the mode and the owner of what it is a copy of, as mv does, and cp for a file that was
// not there.
func (p *planner) carry(e *script.Effect) {
	r, err := overlay.Resolve(p.subject.Tree, e.Target)
	if err != nil || !r.Exists() || e.Kind == script.Copy && p.exists(e.Path) && !e.Preserve {
		return
	}
	all := e.Kind == script.Move || e.Preserve
	f := p.fresh[len(p.fresh)-1].Recipe.File
	mode := unixMode(r.Info.Mode())
	if !all {
		mode &= 0o777 &^ umaskOf(e.Umask)
	}
	if f.Mode == nil && (mode != 0o644 || p.exists(e.Path)) {
		f.Mode = &mode
	}
	uid, gid, err := overlay.OwnerOf(r.Info)
	if all && err == nil && f.Owner == "" && (uid != 0 || gid != 0 || p.exists(e.Path)) {
		f.Owner = fmt.Sprintf("%d:%d", uid, gid)
	}
}

// unixMode is a mode with the bits of set-id and sticky where Unix has them.
func unixMode(m fs.FileMode) recipe.Mode {
	out := recipe.Mode(m.Perm())
	for bit, unix := range map[fs.FileMode]recipe.Mode{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&bit != 0 {
			out |= unix
		}
	}
	return out
}

// madeOtherwise says whether an earlier effect makes or changes a file, and does not count in the end: then the image does not
// tell what it was in between.
func (p *planner) madeOtherwise(i int, name string) bool {
	at := p.lead(name)
	for k := range i {
		switch p.effects[k].Kind {
		case script.Write, script.Append, script.Sed, script.Copy, script.Move, script.Symlink, script.Mode, script.Owner:
			if p.places[k] == at && !p.finals[k].Counts {
				return true
			}
		}
	}
	return false
}

// sourceUnsure says whether what is done to a file before it is copied or moved cannot be told, or is not in the image.
func (p *planner) sourceUnsure(i int, name string) bool {
	at := p.lead(name)
	for _, step := range p.reading.Steps {
		switch k := step.Effect; {
		case k == i:
			return false
		case k >= 0:
			e := &p.effects[k]
			verdict := p.byEffect[k].Verdict
			if e.Path != "" && (within(at, p.places[k]) || within(p.places[k], at)) && e.Kind != script.Folder && (e.Conditional != "" || p.finals[k].Counts && verdict != "" && verdict != conformance.Holds) {
				return true
			}
		case step.Unread >= 0:
			u := p.reading.Unread[step.Unread]
			if u.Harmless {
				continue
			}
			if u.Paths == nil {
				return true
			}
			for _, touched := range u.Paths {
				if lead := p.lead(touched); within(at, lead) || within(lead, at) {
					return true
				}
			}
		}
	}
	return false
}

// madeLater says whether a later effect makes a file that an earlier one takes away.
func (p *planner) madeLater(i int, name string) bool {
	for k := i + 1; k < len(p.effects); k++ {
		switch e := &p.effects[k]; e.Kind {
		case script.Write, script.Append, script.Folder, script.Symlink, script.Copy, script.Move, script.Touch:
			if e.Path == name || strings.HasPrefix(e.Path, name+"/") {
				return true
			}
		}
	}
	return false
}
