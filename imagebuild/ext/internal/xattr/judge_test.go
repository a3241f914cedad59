package xattr

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/tests/needs"
)

func TestMain(m *testing.M) {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	os.Exit(m.Run())
}

// judge is an image with files whose attributes debugfs and we set and read.
type judge struct {
	t     *testing.T
	image string
	sb    layout.Superblock
}

func newJudge(t *testing.T, args ...string) *judge {
	t.Helper()
	needs.Programs(t, "mke2fs", "debugfs", "e2fsck")
	dir := t.TempDir()
	tree := filepath.Join(dir, "tree")
	j := &judge{t: t, image: filepath.Join(dir, "image")}
	must(t, os.Mkdir(tree, 0o755))
	for _, name := range []string{"f", "g"} {
		must(t, os.WriteFile(filepath.Join(tree, name), []byte("text"), 0o644))
	}
	must(t, os.WriteFile(j.image, nil, 0o644))
	must(t, os.Truncate(j.image, 4<<20))
	j.run("", "mke2fs", append(append([]string{"-q", "-F", "-d", tree}, args...), j.image)...)
	j.sb = j.read(layout.SuperblockOffset, layout.SuperblockSize)
	return j
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (j *judge) run(stdin, name string, args ...string) string {
	j.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "MKE2FS_CONFIG=/dev/null", "LC_ALL=C")
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		j.t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func (j *judge) debugfs(commands ...string) string {
	j.t.Helper()
	return j.run(strings.Join(commands, "\n")+"\n", "debugfs", "-w", "-f", "-", j.image)
}

func (j *judge) read(off int64, n int) []byte {
	j.t.Helper()
	f, err := os.Open(j.image)
	must(j.t, err)
	defer f.Close()
	b := make([]byte, n)
	_, err = f.ReadAt(b, off)
	must(j.t, err)
	return b
}

func (j *judge) write(off int64, b []byte) {
	j.t.Helper()
	f, err := os.OpenFile(j.image, os.O_RDWR, 0)
	must(j.t, err)
	_, err = f.WriteAt(b, off)
	must(j.t, errors.Join(err, f.Close()))
}

func (j *judge) blockSize() int { return 1024 << j.sb.LogBlockSize() }

// inode gives an inode, its number and where it lies.
func (j *judge) inode(name string) (layout.Inode, uint32, int64) {
	j.t.Helper()
	m := regexp.MustCompile(`Inode (\d+) .*\n\s*located at block (\d+), offset (0x[0-9a-f]+)`).FindStringSubmatch(j.debugfs("imap " + name))
	if m == nil {
		j.t.Fatalf("debugfs does not find %s", name)
	}
	ino, _ := strconv.ParseInt(m[1], 10, 64)
	blk, _ := strconv.ParseInt(m[2], 10, 64)
	at, _ := strconv.ParseInt(m[3], 0, 64)
	off := blk*int64(j.blockSize()) + at
	return j.read(off, int(j.sb.InodeSize())), uint32(ino), off
}

// attrs reads what debugfs has stored: in the inode, and in its block.
func (j *judge) attrs(name string) (inode, block []Attr) {
	j.t.Helper()
	i, _, _ := j.inode(name)
	inode, err := ParseInode(i)
	must(j.t, err)
	if blk := i.FileACL(); blk != 0 {
		b := j.read(int64(blk)*int64(j.blockSize()), j.blockSize())
		must(j.t, VerifyBlock(b))
		block, err = ParseBlock(b)
		must(j.t, err)
	}
	return inode, block
}

// put stores attributes over those of a file that has a block for them.
func (j *judge) put(name string, inode, block []Attr) {
	j.t.Helper()
	i, ino, off := j.inode(name)
	must(j.t, PutInode(i, inode))
	csum := j.sb.ROCompat()&layout.ROMetadataCsum != 0
	if csum {
		i.SetChecksum(i.ComputeChecksum(j.sb.ChecksumSeed(), ino))
	}
	j.write(off, i)
	if blk := i.FileACL(); blk != 0 {
		b, err := BuildBlock(j.blockSize(), block)
		must(j.t, err)
		if csum {
			layout.XattrHeader(b).SetChecksum(layout.XattrBlockChecksum(j.sb.ChecksumSeed(), blk, b))
		}
		j.write(int64(blk)*int64(j.blockSize()), b)
	}
}

// verdict is what e2fsck has to say, nothing for a clean image.
func (j *judge) verdict() string {
	cmd := exec.Command("e2fsck", "-fn", j.image)
	out, err := cmd.CombinedOutput()
	quiet := regexp.MustCompile(`^(e2fsck .*|Pass \d.*|.* files \(.*blocks|)$`)
	lines := slices.DeleteFunc(strings.Split(string(out), "\n"), quiet.MatchString)
	if err != nil {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// want is what a file should have: by full name.
type want map[string][]byte

func wantOf(t *testing.T, lists ...[]Attr) want {
	w := want{}
	for _, a := range slices.Concat(lists...) {
		full, ok := layout.XattrName(a.Index, a.Name)
		if !ok || w[full] != nil {
			t.Fatalf("%d:%q", a.Index, a.Name)
		}
		w[full] = a.Value
	}
	return w
}

func (w want) equal(t *testing.T, o want) {
	t.Helper()
	if !maps.EqualFunc(w, o, bytes.Equal) {
		t.Errorf("got %q\nwant %q", w, o)
	}
}

// theirs reads the attributes of a file by debugfs.
const highName = "user.caf\xc3\xa9"

func (j *judge) theirs(name string, names want) want {
	j.t.Helper()
	list := j.debugfs("ea_list " + name)
	got := want{}
	for full := range names {
		if full != highName && !strings.Contains(list, "  "+full+" (") { // that it shows in hexadecimal
			j.t.Errorf("%s is not in: %s", full, list)
		}
		out := filepath.Join(j.t.TempDir(), "value")
		j.debugfs("ea_get -f " + out + " " + name + " " + full)
		b, err := os.ReadFile(out)
		must(j.t, err)
		got[full] = b
	}
	if n := strings.Count(list, "  "); n < len(names) {
		j.t.Errorf("%d attributes: %s", n, list)
	}
	return got
}

var variants = map[string][]string{
	"inodes of 128 bytes": {"-b", "1024", "-I", "128", "-O", "none,ext_attr,filetype"},
	"inodes of 256 bytes": {"-b", "1024", "-I", "256", "-O", "none,ext_attr,filetype,extra_isize"},
	"large inodes, csum":  {"-b", "4096", "-I", "1024", "-O", "none,ext_attr,filetype,extra_isize,metadata_csum"},
	"64bit, csum":         {"-b", "2048", "-I", "256", "-O", "none,ext_attr,filetype,extent,extra_isize,64bit,metadata_csum"},
	"blocks of 64 KiB":    {"-b", "65536", "-I", "256", "-O", "none,ext_attr,filetype,extent,extra_isize,metadata_csum"},
}

// TestTheirs reads what debugfs has stored.
func TestTheirs(t *testing.T) {
	for name, args := range variants {
		t.Run(name, func(t *testing.T) {
			j := newJudge(t, args...)
			w := want{}
			var commands []string
			dir := t.TempDir()
			for i, full := range []string{"user.a", "user.bb", "user.aa", "security.selinux", "trusted.x", "user." + strings.Repeat("n", 100), highName, "system.data2"} {
				w[full] = bytes.Repeat([]byte{byte(i), 0xFF, 0}, i*9+1)[:i*9+1]
				file := filepath.Join(dir, strconv.Itoa(i))
				must(t, os.WriteFile(file, w[full], 0o644))
				commands = append(commands, "ea_set -f "+file+" f "+full)
			}
			out := j.debugfs(commands...)
			inode, block := j.attrs("f")
			if len(block) == 0 && name != "large inodes, csum" {
				t.Errorf("no attribute in a block: %s", out)
			}
			if len(inode) == 0 && j.sb.InodeSize() > 128 {
				t.Errorf("no attribute in the inode: %s", out)
			}
			wantOf(t, inode, block).equal(t, w)
			if inode, block := j.attrs("g"); inode != nil || block != nil {
				t.Errorf("g has %v and %v", inode, block)
			}
		})
	}
}

func attr(index uint8, name, value string) Attr {
	return Attr{Index: index, Name: name, Value: []byte(value)}
}

// TestOurs has debugfs and e2fsck read what we store.
func TestOurs(t *testing.T) {
	acl, err := hex.DecodeString("0100000001000600" + "02000600e8030000"[:16] + "0400040010000600" + "20000400")
	must(t, err)
	block := []Attr{
		attr(1, "zz", "last"), attr(6, "capability", "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		attr(1, "b", ""), attr(1, "a", "x"), attr(4, "overlay.opaque", "y"), attr(1, "caf\xc3\xa9", "high"),
		attr(1, strings.Repeat("n", 250), strings.Repeat("v", 301)), {Index: 2, Value: acl},
	}
	for name, args := range variants {
		t.Run(name, func(t *testing.T) {
			j := newJudge(t, args...)
			big := filepath.Join(t.TempDir(), "big")
			must(t, os.WriteFile(big, bytes.Repeat([]byte("b"), 950), 0o644))
			j.debugfs("ea_set -f " + big + " f user.big")
			var inode []Attr
			if j.sb.InodeSize() > 128 {
				inode = []Attr{attr(6, "selinux", "u:object_r:bin_t\x00"), attr(1, "e", ""), attr(7, "x", "1234")}
			}
			j.put("f", inode, block)
			if v := j.verdict(); v != "" {
				t.Errorf("e2fsck: %s", v)
			}
			w := wantOf(t, inode, block)
			// debugfs shows ACLs translated; the bytes are compared below.
			delete(w, "system.posix_acl_access")
			j.theirs("f", w).equal(t, w)
			gotInode, gotBlock := j.attrs("f")
			wantOf(t, gotInode).equal(t, wantOf(t, inode))
			wantOf(t, gotBlock).equal(t, wantOf(t, block))

			// Without the attributes in the inode, and with as many as fit.
			i, _, _ := j.inode("f")
			fit := []Attr{attr(1, "f", strings.Repeat("f", max(0, InodeRoom(i)-listEnd-layout.XattrEntryLen(1))))}
			if inode == nil {
				fit = nil
			}
			for _, list := range [][]Attr{nil, fit} {
				j.put("f", list, block[:1])
				if v := j.verdict(); v != "" {
					t.Errorf("e2fsck: %s", v)
				}
				w := wantOf(t, list, block[:1])
				j.theirs("f", w).equal(t, w)
			}
			full := make([]byte, j.blockSize()-layout.XattrHeaderSize-listEnd-layout.XattrEntryLen(1))
			j.put("f", nil, []Attr{attr(1, "f", string(full))})
			if v := j.verdict(); v != "" {
				t.Errorf("e2fsck: %s", v)
			}
		})
	}
}

// TestJudgeSaysNo shows that e2fsck sees wrong hashes and overlapping values, as
// VerifyBlock does.
func TestJudgeSaysNo(t *testing.T) {
	for name, damage := range map[string]func(b []byte){
		"hash of an entry": func(b []byte) { b[layout.XattrHeaderSize+12] ^= 1 },
		"value":            func(b []byte) { b[len(b)-1] ^= 1 },
		"value offset":     func(b []byte) { b[layout.XattrHeaderSize+2] += 2 },
		"value size":       func(b []byte) { b[layout.XattrHeaderSize+9] = 0x40 },
		"blocks":           func(b []byte) { b[8] = 2 },
		"magic":            func(b []byte) { b[0] = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			j := newJudge(t, variants["inodes of 128 bytes"]...)
			j.debugfs("ea_set f user.one 12345678", "ea_set f user.two 12345678")
			i, _, _ := j.inode("f")
			off := int64(i.FileACL()) * int64(j.blockSize())
			b := j.read(off, j.blockSize())
			must(t, VerifyBlock(b))
			if v := j.verdict(); v != "" {
				t.Fatal(v)
			}
			damage(b)
			if err := VerifyBlock(b); err == nil {
				t.Error("VerifyBlock is content")
			} else {
				t.Log(err)
			}
			j.write(off, b)
			if v := j.verdict(); v == "" {
				t.Error("e2fsck is content")
			}
		})
	}
}

// TestSameBlock builds a block from the attributes of one that e2fsprogs made,
// and gets the same bytes.
func TestSameBlock(t *testing.T) {
	j := newJudge(t, variants["inodes of 128 bytes"]...)
	for i := range 6 {
		j.debugfs(fmt.Sprintf("ea_set f user.n%d %s", i, strings.Repeat("v", i+1)))
		in, _, _ := j.inode("f")
		theirs := j.read(int64(in.FileACL())*1024, 1024)
		attrs, err := ParseBlock(theirs)
		must(t, err)
		ours, err := BuildBlock(1024, attrs)
		must(t, err)
		layout.XattrHeader(ours).SetHash(0) // e2fsprogs leaves it out
		if !bytes.Equal(ours, theirs) {
			t.Errorf("%d attributes: not the same block as e2fsprogs'", i+1)
		}
	}
}
