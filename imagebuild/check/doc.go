// Package check looks at an image without changing it and gives findings: what is wrong, where, and how
// to mend it.
//
// A check is a function from what it looks at to findings: [FileSystem] for the consistency of the root
// file system, [ReadBack] for whether the edits arrived as they were planned, [Template] for the
// HAProxy template, what the installers will make of a tarball is asked of a [Subject] that has one.
// Each has a file of its own, with its rules and the reasons for them; [Rules] lists them all.
//
// An image with a finding of severity error is not written.
package check
