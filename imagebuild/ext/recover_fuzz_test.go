package ext

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// dirtied is an image with a journal that holds all that some edits changed.
type dirtied struct {
	img  []byte
	want []byte // after the edits
	log  []int  // where the blocks of the journal lie, in bytes
}

// dirty are such images, with journals of all formats.
var dirty = sync.OnceValues(func() (out []dirtied, err error) {
	const size = 4 << 20
	for _, c := range []struct {
		kind             string
		modern           bool
		compat, incompat uint32
	}{
		{"ext3", false, 0, layout.JournalIncompatRevoke},
		{"ext3", false, layout.JournalCompatChecksum, layout.JournalIncompatRevoke},
		{"ext4", false, 0, layout.JournalIncompatRevoke | layout.JournalIncompatCsumV2},
		{"ext4", true, 0, layout.JournalIncompatRevoke | layout.JournalIncompatCsumV3 | layout.JournalIncompat64Bit},
	} {
		before := &ram{make([]byte, size), 1 << 30}
		o := FormatOptions{Type: c.kind, Modern: c.modern, BlockSize: 1024, JournalBlocks: 1024, Time: stampTime}
		if err := Format(before, size, o); err != nil {
			return nil, err
		}
		f, err := OpenWritable(before, size, Options{Time: editTime})
		if err != nil {
			return nil, err
		}
		errs := []error{f.Mkdir("d", 0o755), f.WriteFile("d/gone", data("gone", 9000), 0o644), f.WriteFile("d/cut", data("cut", 30_000), 0o644), f.Sync()}
		after := &ram{bytes.Clone(before.b), 1 << 30}
		f, err = OpenWritable(after, size, Options{Time: editTime})
		errs = append(errs, err, f.Remove("d/gone"), f.Truncate("d/cut", 100), f.WriteFile("d/new", data("new", 20_000), 0o644),
			f.SetXattr("d/new", "user.a", data("a", 300)), f.Symlink("new", "d/link"), f.Sync())
		if err = errors.Join(append(errs, err)...); err != nil {
			return nil, err
		}
		d := dirtied{img: before.b, want: after.b}
		if d.log, err = journalBlocks(d.img); err != nil {
			return nil, err
		}
		d.write(c.compat, c.incompat)
		out = append(out, d)
	}
	return out, nil
})

// journalBlocks gives where the blocks of the journal lie, in bytes.
func journalBlocks(img []byte) (at []int, err error) {
	f, err := Open(bytes.NewReader(img), int64(len(img)))
	if err != nil {
		return nil, err
	}
	in, err := f.journalInode()
	for i := range 1024 {
		if err != nil {
			break
		}
		var p piece
		p, err = in.find(uint64(i), 1)
		at = append(at, int(p.start)*f.bs)
	}
	return at, err
}

// block gives a block of the journal.
func (d *dirtied) block(n int) layout.JournalBlock { return d.img[d.log[n]:][:1024] }

// write puts a transaction with all that differs, and one that revokes a block
// of no one, into the journal.
func (d *dirtied) write(compat, incompat uint32) {
	img := bytes.Clone(d.img) // as it is now
	block := d.block
	j := layout.JournalSuperblock(block(0))
	f := layout.JournalFormat(incompat)
	binary.BigEndian.PutUint32(j[0x24:], compat)
	j.SetIncompat(incompat)
	j[0x50] = layout.JournalChecksumCRC32C
	j.SetStart(1)
	j.SetSequence(7)
	super := layout.Superblock(d.want[1024:2048])
	super.SetIncompat(super.Incompat() | layout.IncompatRecover)
	if super.ROCompat()&layout.ROMetadataCsum != 0 {
		super.SetChecksum(super.ComputeChecksum())
	}
	var list []int // blocks that differ
	for blk := 0; blk < len(d.img)/1024; blk++ {
		if !bytes.Equal(img[blk*1024:][:1024], d.want[blk*1024:][:1024]) {
			list = append(list, blk)
		}
	}
	n, crc := 1, ^uint32(0)
	for len(list) > 0 {
		des := block(n)
		des.SetHeader(layout.JournalDescriptor, 7)
		part := list[:min(len(list), 40)]
		list = list[len(part):]
		off := 12
		for i, blk := range part {
			b := d.want[blk*1024:][:1024]
			copy(block(n+1+i), b)
			t := layout.JournalTag{Block: uint64(blk), Checksum: layout.JournalBlockChecksum(j.ChecksumSeed(), 7, b)}
			if i > 0 {
				t.Flags = layout.JournalTagSameUUID
			}
			if i == len(part)-1 {
				t.Flags |= layout.JournalTagLast
			}
			off += f.PutTag(des[off:], t, make([]byte, 16))
		}
		if f.HasTail() {
			des.SetTailChecksum(des.ComputeTailChecksum(j.ChecksumSeed()))
		}
		for range len(part) + 1 {
			crc = layout.CRC32BE(crc, block(n))
			n++
		}
	}
	revoke := block(n)
	revoke.SetHeader(layout.JournalRevoke, 7)
	f.PutRevoked(revoke, []uint64{4000, 4001})
	commit := block(n + 1)
	commit.SetHeader(layout.JournalCommit, 7)
	d.seal()
	if compat != 0 {
		commit.SetCommitChecksumType(layout.JournalCommitCRC32, layout.JournalCommitCRC32Size)
		commit.SetCommitChecksum(crc)
	}
	sb := layout.Superblock(d.img[1024:2048])
	sb.SetIncompat(sb.Incompat() | layout.IncompatRecover)
	if sb.ROCompat()&layout.ROMetadataCsum != 0 {
		sb.SetChecksum(sb.ComputeChecksum())
	}
}

