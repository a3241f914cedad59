package rpm

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"strings"
	"testing"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// bare is the small package without digests, and where its header lies.
func bare(t testing.TB) (b []byte, at int) {
	t.Helper()
	r := takeApart(t, writeBytes(t, small()))
	r.sig = map[int32]rawTag{1008: {7, 4, make([]byte, 4)}}
	delete(r.main, rpmutils.PAYLOADDIGEST)
	b = r.bytes()
	return b, int(mustOpen(t, b).HeaderSpan.Off)
}

func TestIsPackage(t *testing.T) {
	b := writeBytes(t, small())
	for n, want := range map[int]bool{0: false, 3: false, 4: true, 96: true} {
		if IsPackage(b[:n]) != want {
			t.Errorf("IsPackage of %d bytes is %v", n, !want)
		}
	}
	if IsPackage([]byte("\x1f\x8b\x08\x00")) {
		t.Error("gzip is a package")
	}
}

func TestOpenRefuses(t *testing.T) {
	be := binary.BigEndian
	put := func(off int, v uint32) func(b []byte, at int) []byte {
		return func(b []byte, at int) []byte {
			be.PutUint32(b[at+off:], v)
			return b
		}
	}
	lead := func(off int, v byte) func(b []byte, at int) []byte {
		return func(b []byte, _ int) []byte {
			b[off] = v
			return b
		}
	}
	// Entry 0 is the region, entry 1 tag 100 (a string array), entry 2 the name.
	const entry1, entry2 = introSize + entrySize, introSize + 2*entrySize
	for _, c := range []struct {
		name   string
		change func(b []byte, at int) []byte
		want   string
	}{
		{"nothing", func([]byte, int) []byte { return nil }, "lead: no RPM package: it begins with 00 00 00 00, not with ed ab ee db: give an RPM package"},
		{"a gzip file", func([]byte, int) []byte { return bytes.Repeat([]byte("\x1f\x8b\x08\x00"), 50) }, "lead: no RPM package"},
		{"the magic alone", func(b []byte, _ int) []byte { return b[:4] }, "lead: the file has 4 bytes, the lead alone 96: the file is truncated"},
		{"the lead alone", func(b []byte, _ int) []byte { return b[:96] }, "signature header: the file ends at byte 96, 16 bytes are needed at byte 96"},
		{"version 6", lead(4, 6), "lead: package format version 6 is not supported"},
		{"a type", lead(7, 9), "lead: package type 9"},
		{"a signature type", lead(79, 1), "lead: signature type 1"},
		{"a source lead", lead(7, 1), "lead: it says source package, the header says built from"},
		{"no header", put(0, 0x12345678), "header: no header at byte 168: it begins with 12 34 56 78"},
		{"no entries", put(8, 0), "header: it has no entries"},
		{"many entries", put(8, 65536), "header: it claims 65536 entries, more than the 65535 allowed"},
		{"4 billion entries", put(8, 0xffffffff), "header: it claims 4294967295 entries"},
		{"many signature entries", func(b []byte, _ int) []byte { be.PutUint32(b[96+8:], 33); return b }, "signature header: it claims 33 entries, more than the 32 allowed"},
		{"a large store", put(12, 16<<20+1), "header: it claims 16777217 bytes of values"},
		{"a store behind the end", put(12, 16<<20), "the file is truncated"},
		{"the region's type", put(introSize+4, 6), "header: the region entry is 16 values of string"},
		{"the region's count", put(introSize+12, 17), "header: the region entry is 17 values of binary"},
		{"the region's place", put(introSize+8, 0), "header: the region's trailer at offset 0 does not end"},
		{"the region's place is negative", put(introSize+8, 0xfffffff0), "header: the region's trailer at offset -16"},
		{"the region's trailer", func(b []byte, at int) []byte {
			n := int(be.Uint32(b[at+8:])*16 + be.Uint32(b[at+12:]))
			be.PutUint32(b[at+16+n-8:], 0xffffff00)
			return b
		}, "header: the region covers 256 bytes of the index"},
		{"the region's trailer's tag", func(b []byte, at int) []byte {
			n := int(be.Uint32(b[at+8:])*16 + be.Uint32(b[at+12:]))
			be.PutUint32(b[at+16+n-16:], 7)
			return b
		}, "header: the region's trailer (tag 7, binary, count 16) does not match its entry"},
		{"a low tag", put(entry2, 99), "header: entry 2 (tag 99): the tag is not in the range that headers use"},
		{"type 0", put(entry2+4, 0), "header: entry 2 (tag 1000): type 0 is unknown"},
		{"type 10", put(entry2+4, 10), "header: entry 2 (tag 1000): type 10 is unknown"},
		{"two single strings", put(entry2+12, 2), "header: entry 2 (tag 1000): a single string has count 2"},
		{"a negative offset", put(entry2+8, 0xffffffff), "header: entry 2 (tag 1000): offset -1 lies outside"},
		{"a large offset", put(entry2+8, 0x7fffffff), "header: entry 2 (tag 1000): offset 2147483647 lies outside"},
		{"values over others", put(entry2+8, 0), "header: entry 2 (tag 1000): offset 0 lies within the values before, which end at 2"},
		{"not aligned", func(b []byte, at int) []byte {
			return patch(b, at, rpmutils.BUILDTIME, 8, func(v uint32) uint32 { return v + 1 })
		}, "is not aligned for int32"},
		{"4 billion numbers", func(b []byte, at int) []byte {
			return patch(b, at, rpmutils.FILESIZES, 12, func(uint32) uint32 { return 0xffffffff })
		}, "4294967295 values of int32"},
		{"4 billion strings", func(b []byte, at int) []byte {
			return patch(b, at, rpmutils.BASENAMES, 12, func(uint32) uint32 { return 0xffffffff })
		}, "4294967295 strings at offset"},
		{"a string without end", func(b []byte, _ int) []byte {
			r := takeApart(t, b)
			r.main[9000] = rawTag{6, 1, []byte("abc")}
			return r.bytes()
		}, "(tag 9000): a string at offset"},
		{"a tag twice", put(entry2, 100), "header: entry 2: tag 100 is there twice"},
		{"a name that is a number", func(b []byte, at int) []byte {
			return patch(b, at, rpmutils.NAME, 4, func(uint32) uint32 { return uint32(typeBin) })
		}, "header: tag 1000: it is binary where strings are expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, at := bare(t)
			p, err := openBytes(c.change(b, at))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant %s", err, c.want)
			}
			if p != nil {
				t.Error("a package beside an error")
			}
		})
	}
}

