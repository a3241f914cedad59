// Package compare tells what differs between two sources: file by file, and what lies around the files.
//
// [Images] opens both and hands what it finds to a [Report] as it is found. What is in the two root file systems is
// compared by package treediff; here is what an image has besides: tarball, partition table, boot code, the file
// system's own structures.
package compare
