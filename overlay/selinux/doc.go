// Package selinux gives new files in the tree of an image the labels that the image's own policy has for them.
//
// A system with SELinux keeps a label for every file in the extended attribute security.selinux. A file that is made
// without one is out of bounds for every confined service, HAProxy among them, until someone runs restorecon. The
// policy's files below /etc/selinux/TYPE/contexts/files say which path gets which label; [Load] reads them, and
// [Contexts.Lookup] answers as matchpathcon(8) does. [Labelled] wraps a tree so that whatever an edit makes in it gets its
// label, where the image uses SELinux and its files have labels; the label of a file that is there stays.
//
// # The rules of file_contexts(5)
//
// A line has a pattern, perhaps a type (-- -d -l -c -b -p -s), and a context or <<none>>. The pattern is bound at both
// ends. The files are read in this order: file_contexts, file_contexts.homedirs, file_contexts.local. Patterns without
// any operator come after all others; then the last one that matches counts. Before that, file_contexts.subs and
// file_contexts.subs_dist put one beginning of a path for another. The compiled forms (.bin) hold nothing more and are not
// read.
//
// libselinux takes patterns in the language of PCRE. Here package regexp reads them, whose time is bounded whatever an image
// brings. It lacks look-around and back references: a pattern with one is left out, and the [Report] says so. The policies of
// the distributions have none. A choice outside of brackets, which they do not have either, is taken as one in brackets.
package selinux
