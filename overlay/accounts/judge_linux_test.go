package accounts_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// These tests hold our edits against the machine's own shadow-utils, which work on a copy of the same files
// behind chroot. The day of today comes to both as a value.

var today = time.Unix(1400000000, 0).UTC()

// judge finds a program that judges a test as root.
func judge(t *testing.T, program string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: the tools work behind chroot")
	}
	return needs.Program(t, program)
}

// lay writes files into a folder of this machine, the account files with a release's modes.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	// The tools sync each file: in memory that costs nothing.
	dir, err := os.MkdirTemp("/dev/shm", "accounts")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		p := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			must(os.MkdirAll(p, 0o755))
			continue
		}
		must(os.MkdirAll(filepath.Dir(p), 0o755))
		if target, ok := strings.CutPrefix(files[name], "-> "); ok {
			must(os.Symlink(target, p))
			old := unix.NsecToTimespec(today.Add(-2 * time.Hour).UnixNano())
			must(unix.UtimesNanoAt(unix.AT_FDCWD, p, []unix.Timespec{old, old}, unix.AT_SYMLINK_NOFOLLOW))
			continue
		}
		mode := fs.FileMode(0o644)
		switch {
		case strings.HasSuffix(name, "shadow"):
			mode = 0
		case strings.HasSuffix(name, "hello"):
			mode = 0o755
		}
		must(os.WriteFile(p, []byte(files[name]), mode))
		must(os.Chmod(p, mode))
		must(os.Chtimes(p, today, today.Add(-time.Hour)))
	}
	return dir
}

// look tells what stands in a folder, one line a file, without the locks and backups of the tools.
func look(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, p)
		if strings.HasSuffix(name, "-") || strings.HasSuffix(name, ".lock") || name == "." {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		s := fmt.Sprintf("%v %d:%d", info.Mode(), st.Uid, st.Gid)
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			s += " -> " + target
		case info.Mode().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			s += "\n" + string(data)
		}
		if !strings.HasPrefix(name, "etc/") && !info.ModTime().After(today) { // copied with the file, else it is the time of the test
			s += fmt.Sprint(" ", info.ModTime().Unix())
		}
		out[name] = s
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compare(t *testing.T, theirs, ours map[string]string) bool {
	t.Helper()
	same := true
	for name := range maps.Keys(theirs) {
		if ours[name] != theirs[name] {
			t.Errorf("%s:\ntheirs: %s\nours:   %s", name, theirs[name], ours[name])
			same = false
		}
	}
	for name := range maps.Keys(ours) {
		if _, ok := theirs[name]; !ok {
			t.Errorf("%s: only ours: %s", name, ours[name])
			same = false
		}
	}
	return same
}

// run runs a tool of shadow-utils in a folder.
func run(dir, program string, args ...string) (string, error) {
	return runTool(program, append([]string{"-R", dir}, args...)...)
}

func runTool(program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", today.Unix())}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// folder is a folder of this machine as a tree.
func folder(t *testing.T, dir string) treetest.Folder {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return treetest.Folder{Root: root}
}

// TestCompareSees judges the judge.
func TestCompareSees(t *testing.T) {
	a := map[string]string{"x": "1", "y": "2"}
	for _, b := range []map[string]string{{"x": "1"}, {"x": "1", "y": "3"}, {"x": "1", "y": "2", "z": ""}} {
		probe := &testing.T{}
		if compare(probe, a, b) {
			t.Errorf("%v and %v pass for the same", a, b)
		}
	}
	if !compare(&testing.T{}, a, maps.Clone(a)) {
		t.Error("a copy passes for another")
	}
}
