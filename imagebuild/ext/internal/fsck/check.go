package fsck

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// Options of Check. The zero value lists up to 1000 problems.
type Options struct {
	// MaxProblems ends the check once so many problems are found; 0 means 1000.
	MaxProblems int
	// Now, when set, is the time after which no superblock time may lie.
	Now time.Time
	// Progress, when set, is called from time to time with the share of the
	// work that is done, from 0 to 1.
	Progress func(done float64)
}

// ErrNoFileSystem says that there is no ext2, ext3 or ext4 file system to check.
var ErrNoFileSystem = errors.New("no ext2, ext3 or ext4 file system")

// Check examines the file system of size bytes in r and gives its problems in a
// fixed order, none where it is consistent. An error means that it could not be
// examined: reading failed, ctx was done, or there is no superblock
// (ErrNoFileSystem). r is only read, and by one goroutine at a time.
func Check(ctx context.Context, r io.ReaderAt, size int64, o Options) ([]Problem, error) {
	c := &checker{ctx: ctx, r: r, size: size, now: o.Now, progress: o.Progress, maxProblems: o.MaxProblems, limits: theLimits}
	if c.maxProblems <= 0 {
		c.maxProblems = 1000
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	found := c.problems()
	return found, c.err
}

// run goes through the passes until one finds that the next ones make no sense.
func (c *checker) run() error {
	if err := c.open(); err != nil {
		return err
	}
	c.passes()
	c.step(1)
	return c.err
}

func (c *checker) passes() {
	for _, pass := range []func() bool{
		c.checkSuperblock, c.checkGroups, c.checkJournal, c.checkSpecialInodes, c.checkInodes, c.checkBlockBitmaps,
	} {
		if !pass() || c.stopped() {
			return
		}
	}
	c.claims, c.xattrs.seen = claims{}, claims{} // they make room
	for first := true; ; first = false {
		c.checkDirectories(!first)
		if c.stopped() || !c.checkLinks() {
			return
		}
		if !c.nextWindow() {
			break
		}
	}
	if !c.stopped() {
		c.checkQuotas()
	}
}

// limits bound the memory of a check.
type limits struct {
	maxPages  int // of claims
	maxStates int // pages of inodes
	maxDirs   int // directories
}

var theLimits = limits{maxPages, maxStatePages, maxDirs}

// checker is the state of one check.
type checker struct {
	ctx         context.Context
	r           io.ReaderAt
	size        int64
	now         time.Time
	progress    func(float64)
	maxProblems int
	limits

	err   error // the first that makes going on pointless
	reads int
	found []finding
	more  bool

	sb layout.Superblock
	geometry
	descs []byte // all group descriptors

	claims  claims
	claimed uint64 // clusters, counted as often as they are claimed
	states  inodeStates
	dirs    dirList
	outside dirInfo // of a directory that is not in the window
	rereads uint64  // blocks of such directories that may still be read in this round
	scratch layout.Inode
	lost    []inodeRange // in bad blocks
	climbs  int
	shared  []blockRange
	xattrs  xattrState
	bigFile bool // there is a regular file of 2 GiB or more

	// Totals of the bitmaps.
	freeBlocks, freeInodes uint64

	mapper mapper // of the walk that is under way
}

func (c *checker) open() error {
	if c.size < layout.SuperblockOffset+layout.SuperblockSize {
		return fmt.Errorf("%w: %d bytes are too few", ErrNoFileSystem, c.size)
	}
	c.sb = make([]byte, layout.SuperblockSize)
	if !c.read(c.sb, layout.SuperblockOffset) {
		return fmt.Errorf("reading superblock: %w", c.err)
	}
	if c.sb.Magic() != layout.Magic {
		return fmt.Errorf("%w: magic number is %#04x", ErrNoFileSystem, c.sb.Magic())
	}
	return nil
}

// read fills b from offset off of the device. What fails there ends the check.
func (c *checker) read(b []byte, off int64) bool {
	if c.reads++; c.reads%4096 == 0 && c.err == nil && c.ctx.Err() != nil {
		c.err = context.Cause(c.ctx)
	}
	if c.err != nil {
		return false
	}
	n, err := c.r.ReadAt(b, off)
	if n == len(b) {
		return true
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	c.err = fmt.Errorf("reading %d bytes at %d: %w", len(b), off, err)
	return false
}

// block reads the block blk, which must lie in the file system, into b.
func (c *checker) block(b []byte, blk uint64) bool {
	return c.read(b[:c.blockSize], int64(blk)<<c.blockBits)
}

// stopped says that the check ends here: an error, or enough problems.
func (c *checker) stopped() bool { return c.err != nil || c.more }

// step is called every few thousand inodes or blocks.
func (c *checker) step(done float64) {
	if c.err == nil && c.ctx.Err() != nil {
		c.err = context.Cause(c.ctx)
	}
	if c.progress != nil {
		c.progress(done)
	}
}
