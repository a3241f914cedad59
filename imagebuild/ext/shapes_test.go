package ext

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"lbimage/tests/needs"
)

// stampTime is when the source tree was last changed, editTime when tests edit.
var (
	stampTime = time.Unix(1400000000, 0).UTC()
	editTime  = time.Unix(1500000000, 0).UTC()
)

// A shape is a way in which file systems were made over the years. Images have
// the same tree, made by mke2fs -d.
type shape struct {
	name string
	args string   // of mke2fs
	run  []string // debugfs commands afterwards
	fsck bool     // e2fsck -fyD afterwards: hash all folders
	tree string   // which source tree: "" or "huge"
	keep string   // why it is refused for editing, "" if it is not
}

const (
	feat3 = "has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super"
	feat4 = feat3 + ",extents,uninit_bg,flex_bg,large_file,huge_file,dir_nlink,extra_isize"
	feat8 = feat3 + ",extents,flex_bg,large_file,huge_file,dir_nlink,extra_isize,64bit,metadata_csum"
)

func drop(features string, names ...string) string {
	for _, n := range names {
		features = strings.ReplaceAll(","+features+",", ","+n+",", ",")
		features = strings.Trim(features, ",")
	}
	return features
}

var shapes = []shape{
	{name: "ext2_1k", args: "-b 1024 -I 128 -O none,ext_attr,filetype,sparse_super,resize_inode,dir_index", fsck: true},
	{name: "ext2_rev0", args: "-b 1024 -r 0"},
	{name: "ext2_nofiletype", args: "-b 1024 -I 128 -O none,ext_attr,sparse_super"},
	{name: "ext3_el5_128", args: "-b 4096 -I 128 -O none," + feat3, fsck: true},
	{name: "ext3_1k_256", args: "-b 1024 -I 256 -O none," + feat3, fsck: true},
	{name: "ext3_linear", args: "-b 1024 -I 128 -O none," + feat3},
	{name: "ext4_el6", args: "-b 4096 -I 256 -O none," + feat4, fsck: true},
	{name: "ext4_el6_1k", args: "-b 1024 -I 256 -O none," + feat4, fsck: true},
	{name: "ext4_el6_boot", args: "-b 1024 -I 128 -O none," + feat4, fsck: true},
	{name: "ext4_el7_64bit", args: "-b 4096 -I 256 -O none," + feat4 + ",64bit", fsck: true},
	{name: "ext4_el8_csum", args: "-b 4096 -I 256 -O none," + feat8, fsck: true},
	{name: "ext4_csum_1k", args: "-b 1024 -I 256 -O none," + feat8, fsck: true},
	{name: "ext4_csum_32bit", args: "-b 1024 -I 256 -O none," + drop(feat8, "64bit"), fsck: true},
	{name: "ext4_csum_seed", args: "-b 2048 -I 256 -O none," + feat8 + ",metadata_csum_seed", fsck: true},
	{name: "ext4_nojournal", args: "-b 4096 -I 256 -O none," + drop(feat8, "has_journal"), fsck: true},
	{name: "ext4_metabg", args: "-b 1024 -I 256 -O none," + drop(feat8, "resize_inode") + ",meta_bg", fsck: true},
	{name: "ext4_smallgroups", args: "-b 1024 -I 256 -g 1024 -O none," + drop(feat8, "resize_inode"), fsck: true},
	{name: "ext4_sparse2", args: "-b 1024 -I 256 -O none," + drop(feat8, "resize_inode", "sparse_super") + ",sparse_super2", fsck: true},
	{name: "ext4_isize1024", args: "-b 4096 -I 1024 -O none," + feat8, fsck: true},
	{name: "ext4_noextents", args: "-b 4096 -I 256 -O none," + drop(feat8, "extents", "64bit"), fsck: true},
	{name: "ext4_orphanfile", args: "-b 4096 -I 256 -O none," + feat8 + ",orphan_file", fsck: true},
	{name: "ext4_htree2", args: "-b 1024 -I 256 -N 9000 -O none," + feat4, fsck: true, tree: "huge"},
	{name: "ext4_htree2_csum", args: "-b 1024 -I 256 -N 9000 -O none," + feat8, fsck: true, tree: "huge"},
	{name: "ext4_hash_legacy", args: "-b 1024 -I 256 -O none," + feat4, run: []string{"ssv def_hash_version legacy"}, fsck: true},
	{name: "ext4_hash_tea", args: "-b 1024 -I 256 -O none," + feat4, run: []string{"ssv def_hash_version tea"}, fsck: true},
	{name: "ext4_unsigned", args: "-b 1024 -I 256 -O none," + feat4, run: []string{"ssv flags 2"}, fsck: true},
	{name: "ext4_64k", args: "-b 65536 -I 256 -O none," + drop(feat8, "has_journal", "resize_inode"), fsck: true},
	{name: "ext4_quota", args: "-b 4096 -I 256 -O none," + feat8 + ",quota", fsck: true},
	{name: "ext4_quota_1k", args: "-b 1024 -I 256 -E quotatype=usrquota:grpquota:prjquota -O none," + feat8 + ",quota,project", fsck: true},
	{name: "ext4_quota_el7", args: "-b 2048 -I 256 -E quotatype=usrquota -O none," + drop(feat4, "extents", "flex_bg") + ",quota", fsck: true},
	{name: "ext4_ea_inode", args: "-b 4096 -I 256 -O none," + feat8 + ",ea_inode", fsck: true},
	{name: "ext4_large_dir", args: "-b 1024 -I 256 -O none," + feat8 + ",large_dir", fsck: true},
	{name: "ext4_bigalloc", args: "-b 4096 -I 256 -N 2000 -O none," + feat8 + ",bigalloc", fsck: true},
	{name: "ext4_bigalloc_1k", args: "-b 1024 -C 4096 -I 256 -O none," + feat4 + ",bigalloc", fsck: true},
	{name: "ext4_bigalloc_quota", args: "-b 1024 -C 8192 -I 256 -E quotatype=usrquota:grpquota:prjquota -O none," + feat8 + ",bigalloc,quota,project,inline_data", fsck: true},
	{name: "ext4_inline", args: "-b 4096 -I 256 -O none," + feat8 + ",inline_data"},
	{name: "ext4_inline_1k", args: "-b 1024 -I 256 -O none," + feat8 + ",inline_data", fsck: true},
	{name: "ext4_inline_512", args: "-b 1024 -I 512 -O none," + feat4 + ",inline_data"},
	{name: "ext4_inline_1k_1024", args: "-b 1024 -I 1024 -O none," + feat8 + ",inline_data"},
	{name: "ext4_inline_1024", args: "-b 4096 -I 1024 -O none," + feat8 + ",inline_data"},
	{name: "ext4_inline_noextents", args: "-b 1024 -I 256 -O none," + drop(feat8, "extents", "64bit") + ",inline_data"},
	{name: "ext4_encrypt", args: "-b 4096 -I 256 -O none," + feat8 + ",encrypt", fsck: true},
	{name: "ext4_casefold", args: "-b 4096 -I 256 -O none," + feat8 + ",casefold", fsck: true},
	{name: "ext4_mmp", args: "-b 4096 -I 256 -O none," + feat8 + ",mmp", fsck: true},
	{name: "ext4_verity", args: "-b 4096 -I 256 -O none," + feat8 + ",verity", fsck: true},
}

