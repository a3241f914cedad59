package compare_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/tests/needs"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told is what a comparison tells.
type told struct {
	around   []compare.Surrounding
	packages *compare.Packages
	files    []*treediff.Difference
	disk     []compare.DiskDifference
	sum      compare.Summary
}

func (r *told) Begin(_, _ compare.Side, around []compare.Surrounding) error {
	r.around = around
	return nil
}
func (r *told) Packages(p compare.Packages) error {
	r.packages = &p
	return nil
}
func (r *told) File(d *treediff.Difference) error {
	r.files = append(r.files, d)
	return nil
}
func (r *told) Disk(d compare.DiskDifference) error {
	r.disk = append(r.disk, d)
	return nil
}

func images(t testing.TB, a, b string, o compare.Options) *told {
	t.Helper()
	r := &told{}
	var err error
	r.sum, err = compare.Images(context.Background(), a, b, o, r)
	must(t, err)
	return r
}

func (r *told) find(structure, what string) *compare.DiskDifference {
	for i, d := range r.disk {
		if d.Structure == structure && strings.Contains(d.What, what) {
			return &r.disk[i]
		}
	}
	return nil
}

const start, size = 1 << 20, 12 << 20

// newDisk makes a disk with a partition, a file system in it, and some files.
func newDisk(t testing.TB, kind string, seed uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "eucalyptus-load-balancer-image.img")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	must(t, f.Truncate(start+size+1<<20))
	must(t, disk.WriteMBR(f, start+size+1<<20, nil, 0x1234, disk.NewPartition{Start: start, Size: size, Type: 0x83}, disk.NewPartition{Start: start + size, Size: 1 << 20, Type: 0x82}))
	part := &section{f, start}
	must(t, ext.Format(part, size, ext.FormatOptions{Type: kind, BlockSize: 1024, Inodes: 1024}))
	edit(t, path, 1000, func(fs *ext.FS) {
		r := rand.New(rand.NewPCG(seed, 1))
		must(t, fs.MkdirAll("etc/deep", 0o755))
		for i := range 60 {
			must(t, fs.WriteFile(fmt.Sprintf("etc/%s%d", strings.Repeat("name", r.IntN(5)), i), bytes.Repeat([]byte{byte('a' + i%20)}, r.IntN(9000)), 0o644))
		}
		must(t, fs.Symlink(strings.Repeat("far/", 30), "etc/link"))
	})
	return path
}

type section struct {
	f   *os.File
	off int64
}

func (s *section) ReadAt(p []byte, off int64) (int, error)  { return s.f.ReadAt(p, off+s.off) }
func (s *section) WriteAt(p []byte, off int64) (int, error) { return s.f.WriteAt(p, off+s.off) }

func edit(t testing.TB, path string, at int64, do func(*ext.FS)) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	fs, err := ext.OpenWritable(&section{f, start}, size, ext.Options{Time: time.Unix(at, 0)})
	must(t, err)
	do(fs)
	must(t, fs.Sync())
}

func copyOf(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	other := filepath.Join(t.TempDir(), "eucalyptus-load-balancer-image.img")
	must(t, os.WriteFile(other, data, 0o644))
	return other
}

