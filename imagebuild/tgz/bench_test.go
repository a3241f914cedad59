package tgz

import (
	"bytes"
	"context"
	"io"
	"testing"

	"lbimage/imagebuild/block"
)

// The benchmarks work on 64 MiB, half of it zeros; speeds are of the disk's bytes.
const benchSize = 64 << 20

func benchArchive(b *testing.B) []byte {
	return write(b, single(b, diskBytes(1, benchSize)), WriteOptions{})
}

func BenchmarkLoad(b *testing.B)      { benchLoad(b, false) }
func BenchmarkLoadAhead(b *testing.B) { benchLoad(b, true) }

func benchLoad(b *testing.B, ahead bool) {
	src := benchArchive(b)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		a, err := Load(context.Background(), bytes.NewReader(src), Options{TempDir: b.TempDir(), CompressAhead: ahead})
		if err != nil {
			b.Fatal(err)
		}
		a.Close()
	}
}

// BenchmarkWriteEdited writes an archive that was compressed ahead after an edit.
func BenchmarkWriteEdited(b *testing.B) {
	a := load(b, benchArchive(b), Options{CompressAhead: true})
	l := block.NewLayer(a.Entries[0].Data, b.TempDir())
	defer l.Close()
	l.WriteAt([]byte("edit"), 1<<20)
	benchWrite(b, a, WriteOptions{Replace: map[string]block.Device{a.Entries[0].Header.Name: l}})
}

// BenchmarkWriteWhole compresses everything.
func BenchmarkWriteWhole(b *testing.B) {
	benchWrite(b, load(b, benchArchive(b), Options{}), WriteOptions{})
}

func benchWrite(b *testing.B, a *Archive, o WriteOptions) {
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Write(context.Background(), io.Discard, o); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPiece compresses one chunk.
func BenchmarkPiece(b *testing.B) {
	p := bytes.Repeat(diskBytes(4, 65536), 16)
	c := newCompressor()
	var out []byte
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		out = c.deflate(out[:0], p)
	}
}

func BenchmarkChecksumAdd(b *testing.B) {
	var c checksum
	for b.Loop() {
		c.lastShift = 0
		c.add(0x12345678, chunkSize)
	}
}