// seal makes the checksums in the log right, but for those of copies.
func (d *dirtied) seal() {
	j := layout.JournalSuperblock(d.block(0))
	if layout.JournalFormat(j.Incompat()).HasTail() {
		for n := 1; n < 1024; n++ {
			b := d.block(n)
			switch {
			case b.Magic() != layout.JournalMagic:
			case b.Type() == layout.JournalCommit:
				b.SetCommitChecksum(b.ComputeCommitChecksum(j.ChecksumSeed()))
			default:
				b.SetTailChecksum(b.ComputeTailChecksum(j.ChecksumSeed()))
			}
		}
		j.SetChecksum(j.ComputeChecksum())
	}
}

// What the journal of such an image holds is what the edits changed.
func TestReplayIsEdits(t *testing.T) {
	list, err := dirty()
	must(t, err)
	for i, d := range list {
		img := &ram{bytes.Clone(d.img), 1 << 20}
		f, err := OpenWritable(img, int64(len(img.b)), Options{Time: editTime})
		must(t, err)
		if r, _ := f.Recovered(); r.Transactions != 1 || r.Blocks < 8 {
			t.Errorf("image %d: %v", i, r)
		}
		for blk := range len(img.b) / 1024 {
			lo, hi := blk*1024, blk*1024+1024
			if blk != 1 && !slices.Contains(d.log, lo) && !bytes.Equal(img.b[lo:hi], d.want[lo:hi]) {
				t.Errorf("image %d: block %d differs", i, blk)
			}
		}
		problems, err := Check(context.Background(), img, int64(len(img.b)), CheckOptions{})
		if err != nil || len(problems) > 0 {
			t.Errorf("image %d: %v %v", i, problems, err)
		}
	}
}

// A file system that was made larger while it was mounted has a superblock in
// its journal that tells of more blocks than the one on the disk.
func TestReplayGrown(t *testing.T) {
	need(t, "resize2fs")
	img := makeImage(t, 12<<20, 0, "-b", "1024", "-I", "256", "-J", "size=1", "-O", "none,"+feat8, "-E", "resize=100000")
	must(t, img.Truncate(8<<20))
	command(t, nil, "mke2fs", "-q", "-F", "-b", "1024", "-I", "256", "-J", "size=1", "-O", "none,"+feat8, "-E", "resize=100000", img.Name())
	must(t, img.Truncate(12<<20))
	small, err := os.ReadFile(img.Name())
	must(t, err)
	command(t, nil, "resize2fs", img.Name())
	f := edit(t, img)
	must(t, f.WriteFile("large", data("large", 1<<20), 0o644)) // its blocks need not be in the journal
	must(t, f.Sync())
	large, err := os.ReadFile(img.Name())
	must(t, err)
	d := dirtied{img: small, want: large}
	d.log, err = journalBlocks(small)
	must(t, err)
	in, err := f.file(stat(t, f, "large").Ino)
	must(t, err)
	must(t, in.eachRun(func(r run) error {
		copy(small[r.start*1024:r.end*1024], large[r.start*1024:])
		return nil
	}, nil))
	d.write(0, layout.JournalIncompatRevoke|layout.JournalIncompatCsumV3)
	_, err = img.WriteAt(d.img, 0)
	must(t, err)
	old, err := open(img, 12<<20)
	must(t, err)
	recovered(t, img)
	if now := edit(t, img).blocks; old.blocks != 8<<10 || now != 12<<10 {
		t.Errorf("%d blocks became %d", old.blocks, now)
	}
}

// FuzzReplay spoils such images, six bytes a change: where and what, mostly in
// the log. Whatever is accepted can be checked, and nothing is written where it
// is not.
func FuzzReplay(f *testing.F) {
	for i := range 4 {
		f.Add(uint8(2*i), []byte{})
		f.Add(uint8(2*i+1), []byte{0x0F, 0x04, 0, 0, 3, 1})
		f.Add(uint8(2*i+1), []byte{0x1C, 0x04, 0, 0, 9, 1, 0x18, 0, 0, 0, 1, 1})
	}
	f.Fuzz(func(t *testing.T, which uint8, patches []byte) {
		list, err := dirty()
		must(t, err)
		d := list[int(which>>1)%len(list)]
		d.img = bytes.Clone(d.img)
		for ; len(patches) >= 6; patches = patches[6:] {
			off := int(binary.LittleEndian.Uint32(patches)) % (len(d.img) - 4)
			if patches[5]&1 != 0 {
				off = d.log[off%(40<<10)/1024] + off%1024
			} else if patches[5]&2 != 0 {
				off %= 120 << 10
			}
			d.img[off] = patches[4]
		}
		if which&1 != 0 {
			seed{}.reseal(d.img)
			d.seal()
		}
		before := bytes.Clone(d.img)
		img := &ram{d.img, 1 << 20}
		size := int64(len(img.b))
		if r, err := Open(img, size); err == nil {
			readAll(r, ".", 0)
			_ = fmt.Sprint(r.Recovered())
		}
		w, err := OpenWritable(img, size, Options{Time: editTime})
		if errors.Is(err, errEndless) {
			t.Fatal(err)
		}
		if err != nil {
			if !bytes.Equal(before, img.b) {
				t.Fatalf("the image was changed: %v", err)
			}
			return
		}
		_ = w.WriteFile("d/new", data("more", 3000), 0o644)
		_ = w.Sync()
		if _, err := Check(context.Background(), img, size, CheckOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}