// editable are the shapes that edits are tried on.
func editable() []shape {
	var out []shape
	for _, s := range shapes {
		if s.keep == "" {
			out = append(out, s)
		}
	}
	return out
}

func shapeNamed(t testing.TB, name string) shape {
	for _, s := range shapes {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no shape %s", name)
	return shape{}
}

// need makes sure of the programs that judge a test.
var need = needs.Programs

func TestMain(m *testing.M) {
	// Debian keeps the file system tools where ordinary users do not look.
	err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	dir := ""
	if err == nil {
		dir, err = os.MkdirTemp("", "ext-test-")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	workshop.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// workshop makes each image once in a run.
var workshop struct {
	sync.Mutex
	dir string
}

// imageOf gives the path of an image of the shape, which must not be changed.
func imageOf(t testing.TB, s shape) string {
	t.Helper()
	need(t, "mke2fs", "debugfs", "e2fsck")
	workshop.Lock()
	defer workshop.Unlock()
	img := filepath.Join(workshop.dir, s.name+".img")
	if _, err := os.Stat(img); err == nil {
		return img
	}
	tree := sourceTree(t, s.tree)
	tmp := img + ".tmp"
	size := int64(16 << 20)
	switch {
	case strings.Contains(s.args, "-b 65536"):
		size = 96 << 20
	case strings.Contains(s.args, "bigalloc"):
		size = 24 << 20 // else there are too few inodes
	}
	conf := filepath.Join(workshop.dir, "mke2fs.conf")
	must(t, os.WriteFile(conf, []byte("[defaults]\n base_features = none\n default_mntopts = acl,user_xattr\n inode_ratio = 8192\n[fs_types]\n small = {\n }\n floppy = {\n }\n"), 0o666))
	must(t, os.WriteFile(tmp, nil, 0o666))
	must(t, os.Truncate(tmp, size))
	env := append(os.Environ(), "SOURCE_DATE_EPOCH=1400000000", "E2FSPROGS_FAKE_TIME=1400000000", "MKE2FS_CONFIG="+conf, "LC_ALL=C")
	args := []string{"-q", "-F", "-U", "01234567-89ab-cdef-0123-456789abcdef", "-E", "hash_seed=fedcba98-7654-3210-fedc-ba9876543210,lazy_itable_init=1", "-d", tree}
	command(t, env, "mke2fs", append(append(args, strings.Fields(s.args)...), tmp)...)
	cmds := filepath.Join(workshop.dir, "cmds")
	must(t, os.WriteFile(cmds, []byte(strings.Join(append(special(t), s.run...), "\n")+"\n"), 0o666))
	command(t, env, "debugfs", "-w", "-f", cmds, tmp)
	if s.fsck {
		cmd := exec.Command("e2fsck", "-fyD", tmp)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() > 1 {
			t.Fatalf("e2fsck -fyD: %v\n%s", err, out)
		}
	}
	judge(t, tmp)
	must(t, os.Rename(tmp, img))
	return img
}

// special are debugfs commands for what a source tree cannot hold without root.
func special(t testing.TB) []string {
	val := func(name string, b []byte) string {
		p := filepath.Join(workshop.dir, name)
		must(t, os.WriteFile(p, b, 0o666))
		return p
	}
	return []string{
		"mkdir /dev", "cd /dev", "mknod null c 1 3", "mknod sda b 8 0", "mknod big b 259 300", "mknod pipe p", "cd /",
		"ea_set -f " + val("sel", []byte("system_u:object_r:passwd_file_t:s0\x00")) + " /etc/passwd security.selinux",
		"ea_set -f " + val("cap", capability) + " /usr/bin/f4097 security.capability",
		"ea_set -f " + val("long", bytes.Repeat([]byte("v"), 200)) + " /usr/bin/f1025 user.long",
	}
}

var capability = []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

// copyOf gives a copy of the image, open for the test's use.
func copyOf(t testing.TB, s shape) *os.File {
	t.Helper()
	src, err := os.ReadFile(imageOf(t, s))
	must(t, err)
	f, err := os.OpenFile(filepath.Join(t.TempDir(), s.name+".img"), os.O_RDWR|os.O_CREATE, 0o666)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	must(t, f.Truncate(int64(len(src))))
	const chunk = 64 << 10
	for off := 0; off < len(src); off += chunk {
		if part := src[off:min(off+chunk, len(src))]; !isZero(part) {
			_, err := f.WriteAt(part, int64(off))
			must(t, err)
		}
	}
	return f
}

func sizeOf(t testing.TB, f *os.File) int64 {
	fi, err := f.Stat()
	must(t, err)
	return fi.Size()
}

// edit opens the image for editing.
func edit(t testing.TB, f *os.File) *FS {
	t.Helper()
	fsys, err := OpenWritable(f, sizeOf(t, f), Options{Time: editTime})
	must(t, err)
	return fsys
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func command(t testing.TB, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// judge holds an image against e2fsck: exit code 0, and not a word beyond the
// passes and the summary.
func judge(t testing.TB, img string) {
	t.Helper()
	if complaint := complaints(t, img); complaint != "" {
		t.Fatalf("e2fsck on %s:\n%s", filepath.Base(img), complaint)
	}
}

// summary is e2fsck's last line. It begins with the label or the name of the image.
var summary = regexp.MustCompile(`^.*: \d+/\d+ files \(.*\), \d+/\d+ blocks$`)

func complaints(t testing.TB, img string) string {
	t.Helper()
	cmd := exec.Command("e2fsck", "-fn", img)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	var odd []string
	for line := range strings.SplitSeq(string(out), "\n") {
		switch {
		case line == "", strings.HasPrefix(line, "e2fsck 1."), strings.HasPrefix(line, "Pass "),
			summary.MatchString(line):
		default:
			odd = append(odd, line)
		}
	}
	if err != nil {
		odd = append(odd, err.Error())
	}
	return strings.Join(odd, "\n")
}

// data gives n bytes that depend on the seed.
func data(seed string, n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s%d", seed, i))
		b = append(b, sum[:]...)
	}
	return b[:n]
}

var fileSizes = []int{1, 59, 60, 61, 1023, 1024, 1025, 4095, 4096, 4097, 12 * 1024, 12 * 4096, 13 * 4096, 300000, 1100000}

// sourceTree makes the tree that images are filled with.
func sourceTree(t testing.TB, kind string) string {
	r := filepath.Join(workshop.dir, "tree"+kind)
	if _, err := os.Stat(r); err == nil {
		return r
	}
	for _, d := range []string{"etc/sysconfig", "usr/bin", "var/lib/rpm", "many", "deep/a/b/c/d/e", "empty", "sparse"} {
		must(t, os.MkdirAll(filepath.Join(r, d), 0o755))
	}
	write := func(name string, b []byte) { must(t, os.WriteFile(filepath.Join(r, name), b, 0o644)) }
	write("etc/passwd", []byte("root:x:0:0:root:/root:/bin/bash\n"))
	write("etc/empty", nil)
	if kind == "huge" {
		for i := range 5000 {
			write(fmt.Sprintf("many/some_rather_long_entry_name_to_fill_leaves_%d", i), nil)
		}
		write("usr/bin/f4097", data("f4097", 4097))
		write("usr/bin/f1025", data("f1025", 1025))
	} else {
		for _, n := range fileSizes {
			write(fmt.Sprintf("usr/bin/f%d", n), data(fmt.Sprint("f", n), n))
		}
		for i := range 300 {
			write(fmt.Sprintf("many/entry_%04d_%s", i, strings.Repeat("x", i%60)), nil)
		}
		write("many/"+strings.Repeat("n", 255), []byte("max name"))
		write("many/caf\u00e9_\u65e5\u672c", []byte("high-bit bytes: hash signedness shows here"))
		write("many/latin\xe9", []byte("no UTF-8"))
		f, err := os.Create(filepath.Join(r, "sparse/holes"))
		must(t, err)
		for k := range 40 {
			_, err := f.WriteAt(data(fmt.Sprint("h", k), 100), int64(k)*40960)
			must(t, err)
		}
		must(t, f.Close())
		must(t, os.Symlink("f1", filepath.Join(r, "usr/bin/short")))
		must(t, os.Symlink(strings.Repeat("y", 59), filepath.Join(r, "usr/bin/sl59")))
		must(t, os.Symlink(strings.Repeat("y", 60), filepath.Join(r, "usr/bin/sl60")))
		must(t, os.Symlink(strings.Repeat("z/", 500), filepath.Join(r, "usr/bin/sl1000")))
		write("var/lib/rpm/Packages", data("pk", 70000))
		must(t, os.Symlink("rpm/Packages", filepath.Join(r, "var/lib/pk")))
		must(t, os.Symlink("/usr/bin", filepath.Join(r, "bin")))
		must(t, os.Symlink("../../../../../etc/passwd", filepath.Join(r, "deep/escape")))
		must(t, os.Symlink("loop", filepath.Join(r, "deep/loop")))
		must(t, os.Link(filepath.Join(r, "usr/bin/f1024"), filepath.Join(r, "usr/bin/hard1")))
		must(t, os.Link(filepath.Join(r, "usr/bin/f1024"), filepath.Join(r, "deep/a/b/hard2")))
		must(t, os.Chmod(filepath.Join(r, "usr/bin/f4096"), 0o755|os.ModeSetuid))
		must(t, os.Chmod(filepath.Join(r, "empty"), 0o777|os.ModeSticky))
	}
	must(t, filepath.Walk(r, func(p string, fi os.FileInfo, err error) error {
		if err == nil && fi.Mode()&os.ModeSymlink == 0 {
			err = os.Chtimes(p, stampTime, stampTime)
		}
		return err
	}))
	return r
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	return b
}
