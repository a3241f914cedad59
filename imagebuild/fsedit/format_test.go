package fsedit

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext"
)

var keepOwner = Owner{-1, -1}

func format(t testing.TB, o FormatOptions) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.img")
	_, err := Format(context.Background(), path, o)
	must(t, err)
	return path
}

// archive makes a tar archive of headers with their contents.
func archive(t testing.TB, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(entries); i++ {
		hdr := entries[i].(*tar.Header)
		if hdr.ModTime.IsZero() {
			hdr.ModTime = time.Unix(1_000_000_000, 123_456_789)
		}
		hdr.Format = tar.FormatPAX
		text := ""
		if i+1 < len(entries) {
			if s, ok := entries[i+1].(string); ok {
				text, i = s, i+1
			}
		}
		hdr.Size = int64(len(text))
		must(t, w.WriteHeader(hdr))
		_, err := io.WriteString(w, text)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// richArchive has all types of entries, and what is odd about each.
func richArchive(t testing.TB, big int) []byte {
	long := strings.Repeat("long/", 30) + "name"
	h := func(name string, typ byte, mode int64) *tar.Header {
		return &tar.Header{Name: name, Typeflag: typ, Mode: mode}
	}
	linked := func(h *tar.Header, to string) *tar.Header { h.Linkname = to; return h }
	with := func(h *tar.Header, change func(*tar.Header)) *tar.Header { change(h); return h }
	var deep []any
	for i := range strings.Count(long, "/") {
		deep = append(deep, h(strings.Repeat("long/", i+1), tar.TypeDir, 0o755))
	}
	return archive(t, append(append(deep,
		h("dev/", tar.TypeDir, 0o755),
		with(h("./", tar.TypeDir, 0o755), func(h *tar.Header) { h.Uid = 3 }),
		h("./etc/", tar.TypeDir, 0o750),
		h("etc/a", tar.TypeReg, 0o644), "contents of a",
		with(h("etc/owned", tar.TypeReg, 0o6755), func(h *tar.Header) { h.Uid, h.Gid, h.Uname = 70_000, 12, "nobody" }), "x",
		linked(h("etc/hard", tar.TypeLink, 0), "etc/a"),
		linked(h("etc/soft", tar.TypeSymlink, 0o777), "/etc/a"),
		linked(h("etc/slow", tar.TypeSymlink, 0o777), strings.Repeat("t", 200)),
		linked(h("etc/hardsoft", tar.TypeLink, 0), "etc/soft"),
		with(h("dev/null", tar.TypeChar, 0o666), func(h *tar.Header) { h.Devmajor, h.Devminor = 1, 3 }),
		with(h("dev/big", tar.TypeBlock, 0o660), func(h *tar.Header) { h.Devmajor, h.Devminor = 300, 70_000 }),
		h("dev/pipe", tar.TypeFifo, 0o600),
		h("tmp/", tar.TypeDir, 0o1777),
		h("/abs", tar.TypeReg, 0o400), "absolute",
		h(long, tar.TypeReg, 0o644), "deep",
		h("empty", tar.TypeReg, 0o644), "",
		h("big", tar.TypeReg, 0o644), strings.Repeat("0123456789abcdef", big),
		// Twice: the second counts, and a hard link to the first keeps the first's contents.
		h("twice", tar.TypeReg, 0o644), "first",
		linked(h("second-name", tar.TypeLink, 0), "twice"),
		h("twice", tar.TypeReg, 0o600), "second, and longer",
		h("was-dir/", tar.TypeDir, 0o755),
		h("was-dir", tar.TypeReg, 0o644), "now a file",
		h("was-file", tar.TypeReg, 0o644), "a file",
		h("was-file/", tar.TypeDir, 0o700),
		h("was-file/in", tar.TypeReg, 0o644), "in it",
		linked(h("was-link", tar.TypeSymlink, 0o777), "tmp"),
		h("was-link", tar.TypeReg, 0o644), "no link any more",
		linked(h("dirlink", tar.TypeSymlink, 0o777), "tmp"),
		h("dirlink/through", tar.TypeReg, 0o644), "through a link",
		h("tmp/", tar.TypeDir, 0o1777),
		h("mode-later/", tar.TypeDir, 0o700),
		h("mode-later/x", tar.TypeReg, 0o644), "x",
		h("mode-later/", tar.TypeDir, 0o555),
		with(h("attrs", tar.TypeReg, 0o644), func(h *tar.Header) {
			h.PAXRecords = map[string]string{"SCHILY.xattr.user.note": "a\x00b", "SCHILY.xattr.user.empty": "",
				"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}
		}), "attributes",
		with(h("acl", tar.TypeReg, 0o664), func(h *tar.Header) {
			h.PAXRecords = map[string]string{"SCHILY.acl.access": "user::rw-,user:70000:rwx,user:1000:r--,group::r--,group:7:-w-,mask::rw-,other::r--"}
		}), "with an ACL",
		with(h("acl-dir/", tar.TypeDir, 0o750), func(h *tar.Header) {
			h.PAXRecords = map[string]string{"SCHILY.acl.access": "user::rwx\ngroup::r-x\nother::---\n",
				"SCHILY.acl.default": "user::rwx\nuser:1000:r-x\ngroup::r-x\nmask::r-x\nother::---\n"}
		}),
		h("acl-dir/in-it", tar.TypeReg, 0o644), "without one",
		h("acl-dir/sub", tar.TypeDir, 0o755),
		h("dev/", tar.TypeDir, 0o755),
	), deep...)...)
}

// shifting are folders whose time GNU tar itself does not keep: it comes back to
// them for links that it had put off.
var shifting = []string{"etc"}

// What the kernel finds in the image is what GNU tar makes of the archive.
func TestFormatFromTar(t *testing.T) {
	need(t, "tar")
	data := richArchive(t, 70_000)
	file := filepath.Join(t.TempDir(), "rich.tar")
	must(t, os.WriteFile(file, data, 0o644))
	for name, o := range map[string]ext.FormatOptions{
		"ext2":   {Type: "ext2", BlockSize: 1024},
		"ext3":   {Type: "ext3"},
		"ext4":   {Type: "ext4"},
		"modern": {Type: "ext4", Modern: true, BlockSize: 1024},
	} {
		t.Run(name, func(t *testing.T) {
			img := format(t, FormatOptions{FormatOptions: o, Size: 32 << 20, From: file, Owner: keepOwner})
			judge(t, img)
			again := format(t, FormatOptions{FormatOptions: o, Size: 32 << 20, From: file, Owner: keepOwner})
			if sum(t, img) != sum(t, again) {
				t.Error("the same call gives other bytes")
			}
			other := newImage(t, 32<<20, o)
			theirs := mount(t, other, "rw")
			run(t, "tar", "-C", theirs, "-xpf", file, "--numeric-owner", "--xattrs", "--xattrs-include=*", "--acls")
			sameTree(t, mount(t, img, "ro"), theirs, shifting...)
		})
	}
}

// The same archive gives the same image, however it is compressed.
func TestFormatCompressed(t *testing.T) {
	data := richArchive(t, 70_000)
	dir := t.TempDir()
	want := ""
	for name, pack := range map[string]func(io.Writer) (io.WriteCloser, error){
		"plain": func(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil },
		"gzip":  func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		"xz":    func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
		"zstd":  func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	} {
		var b bytes.Buffer
		w, err := pack(&b)
		must(t, err)
		_, err = w.Write(data)
		must(t, err)
		must(t, w.Close())
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, b.Bytes(), 0o644))
		got := sum(t, format(t, FormatOptions{Size: 16 << 20, From: file, Owner: keepOwner}))
		stream := sum(t, format(t, FormatOptions{Size: 16 << 20, From: "-", Stdin: &b, Owner: keepOwner}))
		if want == "" {
			want = got
		}
		if got != want || stream != want {
			t.Errorf("%s: other bytes", name)
		}
		// Cut off: an error, and no image.
		must(t, os.WriteFile(file, readFile(t, file)[:len(readFile(t, file))*2/3], 0o644))
		refuseFormat(t, "fetch the file again|get it again|damaged", FormatOptions{Size: 16 << 20, From: file, Owner: keepOwner})
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

// refuseFormat demands an error with one of the words, and no file.
func refuseFormat(t testing.TB, words string, o FormatOptions) {
	t.Helper()
	dir := t.TempDir()
	_, err := Format(context.Background(), filepath.Join(dir, "img"), o)
	found := false
	for word := range strings.SplitSeq(words, "|") {
		found = found || err != nil && strings.Contains(err.Error(), word)
	}
	if !found {
		t.Errorf("error %v, want %q", err, words)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 0 {
		t.Errorf("the folder holds %v, %v", list, err)
	}
}

func TestFormatRefuses(t *testing.T) {
	from := func(entries ...any) FormatOptions {
		file := filepath.Join(t.TempDir(), "x.tar")
		must(t, os.WriteFile(file, archive(t, entries...), 0o644))
		return FormatOptions{Size: 4 << 20, From: file, Owner: keepOwner}
	}
	refuseFormat(t, "entry ../up: the name has '..' in it", from(&tar.Header{Name: "../up", Typeflag: tar.TypeReg}, "x"))
	refuseFormat(t, "entry a/../../up: the name has '..' in it", from(&tar.Header{Name: "a/../../up", Typeflag: tar.TypeDir}))
	refuseFormat(t, "hard link to ../../etc/passwd: the name has '..'", from(&tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "../../etc/passwd"}))
	refuseFormat(t, "entry l: it is a hard link to /none, which is not there", from(&tar.Header{Name: "l", Typeflag: tar.TypeLink, Linkname: "none"}))
	refuseFormat(t, "no space is left: make the file system larger or remove files, or give a larger --size", from(&tar.Header{Name: "big", Typeflag: tar.TypeReg}, strings.Repeat("x", 8<<20)))
	refuseFormat(t, "entry dev: device 1:1048576 is not possible", from(&tar.Header{Name: "dev", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 1 << 20}))
	refuseFormat(t, "entry full: directory is not empty", from(
		&tar.Header{Name: "full/x", Typeflag: tar.TypeReg}, "x", &tar.Header{Name: "full", Typeflag: tar.TypeReg}, "x"))
	old := from(&tar.Header{Name: "old", Typeflag: tar.TypeReg, ModTime: time.Unix(5_000_000_000, 0)}, "x")
	old.InodeSize = 128
	refuseFormat(t, "entry old: 2128-06-11T08:53:20Z: time is outside", old)
	refuseFormat(t, "no such file", FormatOptions{Size: 4 << 20, From: "/no/such/file"})
	refuseFormat(t, "neither gzip", FormatOptions{Size: 4 << 20, From: write(t, filepath.Join(t.TempDir(), "text"), strings.Repeat("text", 500))})
	refuseFormat(t, "too small", FormatOptions{Size: 16 << 10})
	refuseFormat(t, "the size is missing", FormatOptions{})

	// A file that exists stays.
	img := write(t, filepath.Join(t.TempDir(), "img"), "mine")
	for _, o := range []FormatOptions{{Size: 8 << 20}, {Size: 8 << 20, Overwrite: true, From: "/no/such/file"}} {
		if _, err := Format(context.Background(), img, o); err == nil || string(readFile(t, img)) != "mine" {
			t.Errorf("%+v: %v, and the file holds %.10q", o, err, readFile(t, img))
		}
	}
	_, err := Format(context.Background(), img, FormatOptions{Size: 8 << 20, Overwrite: true})
	must(t, err)
	judge(t, img)
}

// An archive with holes, as GNU tar makes it, gives a file with holes.
func TestFormatSparse(t *testing.T) {
	need(t, "tar")
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "holes"))
	must(t, err)
	for _, at := range []int64{0, 5 << 20, 40<<20 + 7} {
		_, err := f.WriteAt([]byte("data"), at)
		must(t, err)
	}
	must(t, f.Truncate(50<<20))
	must(t, f.Close())
	want := readFile(t, filepath.Join(dir, "holes"))
	for _, kind := range []string{"gnu", "posix"} {
		file := filepath.Join(t.TempDir(), "sparse.tar")
		run(t, "tar", "-C", dir, "-S", "--format="+kind, "-cf", file, "holes")
		if len(readFile(t, file)) > 1<<20 {
			t.Skip("the folder for temporary files has no sparse files")
		}
		for _, typ := range []string{"ext3", "ext4"} {
			img := format(t, FormatOptions{FormatOptions: ext.FormatOptions{Type: typ}, Size: 8 << 20, From: file, Owner: keepOwner})
			judge(t, img)
			if f := stat(t, img, "/holes"); f.Sectors > 200 || f.Size != 50<<20 {
				t.Errorf("%s: %d bytes in %d sectors", typ, f.Size, f.Sectors)
			}
			if cat(t, img, "/holes") != string(want) {
				t.Errorf("%s: other contents", typ)
			}
		}
	}
}

// A folder comes into the image as it is, and a size is found for it.
func TestFormatFromFolder(t *testing.T) {
	dir := t.TempDir()
	text := strings.Repeat("text of a file\n", 3000)
	for _, name := range []string{"a", "sub/b", "sub/c", "sub/deep/d", "z z"} {
		write(t, filepath.Join(dir, name), text+name)
	}
	for i := range 700 {
		write(t, filepath.Join(dir, "many", strings.Repeat("n", i%200+1)+string(rune('a'+i/200))), "")
	}
	must(t, os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "sub/hard")))
	must(t, os.Symlink("../a", filepath.Join(dir, "sub/soft")))
	must(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o640))
	must(t, unix.Chmod(filepath.Join(dir, "sub/c"), 0o4711))
	must(t, unix.Chmod(filepath.Join(dir, "sub/deep"), 0o2750))
	hole, err := os.Create(filepath.Join(dir, "hole"))
	must(t, err)
	must(t, hole.Truncate(30<<20))
	must(t, hole.Close())
	when := unix.Timespec{Sec: 1_234_567_890, Nsec: 987_654_321}
	for _, name := range []string{"a", "sub/soft", "sub/deep", "sub", "."} {
		must(t, unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(dir, name), []unix.Timespec{when, when}, unix.AT_SYMLINK_NOFOLLOW))
	}
	must(t, os.Chmod(dir, 0o755))
	for _, o := range []ext.FormatOptions{{Type: "ext2", BlockSize: 1024}, {Type: "ext3"}, {Type: "ext4", Modern: true}} {
		img := format(t, FormatOptions{FormatOptions: o, Size: 64 << 20, From: dir, Owner: keepOwner})
		judge(t, img)
		small := format(t, FormatOptions{FormatOptions: o, From: dir, Owner: Owner{}})
		judge(t, small)
		st, err := os.Stat(small)
		must(t, err)
		if st.Size() > 40<<20 || st.Size()%(1<<20) != 0 {
			t.Errorf("%+v: a size of %d was computed", o, st.Size())
		}
		if f := stat(t, small, "/sub/c"); f.UID != 0 || f.Mode != "4711" {
			t.Errorf("%+v", f)
		}
		if f := stat(t, small, "/hole"); f.Size != 30<<20 || f.Sectors > 16 {
			t.Errorf("%+v", f)
		}
		if os.Getuid() == 0 {
			sameTree(t, mount(t, img, "ro"), dir)
		}
	}
}

