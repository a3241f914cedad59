package rpminstall_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay"
)

// TestNeeds installs into real file systems and counts what it took.
func TestNeeds(t *testing.T) {
	content := make([]byte, 900_000)
	for i := range content {
		content[i] = byte(i>>8) | 1
	}
	s := rpm.Spec{Files: []rpm.SpecFile{
		{Path: "/opt/x/big", Mode: 0o644, Content: content},
		{Path: "/opt/x/empty", Mode: 0o644},
		{Path: "/opt/x/folder", Mode: fs.ModeDir | fs.ModeSetuid | fs.ModeSetgid | 0o700},
		{Path: "/opt/x/short", Mode: fs.ModeSymlink, Link: "big"},
		{Path: "/opt/x/long", Mode: fs.ModeSymlink, Link: "/" + strings.Repeat("long/", 40)},
	}}
	for i := range 300 {
		s.Files = append(s.Files, rpm.SpecFile{Path: "/srv/" + strings.Repeat("n", 100) + string(rune('a'+i%26)) + strings.Repeat("x", i/26), Mode: 0o644, Content: []byte("text")})
	}
	path := write(t, s)
	for _, c := range []struct {
		kind  string
		block int
	}{{"ext3", 1024}, {"ext3", 4096}, {"ext4", 4096}} {
		const size = 32 << 20
		img, err := os.Create(filepath.Join(t.TempDir(), "image"))
		if err != nil {
			t.Fatal(err)
		}
		defer img.Close()
		if err := img.Truncate(size); err != nil {
			t.Fatal(err)
		}
		if err := ext.Format(img, size, ext.FormatOptions{Type: c.kind, BlockSize: c.block, Time: made}); err != nil {
			t.Fatal(err)
		}
		tree, err := ext.OpenWritable(img, size, ext.Options{Time: made})
		if err != nil {
			t.Fatal(err)
		}
		before := tree.Info()
		e, err := open(t, path).Edit(rpminstall.Options{Time: made})
		if err != nil {
			t.Fatal(err)
		}
		bytes, inodes, err := overlay.Needs(tree, []overlay.Edit{e}, int64(c.block))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Run(tree); err != nil {
			t.Fatal(err)
		}
		if err := tree.Sync(); err != nil {
			t.Fatal(err)
		}
		after := tree.Info()
		tookBytes := (int64(before.FreeBlocks) - int64(after.FreeBlocks)) * int64(c.block)
		tookInodes := int64(before.FreeInodes) - int64(after.FreeInodes)
		if tookBytes > bytes || tookInodes > inodes || inodes > tookInodes+1 {
			t.Errorf("%s of %d: took %d bytes and %d inodes, %d and %d were announced", c.kind, c.block, tookBytes, tookInodes, bytes, inodes)
		}
		if bytes > 3*tookBytes+1<<20 {
			t.Errorf("%s of %d: %d bytes are announced for %d", c.kind, c.block, bytes, tookBytes)
		}
		info, err := tree.Lstat("opt/x/folder")
		if err != nil || info.Mode() != fs.ModeDir|fs.ModeSetuid|fs.ModeSetgid|0o700 {
			t.Errorf("the folder: %v, %v", info, err)
		}
		if info, err := tree.Lstat("opt/x/short"); err != nil || !info.ModTime().Equal(made) {
			t.Errorf("the link: %v, %v", info, err)
		}
		again, err := e.Run(tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range again.Changes {
			if ch.Changed() {
				t.Errorf("done again: %v", ch)
			}
		}
		if out, err := exec.Command(judge(t, "e2fsck"), "-fn", img.Name()).CombinedOutput(); err != nil {
			t.Errorf("e2fsck: %v\n%s", err, out)
		}
	}
}
