package rpm

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// noise is a content of any length that does not compress and lies nowhere.
type noise struct{}

func (noise) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		x := uint64(off+int64(i)) * 0x9E3779B97F4A7C15
		x ^= x >> 29
		p[i] = byte(x * 0xBF58476D1CE4E5B9 >> 56)
	}
	return len(p), nil
}

// TestWriteData: contents that are read give the same package as those in memory.
func TestWriteData(t *testing.T) {
	s := small()
	want := writeBytes(t, s)
	for i := range s.Files {
		if f := &s.Files[i]; f.Content != nil {
			f.Data, f.Size, f.Content = bytes.NewReader(f.Content), int64(len(f.Content)), nil
		}
	}
	if !bytes.Equal(writeBytes(t, s), want) {
		t.Error("the package differs")
	}
}

// TestWriteMemory: what is held in memory does not grow with the contents.
func TestWriteMemory(t *testing.T) {
	needTools(t, "rpm")
	const size = 64 << 20
	s := small()
	s.Files[0].Content, s.Files[0].Data, s.Files[0].Size = nil, noise{}, size
	file := filepath.Join(t.TempDir(), "large.rpm")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Write(out, s); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	// All that was ever allocated, freed or not.
	if n := after.TotalAlloc - before.TotalAlloc; n > size/4 {
		t.Errorf("%d bytes were allocated for a file of %d", n, size)
	}
	if got := run(t, "", "rpm", "-K", file); !strings.Contains(got, "digests OK") {
		t.Errorf("rpm -K: %s", got)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(noise{}, 0, size)); err != nil {
		t.Fatal(err)
	}
	want := "67108864 " + hex.EncodeToString(sum.Sum(nil))
	got := run(t, "", "rpm", "-qp", "--qf", "[%{FILENAMES} %{FILESIZES} %{FILEDIGESTS}\n]", file)
	if !strings.Contains(got, "/usr/share/small/data "+want+"\n") {
		t.Errorf("rpm lists\n%swant %s", got, want)
	}
}

// changing is a content that is another each time it is read from the start.
type changing struct{ reads int }

func (c *changing) ReadAt(p []byte, off int64) (int, error) {
	if off == 0 {
		c.reads++
	}
	for i := range p {
		p[i] = byte(c.reads)
	}
	return len(p), nil
}

// TestWriteChanging: a file that changes between two readings is not packed.
func TestWriteChanging(t *testing.T) {
	s := small()
	s.Files[0].Content, s.Files[0].Data, s.Files[0].Size = nil, &changing{}, 100
	if err := Write(io.Discard, s); err == nil || !strings.Contains(err.Error(), "changed while it was packed: try again") {
		t.Errorf("error %v", err)
	}
}

// TestWriteChangelog: rpm reads it, and so does Open.
func TestWriteChangelog(t *testing.T) {
	needTools(t, "rpm")
	s := small()
	s.Changelog = []Change{
		{time.Unix(1400000000, 0), "A <a@example.com> - 1.1.0-0", "- one\n- two"},
		{time.Unix(1300000000, 0), "B <b@example.com> - 1.0-0", "- begun"},
	}
	b := writeBytes(t, s)
	file := filepath.Join(t.TempDir(), "small.rpm")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	want := "* Tue May 13 2014 A <a@example.com> - 1.1.0-0\n- one\n- two\n\n* Sun Mar 13 2011 B <b@example.com> - 1.0-0\n- begun\n"
	if got := run(t, "", "rpm", "-qp", "--changelog", file); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("rpm says\n%swant\n%s", got, want)
	}
	p := mustOpen(t, b)
	for i, c := range p.Changelog {
		if !c.Time.Equal(s.Changelog[i].Time) || c.Name != s.Changelog[i].Name || c.Text != s.Changelog[i].Text {
			t.Errorf("change %d is read as %v", i, c)
		}
	}
	if len(p.Changelog) != len(s.Changelog) {
		t.Errorf("%d changes are read", len(p.Changelog))
	}
}

// TestWriteGhost: a file that is owned and not contained.
func TestWriteGhost(t *testing.T) {
	needTools(t, "rpm", "rpm2cpio", "cpio", "sh")
	dir := t.TempDir()
	s := small()
	s.Files = append(s.Files, SpecFile{Path: "/var/log/small.log", Mode: 0o640, Flags: FlagGhost})
	b := writeBytes(t, s)
	if err := os.WriteFile(filepath.Join(dir, "small.rpm"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "rpm", "-K", "small.rpm")
	if got := run(t, dir, "rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEFLAGS:fflags}\n]", "small.rpm"); !strings.Contains(got, "/var/log/small.log g\n") {
		t.Errorf("rpm lists\n%s", got)
	}
	if got := run(t, dir, "sh", "-c", "rpm2cpio small.rpm | cpio -t --quiet"); strings.Contains(got, "small.log") {
		t.Errorf("cpio lists\n%s", got)
	}
	if _, err := readAll(b); err != nil {
		t.Error(err)
	}
}
