package fsedit

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"lbimage/imagebuild/internal/loopmount"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mount lets the kernel mount the image and gives the folder.
func mount(t testing.TB, img, opts string) string {
	t.Helper()
	need(t, "mount", "umount", "findmnt")
	return loopmount.Mount(t, img, opts)
}

func unmount(t testing.TB, dir string) {
	t.Helper()
	loopmount.Unmount(t, dir)
}

// tree describes all files in a local folder, a line a file: type, mode, owner,
// links, size, time, attributes, contents. Files that are one inode share a line's
// word that names the first of them.
func describeTree(t testing.TB, root string) []string {
	t.Helper()
	first := map[inode]string{}
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if name == "lost+found" {
			return fs.SkipDir
		}
		var st unix.Stat_t
		must(t, unix.Lstat(path, &st))
		line := fmt.Sprintf("%s mode=%o owner=%d:%d mtime=%d.%09d", name, st.Mode, st.Uid, st.Gid, st.Mtim.Sec, st.Mtim.Nsec)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(path)
			must(t, err)
			line += fmt.Sprintf(" size=%d sum=%x", len(data), sha256.Sum256(data))
		case unix.S_IFLNK:
			to, err := os.Readlink(path)
			must(t, err)
			line += " to=" + to
		case unix.S_IFCHR, unix.S_IFBLK:
			line += fmt.Sprintf(" dev=%d:%d", unix.Major(st.Rdev), unix.Minor(st.Rdev))
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			key := inode{st.Dev, st.Ino}
			if _, ok := first[key]; !ok {
				first[key] = name
			}
			line += fmt.Sprintf(" links=%d of=%s", st.Nlink, first[key])
		}
		attrs, err := localAttrs(path)
		must(t, err)
		for _, a := range attrs {
			line += fmt.Sprintf(" %s=%x", a.name, a.value)
		}
		out = append(out, line)
		return nil
	})
	must(t, err)
	sort.Strings(out)
	return out
}

// sameTree compares two local folders, but not the times of some.
func sameTree(t testing.TB, got, want string, noTime ...string) {
	t.Helper()
	plain := func(list []string) []string {
		for i, line := range list {
			for _, name := range noTime {
				if head, _, ok := strings.Cut(line, " mtime="); ok && strings.HasPrefix(line, name+" ") {
					list[i] = head
				}
			}
		}
		return list
	}
	for _, line := range differences(plain(describeTree(t, got)), plain(describeTree(t, want))) {
		t.Error(line)
	}
}

func differences(got, want []string) []string {
	in := map[string]bool{}
	for _, line := range want {
		in[line] = true
	}
	var out []string
	for _, line := range got {
		if !in[line] {
			out = append(out, "got  "+line)
		}
		delete(in, line)
	}
	for _, line := range want {
		if in[line] {
			out = append(out, "want "+line)
		}
	}
	return out
}

// The comparing helper is tried first: it tells of every kind of difference.
func TestComparisonTells(t *testing.T) {
	make := func() string {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "text")
		write(t, filepath.Join(dir, "b"), "text")
		must(t, os.Symlink("a", filepath.Join(dir, "l")))
		for _, name := range []string{"a", "b", "l", "."} {
			must(t, unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(dir, name), []unix.Timespec{{Sec: 1}, {Sec: 1}}, unix.AT_SYMLINK_NOFOLLOW))
		}
		return dir
	}
	one := make()
	if d := differences(describeTree(t, make()), describeTree(t, one)); len(d) != 0 {
		t.Fatalf("two that are the same: %v", d)
	}
	for name, spoil := range map[string]func(dir string) error{
		"contents": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a"), []byte("tExt"), 0o644)
		},
		"mode": func(dir string) error { return os.Chmod(filepath.Join(dir, "a"), 0o600) },
		"time": func(dir string) error {
			return syscall.Utimes(filepath.Join(dir, "a"), []syscall.Timeval{{Sec: 2}, {Sec: 2}})
		},
		"missing": func(dir string) error { return os.Remove(filepath.Join(dir, "a")) },
		"more":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "c"), nil, 0o644) },
		"link": func(dir string) error {
			must(t, os.Remove(filepath.Join(dir, "b")))
			return os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b"))
		},
		"target": func(dir string) error {
			must(t, os.Remove(filepath.Join(dir, "l")))
			return os.Symlink("b", filepath.Join(dir, "l"))
		},
	} {
		other := make()
		must(t, spoil(other))
		if len(differences(describeTree(t, other), describeTree(t, one))) == 0 {
			t.Errorf("%s: not told", name)
		}
	}
}
