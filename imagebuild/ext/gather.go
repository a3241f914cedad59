package ext

import "fmt"

// gatherBytes is how much of neighbouring small writes becomes one.
const gatherBytes = 256 << 10

// gather joins small writes to a device where each begins at the end of the one
// before: files made one after the other come to lie so, and a call to the device for
// each would cost more than their bytes. What waits is always the last that was
// written, so the device sees the bytes in the order in which they came; whoever reads
// through it sees them at once.
type gather struct {
	dev ReadWriterAt
	at  int64  // where buf belongs
	buf []byte // what waits
}

// ReadAt has the contract of io.ReaderAt.
func (g *gather) ReadAt(p []byte, off int64) (int, error) {
	if off < g.at+int64(len(g.buf)) && g.at < off+int64(len(p)) {
		if err := g.flush(); err != nil {
			return 0, err
		}
	}
	return g.dev.ReadAt(p, off)
}

// WriteAt has the contract of io.WriterAt, but that an error may be of an earlier
// write, or come later: from flush at the latest.
func (g *gather) WriteAt(p []byte, off int64) (int, error) {
	if off != g.at+int64(len(g.buf)) || len(g.buf)+len(p) > gatherBytes {
		if err := g.flush(); err != nil {
			return 0, err
		}
		if len(p) > gatherBytes/2 {
			return g.dev.WriteAt(p, off)
		}
		g.at = off
	}
	if g.buf == nil {
		g.buf = make([]byte, 0, gatherBytes)
	}
	g.buf = append(g.buf, p...)
	return len(p), nil
}

// flush writes what waits. Where that fails it waits on.
func (g *gather) flush() error {
	if len(g.buf) == 0 {
		return nil
	}
	if _, err := g.dev.WriteAt(g.buf, g.at); err != nil {
		return fmt.Errorf("writing what was put off at byte %d: %w", g.at, err)
	}
	g.buf = g.buf[:0]
	return nil
}