func run(t testing.TB, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(needs.Program(t, program), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := cmd.Output()
	if err != nil && program != "cmp" {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out)
}

// Every byte of two disks that differs, as cmp counts them, belongs to something that is told, whatever was done to one of
// the two: edits, a file system made anew, bytes turned anywhere.
func TestEveryByteIsAccountedFor(t *testing.T) {
	for seed := range uint64(12) {
		kind := []string{"ext2", "ext3", "ext4"}[seed%3]
		t.Run(fmt.Sprint(seed, kind), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			a := newDisk(t, kind, seed)
			b := copyOf(t, a)
			switch seed % 4 {
			case 0, 1:
				edit(t, b, 2000, func(fs *ext.FS) {
					for i := range 20 {
						must(t, fs.WriteFile(fmt.Sprintf("etc/deep/new%d", i), bytes.Repeat([]byte("new"), r.IntN(4000)), 0o600))
					}
					must(t, fs.RemoveAll("etc/deep/new3"))
					must(t, fs.SetXattr("etc/deep/new4", "user.x", bytes.Repeat([]byte("v"), 700)))
				})
			case 2:
				b = newDisk(t, []string{"ext4", "ext2", "ext3"}[seed%3], seed+100)
			}
			if seed%2 == 1 || seed%4 == 0 {
				turn(t, b, r)
			}
			got := images(t, a, b, compare.Options{})
			want := int64(strings.Count(run(t, "cmp", "-l", a, b), "\n"))
			var sum int64
			for _, d := range got.disk {
				sum += d.Bytes
				if d.Bytes <= 0 || d.Structure == "" || d.Place == "" {
					t.Errorf("%+v", d)
				}
			}
			if sum != want || got.sum.DiskBytes != want || want == 0 {
				t.Errorf("%d bytes are told, %d in the summary, cmp counts %d", sum, got.sum.DiskBytes, want)
			}
			back := images(t, b, a, compare.Options{})
			if back.sum.DiskBytes != want || len(back.disk) != len(got.disk) {
				t.Errorf("the other way round: %d bytes, %d structures instead of %d", back.sum.DiskBytes, len(back.disk), len(got.disk))
			}
			if same := images(t, a, a, compare.Options{}); len(same.disk) != 0 || same.sum.Differ() {
				t.Errorf("a disk and itself: %+v", same.disk)
			}
		})
	}
}

// turn changes bytes where no file system is damaged by it: boot code, gap, the other partition, free blocks.
func turn(t testing.TB, path string, r *rand.Rand) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	for _, area := range [][2]int64{{0, 440}, {512, start}, {start, start + 1024}, {start + size, start + size + 1<<20}, {start + size - 40<<10, start + size}} {
		for range 1 + r.IntN(30) {
			_, err := f.WriteAt([]byte{byte(r.IntN(255) + 1)}, area[0]+r.Int64N(area[1]-area[0]))
			must(t, err)
		}
	}
}

// What others change is named, with the words of dumpe2fs, and both values.
func TestStructuresAreNamed(t *testing.T) {
	a := newDisk(t, "ext4", 1)
	part := func(path string) string {
		data, err := os.ReadFile(path)
		must(t, err)
		out := filepath.Join(t.TempDir(), "part")
		must(t, os.WriteFile(out, data[start:start+size], 0o644))
		return out
	}
	back := func(path, part string) {
		data, err := os.ReadFile(part)
		must(t, err)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		defer f.Close()
		_, err = f.WriteAt(data, start)
		must(t, err)
	}
	header := func(part string) map[string]string {
		out := map[string]string{}
		for line := range strings.Lines(run(t, "dumpe2fs", "-h", part)) {
			if k, v, ok := strings.Cut(line, ":"); ok {
				out[k] = strings.TrimSpace(v)
			}
		}
		return out
	}
	b := copyOf(t, a)
	before, after := part(a), part(b)
	run(t, "tune2fs", "-L", "other", "-c", "7", "-r", "99", "-e", "panic", "-i", "3d", after)
	back(b, after)
	x, y := header(before), header(after)
	got := images(t, a, b, compare.Options{})
	for _, word := range []string{"Filesystem volume name", "Maximum mount count", "Reserved block count", "Errors behavior", "Check interval"} {
		d := got.find("superblock", word)
		if d == nil || x[word] == y[word] {
			t.Errorf("%s, which was %s and is %s, is not told", word, x[word], y[word])
			continue
		}
		if d.A == d.B || d.Place != "partition 1" {
			t.Errorf("%+v", *d)
		}
	}
	if d := got.find("superblock", "Reserved block count"); d != nil && (d.A != x["Reserved block count"] || d.B != "99") {
		t.Errorf("%+v, dumpe2fs has %s", *d, x["Reserved block count"])
	}

	// What was left behind in free blocks.
	b = copyOf(t, a)
	edit(t, b, 1000, func(fs *ext.FS) {
		must(t, fs.WriteFile("secret", bytes.Repeat([]byte("password!"), 500), 0o600))
		must(t, fs.Remove("secret"))
	})
	got = images(t, a, b, compare.Options{})
	d := got.find("free block", "")
	if d == nil || d.Bytes != 4500 || d.Unit != "blocks" || d.Count != 5 || d.Note != "left behind in B; zeros in A" {
		t.Errorf("%+v", got.disk)
	}
	if len(got.files) != 0 || got.sum.Differ() {
		t.Errorf("%+v", got.sum)
	}

	// Boot code, gap, another partition, a longer disk.
	b = copyOf(t, a)
	f, err := os.OpenFile(b, os.O_RDWR, 0)
	must(t, err)
	for _, off := range []int64{7, 1000, start + size + 5, start + size + 1<<20 + 99} {
		_, err := f.WriteAt([]byte{1}, off)
		must(t, err)
	}
	must(t, f.Close())
	got = images(t, a, b, compare.Options{})
	var names []string
	for _, d := range got.disk {
		names = append(names, fmt.Sprint(d.Place, ": ", d.Structure, " ", d.What, " ", d.Bytes))
	}
	if want := []string{"disk: MBR boot code 1", "disk: gap between partitions  1", "disk: end  100", "partition 2: contents  1"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// Bytes turned anywhere in a file system: what can still be opened is compared to the end, and no byte is lost.
func TestDamagedDisksAreAccountedFor(t *testing.T) {
	a := newDisk(t, "ext4", 3)
	whole, err := os.ReadFile(a)
	must(t, err)
	b := filepath.Join(t.TempDir(), "eucalyptus-load-balancer-image.img")
	opened := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 4))
		bad := slices.Clone(whole)
		want := int64(0)
		for range 1 + r.IntN(20) {
			at := start + 1024 + r.IntN(400<<10)
			if r.IntN(4) == 0 {
				at = start + 1024 + r.IntN(64<<10)
			}
			bad[at] ^= byte(1 + r.IntN(255))
		}
		for i := range bad {
			if bad[i] != whole[i] {
				want++
			}
		}
		must(t, os.WriteFile(b, bad, 0o644))
		for _, sides := range [][2]string{{a, b}, {b, a}} {
			got := &told{}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			sum, err := compare.Images(ctx, sides[0], sides[1], compare.Options{}, got)
			cancel()
			if ctx.Err() == context.DeadlineExceeded {
				t.Fatalf("seed %d: it does not end", seed)
			}
			if err != nil { // damage that the files cannot be read through
				continue
			}
			opened++
			n := int64(0)
			for _, d := range got.disk {
				n += d.Bytes
			}
			if n != want || sum.DiskBytes != want {
				t.Errorf("seed %d: %d bytes are told, %d differ", seed, n, want)
			}
		}
	}
	if opened < 10 {
		t.Errorf("only %d comparisons came to their end", opened)
	}
}

