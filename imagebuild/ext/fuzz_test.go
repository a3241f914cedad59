package ext

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"lbimage/imagebuild/ext/internal/extents"
	"lbimage/imagebuild/ext/internal/layout"
)

// ram is a device in memory that gives out after a number of calls, so that an
// endless walk is told from a long one.
type ram struct {
	b     []byte
	calls int
}

var errEndless = errors.New("more reads and writes than any edit here needs")

func (r *ram) ReadAt(p []byte, off int64) (int, error) {
	if r.calls--; r.calls < 0 {
		return 0, errEndless
	}
	if off < 0 || off >= int64(len(r.b)) {
		return 0, io.EOF
	}
	n := copy(p, r.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *ram) WriteAt(p []byte, off int64) (int, error) {
	if r.calls--; r.calls < 0 {
		return 0, errEndless
	}
	if off < 0 || off+int64(len(p)) > int64(len(r.b)) {
		panic("a write outside the device")
	}
	return copy(r.b[off:], p), nil
}

// seeds are small file systems with something of everything, made by ourselves:
// block maps, extents with and without checksums.
var seeds = sync.OnceValues(func() ([][]byte, error) {
	var out [][]byte
	for _, o := range []FormatOptions{
		{Type: "ext3", BlockSize: 1024, JournalBlocks: -1, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Modern: true, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Modern: true, Label: "inline", Time: stampTime},
	} {
		const size = 1 << 20
		r := &ram{make([]byte, size), 1 << 30}
		if err := Format(r, size, o); err != nil {
			return nil, err
		}
		if o.Label == "inline" {
			withInline(r.b)
		}
		f, err := OpenWritable(r, size, Options{Time: editTime})
		if err != nil {
			return nil, err
		}
		errs := []error{
			f.Mkdir("d", 0o755), f.Mkdir("d/sub", 0o755), f.WriteFile("d/file", data("f", 30_000), 0o644),
			f.Symlink("d/file", "link"), f.Symlink(strings.Repeat("x/", 100), "slow"), f.Link("d/file", "hard"),
			f.SetXattr("d/file", "user.a", []byte("value")), f.SetXattr("d", "user.b", data("b", 400)),
			f.Mknod("dev", fs.ModeDevice, 8, 1), f.Mkdir("many", 0o755),
		}
		for i := range 60 {
			errs = append(errs, f.Symlink("x", fmt.Sprintf("many/%s%d", strings.Repeat("name", 7), i)))
		}
		w, err := f.OpenFile("pieces", os.O_CREATE|os.O_RDWR, 0o644)
		errs = append(errs, err)
		for i := range int64(12) {
			_, err := w.WriteAt([]byte("piece"), i*3000)
			errs = append(errs, err)
		}
		if err := errors.Join(append(errs, f.Sync())...); err != nil {
			return nil, err
		}
		out = append(out, r.b)
	}
	return out, nil
})

// withInline gives a new file system the feature inline_data.
func withInline(b []byte) {
	sb := layout.Superblock(b[layout.SuperblockOffset:][:layout.SuperblockSize])
	sb.SetIncompat(sb.Incompat() | layout.IncompatInlineData)
	reseal(b)
}

// spoiled gives a copy of a seed, changed as patches say: six bytes each, where
// and what. With the lowest bit of which set, checksums are made right again.
func spoiled(t testing.TB, which uint8, patches []byte) []byte {
	list, err := seeds()
	must(t, err)
	b := append([]byte(nil), list[int(which>>1)%len(list)]...)
	for ; len(patches) >= 6 && len(patches) < 600; patches = patches[6:] {
		off := int(binary.LittleEndian.Uint32(patches)) % (len(b) - 4)
		if patches[5]&1 != 0 {
			off = off % (120 << 10) // most metadata lie in front
		}
		b[off] = patches[4]
	}
	if which&1 != 0 {
		reseal(b)
	}
	return b
}

// reseal corrects the checksums of superblock, descriptors and inodes, so that
// what lies behind them is reached.
func reseal(b []byte) {
	sb := layout.Superblock(b[1024:2048])
	if sb.ROCompat()&layout.ROMetadataCsum != 0 {
		sb.SetChecksum(sb.ComputeChecksum())
	}
	g, err := readGeometry(sb, int64(len(b)))
	if err != nil {
		return
	}
	for n := range g.groups {
		off := g.gdtBlock(sb, n/g.perDesc)*uint64(g.bs) + uint64(n%g.perDesc)*uint64(g.descSize)
		if off+uint64(g.descSize) > uint64(len(b)) {
			return
		}
		d := layout.Group(b[off : off+uint64(g.descSize)])
		if g.lazy() {
			d.SetChecksum(sb.GroupChecksum(n, d))
		}
		for i := range g.ipg {
			at := d.InodeTable()*uint64(g.bs) + uint64(i)*uint64(g.inodeSize)
			if !g.csum || at > uint64(len(b)-g.inodeSize) {
				break
			}
			in := layout.Inode(b[at : at+uint64(g.inodeSize)])
			in.SetChecksum(in.ComputeChecksum(sb.ChecksumSeed(), n*g.ipg+i+1))
		}
	}
}

// readAll reads what can be read of a file system.
func readAll(f *FS, name string, depth int) {
	list, err := f.ReadDir(name)
	if err != nil || depth > 6 {
		return
	}
	for _, e := range list {
		sub := join(name, e.Name())
		_, _ = f.Lstat(sub)
		_, _ = f.ReadLink(sub)
		if names, err := f.ListXattr(sub); err == nil {
			for _, a := range names {
				_, _ = f.Xattr(sub, a)
			}
		}
		_, _ = f.ReadFile(sub)
		if e.IsDir() {
			readAll(f, sub, depth+1)
		}
	}
}

// Whatever the bytes, reading ends, in bounds.
func FuzzRead(f *testing.F) {
	for which := range uint8(8) {
		f.Add(which, []byte{0, 0, 0, 0, 0, 0})
		f.Add(which, []byte{0x38, 4, 0, 0, 0x53, 1, 7, 20, 0, 0, 255, 1})
	}
	f.Fuzz(func(t *testing.T, which uint8, patches []byte) {
		b := spoiled(t, which, patches)
		r := &ram{b, 1 << 21}
		fsys, err := Open(r, int64(len(b)))
		if err != nil {
			return
		}
		readAll(fsys, ".", 0)
		if r.calls < 0 {
			t.Error("reading does not end")
		}
	})
}

// Whatever the bytes, edits end, in bounds; and a file system that is consistent
// before is so after.
func FuzzEdit(f *testing.F) {
	for which := range uint8(8) {
		f.Add(which, []byte{0, 0, 0, 0, 0, 0})
		f.Add(which, []byte{0x38, 4, 0, 0, 0x53, 1, 7, 20, 0, 0, 255, 1})
	}
	f.Fuzz(func(t *testing.T, which uint8, patches []byte) {
		b := spoiled(t, which, patches)
		r := &ram{b, 1 << 21}
		fsys, err := OpenWritable(r, int64(len(b)), Options{Time: editTime})
		if err != nil {
			return
		}
		clean := foldersFit(fsys, ".", 0)
		if clean {
			problems, err := Check(context.Background(), r, int64(len(b)), CheckOptions{})
			clean = err == nil && len(problems) == 0
		}
		for _, do := range []func() error{
			func() error { return fsys.WriteFile("new", data("n", 20_000), 0o644) },
			func() error { return fsys.WriteFile("d/file", data("n", 3_000), 0o644) },
			func() error { return fsys.Truncate("pieces", 7_000) },
			func() error { return fsys.Rename("d", "many/d") },
			func() error { return fsys.SetXattr("new", "user.x", data("x", 300)) },
			func() error { return fsys.RemoveXattr("many/d", "user.b") },
			func() error { return fsys.Link("hard", "hard2") },
			func() error { return fsys.Remove("slow") },
			func() error { return fsys.RemoveAll("many") },
			func() error { return fsys.Mkdir("many", 0o755) },
			func() error { return fsys.WriteFile("many/x", data("n", 20_000), 0o644) },
		} {
			if err := do(); err != nil && clean && !errors.Is(err, ErrNoSpace) && !errors.Is(err, ErrNoInodes) && !errors.Is(err, ErrAttrSpace) && !missing(err) {
				t.Errorf("an edit of what is consistent: %v", err)
			}
		}
		if r.calls < 0 {
			t.Error("edits do not end")
		}
		err = fsys.Sync()
		if !clean {
			return
		}
		if err != nil {
			t.Errorf("syncing what was consistent: %v", err)
		}
		r.calls = 1 << 21
		if problems, err := Check(context.Background(), r, int64(len(b)), CheckOptions{}); err != nil || len(problems) > 0 {
			t.Errorf("after edits of what was consistent: %v, %v", problems, err)
		}
	})
}

// foldersFit tells whether no folder has blocks behind its end: a cheap look before
// the full check.
func foldersFit(f *FS, name string, depth int) bool {
	list, err := f.ReadDir(name)
	if err != nil || depth > 6 {
		return false
	}
	s, err := f.get(name, false)
	if err == nil && s.in.hasExtents() {
		err = s.in.tree().Each(func(e extents.Extent) error {
			if e.End()*uint64(f.bs) > s.in.size() {
				return errors.New("behind the end")
			}
			return nil
		}, nil)
	}
	if err != nil {
		return false
	}
	for _, e := range list {
		if e.IsDir() && !foldersFit(f, join(name, e.Name()), depth+1) {
			return false
		}
	}
	return true
}

// missing tells of errors that names changed by a patch explain.
func missing(err error) bool {
	for _, known := range []error{fs.ErrNotExist, fs.ErrExist, ErrNoAttr, ErrNotDir, ErrIsDir, ErrTooManyLinks, fs.ErrInvalid} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
