package treediff_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

// unpack writes a tree to a folder of this machine, with all that is compared but the flags.
func unpack(t testing.TB, m memory, dir string) {
	t.Helper()
	f, err := ext.Open(m, int64(len(m)))
	must(t, err)
	first := map[uint32]string{}
	must(t, fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		must(t, err)
		info, err := f.Lstat(name)
		must(t, err)
		st := info.Sys().(*ext.Stat)
		to := filepath.Join(dir, name)
		if old, met := first[st.Ino]; met && !info.IsDir() {
			must(t, os.Link(old, to))
			return nil
		}
		first[st.Ino] = to
		switch {
		case name == ".":
		case info.IsDir():
			must(t, os.Mkdir(to, 0o700))
		case info.Mode().IsRegular():
			data, err := f.ReadFile(name)
			must(t, err)
			must(t, os.WriteFile(to, data, 0o600))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := f.ReadLink(name)
			must(t, err)
			must(t, os.Symlink(target, to))
		default:
			must(t, unix.Mknod(to, uint32(st.Mode), int(unix.Mkdev(st.Major, st.Minor))))
		}
		must(t, unix.Lchown(to, int(st.UID), int(st.GID)))
		if info.Mode()&fs.ModeSymlink == 0 {
			must(t, unix.Chmod(to, uint32(st.Mode)&0o7777))
		}
		names, err := f.ListXattr(name)
		must(t, err)
		for _, n := range names {
			v, err := f.Xattr(name, n)
			must(t, err)
			must(t, unix.Lsetxattr(to, n, v, 0))
		}
		return nil
	}))
	// Folders last: what is put in them sets their times.
	must(t, fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		must(t, err)
		info, err := e.Info()
		must(t, err)
		ts := unix.NsecToTimespec(info.ModTime().UnixNano())
		return unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(dir, name), []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW)
	}))
}

// needFolder gives a folder on a file system that keeps owners, devices and extended attributes.
func needFolder(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: owners and devices are made")
	}
	dir := t.TempDir()
	if unix.Lsetxattr(dir, "security.selinux", []byte("x\x00"), 0) != nil || unix.Lsetxattr(dir, "user.x", nil, 0) != nil {
		t.Skip("the file system of the temporary folder takes no extended attributes")
	}
	if unix.Mknod(filepath.Join(dir, "probe"), unix.S_IFCHR|0o600, int(unix.Mkdev(4, 1))) != nil {
		t.Skip("no devices can be made here")
	}
	return dir
}

func output(t testing.TB, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); err != nil && !(ok && path.Base(program) == "diff" && exit.ExitCode() == 1) {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// GNU diff and rsync compare the same random trees, unpacked: diff tells what is in one only, or differs in type, content
// or target; rsync also mode, owner and extended attributes.
func TestOthersFindTheSame(t *testing.T) {
	gnu, rsync := judge(t, "diff"), judge(t, "rsync")
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dirA, dirB := needFolder(t), needFolder(t)
			dirA, dirB = filepath.Join(dirA, "tree"), filepath.Join(dirB, "tree")
			must(t, os.Mkdir(dirA, 0o755))
			must(t, os.Mkdir(dirB, 0o755))
			a, b, _ := pairOfTrees(t, 1000+seed)
			b.edit(t, 2000, func(f *ext.FS) { dress(t, f, rand.New(rand.NewPCG(seed, 6))) })
			unpack(t, a, dirA)
			unpack(t, b, dirB)
			list, _ := compare(t, a.open(t), b.open(t), treediff.Options{Ignore: []string{"/lost+found"}})
			must(t, os.RemoveAll(filepath.Join(dirA, "lost+found")))
			must(t, os.RemoveAll(filepath.Join(dirB, "lost+found")))

			ours := map[string]string{}
			for _, d := range list {
				p := strings.TrimPrefix(d.Path, "/")
				switch {
				case d.Kind != treediff.Changed:
					ours[p] = string(d.Kind)
				case d.Has(treediff.Type), d.Has(treediff.Content), d.Has(treediff.Target):
					ours[p] = "differ"
				}
			}
			same(t, topmost(ours), gnuDiff(t, output(t, gnu, "-rq", "--no-dereference", dirA, dirB), dirA, dirB))

			wanted := map[string]string{}
			for _, d := range list {
				p := strings.TrimPrefix(d.Path, "/")
				if d.Kind != treediff.Changed {
					wanted[p] = string(d.Kind)
					continue
				}
				var s string
				for _, a := range d.Aspects {
					s += map[treediff.Aspect]string{treediff.Content: "c", treediff.Mode: "p", treediff.Owner: "o", treediff.Xattrs: "x"}[a]
				}
				if d.Has(treediff.Type) || d.Has(treediff.Target) || d.Has(treediff.Device) {
					s = "differ"
				}
				if s != "" {
					wanted[p] = s
				}
			}
			same(t, wanted, rsyncDiff(output(t, rsync, "-niclrpogDXA", "--delete", dirB+"/", dirA+"/"), dirA))

			// The kernel's own view of both folders is one more pair of trees.
			var sides []treediff.Side
			for _, dir := range []string{dirA, dirB} {
				root, err := os.OpenRoot(dir)
				must(t, err)
				defer root.Close()
				sides = append(sides, treediff.Side{Tree: treetest.Folder{Root: root}})
			}
			folders, _ := compare(t, sides[0], sides[1], treediff.Options{})
			without := slices.DeleteFunc(list, func(d *treediff.Difference) bool { // folders do not tell flags
				d.Aspects = slices.DeleteFunc(d.Aspects, func(a treediff.Aspect) bool { return a == treediff.Flags })
				return d.Kind == treediff.Changed && len(d.Aspects) == 0
			})
			same(t, shorts(folders), shorts(without))
		})
	}
}

