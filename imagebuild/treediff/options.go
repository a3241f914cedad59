package treediff

import "lbimage/overlay"

// Side is one of the two trees.
//
// A tree may know more than an [overlay.ReadTree] must: what FileInfo.Sys has in fields Ino, Nlink, Major and Minor (or
// Rdev), Flags and ProjectID is compared, and what a method Extents tells of holes is made use of, as with *ext.FS.
type Side struct {
	Tree overlay.ReadTree
	// Users and Groups give names for numbers, for people. They are not compared.
	Users, Groups map[uint32]string
}

// Options say what is compared and what is told. The zero value compares everything but times.
type Options struct {
	// Path is the file or folder to compare, from the root; empty for the whole trees.
	Path string
	// Ignore leaves out paths, with all below them. A pattern is one of path.Match where ** stands for any number of
	// folders; without a slash it is held against the last component of a path, else against the whole.
	Ignore []string
	// Times tells times of modification.
	Times bool
	// AllTimes tells times of access, of change and of creation, too, where the tree has them.
	AllTimes bool
	// Brief tells paths, kinds and aspects alone: nothing is read but to compare it.
	Brief bool
	// NoDiff counts lines, but makes no unified diffs.
	NoDiff bool
	// TempDir holds what is unpacked, in files without a name; "" is os.TempDir.
	TempDir string
	// Explain says in words what it means that a file's content differs, by its path from the root; "" where it has nothing
	// to say. nil: it never has.
	Explain func(path string) string
	// Whole gives unified diffs also for text files that are in one tree only.
	Whole bool
	// Show gives what is shown of a text file's text, by its name from the root as package io/fs writes it. It keeps the
	// number of lines, and the same text gives the same. nil: the text itself.
	Show func(name string, text []byte) []byte
}
