package kickplan

import (
	"fmt"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
)

// maxSwept is how many edits one pattern may make.
const maxSwept = 200

const sweptNote = "what the pattern fits in this base: make the plan again for another"

// sweep takes away what a pattern of file names fits in this base, but for what later commands make.
func (p *planner) sweep(i int, st conformance.Statement) string {
	e := &p.effects[i]
	all, err := conformance.Swept(p.subject.Tree, e)
	switch {
	case err != nil:
		return "its folder cannot be read: " + err.Error()
	case len(all) > maxSwept:
		return fmt.Sprintf("the pattern fits %d names, more than the %d for which edits are made", len(all), maxSwept)
	}
	for _, name := range all {
		if !p.madeLater(i, name) {
			p.add(recipe.Edit{Remove: &recipe.Remove{Path: name, Recursive: e.Recursive}}, st, sweptNote)
		}
	}
	return ""
}
