package ext

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/quota"
)

// With the feature quota, inodes without a name hold files that say how many bytes
// and inodes each user, group and project has (see internal/quota). They are kept
// right as the kernel does it: every inode that is stored or freed is compared with
// what was there before, and the difference goes to its owners. What all changes
// come to is written to the quota files by Sync. Limits bind no one here, as they
// do not bind root.

// mostOwners is how many owners of one kind are remembered before what they have
// is written to the quota file.
const mostOwners = 4096

// quotas are the quota files that are kept, by kind; nil where there is none.
type quotas [quota.Kinds]*quotaFile

// quotaFile is a quota file, and what its owners have now.
type quotaFile struct {
	*quota.File
	in     *inode // the only copy while the file system is open
	owners map[uint32]*owner
	fresh  quota.Growth // of the owners that are new to the file
	room   uint64       // free blocks that are kept for them
}

type owner struct {
	quota.Usage
	stored quota.Usage // as the file has it
	fresh  bool        // the file does not know the owner
}

// openQuotas opens the quota files for keeping them, and looks at the whole of them.
func (f *FS) openQuotas() error {
	if f.sb.ROCompat()&layout.ROQuota == 0 {
		return nil
	}
	if f.sb.Incompat()&layout.IncompatEAInode != 0 { // inodes with values of attributes are charged to others
		return &FeatureError{Features: []string{"quota", "ea_inode"}, Edit: true}
	}
	for kind, ino := range f.quotaInodes() {
		if ino == 0 {
			continue
		}
		q, err := f.openQuota(quota.Kind(kind), ino)
		var wrong *quota.FormatError
		var corrupt *CorruptError
		switch {
		case errors.As(err, &wrong):
			return quotaError(ino, wrong)
		case errors.As(err, &corrupt):
			return quotaError(ino, corrupt.Err)
		case err != nil:
			return fmt.Errorf("quota: inode %d: %w", ino, err)
		}
		f.quotas[kind] = q
	}
	return nil
}

// quotaInodes are the inodes of the quota files, 0 where there is none.
func (f *FS) quotaInodes() [quota.Kinds]uint32 {
	return [quota.Kinds]uint32{f.sb.UserQuotaInode(), f.sb.GroupQuotaInode(), f.sb.ProjectQuotaInode()}
}

func (f *FS) isQuotaFile(ino uint32) bool {
	of := f.quotaInodes()
	return f.sb.ROCompat()&layout.ROQuota != 0 && slices.Contains(of[:], ino)
}

func quotaError(ino uint32, what error) error {
	return &StateError{"quota", fmt.Sprintf("inode %d: %v", ino, what), "make the quota files anew with tune2fs -O ^quota and tune2fs -O quota"}
}

func (f *FS) openQuota(kind quota.Kind, ino uint32) (*quotaFile, error) {
	fixed := [quota.Kinds]uint32{layout.InodeUserQuota, layout.InodeGroupQuota, ino}[kind]
	if ino != fixed || kind == quota.Project && (ino < f.firstIno || ino > f.inodes) {
		return nil, corruptf(ino, "it cannot be the quota file of kind %s", kind)
	}
	in, err := f.readInode(ino)
	if err != nil {
		return nil, err
	}
	if !in.IsRegular() || in.LinksCount() == 0 || in.Has(layout.InodeFlagInlineData|layout.InodeFlagEncrypt) {
		return nil, corruptf(ino, "it is no plain file")
	}
	q := &quotaFile{in: in, owners: map[uint32]*owner{}}
	if q.File, err = quota.Open(quotaBlocks{in}, kind, in.size()); err != nil {
		return nil, err
	}
	return q, q.Verify()
}

// quotaBlocks lets package quota see the blocks of a quota file.
type quotaBlocks struct{ in *inode }

func (s quotaBlocks) block(n uint32, get func(uint64) ([]byte, error)) ([]byte, error) {
	bs := uint64(s.in.fs.bs)
	at := uint64(n) * layout.QuotaBlockSize
	p, err := s.in.find(at/bs, 1)
	if err != nil {
		return nil, err
	}
	if p.start == 0 || p.uninit {
		return nil, corruptf(s.in.no, "block %d of the quota file is a hole", at/bs)
	}
	b, err := get(p.start)
	if err != nil {
		return nil, err
	}
	at %= bs
	return b[at : at+layout.QuotaBlockSize : at+layout.QuotaBlockSize], nil
}

func (s quotaBlocks) Block(n uint32) ([]byte, error)     { return s.block(n, s.in.fs.cache.get) }
func (s quotaBlocks) EditBlock(n uint32) ([]byte, error) { return s.block(n, s.in.fs.editUsed) }

func (s quotaBlocks) Append(n uint32) error {
	bs := uint64(s.in.fs.bs)
	end := (uint64(n) + 1) * layout.QuotaBlockSize
	lblk := (end - 1) / bs
	p, err := s.in.find(lblk, 1)
	switch {
	case err != nil:
		return err
	case p.start == 0:
		if p, err = s.in.extend(lblk, 1, 1); err != nil {
			return err
		}
		s.in.fs.cache.fresh(p.start)
	case p.uninit:
		if err := s.in.initialise(lblk, 1); err != nil {
			return err
		}
		s.in.fs.cache.fresh(p.start)
	case end <= s.in.size():
		return nil
	}
	if end > s.in.size() {
		if err := s.in.setSize(end); err != nil {
			return err
		}
	}
	return s.in.put()
}

