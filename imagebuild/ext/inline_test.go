package ext

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

func inlineShapes() []shape {
	var out []shape
	for _, s := range shapes {
		if strings.Contains(s.args, "inline_data") && !strings.Contains(s.args, "bigalloc") { // which counts otherwise
			out = append(out, s)
		}
	}
	return out
}

func wantInline(t testing.TB, f *FS, name string, want bool) {
	t.Helper()
	st := stat(t, f, name)
	if have := st.Flags&layout.InodeFlagInlineData != 0; have != want {
		t.Errorf("%s: lies in its inode: %v", name, have)
	}
	if want && st.Sectors != 0 && st.Sectors != int64(f.bs/512) { // there may be a block of attributes
		t.Errorf("%s: takes %d sectors", name, st.Sectors)
	}
}

// inodeOf gives a copy of an inode.
func inodeOf(t testing.TB, f *FS, name string) *inode {
	t.Helper()
	s, err := f.get(name, false)
	must(t, err)
	return s.in
}

func roomOf(t testing.TB, f *FS, name string) int {
	t.Helper()
	n, err := inodeOf(t, f, name).inlineRoom()
	must(t, err)
	return n
}

// Contents stay in the inode up to its last byte, whatever is done to them, and
// move to blocks with the next one.
func TestInlineFiles(t *testing.T) {
	for _, s := range inlineShapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			must(t, f.WriteFile("new", nil, 0o644))
			wantInline(t, f, "new", true)
			room := roomOf(t, f, "new")
			if want := f.inodeSize - 128 - 32 - 4 - 4 - 20 + 60; room != want {
				t.Errorf("room for %d bytes, not %d", room, want)
			}
			free := f.Info().FreeBlocks
			for _, n := range []int{0, 1, 59, 60, 61, room - 1, room} {
				must(t, f.WriteFile(fmt.Sprint("whole", n), data("w", n), 0o644))
				wantInline(t, f, fmt.Sprint("whole", n), true)
			}
			if got := f.Info().FreeBlocks; got != free {
				t.Errorf("files in their inodes took %d blocks", free-got)
			}
			must(t, f.WriteFile("over", data("w", room+1), 0o644))
			wantInline(t, f, "over", false)

			model := []byte{}
			steps := func(name string, do func(w *File) error, change func([]byte) []byte) {
				t.Helper()
				w, err := f.OpenFile("new", os.O_RDWR, 0)
				must(t, err)
				must(t, do(w))
				must(t, w.Close())
				model = change(model)
				wantFile(t, f, "new", model)
				wantInline(t, f, "new", len(model) <= room)
				if t.Failed() {
					t.Fatal(name)
				}
			}
			write := func(off, n int) {
				p := data(fmt.Sprint(off, n), n)
				steps("write", func(w *File) error { _, err := w.WriteAt(p, int64(off)); return err }, func(b []byte) []byte {
					th := &thing{data: b, attrs: map[string]string{}}
					th.write(p, off)
					return th.data
				})
			}
			truncate := func(n int) {
				steps("truncate", func(w *File) error { return w.Truncate(int64(n)) }, func(b []byte) []byte {
					th := &thing{data: b, attrs: map[string]string{}}
					th.truncate(n)
					return th.data
				})
			}
			punch := func(off, n int) {
				steps("punch", func(w *File) error { return w.PunchHole(int64(off), int64(n)) }, func(b []byte) []byte {
					clear(b[min(off, len(b)):min(off+n, len(b))])
					return b
				})
			}
			write(0, 20)
			write(10, 30)
			write(70, 10) // zeros between
			punch(5, 70)
			punch(75, 1000)
			truncate(65)
			truncate(room)
			write(room-5, 5)
			truncate(30)
			truncate(room)
			write(50, 20)
			must(t, f.SetXattr("new", "user.a", []byte("beside")))
			wantInline(t, f, "new", true)
			f = finish(t, f, img)
			wantFile(t, f, "new", model)
			for _, way := range []func(){
				func() { write(room-10, 30) },
				func() { write(3*f.bs+7, 100) },
				func() { truncate(room + 1) },
				func() { truncate(5*f.bs + 3) },
			} {
				model = nil
				must(t, f.Remove("new"))
				must(t, f.WriteFile("new", nil, 0o644))
				write(0, room-20)
				way()
				wantInline(t, f, "new", false)
				write(20, 30)
				f = finish(t, f, img)
				wantFile(t, f, "new", model)
			}
			must(t, f.Truncate("new", 3))
			wantInline(t, f, "new", false)
			must(t, f.WriteFile("whole60", data("large", 70_000), 0o644))
			must(t, f.WriteFrom("whole61", bytes.NewReader(data("large", 90_000)), 0o644))
			must(t, f.WriteFile("whole59", data("small", 40), 0o644))
			wantInline(t, f, "whole59", true)
			must(t, f.Remove("whole1"))
			f = finish(t, f, img)
			wantFile(t, f, "whole60", data("large", 70_000))
			wantFile(t, f, "whole61", data("large", 90_000))
			if got := f.Info().FreeBlocks; got >= free {
				t.Errorf("%d blocks are free", got)
			}
		})
	}
}

