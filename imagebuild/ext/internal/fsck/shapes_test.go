package fsck

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/tests/needs"
)

// tool finds a program that judges a test.
var tool = needs.Program

// shape is a kind of file system to check: what mke2fs makes of the tree.
type shape struct {
	name  string
	args  string
	size  int64          // 0: 8 MiB
	many  bool           // the tree with a directory of many long names
	index bool           // e2fsck -D turns large directories into hashed ones
	bare  bool           // there are no attributes
	plain bool           // debugfs adds nothing: it waits for others that may have the file system
	bad   string         // bad blocks, a line each
	cmds  string         // more for debugfs, separated by semicolons
	fix   bool           // e2fsck puts right what debugfs leaves
	patch func(*patcher) // what no tool does
}

const (
	ext3Features = "has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file"
	el6Features  = ext3Features + ",extents,uninit_bg,flex_bg,huge_file,dir_nlink,extra_isize"
	csumFeatures = ext3Features + ",extents,flex_bg,huge_file,dir_nlink,extra_isize,64bit,metadata_csum"
)

func without(features, drop string) string {
	return strings.ReplaceAll(","+features, ","+drop, "")[1:]
}

var shapes = []shape{
	{name: "ext2_rev0", args: "-b 1024 -r 0"},
	{name: "ext2_1k", args: "-b 1024 -I 128 -O none,ext_attr,filetype,sparse_super,resize_inode,dir_index", index: true},
	{name: "ext2_nofiletype", args: "-b 1024 -I 128 -O none,ext_attr"},
	{name: "ext2_256", args: "-b 1024 -I 256 -g 1024 -O none,ext_attr,filetype,sparse_super"},
	{name: "ext3_1k", args: "-b 1024 -I 256 -O none," + ext3Features, index: true},
	{name: "ext3_linear", args: "-b 1024 -I 128 -O none," + ext3Features},
	{name: "ext4_el6", args: "-b 1024 -I 256 -O none," + el6Features, index: true},
	{name: "ext4_el6_4k", args: "-b 4096 -I 256 -O none," + el6Features, index: true},
	{name: "ext4_64bit", args: "-b 1024 -I 256 -O none,64bit," + el6Features, index: true},
	{name: "ext4_plain", args: "-b 1024 -I 256 -O none,extents,ext_attr,filetype,dir_index,huge_file", index: true},
	{name: "ext4_csum", args: "-b 1024 -I 256 -O none," + csumFeatures, index: true},
	{name: "ext4_csum_32bit", args: "-b 1024 -I 256 -O none," + without(csumFeatures, "64bit")},
	{name: "ext4_csum_seed", args: "-b 2048 -I 256 -O none,metadata_csum_seed," + csumFeatures},
	{name: "ext4_nojournal", args: "-b 4096 -I 256 -O none," + without(csumFeatures, "has_journal")},
	{name: "ext4_metabg", args: "-b 1024 -I 256 -O none,meta_bg," + without(csumFeatures, "resize_inode")},
	{name: "ext4_smallgroups", args: "-b 1024 -I 256 -g 1024 -O none," + without(el6Features, "resize_inode")},
	{name: "ext4_sparse2", args: "-b 1024 -I 256 -g 2048 -O none,sparse_super2," + without(without(csumFeatures, "resize_inode"), "sparse_super")},
	{name: "ext4_isize1024", args: "-b 4096 -I 1024 -O none," + csumFeatures},
	{name: "ext4_noextents", args: "-b 1024 -I 256 -O none," + without(without(csumFeatures, "extents"), "64bit")},
	{name: "ext4_orphanfile", args: "-b 1024 -I 256 -O none,orphan_file," + csumFeatures},
	{name: "ext4_inline", args: "-b 1024 -I 256 -O none,inline_data," + without(without(el6Features, "uninit_bg"), "has_journal")},
	{name: "ext4_eainode", args: "-b 1024 -I 256 -O none,ea_inode," + csumFeatures, index: true},
	{name: "ext4_bigalloc", args: "-b 1024 -C 4096 -I 256 -O none,bigalloc," + el6Features},
	{name: "ext4_htree2", args: "-b 1024 -I 128 -N 1200 -O none,extents,ext_attr,filetype,dir_index", many: true, index: true},
	{name: "ext4_htree2_csum", args: "-b 1024 -I 256 -N 1200 -O none," + without(csumFeatures, "has_journal"), many: true, index: true},
}

