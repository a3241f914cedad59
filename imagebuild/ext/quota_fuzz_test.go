package ext

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/quota"
)

// quotaSeed is a small file system with quota files for users and groups, and
// where on the disk the blocks of the first lie.
var quotaSeed = sync.OnceValues(func() ([]byte, error) {
	const size = 1 << 20
	r := &ram{make([]byte, size), 1 << 30}
	err := Format(r, size, FormatOptions{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Time: stampTime})
	if err != nil {
		return nil, err
	}
	f, err := OpenWritable(r, size, Options{Time: editTime})
	if err != nil {
		return nil, err
	}
	f.sb.SetROCompat(f.sb.ROCompat() | layout.ROQuota)
	for i, ino := range []uint32{layout.InodeUserQuota, layout.InodeGroupQuota} {
		binary.LittleEndian.PutUint32(f.sb[0x240+4*i:], ino)
		in := &inode{Inode: make(layout.Inode, f.inodeSize), fs: f, no: ino}
		in.SetMode(layout.ModeRegular | 0o600)
		in.SetLinksCount(1)
		in.initExtents()
		s := quotaBlocks{in}
		var b []byte
		for n := uint32(0); err == nil && n < 2; n++ {
			if err = s.Append(n); err == nil && n == 0 {
				b, err = s.EditBlock(0)
			}
		}
		if err != nil {
			return nil, err
		}
		h := layout.QuotaInfo(b)
		h.SetMagic([]uint32{layout.QuotaMagicUser, layout.QuotaMagicGroup}[i])
		h.SetVersion(layout.QuotaVersion)
		h.SetBlocks(2)
		q, err := quota.Open(s, quota.Kind(i), in.size())
		if err == nil {
			err = q.Set(0, quota.Usage{Space: 1024 + 12288, Inodes: 2}) // the root and lost+found
		}
		if err != nil {
			return nil, err
		}
	}
	f.edited = true
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if f, err = OpenWritable(r, size, Options{Time: editTime}); err != nil {
		return nil, err
	}
	errs := []error{f.Mkdir("many", 0o755), f.Mkdir("d", 0o755), f.WriteFile("d/file", data("f", 30_000), 0o644)}
	for i := range 40 {
		name := "many/" + itoa(uint32(i))
		errs = append(errs, f.WriteFile(name, data("q", i), 0o644), f.Chown(name, i<<uint(i%20), i%20))
	}
	return r.b, errors.Join(append(errs, f.Sync())...)
})

// Whatever the quota file holds, edits end, in bounds; and one that is right is so
// after them.
func FuzzQuota(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 1})
	f.Add([]byte{0x14, 0, 255, 0x18, 0, 3, 0, 4, 1})
	f.Add([]byte{0x00, 0x04, 5, 0x08, 0x14, 12})
	f.Fuzz(func(t *testing.T, patches []byte) {
		seed, err := quotaSeed()
		must(t, err)
		b := slices.Clone(seed)
		fsys, err := Open(&ram{b, 1 << 20}, int64(len(b)))
		must(t, err)
		in, err := fsys.readInode(layout.InodeUserQuota)
		must(t, err)
		for ; len(patches) >= 3; patches = patches[3:] {
			at := uint64(binary.LittleEndian.Uint16(patches)) % in.size()
			p, err := in.find(at/1024, 1)
			must(t, err)
			b[p.start*1024+at%1024] = patches[2]
		}
		r := &ram{b, 1 << 21}
		problems, err := Check(context.Background(), r, int64(len(b)), CheckOptions{})
		must(t, err)
		if fsys, err = OpenWritable(r, int64(len(b)), Options{Time: editTime}); err != nil {
			return
		}
		errs := []error{
			fsys.WriteFile("new", data("n", 20_000), 0o644), fsys.Chown("new", 1<<31, 77),
			fsys.Chown("many/3", 5, 6), fsys.Chown("many/4", 1<<20, -1), fsys.Remove("many/7"),
			fsys.Truncate("d/file", 100), fsys.RemoveAll("many"), fsys.Mkdir("many", 0o755), fsys.Chown("many", 9, 9),
			fsys.Sync(),
		}
		if r.calls < 0 {
			t.Error("edits do not end")
		}
		if len(problems) > 0 {
			return
		}
		must(t, errors.Join(errs...))
		r.calls = 1 << 21
		if problems, err := Check(context.Background(), r, int64(len(b)), CheckOptions{}); err != nil || len(problems) > 0 {
			t.Errorf("after edits of what was consistent: %v, %v", problems, err)
		}
	})
}

// The seed is what e2fsck calls clean, and so is what edits make of it.
func TestQuotaSeed(t *testing.T) {
	b, err := quotaSeed()
	must(t, err)
	need(t, "e2fsck")
	img, err := os.Create(filepath.Join(t.TempDir(), "seed.img"))
	must(t, err)
	t.Cleanup(func() { _ = img.Close() })
	_, err = img.Write(b)
	must(t, err)
	judge(t, img.Name())
	f := edit(t, img)
	must(t, f.RemoveAll("many"))
	finish(t, f, img)
}