// Attributes and contents share the inode: neither drives the other out.
func TestInlineBesideAttributes(t *testing.T) {
	for _, s := range inlineShapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			must(t, f.WriteFile("file", nil, 0o644))
			room := roomOf(t, f, "file")
			must(t, f.WriteFile("file", data("f", room), 0o644))
			must(t, f.Mkdir("dir", 0o755))
			must(t, f.WriteFile("dir/name", nil, 0o644))
			for _, name := range []string{"file", "dir"} {
				for i := range 6 { // into the block
					must(t, f.SetXattr(name, fmt.Sprintf("user.attr%d", i), data("a", 40+i)))
				}
			}
			wantInline(t, f, "file", true)
			wantInline(t, f, "dir", true)
			wantFile(t, f, "file", data("f", room))
			must(t, f.Truncate("file", 10))
			must(t, f.SetXattr("file", "user.attr0", data("b", 44))) // into the inode
			f = finish(t, f, img)
			if n := roomOf(t, f, "file"); n > room-40 {
				t.Errorf("an attribute takes no room: %d of %d bytes", n, room)
			}
			must(t, f.WriteFile("file", data("f", room), 0o644))
			wantInline(t, f, "file", false)
			for i := range 6 {
				must(t, f.RemoveXattr("dir", fmt.Sprintf("user.attr%d", i)))
			}
			f = finish(t, f, img)
			wantInline(t, f, "dir", true)
			wantFile(t, f, "file", data("f", room))
			names, err := f.ListXattr("file")
			must(t, err)
			if len(names) != 6 {
				t.Errorf("%q", names)
			}
			if _, err := f.Lstat("dir/name"); err != nil {
				t.Error(err)
			}
			if err := f.SetXattr("file", "system.data", nil); !errors.Is(err, ErrUnsupported) {
				t.Errorf("system.data can be set: %v", err)
			}
		})
	}
}

// A folder in its inode takes names until it is full, moves, and gets a block.
func TestInlineFolders(t *testing.T) {
	for _, s := range inlineShapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			must(t, f.Mkdir("here", 0o755))
			must(t, f.Mkdir("here/sub", 0o755))
			must(t, f.WriteFile("here/sub/file", []byte("text"), 0o644))
			must(t, f.Mkdir("there", 0o700))
			for _, name := range []string{"here", "here/sub", "there"} {
				wantInline(t, f, name, true)
			}
			if n := stat(t, f, "here/sub").Size; n != 60 {
				t.Errorf("a folder of %d bytes", n)
			}
			must(t, f.Rename("here/sub/file", "here/sub/other"))
			must(t, f.Rename("here/sub", "there/moved")) // its ".." changes in the inode
			f = finish(t, f, img)
			wantFile(t, f, "there/moved/other", []byte("text"))
			must(t, f.Mkdir("here/empty", 0o755))
			must(t, f.Rename("there/moved", "here/empty")) // over an empty one
			if err := f.Remove("here/empty"); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("a folder with a file: %v", err)
			}
			must(t, f.Remove("here/empty/other"))
			must(t, f.Remove("here/empty"))

			grown := false
			n := 0
			for ; stat(t, f, "there").Flags&layout.InodeFlagInlineData != 0; n++ {
				must(t, f.Link("etc/passwd", fmt.Sprintf("there/link%d", n)))
				grown = grown || stat(t, f, "there").Size > 60
				if n%2 == 0 {
					f = finish(t, f, img)
				}
			}
			if !grown || n < 5 {
				t.Errorf("%d names, grown %v", n, grown)
			}
			f = finish(t, f, img)
			if got, want := stat(t, f, "there").Size, int64(f.bs); got != want {
				t.Errorf("a folder of %d bytes, not %d", got, want)
			}
			list, err := f.ReadDir("there")
			must(t, err)
			if len(list) != n {
				t.Errorf("%d names, not %d", len(list), n)
			}
			for i := range n {
				must(t, f.Remove(fmt.Sprintf("there/link%d", i)))
			}
			must(t, f.Remove("there"))
			must(t, f.MkdirAll("a/b/c/d", 0o755))
			// A long name asks for a block at once, where it does not fit the rest.
			must(t, f.WriteFile("a/b/c/"+strings.Repeat("long", 60), nil, 0o644))
			must(t, f.WriteFile("a/b/c/"+strings.Repeat("more", 60), nil, 0o644))
			must(t, f.WriteFile("a/b/c/"+strings.Repeat("even", 60), nil, 0o644))
			must(t, f.WriteFile("a/b/c/"+strings.Repeat("last", 60), nil, 0o644))
			must(t, f.Rename("a/b/c", "here/c"))
			f = finish(t, f, img)
			must(t, f.RemoveAll("a"))
			must(t, f.RemoveAll("here"))
			finish(t, f, img)
		})
	}
}