// patch changes a field of the index entry of a tag.
func patch(b []byte, at int, tag int32, field int, change func(uint32) uint32) []byte {
	be := binary.BigEndian
	for i := range int(be.Uint32(b[at+8:])) {
		e := b[at+16+16*i:]
		if int32(be.Uint32(e)) == tag {
			be.PutUint32(e[field:], change(be.Uint32(e[field:])))
		}
	}
	return b
}

// TestOpenRefusesTags: values that are in order one by one and not together.
func TestOpenRefusesTags(t *testing.T) {
	for _, c := range []struct {
		name string
		tags map[int32]rawTag
		want string
	}{
		{"no name", map[int32]rawTag{rpmutils.NAME: {}}, `the package's name "" is no name`},
		{"a name with a slash", map[int32]rawTag{rpmutils.NAME: stringTag("a/b")}, `the package's name "a/b" is no name`},
		{"a delta package", map[int32]rawTag{rpmutils.PAYLOADFORMAT: stringTag("drpm")}, "is a delta package: give the full package"},
		{"another format", map[int32]rawTag{rpmutils.PAYLOADFORMAT: stringTag("ustar")}, `payload format "ustar" is not supported`},
		{"version 6", map[int32]rawTag{tagRPMFormat: int32Tag(6)}, "package format version 6 is not supported"},
		{"few sizes", map[int32]rawTag{rpmutils.FILESIZES: int32Tag(1, 2)}, "it lists 4 files and their sizes for 2"},
		{"no modes", map[int32]rawTag{rpmutils.FILEMODES: {}}, "it lists 4 files and their modes for 0"},
		{"many owners", map[int32]rawTag{rpmutils.FILEUSERNAME: stringsTag("a", "b", "c", "d", "e")}, "it lists 4 files and their owners for 5"},
		{"a folder that is not there", map[int32]rawTag{rpmutils.DIRINDEXES: int32Tag(0, 1, 1, 2)}, `file "two" lies in folder 2 of 2`},
		{"no folders", map[int32]rawTag{rpmutils.DIRINDEXES: {}}, "it lists 4 files and their folders for 0"},
		{"a path upwards", map[int32]rawTag{rpmutils.DIRNAMES: stringsTag("/", "/a/../")}, `file "/a/../link": its path is not absolute and clean`},
		{"a path without a root", map[int32]rawTag{rpmutils.DIRNAMES: stringsTag("", "a/")}, `file "a": its path is not absolute and clean`},
		{"a path twice", map[int32]rawTag{rpmutils.BASENAMES: stringsTag("a", "one", "two", "two")}, `file "/a/two" is listed twice`},
		{"a long path", map[int32]rawTag{rpmutils.DIRNAMES: stringsTag("/", "/"+strings.Repeat("x", 4096)+"/")}, "its path is longer than 4096 bytes"},
		{"a long target", map[int32]rawTag{rpmutils.FILELINKTOS: stringsTag("", strings.Repeat("x", 4096), "", "")}, "its link target is longer than 4095 bytes"},
		{"no target", map[int32]rawTag{rpmutils.FILELINKTOS: stringsTag("", "", "", "")}, "a symbolic link without a target"},
		{"a type", map[int32]rawTag{rpmutils.FILEMODES: int32Tag(0o40755, 0o120777, 0o170644, 0o100644)}, "it is of no known type"},
		{"a size", map[int32]rawTag{rpmutils.LONGFILESIZES: int64Tag(0, 3, 5, 1<<63)}, "size 9223372036854775808 is too large"},
		{"a digest", map[int32]rawTag{rpmutils.FILEDIGESTS: stringsTag("", "", "xyz", "")}, `"xyz" is no SHA-256`},
		{"digests by two algorithms", map[int32]rawTag{rpmutils.FILEDIGESTALGO: int32Tag(1, 8)}, "by algorithm 1 and 8"},
		{"a payload digest", map[int32]rawTag{rpmutils.PAYLOADDIGEST: stringsTag("00")}, `"00" is no SHA-256`},
		{"few versions", map[int32]rawTag{rpmutils.REQUIREVERSION: stringsTag("1")}, "requirements with 3 flags and 1 versions"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := takeApart(t, two(t, archive(dirA, linkA, oneA, twoA), nil))
			r.asIs = true
			for tag, v := range c.tags {
				if r.main[tag] = v; v.data == nil {
					delete(r.main, tag)
				}
			}
			_, err := openBytes(r.bytes())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v\nwant %s", err, c.want)
			}
		})
	}
}

