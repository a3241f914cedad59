package tgz

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"lbimage/imagebuild/block"
)

// TestLoadWhatTarMakes reads archives of every format that GNU tar writes and of
// every compression.
func TestLoadWhatTarMakes(t *testing.T) {
	need(t, "tar")
	disk := diskBytes(1, 5<<20+777)
	dir := tree(t, map[string][]byte{"lb.img": disk})
	forms := map[string][]string{
		"gnu":        {"--format=gnu"},
		"ustar":      {"--format=ustar"},
		"v7":         {"--format=v7"},
		"posix":      {"--format=posix"},
		"gnu sparse": {"--format=gnu", "-S"},
		"sparse 0.0": {"--format=posix", "-S", "--sparse-version=0.0"},
		"sparse 0.1": {"--format=posix", "-S", "--sparse-version=0.1"},
		"sparse 1.0": {"--format=posix", "-S", "--sparse-version=1.0"},
	}
	for name, arg := range forms {
		t.Run(name, func(t *testing.T) {
			data := []byte(run(t, dir, nil, "tar", append(arg, "-c", "--mode=0640", "--owner=lb:498", "--group=lb:499", "lb.img")...))
			for _, ahead := range []bool{false, true} {
				a := load(t, data, Options{CompressAhead: ahead})
				checkDisk(t, a, disk, name != "v7")
				// What is written is a plain GNU archive.
				checkDisk(t, load(t, write(t, a, WriteOptions{}), Options{}), disk, name != "v7")
			}
		})
	}
	plain := []byte(run(t, dir, nil, "tar", "-c", "--format=gnu", "--mode=0640", "--owner=lb:498", "--group=lb:499", "lb.img"))
	for _, tool := range []string{"gzip", "xz", "zstd", "bzip2"} {
		t.Run(tool, func(t *testing.T) {
			data := run(t, dir, plain, tool, "-c")
			checkDisk(t, load(t, []byte(data), Options{CompressAhead: true}), disk, true)
			if tool != "zstd" {
				half := run(t, dir, plain[:99999], tool, "-c") + run(t, dir, plain[99999:], tool, "-c")
				checkDisk(t, load(t, []byte(half), Options{}), disk, true)
			}
			_, err := Load(context.Background(), strings.NewReader(data[:len(data)-5]), Options{TempDir: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), tool+": the data is") {
				t.Errorf("5 bytes short: %v", err)
			}
			_, err = Load(context.Background(), strings.NewReader(data+"junk that follows"), Options{TempDir: t.TempDir()})
			if err == nil {
				t.Error("junk at the end is not noticed")
			}
		})
	}
	t.Run("gzip with padding", func(t *testing.T) {
		data := run(t, dir, plain, "gzip", "-c") + strings.Repeat("\x00", 10000)
		checkDisk(t, load(t, []byte(data), Options{}), disk, true)
		_, err := Load(context.Background(), strings.NewReader(data+"x"), Options{TempDir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), "other data follows") {
			t.Error(err)
		}
	})
}

func checkDisk(t *testing.T, a *Archive, disk []byte, names bool) {
	t.Helper()
	if len(a.Entries) != 1 {
		t.Fatalf("%d entries", len(a.Entries))
	}
	e := a.Entries[0]
	h := e.Header
	got := fmt.Sprint(h.Name, h.Typeflag, h.Mode, h.Uid, h.Gid, h.Size, h.ModTime.Unix())
	want := fmt.Sprint("lb.img", tar.TypeReg, 0o640, 498, 499, len(disk), when.Unix())
	if got != want || names && (h.Uname != "lb" || h.Gname != "lb") {
		t.Errorf("header %+v", h)
	}
	if !bytes.Equal(content(t, e.Data), disk) {
		t.Error("the data differs")
	}
	l, err := a.Layout()
	if err != nil || l.Kind != SingleImage || l.Image != &a.Entries[0] {
		t.Errorf("layout %+v, %v", l, err)
	}
}

