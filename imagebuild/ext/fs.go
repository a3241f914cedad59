package ext

import (
	"fmt"
	"io"
	"sync"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// ReadWriterAt is a device that can be edited.
type ReadWriterAt interface {
	io.ReaderAt
	io.WriterAt
}

// Options say how a file system is edited. The zero value is useful.
type Options struct {
	// Time is the time of all changes: of files, of folders, of the superblock.
	// The zero time means the time of the last change before, as the superblock
	// has it.
	Time time.Time
	// NoReplay refuses (*StateError) a file system whose journal must be brought in
	// first, or which has orphans, instead of making up for it.
	NoReplay bool
}

// FS is an open file system. Its methods may be called by several goroutines at
// once; they take turns.
//
// Names are those of package io/fs: slash-separated, without a slash at either
// end, "." for the root. They need not be valid UTF-8.
type FS struct {
	mu         sync.Mutex
	r          io.ReaderAt
	w          *gather // nil: open for reading only
	sb         layout.Superblock
	seed       uint32 // what CRC32Cs start from
	cache      *cache
	table      [][]byte // the blocks of group descriptors
	state      []groupState
	meta       []run // what no file may own, sorted, merged
	free       uint64
	freeInodes uint32
	held       uint64  // free blocks that the operation under way keeps for later
	taken      []claim // what the operation under way has taken
	promised   uint64  // free blocks that quota files may need
	quotas     quotas
	now        time.Time
	failed     error  // an operation broke off in the midst of its changes
	edited     bool   // there is something for Sync to do
	copies     copies // what Sync is to write to all copies, too
	opened     map[*File]struct{}
	spare      []byte // see borrow
	names      names
	refuse     error // why it may not be edited
	overlap    error // descriptors claim the same blocks
	recovery   *Recovery
	geometry
}

// Open opens a file system of at most size bytes for reading. What must not be
// edited (see [OpenWritable]) may often be read: FS.Info tells. A file system
// whose journal was not brought in reads as if it had been, see [FS.Recovered];
// nothing is written. Where the journal cannot be used, it reads as it lies on
// the disk, and Info tells why.
func Open(r io.ReaderAt, size int64) (*FS, error) {
	f, err := open(r, size)
	if err != nil {
		return nil, err
	}
	if f.sb.Incompat()&layout.IncompatRecover == 0 {
		return f, nil
	}
	now, err := f.throughJournal(size)
	if err != nil {
		f.refuse = err
		return f, nil
	}
	return now, nil
}

// OpenWritable opens a file system for editing. It refuses, before anything is
// written, one with features that the package does not edit (*FeatureError), one
// that is not clean (*StateError: recorded errors, not unmounted, a journal that it
// cannot bring in) and one whose journal or descriptors are wrong (*CorruptError).
//
// What was left undone when the file system was last in use is made up for first,
// as e2fsck does: the journal is brought in and emptied, orphans are freed or
// truncated. [FS.Recovered] tells of it. Then dev has been written to before
// OpenWritable returns; see Options.NoReplay.
//
// What is changed is written now or later, at the latest by [FS.Sync]: contents of
// files soon and in the order in which they came, metadata mostly at the end. Where that
// is not acceptable, give a device that is a copy-on-write layer.
func OpenWritable(dev ReadWriterAt, size int64, o Options) (*FS, error) {
	f, err := open(dev, size)
	if err != nil {
		return nil, err
	}
	if undone := unrecovered(f.sb); undone != nil {
		if o.NoReplay {
			return nil, undone
		}
		if err := f.checkMMP(); err != nil { // else it is not undone, but under way
			return nil, err
		}
		done, err := f.recover(dev, size, o)
		if err != nil {
			return nil, err
		}
		if f, err = open(dev, size); err != nil {
			return nil, err
		}
		f.recovery = done
	}
	if f.refuse != nil {
		return nil, f.refuse
	}
	if err := f.checkWritable(o); err != nil {
		return nil, err
	}
	f.writeTo(dev)
	f.opened = map[*File]struct{}{}
	return f, nil
}

// writeTo lets changes go to dev, which is what the file system was opened from.
func (f *FS) writeTo(dev ReadWriterAt) {
	f.w = &gather{dev: dev}
	f.r = f.w
	f.cache.writeTo(f.w)
}

func open(r io.ReaderAt, size int64) (*FS, error) {
	f := &FS{r: r, sb: make(layout.Superblock, layout.SuperblockSize)}
	if size < layout.SuperblockOffset+layout.SuperblockSize {
		return nil, fmt.Errorf("reading superblock: %d bytes are too few for a file system", size)
	}
	if err := readFull(r, f.sb, layout.SuperblockOffset); err != nil {
		return nil, fmt.Errorf("reading superblock: %w", err)
	}
	if f.sb.Magic() != layout.Magic {
		return nil, fmt.Errorf("%w: magic %#04x instead of %#04x at byte %d", ErrNotExt, f.sb.Magic(), layout.Magic, layout.SuperblockOffset+0x38)
	}
	if err := unreadable(f.sb); err != nil {
		return nil, err
	}
	if f.sb.ROCompat()&layout.ROMetadataCsum != 0 && f.sb.Checksum() != f.sb.ComputeChecksum() {
		return nil, corruptf(0, "superblock: checksum %#08x instead of %#08x", f.sb.Checksum(), f.sb.ComputeChecksum())
	}
	var err error
	if f.geometry, err = readGeometry(f.sb, size); err != nil {
		return nil, err
	}
	f.seed = f.sb.ChecksumSeed()
	f.cache = newCache(r, nil, f.bs, f.blocks)
	if err := f.readTable(); err != nil {
		return nil, err
	}
	if f.refuse = uneditable(f.sb); f.refuse == nil {
		f.refuse = f.checkMMP()
	}
	return f, nil
}

// checkWritable looks at everything that all edits rely on.
func (f *FS) checkWritable(o Options) error {
	if err := f.checkClusters(); err != nil {
		return err
	}
	if err := f.checkTable(); err != nil {
		return err
	}
	if err := f.checkMMP(); err != nil {
		return err
	}
	if err := f.journalState(); err != nil {
		return damage(0, err)
	}
	f.claimMMP()
	if err := f.mergeMeta(); err != nil {
		return err
	}
	if err := f.openQuotas(); err != nil {
		return err
	}
	root, err := f.readInode(layout.InodeRoot)
	if err != nil {
		return fmt.Errorf("root folder: %w", err)
	}
	if !root.IsDir() || root.LinksCount() == 0 {
		return corruptf(layout.InodeRoot, "the root is no folder")
	}
	f.now = o.Time
	if o.Time.IsZero() {
		f.now = time.Unix(max(f.sb.WriteTime(), f.sb.MkfsTime(), 0), 0)
	}
	if s := f.now.Unix(); s < layout.MinTime || s > layout.MaxTime || f.inodeSize == layout.GoodOldInodeSize && s > layout.MaxTimeShort {
		return fmt.Errorf("time %s: %w", f.now.UTC().Format(time.RFC3339), ErrTimeRange)
	}
	return nil
}

// change runs an operation that edits. Where it breaks off after its first
// change, the file system counts as failed: Sync refuses from then on.
func (f *FS) change(do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w == nil {
		if f.refuse != nil {
			return f.refuse
		}
		return ErrReadOnly
	}
	if f.failed != nil {
		return fmt.Errorf("an earlier change broke off: %w", f.failed)
	}
	if !f.edited {
		if err := f.checkMMP(); err != nil { // it may have been mounted since it was opened
			return err
		}
	}
	before := f.cache.edits
	f.held, f.taken = 0, f.taken[:0]
	err := damage(0, do())
	if err == nil {
		err = f.settle()
	}
	if f.cache.edits != before {
		f.edited = true
		if err != nil {
			f.failed = err
		}
	}
	return err
}

// Sync writes all changed metadata: first what files and folders consist of, then
// the group descriptors, last the superblock. Before it returns the device need
// not hold a consistent file system; after it, it does. It changes nothing when
// nothing was changed.
func (f *FS) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w == nil {
		return ErrReadOnly
	}
	if f.failed != nil {
		return fmt.Errorf("an earlier change broke off: %w", f.failed)
	}
	if !f.edited {
		return nil
	}
	if err := f.checkMMP(); err != nil {
		return err
	}
	if err := f.sync(); err != nil {
		f.failed = err
		return err
	}
	f.edited = false
	return nil
}

func (f *FS) sync() error {
	if err := f.writeQuotas(); err != nil {
		return err
	}
	if err := f.sealGroups(); err != nil {
		return err
	}
	if err := f.cache.flush(); err != nil {
		return err
	}
	if err := f.writeTable(); err != nil {
		return err
	}
	f.sb.SetFreeBlocksCount(f.free << f.shift)
	f.sb.SetFreeInodesCount(f.freeInodes)
	f.sb.SetWriteTime(f.now.Unix())
	if err := f.writeCopies(); err != nil {
		return err
	}
	if f.csum {
		f.sb.SetChecksum(f.sb.ComputeChecksum())
	}
	if _, err := f.w.WriteAt(f.sb, layout.SuperblockOffset); err != nil {
		return fmt.Errorf("writing superblock: %w", err)
	}
	return f.w.flush()
}
