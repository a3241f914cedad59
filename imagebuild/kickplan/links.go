package kickplan

import (
	"io/fs"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// linkOrInside says why a link is not brought where the image has a link to a folder at its name: in a system where that was not
// there yet the name becomes the link, in this one the link goes into the folder.
func (p *planner) linkOrInside(e *script.Effect) string {
	name, err := overlay.ResolveLink(p.subject.Tree, e.Path)
	if !e.OrInside || err != nil || !name.Exists() || name.Info.Mode()&fs.ModeSymlink == 0 {
		return ""
	}
	if at, err := overlay.Resolve(p.subject.Tree, e.Path); err == nil && at.Exists() && at.Info.IsDir() {
		return "ln puts the link into the folder that " + e.Path + " leads to in this image, and in its place where there is none: ask for one of them in an edit of your own"
	}
	return ""
}
