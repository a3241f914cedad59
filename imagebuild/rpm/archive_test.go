package rpm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// entry writes one entry of the newc form, with whatever the test wants.
type entry struct {
	magic      string // "070701" when empty
	name       string
	mode       uint32
	content    string
	size, sum  int
	nlink, ino int
}

func (e entry) bytes() []byte {
	var b bytes.Buffer
	if e.magic == "" {
		e.magic = "070701"
	}
	if e.size == 0 {
		e.size = len(e.content)
	}
	fmt.Fprintf(&b, "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00", e.magic,
		e.ino, e.mode, 0, 0, max(e.nlink, 1), 0, e.size, 0, 0, 0, 0, len(e.name)+1, e.sum, e.name)
	b.Write(make([]byte, -b.Len()&3))
	b.WriteString(e.content)
	b.Write(make([]byte, -b.Len()&3))
	return b.Bytes()
}

func archive(entries ...entry) []byte {
	var b []byte
	for _, e := range append(entries, entry{name: "TRAILER!!!"}) {
		b = append(b, e.bytes()...)
	}
	return b
}

// stripped writes an archive of the stripped form; contents go by index.
func stripped(order []int, contents ...string) []byte {
	var b bytes.Buffer
	for _, i := range order {
		fmt.Fprintf(&b, "07070X%08x\x00\x00%s", i, contents[i])
		b.Write(make([]byte, -b.Len()&3))
	}
	b.Write(entry{name: "TRAILER!!!"}.bytes())
	return b.Bytes()
}

// two is a package of the files /a/one and /a/two, a link /a/link and the folder
// /a, without digests, with the given archive as its payload. tags is for more
// changes of its header.
func two(t testing.TB, payload []byte, tags map[int32]rawTag) []byte {
	t.Helper()
	base := takeApart(t, twoBase())
	r := &raw{lead: base.lead, main: base.main, sig: map[int32]rawTag{1008: {7, 4, make([]byte, 4)}}}
	for _, tag := range []int32{rpmutils.PAYLOADCOMPRESSOR, rpmutils.PAYLOADDIGEST, rpmutils.FILEDIGESTS} {
		delete(r.main, tag)
	}
	for tag, v := range tags {
		if r.main[tag] = v; v.data == nil {
			delete(r.main, tag)
		}
	}
	r.payload = payload
	return r.bytes()
}

// twoBase is what two starts from.
var twoBase = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	err := Write(&b, Spec{Name: "two", Version: "1", Release: "1", Summary: "s", License: "l", BuildTime: built, Files: []SpecFile{
		{Path: "/a", Mode: os.ModeDir | 0o755},
		{Path: "/a/link", Mode: os.ModeSymlink, Link: "one"},
		{Path: "/a/one", Mode: 0o644, Content: []byte("first")},
		{Path: "/a/two", Mode: 0o644, Content: []byte("other")},
	}})
	if err != nil {
		panic(err)
	}
	return b.Bytes()
})

var (
	dirA  = entry{name: "./a", mode: 0o40755}
	linkA = entry{name: "./a/link", mode: 0o120777, content: "one"}
	oneA  = entry{name: "./a/one", mode: 0o100644, content: "first"}
	twoA  = entry{name: "./a/two", mode: 0o100644, content: "other"}
)

// with gives e after a change.
func with(e entry, change func(e *entry)) entry {
	change(&e)
	return e
}

// hardLinks makes /a/one and /a/two one file.
var hardLinks = map[int32]rawTag{rpmutils.FILEINODES: int32Tag(1, 2, 3, 3)}