// Hashes of passwords show nowhere, packed or not.
func TestHashesDoNotShow(t *testing.T) {
	withHash := func(hash string) string {
		line := "root:$6$salt$" + strings.Repeat(hash, 40) + ":19000:0:99999:7:::\n"
		path := newDisk(t, "ext4", 1)
		dir := t.TempDir()
		must(t, os.MkdirAll(filepath.Join(dir, "etc"), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, "etc/shadow"), []byte(line), 0o600))
		must(t, os.WriteFile(filepath.Join(dir, "shadow"), []byte(line), 0o600))
		tar, err := exec.Command(needs.Program(t, "tar"), "-C", dir, "-czf", "-", "etc", "shadow").Output()
		must(t, err)
		gz, err := exec.Command("sh", "-c", "gzip -c "+filepath.Join(dir, "shadow")).Output()
		must(t, err)
		edit(t, path, 1000, func(fs *ext.FS) {
			must(t, fs.MkdirAll("var/backups", 0o755))
			for name, data := range map[string][]byte{"etc/shadow": []byte(line), "var/backups/shadow.bak": []byte(line), "var/backups/shadow.gz": gz, "opt.tar.gz": tar} {
				must(t, fs.WriteFile(name, data, 0o600))
			}
		})
		return path
	}
	got := images(t, withHash("a"), withHash("b"), compare.Options{})
	diffs := 0
	for _, d := range got.files {
		if d.Diff != "" {
			diffs++
		}
		if strings.Contains(d.Diff, "aaaa") || strings.Contains(d.Diff, "bbbb") || d.Diff != "" && !strings.Contains(d.Diff, "a hash") {
			t.Errorf("%s: %s", d.Path, d.Diff)
		}
	}
	if diffs != 5 {
		t.Errorf("%d texts differ: %+v", diffs, got.sum)
	}
}
