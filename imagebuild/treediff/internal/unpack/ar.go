package unpack

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

const (
	arMagic = "!<arch>\n"
	arHead  = 60
	arNames = 1 << 20 // bytes of the table of long names
)

// ar reads an archive as ar(5) has it, with the long names of GNU and of BSD.
func (l *lister) ar(src *io.SectionReader) error {
	var long string
	for off := int64(len(arMagic)); off < src.Size(); {
		var b [arHead]byte
		if _, err := src.ReadAt(b[:], off); err != nil {
			return whole(err)
		}
		if string(b[58:]) != "`\n" {
			return fmt.Errorf("no header at byte %d", off)
		}
		number := func(from, to, base int) int64 {
			v, err := strconv.ParseInt(strings.TrimSpace(string(b[from:to])), base, 64)
			if err != nil || v < 0 {
				return 0
			}
			return v
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(b[48:58])), 10, 64)
		if off += arHead; err != nil || size < 0 || size > src.Size()-off {
			return fmt.Errorf("a member of %q bytes at byte %d", b[48:58], off)
		}
		content := io.NewSectionReader(src, off, size)
		off += size + size&1
		name := strings.TrimRight(string(b[:16]), " ")
		switch {
		case name == "//":
			if size > arNames {
				return &LimitError{"its table of names is too long"}
			}
			table, err := io.ReadAll(content)
			if err != nil {
				return err
			}
			long = string(table)
			continue
		case name == "/" || name == "/SYM64/":
			name = "%symbols"
		case strings.HasPrefix(name, "/"):
			if at, err := strconv.Atoi(name[1:]); err == nil && at >= 0 && at < len(long) {
				name, _, _ = strings.Cut(long[at:], "\n")
			}
		case strings.HasPrefix(name, "#1/"):
			n, err := strconv.ParseInt(name[3:], 10, 32)
			if err != nil || n < 0 || n > size || n > cpioName {
				return fmt.Errorf("a name of %q bytes", name[3:])
			}
			own := make([]byte, n)
			if _, err := content.ReadAt(own, 0); err != nil && n > 0 {
				return whole(err)
			}
			name, content = strings.TrimRight(string(own), "\x00"), io.NewSectionReader(content, n, size-n)
		}
		if name != "/" {
			name = strings.TrimSuffix(name, "/")
		}
		m := Member{
			Name: name, Mode: unixMode(uint32(number(40, 48, 8))), UID: uint32(number(28, 34, 10)), GID: uint32(number(34, 40, 10)),
			Modified: time.Unix(number(16, 28, 10), 0).UTC(), Content: content,
		}
		if err := l.add(m); err != nil {
			return err
		}
	}
	return nil
}
