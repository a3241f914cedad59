// Package treediff tells what differs between two file trees, as between the root file systems of two images: file by
// file, and line by line where the content is text.
//
// [Compare] walks both trees in step, in the order of the names, a folder before what is in it, and hands over each
// path that differs as a [Difference]: it is in one tree only, or its type, content, mode, owner, link target, hard
// links, device number, extended attributes, chattr flags or project differ. Times are counted, and told on request.
//
// Contents are compared by what they mean: what is compressed as what is inside, archives member by member, programs by
// their sections, byte code by its header and code ([Inside]). Members that differ follow their archive as differences of
// their own, whose paths have !/ between both names.
//
// # Promises
//
//   - What is not told does not differ: content is compared byte by byte, not by time or size.
//   - Comparing a tree with itself gives nothing, and comparing B with A gives what comparing A with B gives, mirrored.
//   - Differences come one at a time and are not kept. Content is read in pieces; texts of up to 1 MiB are held while
//     their lines are compared. What is remembered are inodes of folders, and of files that have several names.
//   - What is unpacked of a content is bounded in bytes, members and depth; past that it is compared as bytes, and the
//     reason is told. It lies in temporary files without a name.
//   - Holes in a file are not read where the tree tells them, so that a sparse file of any size costs what it holds.
//   - A tree is data from elsewhere: a folder inside itself, or one nested without end, is an error.
//   - The result depends on the trees and the options alone.
//
// # Forms
//
// Line differences are unified diffs as patch(1) reads them. Capabilities are written as getcap(8) writes them, ACLs as
// the short form of getfacl(1) with numbers for names, flags as the letters of chattr(1).
package treediff