// TestJudges has other programs look at what Write makes of a bundle.
func TestJudges(t *testing.T) {
	need(t, "tar", "gzip")
	files := map[string][]byte{
		"lb-1.0/lb.img":                              diskBytes(3, 3<<20+100),
		"lb-1.0/vmlinuz-2.6.32":                      diskBytes(4, 700000),
		"lb-1.0/initramfs-2.6.32.img":                diskBytes(5, 1<<20),
		"lb-1.0/empty":                               {},
		"lb-1.0/" + strings.Repeat("long-name-", 18): []byte("x"),
	}
	dir := tree(t, files)
	src := run(t, dir, nil, "tar", "-cz", "--sort=name", "--format=gnu", "lb-1.0")
	a := load(t, []byte(src), Options{CompressAhead: true})
	l, err := a.Layout()
	if err != nil || l.Kind != Bundle || !strings.HasSuffix(l.Image.Header.Name, "lb.img") ||
		!strings.Contains(l.Kernel.Header.Name, "vmlinuz") || !strings.Contains(l.Ramdisk.Header.Name, "initramfs") {
		t.Fatalf("layout %+v, %v", l, err)
	}
	out := write(t, a, WriteOptions{})
	path := filepath.Join(t.TempDir(), "out.tgz")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	list := run(t, dir, []byte(src), "tar", "-tzvf", "-")
	if got := run(t, dir, nil, "tar", "-tzvf", path); got != list {
		t.Errorf("tar lists\n%sand listed\n%s", got, list)
	}
	into := t.TempDir()
	run(t, into, nil, "tar", "-xzf", path)
	for name, data := range files {
		got, err := os.ReadFile(filepath.Join(into, name))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: extracted %d bytes that differ: %v", name, len(got), err)
		}
	}
	// The tar stream itself is what GNU tar makes.
	if got, want := run(t, dir, out, "gzip", "-dc"), run(t, dir, []byte(src), "gzip", "-dc"); got != want {
		t.Error("the tar stream differs from the one that GNU tar made")
	}
	t.Run("gzip", func(t *testing.T) { run(t, into, nil, "gzip", "-t", path) })
	t.Run("pigz", func(t *testing.T) { run(t, into, nil, "pigz", "-t", path) })
	t.Run("python", func(t *testing.T) {
		need(t, "python3")
		got := run(t, into, nil, "python3", "-c",
			"import tarfile,sys\nt=tarfile.open(sys.argv[1])\nfor m in t: print(m.name, m.size, len(t.extractfile(m).read()) if m.isfile() else '-')", path)
		for name, data := range files {
			if want := fmt.Sprintln(name, len(data), len(data)); !strings.Contains(got, want) {
				t.Errorf("tarfile lists\n%s without\n%s", got, want)
			}
		}
	})
}

// TestSameBytes is the promise of the package: however much is done beforehand, by
// however many cores, the same content gives the same bytes.
func TestSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 9))
		disk := diskBytes(seed, 1+r.IntN(7<<20))
		if seed == 0 {
			disk = make([]byte, 4<<20) // zeros, in whole chunks
		}
		src := write(t, single(t, disk), WriteOptions{})
		want := slices.Clone(disk)
		type edit struct {
			off int64
			p   []byte
		}
		var edits []edit
		for range r.IntN(6) {
			p := make([]byte, 1+r.IntN(9000)) // zeros sometimes
			if r.IntN(3) > 0 {
				p = diskBytes(r.Uint64(), len(p))
			}
			off := r.IntN(max(1, len(disk)-len(p)))
			n := copy(want[off:], p)
			edits = append(edits, edit{int64(off), p[:n]})
		}
		var first []byte
		for _, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			for _, ahead := range []string{"while loading", "later", "never"} {
				a := load(t, src, Options{CompressAhead: ahead == "while loading"})
				if ahead == "later" {
					if err := a.CompressAhead(context.Background(), t.TempDir()); err != nil {
						t.Fatal(err)
					}
				}
				l := block.NewLayer(a.Entries[0].Data, t.TempDir())
				for _, e := range edits {
					if _, err := l.WriteAt(e.p, e.off); err != nil {
						t.Fatal(err)
					}
				}
				got := write(t, a, WriteOptions{Replace: map[string]block.Device{a.Entries[0].Header.Name: l}})
				if first == nil {
					first = got
				}
				if !bytes.Equal(got, first) {
					t.Fatalf("seed %d, %d procs, ahead %s: other bytes", seed, procs, ahead)
				}
				l.Close()
			}
			if got := write(t, single(t, want), WriteOptions{}); !bytes.Equal(got, first) {
				t.Fatalf("seed %d, %d procs: from scratch: other bytes", seed, procs)
			}
		}
		if got := content(t, load(t, first, Options{}).Entries[0].Data); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: the content differs from what was edited", seed)
		}
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestModTimes gives one entry another time, and leaves the archive as it was.
func TestModTimes(t *testing.T) {
	a := single(t, diskBytes(5, 100))
	name := a.Entries[0].Header.Name
	before := write(t, a, WriteOptions{})
	when := time.Unix(1234567890, 0)
	b := load(t, write(t, a, WriteOptions{ModTimes: map[string]time.Time{name: when}}), Options{})
	if got := b.Entries[0].Header.ModTime; !got.Equal(when) {
		t.Errorf("the entry bears %v", got)
	}
	if !bytes.Equal(write(t, a, WriteOptions{}), before) {
		t.Error("the archive has changed")
	}
}