// Many small files: the computed number of inodes is enough.
func TestFormatManyInodes(t *testing.T) {
	dir := t.TempDir()
	for i := range 3000 {
		write(t, filepath.Join(dir, string(rune('a'+i%26)), string(rune('a'+i/26%26))+string(rune('a'+i/676))), "")
	}
	img := format(t, FormatOptions{FormatOptions: ext.FormatOptions{Type: "ext4"}, From: dir})
	judge(t, img)
	o := FormatOptions{FormatOptions: ext.FormatOptions{Type: "ext4", Inodes: 100}, From: dir}
	refuseFormat(t, "give more --inodes", o)
	o.Size = 16 << 20
	refuseFormat(t, "no inodes are left", o)
}

// The flags reach the file system.
func TestFormatOptions(t *testing.T) {
	need(t, "dumpe2fs")
	o := FormatOptions{Size: 64 << 20}
	o.Type, o.Label, o.UUID, o.Time = "ext3", "label", [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, time.Unix(1_500_000_000, 0)
	img := format(t, o)
	out, err := exec.Command("dumpe2fs", "-h", img).Output()
	must(t, err)
	for _, want := range []string{"label\n", "01020304-0506-0708-090a-0b0c0d0e0f10", "has_journal", "Jul 14 "} {
		if !strings.Contains(string(out), want) {
			t.Errorf("dumpe2fs does not show %q", want)
		}
	}
}
