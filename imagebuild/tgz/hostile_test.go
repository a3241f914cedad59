package tgz

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// pack makes a tar archive of headers as they come; a regular file's size is that
// of its name's bytes.
func pack(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		data := ""
		if h.Typeflag == tar.TypeReg {
			data = "data of " + h.Name
			h.Size = int64(len(data))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reg(name string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644} }
func dir(name string) tar.Header { return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755} }

func zip(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func TestHostile(t *testing.T) {
	good := pack(t, reg("lb.img"))
	many := make([]tar.Header, 65)
	for i := range many {
		many[i] = reg(fmt.Sprintf("%d.img", i))
	}
	sized := func(n int64) []byte { // a header that declares n bytes, and no data
		return appendHeader(nil, &tar.Header{Typeflag: tar.TypeReg, Name: "lb.img"}, n, when)
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"absolute", pack(t, reg("/etc/lb.img")), `entry "/etc/lb.img": the name is absolute`},
		{"parent", pack(t, reg("a/../../lb.img")), `the name has the component ".."`},
		{"parent first", pack(t, reg("../lb.img")), `the name has the component ".."`},
		{"hidden absolute", pack(t, reg(".//lb.img")), `the name is absolute`},
		{"not clean", pack(t, reg("a//lb.img")), `not in its shortest form`},
		{"dot inside", pack(t, reg("a/./lb.img")), `not in its shortest form`},
		{"newline", pack(t, reg("lb\n.img")), `holds a control character`},
		{"not text", pack(t, tar.Header{Typeflag: tar.TypeReg, Name: "\xff.img", Format: tar.FormatGNU}), `not valid UTF-8`},
		{"long", pack(t, reg(strings.Repeat("x", 3000))), `has 3000 bytes`},
		{"symlink", pack(t, tar.Header{Typeflag: tar.TypeSymlink, Name: "lb.img", Linkname: "/etc/passwd"}), `entry "lb.img" is a symbolic link to "/etc/passwd"`},
		{"hard link", pack(t, reg("a"), tar.Header{Typeflag: tar.TypeLink, Name: "lb.img", Linkname: "a"}), `entry "lb.img" is a hard link to "a"`},
		{"device", pack(t, tar.Header{Typeflag: tar.TypeBlock, Name: "sda"}), `entry "sda" is a device`},
		{"pipe", pack(t, tar.Header{Typeflag: tar.TypeFifo, Name: "p"}), `entry "p" is a pipe`},
		{"twice", pack(t, reg("lb.img"), reg("./lb.img")), `entry "./lb.img" stands in the archive twice`},
		{"below a file", pack(t, reg("a"), reg("a/lb.img")), `entry "a/lb.img" lies below "a", which is a file`},
		{"file over a folder", pack(t, reg("a/lb.img"), reg("a")), `entry "a" stands in the archive twice`},
		{"many", pack(t, many...), `more than 64 entries`},
		{"large", sized(1 << 50), `more than the limit of`},
		{"no data", sized(4096), `entry "lb.img": the archive is cut off after 0 of its 4096 bytes`},
		{"half the data", append(sized(4096), make([]byte, 1000)...), `cut off after 1000 of its 4096 bytes`},
		{"no end mark", good[:1024], `cut off after entry "lb.img": its end mark is missing`},
		{"half an end mark", good[:1536], `its end mark is missing`},
		{"lone zero block", append(bytes.Clone(good[:1536]), good...), `reading the tar header after entry "lb.img"`},
		{"two archives", append(bytes.Clone(good), good...), `other data follows the end of the archive`},
		{"damaged header", append(bytes.Clone(good[:1024]), bytes.Repeat([]byte("junk"), 256)...), `reading the tar header after entry "lb.img"`},
		{"empty file", nil, `the file is empty`},
		{"text", bytes.Repeat([]byte("this is no tarball "), 100), `neither gzip, xz, zstd, bzip2 nor tar`},
		{"short text", []byte("no"), `neither gzip`},
		{"gzip of text", zip([]byte(strings.Repeat("no tar", 500))), `reading the tar header: `},
		{"gzip header only", zip(good)[:12], `gzip: the data is cut off`},
		{"two gzip members, the second cut off", append(zip(good[:700]), zip(good[700:])[:9]...), `gzip: the data is cut off`},
	} {
		for _, ahead := range []bool{false, true} {
			check := noLeaks(t)
			_, err := Load(context.Background(), bytes.NewReader(c.data), Options{TempDir: t.TempDir(), CompressAhead: ahead})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
			} else if strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Errorf("%s: not one clear line: %q", c.name, err)
			}
			check()
		}
	}
	for _, ok := range [][]byte{
		good,
		good[:len(good):len(good)],
		append(bytes.Clone(good), make([]byte, 100000)...),
		pack(t, reg("./lb.img")),
		pack(t, dir("./"), reg("./lb.img")),
		pack(t, dir("a/"), dir("a/b/"), reg("a/b/lb.img")),
		pack(t, tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "x"}}, reg("lb.img")),
	} {
		load(t, ok, Options{})
	}
}

