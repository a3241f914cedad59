package tgz

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"lbimage/imagebuild/block"
)

// WriteOptions says how [Archive.Write] writes. The zero value writes the archive
// as it is.
type WriteOptions struct {
	// Replace gives entries, by their names in the archive, other data. Where it
	// is a block.Layer over the entry's own data, only the chunks that were
	// changed are compressed again after [Options.CompressAhead].
	Replace map[string]block.Device
	// ModTimes gives entries, by their names, other times.
	ModTimes map[string]time.Time
	// NotAfter, unless zero, is the latest time that an entry may bear; later ones
	// are set to it.
	NotAfter time.Time
	// Progress, when not nil, is called now and then, by the goroutine that
	// called Write, with the number of bytes written so far, before compression.
	Progress func(bytes int64)
}

// Stats says what [Archive.Write] did.
type Stats struct {
	Size       int64 // bytes written
	TarSize    int64 // bytes before compression
	Chunks     int   // of 1 MiB of all entries
	Compressed int   // chunks of them that were compressed now
}

// Write writes the archive to w as one gzip member, in the GNU tar format, padded
// as GNU tar does. The bytes depend on the headers and the data alone. Several
// calls may run at once.
func (a *Archive) Write(ctx context.Context, w io.Writer, o WriteOptions) (Stats, error) {
	for name := range o.Replace {
		if !slices.ContainsFunc(a.Entries, func(e Entry) bool { return e.Header.Name == name && e.Data != nil }) {
			return Stats{}, fmt.Errorf("no file entry %q in the archive to replace; it holds %s", name, listNames(a.Entries))
		}
	}
	out := &assembler{w: w, spool: a.spool, zero: sync.OnceValue(newZeroPiece), progress: o.Progress}
	if err := out.header(); err != nil {
		return Stats{}, err
	}
	if err := runInOrder(ctx, out.zero, a.steps(o), out.step); err != nil {
		return Stats{}, err
	}
	if err := out.trailer(); err != nil {
		return Stats{}, err
	}
	return out.stats, nil
}