func TestArchiveAccepts(t *testing.T) {
	crc := func(e *entry) { e.magic, e.sum = "070702", 0 }
	for _, b := range []byte("first") {
		old := crc
		crc = func(e *entry) { old(e); e.sum += int(b) }
	}
	const want = "map[/a: /a/link: /a/one:first /a/two:other]"
	for _, c := range []struct {
		name    string
		payload []byte
		tags    map[int32]rawTag
		want    string
	}{
		{"as rpm writes it", archive(dirA, linkA, oneA, twoA), nil, want},
		{"another order", archive(twoA, oneA, linkA, dirA), nil, want},
		{"absolute names", archive(with(dirA, func(e *entry) { e.name = "/a" }), linkA, with(oneA, func(e *entry) { e.name = "/a/one" }), twoA), nil, want},
		{"bare names", archive(with(dirA, func(e *entry) { e.name = "a" }), linkA, with(oneA, func(e *entry) { e.name = "a/one" }), twoA), nil, want},
		{"a right checksum", archive(dirA, linkA, with(oneA, crc), twoA), nil, want},
		{"zeros behind the archive", append(archive(dirA, linkA, oneA, twoA), make([]byte, 5000)...), nil, want},
		{"stripped", stripped([]int{0, 1, 2, 3}, "", "one", "first", "other"), nil, want},
		{"stripped, long sizes", stripped([]int{3, 1, 2, 0}, "", "one", "first", "other"),
			map[int32]rawTag{rpmutils.LONGFILESIZES: int64Tag(0, 3, 5, 5), rpmutils.FILESIZES: {}}, want},
		{"stripped hard links", stripped([]int{0, 1, 2, 3}, "", "one", "", "same!"), hardLinks,
			"map[/a: /a/link: /a/one:(linked) /a/two:same!]"},
		{"hard links", archive(dirA, linkA, with(oneA, func(e *entry) { e.content = "" }), twoA), hardLinks,
			"map[/a: /a/link: /a/one:(linked) /a/two:other]"},
		{"a ghost", archive(dirA, linkA, oneA), map[int32]rawTag{rpmutils.FILEFLAGS: int32Tag(0, 0, 0, uint32(FlagGhost))},
			"map[/a: /a/link: /a/one:first]"},
		{"paths of before version 4", archive(dirA, linkA, oneA, twoA), map[int32]rawTag{
			rpmutils.BASENAMES: {}, rpmutils.DIRNAMES: {}, rpmutils.DIRINDEXES: {},
			rpmutils.OLDFILENAMES: stringsTag("/a", "/a/link", "/a/one", "/a/two")}, want},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readAll(two(t, c.payload, c.tags))
			if err != nil {
				t.Fatal(err)
			}
			if s := fmt.Sprint(got); s != c.want {
				t.Errorf("contents %s, want %s", s, c.want)
			}
		})
	}
}

func TestArchiveRefuses(t *testing.T) {
	good := archive(dirA, linkA, oneA, twoA)
	field := func(e entry, i int, digits string) []byte {
		b := e.bytes()
		copy(b[6+8*i:], digits)
		return append(b, archive()...)
	}
	for _, c := range []struct {
		name    string
		payload []byte
		tags    map[int32]rawTag
		want    string
	}{
		{"empty", nil, nil, "byte 0 of the archive: the archive ends where an entry should begin: it is truncated"},
		{"no archive", []byte("not a cpio archive at all"), nil, `"not a " is no magic number`},
		{"no trailer", bytes.TrimSuffix(good, archive()), nil, "the archive ends where an entry should begin"},
		{"an entry too many", archive(dirA, linkA, oneA, twoA, with(oneA, func(e *entry) { e.name = "./a/three" })), nil,
			`"./a/three" is there, but not in the header's list`},
		{"an entry twice", archive(dirA, oneA, oneA), nil, `"/a/one" is there twice`},
		{"the same by another name", archive(dirA, oneA, with(oneA, func(e *entry) { e.name = "/a/one" })), nil, `"/a/one" is there twice`},
		{"an entry missing", archive(dirA, linkA, twoA), nil, `"/a/one" is in the header's list of files, but not there`},
		{"out of the tree", archive(with(oneA, func(e *entry) { e.name = "./a/../../etc/passwd" })), nil, "leads out of the tree"},
		{"a path that is not clean", archive(with(oneA, func(e *entry) { e.name = "./a//one" })), nil, "not in the header's list"},
		{"a ghost", good, map[int32]rawTag{rpmutils.FILEFLAGS: int32Tag(0, 0, 0, uint32(FlagGhost))}, "the header says that the package does not contain it"},
		{"more content", archive(dirA, linkA, with(oneA, func(e *entry) { e.content = "first!" })), nil, `"/a/one" has 6 bytes of content, the header says 5`},
		{"less content", archive(dirA, linkA, with(oneA, func(e *entry) { e.content = "" })), nil, `"/a/one" has 0 bytes of content, the header says 5`},
		{"a folder with content", archive(with(dirA, func(e *entry) { e.content = "xxxx" })), nil, `"/a" has 4 bytes of content, the header says 0`},
		{"another type", archive(dirA, with(oneA, func(e *entry) { e.mode = 0o40644 })), nil, `"/a/one" is d---------, the header says ----------`},
		{"another target", archive(dirA, with(linkA, func(e *entry) { e.content = "two" })), nil, `"/a/link" is a link to "two", the header says to "one"`},
		{"no target", archive(dirA, with(linkA, func(e *entry) { e.content = "" })), nil, "a link target has 0 bytes"},
		{"a long target", archive(dirA, with(linkA, func(e *entry) { e.size = 1 << 30 })), nil, "a link target has 1073741824 bytes"},
		{"a wrong checksum", archive(dirA, linkA, with(oneA, func(e *entry) { e.magic, e.sum = "070702", 7 }), twoA), nil,
			"file /a/one: cpio checksum is 00000228, the package says 00000007: download the package again"},
		{"a negative size", field(oneA, newcFileSize, "-0000005"), nil, `field 6 of the header is "-0000005", not a hexadecimal number`},
		{"a name's size with a sign", field(oneA, newcNameSize, "+0000008"), nil, "not a hexadecimal number"},
		{"no digits", field(oneA, newcMode, "0000zzzz"), nil, "not a hexadecimal number"},
		{"a long name", field(oneA, newcNameSize, "7fffffff"), nil, "the entry's name has 2147483647 bytes"},
		{"no name", field(oneA, newcNameSize, "00000000"), nil, "the entry's name has 0 bytes"},
		{"a name without its end", field(oneA, newcNameSize, "00000007"), nil, "does not end where it says"},
		{"more behind the archive", append(bytes.Clone(good), "more"...), nil, "more follows the archive's end"},
		{"too many zeros behind the archive", append(bytes.Clone(good), make([]byte, trailingZeros+1)...), nil, "more follows the archive's end"},
		{"stripped, no such file", stripped([]int{4}, "", "", "", "", ""), nil, "the entry is of file 4, the header lists 4"},
		{"stripped, no number", []byte("07070X0000000g\x00\x00"), nil, "is not a hexadecimal number"},
		{"stripped, 14 bytes", []byte("07070X00000002first..."), nil, "is not padded to 16 bytes"},
		{"stripped, twice", stripped([]int{2, 2}, "", "", "first"), nil, "is there twice"},
		{"stripped, another target", stripped([]int{1}, "", "two"), nil, `"/a/link" is a link to "two"`},
		{"hard links, content first", archive(dirA, linkA, oneA, with(twoA, func(e *entry) { e.content = "" })), hardLinks,
			`"/a/one" has 5 bytes of content, the header says 0`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readAll(two(t, c.payload, c.tags))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v\nwant %s", err, c.want)
			}
			if !strings.HasSuffix(err.Error(), ": download the package again") {
				t.Errorf("no mend: %v", err)
			}
		})
	}
}