// build makes the file system of a shape at path.
func (s shape) build(t testing.TB, path, tree string) {
	t.Helper()
	size := s.size
	if size == 0 {
		size = 8 << 20
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	args := []string{"-q", "-F", "-U", "01234567-89ab-cdef-0123-456789abcdef", "-E", "hash_seed=fedcba98-7654-3210-fedc-ba9876543210", "-d", tree}
	args = append(args, strings.Fields(s.args)...)
	if s.bad != "" {
		list := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(list, []byte(s.bad), 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-l", list)
	}
	args = append(args, path)
	run(t, exec.Command(tool(t, "mke2fs"), args...))
	if !s.plain {
		s.decorate(t, path)
	}
	s.customize(t, path)
	if s.index {
		exec.Command(tool(t, "e2fsck"), "-fyD", path).Run() // exits with 1: it changed something
	}
	s.shareXattrs(t, path)
	s.patched(t, path)
	if clean, text := judge(t, path); !clean {
		t.Fatalf("%s: e2fsck does not call the fresh image clean:\n%s", s.name, text)
	}
}

// decorate adds what mke2fs does not take from a folder of an ordinary user.
func (s shape) decorate(t testing.TB, path string) {
	cmds := []string{"mknod null c 1 3", "mknod big b 259 70000", "mknod pipe p"}
	if !s.bare {
		cmds = append(cmds, "ea_set /file user.short x")
	}
	if s.name != "ext2_nofiletype" && s.name != "ext2_rev0" && !s.bare {
		long := 300
		if s.name == "ext4_eainode" {
			long = 3000
		}
		cmds = append(cmds, "ea_set /file user.long "+strings.Repeat("v", long), "ea_set /dir security.selinux system_u:object_r:etc_t:s0")
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(strings.Join(cmds, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command(tool(t, "debugfs"), "-w", "-f", script, path))
}

// shareXattrs lets two inodes share a block of attributes, as the kernel does.
func (s shape) shareXattrs(t testing.TB, path string) {
	if s.name != "ext3_linear" && s.name != "ext2_1k" {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := examined(t, f)
	file, other := lookup(t, c, "file"), lookup(t, c, "hole")
	inode, second := make([]byte, c.inodeSize), make([]byte, c.inodeSize)
	c.readInode(file, inode)
	c.readInode(other, second)
	acl := binary.LittleEndian.Uint32(inode[0x68:])
	if acl == 0 {
		t.Fatal("file has no block of attributes")
	}
	binary.LittleEndian.PutUint32(second[0x68:], acl)
	binary.LittleEndian.PutUint32(second[0x1C:], binary.LittleEndian.Uint32(second[0x1C:])+uint32(c.blockSize/512))
	g := (other - 1) / c.inodesPerGroup
	write(t, f, second, int64(c.group(g).InodeTable())<<c.blockBits+int64((other-1)%c.inodesPerGroup)*int64(c.inodeSize))
	write(t, f, []byte{2, 0, 0, 0}, int64(acl)<<c.blockBits+4)
}

func write(t testing.TB, f io.WriterAt, b []byte, off int64) {
	t.Helper()
	if _, err := f.WriteAt(b, off); err != nil {
		t.Fatal(err)
	}
}

// examined gives the checker after a check, to look things up.
func examined(t testing.TB, f *os.File) *checker {
	t.Helper()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{ctx: context.Background(), r: f, size: st.Size(), maxProblems: 1000, limits: theLimits}
	if err := c.run(); err != nil {
		t.Fatal(err)
	}
	return c
}

func lookup(t testing.TB, c *checker, name string) (found uint32) {
	t.Helper()
	inode := make([]byte, c.inodeSize)
	c.readInode(2, inode)
	c.eachName(2, inode, func(n []byte, ino uint32, _ uint64) bool {
		if string(n) == name {
			found = ino
		}
		return found == 0
	})
	if found == 0 {
		t.Fatalf("%s is not in the root", name)
	}
	return found
}

// makeTree makes the files that go into the file systems.
func makeTree(t testing.TB, many bool) string {
	t.Helper()
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(name string, data []byte) { must(os.WriteFile(filepath.Join(root, name), data, 0o644)) }
	if many {
		must(os.Mkdir(filepath.Join(root, "many"), 0o755))
		for i := range 800 { // four long names fill a leaf of 1 KiB, so that one level of nodes is not enough
			put(fmt.Sprintf("many/%s%d", strings.Repeat("long", 50), i), nil)
		}
	}
	must(os.MkdirAll(filepath.Join(root, "dir/sub/deep"), 0o755))
	must(os.Mkdir(filepath.Join(root, "names"), 0o755))
	put("file", []byte("contents\n"))
	put("empty", nil)
	put("direct", bytes.Repeat([]byte("d"), 12<<10))
	put("double", bytes.Repeat([]byte("0123456789abcdef"), 20<<10))
	put("dir/sub/inner", []byte("inner\n"))
	for i := range 160 {
		put(fmt.Sprintf("names/entry_%03d_%s", i, strings.Repeat("x", i%40)), nil)
	}
	put("names/caf\u00e9_\u65e5\u672c", nil)
	hole := make([]byte, 1<<20)
	for off := 0; off < len(hole); off += 8 << 10 {
		copy(hole[off:], "data")
	}
	put("hole", hole) // mke2fs leaves the zeros out: more extents than one node has
	must(os.Link(filepath.Join(root, "file"), filepath.Join(root, "dir/link")))
	must(os.Symlink("file", filepath.Join(root, "short")))
	must(os.Symlink(strings.Repeat("y", 100), filepath.Join(root, "long")))
	old := time.Unix(1400000000, 0)
	must(os.Chtimes(filepath.Join(root, "file"), old, old))
	return root
}

func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(os.Environ(), "LC_ALL=C", "MKE2FS_CONFIG=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}

// judge says whether e2fsck calls the image clean: it exits with 0 and prints
// nothing but its headings and the summary.
func judge(t testing.TB, path string) (clean bool, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // it runs in circles on some
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, "e2fsck"), "-fn", path)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	var rest []string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "e2fsck 1.") || strings.HasPrefix(line, "Pass ") || strings.Contains(line, "non-contiguous), ") {
			continue
		}
		rest = append(rest, line)
	}
	return err == nil && len(rest) == 0, strings.Join(rest, "\n")
}
