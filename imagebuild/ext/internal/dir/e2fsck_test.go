package dir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

func TestMain(m *testing.M) {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	os.Exit(m.Run())
}

// needTools skips the test where e2fsprogs is missing; in CI that is a failure.
func needTools(t *testing.T) {
	t.Helper()
	for _, name := range []string{"mke2fs", "debugfs", "e2fsck"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is needed here: install e2fsprogs", name)
			}
			t.Skipf("%s is not installed", name)
		}
	}
}

// run runs a tool and gives what it prints and its exit code.
func run(t *testing.T, stdin, name string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "MKE2FS_CONFIG=/dev/null", "LC_ALL=C")
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func must(t *testing.T, out string, code int) string {
	t.Helper()
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	return out
}

// judge is an image with a folder /many and a file /f, into whose folder a test
// puts names for the file.
type judge struct {
	t          *testing.T
	image      string
	p          Params
	many, file uint32 // inodes
	flags      uint32 // of the folder
}

func newJudge(t *testing.T, size int64, super []string, args ...string) *judge {
	t.Helper()
	needTools(t)
	dir := t.TempDir()
	tree := filepath.Join(dir, "tree")
	if err := errors.Join(os.MkdirAll(filepath.Join(tree, "many"), 0o755), os.WriteFile(filepath.Join(tree, "f"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	j := &judge{t: t, image: filepath.Join(dir, "image")}
	if err := errors.Join(os.WriteFile(j.image, nil, 0o644), os.Truncate(j.image, size)); err != nil {
		t.Fatal(err)
	}
	out, code := run(t, "", "mke2fs", append(append([]string{"-q", "-F", "-d", tree}, args...), j.image)...)
	must(t, out, code)
	j.debugfs(append(super, "set_inode_field many generation 12345")...)

	f, err := os.Open(j.image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sb := make(layout.Superblock, layout.SuperblockSize)
	if _, err := f.ReadAt(sb, layout.SuperblockOffset); err != nil {
		t.Fatal(err)
	}
	j.many, j.file = j.inode("many"), j.inode("f")
	stat := j.debugfs("stat many")
	if v, err := strconv.ParseUint(j.match(stat, `Flags: (0x[0-9a-f]+)`), 0, 32); err == nil {
		j.flags = uint32(v)
	}
	if g := j.match(stat, `Generation: (\d+)`); g != "12345" {
		t.Fatalf("generation %s", g)
	}
	j.p = Params{
		BlockSize:    1024 << sb.LogBlockSize(),
		Filetype:     sb.Incompat()&layout.IncompatFiletype != 0,
		Csum:         sb.ROCompat()&layout.ROMetadataCsum != 0,
		DirIndex:     sb.Compat()&layout.CompatDirIndex != 0,
		LargeDir:     sb.Incompat()&layout.IncompatLargeDir != 0,
		UnsignedHash: sb.Flags()&layout.FlagUnsignedHash != 0,
		InodeSeed:    layout.InodeSeed(sb.ChecksumSeed(), j.many, 12345),
		HashVersion:  sb.DefHashVersion(),
		HashSeed:     sb.HashSeed(),
		MaxInode:     sb.InodesCount(),
	}
	return j
}

func (j *judge) match(text, pattern string) string {
	j.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		j.t.Fatalf("no %s in: %s", pattern, text)
	}
	return m[1]
}

func (j *judge) inode(name string) uint32 {
	v, _ := strconv.ParseUint(j.match(j.debugfs("stat "+name), `Inode: (\d+)`), 10, 32)
	return uint32(v)
}

func (j *judge) debugfs(commands ...string) string {
	j.t.Helper()
	out, code := run(j.t, strings.Join(commands, "\n")+"\n", "debugfs", "-w", "-f", "-", j.image)
	return must(j.t, out, code)
}

// dir makes the folder anew in memory.
func (j *judge) dir() (*Dir, *memStore) {
	s := &memStore{blocks: [][]byte{InitBlock(j.p, j.many, layout.InodeRoot)}}
	return New(s, j.p), s
}

// put writes the blocks over those of the folder, which debugfs lets grow first,
// and gives what e2fsck says about the image; it is empty when that is content.
func (j *judge) put(d *Dir, s *memStore, names int) string {
	j.t.Helper()
	// libext2fs lets a linear directory grow alone, so that the flag comes last.
	var commands []string
	for range len(s.blocks) - 1 {
		commands = append(commands, "expand_dir many")
	}
	for k := range s.blocks {
		commands = append(commands, fmt.Sprintf("bmap many %d", k))
	}
	flags := j.flags
	if d.Indexed() {
		flags |= layout.InodeFlagIndex
	}
	commands = append(commands, fmt.Sprintf("set_inode_field many flags %d", flags), fmt.Sprintf("set_inode_field f links_count %d", names+1))
	phys := regexp.MustCompile(`(?m)^(\d+)$`).FindAllString(j.debugfs(commands...), -1)
	if len(phys) != len(s.blocks) {
		j.t.Fatalf("debugfs maps %d of %d blocks", len(phys), len(s.blocks))
	}
	f, err := os.OpenFile(j.image, os.O_RDWR, 0)
	if err != nil {
		j.t.Fatal(err)
	}
	for k, b := range s.blocks {
		n, _ := strconv.ParseInt(phys[k], 10, 64)
		if _, err := f.WriteAt(b, n*int64(len(b))); err != nil {
			j.t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		j.t.Fatal(err)
	}
	return j.verdict()
}

// verdict runs e2fsck and leaves out what it says of a clean image.
func (j *judge) verdict() string {
	out, code := run(j.t, "", "e2fsck", "-fn", j.image)
	quiet := regexp.MustCompile(`^(e2fsck .*|Pass \d.*|.* files \(.*blocks|)$`)
	lines := slices.DeleteFunc(strings.Split(out, "\n"), quiet.MatchString)
	if code != 0 {
		lines = append(lines, fmt.Sprintf("exit code %d", code))
	}
	return strings.Join(lines, "\n")
}

// churn puts names in, takes some out and puts others in, until n are left.
func churn(t *testing.T, d *Dir, ino uint32, n int, name func(int) string) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var names []string
	for i := 0; len(names) < n; i++ {
		if len(names) > 0 && r.IntN(3) == 0 {
			k := r.IntN(len(names))
			if err := d.Remove(names[k]); err != nil {
				t.Fatal(err)
			}
			names[k] = names[len(names)-1]
			names = names[:len(names)-1]
		}
		if err := d.Insert(name(i), ino, layout.FTRegular); err != nil {
			t.Fatal(err)
		}
		names = append(names, name(i))
	}
}

func mixedName(i int) string {
	return fmt.Sprintf("%d-%s\xe9\xff", i, strings.Repeat("n", i*7%200))
}

const judged = "none,ext_attr,filetype,sparse_super,large_file,extent,"

// TestE2fsck has e2fsck judge directories of all kinds.
func TestE2fsck(t *testing.T) {
	for _, c := range []struct {
		name   string
		super  []string
		args   []string
		n      int
		name1  func(int) string
		levels int // of the index; 0 for none
	}{
		{"half_md4, 1 KiB", nil, []string{"-b", "1024", "-O", judged + "dir_index"}, 3000, mixedName, 2},
		{"half_md4, 1 KiB, csum", nil, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum"}, 3000, mixedName, 2},
		{"tea, signed, block map", []string{"ssv def_hash_version tea", "ssv flags 1"}, []string{"-b", "1024", "-O", "none,filetype,dir_index"}, 800, mixedName, 2},
		{"legacy, unsigned", []string{"ssv def_hash_version legacy", "ssv flags 2"}, []string{"-b", "1024", "-O", judged + "dir_index"}, 400, mixedName, 1},
		{"half_md4, unsigned, csum", []string{"ssv flags 2"}, []string{"-b", "2048", "-O", judged + "dir_index,metadata_csum,64bit"}, 500, mixedName, 1},
		{"4 KiB, csum seed", nil, []string{"-b", "4096", "-I", "512", "-O", judged + "dir_index,metadata_csum,metadata_csum_seed"}, 1000, mixedName, 1},
		{"64 KiB, csum", nil, []string{"-b", "65536", "-O", judged + "dir_index,metadata_csum"}, 2500, mixedName, 1},
		{"64 KiB", nil, []string{"-b", "65536", "-O", judged + "dir_index"}, 2500, mixedName, 1},
		{"64 KiB, linear", nil, []string{"-b", "65536", "-O", judged}, 2500, mixedName, 0},
		{"linear, csum", nil, []string{"-b", "1024", "-O", judged + "metadata_csum"}, 300, mixedName, 0},
		{"linear, without filetype", nil, []string{"-b", "1024", "-O", "none"}, 300, mixedName, 0},
		{"hashed, without filetype", nil, []string{"-b", "1024", "-O", "none,dir_index"}, 300, mixedName, 1},
		{"one block, csum", nil, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum"}, 10, longNameOfThree, 0},
		{"large_dir, csum", nil, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum,large_dir"}, 22000, longName, 3},
		{"equal hashes", []string{"ssv def_hash_version legacy"}, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum"}, 60,
			func(i int) string { return append(sameHash(), longName(i))[min(i, len(sameHash()))] }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			size := int64(8 << 20)
			if c.levels == 3 || c.args[1] == "65536" {
				size = 32 << 20
			}
			j := newJudge(t, size, c.super, append(c.args, "-E", "hash_seed=00112233-4455-6677-8899-aabbccddeeff")...)
			d, s := j.dir()
			churn(t, d, j.file, c.n, c.name1)
			if levels(d) != c.levels {
				t.Errorf("index of %d levels in %d blocks", levels(d), len(s.blocks))
			}
			if err := d.Replace("..", layout.InodeRoot, layout.FTDir); err != nil {
				t.Error(err)
			}
			checkClean(t, d)
			if v := j.put(d, s, c.n); v != "" {
				t.Fatalf("e2fsck: %s", v)
			}
		})
	}
}

func longNameOfThree(i int) string { return fmt.Sprintf("%03d", i) }

// TestE2fsckSaysNo shows that the judge above can say no, and that Check sees
// what it sees.
func TestE2fsckSaysNo(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(d *Dir, s *memStore)
	}{
		{"hash of a pair", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			e.SetHash(2, e.Hash(3)-2)
		}},
		{"blocks of two pairs changed", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			a, b := e.Block(2), e.Block(3)
			e.SetBlock(2, b)
			e.SetBlock(3, a)
		}},
		{"a block left out", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			e.SetCount(e.Count() - 1)
		}},
		{"a block twice", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			e.SetBlock(2, e.Block(3))
		}},
		{"another hash version", func(d *Dir, s *memStore) { layout.DxRoot(s.blocks[0]).SetInfo(layout.HashTEA, 0) }},
		{"limit", func(d *Dir, s *memStore) { layout.DxRoot(s.blocks[0]).Entries().SetLimit(100) }},
		{"record length", func(d *Dir, s *memStore) { layout.Dirent(s.blocks[1]).SetRecLen(6, 1024) }},
		{"a name twice", func(d *Dir, s *memStore) {
			var first layout.Dirent
			b := block{data: s.blocks[1], end: 1024}
			for off := range b.records() {
				de := b.at(off)
				if first != nil && de.NameLen() == first.NameLen() {
					copy(de.Name(), first.Name())
					return
				}
				if first == nil {
					first = de
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := newJudge(t, 2<<20, nil, "-b", "1024", "-O", judged+"dir_index")
			d, s := j.dir()
			churn(t, d, j.file, 100, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("n", 60)) })
			before := bytes.Join(s.blocks, nil)
			c.damage(d, s)
			if bytes.Equal(before, bytes.Join(s.blocks, nil)) {
				t.Fatal("nothing was damaged")
			}
			problems := 0
			if err := d.Check(func(err error) { t.Log(err); problems++ }); err != nil || problems == 0 {
				t.Errorf("Check finds %d problems, %v", problems, err)
			}
			if v := j.put(d, s, 100); v == "" {
				t.Error("e2fsck is content")
			}
		})
	}
}