// TestArchiveTruncated: an archive that ends anywhere but at its end is refused.
func TestArchiveTruncated(t *testing.T) {
	for name, full := range map[string][]byte{
		"newc":     archive(dirA, linkA, oneA, twoA),
		"stripped": stripped([]int{0, 1, 2, 3}, "", "one", "first", "other"),
	} {
		for n := range full {
			_, err := readAll(two(t, full[:n], nil))
			if err == nil || !strings.Contains(err.Error(), "truncated") {
				t.Errorf("%s, %d bytes of %d: %v", name, n, len(full), err)
			}
		}
	}
}

// TestPayloadEnds: cancelling and closing at any moment ends the goroutines, and
// what is called afterwards says so.
func TestPayloadEnds(t *testing.T) {
	b := writeBytes(t, small())
	before := runtime.NumGoroutine()
	for stop := range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		l, err := mustOpen(t, b).Payload(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var e *Entry
		for range stop {
			if e, err = l.Next(); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		if err := l.Finish(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("after %d entries: %v", stop, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := l.Next(); err == nil {
			t.Error("Next after Close gives an entry")
		}
		if e != nil {
			if n, err := e.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("Read after Close: %d, %v", n, err)
			}
		}
	}
	l, err := mustOpen(t, b).Payload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := l.Next(); !errors.Is(err, ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
	if err := l.Finish(); !errors.Is(err, ErrClosed) {
		t.Errorf("Finish after Close: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mustOpen(t, b).Payload(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Payload: %v", err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

// TestEntryReaders: an entry read in any way gives the same.
func TestEntryReaders(t *testing.T) {
	want := small().Files[0].Content
	read := func(how func(e *Entry) ([]byte, error)) {
		t.Helper()
		l, err := mustOpen(t, writeBytes(t, small())).Payload(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for {
			e, err := l.Next()
			if err != nil {
				t.Fatal(err)
			}
			if e.File.Path == small().Files[0].Path {
				if got, err := how(e); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
				}
				break
			}
		}
		if err := l.Finish(); err != nil {
			t.Error(err)
		}
	}
	read(func(e *Entry) ([]byte, error) { return io.ReadAll(iotest.OneByteReader(e)) })
	read(func(e *Entry) ([]byte, error) { return io.ReadAll(e) })
	read(func(e *Entry) ([]byte, error) {
		var b bytes.Buffer
		if _, err := io.CopyN(&b, e, 1234); err != nil {
			return nil, err
		}
		_, err := e.WriteTo(&b)
		return b.Bytes(), err
	})
}

// TestEntryOfBefore: an entry ends when the next is asked for.
func TestEntryOfBefore(t *testing.T) {
	l, err := mustOpen(t, writeBytes(t, small())).Payload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := l.Next()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Next(); err != nil {
		t.Fatal(err)
	}
	if n, err := e.Read(make([]byte, 10)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("Read: %d, %v", n, err)
	}
	if err := l.Finish(); err != nil {
		t.Error(err)
	}
}
