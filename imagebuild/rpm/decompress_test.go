package rpm

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// compress runs a compressor over b.
func compress(t testing.TB, b []byte, name string, args ...string) []byte {
	t.Helper()
	needTools(t, name)
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(b)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr.Bytes())
	}
	return out.Bytes()
}

// bigger is a package with one file of 1 MiB, half of it noise, whose payload
// a test compresses itself. It has no digests.
func bigger(t testing.TB) (*raw, []byte) {
	t.Helper()
	noise := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{1}).Read(noise[:len(noise)/2])
	r := takeApart(t, writeBytes(t, Spec{Name: "bigger", Version: "1", Release: "1", Summary: "s", License: "l", BuildTime: built,
		Files: []SpecFile{{Path: "/noise", Mode: 0o644, Content: noise}}}))
	r.sig = map[int32]rawTag{1008: {7, 4, make([]byte, 4)}}
	delete(r.main, rpmutils.PAYLOADDIGEST)
	delete(r.main, rpmutils.FILEDIGESTS)
	return r, archive(entry{name: "./noise", mode: 0o100644, content: string(noise)})
}

// as gives the package with the payload and the compressor's name.
func (r *raw) as(compressor string, payload []byte) []byte {
	r.main[rpmutils.PAYLOADCOMPRESSOR] = stringTag(compressor)
	r.payload = payload
	return r.bytes()
}

// TestDecompressForms: the forms of streams that packagers write, made by the
// compressors themselves.
func TestDecompressForms(t *testing.T) {
	r, plain := bigger(t)
	half := len(plain) / 2
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	xz := func(b []byte, args ...string) []byte { return compress(t, b, "xz", append([]string{"-0"}, args...)...) }
	for _, c := range []struct {
		name, compressor string
		payload          []byte
	}{
		{"xz", "xz", xz(plain)},
		{"xz of many blocks", "xz", xz(plain, "--block-size=65536")},
		{"xz by threads", "xz", xz(plain, "-T2", "--block-size=300000")},
		{"xz of two streams", "xz", join(xz(plain[:half]), xz(plain[half:]))},
		{"xz with padding", "xz", join(xz(plain[:half]), make([]byte, 8), xz(plain[half:]), make([]byte, 4))},
		{"xz without a check", "xz", xz(plain, "--check=none")},
		{"xz with CRC-32", "xz", xz(plain, "--check=crc32")},
		{"xz with SHA-256", "xz", xz(plain, "--check=sha256")},
		{"xz -9", "xz", compress(t, plain, "xz", "-9")},
		{"xz with a filter", "xz", xz(plain, "--x86", "--lzma2=preset=0")},
		{"xz under the name of lzma", "lzma", xz(plain)},
		{"lzma", "lzma", xz(plain, "--format=lzma")},
		{"lzma under the name of xz", "xz", xz(plain, "--format=lzma")},
		{"gzip", "gzip", compress(t, plain, "gzip", "-1")},
		{"gzip of two members", "gzip", join(compress(t, plain[:half], "gzip", "-1"), compress(t, plain[half:], "gzip", "-9"))},
		{"gzip under no name", "", compress(t, plain, "gzip", "-1")},
		{"bzip2", "bzip2", compress(t, plain, "bzip2")},
		{"bzip2 of two streams", "bzip2", join(compress(t, plain[:half], "bzip2"), compress(t, plain[half:], "bzip2", "-1"))},
		{"zstd", "zstd", compress(t, plain, "zstd", "-1")},
		{"zstd of two frames", "zstd", join(compress(t, plain[:half], "zstd"), compress(t, plain[half:], "zstd", "-19"))},
		{"nothing", "", plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := r.as(c.compressor, c.payload)
			if got, err := readAll(b); err != nil || len(got["/noise"]) != 1<<20 {
				t.Fatalf("%d bytes, %v", len(got["/noise"]), err)
			}
			// A flipped bit in the middle or near the end must not pass; nor the end
			// missing. Without digests the stream's own checks are all there is.
			if c.compressor == "" && c.name == "nothing" || strings.Contains(c.name, "without") || strings.HasPrefix(c.name, "lzma") {
				return
			}
			for _, at := range []int{len(c.payload) / 2, len(c.payload) - 5} {
				p := bytes.Clone(c.payload)
				p[at] ^= 0x10
				if _, err := readAll(r.as(c.compressor, p)); !isDamage(err) {
					t.Errorf("byte %d of %d flipped: %v", at, len(p), err)
				}
			}
		})
	}
}

