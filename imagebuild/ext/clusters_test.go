package ext

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// Blocks of a file share clusters, whatever the order in which they come and go.
func TestClusterParts(t *testing.T) {
	for i, name := range []string{"ext4_bigalloc", "ext4_bigalloc_1k"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			bs, size := int64(f.bs), int64(f.cluster())
			rnd := rand.New(rand.NewSource(int64(i)))
			for round := range 4 {
				free := f.Info().FreeBlocks
				w, err := f.OpenFile("parts", os.O_CREATE|os.O_RDWR, 0o644)
				must(t, err)
				want := make([]byte, 12*size*bs)
				must(t, w.Truncate(int64(len(want))))
				parts := map[int64]bool{} // blocks that the file has
				for range 60 {
					at, n := rnd.Int63n(12*size), 1+rnd.Int63n(size)
					n = min(n, 12*size-at)
					if rnd.Intn(3) > 0 {
						b := data("part", int(n*bs))
						_, err = w.WriteAt(b, at*bs)
						copy(want[at*bs:], b)
					} else {
						err = w.PunchHole(at*bs, n*bs)
						clear(want[at*bs : (at+n)*bs])
					}
					must(t, err)
					for blk := at; blk < at+n; blk++ {
						s, err := f.get("parts", false)
						must(t, err)
						p, err := s.in.find(uint64(blk), 1)
						must(t, err)
						parts[blk] = p.start != 0
					}
				}
				clusters := map[int64]bool{}
				for blk, has := range parts {
					if has {
						clusters[blk/size] = true
					}
				}
				s, err := f.get("parts", false)
				must(t, err)
				own := int64(0) // blocks of the map
				must(t, s.in.eachRun(func(run) error { return nil }, func(uint64) error { own++; return nil }))
				if got, want := stat(t, f, "parts").Sectors, (int64(len(clusters))+own)*size*bs/512; got != want {
					t.Errorf("round %d: it counts %d sectors, not %d", round, got, want)
				}
				f = finish(t, f, img)
				wantFile(t, f, "parts", want)
				must(t, f.Truncate("parts", (rnd.Int63n(12*size))*bs+1))
				must(t, f.Sync())
				judge(t, img.Name())
				must(t, f.Remove("parts"))
				if now := f.Info().FreeBlocks; now != free {
					t.Errorf("round %d: %d blocks are free, not %d", round, now, free)
				}
			}
			finish(t, f, img)
		})
	}
}

// A small file grows into its cluster without taking more, and large ones lie in few pieces.
func TestClusterGrowth(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_bigalloc"))
	f := edit(t, img)
	must(t, f.WriteFile("grows", []byte("x"), 0o644))
	free := f.Info().FreeBlocks
	w, err := f.OpenFile("grows", os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	for range 15 {
		_, err := w.Write(data("g", 4096))
		must(t, err)
	}
	if now := f.Info().FreeBlocks; now != free {
		t.Errorf("%d blocks are free, not %d", now, free)
	}
	must(t, f.WriteFrom("large", bytes.NewReader(data("large", 6<<20)), 0o644))
	s, err := f.get("large", false)
	must(t, err)
	if list, err := s.in.tree().All(); err != nil || len(list) > 3 {
		t.Errorf("%d extents, %v", len(list), err)
	}
	finish(t, f, img)
}

// Clusters that are not as they should be are refused.
func TestRefuseClusters(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_bigalloc"))
	super(t, img, func(sb layout.Superblock) { sb.SetClustersPerGroup(sb.ClustersPerGroup() / 2) })
	if _, err := OpenWritable(img, sizeOf(t, img), Options{Time: editTime}); err == nil || !strings.Contains(err.Error(), "do not make clusters of 16") {
		t.Error(err)
	}
	img = copyOf(t, shapeNamed(t, "ext4_bigalloc"))
	f := edit(t, img)
	s, err := f.get("usr/bin/f1100000", false)
	must(t, err)
	layout.ExtentNode(s.in.Block()).Extent(0)[8]++
	must(t, s.in.put())
	for _, do := range []func() error{
		func() error { return f.Truncate("usr/bin/f1100000", 5) },
	} {
		var corrupt *CorruptError
		if err := do(); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "another place in its cluster") {
			t.Error(err)
		}
	}
}
