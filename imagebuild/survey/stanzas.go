package survey

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"pault.ag/go/debian/control"
)

// Bounds of a stanza: the lines that are kept of it. The longest real one has some ten thousand bytes in a field that is
// kept, Depends.
const (
	maxStanza     = 256 << 10
	maxStanzaLine = 64 << 10
)

// stanza is a paragraph of fields in Debian's format (deb822), by their names in lower case. Of a field that goes on over
// several lines the first line is kept.
type stanza struct {
	line   int // its first, counted from 1
	fields map[string]string
}

// stanzas reads paragraphs to the end and hands over each. One that cannot be read is handed to bad instead; the next ones
// are read all the same.
//
// The reader of package control joins the lines of a field in quadratic time, gives up at the first line that it does not
// understand, and keeps whatever comes. Here it is given one paragraph after the other, within bounds and without the lines that
// nobody asks for.
func stanzas(r io.Reader, visit func(stanza) error, bad func(line int, err error)) error {
	in := bufio.NewReaderSize(r, maxStanzaLine)
	var kept []byte
	var fault error
	number, first := 0, 0
	end := func() error {
		defer func() { kept, fault, first = kept[:0], nil, 0 }()
		if first == 0 {
			return nil
		}
		if fault == nil {
			var fields map[string]string
			if fields, fault = paragraph(kept); fault == nil {
				return visit(stanza{first, fields})
			}
		}
		bad(first, fault)
		return nil
	}
	for {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !long && err != io.EOF {
			return err
		}
		if len(line) == 0 {
			return end()
		}
		number++
		text := bytes.TrimRight(line, "\r\n")
		switch {
		case len(text) == 0:
			if err := end(); err != nil {
				return err
			}
		case text[0] == ' ' || text[0] == '\t': // more of a field
			if first == 0 {
				first, fault = number, errors.New("it begins in the middle of a field")
			}
		default:
			if first == 0 {
				first = number
			}
			switch {
			case long:
				fault = fmt.Errorf("line %d has more than %d bytes", number, maxStanzaLine)
			case len(kept)+len(text) > maxStanza:
				fault = fmt.Errorf("it has more than %d bytes", maxStanza)
			case fault == nil:
				kept = append(append(kept, text...), '\n')
			}
		}
		for errors.Is(err, bufio.ErrBufferFull) { // the rest of a line that is too long
			_, err = in.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
}

// paragraph reads the fields of one.
func paragraph(text []byte) (map[string]string, error) {
	r, err := control.NewParagraphReader(bytes.NewReader(text), nil)
	if err != nil {
		return nil, err
	}
	p, err := r.Next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("it has no fields")
	}
	if err != nil {
		return nil, errors.New("a line is neither a field nor more of one")
	}
	fields := make(map[string]string, len(p.Values))
	for _, name := range p.Order {
		fields[strings.ToLower(name)] = p.Values[name]
	}
	return fields, nil
}
