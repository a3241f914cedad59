package rpminstall

import (
	"lbimage/imagebuild/rpm"
	"lbimage/overlay"
)

// Report tells what one installation did.
type Report struct {
	Package   string   `json:"package"`            // in full: name-version-release.arch
	Operation string   `json:"operation"`          // install, upgrade, reinstall, downgrade
	Replaces  []string `json:"replaces,omitempty"` // packages that went, in full

	Files      []File      `json:"files"` // in the order of the package, then what was removed
	Scriptlets []Scriptlet `json:"scriptlets,omitempty"`
	Misses     []Miss      `json:"misses,omitempty"`
	Notes      []string    `json:"notes,omitempty"`

	Digests []rpm.Digest     `json:"-"`
	Changes []overlay.Change `json:"-"` // in the order in which they were made
}

// Outcome is what became of one file.
type Outcome string

const (
	Put       Outcome = "installed"
	Same      Outcome = "unchanged" // it was there as the package has it
	Kept      Outcome = "kept"      // configuration of the image, edited, and the same in both versions of the package
	PutBeside Outcome = "rpmnew"    // the image's stays, the package's stands beside it
	Saved     Outcome = "rpmsave"   // the image's was moved, the package's has its place, or nothing has
	SavedOrig Outcome = "rpmorig"   // as Saved; no package had owned it
	Ghost     Outcome = "ghost"     // owned, not made
	Missing   Outcome = "missingok" // may be missing, and was removed by the image's owner
	Removed   Outcome = "removed"
	Left      Outcome = "left" // of the old version; see Note
)

// File is what became of one file of the package, or of the version before it.
type File struct {
	Path    string  `json:"path"`             // as the package has it
	Outcome Outcome `json:"outcome"`          //
	Landed  string  `json:"landed,omitempty"` // where it stands, if that is not Path
	Note    string  `json:"note,omitempty"`
}

// Scriptlet is what became of one script.
type Scriptlet struct {
	Name    string `json:"name"`    // as rpm.Scriptlet has it
	Package string `json:"package"` // whose it is
	Arg     int    `json:"arg"`     // $1
	Skipped string `json:"skipped,omitempty"`
	Status  int    `json:"status"`
	Steps   []Step `json:"steps,omitempty"`
	Body    string `json:"body,omitempty"` // of one that was skipped
}

// Step is one command that a script asked for.
type Step struct {
	Line    int    `json:"line"`
	Command string `json:"command"`
	Status  int    `json:"status"`
	Done    string `json:"done"` // what was done instead of running it
}
