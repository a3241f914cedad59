package ext

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

// wantRefused wants an error that names the feature and the inode.
func wantRefused(t testing.TB, what string, err error, feature string, ino uint32) {
	t.Helper()
	var fe *FeatureError
	if !errors.As(err, &fe) || fe.Inode != ino || len(fe.Features) != 1 || fe.Features[0] != feature ||
		!strings.Contains(err.Error(), fmt.Sprintf("inode %d: %s: ", ino, feature)) {
		t.Errorf("%s: %v, not %s of inode %d", what, err, feature, ino)
	}
}

func setFlag(t testing.TB, f *FS, name string, flag uint32) {
	t.Helper()
	in := inodeOf(t, f, name)
	in.SetFlags(in.Flags() | flag)
	must(t, f.change(in.put))
}

// A file that fs-verity seals keeps its contents. All else may be done to it, and
// its removal frees the tree of hashes behind its end.
func TestVerity(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_verity"))
	f := edit(t, img)
	must(t, f.WriteFile("warm", nil, 0o644)) // the root has room for names
	free := f.Info().FreeBlocks
	must(t, f.WriteFile("sealed", data("s", 65536+9000), 0o644))
	in := inodeOf(t, f, "sealed")
	in.SetSize(5000)
	must(t, f.change(in.put))
	setFlag(t, f, "sealed", layout.InodeFlagVerity)
	f = finish(t, f, img)
	wantFile(t, f, "sealed", data("s", 5000))
	for what, err := range map[string]error{
		"write":    f.WriteFile("sealed", nil, 0),
		"from":     f.WriteFrom("sealed", strings.NewReader("x"), 0),
		"truncate": f.Truncate("sealed", 5000),
		"open":     func() error { _, err := f.OpenFile("sealed", os.O_RDWR, 0); return err }(),
		"cut":      func() error { _, err := f.OpenFile("sealed", os.O_RDONLY|os.O_TRUNC, 0); return err }(),
	} {
		wantRefused(t, what, err, "verity", in.no)
	}
	must(t, f.Chmod("sealed", 0o600))
	must(t, f.Chown("sealed", 5, 6))
	must(t, f.SetXattr("sealed", "user.a", data("a", 400)))
	must(t, f.Rename("sealed", "etc/sealed"))
	must(t, f.Link("etc/sealed", "hard"))
	f = finish(t, f, img)
	wantFile(t, f, "hard", data("s", 5000))
	must(t, f.Remove("hard"))
	must(t, f.WriteFile("other", []byte("text"), 0o644))
	must(t, f.Rename("other", "etc/sealed")) // the way to replace it
	must(t, f.Remove("etc/sealed"))
	f = finish(t, f, img)
	if got := f.Info().FreeBlocks; got != free {
		t.Errorf("%d blocks are free, not %d", got, free)
	}
}

// encrypt marks a file or folder as the kernel does, with a context. Names in a
// folder become bytes of any kind.
func encrypt(t testing.TB, f *FS, name string) uint32 {
	t.Helper()
	in := inodeOf(t, f, name)
	context := append([]byte{1, 1, 4, 3}, "descript"...)
	context = append(context, data(name, 16)...)
	must(t, f.change(func() error { return in.setAttr(xattr.Attr{Index: 9, Name: "c", Value: context}) }))
	in.SetFlags(in.Flags() | layout.InodeFlagEncrypt)
	must(t, f.change(in.put))
	for blk := uint32(0); in.IsDir() && !in.inline() && blk < (blocksOf{in}).Blocks(); blk++ {
		b, err := blocksOf{in}.Read(blk)
		must(t, err)
		for off := 0; off < len(b)-layout.DirTailSize; off += layout.Dirent(b[off:]).RecLen(len(b)) {
			if e := layout.Dirent(b[off:]); e.Inode() != 0 && e.NameLen() >= 16 {
				copy(e.Name(), "/\x00\xff/")
			}
		}
		layout.SetDirTailChecksum(layout.DirTail(b), layout.DirBlockChecksum(in.csumSeed(), b))
		must(t, f.change(func() error { return blocksOf{in}.Write(blk, b) }))
	}
	return in.no
}

