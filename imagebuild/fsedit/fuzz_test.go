package fsedit

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
)

// FuzzTar fills a file system from any bytes: they are taken or refused in one
// line, and what is taken is consistent.
func FuzzTar(f *testing.F) {
	f.Add(richArchive(f, 100))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"))
	f.Add(make([]byte, 1024))
	o := ext.FormatOptions{Type: "ext4", BlockSize: 1024, JournalBlocks: -1}
	const size = 4 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		dev, err := block.CreateSparse(t.TempDir())
		must(t, err)
		defer dev.Close()
		dev.Grow(size)
		must(t, ext.Format(dev, size, o))
		src := &source{tar: true, name: "tar", f: bytes.NewReader(data), maxSparse: 64 << 20}
		err = fill(context.Background(), dev, src, FormatOptions{FormatOptions: o, Size: size, Owner: keepOwner}, &FormatResult{})
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		list, err := ext.Check(context.Background(), dev, size, ext.CheckOptions{})
		must(t, err)
		for _, p := range list {
			if !p.Notice {
				t.Error(p)
			}
		}
	})
}
