package rpm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// plain is the small package with its payload uncompressed, so that tests can
// change it.
func plain(t testing.TB) *raw {
	t.Helper()
	r := takeApart(t, writeBytes(t, small()))
	delete(r.main, rpmutils.PAYLOADCOMPRESSOR)
	p := mustOpen(t, writeBytes(t, small()))
	r.payload = r.payload[:0]
	l, err := p.Payload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for {
		c, _, err := l.in.chunk(blockSize)
		if err != nil {
			break
		}
		r.payload = append(r.payload, c...)
	}
	return r
}

// TestVerifyMismatch: each digest, wrong, is named with both values.
func TestVerifyMismatch(t *testing.T) {
	wrongSHA1 := strings.Repeat("0", 40)
	wrongSHA256 := strings.Repeat("0", 64)
	for _, c := range []struct {
		name   string
		bytes  func(r *raw) []byte
		where  string
		digest string
		want   string
	}{
		{"header SHA-1", func(r *raw) []byte {
			return r.sealed(func(sig map[int32]rawTag) { sig[rpmutils.SIG_SHA1] = stringTag(wrongSHA1) })
		}, "header", "SHA-1", wrongSHA1},
		{"header SHA-256", func(r *raw) []byte {
			return r.sealed(func(sig map[int32]rawTag) { sig[rpmutils.SIG_SHA256] = stringTag(wrongSHA256) })
		}, "header", "SHA-256", wrongSHA256},
		{"MD5", func(r *raw) []byte {
			return r.sealed(func(sig map[int32]rawTag) { sig[1004] = rawTag{7, 16, make([]byte, 16)} })
		}, "header and payload", "MD5", strings.Repeat("0", 32)},
		{"size", func(r *raw) []byte {
			return r.sealed(func(sig map[int32]rawTag) { sig[1000] = int32Tag(100) })
		}, "header and payload", "size", "100"},
		{"payload", func(r *raw) []byte {
			r.main[rpmutils.PAYLOADDIGEST], r.asIs = stringsTag(wrongSHA256), true
			return r.bytes()
		}, "payload", "SHA-256", wrongSHA256},
		{"archive", func(r *raw) []byte {
			r.main[tagPayloadAlt] = stringsTag(wrongSHA256)
			return r.bytes()
		}, "uncompressed payload", "SHA-256", wrongSHA256},
		{"file", func(r *raw) []byte {
			r.main[rpmutils.FILEDIGESTS] = stringsTag(wrongSHA256, wrongSHA256, wrongSHA256, "", wrongSHA256, wrongSHA256, "")
			return r.bytes()
		}, "file /etc/small.conf", "SHA-256", wrongSHA256},
		{"archive size without a digest", func(r *raw) []byte {
			r.sig = map[int32]rawTag{1007: int32Tag(99)}
			delete(r.main, rpmutils.PAYLOADDIGEST)
			return r.bytes()
		}, "uncompressed payload", "size", "99"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readAll(c.bytes(plain(t)))
			var d *DigestError
			if !errors.As(err, &d) {
				t.Fatalf("error %v", err)
			}
			if d.Where != c.where || d.Name != c.digest || d.Want != c.want || d.Got == d.Want || d.Got == "" {
				t.Errorf("error %+v", d)
			}
			if !strings.HasSuffix(err.Error(), "the package says "+c.want+": download the package again") {
				t.Errorf("message %v", err)
			}
		})
	}
}

