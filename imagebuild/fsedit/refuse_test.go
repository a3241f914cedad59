package fsedit

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
)

var errTorn = errors.New("torn")

func itoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// spoil changes bytes of an image.
func spoil(t testing.TB, img string, off int64, b ...byte) {
	t.Helper()
	f, err := os.OpenFile(img, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(b, off)
	must(t, err)
	must(t, f.Close())
}

func debugfs(t testing.TB, img string, commands ...string) {
	t.Helper()
	need(t, "debugfs")
	cmd := exec.Command("debugfs", "-w", "-f", "-", img)
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("debugfs: %v\n%s", err, out)
	}
}

// A damaged or strange image is refused with one line that says where, and stays
// byte for byte as it was, in both ways of writing.
func TestRefusals(t *testing.T) {
	old := ext.FormatOptions{Type: "ext3", BlockSize: 1024}
	csum := ext.FormatOptions{Type: "ext4", Modern: true}
	word := func(n uint16) []byte { return binary.LittleEndian.AppendUint16(nil, n) }
	for name, c := range map[string]struct {
		o     ext.FormatOptions
		spoil func(img string)
		want  string // in the error
	}{
		"superblock checksum": {csum, func(img string) { spoil(t, img, 1024+120, 'x') }, "superblock: checksum"},
		"descriptor checksum": {csum, func(img string) { spoil(t, img, 4096+12, 0xff, 0xff) }, "run e2fsck -f on it"},
		"unknown incompat":    {old, func(img string) { spoil(t, img, 1024+0x63, 0x80) }, "feature"},
		"unknown ro_compat":   {old, func(img string) { spoil(t, img, 1024+0x67, 0x80) }, "feature"},
		"errors recorded":     {old, func(img string) { spoil(t, img, 1024+58, word(3)...) }, "error state"},
		"block size":          {old, func(img string) { spoil(t, img, 1024+24, 9) }, "block size"},
		"cut off":             {old, func(img string) { must(t, os.Truncate(img, 5<<20)) }, "cut off"},
		"root no folder":      {old, func(img string) { debugfs(t, img, "sif <2> mode 0100644") }, "inode 2: "},
		"link count":          {old, func(img string) { debugfs(t, img, "sif /d/file links_count 7") }, "inode 13"},
		"block claimed twice": {old, func(img string) { debugfs(t, img, "sif /d/file block[0] 300", "sif /d/two block[0] 300") }, "2 problems, the first: group 0: block "},
		"free block in use":   {old, func(img string) { debugfs(t, img, "freeb 2000", "setb 2001") }, "group 0"},
		"inode bitmap":        {old, func(img string) { debugfs(t, img, "freei /d/file") }, "inode"},
		"inode checksum":      {csum, func(img string) { debugfs(t, img, "sif /d/file checksum 0xbeef") }, "inode 13"},
		"folder's block":      {old, func(img string) { debugfs(t, img, "sif /d block[0] 99999999") }, "inode 12: "},
	} {
		t.Run(name, func(t *testing.T) {
			img := newImage(t, 8<<20, c.o)
			edit(t, img, func(tree *Tree) error {
				must(t, tree.Mkdir("/d", 0o755, false))
				for _, name := range []string{"/d/file", "/d/two"} {
					must(t, tree.Put(context.Background(), "-", name, PutOptions{Owner: keepOwner, Stdin: strings.NewReader("text")}))
				}
				return nil
			})
			judge(t, img)
			c.spoil(img)
			was := sum(t, img)
			for _, inPlace := range []bool{false, true} {
				for what, do := range map[string]func(*Tree) error{
					"mkdir": func(tree *Tree) error { return tree.Mkdir("/d/new", 0o755, false) },
					"rm":    func(tree *Tree) error { return tree.Remove("/d", true, false) },
				} {
					_, err := Edit(context.Background(), img, Options{InPlace: inPlace}, do)
					if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), img+": ") {
						t.Errorf("%s: error %v", what, err)
					} else if what == "mkdir" && !strings.Contains(err.Error(), c.want) {
						t.Errorf("%s: error %v, want %q", what, err, c.want)
					}
					if sum(t, img) != was {
						t.Fatalf("%s, in place %t: the image was changed", what, inPlace)
					}
				}
			}
			onlyFile(t, img)
		})
	}
}

// A full file system: the error says what lacks, nothing is written.
func TestFull(t *testing.T) {
	img := newImage(t, 2<<20, ext.FormatOptions{Type: "ext2", BlockSize: 1024})
	was := sum(t, img)
	big := write(t, filepath.Join(t.TempDir(), "big"), strings.Repeat("x", 4<<20))
	if err := put(t, img, big, "/big", plain); !errors.Is(err, ext.ErrNoSpace) || !strings.Contains(err.Error(), "/big: ") {
		t.Errorf("error %v", err)
	}
	_, err := Edit(context.Background(), img, Options{}, func(tree *Tree) error {
		for i := range 10_000 {
			if err := tree.Touch("/f"+strconv.Itoa(i), tree.now, false, false); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, ext.ErrNoInodes) {
		t.Errorf("error %v", err)
	}
	if sum(t, img) != was {
		t.Error("the image was changed")
	}
}

// The host's disk is full: the image stays, and nothing beside it.
func TestHostFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=12m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("mounting is not allowed here: %s", out)
	}
	t.Cleanup(func() { unmount(t, dir) })
	img := filepath.Join(dir, "img")
	_, err := Format(context.Background(), img, FormatOptions{FormatOptions: ext.FormatOptions{JournalBlocks: -1}, Size: 16 << 20, TempDir: t.TempDir()})
	must(t, err)
	local := write(t, filepath.Join(t.TempDir(), "x"), strings.Repeat("0123456789abcdef", 7<<16))
	must(t, put(t, img, local, "/x", plain))
	was := sum(t, img)
	err = put(t, img, local, "/y", plain)
	if err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("error %v", err)
	}
	if _, err := Format(context.Background(), filepath.Join(dir, "other"), FormatOptions{Size: 40 << 20, From: filepath.Dir(local), Owner: keepOwner}); err == nil {
		t.Error("a second image fits in, too")
	}
	if sum(t, img) != was {
		t.Error("the image was changed")
	}
	onlyFile(t, img)
}