// TestOpenFolders: a path that shares its folder's name with a quarter million
// others must not be joined for each of them.
func TestOpenFolders(t *testing.T) {
	const n = maxValues
	names := make([]byte, 0, 2*n)
	for range n {
		names = append(names, 'x', 0)
	}
	b := two(t, nil, map[int32]rawTag{
		rpmutils.BASENAMES:  {8, n, names},
		rpmutils.DIRNAMES:   stringsTag("/" + strings.Repeat("y", 4000) + "/"),
		rpmutils.DIRINDEXES: {4, n, make([]byte, 4*n)},
	})
	used := allocated(func() {
		_, err := openBytes(b)
		if err == nil || !strings.Contains(err.Error(), "the paths of 262144 files are longer than 67108864 bytes together") {
			t.Errorf("error %v", err)
		}
	})
	if used > 160<<20 {
		t.Errorf("%d MiB allocated", used>>20)
	}
	b = two(t, nil, map[int32]rawTag{rpmutils.BASENAMES: {8, n + 1, append(names, 'x', 0)}})
	if _, err := openBytes(b); err == nil || !strings.Contains(err.Error(), "262145 strings are more than the 262144 allowed") {
		t.Errorf("error %v", err)
	}
}

// allocated is the number of bytes that f allocates, freed ones included.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// lying is a file that ends before the size that was said.
type lying struct{ b []byte }

func (l lying) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(l.b)) {
		n = copy(p, l.b[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func TestOpenShorterThanItsSize(t *testing.T) {
	b := writeBytes(t, small())
	for _, n := range []int{0, 50, 96, 100, 500, 1000, len(b) - 100} {
		p, err := Open(lying{b[:n]}, int64(len(b)))
		if err == nil {
			_, _, err = contents(p)
		}
		if err == nil || !strings.Contains(err.Error(), "truncated") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
