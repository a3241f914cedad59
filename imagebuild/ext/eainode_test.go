package ext

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// value gives the value of an attribute: often the same, often of a size at which
// it goes from one place to another.
func (w *walker) value() []byte {
	n := []int{0, 40, w.bs - 60, w.bs, w.values}[w.rnd.Intn(5)] + w.rnd.Intn(60)
	if w.rnd.Intn(3) == 0 {
		n = w.rnd.Intn(w.values + 1)
	}
	return data(fmt.Sprint(w.rnd.Intn(3)), min(n, w.values))
}

// eaShapes are ways to make file systems whose attributes may be large.
var eaShapes = map[string]string{
	"1 KiB":              "-b 1024 -I 256 -O none," + feat8 + ",ea_inode",
	"4 KiB":              "-b 4096 -I 256 -O none," + feat8 + ",ea_inode",
	"stored seed":        "-b 1024 -I 256 -O none," + feat8 + ",ea_inode,metadata_csum_seed",
	"short inodes":       "-b 1024 -I 128 -O none," + feat4 + ",ea_inode",
	"without extents":    "-b 1024 -I 256 -O none," + feat3 + ",ea_inode",
	"inline data":        "-b 1024 -I 512 -O none," + feat8 + ",ea_inode,inline_data",
	"64 KiB":             "-b 65536 -I 256 -O none," + drop(feat8, "has_journal", "resize_inode") + ",ea_inode",
	"descriptors of 128": "-b 1024 -I 256 -E desc_size=128 -O none," + drop(feat8, "resize_inode") + ",ea_inode",
}

// A value that fits nowhere else gets an inode, which goes with it.
func TestLargeValues(t *testing.T) {
	for name, args := range eaShapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := makeImage(t, 24<<20, 0, strings.Fields(args)...)
			f := edit(t, img)
			must(t, f.WriteFile("file", []byte("contents"), 0o644))
			must(t, f.Mkdir("dir", 0o755))
			before := f.Info()
			sizes := []int{0, 1, 300, f.bs - 100, f.bs - 56, f.bs - 55, f.bs, min(f.bs+1, 65536), 5000, 65535, 65536}
			for i, n := range sizes {
				must(t, f.SetXattr("file", "user.v", data("v", n)))
				if i%3 == 0 {
					must(t, f.SetXattr("file", "user.more", data("m", min(n, 5000))))
				}
				must(t, f.SetXattr("dir", "security.x", data("d", 65536-n)))
				f = finish(t, f, img)
				for name, want := range map[string][]byte{"user.v": data("v", n), "user.more": data("m", min(sizes[i-i%3], 5000))} {
					if got, err := f.Xattr("file", name); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s: %d bytes instead of %d, %v", name, len(got), n, err)
					}
				}
				if got, err := f.Xattr("dir", "security.x"); err != nil || !bytes.Equal(got, data("d", 65536-n)) {
					t.Errorf("security.x: %d bytes, %v", len(got), err)
				}
			}
			if err := f.SetXattr("file", "user.v", make([]byte, 65537)); !errors.Is(err, ErrAttrSpace) {
				t.Errorf("65537 bytes: %v", err)
			}
			// A file with such values is opened, renamed, linked, and written as any other.
			must(t, f.Rename("file", "dir/file"))
			must(t, f.Chown("dir/file", 7, 8))
			must(t, f.WriteFile("dir/file", data("c", 9000), 0))
			f = finish(t, f, img)
			wantFile(t, f, "dir/file", data("c", 9000))
			must(t, f.RemoveAll("dir"))
			f = finish(t, f, img)
			must(t, f.WriteFile("file", []byte("contents"), 0o644))
			must(t, f.Mkdir("dir", 0o755))
			if after := finish(t, f, img).Info(); after.FreeBlocks != before.FreeBlocks || after.FreeInodes != before.FreeInodes {
				t.Errorf("%d blocks and %d inodes are free, not %d and %d", after.FreeBlocks, after.FreeInodes, before.FreeBlocks, before.FreeInodes)
			}
		})
	}
}

