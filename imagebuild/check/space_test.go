package check_test

import (
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
)

// onDisk is a file system as a subject.
func onDisk(t *testing.T, name string) *check.Subject {
	t.Helper()
	return &check.Subject{Root: device(t, name), Info: reopen(t, name).Info()}
}

// TestFileSystemRules has file systems in each state that a rule of the group tells of, made by mke2fs and debugfs.
func TestFileSystemRules(t *testing.T) {
	debugfs, e2fsck := program(t, "debugfs"), program(t, "e2fsck")
	tripped := map[string]bool{}
	from := t.TempDir()
	if err := os.WriteFile(from+"/victim", []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		commands []string
		asked    check.Asked
		want     []string
	}{
		"sound":        {nil, check.Asked{}, nil},
		"damaged":      {[]string{"sif victim links_count 7"}, check.Asked{}, []string{"error file-system /victim"}},
		"journal":      {[]string{"feature needs_recovery"}, check.Asked{}, []string{"error journal-dirty "}},
		"orphan":       {[]string{"unlink victim", "sif <12> links_count 0", "ssv last_orphan 12"}, check.Asked{}, []string{"warning orphans "}},
		"much asked":   {nil, check.Asked{FreeBytes: 1 << 40, FreeInodes: 1 << 40}, []string{"error inodes-low /", "error space-low /"}},
		"little asked": {nil, check.Asked{FreeBytes: 1 << 20, FreeInodes: 10}, nil},
	} {
		file := image(t, "ext3", from)
		for _, command := range c.commands {
			run(t, debugfs, "-w", "-R", command, file)
		}
		s := onDisk(t, file)
		s.Asked = c.asked
		got := asked(t, s, check.GroupFileSystem)
		if name == "orphan" { // the last link went with the file
			got = slices.DeleteFunc(got, func(f check.Finding) bool { return f.Rule == "file-system" })
		}
		if !slices.Equal(lines(got), c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, f := range got {
			tripped[f.Rule] = true
		}
		if err := exec.Command(e2fsck, "-fn", file).Run(); (err != nil) != (len(c.commands) > 0) && name != "journal" {
			t.Errorf("%s: e2fsck: %v", name, err)
		}
	}
	mustTrip(t, tripped, check.GroupFileSystem)
}

// TestFull fills a file system: below the floor it is a warning.
func TestFull(t *testing.T) {
	file := image(t, "ext4", "")
	tree := editable(t, file)
	b := make([]byte, 18<<20)
	for i := range b {
		b[i] = byte(i)
	}
	if err := tree.WriteFile("full", b, 0o644); err != nil {
		t.Fatal(err)
	}
	for i := 0; tree.Info().FreeInodes > 10; i++ {
		if err := tree.Mkdir(time.Duration(i).String(), 0o755); err != nil {
			break
		}
	}
	if err := tree.Sync(); err != nil {
		t.Fatal(err)
	}
	got := lines(asked(t, onDisk(t, file), check.GroupFileSystem))
	if !slices.Contains(got, "warning space-low /") {
		t.Errorf("%q of %+v", got, tree.Info())
	}
}

// TestCheckedOnce: however many rules ask, the file system is examined once.
func TestCheckedOnce(t *testing.T) {
	s := onDisk(t, image(t, "ext3", ""))
	counting := &counted{Device: s.Root}
	s.Root = counting
	if _, err := ext.Check(t.Context(), counting, counting.Size(), ext.CheckOptions{}); err != nil {
		t.Fatal(err)
	}
	once := counting.reads
	asked(t, s, check.GroupFileSystem)
	if counting.reads != 2*once {
		t.Errorf("%d reads, and one check takes %d", counting.reads-once, once)
	}
}

// counted counts what is read of a device.
type counted struct {
	block.Device
	reads int
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	c.reads++
	return c.Device.ReadAt(p, off)
}