// Links in the inode, as kernels before 5.19 and mke2fs make them, are read,
// replaced and removed; new ones get a block.
func TestInlineLinks(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_inline"))
	f := edit(t, img)
	const old = "usr/bin/sl60"
	wantInline(t, f, old, true)
	if got, err := f.ReadLink(old); err != nil || got != strings.Repeat("y", 60) {
		t.Errorf("%q, %v", got, err)
	}
	must(t, f.SetXattr(old, "security.selinux", data("label", 40)))
	wantInline(t, f, old, true)
	must(t, f.Rename(old, "link"))
	f = finish(t, f, img)
	if err := f.SetXattr("link", "trusted.a", data("a", 5000)); !errors.Is(err, ErrAttrSpace) || f.failed != nil {
		t.Errorf("%v, failed: %v", err, f.failed)
	}
	must(t, f.SetXattr("link", "trusted.a", data("a", 70))) // it moves to a block
	wantInline(t, f, "link", false)
	must(t, f.SetXattr("link", "trusted.b", data("b", 70)))
	must(t, f.SetXattr("link", "trusted.b", data("b", 700)))
	must(t, f.Symlink(strings.Repeat("z", 60), "new"))
	wantInline(t, f, "new", false)
	f = finish(t, f, img)
	if got, err := f.ReadLink("link"); err != nil || got != strings.Repeat("y", 60) {
		t.Errorf("%q, %v", got, err)
	}
	must(t, f.Rename("new", "link"))
	must(t, f.Remove("link"))
	finish(t, f, img)
}

// Kernels before 6.18 let a file in its inode grow: what the inode has no bytes
// for reads as zeros.
func TestInlineGrownByKernel(t *testing.T) {
	for _, s := range inlineShapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			want := make([]byte, 9000)
			copy(want, "text")
			names := []string{"truncated", "grown", "written", "appended", "punched", "replaced", "removed", "small"}
			for _, name := range names {
				must(t, f.WriteFile(name, []byte("text"), 0o644))
				in := inodeOf(t, f, name)
				in.SetSize(9000)
				must(t, f.change(in.put))
			}
			f = finish(t, f, img)
			for _, name := range names {
				wantInline(t, f, name, true)
				wantFile(t, f, name, want)
			}
			must(t, f.Truncate("truncated", 8000))
			must(t, f.Truncate("grown", 20_000))
			must(t, f.Truncate("small", 2))
			at := func(name string, do func(*File) error) {
				w, err := f.OpenFile(name, os.O_RDWR, 0)
				must(t, err)
				must(t, do(w))
			}
			at("written", func(w *File) error { _, err := w.WriteAt([]byte("there"), 8500); return err })
			at("appended", func(w *File) error { _, err := w.WriteAt([]byte("there"), 9000); return err })
			at("punched", func(w *File) error { return w.PunchHole(1, 8000) })
			must(t, f.WriteFile("replaced", []byte("new"), 0))
			must(t, f.Remove("removed"))
			f = finish(t, f, img)
			wantFile(t, f, "truncated", want[:8000])
			wantFile(t, f, "grown", append(bytes.Clone(want), make([]byte, 11_000)...))
			wantFile(t, f, "small", []byte("te"))
			wantFile(t, f, "written", append(append(bytes.Clone(want[:8500]), "there"...), make([]byte, 495)...))
			wantFile(t, f, "appended", append(bytes.Clone(want), "there"...))
			punched := make([]byte, 9000)
			punched[0] = 't'
			wantFile(t, f, "punched", punched)
			wantFile(t, f, "replaced", []byte("new"))
			for name, inline := range map[string]bool{"truncated": false, "written": false, "small": true, "punched": true, "replaced": true} {
				wantInline(t, f, name, inline)
			}
		})
	}
}

