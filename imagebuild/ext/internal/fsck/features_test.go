package fsck

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// featureShapes are file systems with what is met less often.
var featureShapes = []shape{
	{name: "ext4_desc128", args: "-b 1024 -I 256 -E desc_size=128 -O none," + csumFeatures},
	{name: "ext4_noattr", args: "-b 1024 -I 256 -O none,has_journal,extents,filetype,dir_index", bare: true},
	{name: "ext4_mmp", args: "-b 1024 -I 256 -O none,mmp," + csumFeatures, plain: true},
	{name: "ext4_mmp_nocsum", args: "-b 4096 -I 256 -O none,mmp," + el6Features, plain: true},
	{name: "ext4_largedir", args: "-b 1024 -I 256 -N 1200 -O none,large_dir," + without(csumFeatures, "has_journal"), many: true, index: true, patch: (*patcher).thirdLevel},
	{name: "ext4_fastcommit", args: "-b 1024 -I 256 -J size=4 -O none,fast_commit," + csumFeatures, size: 16 << 20},
	{name: "ext4_badblocks", args: "-b 1024 -I 256 -O none," + without(csumFeatures, "has_journal"), bad: "5000\n5001\n6000\n7003\n"},
	{name: "ext2_hurd", args: "-b 4096 -I 128 -o hurd -O none,sparse_super", bare: true},
	{name: "ext4_8k", args: "-b 8192 -I 256 -O none," + csumFeatures, size: 32 << 20},
	{name: "ext4_64k", args: "-b 65536 -I 256 -O none," + without(csumFeatures, "has_journal"), size: 64 << 20},
	{name: "ext4_lazy", args: "-b 1024 -I 256 -g 1024 -G 4 -O none," + without(csumFeatures, "resize_inode"), size: 16 << 20},
	{name: "ext4_lazy_gdt", args: "-b 1024 -I 256 -g 1024 -G 4 -O none," + without(el6Features, "resize_inode"), size: 16 << 20},
	{name: "ext4_bigalloc_csum", args: "-b 1024 -C 16384 -I 256 -O none,bigalloc," + csumFeatures, size: 64 << 20},
	{name: "ext4_bigalloc_4k", args: "-b 4096 -C 16384 -I 256 -O none,bigalloc," + csumFeatures, size: 32 << 20},
	{name: "ext4_inline_csum", args: "-b 1024 -I 256 -O none,inline_data," + csumFeatures},
	{name: "ext4_inline_512", args: "-b 4096 -I 512 -O none,inline_data,ea_inode," + csumFeatures},
	{name: "ext4_eainode_csum", args: "-b 4096 -I 256 -O none,ea_inode," + csumFeatures,
		cmds: "ea_set -f $BIG /file user.big; ea_set -f $BIG /dir/sub/inner user.other; ea_set -f $BIG /dir/sub/inner user.third", fix: true},
	{name: "ext4_casefold", args: "-b 1024 -I 256 -E encoding=utf8 -O none,casefold," + csumFeatures, cmds: "sif /dir flags 0x40080000; sif /dir/sub flags 0x40080000", index: true},
	{name: "ext4_encrypt", args: "-b 1024 -I 256 -O none,encrypt," + csumFeatures, patch: (*patcher).encrypt,
		cmds: "ea_set /dir user.c 0123456789; ea_set /empty user.c 0123456789; mkdir vault; cd vault; write $BIG 0123456789abcdef-file; mkdir 0123456789abcdef-folder; " +
			"mknod 0123456789abcdef-device c 1 3; ea_set -f $CTX /vault user.c; ea_set -f $CTX 0123456789abcdef-file user.c; ea_set -f $CTX 0123456789abcdef-folder user.c"},
	{name: "ext4_verity", args: "-b 1024 -I 256 -O none,verity," + csumFeatures, cmds: "sif /direct flags 0x180000; sif /direct size 5000"},
	{name: "ext4_prealloc", args: "-b 1024 -I 256 -O none," + csumFeatures, cmds: "fallocate /file 10 60; fallocate /empty 5 9; punch /double 3 7; punch /hole 100 200"},
	{name: "ext4_shared", args: "-b 1024 -I 256 -O none," + without(el6Features, "has_journal"), cmds: "feature shared_blocks", patch: (*patcher).shareBlocks},
	{name: "ext4_deep", args: "-b 1024 -I 256 -O none," + csumFeatures, cmds: deepCommands()},
	{name: "ext4_stable", args: "-b 1024 -I 256 -O none,stable_inodes," + csumFeatures, cmds: "feature read-only"},
	{name: "ext3_128_grouped", args: "-b 1024 -I 128 -g 2048 -O none,has_journal,ext_attr,dir_index,filetype", index: true},
	{name: "ext4_64bit_metabg", args: "-b 1024 -I 256 -g 512 -O none,meta_bg," + without(csumFeatures, "resize_inode")},
	{name: "ext4_manylinks", args: "-b 1024 -I 256 -O none," + csumFeatures, index: true, patch: (*patcher).oneLink},
	{name: "ext4_acl", args: "-b 1024 -I 128 -O none," + csumFeatures, cmds: "ea_set -f $ACL /file system.posix_acl_access; ea_set -f $ACL /dir system.posix_acl_default"},
}

