package ext

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// dumpe2fs says where in each group its structures lie.
func TestStructureJudgedByDumpe2fs(t *testing.T) {
	need(t, "dumpe2fs")
	kinds := map[string]PieceKind{
		"Primary superblock": PieceSuperblock, "Backup superblock": PieceSuperblock, "Group descriptor": PieceDescriptors,
		"Group descriptors": PieceDescriptors, "Reserved GDT blocks": PieceReserved, "Block bitmap": PieceBlockBitmap,
		"Inode bitmap": PieceInodeBitmap, "Inode table": PieceInodeTable,
	}
	place := regexp.MustCompile(`([A-Z][A-Za-z ]+?) at (\d+)(?:-(\d+))?`)
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			f, err := os.Open(imageOf(t, s))
			must(t, err)
			defer f.Close()
			m := openMap(t, f, sizeOf(t, f))
			bs := int64(m.BlockSize())
			list := pieces(t, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{Coarse: true})
			said := map[int64]PieceKind{} // by block
			for _, g := range place.FindAllStringSubmatch(command(t, append(os.Environ(), "LC_ALL=C"), "dumpe2fs", f.Name()), -1) {
				kind, ok := kinds[g[1]]
				if !ok {
					continue
				}
				first, _ := strconv.ParseInt(g[2], 10, 64)
				last := first
				if g[3] != "" {
					last, _ = strconv.ParseInt(g[3], 10, 64)
				}
				for blk := first; blk <= last; blk++ {
					said[blk] = kind
				}
			}
			if len(said) < 4 {
				t.Fatalf("dumpe2fs names %d blocks", len(said))
			}
			for blk, kind := range said {
				at := blk * bs
				if kind == PieceSuperblock && blk == 0 {
					at += 1024 // behind the boot sector
				}
				if p := pieceAt(list, at); p.Kind != kind {
					t.Errorf("block %d: %v, dumpe2fs: %s", blk, p, kind)
				}
			}
			for _, p := range list {
				for blk := p.Off / bs; blk < p.End()/bs; blk++ {
					switch p.Kind {
					case PieceDescriptors, PieceReserved, PieceBlockBitmap, PieceInodeBitmap, PieceInodeTable, PieceSuperblock:
						if said[blk] != p.Kind {
							t.Errorf("block %d: %v, dumpe2fs: %q", blk, p, said[blk])
						}
					}
				}
			}
		})
	}
}
