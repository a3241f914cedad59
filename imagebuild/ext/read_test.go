package ext

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func openShape(t testing.TB, s shape) *FS {
	t.Helper()
	f, err := os.Open(imageOf(t, s))
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	fsys, err := Open(f, sizeOf(t, f))
	must(t, err)
	return fsys
}

// Every shape reads as the tree that mke2fs was given.
func TestReadEqualsSource(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			fsys := openShape(t, s)
			root := filepath.Join(workshop.dir, "tree"+s.tree)
			seen := map[string]bool{}
			walkAll(t, fsys, ".", func(name string, fi fs.FileInfo) {
				seen[name] = true
				if name == "lost+found" || name == "dev" || strings.HasPrefix(name, "dev/") {
					return
				}
				want, err := os.Lstat(filepath.Join(root, name))
				must(t, err)
				if name == "." {
					return // mke2fs makes the root's own inode itself
				}
				if fi.Mode() != want.Mode() || !fi.IsDir() && fi.Size() != want.Size() {
					t.Errorf("%s: %v, %d bytes; the source has %v, %d", name, fi.Mode(), fi.Size(), want.Mode(), want.Size())
				}
				switch {
				case fi.Mode().IsRegular():
					if !fi.ModTime().Equal(stampTime) {
						t.Errorf("%s: modified %v", name, fi.ModTime())
					}
					got, err := fsys.ReadFile(name)
					must(t, err)
					src, err := os.ReadFile(filepath.Join(root, name))
					must(t, err)
					if !bytes.Equal(got, src) {
						t.Errorf("%s: contents differ", name)
					}
				case fi.Mode()&fs.ModeSymlink != 0:
					got, err := fsys.ReadLink(name)
					must(t, err)
					if src, _ := os.Readlink(filepath.Join(root, name)); got != src {
						t.Errorf("%s leads to %q, not %q", name, got, src)
					}
				}
			})
			must(t, filepath.Walk(root, func(p string, _ os.FileInfo, err error) error {
				name, _ := filepath.Rel(root, p)
				if !seen[name] {
					t.Errorf("%s is missing", name)
				}
				return err
			}))
			checkSpecial(t, fsys, s)
		})
	}
}

func checkSpecial(t *testing.T, fsys *FS, s shape) {
	for name, want := range map[string]string{"dev/null": "c 1 3", "dev/sda": "b 8 0", "dev/big": "b 259 300", "dev/pipe": "p 0 0"} {
		fi, err := fsys.Lstat(name)
		must(t, err)
		st := fi.Sys().(*Stat)
		kind := map[fs.FileMode]string{fs.ModeDevice | fs.ModeCharDevice: "c", fs.ModeDevice: "b", fs.ModeNamedPipe: "p"}[fi.Mode().Type()]
		if got := strings.Join([]string{kind, itoa(st.Major), itoa(st.Minor)}, " "); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	if s.name == "ext2_rev0" {
		return // cannot hold attributes
	}
	for _, x := range []struct{ name, attr, want string }{
		{"etc/passwd", "security.selinux", "system_u:object_r:passwd_file_t:s0\x00"},
		{"usr/bin/f4097", "security.capability", string(capability)},
		{"usr/bin/f1025", "user.long", strings.Repeat("v", 200)},
	} {
		got, err := fsys.Xattr(x.name, x.attr)
		if err != nil || string(got) != x.want {
			t.Errorf("%s: %s is %q (%v)", x.name, x.attr, got, err)
		}
		if names, err := fsys.ListXattr(x.name); err != nil || strings.Join(names, " ") != x.attr {
			t.Errorf("%s has %q (%v)", x.name, names, err)
		}
	}
}

func itoa(n uint32) string {
	if n == 0 {
		return "0"
	}
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

// walkAll visits all names. It does not use fs.WalkDir: names need not be UTF-8.
func walkAll(t testing.TB, fsys *FS, name string, visit func(string, fs.FileInfo)) {
	t.Helper()
	fi, err := fsys.Lstat(name)
	must(t, err)
	visit(name, fi)
	if !fi.IsDir() {
		return
	}
	list, err := fsys.ReadDir(name)
	must(t, err)
	for _, e := range list {
		sub := name + "/" + e.Name()
		if name == "." {
			sub = e.Name()
		}
		walkAll(t, fsys, sub, visit)
	}
}

func TestFSTest(t *testing.T) {
	for _, name := range []string{"ext2_1k", "ext4_el6", "ext4_csum_1k", "ext4_inline"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fsys := openShape(t, shapeNamed(t, name))
			for dir, want := range map[string][]string{
				"var":    {"lib/rpm/Packages", "lib/pk"},
				"deep/a": {"b/hard2", "b/c/d/e"},
				"dev":    {"null", "pipe"},
			} {
				sub, err := fs.Sub(fsys, dir)
				must(t, err)
				must(t, fstest.TestFS(sub, want...))
			}
		})
	}
}

