// Package quota reads and changes the quota files of a file system: for users,
// groups and projects, how many bytes and inodes each owns, and what limits it has.
//
// What a file looks like stands in package layout, at QuotaInfo. A [File] changes
// the usage of one owner at a time, in place. An owner that comes new gets an entry
// in a block that has room for one more, and the nodes of the tree that lead to it;
// one that owns nothing and has no limit loses its entry, as when the kernel does
// it, and blocks that are empty then go into a list for those to come.
//
// Nothing that is read is trusted: [File.Verify] looks at the whole file first, and
// each change holds all that it follows against the file's size. See [FormatError].
package quota
