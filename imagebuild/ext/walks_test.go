package ext

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// A cache that keeps next to nothing makes no difference.
func TestRandomWalkSmallCache(t *testing.T) {
	for i, name := range []string{"ext3_1k_256", "ext4_csum_1k", "ext4_htree2"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, shapeNamed(t, name))
			n, seed := rounds(t)
			w := newWalker(t, seed+int64(600+i), edit(t, img))
			for range n {
				w.fs.cache.most = [2]int{1, 2}
				for range 75 {
					w.step()
				}
				must(t, w.fs.Sync())
				judge(t, img.Name())
				w.use(edit(t, img))
				w.m.compare(t, w.fs)
			}
		})
	}
}

// With hardly any space left, an edit is done whole or not at all.
func TestRandomWalkFull(t *testing.T) {
	for i, name := range []string{"ext2_1k", "ext3_el5_128", "ext3_1k_256", "ext4_el6", "ext4_csum_1k", "ext4_smallgroups", "ext4_inline_1k", "ext4_inline_noextents", "ext4_bigalloc_1k"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, shapeNamed(t, name))
			n, seed := rounds(t)
			w := newWalker(t, seed+int64(310+i), edit(t, img))
			w.full = true
			// Leave single free blocks between small files, and a few more.
			must(t, w.fs.Mkdir("ballast", 0o755))
			for k := 0; w.fs.Info().FreeBlocks > 2*200; k++ {
				size := w.bs
				if left := int(w.fs.Info().FreeBlocks) - 400; left > 600 {
					size *= left - 500
				}
				if err := w.fs.WriteFile(fmt.Sprintf("ballast/%d", k), make([]byte, size), 0o644); err != nil {
					if errors.Is(err, ErrNoInodes) {
						break
					}
					t.Fatal(err)
				}
			}
			for k := 1; k < 300; k += 2 {
				must(t, ignore(w.fs.Remove(fmt.Sprintf("ballast/%d", k)), fs.ErrNotExist))
			}
			must(t, w.fs.WriteFile("ballast/rest", make([]byte, max(0, int(w.fs.Info().FreeBlocks)-20)*w.bs), 0o644))
			must(t, w.fs.Sync())
			w.use(edit(t, img))
			w.m = modelOf(t, w.fs)
			for round := range n {
				for range 75 {
					w.step()
				}
				must(t, w.fs.Sync())
				if complaint := complaints(t, img.Name()); complaint != "" {
					t.Fatalf("round %d: e2fsck:\n%s\nafter\n%s", round, complaint, strings.Join(w.log[max(0, len(w.log)-75):], "\n"))
				}
				w.use(edit(t, img))
				w.m.compare(t, w.fs)
			}
			if w.none == 0 {
				t.Error("there was always room")
			}
		})
	}
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}
