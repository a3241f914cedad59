package kickplan

import (
	"io/fs"
	"path"

	"lbimage/imagebuild/check/conformance"
	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// handedDown is why what is made in a set-group-id folder is not brought.
const handedDown = "the folder that it is made in hands its group down (set-group-id), which no edit does: ask for mode and owner in an edit of your own"

// handsDown says whether the folder of a path, in the image or as the script makes it, is one that hands down: its bit to a new
// folder, and its group, where that is another than root, to all that is new.
func (p *planner) handsDown(name string, folder bool) bool {
	parent := p.lead(path.Dir(name))
	setgid, group := false, false
	r, err := overlay.Resolve(p.subject.Tree, parent)
	switch {
	case err != nil || !r.Exists():
		if above := path.Dir(name); above != "/" && above != "." && p.handsDown(above, true) { // it would be made, too
			return true
		}
	case r.Info.IsDir():
		_, gid, err := overlay.OwnerOf(r.Info)
		setgid, group = r.Info.Mode()&fs.ModeSetgid != 0, err != nil || gid != 0
	}
	for i := range p.effects {
		e := &p.effects[i]
		if p.places[i] != parent {
			continue
		}
		switch e.Kind {
		case script.Folder, script.Mode:
			if m, ok := conformance.NewMode(e.Mode, fs.ModeDir|0o755); e.Mode != "" {
				setgid = setgid || !ok || m&0o2000 != 0
			}
		case script.Owner:
			group = group || e.Group != ""
		}
	}
	return setgid && (folder || group)
}
