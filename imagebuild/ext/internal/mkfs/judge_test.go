package mkfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/mkfs"
	"lbimage/tests/needs"
)

// tool finds a program that judges a test.
var tool = needs.Program

// format makes a file system in a new sparse file and returns the file's name.
func format(t testing.TB, size int64, o mkfs.Options) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "img"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := mkfs.Format(f, size, o); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

var quiet = regexp.MustCompile(`^(e2fsck 1\.|Pass [1-5]: |.*: \d+/\d+ files \(.*non-contiguous\), \d+/\d+ blocks$)`)

// fsck gives what e2fsck has to say about the image beyond its usual lines; ""
// is a clean file system.
func fsck(t testing.TB, img string) string {
	t.Helper()
	cmd := exec.Command(tool(t, "e2fsck"), "-fn", img)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	var odd []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !quiet.MatchString(line) {
			odd = append(odd, line)
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		odd = append(odd, fmt.Sprintf("exit code %d", exit.ExitCode()))
	} else if err != nil {
		t.Fatal(err)
	}
	return strings.Join(odd, "\n")
}

// mustBeClean fails the test with e2fsck's lines.
func mustBeClean(t testing.TB, img string) {
	t.Helper()
	if odd := fsck(t, img); odd != "" {
		t.Errorf("e2fsck -fn:\n%s", odd)
	}
}

// run runs a program and gives its standard output.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "E2FSPROGS_FAKE_TIME=1400000000")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// The judge must be able to say no: one byte of each kind of record is changed.
func TestFsckSeesDamage(t *testing.T) {
	o := mkfs.Options{Type: "ext4", Modern: true}
	for name, at := range map[string]int64{
		"superblock": 1024 + 0x0C, "descriptor": 4096 + 0x0C, "root folder": -1, "resize inode": -1, "journal": -1,
	} {
		t.Run(name, func(t *testing.T) {
			img := format(t, 63<<20, o)
			if at < 0 {
				// the last block of the named file that holds anything
				ino := map[string]string{"root folder": "<2>", "resize inode": "<7>", "journal": "<8>"}[name]
				out := run(t, "debugfs", "-R", "blocks "+ino, img)
				var blk int64
				if _, err := fmt.Sscan(out, &blk); err != nil {
					t.Fatalf("debugfs blocks %s: %q", ino, out)
				}
				at = blk*4096 + 4
			}
			f, err := os.OpenFile(img, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			b := make([]byte, 1)
			if _, err := f.ReadAt(b, at); err != nil {
				t.Fatal(err)
			}
			b[0] ^= 0x5A
			if _, err := f.WriteAt(b, at); err != nil {
				t.Fatal(err)
			}
			if fsck(t, img) == "" {
				t.Errorf("byte %d was changed, and e2fsck is content", at)
			}
		})
	}
}

// sameBytes compares two files of the same size and names the first difference.
func sameBytes(a, b io.Reader) error {
	x, y := make([]byte, 1<<20), make([]byte, 1<<20)
	for at := int64(0); ; {
		n, err1 := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if n != m {
			return fmt.Errorf("the sizes differ: %d and %d", at+int64(n), at+int64(m))
		}
		if !bytes.Equal(x[:n], y[:n]) {
			for i := range n {
				if x[i] != y[i] {
					return fmt.Errorf("byte %d: %#x and %#x", at+int64(i), x[i], y[i])
				}
			}
		}
		at += int64(n)
		if err1 == io.EOF || err1 == io.ErrUnexpectedEOF {
			return nil
		}
		if err1 != nil || err2 != nil {
			return errors.Join(err1, err2)
		}
	}
}

func TestSameBytesSeesDifferences(t *testing.T) {
	a := bytes.Repeat([]byte{7}, 3<<20)
	b := bytes.Clone(a)
	if err := sameBytes(bytes.NewReader(a), bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
	b[2<<20+1]++
	if err := sameBytes(bytes.NewReader(a), bytes.NewReader(b)); err == nil || !strings.Contains(err.Error(), "2097153") {
		t.Errorf("got %v", err)
	}
	if err := sameBytes(bytes.NewReader(a), bytes.NewReader(a[1:])); err == nil {
		t.Error("a shorter file passes")
	}
}