func TestLinksStayInside(t *testing.T) {
	fsys := openShape(t, shapeNamed(t, "ext4_el6"))
	for name, want := range map[string]string{
		"bin/f1":      string(data("f1", 1)),
		"deep/escape": "root:x:0:0:root:/root:/bin/bash\n",
		"bin/short":   string(data("f1", 1)),
	} {
		if got, err := fsys.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q (%v)", name, got, err)
		}
	}
	for name, want := range map[string]error{
		"deep/loop":                       ErrLoop,
		"bin/sl59":                        fs.ErrNotExist,
		"etc/passwd/x":                    ErrNotDir,
		"etc/no/such":                     fs.ErrNotExist,
		"/etc":                            fs.ErrInvalid,
		"etc/../etc":                      fs.ErrInvalid,
		"etc//passwd":                     fs.ErrInvalid,
		"":                                fs.ErrInvalid,
		"etc/passwd\x00a":                 fs.ErrInvalid,
		"etc/" + strings.Repeat("n", 256): ErrNameTooLong,
	} {
		if _, err := fsys.ReadFile(name); !errors.Is(err, want) {
			t.Errorf("%q: %v, not %v", name, err, want)
		}
	}
}

// A whole file system with something of everything is what io/fs asks for.
func TestFSTestWhole(t *testing.T) {
	for _, o := range []FormatOptions{{Type: "ext2", BlockSize: 1024, InodeSize: 128}, {Type: "ext3"}, {Type: "ext4", BlockSize: 1024}, {Modern: true}} {
		img := formatted(t, 8<<20, o)
		f := edit(t, img)
		must(t, f.MkdirAll("d/e/f", 0o755))
		must(t, f.WriteFile("d/file", data("x", 70_000), 0o644))
		must(t, f.WriteFile("d/empty", nil, 0o600))
		must(t, f.Link("d/file", "d/e/hard"))
		must(t, f.Symlink("file", "d/fast"))
		must(t, f.Symlink("e/"+strings.Repeat("./", 40)+"hard", "d/slow"))
		must(t, f.Symlink("/d/e", "folder"))
		must(t, f.Mknod("pipe", fs.ModeNamedPipe|0o600, 0, 0))
		must(t, f.Mknod("disk", fs.ModeDevice|0o660, 8, 1))
		must(t, f.Truncate("d/empty", 1<<20))
		for i := range 300 {
			must(t, f.WriteFile("d/e/f/"+itoa(uint32(i)), []byte("x"), 0o644))
		}
		must(t, f.Sync())
		must(t, fstest.TestFS(f, "d/file", "d/e/hard", "d/fast", "d/slow", "folder", "pipe", "disk", "d/e/f/299"))
		if b, err := fs.ReadFile(f, "folder/hard"); err != nil || len(b) != 70_000 {
			t.Errorf("through a link: %d bytes, %v", len(b), err)
		}
	}
}

// A link that ends in a slash leads to a folder or nowhere, as for the kernel.
func TestLinkWithSlash(t *testing.T) {
	f := edit(t, formatted(t, 8<<20, FormatOptions{}))
	must(t, f.Mkdir("d", 0o755))
	must(t, f.WriteFile("file", nil, 0o644))
	for name, target := range map[string]string{"to-d": "d/", "to-file": "file/", "to-none": "none/"} {
		must(t, f.Symlink(target, name))
	}
	must(t, f.WriteFile("to-d/x", nil, 0o644))
	if fi, err := f.Stat("to-d"); err != nil || !fi.IsDir() {
		t.Errorf("%v, %v", fi, err)
	}
	if err := f.WriteFile("to-file", []byte("x"), 0o644); !errors.Is(err, ErrNotDir) {
		t.Errorf("through file/: %v", err)
	}
	if err := f.WriteFile("to-none", nil, 0o644); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("through none/: %v", err)
	}
}