// TestOtherWriters reads directories that e2fsck has built, and changes them.
func TestOtherWriters(t *testing.T) {
	for _, features := range []string{"dir_index", "dir_index,metadata_csum"} {
		t.Run(features, func(t *testing.T) {
			j := newJudge(t, 8<<20, nil, "-b", "1024", "-O", judged+features)
			d, s := j.dir()
			churn(t, d, j.file, 3000, mixedName)
			if v := j.put(d, s, 3000); v != "" {
				t.Fatalf("e2fsck: %s", v)
			}
			if out, code := run(t, "", "e2fsck", "-fyD", j.image); code > 1 {
				t.Fatal(out)
			}
			got := j.fetch()
			p := j.p
			p.Indexed = true
			theirs := New(got, p)
			checkClean(t, theirs)
			want := model{}
			if err := d.Each(func(e Entry) error {
				if !isDots(e.Name) {
					want[e.Name] = e
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			want.check(t, theirs)

			// Their leaves are nearly full: a removed name makes room for one of
			// the same length with a hash nearby, a Replace for none.
			for _, e := range want {
				if err := theirs.Replace(e.Name, e.Inode, e.Type); err != nil {
					t.Fatal(err)
				}
				if err := theirs.Remove(e.Name); err != nil {
					t.Fatal(err)
				}
				if err := theirs.Insert(e.Name, e.Inode, e.Type); err != nil {
					t.Fatal(err)
				}
			}
			want.check(t, theirs)
			j.store(got)
			if v := j.verdict(); v != "" {
				t.Errorf("e2fsck: %s", v)
			}
		})
	}
}

// physical gives the folder's blocks in the image, by debugfs.
func (j *judge) physical() (out []int64) {
	size, _ := strconv.Atoi(j.match(j.debugfs("stat many"), `Size: (\d+)`))
	var commands []string
	for k := range size / j.p.BlockSize {
		commands = append(commands, fmt.Sprintf("bmap many %d", k))
	}
	for _, v := range regexp.MustCompile(`(?m)^(\d+)$`).FindAllString(j.debugfs(commands...), -1) {
		n, _ := strconv.ParseInt(v, 10, 64)
		out = append(out, n*int64(j.p.BlockSize))
	}
	return out
}

func (j *judge) fetch() *memStore {
	s := &memStore{}
	f, err := os.Open(j.image)
	if err != nil {
		j.t.Fatal(err)
	}
	defer f.Close()
	for _, off := range j.physical() {
		b, err := io.ReadAll(io.NewSectionReader(f, off, int64(j.p.BlockSize)))
		if err != nil {
			j.t.Fatal(err)
		}
		s.blocks = append(s.blocks, b)
	}
	return s
}

// store writes back blocks that are as many as before.
func (j *judge) store(s *memStore) {
	f, err := os.OpenFile(j.image, os.O_RDWR, 0)
	if err != nil {
		j.t.Fatal(err)
	}
	defer f.Close()
	phys := j.physical()
	if len(phys) != len(s.blocks) {
		j.t.Fatalf("the folder has %d blocks in the image, now %d", len(phys), len(s.blocks))
	}
	for k, b := range s.blocks {
		if _, err := f.WriteAt(b, phys[k]); err != nil {
			j.t.Fatal(err)
		}
	}
}