// TestVerifyStates: what is declared, in each way, and what came of it.
func TestVerifyStates(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *raw)
		want   string
	}{
		{"EL6", func(r *raw) {
			delete(r.sig, rpmutils.SIG_SHA256)
			delete(r.main, rpmutils.PAYLOADDIGEST)
			delete(r.main, rpmutils.PAYLOADDIGESTALGO)
		}, `header SHA-1: verified
header and payload size: verified
header and payload MD5: verified
uncompressed payload size: verified
files SHA-256: verified`},
		{"version 3", func(r *raw) {
			r.noRegion = true
			delete(r.sig, rpmutils.SIG_SHA256)
			delete(r.sig, rpmutils.SIG_SHA1)
			delete(r.main, rpmutils.PAYLOADDIGEST)
			delete(r.main, rpmutils.FILEDIGESTS)
		}, `header and payload size: verified
header and payload MD5: verified
uncompressed payload size: verified`},
		{"none", func(r *raw) {
			r.sig = map[int32]rawTag{1008: {7, 4, make([]byte, 4)}}
			delete(r.main, rpmutils.PAYLOADDIGEST)
			delete(r.main, rpmutils.FILEDIGESTS)
		}, ""},
		{"unknown algorithms", func(r *raw) {
			r.main[rpmutils.PAYLOADDIGESTALGO] = int32Tag(99)
			r.main[rpmutils.FILEDIGESTALGO] = int32Tag(98)
			r.sig = map[int32]rawTag{1004: {}}
		}, `header and payload MD5: verified
payload algorithm 99: unknown algorithm
files algorithm 98: unknown algorithm`},
		{"sum of sizes for the archive's", func(r *raw) {
			r.sig = map[int32]rawTag{1004: {}, 1007: int32Tag(80034)}
			delete(r.main, rpmutils.PAYLOADDIGEST)
		}, `header and payload MD5: verified
uncompressed payload size: differs
files SHA-256: verified`},
		{"long sizes", func(r *raw) {
			n := int64(len(putHeader(r.main, 63)) + len(r.payload))
			r.sig = map[int32]rawTag{rpmutils.SIG_LONGSIGSIZE: int64Tag(uint64(n)), rpmutils.SIG_LONGARCHIVESIZE: int64Tag(uint64(len(r.payload)))}
		}, `header and payload size: verified
payload SHA-256: verified
uncompressed payload size: verified
files SHA-256: verified`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := plain(t)
			c.change(r)
			p := mustOpen(t, r.bytes())
			got, digests, err := contents(p)
			if err != nil || len(got) != 7 {
				t.Fatalf("%d files, %v", len(got), err)
			}
			var lines []string
			for _, d := range digests {
				lines = append(lines, d.String())
			}
			diff(t, "digests", strings.Join(lines, "\n"), c.want)
			for i, d := range p.Digests {
				if d.Covers != CoversHeader && d.State == Verified && d.Name != "size" {
					t.Errorf("%v before the payload was read", d)
				}
				if d.Name != digests[i].Name || d.Want != digests[i].Want {
					t.Errorf("%v became %v", d, digests[i])
				}
			}
		})
	}
}

// TestVerifyFileAlgorithms: files' digests by each algorithm, right and wrong.
func TestVerifyFileAlgorithms(t *testing.T) {
	for _, number := range []uint64{1, 2, 8, 9, 10, 11, 12, 14} {
		a := algorithmByNumber(number)
		sum := func(content []byte) string {
			h := a.new()
			h.Write(content)
			return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
		}
		r := plain(t)
		var sums []string
		for _, f := range mustOpen(t, r.bytes()).Files {
			for _, s := range small().Files {
				if s.Path == f.Path && s.Mode.IsRegular() {
					sums = append(sums, sum(s.Content))
				} else if s.Path == f.Path {
					sums = append(sums, "")
				}
			}
		}
		r.main[rpmutils.FILEDIGESTALGO] = int32Tag(uint32(number))
		if number == 1 {
			delete(r.main, rpmutils.FILEDIGESTALGO) // what old packages leave out
		}
		r.main[rpmutils.FILEDIGESTS] = stringsTag(sums...)
		if _, err := readAll(r.bytes()); err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
		sums[5] = sum([]byte("x"))
		r.main[rpmutils.FILEDIGESTS] = stringsTag(sums...)
		_, err := readAll(r.bytes())
		var d *DigestError
		if !errors.As(err, &d) || d.Where != "file /usr/share/small/empty" || d.Name != a.name {
			t.Errorf("%s: wrong digest: %v", a.name, err)
		}
	}
}

// TestVerifyOrder: an entry ends with io.EOF only if it is whole, and a caller
// who does not read it learns of it all the same.
func TestVerifyOrder(t *testing.T) {
	r := plain(t)
	sum := sha256.Sum256([]byte("other"))
	wrong := hex.EncodeToString(sum[:])
	r.main[rpmutils.FILEDIGESTS] = stringsTag(wrong, wrong, wrong, "", wrong, wrong, "")
	p := mustOpen(t, r.bytes())
	l, err := p.Payload(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	e, err := l.Next()
	if err != nil || e.File.Path != "/etc/small.conf" {
		t.Fatal(e, err)
	}
	buf := make([]byte, 12)
	if n, err := e.Read(buf); n != 12 || err != nil {
		t.Fatalf("Read: %d, %v", n, err)
	}
	for range 2 {
		var d *DigestError
		if _, err := e.Read(buf); !errors.As(err, &d) {
			t.Errorf("Read at the end: %v", err)
		}
		if _, err := l.Next(); !errors.As(err, &d) {
			t.Errorf("Next: %v", err)
		}
		if err := l.Finish(); !errors.As(err, &d) {
			t.Errorf("Finish: %v", err)
		}
	}
}