// When the block with the entry is shared, it is the block that counts.
func TestLargeValueInSharedBlock(t *testing.T) {
	img := makeImage(t, 16<<20, 0, strings.Fields(eaShapes["1 KiB"])...)
	f := edit(t, img)
	for i := range 4 {
		must(t, f.WriteFile(fmt.Sprint("f", i), nil, 0o644))
	}
	free := f.Info()
	long := "user." + strings.Repeat("n", 100) // the inode has no room for it
	must(t, f.SetXattr("f0", "user.block", data("b", 700)))
	must(t, f.SetXattr("f0", long, data("l", 5000)))
	s, err := f.get("f0", false)
	must(t, err)
	body, block, err := s.in.attrs()
	must(t, err)
	if len(body) != 0 || len(block) != 2 || block[0].ValueInode == 0 && block[1].ValueInode == 0 {
		t.Fatalf("%d and %d attributes", len(body), len(block))
	}
	value := max(block[0].ValueInode, block[1].ValueInode)
	refs := func() uint64 {
		in, err := f.readInode(value)
		must(t, err)
		if in.LinksCount() == 0 {
			return 0
		}
		return in.ValueRefs()
	}
	for i := range 3 {
		name := fmt.Sprint("f", i+1)
		share(t, f, "f0", name)
		s, err := f.get(name, false)
		must(t, err)
		must(t, s.in.addBlocks(5))
		must(t, s.in.put())
	}
	f = finish(t, f, img)
	for i, step := range []struct {
		do   func() error
		refs uint64
	}{
		{func() error { return f.SetXattr("f1", "user.block", data("c", 690)) }, 2},
		{func() error { return f.SetXattr("f1", "user.block", data("c", 600)) }, 2},
		{func() error { return f.RemoveXattr("f2", long) }, 2},
		{func() error { return f.Remove("f3") }, 2},
		{func() error { return f.Remove("f1") }, 1},
		{func() error { return f.RemoveXattr("f0", "user.block") }, 1},
		{func() error { return f.RemoveXattr("f0", long) }, 0},
		{func() error { return f.Remove("f2") }, 0},
	} {
		must(t, step.do())
		if got := refs(); got != step.refs {
			t.Errorf("step %d: %d references, not %d", i, got, step.refs)
		}
		f = finish(t, f, img)
	}
	if now := f.Info(); now.FreeBlocks != free.FreeBlocks || now.FreeInodes != free.FreeInodes+3 {
		t.Errorf("%d blocks and %d inodes are free, not %d and %d", now.FreeBlocks, now.FreeInodes, free.FreeBlocks, free.FreeInodes+3)
	}
}

// Long random walks with values from 0 to 64 KiB.
func TestRandomWalkLargeValues(t *testing.T) {
	for i, name := range []string{"1 KiB", "4 KiB", "short inodes", "inline data"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := makeImage(t, 32<<20, 0, strings.Fields(eaShapes[name])...)
			f := edit(t, img)
			must(t, f.MkdirAll("etc/sysconfig", 0o755))
			must(t, f.WriteFile("etc/passwd", data("p", 900), 0o644))
			n, seed := rounds(t)
			w := newWalker(t, seed+int64(900+i), f)
			w.values = layout.XattrValueMax
			for round := range n {
				for range 75 {
					w.step()
				}
				must(t, w.fs.Sync())
				if complaint := complaints(t, img.Name()); complaint != "" {
					t.Fatalf("round %d: e2fsck:\n%s\nafter\n%s", round, complaint, strings.Join(w.log[max(0, len(w.log)-75):], "\n"))
				}
				w.use(edit(t, img))
				w.m.compare(t, w.fs)
			}
		})
	}
}