// What is wrong with contents in an inode is told, and nothing is changed.
func TestInlineFaults(t *testing.T) {
	drop := func(in *inode) {
		list, i, err := in.inlineAttrs()
		must(t, err)
		must(t, xattr.PutInode(in.Inode, append(list[:i:i], list[i+1:]...)))
	}
	for name, c := range map[string]struct {
		shape string
		spoil func(file, folder *inode)
		says  string
	}{
		"no system.data": {"ext4_inline_1k", func(a, b *inode) { drop(a); drop(b) }, "no system.data"},
		"no feature":     {"ext4_el6", func(a, b *inode) {}, "without inline_data"},
		"both": {"ext4_inline", func(a, b *inode) {
			a.SetFlags(a.Flags() | layout.InodeFlagExtents)
			b.SetFlags(b.Flags() | layout.InodeFlagExtents)
		}, "in the inode and elsewhere"},
		"hashed": {"ext4_inline", func(a, b *inode) { drop(a); b.SetFlags(b.Flags() | layout.InodeFlagIndex) }, "in"},
		"size":   {"ext4_inline", func(a, b *inode) { drop(a); b.SetSize(100) }, "in"},
		"names":  {"ext4_inline", func(a, b *inode) { drop(a); b.Block()[9] = 1 }, "in"},
	} {
		img := copyOf(t, shapeNamed(t, c.shape))
		f := edit(t, img)
		must(t, f.WriteFile("file", []byte("text"), 0o644))
		must(t, f.Mkdir("folder", 0o755))
		file, folder := inodeOf(t, f, "file"), inodeOf(t, f, "folder")
		for _, in := range []*inode{file, folder} {
			in.SetFlags(in.Flags()&^layout.InodeFlagExtents | layout.InodeFlagInlineData)
		}
		c.spoil(file, folder)
		must(t, f.change(file.put))
		must(t, f.change(folder.put))
		for what, err := range map[string]error{
			"read":     func() error { _, err := f.ReadFile("file"); return err }(),
			"list":     func() error { _, err := f.ReadDir("folder"); return err }(),
			"write":    f.WriteFile("file", nil, 0),
			"truncate": f.Truncate("file", 1),
			"add":      f.WriteFile("folder/x", nil, 0),
			"mkdir":    f.Mkdir("folder/x", 0),
			"remove":   f.Remove("folder"),
			"all":      f.RemoveAll("folder"),
		} {
			var bad *CorruptError
			if !errors.As(err, &bad) || bad.Inode != file.no && bad.Inode != folder.no || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if f.failed != nil {
			t.Errorf("%s: failed: %v", name, f.failed)
		}
	}
}

// Where there is no room for blocks, what fits inodes can still be made; what
// does not is refused whole.
func TestInlineFull(t *testing.T) {
	for _, s := range inlineShapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			must(t, f.Mkdir("d", 0o755))
			must(t, f.WriteFile("d/small", []byte("text"), 0o644))
			must(t, f.WriteFile("ballast", make([]byte, (f.Info().FreeBlocks-200)*uint64(f.bs)), 0o644))
			for i := 0; f.Info().FreeBlocks > 0; i++ {
				must(t, f.SetXattr(fmt.Sprintf("many/entry_%04d_%s", i, strings.Repeat("x", i%60)), "user.fill", make([]byte, 900)))
			}
			must(t, f.Mkdir("d/e", 0o755))
			must(t, f.WriteFile("d/e/f", data("f", 70), 0o644))
			for what, err := range map[string]error{
				"grow":     f.Truncate("d/small", 50_000),
				"write":    f.WriteFile("d/small", make([]byte, 5000), 0),
				"new":      f.WriteFile("d/large", make([]byte, 5000), 0),
				"names":    f.WriteFile("d/"+strings.Repeat("n", 250), nil, 0),
				"link":     f.Symlink(strings.Repeat("n", 250), "d/x"),
				"new name": f.Rename("d/small", "d/"+strings.Repeat("n", 250)),
			} {
				if fits := f.inodeSize >= 512 && strings.Contains(what, "name"); !fits && !errors.Is(err, ErrNoSpace) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if f.failed != nil {
				t.Fatal(f.failed)
			}
			f = finish(t, f, img)
			wantFile(t, f, "d/e/f", data("f", 70))
			if _, err := f.Lstat("d/large"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("what was refused is there: %v", err)
			}
		})
	}
}

