package rpmdb

import (
	"io/fs"
	"slices"
	"testing"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/rpm"
)

// TestOnExt reads a database in an ext3 file system and verifies files there: owners, devices, links and
// capabilities are told by another type than the machine's own file systems have.
func TestOnExt(t *testing.T) {
	dev, err := block.CreateSparse(t.TempDir())
	must(t, err)
	defer dev.Close()
	const size = 32 << 20
	dev.Grow(size)
	must(t, ext.Format(dev, size, ext.FormatOptions{Type: "ext3"}))
	fsys, err := ext.OpenWritable(dev, size, ext.Options{})
	must(t, err)
	at := time.Unix(1_000_000_000, 0)
	must(t, fsys.MkdirAll("var/lib/rpm", 0o755))
	must(t, fsys.MkdirAll("dev", 0o755))
	must(t, fsys.WriteFile("var/lib/rpm/Packages", []byte(readAll(t, "libuuid/Packages")), 0o644))
	must(t, fsys.Mknod("dev/null", fs.ModeDevice|fs.ModeCharDevice|0o666, 1, 3))
	must(t, fsys.WriteFile("ping", []byte("ping\n"), 0o755))
	must(t, fsys.Lchown("ping", 0, 7))
	must(t, fsys.Chtimes("ping", at, at))
	must(t, fsys.SetXattr("ping", capAttr, append([]byte{1, 0, 0, 2, 0, 0x20}, make([]byte, 14)...)))
	must(t, fsys.Symlink("ping", "link"))

	db := open(t, fsys)
	if list := db.Named("libuuid"); len(list) != 1 || len(db.Packages()) != 1 {
		t.Fatalf("packages: %v", db.Packages())
	}
	all := uint32(1<<32 - 1)
	p := &Package{Name: "p", Version: "1", Release: "1", Files: []File{
		{File: rpm.File{Path: "/dev/null", Mode: fs.ModeDevice | fs.ModeCharDevice | 0o666, User: "root", Group: "root", Rdev: 0x103, VerifyFlags: all}},
		{File: rpm.File{Path: "/dev/null", Mode: fs.ModeDevice | fs.ModeCharDevice | 0o666, User: "root", Group: "root", Rdev: 0x105, VerifyFlags: all}},
		{File: rpm.File{Path: "/link", Mode: fs.ModeSymlink | 0o777, User: "root", Group: "root", Link: "ping", VerifyFlags: all}},
		{File: rpm.File{Path: "/ping", Mode: 0o755, User: "root", Group: "root", Size: 5, Caps: "= cap_net_raw+ep", ModTime: at, VerifyFlags: all &^ verifyDigest}},
		{File: rpm.File{Path: "/ping", Mode: 0o755, User: "root", Group: "root", Size: 5, ModTime: at, VerifyFlags: all &^ verifyDigest}},
	}}
	db.packages = []*Package{p}
	db.index()
	list, err := db.Verify(t.Context(), fsys)
	must(t, err)
	var got []string
	for _, d := range list {
		got = append(got, d.String())
	}
	want := []string{"...D.....    /dev/null", "......G..    /ping", "......G.P    /ping"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
