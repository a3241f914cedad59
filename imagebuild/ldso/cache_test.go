package ldso

import (
	"encoding/binary"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"lbimage/tests/needs"
)

func TestCacheOfThisMachine(t *testing.T) {
	b, err := os.ReadFile(CachePath)
	if err != nil {
		t.Skip(err)
	}
	c, err := parseCache(b, binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(needs.Program(t, "ldconfig"), "-p").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^\t(\S+) \(.*\) => (\S+)$`).FindAllStringSubmatch(string(out), -1)
	if len(lines) == 0 || len(lines) != c.len() {
		t.Fatalf("%d entries, and ldconfig says %d", c.len(), len(lines))
	}
	for _, l := range lines {
		if got := c.lookup(l[1]); !slices.Contains(got, l[2]) {
			t.Errorf("%s: %q lacks %s", l[1], got, l[2])
		}
	}
	if got := c.lookup("libnothing.so"); got != nil {
		t.Errorf("%q", got)
	}
}

func FuzzCache(f *testing.F) {
	if b, err := os.ReadFile(CachePath); err == nil {
		f.Add(b[:min(len(b), 500)])
	}
	old := append([]byte(magicOld), 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0)
	f.Add(append(old, "x.so\x00/lib/x.so\x00"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			if c, err := parseCache(b, order); err == nil {
				for _, p := range c.lookup("x.so") {
					if p[0] != '/' {
						t.Error(p)
					}
				}
			}
		}
	})
}
