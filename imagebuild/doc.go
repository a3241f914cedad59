// Package imagebuild is the whole job: it opens a load balancer image as it is
// shipped, changes files inside the disk's root file system, checks the result
// and writes an image tarball that installs.
//
// The stages, in order:
//
//	open    an RPM, an image tarball or a raw disk, told apart by content
//	root    find the partition that holds the root file system
//	plan    turn what is asked for into edits
//	apply   make the edits on a copy-on-write layer over the disk
//	check   the file system, the files read back, the template, the names
//	write   pack the layer over the disk as the source was packed, and the record
//
// Each stage gives values to the next and knows nothing of the one before. The
// source is never written to. A plan is an application whose layer is thrown
// away: what it shows is what happens.
//
// The same source and the same request give the same bytes: the only clock is
// the time stamp of [Job], and where that is zero the source's own.
package imagebuild
