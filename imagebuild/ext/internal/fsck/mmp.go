package fsck

import (
	"encoding/binary"

	"lbimage/imagebuild/ext/internal/layout"
)

// mmpPatience is the interval in seconds from which on e2fsck says that its user
// has to wait.
const mmpPatience = 10

// checkMMP checks the block of multiple mount protection.
func (c *checker) checkMMP() {
	if c.incompat&layout.IncompatMMP == 0 {
		return
	}
	blk := c.sb.MMPBlock()
	if blk <= c.firstData || blk >= c.blocks {
		c.fsProblem(codeMMP, "block %d of multiple mount protection lies outside the file system", blk)
		return
	}
	b := make([]byte, c.blockSize)
	if !c.block(b, blk) {
		return
	}
	bad := func(code string, notice bool, message string) {
		c.report(finding{Problem: Problem{Code: code, Block: blk, Group: -1, Notice: notice, Message: message}})
	}
	m := layout.MMP(b)
	if m.Magic() != layout.MMPMagic {
		bad(codeMMP, false, "block of multiple mount protection has no magic number")
	} else if c.metadataCsum && m.Checksum() != m.ComputeChecksum(c.csumSeed) {
		bad(codeMMP, false, "checksum of the block of multiple mount protection is wrong")
	}
	switch seq := m.Sequence(); {
	case seq == layout.MMPClean:
	case seq == layout.MMPFsck:
		bad(codeMMP, false, "e2fsck works on the file system, or was stopped while it did")
	case seq > layout.MMPMaxSequence:
		bad(codeMMP, false, "block of multiple mount protection has a sequence that means nothing")
	default:
		bad(codeState, false, "file system is mounted somewhere, or was not cleanly unmounted, says its multiple mount protection")
	}
	if max(m.CheckInterval(), binary.LittleEndian.Uint16(c.sb[0x166:])) >= mmpPatience {
		bad(codeMMP, true, "multiple mount protection asks for long waits before each use")
	}
}
