package layout_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// hashNames are names of all lengths; every other one has bytes from 0x80 on.
// What debugfs would take for a separator or quotation is left out.
func hashNames() (names []string) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= layout.NameMax; n++ {
		for k := range 2 {
			b := make([]byte, n)
			for i := range b {
				b[i] = "abcdefghijklmnopqrstuvwxyz0123456789._"[r.IntN(38)]
				if k == 1 && r.IntN(3) == 0 {
					b[i] = byte(0x80 + r.IntN(0x80))
				}
			}
			names = append(names, string(b))
		}
	}
	return names
}

var hashLine = regexp.MustCompile(`is (0x[0-9a-f]+) \(minor (0x[0-9a-f]+)\)`)

// TestDirHash holds all hashes against those of debugfs, which takes the
// versions by number.
func TestDirHash(t *testing.T) {
	needTools(t, "debugfs")
	names := hashNames()
	for _, seed := range []struct {
		uuid  string
		words [4]uint32
	}{
		{"00000000-0000-0000-0000-000000000000", [4]uint32{}},
		{"fedcba98-7654-3210-0123-456789abcdef", [4]uint32{0x98badcfe, 0x10325476, 0x67452301, 0xefcdab89}},
		{"00000000-0000-0000-0000-000000000001", [4]uint32{0, 0, 0, 0x01000000}},
	} {
		for version := uint8(layout.HashLegacy); version <= layout.HashTEAUnsigned; version++ {
			var in strings.Builder
			for _, name := range names {
				fmt.Fprintf(&in, "dx_hash -h %d -s %s %s\n", version, seed.uuid, name)
			}
			lines := hashLine.FindAllStringSubmatch(run(t, 0, in.String(), "debugfs", "-f", "-"), -1)
			if len(lines) != len(names) {
				t.Fatalf("debugfs gave %d hashes for %d names", len(lines), len(names))
			}
			for i, name := range names {
				major, minor, ok := layout.DirHash([]byte(name), version, seed.words)
				wantMajor, _ := strconv.ParseUint(lines[i][1], 0, 32)
				wantMinor, _ := strconv.ParseUint(lines[i][2], 0, 32)
				if !ok || major != uint32(wantMajor) || minor != uint32(wantMinor) {
					t.Fatalf("version %d, seed %s, %q: %#x %#x, debugfs says %s %s",
						version, seed.uuid, name, major, minor, lines[i][1], lines[i][2])
				}
			}
		}
	}
	if _, _, ok := layout.DirHash([]byte("x"), layout.HashSip, [4]uint32{}); ok {
		t.Error("a version that is not known gives a hash")
	}
}

// TestDirHashSigns shows that the two signs differ, and where they do not.
func TestDirHashSigns(t *testing.T) {
	for _, name := range hashNames() {
		high := bytes.ContainsFunc([]byte(name), func(r rune) bool { return r >= 0x80 })
		for v := uint8(layout.HashLegacy); v <= layout.HashTEA; v++ {
			a, _, _ := layout.DirHash([]byte(name), v, [4]uint32{})
			b, _, _ := layout.DirHash([]byte(name), v+3, [4]uint32{})
			if !high && a != b {
				t.Errorf("version %d: %q depends on the sign", v, name)
			}
			if high && len(name) < 4 && a == b {
				t.Errorf("version %d: %q does not depend on the sign", v, name)
			}
		}
	}
}
