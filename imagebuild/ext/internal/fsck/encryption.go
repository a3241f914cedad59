package fsck

import "lbimage/imagebuild/ext/internal/layout"

// An encrypted file has an attribute (index 9, name "c") that says how its
// contents and names are encrypted, and with which key; a nonce, different for
// each file, ends it. The rest is the policy: all files in an encrypted directory
// have the same one.
const (
	encryptionV1, encryptionV1Size = 1, 28
	encryptionV2, encryptionV2Size = 2, 40 // since Linux 5.4
	encryptionNonce                = 16
)

// policy is what files encrypted alike have in common.
type policy string

const (
	noPolicy      policy = ""
	unknownPolicy policy = "?" // of a version that is not known: all are taken for alike
)

// policyOf gives the policy in an attribute; ok is false where it cannot be one.
func policyOf(context []byte) (p policy, ok bool) {
	if len(context) == 0 || context[0] == 0 {
		return noPolicy, false
	}
	var size int
	switch context[0] {
	case encryptionV1:
		size = encryptionV1Size
	case encryptionV2:
		size = encryptionV2Size
	default:
		return unknownPolicy, true
	}
	if len(context) != size {
		return noPolicy, false
	}
	return policy(context[:size-encryptionNonce]), true
}

// checkEncryption checks that an encrypted file says how; x is what was found in
// its attributes.
func (c *checker) checkEncryption(ino uint32, inode layout.Inode, x xattrInfo) {
	switch {
	case !inode.Has(layout.InodeFlagEncrypt) || c.isNameless(ino):
	case !x.encrypted:
		c.inodeProblem(codeEncryption, ino, 0, "is encrypted, but has no encryption context")
	default:
		if _, ok := policyOf(x.context); !ok {
			c.inodeProblem(codeEncryption, ino, 0, "is encrypted, but its encryption context cannot be one")
		}
	}
}

// filePolicy gives the policy of an inode, none where it is not encrypted or does
// not say how.
func (c *checker) filePolicy(ino uint32, inode layout.Inode) policy {
	if !inode.Has(layout.InodeFlagEncrypt) {
		return noPolicy
	}
	var x xattrInfo
	if a, ok := c.inodeXattrs(inode); ok {
		x = c.walkXattrs(ino, inode, a, false)
	}
	if blk := c.xattrBlock(inode); !x.encrypted && blk >= c.firstData && blk < c.blocks && blk != 0 {
		b := make([]byte, c.blockSize)
		if c.block(b, blk) && layout.XattrHeader(b).Magic() == layout.XattrMagic {
			x = c.walkXattrs(ino, inode, xattrArea{b: b, first: layout.XattrHeaderSize, block: true}, false)
		}
	}
	p, _ := policyOf(x.context)
	return p
}

// checkPolicy compares the policy of what an entry names with that of the
// directory. Devices and their kin are not encrypted.
func (w *dirWalk) checkPolicy(e layout.Dirent, pblk uint64) {
	c := w.c
	kind := c.kindOf(e.Inode())
	if w.policy == noPolicy || kind == 0 || w.quiet {
		return
	}
	inode := make(layout.Inode, c.inodeSize)
	if !c.readInode(e.Inode(), inode) {
		return
	}
	if t := e.FileType(); t != layout.FTUnknown {
		kind = t
	}
	switch p := c.filePolicy(e.Inode(), inode); {
	case p == w.policy:
	case p != noPolicy:
		w.entryProblem(codeEncryption, pblk, e.Name(), "names inode %d, which is encrypted in another way than the directory", e.Inode())
	case kind == layout.FTRegular || kind == layout.FTDir || kind == layout.FTSymlink:
		w.entryProblem(codeEncryption, pblk, e.Name(), "names inode %d, which is not encrypted as the directory is", e.Inode())
	}
}
