package treediff

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"lbimage/imagebuild/treediff/internal/unpack"
)

// pythons are versions of Python by the number that their byte code begins with (Lib/importlib/_bootstrap_external.py).
var pythons = map[uint16]string{
	62131: "2.5", 62161: "2.6", 62211: "2.7", 3180: "3.2", 3230: "3.3", 3310: "3.4", 3350: "3.5", 3351: "3.5", 3379: "3.6",
	3394: "3.7", 3413: "3.8", 3425: "3.9", 3439: "3.10", 3495: "3.11", 3531: "3.12", 3571: "3.13", 3627: "3.14",
}

// byteCode compares the header of Python's byte code, and the code.
func (n *inner) byteCode(a, b *io.SectionReader, in *Inside) error {
	fa, codeA := codeFacts(a)
	fb, codeB := codeFacts(b)
	in.Facts = append(in.Facts, factsThat(fa, fb)...)
	same, err := n.equal(codeA, codeB)
	if err != nil {
		return err
	}
	if in.Same = same; same {
		in.Note = "the byte code is the same, its header is not"
		return nil
	}
	in.Facts = append(in.Facts, Fact{"byte code", fmt.Sprintf("%d bytes", codeA.Size()), fmt.Sprintf("%d bytes, other content", codeB.Size())})
	return nil
}

// codeFacts reads a header: 8 bytes up to Python 3.2, 12 up to 3.6, then 16 (PEP 552).
func codeFacts(c *io.SectionReader) ([]unpack.Fact, *io.SectionReader) {
	head := make([]byte, 16)
	k, _ := c.ReadAt(head, 0)
	magic := binary.LittleEndian.Uint16(head)
	size := 16
	switch {
	case magic >= 20000 || magic < 3230:
		size = 8
	case magic < 3390:
		size = 12
	}
	version := pythons[magic]
	if version == "" {
		version = fmt.Sprintf("magic number %d", magic)
	}
	facts := []unpack.Fact{{What: "python", Text: version}}
	if k < size {
		return facts, io.NewSectionReader(c, c.Size(), 0)
	}
	rest := head[4:size]
	hashed := false
	if size == 16 {
		flags := binary.LittleEndian.Uint32(rest)
		hashed, rest = flags&1 != 0, rest[4:]
		facts = append(facts, unpack.Fact{What: "flags", Text: fmt.Sprintf("%#x", flags)})
	}
	if hashed {
		facts = append(facts, unpack.Fact{What: "source hash", Text: fmt.Sprintf("%x", rest)})
	} else {
		t := time.Unix(int64(binary.LittleEndian.Uint32(rest)), 0).UTC()
		facts = append(facts, unpack.Fact{What: "source time", Text: t.Format(time.RFC3339)})
		if size > 8 {
			facts = append(facts, unpack.Fact{What: "source size", Text: fmt.Sprintf("%d bytes", binary.LittleEndian.Uint32(rest[4:]))})
		}
	}
	return facts, io.NewSectionReader(c, int64(size), c.Size()-int64(size))
}