// TestOnlyChangedChunks counts what is compressed anew.
func TestOnlyChangedChunks(t *testing.T) {
	disk := diskBytes(77, 9<<20)
	for i := range disk {
		disk[i] |= 1 // no zeros
	}
	a := load(t, write(t, single(t, disk), WriteOptions{}), Options{CompressAhead: true})
	name := a.Entries[0].Header.Name
	l := block.NewLayer(a.Entries[0].Data, t.TempDir())
	defer l.Close()
	l.WriteAt(make([]byte, 10), 100)
	l.WriteAt(make([]byte, 10), 5<<20-5) // two chunks
	st, err := a.Write(context.Background(), io.Discard, WriteOptions{Replace: map[string]block.Device{name: l}})
	if err != nil {
		t.Fatal(err)
	}
	if st.Chunks != 9 || st.Compressed != 3 {
		t.Errorf("%d of %d chunks compressed, want 3 of 9", st.Compressed, st.Chunks)
	}
	// The same for an archive that is compressed after it was loaded.
	a = load(t, write(t, single(t, disk), WriteOptions{}), Options{})
	if err := a.CompressAhead(context.Background(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if st, err := a.Write(context.Background(), io.Discard, WriteOptions{}); err != nil || st.Chunks != 9 || st.Compressed != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if err := load(t, write(t, single(t, disk), WriteOptions{}), Options{}).CompressAhead(canceled(), t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Other data is not taken for a change of this.
	other := bytes.NewReader(disk[:3<<20])
	st, err = a.Write(context.Background(), io.Discard, WriteOptions{Replace: map[string]block.Device{name: other}})
	if err != nil || st.Chunks != 3 || st.Compressed != 3 {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := a.Write(context.Background(), io.Discard, WriteOptions{Replace: map[string]block.Device{"none.img": other}}); err == nil {
		t.Error("an entry that is not there was replaced")
	}
}

// TestReusedCompressor holds a compressor that has worked before against a new one.
func TestReusedCompressor(t *testing.T) {
	c := newCompressor()
	for seed := range uint64(40) {
		p := diskBytes(seed, int(seed*31013)%chunkSize+1)
		got := bytes.Clone(c.deflate(nil, p))
		if !bytes.Equal(got, newCompressor().deflate(nil, p)) {
			t.Fatalf("seed %d: a used compressor gives other bytes than a new one", seed)
		}
	}
}

func TestHeader(t *testing.T) {
	late := time.Date(2030, 1, 2, 3, 4, 5, 600, time.UTC)
	e := NewEntry("lb.img", bytes.NewReader([]byte("abc")), late)
	e.Header.Uname = strings.Repeat("u", 40)
	e.Header.Uid = 3 << 20 // more than fits in octal
	dir := Entry{Header: &tar.Header{Typeflag: tar.TypeDir, Name: "d/", Mode: 0o755, ModTime: when}}
	a, err := New(dir, e)
	if err != nil {
		t.Fatal(err)
	}
	out := write(t, a, WriteOptions{NotAfter: when.Add(time.Hour)})
	want := "drwxr-xr-x 0/0 0 2014-05-13 16:53 d/\n-rw-r--r-- 3145728/0 3 2014-05-13 17:53 lb.img\n"
	got := strings.Join(strings.Fields(run(t, t.TempDir(), out, "tar", "--numeric-owner", "-tzvf", "-")), " ")
	if got != strings.Join(strings.Fields(want), " ") {
		t.Errorf("tar lists %q", got)
	}
	if head, want := out[:10], []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3}; !bytes.Equal(head, want) {
		t.Errorf("gzip header % x", head)
	}
	if e.Header.ModTime != late {
		t.Error("Write changed the archive's header")
	}
}

// TestHuge writes an entry of more than 8 GiB, most of it a hole.
func TestHuge(t *testing.T) {
	s, err := block.CreateSparse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.WriteAt([]byte("front"), 0)
	s.Grow(9<<30 + 5)
	a, err := New(NewEntry("lb.img", s, when))
	if err != nil {
		t.Fatal(err)
	}
	out := write(t, a, WriteOptions{})
	zr, err := gzip.NewReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 512)
	if _, err := io.ReadFull(zr, head); err != nil {
		t.Fatal(err)
	}
	need(t, "tar")
	cmd := exec.Command("tar", "-tvf", "-")
	cmd.Stdin = bytes.NewReader(head)
	list, _ := cmd.Output() // it complains that the rest is missing
	if !strings.Contains(string(list), fmt.Sprint(int64(9<<30+5))) {
		t.Errorf("tar lists %q", list)
	}
	if _, err := Load(context.Background(), bytes.NewReader(out), Options{TempDir: t.TempDir(), MaxSize: 9 << 30}); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("above the limit: %v", err)
	}
}

func TestErrorsComeOutOnce(t *testing.T) {
	check := noLeaks(t)
	disk := diskBytes(8, 6<<20)
	src := write(t, single(t, disk), WriteOptions{})
	boom := errors.New("boom")
	for _, ahead := range []bool{false, true} {
		o := Options{TempDir: t.TempDir(), CompressAhead: ahead}
		_, err := Load(context.Background(), errReader{bytes.NewReader(src[:len(src)/2]), boom}, o)
		if err != boom {
			t.Errorf("source: %v", err)
		}
		ctx, cancel := context.WithCancelCause(context.Background())
		o.Progress = func(n int64) {
			if n > 2<<20 {
				cancel(boom)
			}
		}
		if _, err := Load(ctx, bytes.NewReader(src), o); err != boom {
			t.Errorf("cancelled: %v", err)
		}
		o.Progress = nil
		o.TempDir = filepath.Join(o.TempDir, "none")
		if _, err := Load(context.Background(), bytes.NewReader(src), o); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("no temporary folder: %v", err)
		}
		a := load(t, src, Options{CompressAhead: ahead})
		if _, err := a.Write(context.Background(), &failingWriter{1000, boom}, WriteOptions{}); err != boom {
			t.Errorf("writer: %v", err)
		}
		ctx, cancel = context.WithCancelCause(context.Background())
		cancel(boom)
		if _, err := a.Write(ctx, io.Discard, WriteOptions{}); err != boom {
			t.Errorf("write cancelled: %v", err)
		}
		bad := map[string]block.Device{a.Entries[0].Header.Name: unreadable{4 << 20, boom}}
		if _, err := a.Write(context.Background(), io.Discard, WriteOptions{Replace: bad}); !errors.Is(err, boom) {
			t.Errorf("device: %v", err)
		}
	}
	check()
}

