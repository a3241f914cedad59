package fsedit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/tests/needs"
)

// need makes sure of the programs that judge a test.
var need = needs.Programs

func TestMain(m *testing.M) {
	if path := os.Getenv("PATH"); !strings.Contains(path, "/usr/sbin") {
		os.Setenv("PATH", path+":/usr/sbin:/sbin")
	}
	os.Exit(m.Run())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a program that has to succeed.
func run(t testing.TB, program string, args ...string) string {
	t.Helper()
	need(t, program)
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Lines that e2fsck -fn prints of a file system with nothing to say about it.
var fsckFine = regexp.MustCompile(`^(e2fsck [0-9].*|Pass [0-9].*|\S+: [0-9]+/[0-9]+ files \(.*\), [0-9]+/[0-9]+ blocks)$`)

// complaints gives what e2fsck has to say beyond that all is well.
func complaints(t testing.TB, image string) string {
	t.Helper()
	need(t, "e2fsck")
	cmd := exec.Command("e2fsck", "-fn", image)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	var bad []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !fsckFine.MatchString(line) {
			bad = append(bad, line)
		}
	}
	if err != nil && len(bad) == 0 {
		bad = append(bad, err.Error())
	}
	return strings.Join(bad, "\n")
}

func judge(t testing.TB, image string) {
	t.Helper()
	if bad := complaints(t, image); bad != "" {
		t.Errorf("e2fsck %s:\n%s", image, bad)
	}
}

// newImage makes a bare file system.
func newImage(t testing.TB, size int64, o ext.FormatOptions) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fs.img")
	f, err := os.Create(path)
	must(t, err)
	must(t, f.Truncate(size))
	must(t, ext.Format(f, size, o))
	must(t, f.Close())
	return path
}

// newDisk makes a disk with an MBR and file systems of 16 MiB in its partitions.
func newDisk(t testing.TB, partitions int) string {
	t.Helper()
	const size, gap = 16 << 20, 1 << 20
	path := filepath.Join(t.TempDir(), "disk.img")
	f, err := os.Create(path)
	must(t, err)
	must(t, f.Truncate(gap+int64(partitions)*size+gap))
	boot := make([]byte, 512)
	boot[510], boot[511] = 0x55, 0xaa
	for i := range partitions {
		entry := boot[446+16*i:]
		entry[4] = 0x83
		binary.LittleEndian.PutUint32(entry[8:], uint32((gap+i*size)/512))
		binary.LittleEndian.PutUint32(entry[12:], size/512)
	}
	_, err = f.WriteAt(boot, 0)
	must(t, err)
	for i := range partitions {
		w := io.NewOffsetWriter(f, int64(gap+i*size))
		must(t, ext.Format(w, size, ext.FormatOptions{Type: "ext3", Label: fmt.Sprint("part", i+1)}))
	}
	must(t, f.Close())
	return path
}

func sum(t testing.TB, path string) string {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	must(t, err)
	return hex.EncodeToString(h.Sum(nil))
}

// write makes a local file.
func write(t testing.TB, path, text string) string {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// edit runs one edit that has to succeed.
func edit(t testing.TB, image string, do func(*Tree) error) Result {
	t.Helper()
	res, err := Edit(context.Background(), image, Options{TempDir: t.TempDir()}, do)
	must(t, err)
	return res
}

func cat(t testing.TB, image, path string) string {
	t.Helper()
	var b strings.Builder
	must(t, View(image, Options{}, func(tree *Tree) error { return tree.Cat(path, &b) }))
	return b.String()
}

func stat(t testing.TB, image, path string) (f File) {
	t.Helper()
	must(t, View(image, Options{}, func(tree *Tree) (err error) {
		f, err = tree.Stat(path, true)
		return err
	}))
	return f
}

// The judge is judged: what e2fsck forgives with exit code 0 is seen.
func TestJudgeTells(t *testing.T) {
	img := newImage(t, 8<<20, ext.FormatOptions{Type: "ext3"})
	judge(t, img)
	run(t, "debugfs", "-w", "-R", "ssv free_blocks_count 7", img)
	if complaints(t, img) == "" {
		t.Error("a wrong count of free blocks passes")
	}
}
