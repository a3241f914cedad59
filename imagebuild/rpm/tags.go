package rpm

import (
	"bytes"
	"fmt"
	"io"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// Tags that go-rpmutils has no name for. Those of the signature header are
// counted from sigBase on where they clash with the header's, as it does.
const (
	sigBase          = 16384
	tagFileVerify    = rpmutils.FILEVERIFYFLAGS
	tagPretrans      = 1151
	tagPosttrans     = 1152
	tagPretransProg  = 1153
	tagPosttransProg = 1154
	tagFileTriggers  = 5066 // scripts of file triggers
	tagTransTriggers = 5076 // scripts of transaction file triggers
	tagPayloadFlags  = 1126
	tagPayloadAlt    = 5097
	tagEncoding      = 5062
	tagChangelogTime = 1080
	tagChangelogName = 1081
	tagChangelogText = 1082
	tagSourcePackage = 1106
	tagRPMFormat     = 5114

	sigPGP5    = sigBase + 1006
	sigOpenPGP = 278
)

// tags reads values out of both headers. The library does that; the types and
// counts are looked at first, so that its answers are what was asked for.
type tags struct {
	sig, main *section
	h         *rpmutils.RpmHeader
}

// newTags hands the checked bytes of lead and headers to the library.
func newTags(l *lead, sig, main *section) (t *tags, err error) {
	defer contain("header", &err)
	padding := make([]byte, main.off-sig.end())
	h, err := rpmutils.ReadHeader(io.MultiReader(bytes.NewReader(l[:]),
		bytes.NewReader(sig.raw), bytes.NewReader(padding), bytes.NewReader(main.raw)))
	if err != nil {
		return nil, &DamageError{Where: "header", What: "could not be decoded", Err: err}
	}
	return &tags{sig: sig, main: main, h: h}, nil
}

// entry finds the entry of tag, in the numbering of the library.
func (t *tags) entry(tag int) *indexEntry {
	switch {
	case tag > sigBase:
		return t.sig.byTag[int32(tag-sigBase)]
	case tag < 1000:
		return t.sig.byTag[int32(tag)]
	}
	return t.main.byTag[int32(tag)]
}

func (t *tags) has(tag int) bool { return t.entry(tag) != nil }

func (t *tags) wrong(tag int, format string, args ...any) error {
	name := "header"
	if tag > sigBase {
		name, tag = "signature header", tag-sigBase
	} else if tag < 1000 {
		name = "signature header"
	}
	return damaged(name, "tag %d: %s", tag, fmt.Sprintf(format, args...))
}

// strings gives the values of a tag of strings, and nil when it is absent.
func (t *tags) strings(tag int) (v []string, err error) {
	e := t.entry(tag)
	if e == nil {
		return nil, nil
	}
	if !e.kind().isString() {
		return nil, t.wrong(tag, "it is %v where strings are expected", e.kind())
	}
	if e.count() > maxValues {
		return nil, t.wrong(tag, "%d strings are more than the %d allowed", e.count(), maxValues)
	}
	defer contain("header", &err)
	return t.h.GetStrings(tag)
}

// string gives the only or first (untranslated) string, "" when it is absent.
func (t *tags) string(tag int) (string, error) {
	v, err := t.strings(tag)
	if err != nil || len(v) == 0 {
		return "", err
	}
	return v[0], nil
}

// ints gives the values of a tag of integers of any width, nil when it is absent.
func (t *tags) ints(tag int) (v []uint64, err error) {
	e := t.entry(tag)
	if e == nil {
		return nil, nil
	}
	if !e.kind().isInt() {
		return nil, t.wrong(tag, "it is %v where numbers are expected", e.kind())
	}
	if e.count() > maxValues {
		return nil, t.wrong(tag, "%d numbers are more than the %d allowed", e.count(), maxValues)
	}
	defer contain("header", &err)
	return t.h.GetUint64s(tag)
}

// int gives the first value and whether there is one.
func (t *tags) int(tag int) (uint64, bool, error) {
	v, err := t.ints(tag)
	if err != nil || len(v) == 0 {
		return 0, false, err
	}
	return v[0], true, nil
}

// bytes gives a copy of a binary value, nil when it is absent.
func (t *tags) bytes(tag int) (v []byte, err error) {
	e := t.entry(tag)
	if e == nil {
		return nil, nil
	}
	if e.kind() != typeBin {
		return nil, t.wrong(tag, "it is %v where bytes are expected", e.kind())
	}
	defer contain("header", &err)
	v, err = t.h.GetBytes(tag)
	return bytes.Clone(v), err
}
