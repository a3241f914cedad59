package ext

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// The judge of all other tests is tried first: it tells of what e2fsck lets
// pass with exit code 0, too.
func TestJudgeTells(t *testing.T) {
	for name, c := range map[string]struct {
		shape string
		spoil func(f *os.File)
	}{
		"link count":          {"ext4_el6", func(f *os.File) { debugfs(t, f.Name(), "sif /etc/passwd links_count 7") }},
		"free inode":          {"ext4_el6", func(f *os.File) { debugfs(t, f.Name(), "freei /etc/passwd") }},
		"superblock's totals": {"ext3_1k_256", func(f *os.File) { super(t, f, func(sb layout.Superblock) { sb.SetFreeBlocksCount(1) }) }},
		"descriptor checksum": {"ext4_el6_1k", func(f *os.File) { raw(t, f, 2048, 32, func(b []byte) { b[0x1E] ^= 1 }) }},
		"inode checksum":      {"ext4_csum_1k", func(f *os.File) { debugfs(t, f.Name(), "sif /etc/passwd checksum 1") }},
	} {
		f := copyOf(t, shapeNamed(t, c.shape))
		c.spoil(f)
		if complaints(t, f.Name()) == "" {
			t.Errorf("%s: the judge says nothing", name)
		}
	}
}

// Less usual ways to make a file system.
func TestOddShapes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad")
	must(t, os.WriteFile(bad, []byte("9000\n9001\n20000\n"), 0o644))
	for name, args := range map[string]string{
		"no features at all":    "-b 1024 -I 128 -O none",
		"no ext_attr":           "-b 1024 -I 256 -O none,has_journal,filetype",
		"descriptors of 128":    "-b 1024 -I 256 -E desc_size=128 -O none," + drop(feat8, "resize_inode"),
		"meta_bg, 4 KiB":        "-b 4096 -I 256 -g 1024 -O none," + drop(feat8, "resize_inode") + ",meta_bg",
		"no sparse_super":       "-b 1024 -I 256 -g 4096 -O none," + drop(feat4, "sparse_super", "resize_inode"),
		"16 KiB blocks":         "-b 16384 -I 256 -O none," + drop(feat8, "has_journal"),
		"sparse_super2, 1 copy": "-b 1024 -I 256 -g 4096 -E num_backup_sb=1 -O none,sparse_super2,extents,metadata_csum,64bit,filetype",
		"fast_commit":           "-b 4096 -I 256 -O none," + feat8 + ",fast_commit",
		"stable_inodes":         "-b 1024 -I 256 -O none," + feat8 + ",stable_inodes",
		"one with everything":   "-b 1024 -I 256 -O none," + feat8 + ",inline_data,encrypt,casefold,verity,mmp,quota,project,stable_inodes",
		"inline_data, ea_inode": "-b 1024 -I 256 -O none," + feat8 + ",inline_data,ea_inode,large_dir",
		"bad blocks":            "-b 1024 -I 256 -l " + bad + " -O none," + feat4,
	} {
		t.Run(name, func(t *testing.T) {
			img := makeImage(t, 40<<20, 0, strings.Fields(args)...)
			judge(t, img.Name())
			f := edit(t, img)
			must(t, f.MkdirAll("a/b", 0o755))
			for i := range 400 {
				must(t, f.WriteFile("a/b/file"+itoa(uint32(i)), data("o", i*131), 0o644))
			}
			must(t, f.WriteFile("large", data("large", 9<<20), 0o644))
			for i := range 400 {
				must(t, f.SetXattr("a/b/file"+itoa(uint32(i)), "user.note", data("note", i)))
			}
			f = finish(t, f, img)
			wantFile(t, f, "large", data("large", 9<<20))
			wantFile(t, f, "a/b/file399", data("o", 399*131))
			must(t, f.RemoveAll("a"))
			must(t, f.Truncate("large", 5<<20))
			f = finish(t, f, img)
			wantFile(t, f, "large", data("large", 5<<20))
		})
	}
}
