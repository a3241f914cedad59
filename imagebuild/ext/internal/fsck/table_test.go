package fsck

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// harm is what debugfs does to a file system, and the problem that must show.
// debugfs keeps checksums right, so that only the harm itself can be found.
type harm struct {
	name string
	cmds string // separated by semicolons
	code string // "" where e2fsck calls the result clean, and so must Check
	only string // shapes whose names contain this; "" for all
}

var harms = []harm{
	{"a new folder", "mkdir added", "", ""},
	{"a new symbolic link", "symlink to_file file", "", ""},
	{"a removed file", "rm direct", "", ""},
	{"an unlinked file", "unlink direct", codeUnattached, ""},
	{"an unlinked folder", "unlink dir", codeUnattached, ""},
	{"a name too many", "ln file twice", codeLinks, ""},
	{"a second name of a folder", "ln dir twice", codeDirLinked, ""},
	{"a ring of folders", "ln dir dir/sub/ring; unlink dir", codeDirRing, ""},
	{"a name of the root", "ln / again", codeDirLoop, ""},
	{"a cleared inode", "clri file", codeEntryUnused, ""},
	{"a cleared folder", "clri dir", codeUnattached, ""},
	{"a freed inode", "freei file", codeInodeBitmap, ""},
	{"an inode marked as used", "seti <1000>", codeInodeBitmap, ""},
	{"a freed block", "freeb 300", codeBlockBitmap, ""},
	{"a block marked as used", "setb 5000", codeBlockBitmap, "1k"},
	{"links", "sif file links_count 7", codeLinks, ""},
	{"links of a folder", "sif dir links_count 9", codeLinks, ""},
	{"no type", "sif file mode 0644", codeMode, ""},
	{"a folder made a file", "sif dir mode 0100755", codeUnattached, ""},
	{"a file made a folder", "sif direct mode 040755", codeDirEntry, ""},
	{"a file made a FIFO", "sif file mode 010644", codeEntryType, "ext4"},
	{"time of deletion", "sif file dtime 1400000000", codeDtime, ""},
	{"small time of deletion", "sif file dtime @12", codeOrphans, ""},
	{"size of a folder", "sif dir size 100", codeSize, ""},
	{"size of a small file", "sif double size 1", codeSize, ""},
	{"size of a symbolic link", "sif long size 99", codeSymlink, ""},
	{"block count", "sif file blocks 12", codeBlockCount, ""},
	{"size of a FIFO", "sif pipe size 1", codeSize, ""},
	{"block in the superblock's place", "sif direct block[3] 1", codeShared, "ext2"},
	{"block in an inode table", "sif direct block[3] 90", codeShared, "ext3"},
	{"block outside", "sif direct block[3] 99999999", codeIllegalBlock, "ext3"},
	{"indirect block outside", "sif double block[IND] 99999999", codeIllegalBlock, "ext3"},
	{"doubly indirect block shared", "sif double block[DIND] 90", codeShared, "ext2"},
	{"hole in a folder", "sif names block[0] 0", codeDirHole, "ext2"},
	{"extent outside", "sif file block[5] 99999999", codeIllegalBlock, "ext4_el6"},
	{"extent tree without magic", "sif file block[0] 0", codeExtentHeader, "ext4_csum"},
	{"attributes outside", "sif file file_acl 99999999", codeXattrBlock, ""},
	{"attributes in the superblock", "sif file file_acl 1", codeShared, "1k"},
	{"fragment", "sif file faddr 5", codeInodeField, ""},
	{"flag of hashed folders", "sif file flags 0x1000", codeHashFlag, "ext3"},
	{"flag of encrypted files", "sif file flags 0x800", codeEncryption, "ext3"},
	{"append-only FIFO", "sif pipe flags 0x20", codeInodeFlags, ""},
	{"size behind the inode's fields", "sif file extra_isize 6", codeExtraIsize, "ext4_el6"},
	{"journal cleared", "clri <8>", codeJournalLinks, "ext3"},
	{"inode for resizing cleared", "clri <7>", codeResizeInode, "ext3"},
	{"reserved inode in use", "sif <9> mode 0100644", codeSpecialInode, ""},
	{"bad blocks with an owner", "sif <1> uid 5", codeSpecialInode, ""},
	{"root made a file", "sif / mode 0100755", codeRoot, ""},
	{"free blocks of a group", "set_bg 0 free_blocks_count 1; set_bg 0 checksum calc", codeFreeBlocks, ""},
	{"free inodes of a group", "set_bg 0 free_inodes_count 7; set_bg 0 checksum calc", codeFreeInodes, ""},
	{"directories of a group", "set_bg 0 used_dirs_count 99; set_bg 0 checksum calc", codeUsedDirs, ""},
	{"block bitmap elsewhere", "set_bg 0 block_bitmap 99999999; set_bg 0 checksum calc", codeBlockBitmapPlace, ""},
	{"inode bitmap elsewhere", "set_bg 0 inode_bitmap 99999999; set_bg 0 checksum calc", codeInodeBitmapPlace, ""},
	{"inode table elsewhere", "set_bg 0 inode_table 99999999; set_bg 0 checksum calc", codeInodeTablePlace, ""},
	{"checksum of a group", "set_bg 0 checksum 0x1234", codeGroupChecksum, "ext4_el6"},
	{"too many unused inodes", "set_bg 0 itable_unused 9999; set_bg 0 checksum calc", codeItableUnused, "ext4_el6"},
	{"names in the unused table", "set_bg 0 itable_unused 900; set_bg 0 free_inodes_count 900; set_bg 0 checksum calc", codeEntryUnused, "ext4_csum"},
	{"group marked without inodes", "set_bg 0 flags 1; set_bg 0 checksum calc", codeRoot, "ext4_el6"},
	{"free blocks", "ssv free_blocks_count 5", codeFreeBlocks, ""},
	{"free inodes", "ssv free_inodes_count 5", codeFreeInodes, ""},
	{"more blocks than the device", "ssv blocks_count 999999", codeSizeBeyondDevice, ""},
	{"inode count", "ssv inodes_count 12345", codeSuperblock, ""},
	{"first inode", "ssv first_ino 5", codeSuperblock, "ext3"},
	{"first inode behind names", "ssv first_ino 20", codeEntryInode, "ext3"},
	{"inode size", "ssv inode_size 200", codeSuperblock, "ext3"},
	{"revision", "ssv rev_level 9", codeRevision, ""},
	{"block size", "ssv log_block_size 9", codeSuperblock, ""},
	{"reserved descriptor blocks", "ssv reserved_gdt_blocks 3", codeBlockBitmap, "ext3"},
	{"unknown incompatible feature", "ssv feature_incompat 0x80000042", codeUnknownFeature, ""},
	{"unknown feature", "ssv feature_compat 0x80000000", codeUnknownFeature, ""},
	{"journal unnamed", "ssv journal_inum 0", codeJournal, "ext3"},
	{"journal elsewhere", "ssv journal_inum 12", codeSpecialInode, "ext3"},
	{"signedness of hashes", "ssv flags 2", "", "ext3_linear"},
	{"seed of hashes", "ssv hash_seed 11111111-2222-3333-4444-555555555555", codeHashRange, "htree2"},
	{"folder's block without entries", "zap_block -f names 0", codeDirEntry, ""},
	{"leaf of a hashed folder", "zap_block -f names -p 0xff 2", codeDirEntry, "ext4_plain"},
	{"index of a hashed folder", "zap_block -f many -o 24 -l 4 -p 1 0", codeHashRoot, "htree2"},
	{"count of an index", "zap_block -f many -o 34 -l 2 -p 0xff 0", codeHashNode, "htree2"},
	{"order of an index", "zap_block -f many -o 40 -l 4 -p 0xfe 0", codeHashOrder, "htree2"},
	{"first node of an index", "zap_block -f many -o 36 -l 4 -p 7 0", codeHashRef, "htree2"},
}

