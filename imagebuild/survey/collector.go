package survey

import "io/fs"

// collector gathers what it is after of everything that the walk over the tree meets. A part of the survey that needs to see
// all files is one; its place is the list in [Of].
type collector interface {
	// visit is called once for each path, in the order of the walk. name is as package io/fs has it: "etc/passwd", "." for the
	// root. info is the file itself, of a symbolic link the link; its Sys is understood by overlay.OwnerOf and
	// overlay.SysField. An error ends the walk: it is for a context that is done, not for what is odd in the image, which is
	// kept as a fact. Whatever is kept must have a bound.
	visit(name string, info fs.FileInfo) error
}
