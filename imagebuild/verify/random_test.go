package verify

import (
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Random bytes of blocks that files have are changed; debugfs says whose they are, by block and by name.
func TestRandomBytesOfFiles(t *testing.T) {
	s := newShop(t, "ext4")
	rng := rand.New(rand.NewPCG(20261126, 1))
	type change struct {
		off   int64
		inode uint32
		path  string
	}
	var want []change
	s.change(t, func(disk string) {
		o := newOracle(t, disk)
		blocks := o.number(`Block count: +(\d+)`, o.run("dumpe2fs", "-h", o.img))
		ask := []string{"icheck"}
		for range 1500 {
			ask = append(ask, strconv.FormatInt(rng.Int64N(blocks), 10))
		}
		found := regexp.MustCompile(`(?m)^(\d+)\t(\d+)$`).FindAllStringSubmatch(o.debugfs(strings.Join(ask, " ")), -1)
		b, err := os.ReadFile(disk)
		must(t, err)
		for _, m := range found {
			block, ino := number(m[1]), number(m[2])
			if ino < 11 || len(want) == MaxPlaces || slices.ContainsFunc(want, func(c change) bool { return c.inode == uint32(ino) }) {
				continue
			}
			name := regexp.MustCompile(`(?m)^\d+\t(/.*)$`).FindStringSubmatch(o.debugfs("ncheck " + m[2]))
			if name == nil {
				continue
			}
			c := change{fsStart + block*o.bs + rng.Int64N(o.bs), uint32(ino), strings.Replace(name[1], "//", "/", 1)}
			b[c.off] ^= byte(1 + rng.IntN(255))
			want = append(want, c)
		}
		must(t, os.WriteFile(disk, b, 0o644))
	})
	if len(want) < 5 {
		t.Fatalf("only %d blocks of files were hit", len(want))
	}
	r := s.verify(t, Options{})
	if r.Counts.Bytes != int64(len(want)) || len(r.Differences) != len(want) {
		t.Errorf("%+v for %d changes", r.Counts, len(want))
	}
	for _, c := range want {
		i := slices.IndexFunc(r.Differences, func(d Difference) bool { return d.Offset == c.off })
		if i < 0 {
			t.Errorf("byte %d of %s is not named", c.off, c.path)
			continue
		}
		if d := r.Differences[i]; d.Inode != c.inode || !slices.Contains(d.Paths, c.path) || d.Bytes != 1 || d.Output == d.Rebuild {
			t.Errorf("%+v instead of %+v", d, c)
		}
	}
}