// What is encrypted stays shut, and can be moved and removed as a whole.
func TestEncrypted(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_encrypt"))
	f := edit(t, img)
	must(t, f.Mkdir("warm", 0o755))
	free, freeInodes := f.Info().FreeBlocks, f.Info().FreeInodes
	must(t, f.MkdirAll("secret/folder of 16 bytes", 0o700))
	must(t, f.Mkdir("hollow", 0o700))
	must(t, f.WriteFile("file", data("f", 9000), 0o600))
	must(t, f.Symlink(strings.Repeat("l", 40), "secret/link of 16 bytes."))
	for i := range 20 {
		must(t, f.WriteFile(fmt.Sprintf("secret/a file of 16 bytes %d", i), data("f", i*1000), 0o600))
		must(t, f.Mkdir(fmt.Sprintf("secret/folder of 16 bytes/this is one more %d", i), 0o600))
	}
	for i := range 20 {
		encrypt(t, f, fmt.Sprintf("secret/a file of 16 bytes %d", i))
		encrypt(t, f, fmt.Sprintf("secret/folder of 16 bytes/this is one more %d", i))
	}
	file := encrypt(t, f, "file")
	hollow := encrypt(t, f, "hollow")
	encrypt(t, f, "secret/folder of 16 bytes")
	must(t, f.Remove("secret/link of 16 bytes.")) // its form is another
	secret := encrypt(t, f, "secret")
	f = finish(t, f, img)

	for what, c := range map[string]struct {
		err error
		ino uint32
	}{
		"write":     {f.WriteFile("file", nil, 0), file},
		"truncate":  {f.Truncate("file", 0), file},
		"read":      {func() error { _, err := f.ReadFile("file"); return err }(), file},
		"list":      {func() error { _, err := f.ReadDir("secret"); return err }(), secret},
		"make":      {f.WriteFile("secret/new", nil, 0o644), secret},
		"mkdir":     {f.Mkdir("hollow/new", 0o755), hollow},
		"symlink":   {f.Symlink("x", "hollow/new"), hollow},
		"link":      {f.Link("etc/passwd", "hollow/new"), hollow},
		"rename":    {f.Rename("etc/passwd", "hollow/new"), hollow},
		"remove":    {f.Remove("secret/folder of 16 bytes"), secret},
		"removeall": {f.RemoveAll("secret/folder of 16 bytes"), secret},
	} {
		wantRefused(t, what, c.err, "encrypt", c.ino)
	}
	if err := f.Remove("secret"); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("an encrypted folder that is not empty: %v", err)
	}
	must(t, f.Chmod("file", 0o640))
	must(t, f.SetXattr("file", "security.selinux", data("s", 500)))
	must(t, f.Rename("file", "etc/file"))
	must(t, f.Rename("secret", "etc/secret")) // its ".." changes
	must(t, f.Mkdir("there", 0o700))
	must(t, f.Rename("hollow", "there"))
	f = finish(t, f, img)
	must(t, f.Remove("etc/file"))
	must(t, f.Remove("there"))
	must(t, f.RemoveAll("etc/secret"))
	f = finish(t, f, img)
	if b, i := f.Info().FreeBlocks, f.Info().FreeInodes; b != free || i != freeInodes {
		t.Errorf("%d blocks and %d inodes are free, not %d and %d", b, i, free, freeInodes)
	}
}

// In a folder that folds case files are found by their exact names, changed and
// removed, and none is added.
func TestCasefold(t *testing.T) {
	for name, many := range map[string]int{"linear": 20, "hashed": 600} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, "ext4_casefold"))
			f := edit(t, img)
			must(t, f.Mkdir("fold", 0o755))
			for i := range many {
				must(t, f.WriteFile(fmt.Sprintf("fold/Name With Some Letters %d", i), []byte("text"), 0o644))
			}
			must(t, f.MkdirAll("fold/Sub/plain", 0o755))
			setFlag(t, f, "fold", layout.InodeFlagCasefold)
			must(t, f.Sync())
			out, err := exec.Command("e2fsck", "-fyD", img.Name()).CombinedOutput() // hashes all folders anew
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) {
				t.Fatalf("%v\n%s", err, out)
			}
			judge(t, img.Name())
			f = edit(t, img)
			fold := stat(t, f, "fold").Ino
			if many > 100 && stat(t, f, "fold").Flags&layout.InodeFlagIndex == 0 {
				t.Fatal("the folder is not hashed")
			}
			for what, err := range map[string]error{
				"make":    f.WriteFile("fold/new", nil, 0o644),
				"other":   f.WriteFile("fold/name with some letters 0", nil, 0o644),
				"mkdir":   f.Mkdir("fold/new", 0o755),
				"symlink": f.Symlink("x", "fold/new"),
				"link":    f.Link("etc/passwd", "fold/new"),
				"into":    f.Rename("etc/passwd", "fold/new"),
				"within":  f.Rename("fold/Sub", "fold/new"),
			} {
				wantRefused(t, what, err, "casefold", fold)
			}
			if f.edited {
				t.Error("a refusal changed something")
			}
			must(t, f.WriteFile("fold/Name With Some Letters 3", data("n", 9000), 0))
			must(t, f.Rename("etc/passwd", "fold/Name With Some Letters 4")) // over a name that is there
			must(t, f.Rename("fold/Name With Some Letters 5", "out"))
			must(t, f.WriteFile("fold/Sub/plain/new", nil, 0o644)) // that folder is a plain one
			for i := 6; i < many; i += 2 {
				must(t, f.Remove(fmt.Sprintf("fold/Name With Some Letters %d", i)))
			}
			must(t, f.Rename("fold", "etc/moved"))
			f = finish(t, f, img)
			wantFile(t, f, "etc/moved/Name With Some Letters 3", data("n", 9000))
			list, err := f.ReadDir("etc/moved")
			must(t, err)
			if want := many + 1 - 1 - (many-6+1)/2; len(list) != want {
				t.Errorf("%d names, not %d", len(list), want)
			}
			must(t, f.RemoveAll("etc/moved"))
			finish(t, f, img)
		})
	}
}

