package tgz

import "io"

// NewDecompressor reads a tar archive's bytes out of r, whatever they are
// compressed with: gzip, xz, zstd, bzip2 or nothing, told by content. Memory is
// bounded. Close frees it, and does not close r.
func NewDecompressor(r io.Reader) (io.ReadCloser, error) {
	d, err := decompress(r)
	if err != nil {
		return nil, err
	}
	return decompressor{d}, nil
}

type decompressor struct{ *decoder }

func (d decompressor) Close() error {
	d.close()
	return nil
}
