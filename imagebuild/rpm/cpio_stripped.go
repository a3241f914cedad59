package rpm

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The stripped form is rpm's own, since 4.12, for packages with a file of 4 GiB
// or more: all entries of the archive but the trailer have it. It says which
// file of the header's list follows and nothing else: name, mode, size and link
// target are those of the list. Magic and index take 14 bytes; as in the other
// forms the content begins at the next multiple of 4 of the archive.
const (
	strippedMagic = "07070X"
	strippedSize  = 14
)

func readStripped(r *flowReader) (archiveEntry, error) {
	var buf [strippedSize - cpioMagicSize + 2]byte
	if _, err := io.ReadFull(r, buf[:]); err != nil {
		return archiveEntry{}, ended(err, "within an entry's header")
	}
	digits := string(buf[:8])
	i, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return archiveEntry{}, fmt.Errorf("the file index %q is not a hexadecimal number", digits)
	}
	if buf[8] != 0 || buf[9] != 0 {
		return archiveEntry{}, errors.New("the header of a stripped entry is not padded to 16 bytes")
	}
	return archiveEntry{stripped: true, index: int64(i)}, nil
}
