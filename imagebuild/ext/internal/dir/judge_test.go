package dir

import (
	"errors"
	"fmt"
	"io"
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

// needTools makes sure of e2fsprogs.
func needTools(t *testing.T) {
	t.Helper()
	needs.Programs(t, "mke2fs", "debugfs", "e2fsck")
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
