package fsedit

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Xattrs gives the names of a file's extended attributes, sorted. A symbolic link
// is not followed, here and below.
func (t *Tree) Xattrs(p string) ([]string, error) {
	name, err := t.Name(p)
	if err != nil {
		return nil, err
	}
	list, err := t.fs.ListXattr(name)
	return list, inImage(err)
}

// Xattr gives the value of an extended attribute.
func (t *Tree) Xattr(p, attr string) ([]byte, error) {
	name, err := t.Name(p)
	if err != nil {
		return nil, err
	}
	value, err := t.fs.Xattr(name, attr)
	return value, inImage(err)
}

// SetXattr sets an extended attribute.
func (t *Tree) SetXattr(p, attr string, value []byte) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	return inImage(t.fs.SetXattr(name, attr, value))
}

// RemoveXattr removes an extended attribute.
func (t *Tree) RemoveXattr(p, attr string) error {
	name, err := t.Name(p)
	if err != nil {
		return err
	}
	return inImage(t.fs.RemoveXattr(name, attr))
}

// maxValue is what an extended attribute holds, by the kernel's limit.
const maxValue = 64 << 10

// ParseValue reads the value of an extended attribute: 0x and hexadecimal digits,
// @ and the name of a local file that holds it, or the text itself.
func ParseValue(s string) ([]byte, error) {
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		value, err := hex.DecodeString(s[2:])
		if err != nil {
			return nil, &UsageError{fmt.Errorf("value %q: two hexadecimal digits a byte have to follow 0x", s)}
		}
		return value, nil
	case strings.HasPrefix(s, "@"):
		f, err := os.Open(s[1:])
		if err != nil {
			return nil, outside("reading", s[1:], err)
		}
		defer f.Close()
		value, err := io.ReadAll(io.LimitReader(f, maxValue+1))
		if err == nil && len(value) > maxValue {
			err = errors.New("an extended attribute holds 65536 bytes at most")
		}
		return value, outside("reading", s[1:], err)
	}
	return []byte(s), nil
}

// ValueText writes the value of an extended attribute for people: as it is where it
// can be printed, else as 0x and hexadecimal digits. ParseValue reads it back.
func ValueText(value []byte) string {
	s := string(value)
	if utf8.ValidString(s) && Printable(s) == s && !strings.HasPrefix(s, "@") && !strings.HasPrefix(strings.ToLower(s), "0x") {
		return s
	}
	return "0x" + hex.EncodeToString(value)
}