// TestCutAnywhere cuts an archive off after each byte and changes each byte.
func TestCutAnywhere(t *testing.T) {
	plain := pack(t, reg("lb.img"), reg("vmlinuz"))
	data := zip(plain)
	a := load(t, data, Options{})
	want, names := content(t, a.Entries[0].Data), listNames(a.Entries)
	tmp := t.TempDir()
	for n := range data {
		if _, err := Load(context.Background(), bytes.NewReader(data[:n]), Options{TempDir: tmp}); err == nil {
			t.Fatalf("cut off after %d of %d bytes and not noticed", n, len(data))
		}
	}
	for n := range data {
		bad := bytes.Clone(data)
		bad[n] ^= 0x10
		a, err := Load(context.Background(), bytes.NewReader(bad), Options{TempDir: tmp})
		if err != nil {
			continue
		}
		// Some bits have no bearing: a time, the length of a code never used.
		if !bytes.Equal(content(t, a.Entries[0].Data), want) || listNames(a.Entries) != names {
			t.Errorf("byte %d changed and not noticed", n)
		}
		a.Close()
	}
	for n := range 2048 {
		if _, err := Load(context.Background(), bytes.NewReader(plain[:n]), Options{TempDir: tmp}); err == nil {
			t.Fatalf("tar cut off after %d bytes and not noticed", n)
		}
	}
}

// TestBomb reads a small file with a large stream in it.
func TestBomb(t *testing.T) {
	zeros := bytes.Repeat([]byte{0}, 8<<20)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(pack(t, reg("lb.img")))
	for range 10 {
		w.Write(zeros)
	}
	w.Close()
	_, err := Load(context.Background(), &b, Options{TempDir: t.TempDir(), MaxSize: 1 << 20})
	if err == nil || !strings.Contains(err.Error(), "raise the limit") {
		t.Error(err)
	}
}

