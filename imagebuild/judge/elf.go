package judge

import (
	"errors"
	"fmt"
	"io"

	"lbimage/imagebuild/binary"
	"lbimage/imagebuild/ldso"
)

// maxELF bounds a program or library, in bytes, as all of it is copied. Real ones stay far below.
const maxELF = ldso.MaxELF

// object is an ELF file as the loader sees it.
type object = binary.Facts

// readObject reads an ELF file.
func readObject(r io.ReaderAt, size int64) (object, error) {
	if size > maxELF {
		return object{}, fmt.Errorf("%d bytes are more than a program has; the limit is %d", size, maxELF)
	}
	o, err := binary.Read(r, size)
	if errors.Is(err, binary.ErrNotELF) {
		var magic [2]byte
		if n, _ := r.ReadAt(magic[:], 0); n == 2 && string(magic[:]) == "#!" {
			return object{}, fmt.Errorf("a script, not a program")
		}
	}
	return o, err
}