// What debugfs has written is read, replaced and removed.
func TestLargeValueOfDebugfs(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_ea_inode"))
	want := data("value", 20_000)
	file := img.Name() + ".value"
	must(t, os.WriteFile(file, want, 0o644))
	for _, name := range []string{"/etc/passwd", "/etc", "/usr/bin/f1"} {
		debugfs(t, img.Name(), "ea_set -f "+file+" "+name+" user.large")
	}
	// debugfs forgets that the owner counts the value's blocks as its own.
	command(t, nil, "sh", "-c", "e2fsck -fy "+img.Name()+" || [ $? = 1 ]")
	f := edit(t, img)
	got, err := f.Xattr("etc/passwd", "user.large")
	if err != nil || len(got) < 4096 || !bytes.HasPrefix(want, got) { // debugfs cuts it
		t.Errorf("%d bytes, %v", len(got), err)
	}
	must(t, f.RemoveXattr("etc/passwd", "user.large"))
	must(t, f.SetXattr("etc", "user.large", want))
	must(t, f.Remove("usr/bin/f1"))
	f = finish(t, f, img)
	if got, err := f.Xattr("etc", "user.large"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// A value that is not what its entry says is refused, and stays.
func TestLargeValueDamaged(t *testing.T) {
	args := strings.Fields(drop(strings.ReplaceAll(eaShapes["1 KiB"], "metadata_csum,", ""), "metadata_csum"))
	for name, c := range map[string]struct {
		spoil func(in *inode)
		says  string
	}{
		"hash":      {func(in *inode) { in.SetValueHash(in.ValueHash() ^ 1) }, "before Linux 4.13"},
		"flag":      {func(in *inode) { in.SetFlags(in.Flags() &^ layout.InodeFlagEAInode) }, "no inode for values"},
		"folder":    {func(in *inode) { in.SetMode(layout.ModeDir | 0o600) }, "no inode for values"},
		"links":     {func(in *inode) { in.SetLinksCount(2) }, "no inode for values"},
		"size":      {func(in *inode) { in.SetSize(4999) }, "a value of 4999 bytes"},
		"count":     {func(in *inode) { in.SetValueRefs(0) }, "counts no one"},
		"attribute": {func(in *inode) { in.SetFileACL(77) }, "no inode for values"},
	} {
		img := makeImage(t, 16<<20, 0, args...)
		f := edit(t, img)
		must(t, f.WriteFile("file", nil, 0o644))
		must(t, f.SetXattr("file", "user.v", data("v", 5000)))
		s, err := f.get("file", false)
		must(t, err)
		body, _, err := s.in.attrs()
		must(t, err)
		in, err := f.readInode(body[0].ValueInode)
		must(t, err)
		c.spoil(in)
		must(t, in.put())
		must(t, f.Sync())
		for what, do := range map[string]func(f *FS) error{
			"set":     func(f *FS) error { return f.SetXattr("file", "user.v", []byte("new")) },
			"another": func(f *FS) error { return f.SetXattr("file", "user.w", []byte("new")) },
			"remove":  func(f *FS) error { return f.RemoveXattr("file", "user.v") },
		} {
			f := edit(t, img)
			if err := do(f); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, %s: %v, which does not say %q", name, what, err, c.says)
			}
			if f.failed != nil {
				t.Errorf("%s, %s: broke off in the midst", name, what)
			}
		}
	}
}

// A value whose bytes changed is not handed out.
func TestLargeValueRots(t *testing.T) {
	img := makeImage(t, 16<<20, 0, strings.Fields(eaShapes["1 KiB"])...)
	f := edit(t, img)
	must(t, f.WriteFile("file", nil, 0o644))
	must(t, f.SetXattr("file", "user.v", data("v", 5000)))
	s, err := f.get("file", false)
	must(t, err)
	body, _, err := s.in.attrs()
	must(t, err)
	in, err := f.readInode(body[0].ValueInode)
	must(t, err)
	p, err := in.find(2, 1)
	must(t, err)
	f = finish(t, f, img)
	raw(t, img, int64(p.start)*1024, 1, func(b []byte) { b[0] ^= 1 })
	if _, err := f.Xattr("file", "user.v"); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("inode %d: the hash", in.no)) {
		t.Error(err)
	}
}

// Without the feature, and with quota files beside it, nothing is put outside.
func TestLargeValuesRefused(t *testing.T) {
	img := makeImage(t, 16<<20, 0, strings.Fields("-b 1024 -I 256 -O none,"+feat8)...)
	f := edit(t, img)
	must(t, f.WriteFile("file", nil, 0o644))
	if err := f.SetXattr("file", "user.v", make([]byte, 2000)); !errors.Is(err, ErrAttrSpace) {
		t.Error(err)
	}
	finish(t, f, img)
	img = makeImage(t, 16<<20, 0, strings.Fields(eaShapes["1 KiB"]+",quota")...)
	if _, err := OpenWritable(img, sizeOf(t, img), Options{Time: editTime}); err == nil || !strings.Contains(err.Error(), "quota, ea_inode") {
		t.Error(err)
	}
}