// charge is what an inode has, and who its owners are.
type charge struct {
	quota.Usage
	ids [quota.Kinds]uint32
}

// chargeFor tells what an inode costs its owners; nil and an inode not in use
// nothing. For e2fsck, a symbolic link whose target is inline data is no one's.
func (f *FS) chargeFor(b layout.Inode) (c charge) {
	if b == nil || b.Mode() == 0 || b.Has(layout.InodeFlagEAInode) || b.IsSymlink() && b.Has(layout.InodeFlagInlineData) {
		return c
	}
	in := inode{Inode: b, fs: f}
	c.Space, c.Inodes = in.sectors()*512, 1
	c.ids = [quota.Kinds]uint32{b.UID(), b.GID(), b.ProjectID()}
	return c
}

// nobodys tells whether an inode is charged to no one.
func (f *FS) nobodys(ino uint32) bool {
	return ino != layout.InodeRoot && ino < f.firstIno || f.isQuotaFile(ino) ||
		f.sb.Compat()&layout.CompatOrphanFile != 0 && ino == f.sb.OrphanFileInode()
}

// account charges the owners with what an inode's new bytes cost more than the old.
func (f *FS) account(ino uint32, old, now layout.Inode) error {
	if f.quotas == (quotas{}) || f.nobodys(ino) {
		return nil
	}
	a, b := f.chargeFor(old), f.chargeFor(now)
	if a == b {
		return nil
	}
	for kind, q := range f.quotas {
		if q == nil {
			continue
		}
		if err := q.add(b.ids[kind], b.Usage); err != nil {
			return err
		}
		if err := q.subtract(a.ids[kind], a.Usage); err != nil {
			return err
		}
	}
	return nil
}

// owner gives what is known of an owner.
func (q *quotaFile) owner(id uint32) (*owner, error) {
	o := q.owners[id]
	if o == nil {
		u, ok, err := q.Usage(id)
		if err != nil {
			return nil, quotaError(q.in.no, err)
		}
		o = &owner{u, u, !ok}
		q.owners[id] = o
		if o.fresh {
			q.fresh.Add(id)
		}
	}
	return o, nil
}

func (q *quotaFile) add(id uint32, u quota.Usage) error {
	if u == (quota.Usage{}) {
		return nil
	}
	o, err := q.owner(id)
	if err != nil {
		return err
	}
	if o.Space > math.MaxInt64-u.Space || o.Inodes > math.MaxInt64-u.Inodes {
		return quotaError(q.in.no, fmt.Errorf("owner %d has %d bytes and %d inodes, which cannot be", id, o.Space, o.Inodes))
	}
	o.Space, o.Inodes = o.Space+u.Space, o.Inodes+u.Inodes
	return nil
}

func (q *quotaFile) subtract(id uint32, u quota.Usage) error {
	if u == (quota.Usage{}) {
		return nil
	}
	o, err := q.owner(id)
	if err != nil {
		return err
	}
	if o.Space < u.Space || o.Inodes < u.Inodes {
		return quotaError(q.in.no, fmt.Errorf("owner %d gives back %d bytes and %d inodes, but has %d and %d", id, u.Space, u.Inodes, o.Space, o.Inodes))
	}
	o.Space, o.Inodes = o.Space-u.Space, o.Inodes-u.Inodes
	return nil
}

// expect makes sure that the quota files will have room for the owners of an
// inode, before it is stored.
func (f *FS) expect(in *inode) error {
	ids := f.chargeFor(in.Inode).ids
	for kind, q := range f.quotas {
		if q == nil {
			continue
		}
		if _, err := q.owner(ids[kind]); err != nil {
			return err
		}
		room, err := q.growth()
		if err == nil && room > q.room {
			err = f.need(room - q.room)
		}
		if err != nil {
			return err
		}
		f.promised += room - q.room
		q.room = room
	}
	return nil
}

// growth is how many blocks the file may need for owners that are new to it.
func (q *quotaFile) growth() (uint64, error) {
	f := q.in.fs
	n := f.blocksFor(q.fresh.Blocks() * layout.QuotaBlockSize)
	if n == 0 {
		return 0, nil
	}
	cost, err := q.in.mapCost(f.blocksFor(q.in.size()), n)
	return n + cost, err
}

// settle ends an operation, or one step of a long one.
func (f *FS) settle() error {
	for _, q := range f.quotas {
		if q != nil && len(q.owners) > mostOwners {
			if err := q.write(); err != nil {
				return err
			}
		}
	}
	return f.cache.settle()
}

// writeQuotas brings the quota files up to date.
func (f *FS) writeQuotas() error {
	f.held = 0
	for _, q := range f.quotas {
		if q == nil {
			continue
		}
		if err := q.write(); err != nil {
			return fmt.Errorf("quota: %w", err)
		}
	}
	return nil
}

// write stores what owners have: first of those with nothing left, which may make
// room for others.
func (q *quotaFile) write() error {
	q.in.fs.promised -= q.room
	q.room = 0
	ids := slices.Sorted(maps.Keys(q.owners))
	for _, gone := range []bool{true, false} {
		for _, id := range ids {
			o := q.owners[id]
			if o.Usage == o.stored || gone != (o.Usage == quota.Usage{}) {
				continue
			}
			if err := q.Set(id, o.Usage); err != nil {
				return err
			}
		}
	}
	clear(q.owners)
	q.fresh = quota.Growth{}
	return nil
}