// deepCommands make a file of so many extents that its tree has two levels of nodes.
func deepCommands() string {
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "fallocate /empty %d %d; ", i*3, i*3)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// patcher changes a file system by hand where no tool does.
type patcher struct {
	t testing.TB
	f *os.File
	c *checker
}

func (p *patcher) inode(ino uint32) layout.Inode {
	b := make(layout.Inode, p.c.inodeSize)
	if !p.c.readInode(ino, b) {
		p.t.Fatal(p.c.err)
	}
	return b
}

func (p *patcher) setInode(ino uint32, b layout.Inode) {
	if p.c.metadataCsum {
		b.SetChecksum(b.ComputeChecksum(p.c.csumSeed, ino))
	}
	g := (ino - 1) / p.c.inodesPerGroup
	write(p.t, p.f, b, int64(p.c.group(g).InodeTable())<<p.c.blockBits+int64((ino-1)%p.c.inodesPerGroup)*int64(p.c.inodeSize))
}

// dirBlock reads block lblk of a directory and gives where it lies.
func (p *patcher) dirBlock(ino uint32, lblk uint64) (b []byte, pblk uint64) {
	var m mapper
	m.begin(p.c, ino, p.inode(ino))
	m.quiet, m.budget = true, 1<<30
	m.onRun = func(l, at, n uint64) {
		if lblk >= l && lblk < l+n {
			pblk = at + lblk - l
		}
	}
	m.walk()
	b = make([]byte, p.c.blockSize)
	if pblk == 0 || !p.c.block(b, pblk) {
		p.t.Fatalf("inode %d has no block %d", ino, lblk)
	}
	return b, pblk
}

func (p *patcher) setIndex(ino uint32, b []byte, pblk uint64, off int) {
	if p.c.metadataCsum {
		seed := layout.InodeSeed(p.c.csumSeed, ino, p.inode(ino).Generation())
		layout.DxEntries(b[off:]).SetChecksum(layout.DxChecksum(seed, b, off))
	}
	write(p.t, p.f, b, int64(pblk)<<p.c.blockBits)
}

// thirdLevel puts another node between the root of a hashed directory and what
// it points to, in a block that debugfs appends.
func (p *patcher) thirdLevel() {
	ino := lookup(p.t, p.c, "many")
	blocks := p.inode(ino).Size() >> p.c.blockBits
	run(p.t, exec.Command(tool(p.t, "debugfs"), "-w", "-R", "expand_dir many", p.f.Name()))
	p.c = examined(p.t, p.f)
	root, at := p.dirBlock(ino, 0)
	_, nodeAt := p.dirBlock(ino, blocks)
	r := layout.DxRoot(root)
	if r.IndirectLevels() != 1 {
		p.t.Fatalf("the index has %d levels", r.IndirectLevels())
	}
	node := make([]byte, p.c.blockSize)
	layout.Dirent(node).SetRecLen(len(node), len(node))
	x := layout.DxNodeEntriesOf(node)
	copy(x[4:], r.Entries()[4:8*r.Entries().Count()])
	x.SetLimit(layout.DxLimit(len(node), layout.DxNodeEntries, p.c.metadataCsum))
	x.SetCount(r.Entries().Count())
	p.setIndex(ino, node, nodeAt, layout.DxNodeEntries)
	r.SetIndirectLevels(2)
	r.Entries().SetCount(1)
	r.Entries().SetBlock(0, uint32(blocks))
	p.setIndex(ino, root, at, layout.DxRootEntries)
}