// dress changes attributes of folders and links, too.
func dress(t testing.TB, f *ext.FS, r *rand.Rand) {
	list, err := f.ReadDir(".")
	must(t, err)
	for _, e := range list {
		n := e.Name()
		switch {
		case n == "lost+found" || r.IntN(3) > 0:
		case e.IsDir():
			must(t, f.Chmod(n, fs.ModeSticky|0o777))
			must(t, f.SetXattr(n, "user.dressed", []byte{1, 2}))
		case e.Type()&fs.ModeSymlink != 0:
			must(t, f.Lchown(n, 7, 8))
		}
	}
}

// topmost leaves out what lies in a folder that is in one tree only, or is no folder in the other.
func topmost(all map[string]string) map[string]string {
	out := map[string]string{}
	for p, what := range all {
		top := true
		for d := path.Dir(p); d != "."; d = path.Dir(d) {
			if all[d] != "" {
				top = false
			}
		}
		if top {
			out[p] = what
		}
	}
	return out
}

var gnuOnly = regexp.MustCompile(`^Only in (.*): ([^:]*)$`)
var gnuDiffer = regexp.MustCompile(`^(?:Files|Symbolic links|File|Character special files) (\S+) (?:and \S+ differ|is an? .* while file .*)$`)

func gnuDiff(t testing.TB, text, dirA, dirB string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := gnuOnly.FindStringSubmatch(line); m != nil {
			full := path.Join(m[1], m[2])
			if rest, ok := strings.CutPrefix(full, dirA+"/"); ok {
				out[rest] = "only-a"
			} else {
				out[strings.TrimPrefix(full, dirB+"/")] = "only-b"
			}
		} else if strings.Count(line, "is a character special file") == 2 {
			continue // it takes devices for the same by the second of their last change; rsync judges them
		} else if m := gnuDiffer.FindStringSubmatch(line); m != nil {
			out[strings.TrimPrefix(m[1], dirA+"/")] = "differ"
		} else {
			t.Errorf("diff says %q, which the test does not read", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	return out
}

// rsyncDiff reads what rsync would do to make A of B: YXcstpoguax and the path.
func rsyncDiff(text, dirA string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		code, p, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		p, _, _ = strings.Cut(strings.TrimSpace(p), " -> ")
		p = strings.TrimSuffix(strings.TrimPrefix(p, "./"), "/")
		switch {
		case code == "*deleting":
			out[p] = "only-a"
		case strings.Contains(code, "+++"):
			out[p] = "only-b"
			if _, err := os.Lstat(filepath.Join(dirA, p)); err == nil { // it takes the place of what has another type
				out[p] = "differ"
			}
		default:
			var s string
			if code[1] == 'f' && code[2] == 'c' {
				s = "c"
			}
			if code[1] != 'f' && code[2] == 'c' {
				s = "differ"
			} else {
				s += strings.NewReplacer("s", "", ".", "", "t", "", "T", "", "og", "o", "g", "o").Replace(code[3:9])
				if code[10] == 'x' {
					s += "x"
				}
			}
			if s != "" {
				out[p] = s
			}
		}
	}
	return out
}