// A default ACL goes to every new inode, in its body or, beside contents, in a
// block. Without a block to have, nothing is made.
func TestInheritedACLNeedsBlock(t *testing.T) {
	for _, name := range []string{"ext3_el5_128", "ext4_inline_1k", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		must(t, f.Mkdir("acl", 0o755))
		list := []aclEntry{{tagUserObj, 7, noID}}
		for i := range uint32(12) {
			list = append(list, aclEntry{tagUser, 5, 100 + i})
		}
		list = append(list, aclEntry{tagGroupObj, 5, noID}, aclEntry{tagMask, 5, noID}, aclEntry{tagOther, 5, noID})
		must(t, f.SetXattr("acl", "system.posix_acl_default", buildACL(list, aclUser)))
		must(t, f.WriteFile("ballast", make([]byte, (f.Info().FreeBlocks-200)*uint64(f.bs)), 0o644))
		for i := 0; f.Info().FreeBlocks > 12; i++ {
			must(t, f.WriteFile(fmt.Sprint("ballast", i), make([]byte, f.bs), 0o644))
		}
		made := 0
		for i := range 40 {
			for _, err := range []error{
				f.Mkdir(fmt.Sprintf("acl/d%d", i), 0o755), f.WriteFile(fmt.Sprintf("acl/f%d", i), []byte("text"), 0o644),
				f.Symlink("x", fmt.Sprintf("acl/s%d", i)),
			} {
				if err == nil {
					made++
				}
				must(t, ignore(err, ErrNoSpace))
			}
		}
		if f.failed != nil || f.Info().FreeBlocks > 2 || made < 5 {
			t.Errorf("%s: %v, %d blocks are free, %d made", name, f.failed, f.Info().FreeBlocks, made)
		}
		finish(t, f, img)
	}
}

// mke2fs -d fills inodes, and all of it is taken over.
func TestInlineByMke2fs(t *testing.T) {
	tree := t.TempDir()
	sizes := []int{0, 1, 59, 60, 61, 100, 127, 128, 129, 160, 161, 300, 800, 1000}
	for _, n := range sizes {
		must(t, os.WriteFile(filepath.Join(tree, fmt.Sprint("f", n)), data("f", n), 0o644))
		must(t, os.MkdirAll(filepath.Join(tree, "d", strings.Repeat("n", n%199+1)), 0o755))
	}
	for _, args := range []string{"-b 1024 -I 256", "-b 4096 -I 1024", "-b 2048 -I 512", "-b 4096 -I 4096"} {
		img := makeImage(t, 8<<20, 0, append(strings.Fields(args), "-d", tree, "-O", "none,"+drop(feat8, "has_journal")+",inline_data")...)
		f := edit(t, img)
		for _, n := range sizes {
			name := fmt.Sprint("f", n)
			wantFile(t, f, name, data("f", n))
			must(t, f.WriteFile(name, data("g", n), 0o644))
			must(t, f.SetXattr(name, "user.a", data("a", 50)))
			must(t, f.Rename(fmt.Sprint("d/", strings.Repeat("n", n%199+1)), fmt.Sprint("d", n)))
		}
		f = finish(t, f, img)
		for _, n := range sizes {
			wantFile(t, f, fmt.Sprint("f", n), data("g", n))
		}
		must(t, f.RemoveAll("d"))
		finish(t, f, img)
	}
}

// Contents in the inode, and values of attributes in inodes of their own.
func TestInlineBesideValues(t *testing.T) {
	for _, args := range []string{"-b 1024 -I 256", "-b 4096 -I 1024"} {
		img := makeImage(t, 16<<20, 0, append(strings.Fields(args), "-O", "none,"+feat8+",inline_data,ea_inode")...)
		f := edit(t, img)
		for i := range 40 {
			n := fmt.Sprint("f", i)
			must(t, f.WriteFile(n, data("n", i*10), 0o644))
			must(t, f.Mkdir("d"+n, 0o755))
			must(t, f.WriteFile("d"+n+"/x", data("n", i*10), 0o644))
			must(t, f.SetXattr(n, "user.large", data("l", i*300)))
			must(t, f.SetXattr("d"+n, "user.large", data("l", i*300)))
			must(t, f.SetXattr("d"+n, "user.small", data("l", i)))
		}
		f = finish(t, f, img)
		for i := range 40 {
			n := fmt.Sprint("f", i)
			must(t, f.WriteFile(n, data("n", i*15), 0o644))
			must(t, f.WriteFile("d"+n+"/more names", data("n", i*10), 0o644))
			must(t, f.WriteFile("d"+n+"/more names to come, and then some, until it does not fit the inode any more", data("n", i*10), 0o644))
		}
		f = finish(t, f, img)
		for i := range 40 {
			n := fmt.Sprint("f", i)
			wantFile(t, f, n, data("n", i*15))
			must(t, f.Remove(n))
			must(t, f.RemoveAll("d"+n))
		}
		finish(t, f, img)
	}
}
