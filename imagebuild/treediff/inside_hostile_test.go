package treediff_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/treediff"
)

func gzipped(t testing.TB, parts ...[]byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	must(t, err)
	for _, p := range parts {
		_, err := z.Write(p)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func tarred(t testing.TB, files ...string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		must(t, w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Format: tar.FormatGNU}))
		_, err := w.Write([]byte(files[i+1]))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// What would fill the disk or the memory is not looked into, and that is told.
func TestBoundsOfContents(t *testing.T) {
	zeros := make([][]byte, 64)
	for i := range zeros {
		zeros[i] = make([]byte, 1<<20)
	}
	layers := func(n int, text string) []byte {
		b := []byte(text)
		for range n {
			b = gzipped(t, b)
		}
		return b
	}
	nested := func(n int, text string) []byte {
		b := []byte(text)
		for range n {
			b = tarred(t, "x", string(b))
		}
		return b
	}
	many := func(last string) []byte {
		var files []string
		for i := range 1<<15 + 1 {
			files = append(files, fmt.Sprint(i), "")
		}
		return tarred(t, append(files, last, "")...)
	}
	zipped := func(n int, text string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range n {
			f, err := w.Create(strings.Repeat("long/", 20) + fmt.Sprint(i))
			must(t, err)
			_, err = f.Write([]byte(text))
			must(t, err)
		}
		must(t, w.Close())
		return b.Bytes()
	}
	for _, c := range []struct{ name, a, b, limit string }{
		{"bomb", string(gzipped(t, zeros...)), string(gzipped(t, append(zeros, []byte("x"))...)), "it unpacks to more than 200 times its size"},
		{"layers", string(layers(9, "a")), string(layers(9, "b")), "more than 8 compressions lie around each other"},
		{"nested", string(nested(9, "a")), string(nested(9, "b")), "more than 8 archives lie in each other"},
		{"members", string(many("a")), string(many("b")), "it has more than the 32768 members that are looked at"},
		{"directory", string(zipped(40000, "a")), string(zipped(40000, "b")), "its directory is larger than 4 MiB"},
		{"damaged", string(tarred(t, "a", strings.Repeat("b", 300)))[:600], string(tarred(t, "a", strings.Repeat("c", 300)))[:600], "damaged: tar: unexpected EOF"},
	} {
		list, _ := compare(t, fill(map[string]string{"f": c.a}), fill(map[string]string{"f": c.b}), treediff.Options{})
		if len(list) == 0 {
			t.Errorf("%s: nothing is told", c.name)
			continue
		}
		last := list[len(list)-1]
		if last.Inside == nil || last.Inside.Limit != c.limit || last.Inside.Same {
			t.Errorf("%s: %s", c.name, asJSON(t, last))
		}
	}
	// A layer and an archive less are looked into.
	for _, pair := range [][2][]byte{{layers(8, "a\n"), layers(8, "b\n")}, {nested(8, "a\n"), nested(8, "b\n")}} {
		list, _ := compare(t, fill(map[string]string{"f": string(pair[0])}), fill(map[string]string{"f": string(pair[1])}), treediff.Options{})
		if last := list[len(list)-1]; !strings.HasSuffix(last.Diff, "-a\n+b\n") {
			t.Errorf("%s", asJSON(t, last))
		}
	}
}

// Temporary files are given back, and one that cannot be made is an error, not a difference.
func TestContentsNeedAFolder(t *testing.T) {
	a, b := fill(map[string]string{"f.gz": string(gzipped(t, []byte("a\n")))}), fill(map[string]string{"f.gz": string(gzipped(t, []byte("b\n")))})
	dir := t.TempDir()
	compare(t, a, b, treediff.Options{TempDir: dir})
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	_, err = treediff.Compare(context.Background(), a, b, treediff.Options{TempDir: dir + "/absent"}, func(*treediff.Difference) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "temporary file") {
		t.Errorf("no folder for temporary files: %v", err)
	}
}

// Names in an archive are for people: of several with the same name each is compared, and none is a path.
func TestNamesOfMembers(t *testing.T) {
	a := fill(map[string]string{"f": string(tarred(t, "./x", "1\n", "x", "2\n", "../../etc/up", "a", "/abs", "a", "bad\xff", "a"))})
	b := fill(map[string]string{"f": string(tarred(t, "./x", "1\n", "x", "3\n", "../../etc/up", "b", "/abs", "b", "bad\xff", "b"))})
	list, _ := compare(t, a, b, treediff.Options{})
	same(t, shorts(list), map[string]string{
		"/f": "content", "/f!/x#2": "content", "/f!/../../etc/up": "content", "/f!/abs": "content", "/f!/bad\xff": "content",
	})
	list, _ = compare(t, a, b, treediff.Options{Ignore: []string{"/f!/x*", "/f!/..", "abs"}})
	same(t, shorts(list), map[string]string{"/f": "content", "/f!/bad\xff": "content"})
	if string(list[1].RawPath) != "/f!/bad\xff" {
		t.Errorf("%s", asJSON(t, list))
	}
}

// Whatever the contents, a comparison ends, gives what can be told, and the same, mirrored, the other way round.
func FuzzContents(f *testing.F) {
	f.Add([]byte("x"), tarred(f, "a", "b"), tarred(f, "a", "c"))
	f.Add([]byte("x.gz"), gzipped(f, []byte("a")), gzipped(f, []byte("b")))
	f.Add([]byte("x.pyc"), []byte("\x03\xf3\r\n\x01\x00\x00\x00a"), []byte("\x03\xf3\r\n\x01\x00\x00\x00b"))
	entry := "07070100000001000081A4000000000000000000000001000000000000000100000000000000000000000000000000000000020000000" + "0a\x00\x00\x00x\x00\x00\x00"
	trailer := "0707010000000000000000000000000000000000000001000000000000000000000000000000000000000000000000" + "0000000B00000000TRAILER!!!\x00\x00\x00\x00"
	f.Add([]byte("cpio"), []byte(entry+trailer), []byte(strings.Replace(entry, "x", "y", 1)+trailer+"\x00\x00\x00\x00"+string(gzipped(f, []byte(entry+trailer)))))
	f.Add([]byte("deb"), []byte("!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n"), []byte("!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.1\n"))
	elf, err := os.ReadFile("/bin/true")
	if err == nil && len(elf) > 2048 { // larger ones take long to be made small
		f.Add([]byte("elf"), elf[:1024:1024], elf[:1025:1025])
	}
	f.Fuzz(func(t *testing.T, name, x, y []byte) {
		n := strings.Map(func(r rune) rune {
			if r == '/' || r == 0 || r == 0xfffd {
				return '_'
			}
			return r
		}, string(name))
		if n == "" || n == "." || n == ".." || len(n) > 100 {
			n = "x"
		}
		a, b := fill(map[string]string{n: string(x)}), fill(map[string]string{n: string(y)})
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		var lists [2][]*treediff.Difference
		for i, sides := range [][2]treediff.Side{{a, b}, {b, a}} {
			_, err := treediff.Compare(ctx, sides[0], sides[1], treediff.Options{Whole: true}, func(d *treediff.Difference) error {
				lists[i] = append(lists[i], d)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		mirrored(t, lists[0], lists[1])
		if (len(lists[0]) > 0) == bytes.Equal(x, y) {
			t.Errorf("%d are told", len(lists[0]))
		}
	})
}
