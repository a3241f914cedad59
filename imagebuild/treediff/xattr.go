package treediff

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lbimage/overlay"
)

// maxHex is how many bytes of a value without a text form are written out.
const maxHex = 64

// attr is an extended attribute as the tree has it.
type attr struct {
	name  string
	value []byte
}

func (x attr) text() Xattr { return Xattr{x.name, attrText(x.name, x.value)} }

// attrs reads all of a file, sorted by name.
func attrs(t overlay.ReadTree, name string) ([]attr, error) {
	names, err := t.ListXattr(name)
	if err != nil {
		return nil, at(name, err)
	}
	var out []attr
	for _, n := range names {
		v, err := t.Xattr(name, n)
		if err != nil {
			return nil, at(name, fmt.Errorf("attribute %s: %w", printable(n), cause(err)))
		}
		out = append(out, attr{n, v})
	}
	slices.SortFunc(out, func(x, y attr) int { return cmp.Compare(x.name, y.name) })
	return out, nil
}

// differing leaves of two sorted lists what the other does not have in the same way.
func differing(a, b []attr) (onlyA, onlyB []Xattr) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].name < b[0].name:
			onlyA, a = append(onlyA, a[0].text()), a[1:]
		case len(a) == 0 || b[0].name < a[0].name:
			onlyB, b = append(onlyB, b[0].text()), b[1:]
		default:
			if !bytes.Equal(a[0].value, b[0].value) {
				onlyA, onlyB = append(onlyA, a[0].text()), append(onlyB, b[0].text())
			}
			a, b = a[1:], b[1:]
		}
	}
	return onlyA, onlyB
}

// attrText writes a value for people. Two values that differ have texts that differ.
func attrText(name string, value []byte) string {
	switch name {
	case "security.capability":
		if s, ok := capability(value); ok {
			return s
		}
	case "system.posix_acl_access", "system.posix_acl_default":
		if s, ok := acl(value); ok {
			return s
		}
	case "security.selinux": // the kernel ends a label with a zero byte, old tools did not
		if s, ok := strings.CutSuffix(string(value), "\x00"); ok && plain(s) {
			return s
		}
		return strconv.Quote(string(value))
	default:
		if plain(string(value)) && len(value) <= 4*maxHex {
			return string(value)
		}
	}
	if len(value) > maxHex {
		return fmt.Sprintf("0x%s… (%d bytes, sha256 %x)", hex.EncodeToString(value[:8]), len(value), sha256.Sum256(value))
	}
	return "0x" + hex.EncodeToString(value)
}

// plain says whether a value is a text that cannot be taken for another form.
func plain(s string) bool {
	return s != "" && utf8.ValidString(s) && printable(s) == s && !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, `"`)
}

// Tags of an entry of an ACL, as linux/posix_acl.h has them.
var aclTags = map[uint16]struct {
	name  string
	named bool
}{0x01: {"user", false}, 0x02: {"user", true}, 0x04: {"group", false}, 0x08: {"group", true}, 0x10: {"mask", false}, 0x20: {"other", false}}

// acl writes an ACL in the form of getxattr(2), version 2, as "user::rw-,user:500:r--,group::r--,mask::r--,other::---".
func acl(value []byte) (string, bool) {
	if len(value) < 4 || (len(value)-4)%8 != 0 || binary.LittleEndian.Uint32(value) != 2 {
		return "", false
	}
	var out []string
	for e := value[4:]; len(e) > 0; e = e[8:] {
		tag, known := aclTags[binary.LittleEndian.Uint16(e)]
		perm, id := binary.LittleEndian.Uint16(e[2:]), binary.LittleEndian.Uint32(e[4:])
		if !known || perm > 7 || !tag.named && id != 1<<32-1 {
			return "", false
		}
		s := tag.name + "::"
		if tag.named {
			s = fmt.Sprintf("%s:%d:", tag.name, id)
		}
		bits := []byte("rwx")
		for i := range bits {
			if perm>>(2-i)&1 == 0 {
				bits[i] = '-'
			}
		}
		out = append(out, s+string(bits))
	}
	return strings.Join(out, ","), true
}
