package unpack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

const (
	cpioHead    = 110  // bytes of an entry's header
	cpioName    = 4096 // of a name or a link's target, with its zero byte
	cpioTrailer = "TRAILER!!!"
	cpioLayers  = 4 // how often an archive of an initramfs may be compressed in itself
)

// cpio reads archives that follow each other, with zeros between them, as the kernel takes them for an initramfs: some
// plain, such as that with the processor's microcode, the others compressed.
func (l *lister) cpio(src *io.SectionReader, layer int) error {
	var kinds []string
	for off := int64(0); off < src.Size(); {
		next, err := zeros(src, off)
		if err != nil {
			return err
		}
		if next == src.Size() {
			break
		}
		off = next
		rest := io.NewSectionReader(src, off, src.Size()-off)
		form := FormOf("", rest)
		switch {
		case form == CPIO:
			n, err := l.cpioOne(rest)
			if err != nil {
				return err
			}
			off += n
		case form.Compressed() && layer < cpioLayers:
			inner, more, _, err := Inflate(l.ctx, form, rest, l.b)
			if err != nil {
				return err
			}
			if FormOf("", inner) != CPIO {
				return fmt.Errorf("what is compressed at byte %d is no cpio archive", off)
			}
			if err := l.cpio(inner, layer+1); err != nil {
				return err
			}
			off = src.Size()
			if more != nil {
				off -= more.Size()
			}
		default:
			l.out.Facts = append(l.out.Facts, Behind(rest)...)
			off = src.Size()
			continue
		}
		kinds = append(kinds, string(form))
	}
	if layer == 0 && len(kinds) > 1 {
		l.fact("parts", "%s", strings.Join(kinds, ", "))
	}
	return nil
}

// cpioOne reads one archive, and gives its length.
func (l *lister) cpioOne(src *io.SectionReader) (int64, error) {
	waiting := map[[3]uint32][]int{} // names of a file whose content stands at the last of them
	for off := int64(0); ; {
		h, err := readCPIO(src, off)
		if err != nil {
			return 0, fmt.Errorf("entry at byte %d: %w", off, err)
		}
		data := off + align4(cpioHead+h.nameSize)
		off = data + align4(h.size)
		if h.name == cpioTrailer {
			return min(off, src.Size()), nil
		}
		if h.size > src.Size()-data {
			return 0, fmt.Errorf("%q: %w", short(h.name), io.ErrUnexpectedEOF)
		}
		m := Member{
			Name: h.name, Mode: unixMode(h.mode), UID: h.uid, GID: h.gid, Modified: time.Unix(int64(h.mtime), 0).UTC(),
			Major: h.major, Minor: h.minor,
		}
		content := io.NewSectionReader(src, data, h.size)
		switch {
		case m.Mode&fs.ModeSymlink != 0:
			if h.size >= cpioName {
				return 0, fmt.Errorf("%q: a link's target of %d bytes", short(h.name), h.size)
			}
			target, err := io.ReadAll(content)
			if err != nil {
				return 0, err
			}
			m.Target = string(target)
		case m.Mode.IsRegular():
			m.Content = content
			if h.links > 1 {
				key := [3]uint32{h.inode, h.devMajor, h.devMinor}
				if h.size == 0 {
					waiting[key] = append(waiting[key], len(l.out.Members))
				}
				for _, i := range waiting[key] {
					l.out.Members[i].Content = content
				}
				if h.size > 0 {
					delete(waiting, key)
				}
			}
		}
		if err := l.add(m); err != nil {
			return 0, err
		}
	}
}

// cpioHeader is the header of an entry: 13 fields of 8 hexadecimal digits behind the magic number.
type cpioHeader struct {
	name                                string
	inode, mode, uid, gid, links, mtime uint32
	devMajor, devMinor, major, minor    uint32
	size, nameSize                      int64
}

func readCPIO(src io.ReaderAt, off int64) (h cpioHeader, err error) {
	var b [cpioHead]byte
	if _, err := src.ReadAt(b[:], off); err != nil {
		return h, whole(err)
	}
	if m := string(b[:6]); m != "070701" && m != "070702" {
		return h, fmt.Errorf("%q is no magic number of a cpio entry", m)
	}
	var f [13]uint32
	for i := range f {
		digits := string(b[6+8*i:][:8])
		v, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return h, fmt.Errorf("%q is no number", digits)
		}
		f[i] = uint32(v)
	}
	h = cpioHeader{
		inode: f[0], mode: f[1], uid: f[2], gid: f[3], links: f[4], mtime: f[5], size: int64(f[6]), devMajor: f[7],
		devMinor: f[8], major: f[9], minor: f[10], nameSize: int64(f[11]),
	}
	if h.nameSize < 1 || h.nameSize > cpioName {
		return h, fmt.Errorf("a name of %d bytes", h.nameSize)
	}
	name := make([]byte, h.nameSize)
	if _, err := src.ReadAt(name, off+cpioHead); err != nil && !(errors.Is(err, io.EOF) && name[len(name)-1] == 0 && name[0] != 0) {
		return h, whole(err)
	}
	h.name, _, _ = strings.Cut(string(name), "\x00")
	return h, nil
}

func align4(n int64) int64 { return (n + 3) &^ 3 }

// unixMode is a mode as stat(2) has it.
func unixMode(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	for _, b := range []struct {
		unix uint32
		bit  fs.FileMode
	}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}} {
		if m&b.unix != 0 {
			mode |= b.bit
		}
	}
	switch m & 0o170000 {
	case 0o040000:
		mode |= fs.ModeDir
	case 0o120000:
		mode |= fs.ModeSymlink
	case 0o010000:
		mode |= fs.ModeNamedPipe
	case 0o140000:
		mode |= fs.ModeSocket
	case 0o020000:
		mode |= fs.ModeDevice | fs.ModeCharDevice
	case 0o060000:
		mode |= fs.ModeDevice
	case 0o100000, 0:
	default:
		mode |= fs.ModeIrregular
	}
	return mode
}

// short keeps a name from filling the terminal.
func short(s string) string {
	const limit = 200
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "…"
}