func TestLayout(t *testing.T) {
	for _, c := range []struct {
		headers []tar.Header
		kind    Kind
		want    string // image, kernel, ramdisk; or part of the error
	}{
		{[]tar.Header{reg("lb.img")}, SingleImage, "lb.img"},
		{[]tar.Header{reg("disk.raw")}, SingleImage, "disk.raw"},
		{[]tar.Header{dir("d/"), reg("d/initrd.img"), reg("d/lb.img"), reg("d/vmlinuz")}, Bundle, "d/lb.img d/vmlinuz d/initrd.img"},
		{[]tar.Header{reg("d/vmlinuz.img"), reg("d/x-loader.img"), reg("d/lb.img"), reg("d/README")}, Bundle, "d/lb.img d/vmlinuz.img d/x-loader.img"},
		{[]tar.Header{reg("a.img"), reg("b.img")}, 0, `more than one disk image ("a.img" and "b.img")`},
		{[]tar.Header{dir("d/"), reg("d/vmlinuz"), reg("d/initramfs"), reg("d/a.img"), reg("d/b.img")}, 0, "more than one disk image"},
		{[]tar.Header{dir("d/")}, 0, "no file"},
		{nil, 0, "no file among no entries"},
		{[]tar.Header{dir("./"), reg("./lb.img")}, 0, "a folder beside the one file"},
		{[]tar.Header{reg("vmlinuz"), reg("initrd")}, 0, "no disk image"},
		{[]tar.Header{reg("lb.img"), reg("initrd")}, 0, "no kernel"},
		{[]tar.Header{reg("lb.img"), reg("vmlinuz")}, 0, "no ramdisk"},
	} {
		a := load(t, pack(t, c.headers...), Options{})
		l, err := a.Layout()
		if c.kind == 0 {
			if !errors.Is(err, ErrLayout) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v: %v, want one with %q", listNames(a.Entries), err, c.want)
			}
			continue
		}
		got := []string{}
		for _, e := range []*Entry{l.Image, l.Kernel, l.Ramdisk} {
			if e != nil {
				got = append(got, e.Header.Name)
			}
		}
		if err != nil || l.Kind != c.kind || strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v %v, %v", listNames(a.Entries), l.Kind, got, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	e := NewEntry("../lb.img", bytes.NewReader(nil), when)
	if _, err := New(e); err == nil {
		t.Error("a name outside was accepted")
	}
	e.Header.Name = "lb.img"
	if _, err := New(e, e); err == nil {
		t.Error("the same name twice was accepted")
	}
	if _, err := New(); err == nil {
		t.Error("an archive without entries was accepted")
	}
	e.Data = nil
	if _, err := New(e); err == nil {
		t.Error("a file without data was accepted")
	}
}

func TestChecksum(t *testing.T) {
	p := diskBytes(3, 300000)
	var c checksum
	for at, n := 0, 1; at < len(p); n = n*3 + 1 {
		part := p[at:min(at+n%70000, len(p))]
		c.add(crc32.ChecksumIEEE(part), int64(len(part)))
		at += len(part)
	}
	if c.crc != crc32.ChecksumIEEE(p) || c.size != int64(len(p)) {
		t.Errorf("%08x of %d bytes, want %08x of %d", c.crc, c.size, crc32.ChecksumIEEE(p), len(p))
	}
}

func FuzzLoad(f *testing.F) {
	good := pack(f, dir("d/"), reg("d/lb.img"))
	f.Add(good)
	f.Add(zip(good))
	f.Add(pack(f, tar.Header{Typeflag: tar.TypeReg, Name: strings.Repeat("n", 200), PAXRecords: map[string]string{"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}}))
	f.Add([]byte("\xfd7zXZ\x00\x00\x04"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x00\x00"))
	f.Add([]byte("BZh91AY&SY"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{TempDir: t.TempDir(), MaxSize: 4 << 20, CompressAhead: len(data)%2 == 0}
		a, err := Load(context.Background(), bytes.NewReader(data), o)
		if err != nil {
			return
		}
		defer a.Close()
		// What was accepted can be written and is then read as the same.
		var b bytes.Buffer
		if _, err := a.Write(context.Background(), &b, WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		again, err := Load(context.Background(), &b, Options{TempDir: o.TempDir})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		for i, e := range a.Entries {
			g := again.Entries[i]
			if g.Header.Name != e.Header.Name || g.Header.Mode != e.Header.Mode || g.Header.Size != e.Header.Size ||
				!g.Header.ModTime.Equal(e.Header.ModTime) || g.Header.Uid != e.Header.Uid {
				t.Errorf("header %+v became %+v", e.Header, g.Header)
			}
			if e.Data != nil && !bytes.Equal(content(t, e.Data), content(t, g.Data)) {
				t.Error("the data differs")
			}
		}
	})
}
