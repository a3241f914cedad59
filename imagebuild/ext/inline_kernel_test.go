//go:build linux

package ext

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel fills inodes, we go on where it stopped, it goes on where we did. It is
// not asked to truncate them: Linux 6.18 was seen to hang in that.
func TestKernelInline(t *testing.T) {
	for i, s := range inlineShapes() {
		t.Run(s.name, func(t *testing.T) {
			img := copyOf(t, s)
			dir := mount(t, img.Name(), "rw")
			kernel := func(name string) string { return filepath.Join(dir, name) }
			for k := range 120 {
				name := fmt.Sprintf("k/%d/f%d", k%7, k)
				must(t, os.MkdirAll(kernel(filepath.Dir(name)), 0o755))
				must(t, os.WriteFile(kernel(name), data("k", k), 0o644))
				if k%5 == 0 {
					must(t, unix.Setxattr(kernel(name), "user.note", data("x", k%90), 0))
				}
				must(t, os.Mkdir(kernel(fmt.Sprintf("k/d%d", k)), 0o755))
				for n := range k % 9 {
					must(t, os.WriteFile(kernel(fmt.Sprintf("k/d%d/%s", k, strings.Repeat("n", n+1))), nil, 0o644))
				}
			}
			theirs := modelOfFolder(t, dir)
			unmount(t, dir)
			judge(t, img.Name())
			f := edit(t, img)
			m := modelOf(t, f)
			m.compareTo(t, theirs)
			if n := len(inlined(t, f)); n < 60 {
				t.Errorf("the kernel filled %d inodes", n)
			}
			w := newWalker(t, int64(800+i), f)
			for range 150 {
				w.step()
			}
			for k := range 120 {
				name := fmt.Sprintf("k/%d/f%d", k%7, k)
				if _, _, n := w.m.at(name); n != nil && n.mode.IsRegular() {
					must(t, w.fs.WriteFile(name, data("o", 120-k), 0))
					must(t, w.put(name, data("o", 120-k), 0))
				}
			}
			must(t, w.fs.Sync())
			judge(t, img.Name())
			opts := "rw"
			dir = mount(t, img.Name(), opts)
			w.m.compareTo(t, modelOfFolder(t, dir))
			for k := range 120 {
				name := fmt.Sprintf("k/%d/f%d", k%7, k)
				if _, _, n := w.m.at(name); n != nil && n.mode.IsRegular() {
					p, err := os.OpenFile(kernel(name), os.O_WRONLY|os.O_APPEND, 0)
					must(t, err)
					_, err = p.Write(data("p", k))
					must(t, err)
					must(t, p.Close())
					n.write(data("p", k), len(n.data))
				}
				name = fmt.Sprintf("k/d%d", k)
				if _, _, n := w.m.at(name); n != nil && n.mode.IsDir() {
					must(t, os.WriteFile(kernel(name+"/kernel"), []byte("k"), 0o644))
					must(t, w.put(name+"/kernel", []byte("k"), 0o644))
				}
			}
			m = modelOfFolder(t, dir)
			unmount(t, dir)
			judge(t, img.Name())
			modelOf(t, edit(t, img)).compareTo(t, m)
			m.setTimes(time.Time{})
			w.m.setTimes(time.Time{})
			w.m.compareTo(t, m)
		})
	}
}

// inlined lists what lies in its inode.
func inlined(t testing.TB, f *FS) (names []string) {
	for ino := f.firstIno; ino <= f.inodes; ino++ {
		if f.neverUsed(ino) {
			continue
		}
		in, err := f.readInode(ino)
		must(t, err)
		if in.LinksCount() > 0 && in.inline() {
			names = append(names, fmt.Sprint(ino))
		}
	}
	return names
}