func isDamage(err error) bool {
	var d *DamageError
	return errors.As(err, &d) && !errors.Is(err, io.EOF) && strings.HasSuffix(err.Error(), ": download the package again")
}

// TestDecompressTruncated: a stream that ends early is refused wherever it ends,
// also between members, frames and streams.
func TestDecompressTruncated(t *testing.T) {
	r, plain := bigger(t)
	for _, c := range []struct{ compressor, tool, arg string }{
		{"xz", "xz", "-0"}, {"lzma", "xz", "--format=lzma"}, {"gzip", "gzip", "-1"}, {"bzip2", "bzip2", "-1"}, {"zstd", "zstd", "-1"},
	} {
		full := compress(t, plain, c.tool, c.arg)
		for _, n := range []int{0, 1, 5, 6, 12, 13, 20, 100, 65536, len(full) / 2, len(full) - 13, len(full) - 9, len(full) - 4, len(full) - 1} {
			if _, err := readAll(r.as(c.compressor, full[:n])); !isDamage(err) {
				t.Errorf("%s, %d bytes of %d: %v", c.compressor, n, len(full), err)
			}
		}
		half := compress(t, plain[:len(plain)/2], c.tool, c.arg)
		if _, err := readAll(r.as(c.compressor, half)); !isDamage(err) {
			t.Errorf("%s, the first half: %v", c.compressor, err)
		}
	}
}

func TestDecompressRefuses(t *testing.T) {
	r, plain := bigger(t)
	gz := compress(t, plain, "gzip", "-1")
	for _, c := range []struct {
		name, compressor string
		payload          []byte
		want             string
	}{
		{"another compressor", "xz", gz, "the header says xz, the payload is gzip"},
		{"another compressor, zstd", "zstd", compress(t, plain, "bzip2"), "the header says zstd, the payload is bzip2"},
		{"unknown compressor", "brotli", gz, `payload compressor "brotli" is not supported`},
		{"no compressed data", "gzip", []byte("plain text is no gzip"), "the gzip stream is corrupt"},
		{"data behind lzma", "lzma", append(compress(t, plain, "xz", "-0", "--format=lzma"), "more"...), "4 bytes follow the end of the lzma stream"},
		{"data behind gzip", "gzip", append(bytes.Clone(gz), "more than a header"...), "the gzip stream is corrupt"},
		{"data behind xz", "xz", append(compress(t, plain, "xz", "-0"), "more"...), "the xz stream is"},
		{"a dictionary too large", "xz", compress(t, plain, "xz", "--lzma2=preset=0,dict=128MiB"), "xz needs a window of more than 64 MiB"},
		{"a dictionary too large, lzma", "lzma", compress(t, plain, "xz", "--format=lzma", "--lzma1=preset=0,dict=128MiB"), "lzma needs a window of more than 64 MiB"},
		{"a window too large", "zstd", compress(t, plain, "zstd", "-1", "--long=27"), "zstd needs a window of more than 64 MiB"},
	} {
		_, err := readAll(r.as(c.compressor, c.payload))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// TestDecompressMemory: what a payload expands to is no matter; memory stays.
func TestDecompressMemory(t *testing.T) {
	const size = 96 << 20
	zeros := func() io.Reader { return io.LimitReader(zeroReader{}, size) }
	needTools(t, "zstd", "sh")
	r := takeApart(t, writeBytes(t, Spec{Name: "zeros", Version: "1", Release: "1", Summary: "s", License: "l", BuildTime: built,
		Files: []SpecFile{{Path: "/zeros", Mode: 0o644}}}))
	r.sig = map[int32]rawTag{1008: {7, 4, make([]byte, 4)}}
	delete(r.main, rpmutils.PAYLOADDIGEST)
	delete(r.main, rpmutils.FILEDIGESTS)
	r.main[rpmutils.FILESIZES] = int32Tag(size)
	head := entry{name: "./zeros", mode: 0o100644, size: size}.bytes()
	cmd := exec.Command("zstd", "-1")
	cmd.Stdin = io.MultiReader(bytes.NewReader(head), zeros(), bytes.NewReader(archive()))
	payload, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	p := mustOpen(t, r.as("zstd", payload))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l, err := p.Payload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := l.Next()
	if err != nil {
		t.Fatal(err)
	}
	n, err := e.WriteTo(io.Discard)
	if err == nil {
		err = l.Finish()
	}
	runtime.ReadMemStats(&after)
	if n != size || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("reading %d MiB allocated %d MiB", size>>20, used>>20)
	}
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