// encrypt makes the attributes "user.c" encryption contexts, and the inodes but
// one encrypted.
func (p *patcher) encrypt() {
	vault := lookup(p.t, p.c, "vault")
	inodes := []uint32{lookup(p.t, p.c, "dir"), lookup(p.t, p.c, "empty"), vault}
	p.c.rereads = 100
	p.c.eachName(vault, p.inode(vault), func(_ []byte, ino uint32, _ uint64) bool {
		if p.c.kindOf(ino) != layout.FTChar {
			inodes = append(inodes, ino)
		}
		return true
	})
	for i, ino := range inodes {
		b := p.inode(ino)
		at := bytes.Index(b, []byte{'c', 0, 0, 0})
		if at < layout.GoodOldInodeSize {
			p.t.Fatalf("inode %d has no attribute c", ino)
		}
		b[at-layout.XattrEntrySize+1] = xattrEncryption
		if i > 0 {
			b.SetFlags(b.Flags() | layout.InodeFlagEncrypt)
		}
		p.setInode(ino, b)
	}
}

// shareBlocks lets a file have the blocks of another.
func (p *patcher) shareBlocks() {
	from, to := p.inode(lookup(p.t, p.c, "double")), p.inode(lookup(p.t, p.c, "empty"))
	copy(to[0x1C:0x64], from[0x1C:0x64])
	copy(to[0x04:0x08], from[0x04:0x08])
	p.setInode(lookup(p.t, p.c, "empty"), to)
}

// oneLink gives a hashed directory the link count of one that had too many
// folders to count.
func (p *patcher) oneLink() {
	ino := lookup(p.t, p.c, "names")
	b := p.inode(ino)
	if !b.Has(layout.InodeFlagIndex) {
		p.t.Fatal("the directory is not hashed")
	}
	b.SetLinksCount(1)
	p.setInode(ino, b)
}

// customize does what the shape asks for beyond mke2fs.
func (s shape) customize(t testing.TB, path string) {
	if s.cmds != "" {
		dir := t.TempDir()
		big, acl, context := filepath.Join(dir, "big"), filepath.Join(dir, "acl"), filepath.Join(dir, "context")
		if err := os.WriteFile(context, append([]byte{1, 1, 4, 2}, "descriptnonce for a file"...), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(big, bytes.Repeat([]byte("value "), 2000), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(acl, accessList(), 0o644); err != nil {
			t.Fatal(err)
		}
		script := filepath.Join(dir, "script")
		cmds := strings.NewReplacer("; ", "\n", "$BIG", big, "$ACL", acl, "$CTX", context).Replace(s.cmds) + "\n"
		if err := os.WriteFile(script, []byte(cmds), 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, exec.Command(tool(t, "debugfs"), "-w", "-f", script, path))
	}
	if s.fix {
		exec.Command(tool(t, "e2fsck"), "-fy", path).Run() // exits with 1: debugfs does not count blocks of values
	}
}

// accessList is an access control list as debugfs takes it.
func accessList() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range [][3]uint32{{1, 7, 0xFFFFFFFF}, {2, 6, 1000}, {4, 5, 0xFFFFFFFF}, {16, 7, 0xFFFFFFFF}, {32, 4, 0xFFFFFFFF}} {
		b = binary.LittleEndian.AppendUint16(b, uint16(e[0]))
		b = binary.LittleEndian.AppendUint16(b, uint16(e[1]))
		b = binary.LittleEndian.AppendUint32(b, e[2])
	}
	return b
}

// patched runs the shape's patch on the file system.
func (s shape) patched(t testing.TB, path string) {
	if s.patch == nil {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s.patch(&patcher{t, f, examined(t, f)})
}

// TestUninitMetadata checks that a group is not taken for empty in which a bitmap
// of another lies. e2fsck, which may put it there, sees no fault in it.
func TestUninitMetadata(t *testing.T) {
	i := slices.IndexFunc(featureShapes, func(s shape) bool { return s.name == "ext4_64bit_metabg" })
	path := filepath.Join(t.TempDir(), "fs.img")
	featureShapes[i].build(t, path, makeTree(t, false))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := examined(t, f)
	var empty []uint32
	for g := range c.groups {
		if c.uninit(c.group(g), layout.GroupBlockUninit) {
			empty = append(empty, g)
		}
	}
	if len(empty) < 2 {
		t.Fatalf("only %d groups are empty", len(empty))
	}
	run(t, exec.Command(tool(t, "debugfs"), "-w", "-R", fmt.Sprintf("set_bg %d block_bitmap %d", empty[1], c.groupStart(empty[0])+80), path))
	if found := checkWithin(t, f, theLimits); !slices.ContainsFunc(found, func(p Problem) bool { return p.Code == codeUninitMetadata }) {
		t.Error(firstProblems(found, 8))
	}
}