// A file system that somebody may hold is refused, when it is opened and when it
// is to be written; the block that says so is not touched.
func TestMMP(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_mmp"))
	f := edit(t, img)
	at := int64(f.sb.MMPBlock()) * int64(f.bs)
	block := func() string {
		b := make([]byte, f.bs)
		_, err := img.ReadAt(b, at)
		must(t, err)
		return string(b)
	}
	clean := block()
	change := func(do func(m layout.MMP)) {
		raw(t, img, at, layout.MMPSize, func(b []byte) {
			m := layout.MMP(b)
			do(m)
			m.SetChecksum(m.ComputeChecksum(f.seed))
		})
	}
	restore := func() {
		super(t, img, func(sb layout.Superblock) { sb.SetIncompat(sb.Incompat() &^ layout.IncompatRecover) })
		raw(t, img, at, f.bs, func(b []byte) { copy(b, clean) })
	}
	held := func(m layout.MMP) {
		m.SetSequence(0x1234)
		copy(m[0x10:], "host-7\x00")
		copy(m[0x50:], "sdb1\x00")
		copy(m[8:16], []byte{0x80, 0x43, 0x6D, 0x38, 0, 0, 0, 0})
	}
	open := func() error {
		_, err := OpenWritable(img, sizeOf(t, img), Options{Time: editTime})
		return err
	}
	for says, do := range map[string]func(){
		`mmp: it is mounted on "host-7", device "sdb1", as of 2000-01-01T`:  func() { change(held) },
		`mmp: e2fsck is at work on it on "host-7", device "sdb1", as of 20`: func() { change(held); change(func(m layout.MMP) { m.SetSequence(layout.MMPFsck) }) },
		`mmp: it is mounted on "host-8"`: func() {
			change(func(m layout.MMP) { held(m); m[0x15] = '8' })
			super(t, img, func(sb layout.Superblock) { sb.SetIncompat(sb.Incompat() | layout.IncompatRecover) })
		},
		"has magic 0x004d4d51": func() { change(func(m layout.MMP) { m[0]++ }) },
		"has checksum":         func() { raw(t, img, at, 64, func(b []byte) { b[0x20] ^= 1 }) },
	} {
		do()
		if err := open(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, which does not say %q", err, says)
		}
		if r, err := Open(img, sizeOf(t, img)); err != nil || r.Info().Refusal == nil {
			t.Errorf("reading: %v", err)
		}
		restore()
	}
	for _, blk := range []uint64{0, 1 << 40} {
		other := copyOf(t, shapeNamed(t, "ext4_mmp"))
		super(t, other, func(sb layout.Superblock) { copy(sb[0x168:0x170], []byte{0, 0, 0, 0, 0, byte(blk >> 40), 0, 0}) })
		var bad *CorruptError
		if _, err := OpenWritable(other, sizeOf(t, other), Options{}); !errors.As(err, &bad) || !strings.Contains(err.Error(), "mmp: block") {
			t.Errorf("block %d: %v", blk, err)
		}
	}

	must(t, f.Mkdir("new", 0o755))
	change(held)
	before, err := os.ReadFile(img.Name())
	must(t, err)
	var state *StateError
	if err := f.Sync(); !errors.As(err, &state) || state.Flag != "mmp" {
		t.Errorf("Sync: %v", err)
	}
	after, err := os.ReadFile(img.Name())
	must(t, err)
	if string(before) != string(after) {
		t.Error("it was written, though it is held")
	}
	restore()
	f = finish(t, f, img)
	if _, err := f.Lstat("new"); err != nil || block() != clean {
		t.Errorf("%v; the block is as it was: %v", err, block() == clean)
	}
	change(held) // after it was opened, before the first edit
	if err := f.Chmod("new", 0o700); !errors.As(err, &state) || f.failed != nil {
		t.Errorf("an edit: %v, %v", err, f.failed)
	}
	restore()
	must(t, f.Chmod("new", 0o700))
	in := inodeOf(t, f, "usr/bin/f300000")
	if err := f.checkBlocks(f.sb.MMPBlock(), 1); err == nil {
		t.Errorf("inode %d could have the block", in.no)
	}
}
