package rpm

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"testing"
	"time"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// fuzzLimit bounds what one input may allocate: the largest window of a
// decompressor, and what reading costs beside it.
const fuzzLimit = maxWindow + 32<<20

// drain reads a package to its end or first error, under the limits.
func drain(t *testing.T, b []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	used := allocated(func() {
		p, err := openBytes(b)
		if err != nil {
			return
		}
		l, err := p.Payload(ctx)
		if err != nil {
			t.Fatalf("%v: %v", p, err)
		}
		defer l.Close()
		for {
			e, err := l.Next()
			if err != nil {
				return
			}
			n, err := io.Copy(io.Discard, io.LimitReader(e, 64<<20))
			if err == nil && e.File.Mode.IsRegular() && !e.Linked && e.File.Size < 64<<20 && n != e.File.Size {
				t.Errorf("%q: %d bytes of %d and no error", e.File.Path, n, e.File.Size)
			}
			if n == 64<<20 {
				return
			}
		}
	})
	if ctx.Err() != nil {
		t.Errorf("reading %d bytes takes longer than 20 s", len(b))
	}
	if used > fuzzLimit {
		t.Errorf("reading %d bytes allocates %d MiB", len(b), used>>20)
	}
}

// FuzzOpen mutates whole packages. Those without digests of the header let the
// mutations through to what lies behind.
func FuzzOpen(f *testing.F) {
	f.Add(twoBase())
	f.Add(two(f, archive(dirA, linkA, oneA, twoA), nil))
	f.Add(two(f, stripped([]int{0, 1, 2, 3}, "", "one", "", "same!"), hardLinks))
	var b bytes.Buffer
	if err := Write(&b, small()); err != nil {
		f.Fatal(err)
	}
	r := takeApart(f, b.Bytes())
	f.Add(r.bytes())
	r.sig = map[int32]rawTag{1008: {7, 4, make([]byte, 4)}}
	delete(r.main, rpmutils.PAYLOADDIGEST)
	f.Add(r.bytes())
	r.noRegion = true
	f.Add(r.bytes())
	f.Fuzz(drain)
}

// FuzzPayload gives the archive's reader, behind each decompressor, any bytes.
func FuzzPayload(f *testing.F) {
	names := []string{"", "gzip", "bzip2", "xz", "lzma", "zstd"}
	good := archive(dirA, linkA, oneA, twoA)
	f.Add(uint8(0), good, false)
	f.Add(uint8(0), archive(dirA, linkA, with(oneA, func(e *entry) { e.content = "" }), twoA), true)
	f.Add(uint8(0), stripped([]int{0, 1, 2, 3}, "", "one", "first", "other"), false)
	f.Add(uint8(0), archive(with(oneA, func(e *entry) { e.magic, e.sum = "070702", 552 })), false)
	for i, tool := range []struct{ name, arg string }{{"gzip", "-9"}, {"bzip2", "-9"}, {"xz", "-0"}, {"xz", "--format=lzma"}, {"zstd", "-3"}} {
		cmd := exec.Command(tool.name, tool.arg)
		cmd.Stdin = bytes.NewReader(good)
		if b, err := cmd.Output(); err == nil { // a seed less where the tool is missing
			f.Add(uint8(i+1), b, false)
		}
	}
	f.Fuzz(func(t *testing.T, compressor uint8, payload []byte, links bool) {
		tags := map[int32]rawTag{}
		if links {
			tags[rpmutils.FILEINODES] = hardLinks[rpmutils.FILEINODES]
		}
		if name := names[int(compressor)%len(names)]; name != "" {
			tags[rpmutils.PAYLOADCOMPRESSOR] = stringTag(name)
		}
		drain(t, two(t, payload, tags))
	})
}