// TestSpoolFails has the file for compressed pieces fail.
func TestSpoolFails(t *testing.T) {
	check := noLeaks(t)
	ctx, fail := context.WithCancelCause(context.Background())
	defer fail(nil)
	spool, err := block.CreateSparse(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	spool.Close()
	p := startAhead(ctx, fail, spool)
	for range 100 {
		buf, err := p.buffer()
		if err != nil {
			if !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
			break
		}
		p.add(new(piece), append(buf[:0], "data"...))
	}
	p.finish()
	if !errors.Is(context.Cause(ctx), os.ErrClosed) {
		t.Error(context.Cause(ctx))
	}
	check()
}

type failingWriter struct {
	n   int
	err error
}

func (f *failingWriter) Write(p []byte) (int, error) {
	if len(p) > f.n {
		return f.n, f.err
	}
	f.n -= len(p)
	return len(p), nil
}

type unreadable struct {
	size int64
	err  error
}

func (u unreadable) Size() int64                       { return u.size }
func (u unreadable) ReadAt([]byte, int64) (int, error) { return 0, u.err }

func TestProgress(t *testing.T) {
	src := write(t, single(t, diskBytes(8, 6<<20)), WriteOptions{})
	last := int64(0)
	step := func(n int64) {
		if n <= last {
			t.Errorf("progress from %d to %d", last, n)
		}
		last = n
	}
	a := load(t, src, Options{CompressAhead: true, Progress: step})
	if last < 6<<20 {
		t.Errorf("reading ended at %d", last)
	}
	last = 0
	write(t, a, WriteOptions{Progress: step})
	if last < 6<<20 {
		t.Errorf("writing ended at %d", last)
	}
}
