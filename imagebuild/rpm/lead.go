package rpm

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// leadSize is the length of the lead, in bytes.
const leadSize = 96

var leadMagic = []byte{0xed, 0xab, 0xee, 0xdb}

// headerStyle is the only kind of signature since RPM 3: a header.
const headerStyle = 5

// lead is the start of the file, as it stands there. All of it but the magic
// number, the version and the types is ignored, as rpm does: the headers say it
// better.
type lead [leadSize]byte

func (l *lead) major() byte           { return l[4] }
func (l *lead) kind() uint16          { return binary.BigEndian.Uint16(l[6:]) } // 0 binary, 1 source
func (l *lead) signatureType() uint16 { return binary.BigEndian.Uint16(l[78:]) }

// IsPackage reports whether a file that begins with prefix is an RPM package.
// Four bytes are enough. It says nothing on whether the package is whole or of
// a version that Open reads.
func IsPackage(prefix []byte) bool { return bytes.HasPrefix(prefix, leadMagic) }

func (l *lead) check() error {
	if !IsPackage(l[:]) {
		return fmt.Errorf("lead: no RPM package: it begins with % x, not with % x: give an RPM package", l[:4], leadMagic)
	}
	if m := l.major(); m != 3 && m != 4 {
		return fmt.Errorf("lead: package format version %d is not supported: give a package of version 3 or 4", m)
	}
	if k := l.kind(); k > 1 {
		return damaged("lead", "package type %d is neither binary (0) nor source (1)", k)
	}
	if t := l.signatureType(); t != headerStyle {
		return damaged("lead", "signature type %d is not a signature header (%d)", t, headerStyle)
	}
	return nil
}
