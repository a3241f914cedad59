package rpmdb

import (
	"errors"
	"syscall"

	"lbimage/imagebuild/rpm"
)

// dialect is what releases of rpm do differently when they verify.
type dialect struct {
	columns int // of the letters
	// states tells files that other packages' files replaced, and verifies what it can of those of the wrong
	// colour; older ones pass over both.
	states bool
	// link says when a link to a folder will do for a folder.
	link linkRule
	// ids lets a name stand for every number that bears it, and the other way round; older ones look up the
	// number's name alone.
	ids   bool
	marks []fileMark
}

type linkRule int

const (
	linkDiffers linkRule = iota // never
	linkFollows                 // always; where the link leads nowhere, the folder is missing
	linkOwned                   // if root or the folder's owner made it
)

type fileMark struct {
	flag rpm.FileFlags
	mark byte
}

var (
	oldMarks = []fileMark{
		{rpm.FlagConfig, 'c'}, {rpm.FlagDoc, 'd'}, {rpm.FlagGhost, 'g'}, {rpm.FlagLicense, 'l'}, {rpm.FlagPubkey, 'P'}, {rpm.FlagReadme, 'r'},
	}
	newMarks = []fileMark{
		{rpm.FlagDoc, 'd'}, {rpm.FlagConfig, 'c'}, {rpm.FlagSpec, 's'}, {rpm.FlagMissingOK, 'm'}, {rpm.FlagNoReplace, 'n'},
		{rpm.FlagGhost, 'g'}, {rpm.FlagLicense, 'l'}, {rpm.FlagReadme, 'r'}, {rpm.FlagArtifact, 'a'},
	}
)

// dialectOf gives the dialect of a version of rpm, the newest for "".
func dialectOf(version string) dialect {
	d := dialect{columns: len(Attributes), states: true, link: linkOwned, ids: true, marks: newMarks}
	before := func(v string) bool { return version != "" && rpm.CompareVersions(version, v) < 0 }
	if before("4.14") {
		d.link = linkFollows
		d.marks = newMarks[:len(newMarks)-1]
	}
	if before("4.9") {
		d.states, d.link, d.ids, d.marks = false, linkDiffers, false, oldMarks
	}
	if before("4.7") {
		d.columns--
	}
	return d
}

// mark is the letter that stands before a file: that of the first flag that it has.
func (d dialect) mark(f rpm.FileFlags) byte {
	for _, m := range d.marks {
		if f&m.flag != 0 {
			return m.mark
		}
	}
	return ' '
}

// told is what is said of a state behind a file, or "".
func (d dialect) told(s State) string {
	switch {
	case !d.states || s == Normal || s == NotInstalled || s == NetShared || s == WrongColor:
		return ""
	case s < Missing || s > WrongColor:
		return "unknown state"
	}
	return s.String()
}

// why is the C library's text for why a file is not there, where it says more than that.
func why(err error) string {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return "Not a directory"
	case errors.Is(err, syscall.ELOOP):
		return "Too many levels of symbolic links"
	}
	return ""
}
