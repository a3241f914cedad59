package ext

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

var (
	_ io.WriterTo   = (*File)(nil)
	_ io.ReaderFrom = (*File)(nil)
)

// streamBytes is how much of a file is read or written in one piece: no more than the
// processor's cache holds, and enough to make the calls to the device few.
const streamBytes = 1 << 20

// borrow gives a buffer for copying, which giveBack takes. One is kept for the next
// copy: a tree of small files takes as many copies as it has files.
func (f *FS) borrow() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.spare
	f.spare = nil
	if b == nil {
		b = make([]byte, streamBytes)
	}
	return b
}

func (f *FS) giveBack(b []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spare = b
}

// WriteFrom is WriteFile for contents of any size, which come from r. Where r
// fails, the file holds what was read up to then. r may read from the same
// file system.
func (f *FS) WriteFrom(name string, r io.Reader, perm fs.FileMode) error {
	buf := f.borrow()
	defer f.giveBack(buf)
	n, err := io.ReadFull(r, buf)
	if err != nil { // that was all
		if werr := f.WriteFile(name, buf[:n], perm); werr != nil {
			return werr
		}
		return readError(name, err)
	}
	file, err := f.OpenFile(name, os.O_WRONLY|os.O_CREATE, perm)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it writes nothing
	if _, err = file.Write(buf); err == nil {
		_, err = file.readFrom(r, buf)
	}
	if terr := file.Truncate(file.off); err == nil {
		err = terr
	}
	return err
}

// readError is what to say where the source of a file's contents fails; its end
// is no failure.
func readError(name string, err error) error {
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return &fs.PathError{Op: "write", Path: name, Err: fmt.Errorf("reading what it is to hold: %w", err)}
}

// ReadFrom writes on from where the last Read, Write or Seek ended, with all that r
// has. What lies behind that in the file stays. io.Copy makes use of it.
func (o *File) ReadFrom(r io.Reader) (n int64, err error) {
	buf := o.fs.borrow()
	defer o.fs.giveBack(buf)
	return o.readFrom(r, buf)
}

func (o *File) readFrom(r io.Reader, buf []byte) (n int64, err error) {
	for {
		k, err := io.ReadFull(r, buf)
		if k > 0 {
			if _, err := o.Write(buf[:k]); err != nil {
				return n, err
			}
			n += int64(k)
		}
		if err != nil {
			return n, readError(o.name, err)
		}
	}
}

// WriteTo gives w all of the file from where the last Read, Write or Seek ended.
// io.Copy makes use of it.
func (o *File) WriteTo(w io.Writer) (n int64, err error) {
	buf := o.fs.borrow()
	defer o.fs.giveBack(buf)
	for {
		k, err := o.Read(buf)
		if k > 0 {
			put, werr := w.Write(buf[:k])
			n += int64(put)
			if werr == nil && put < k {
				werr = io.ErrShortWrite
			}
			if werr != nil {
				return n, werr
			}
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
