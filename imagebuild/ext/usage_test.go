package ext

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What is free is what dumpe2fs lists as free, and what is the file system's own is what it and debugfs name as such.
func TestUsage(t *testing.T) {
	need(t, "dumpe2fs", "debugfs", "mke2fs")
	for _, name := range []string{
		"ext3_1k_256", "ext4_el6", "ext4_el8_csum", "ext4_csum_1k", "ext4_nojournal", "ext4_metabg", "ext4_smallgroups", "ext4_sparse2",
		"ext4_bigalloc_1k", "ext4_64k",
	} {
		t.Run(name, func(t *testing.T) {
			img := copyOf(t, shapeNamed(t, name))
			f, err := Open(img, sizeOf(t, img))
			must(t, err)
			got := map[Use]map[uint64]bool{UseFree: {}, UseFiles: {}, UseStructures: {}}
			at := uint64(0)
			var before Use
			must(t, f.Usage(func(start, n uint64, use Use) error {
				if start != at || n == 0 || use == before {
					t.Errorf("%d blocks of %s at %d, behind those of %s up to %d", n, use, start, before, at)
				}
				at, before = start+n, use
				for b := start; b < at; b++ {
					got[use][b] = true
				}
				return nil
			}))
			if at != f.blocks {
				t.Errorf("told up to block %d of %d", at, f.blocks)
			}
			free, own := dumped(t, img.Name(), f.cluster())
			if !slices.Equal(sorted(got[UseFree]), free) {
				t.Errorf("%d blocks are free, dumpe2fs has %d", len(got[UseFree]), len(free))
			}
			if f.sb.JournalInode() != 0 {
				for _, word := range strings.Fields(command(t, nil, "debugfs", "-R", "blocks <8>", img.Name())) {
					if b, err := strconv.ParseUint(word, 10, 64); err == nil && !got[UseStructures][b] {
						t.Fatalf("block %d of the journal is not the file system's own", b)
					}
				}
			}
			for _, b := range own {
				if !got[UseStructures][b] {
					t.Fatalf("block %d is not the file system's own, as dumpe2fs has it", b)
				}
			}
			must(t, f.Extents(".", func(e Extent) error {
				for b := e.Physical; b < e.Physical+e.Blocks; b++ {
					if !got[UseFiles][b] {
						t.Errorf("block %d of the root folder is not one of a file", b)
					}
				}
				return nil
			}))
		})
	}
}

func sorted(m map[uint64]bool) []uint64 {
	out := []uint64{}
	for b := range m {
		out = append(out, b)
	}
	slices.Sort(out)
	return out
}

var (
	freeLine = regexp.MustCompile(`(?m)^  Free blocks: (.*)$`)
	ownPlace = regexp.MustCompile(`(?:superblock at|Block bitmap at|Inode bitmap at|Group descriptors? at|Inode table at) (\d+)(?:-(\d+))?`)
)

// dumped are the blocks that dumpe2fs lists as free, and those of structures that it names. Of a run of free clusters it
// names the first block of the last.
func dumped(t *testing.T, name string, cluster uint64) (free, own []uint64) {
	t.Helper()
	text := command(t, nil, "dumpe2fs", name)
	free = []uint64{}
	for _, m := range freeLine.FindAllStringSubmatch(text, -1) {
		for r := range strings.SplitSeq(m[1], ", ") {
			if blocks := rangeOf(t, r); len(blocks) > 0 {
				free = append(free, blocks...)
				for last := blocks[len(blocks)-1]; len(free) > 0 && free[len(free)-1]%cluster != cluster-1 && cluster > 1; {
					last++
					free = append(free, last)
				}
			}
		}
	}
	for _, m := range ownPlace.FindAllStringSubmatch(text, -1) {
		own = append(own, rangeOf(t, strings.TrimSuffix(m[1]+"-"+m[2], "-"))...)
	}
	if len(own) == 0 {
		t.Fatalf("dumpe2fs names no structures:\n%s", text)
	}
	return free, own
}

func rangeOf(t *testing.T, r string) (out []uint64) {
	t.Helper()
	if r == "" {
		return nil
	}
	from, to, ok := strings.Cut(r, "-")
	if !ok {
		to = from
	}
	var a, b uint64
	if _, err := fmt.Sscan(from, &a); err != nil {
		t.Fatal(r, err)
	}
	if _, err := fmt.Sscan(to, &b); err != nil {
		t.Fatal(r, err)
	}
	for ; a <= b; a++ {
		out = append(out, a)
	}
	return out
}
