package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
)

// part reads no more than a part of what is asked for, and fails at a place.
type part struct {
	*bytes.Reader
	fails int64
}

var errDisk = errors.New("input/output error")

func (p part) ReadAt(b []byte, off int64) (int, error) {
	if p.fails > 0 && off >= p.fails {
		return 0, errDisk
	}
	return p.Reader.ReadAt(b[:min(len(b), 100_001)], off)
}

func TestDigestOfAnySize(t *testing.T) {
	for _, size := range []int{0, 1, 100_001, 512 << 10, 5<<20 + 3} {
		data := bytes.Repeat([]byte("digest"), size/6+1)[:size]
		d := startDigest(t.Context(), part{Reader: bytes.NewReader(data)})
		sum := sha256.Sum256(data)
		if got, err := d.wait(); err != nil || got != hex.EncodeToString(sum[:]) {
			t.Errorf("%d bytes: %s, %v", size, got, err)
		}
		d.stop()
	}
}

func TestDigestEnds(t *testing.T) {
	d := startDigest(t.Context(), part{bytes.NewReader(make([]byte, 3<<20)), 2 << 20})
	if _, err := d.wait(); err != errDisk {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sum, err := startDigest(ctx, part{Reader: bytes.NewReader(make([]byte, 3<<20))}).wait(); !errors.Is(err, context.Canceled) || sum != "" {
		t.Errorf("%q, %v", sum, err)
	}
	d = startDigest(t.Context(), part{Reader: bytes.NewReader(make([]byte, 30<<20))})
	d.stop() // wherever it is
}
