// Package overlay changes a file tree: it knows edits, and how each one applies to the tree of an
// image, but nothing of the file system that holds the tree.
//
// # Trees
//
// A [Tree] is the small part of package os that edits need, with names as package io/fs writes them
// ("etc/passwd", "." for the root). The editor of ext file systems satisfies it; so does
// treetest.Memory, and treetest.Run says whether another one would.
//
// # Edits
//
// An [Edit] says in one line what it does, which paths it is about, and applies itself to a tree. It
// gives a [Change] for each path that it looked at: what was there before, what is there now, what is
// worth a note. There is one way to apply: a plan is the same Apply on a copy-on-write layer that is
// thrown away afterwards, so that what is shown is what would be done.
//
// The edits are [Line] (lines of a text file), [Rewrite] (a text file through a function), [File], [Dir], [Symlink],
// [Remove], [Sysctl] (lines of /etc/sysctl.conf, without loss of the others) and [Overlay] (a folder laid over
// the root).
//
// # Before anything is written
//
// [Conflicts] refuses edits that disagree on a path, and [Needs] estimates the room that they take. Edits of other
// packages take part as a [Claimer] and a [Sizer].
//
// # Trees around trees
//
// What holds for all edits of a tree is a matter of the tree that they are given: [WithPolicy] says what becomes of
// capabilities and access control lists, [Guard] refuses what the flags immutable and append-only forbid, and package selinux
// labels what is made. Such a tree is a [Wrapper]; [As] finds what the one behind it can do.
//
// # Promises
//
//   - Symbolic links are followed inside the tree, as a process with its root there would follow them,
//     and can never lead out of it ([Resolve]).
//   - The result depends on the tree and the edit alone: not on the umask, the time, the order of a
//     folder or of a map.
//   - What an edit is not about stays: owner, mode and extended attributes of a rewritten file, every
//     line of a text that is not the one to set.
//   - An edit that finds everything as it wants it writes nothing.
//   - Capabilities and access control lists stay or go as the policy says, whatever the tree does by itself, and the notes
//     tell.
//   - A file or folder that is immutable or append-only in the image is not changed, as on a running system.
package overlay