// TestTable holds the verdicts against e2fsck on file systems that debugfs has
// harmed in known ways, and checks that the problem is named.
func TestTable(t *testing.T) {
	tree := map[bool]string{}
	for _, name := range []string{"ext2_1k", "ext3_1k", "ext3_linear", "ext4_el6", "ext4_plain", "ext4_csum", "ext4_htree2"} {
		s := shapes[slices.IndexFunc(shapes, func(s shape) bool { return s.name == name })]
		if tree[s.many] == "" {
			tree[s.many] = makeTree(t, s.many)
		}
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			whole := filepath.Join(dir, "whole.img")
			s.build(t, whole, tree[s.many])
			for _, h := range harms {
				if strings.Contains(name, h.only) {
					t.Run(h.name, func(t *testing.T) { h.test(t, whole, filepath.Join(dir, "harmed.img")) })
				}
			}
		})
	}
}

func (h harm) test(t *testing.T, whole, path string) {
	copyFile(t, whole, path)
	script := path + ".cmds"
	if err := os.WriteFile(script, []byte(strings.ReplaceAll(h.cmds, "; ", "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(tool(t, "debugfs"), "-w", "-f", script, path).CombinedOutput()
	found := problemsOf(t, path)
	clean, text := judge(t, path)
	if clean != (len(found) == 0) {
		t.Fatalf("e2fsck says clean=%v, Check says clean=%v\n%s\n%s\n%s", clean, len(found) == 0, out, text, firstProblems(found, 8))
	}
	if clean != (h.code == "") {
		t.Fatalf("the harm came out clean=%v\n%s", clean, out)
	}
	if h.code != "" && !slices.ContainsFunc(found, func(p Problem) bool { return p.Code == h.code }) {
		t.Fatalf("no %s among %s\ne2fsck says: %s", h.code, firstProblems(found, 8), firstLines(text, 8))
	}
}

func problemsOf(t testing.TB, path string) []Problem {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	found, err := Check(context.Background(), f, st.Size(), Options{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// copyFile copies an image and leaves holes where it has zeros.
func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zero := make([]byte, 64<<10)
	for off := 0; off < len(b); off += len(zero) {
		part := b[off:min(off+len(zero), len(b))]
		if string(part) == string(zero[:len(part)]) {
			continue
		}
		if _, err := f.WriteAt(part, int64(off)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(int64(len(b))); err != nil {
		t.Fatal(err)
	}
}
