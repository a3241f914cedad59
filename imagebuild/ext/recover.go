package ext

import (
	"context"
	"errors"
	"fmt"
	"io"

	"lbimage/imagebuild/ext/internal/fsck"
	"lbimage/imagebuild/ext/internal/jbd2"
	"lbimage/imagebuild/ext/internal/layout"
)

// Recovery tells what was left undone when the file system was last in use, and
// made up for when it was opened.
type Recovery struct {
	Transactions int // of the journal that were brought in
	Blocks       int // that the journal had newer copies of
	Revoked      int // copies in the journal that did not count any more
	Freed        int // files that had been removed while they were open
	Truncated    int // files whose truncation had not been finished
}

// String is what a user is told, as a part of a line.
func (r Recovery) String() string {
	s := "nothing was waiting in the journal"
	if r.Transactions > 0 {
		s = "the journal was brought in: " + many(r.Transactions, "transaction") + " with " + many(r.Blocks, "block")
	}
	if r.Freed+r.Truncated > 0 {
		s += fmt.Sprintf("; %s freed, %d truncated", many(r.Freed, "removed file"), r.Truncated)
	}
	return s
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Recovered tells what was made up for when the file system was opened. It is
// false where nothing was left undone. With [Open] nothing of it was written.
func (f *FS) Recovered() (Recovery, bool) {
	if f.recovery == nil {
		return Recovery{}, false
	}
	return *f.recovery, true
}

// unrecovered tells what was left undone, as far as the superblock shows it.
func unrecovered(sb layout.Superblock) error {
	switch {
	case sb.Incompat()&layout.IncompatRecover != 0:
		return &StateError{"needs_recovery", "the journal holds changes that were never brought in", mend}
	case sb.ROCompat()&layout.ROOrphanPresent != 0:
		return &StateError{"orphan_present", "files may have been removed while they were open, and never freed", mend}
	case sb.LastOrphan() != 0:
		return &StateError{"orphan list", fmt.Sprintf("inode %d was removed while it was open, and never freed", sb.LastOrphan()), mend}
	}
	return nil
}

// recover makes up for what was left undone, as e2fsck does: it brings in the
// journal and empties it, frees or truncates orphans, counts what is free, and
// writes the superblock. All is worked out in memory first; where something is
// wrong, nothing is written.
func (f *FS) recover(dev ReadWriterAt, size int64, o Options) (*Recovery, error) {
	r := &Recovery{}
	s := newDraft(dev, nil, f.bs)
	var journal *jbd2.Journal
	var journalSuper uint64
	var err error
	if f.sb.Incompat()&layout.IncompatRecover != 0 {
		if journal, journalSuper, err = f.openJournal(); err != nil {
			return nil, err
		}
		if s.plan, err = f.scanJournal(journal, dev, size); err != nil {
			return nil, err
		}
		r.count(s.plan)
	}
	now, err := open(s, size)
	if err != nil {
		return nil, err
	}
	if journal != nil {
		if _, err := s.WriteAt(journal.Emptied(s.plan.Sequence), int64(journalSuper)*int64(f.bs)); err != nil {
			return nil, err
		}
		now.sb.SetIncompat(now.sb.Incompat() &^ layout.IncompatRecover)
	}
	// With a journal a file system stays valid while it is mounted. Where it is not
	// e2fsck sets it after a full check, and so is done here.
	unchecked := journal != nil && now.sb.State()&layout.StateValid == 0
	if unchecked {
		now.sb.SetState(now.sb.State() | layout.StateValid)
	}
	if err := uneditable(now.sb); err != nil {
		return nil, err
	}
	if err := now.checkWritable(o); err != nil {
		return nil, err
	}
	now.writeTo(s)
	if err := now.tidyOrphans(r); err != nil {
		return nil, damage(0, err)
	}
	if err := now.sync(); err != nil {
		return nil, err
	}
	if unchecked {
		if err := wholly(s, size); err != nil {
			return nil, err
		}
	}
	return r, s.pour(dev)
}

// throughJournal opens the file system as it will be once the journal has been
// brought in, for reading.
func (f *FS) throughJournal(size int64) (*FS, error) {
	j, _, err := f.openJournal()
	if err != nil {
		return nil, err
	}
	plan, err := f.scanJournal(j, f.r, size)
	if err != nil {
		return nil, err
	}
	now, err := open(newDraft(f.r, plan, f.bs), size)
	if err != nil {
		return nil, err
	}
	now.recovery = &Recovery{}
	now.recovery.count(plan)
	return now, nil
}

// count takes over the figures of the journal.
func (r *Recovery) count(p *jbd2.Plan) {
	r.Transactions, r.Blocks, r.Revoked = p.Transactions, len(p.Copies), p.Revoked
}

// wholly refuses a file system in which a full check finds anything.
func wholly(r io.ReaderAt, size int64) error {
	problems, err := fsck.Check(context.Background(), r, size, fsck.Options{MaxProblems: 100})
	if err != nil {
		return err
	}
	for _, p := range problems {
		if !p.Notice {
			return &StateError{"not clean", "it was not unmounted, and damage remains when the journal is brought in: " + p.String(), mend}
		}
	}
	return nil
}

// openJournal opens the journal, and gives its first block.
func (f *FS) openJournal() (*jbd2.Journal, uint64, error) {
	sb := f.sb
	if sb.Compat()&layout.CompatHasJournal == 0 {
		return nil, 0, &StateError{"needs_recovery", "there is no journal (has_journal is clear)", mend}
	}
	if !isZero(sb.JournalUUID()) || sb.JournalInode() == 0 {
		return nil, 0, &StateError{"needs_recovery", "the journal is on another device", "mount it together with its journal, or run e2fsck -f -j on it"}
	}
	in, err := f.journalInode()
	if err != nil {
		return nil, 0, err
	}
	var at uint64 // file block of p
	var p piece
	find := func(n uint32) (uint64, error) {
		if blk := uint64(n); blk < at || blk >= at+p.n {
			found, err := in.find(blk, f.blocksFor(in.size())-blk)
			if err != nil {
				return 0, err
			}
			if found.start == 0 || found.uninit {
				return 0, corruptf(in.no, "journal: its block %d is a hole", n)
			}
			at, p = blk, found
		}
		return p.start + uint64(n) - at, nil
	}
	j, err := jbd2.Open(jbd2.Source{
		BlockSize: f.bs,
		Blocks:    uint32(min(in.size()/uint64(f.bs), 1<<32-1)),
		Read: func(n uint32, b []byte) error {
			blk, err := find(n)
			if err != nil {
				return err
			}
			return readFull(f.r, b, int64(blk)*int64(f.bs))
		},
	})
	if err != nil {
		return nil, 0, journalError(in.no, err)
	}
	first, err := find(0)
	return j, first, err
}

// scanJournal finds out what the journal holds, and refuses what does not fit.
func (f *FS) scanJournal(j *jbd2.Journal, r io.ReaderAt, size int64) (*jbd2.Plan, error) {
	in, err := f.journalInode()
	if err != nil {
		return nil, err
	}
	plan, err := j.Scan()
	if err != nil {
		return nil, journalError(in.no, err)
	}
	if len(plan.Copies) == 0 {
		return plan, nil
	}
	// The superblock is often in the journal itself, and may tell of a file
	// system that has grown.
	sb := make(layout.Superblock, layout.SuperblockSize)
	if err := readFull(newDraft(r, plan, f.bs), sb, layout.SuperblockOffset); err != nil {
		return nil, fmt.Errorf("reading superblock: %w", err)
	}
	g, err := readGeometry(sb, size)
	if err == nil && (sb.Magic() != layout.Magic || g.bs != f.bs || g.bpg != f.bpg || g.inodeSize != f.inodeSize) {
		err = corruptf(in.no, "journal: its copy of the superblock is of another file system")
	}
	if err != nil {
		return nil, err
	}
	for _, c := range []jbd2.Copy{plan.Copies[0], plan.Copies[len(plan.Copies)-1]} {
		if c.Block < g.first || c.Block >= g.blocks {
			return nil, journalError(in.no, plan.Refuse(c, fmt.Sprintf("outside the file system of %d blocks", g.blocks)))
		}
	}
	own := func(r run) error {
		if c := plan.Within(r.start, r.end); len(c) > 0 {
			return journalError(in.no, plan.Refuse(c[0], "the journal's own"))
		}
		return nil
	}
	return plan, in.eachRun(own, func(blk uint64) error { return own(run{blk, blk + 1}) })
}

// journalError turns an error of package jbd2 into one of this package.
func journalError(ino uint32, err error) error {
	var bad *jbd2.FormatError
	var feature *jbd2.FeatureError
	switch {
	case errors.As(err, &bad):
		return &CorruptError{ino, err}
	case errors.As(err, &feature):
		return &StateError{"journal", feature.What, mend}
	}
	return err
}
