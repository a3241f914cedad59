package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

// everything is all that reading a package gives, for comparison.
func everything(b []byte) (string, error) {
	p, err := openBytes(b)
	if err != nil {
		return "", err
	}
	c, _, err := contents(p)
	if err != nil {
		return "", err
	}
	for i := range p.Files {
		p.Files[i].algorithm.new = nil
	}
	return fmt.Sprint(p.String(), p.Summary, p.Description, p.BuildTime, p.Files, p.Requires, p.Provides, p.Scriptlets, c), nil
}

// TestCorruptAnywhere: a flipped byte anywhere gives an error, or, where nothing
// depends on it, the same package. Never a panic, another content or a large
// allocation.
func TestCorruptAnywhere(t *testing.T) {
	for _, c := range []struct{ name, compressor, tool string }{{"gzip", "gzip", ""}, {"xz", "xz", "xz"}, {"none", "", ""}} {
		t.Run(c.name, func(t *testing.T) {
			good := writeBytes(t, small())
			if c.compressor != "gzip" {
				r := plain(t)
				if c.tool != "" {
					r.main[1125] = stringTag(c.compressor)
					r.payload = compress(t, r.payload, c.tool, "-0")
				}
				good = r.bytes()
			}
			want, err := everything(good)
			if err != nil {
				t.Fatal(err)
			}
			start := int(mustOpen(t, good).PayloadSpan.Off)
			same := 0
			for at := 0; at < len(good); at++ {
				if at > start+200 && at < len(good)-200 && at%997 != 0 {
					continue
				}
				bad := bytes.Clone(good)
				bad[at] ^= 1 << (at % 8)
				var got string
				used := allocated(func() { got, err = everything(bad) })
				if used > 24<<20 {
					t.Errorf("byte %d flipped: %d MiB allocated", at, used>>20)
				}
				if err != nil {
					checkMessage(t, fmt.Sprintf("byte %d flipped", at), err)
				} else if got != want {
					t.Errorf("byte %d of %d flipped: another package, no error", at, len(good))
				} else if same++; at >= start {
					t.Errorf("byte %d of the payload flipped: not found", at-start)
				}
			}
			// What may change unseen: most of the lead, padding, and what an entry
			// of the signature header must say to be overlooked.
			if same > 200 {
				t.Errorf("%d flips were not found", same)
			}
		})
	}
}

// TestTruncatedAnywhere: a package that ends anywhere but at its end is refused
// as truncated.
func TestTruncatedAnywhere(t *testing.T) {
	good := writeBytes(t, small())
	for n := range good {
		if n > 4000 && n < len(good)-50 && n%101 != 0 {
			continue
		}
		_, err := everything(good[:n])
		if err == nil {
			t.Fatalf("%d bytes of %d: no error", n, len(good))
		}
		checkMessage(t, fmt.Sprintf("%d bytes", n), err)
		if n >= 4 && !strings.Contains(err.Error(), "truncated") {
			t.Errorf("%d bytes of %d: %v", n, len(good), err)
		}
	}
	// Without its size, the stream must say so.
	r := takeApart(t, good)
	delete(r.sig, 1000)
	delete(r.sig, 1004)
	r.asIs = true
	full := len(r.payload)
	for n := range full {
		cut := *r
		cut.payload = r.payload[:n]
		if _, err := everything(cut.bytes()); err == nil {
			t.Fatalf("%d bytes of the payload's %d: no error", n, full)
		} else {
			checkMessage(t, fmt.Sprintf("%d bytes of the payload", n), err)
		}
	}
}

// checkMessage: one line, with its place, of a kind that a caller can tell, and
// with something to do.
func checkMessage(t *testing.T, what string, err error) {
	t.Helper()
	s := err.Error()
	ok := false
	for _, place := range []string{"lead: ", "signature header: ", "header", "payload: ", "payload", "uncompressed payload: ", "file /"} {
		ok = ok || strings.HasPrefix(s, place)
	}
	mend := false
	for _, m := range []string{": download the package again", ": give a package", ": give an RPM package", ": give the full package", ": compress the package at a lower level"} {
		mend = mend || strings.Contains(s, m)
	}
	if !ok || !mend || errors.Is(err, io.EOF) || strings.Contains(s, "\n") || len(s) > 500 {
		t.Errorf("%s: %s: %q", what, reflect.TypeOf(err), s)
	}
}
