package sample

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/internal/loopmount"
)

// The kernel mounts the root file system, and finds what the table says and
// nothing else.
func TestKernelSeesTheTable(t *testing.T) {
	for _, fsType := range []string{"ext2", "ext3", "ext4"} {
		t.Run(fsType, func(t *testing.T) {
			o, err := Options{FSType: fsType}.complete()
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			img := filepath.Join(dir, "root.img")
			f, err := os.Create(img)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			const size = 63 << 20
			if err := f.Truncate(size); err != nil {
				t.Fatal(err)
			}
			if err := writeRoot(context.Background(), target{f, size}, size, o); err != nil {
				t.Fatal(err)
			}
			root := loopmount.Mount(t, img, "ro")
			if bad := compare(root, nodes(), o); len(bad) > 0 {
				t.Errorf("%s", strings.Join(bad, "\n"))
			}
			// The comparison can fail: it misses a node, sees one too many, and other modes.
			all := nodes()
			all[3].mode ^= 0o111
			all[5].who = "servo:root"
			if bad := compare(root, append(all[:20:20], all[21:]...), o); len(bad) < 3 {
				t.Errorf("a changed table is found to differ in %q only", bad)
			}
			if bad := compare(root, append(nodes(), node{name: "etc/more"}), o); len(bad) != 1 {
				t.Errorf("a file that is not there is reported as %q", bad)
			}
		})
	}
}

// target is a file as a block.Writable.
type target struct {
	*os.File
	size int64
}

func (t target) Size() int64 { return t.size }

var _ block.Writable = target{}

// compare holds the tree below root against the table and lists what differs.
func compare(root string, table []node, o Options) (bad []string) {
	users, err := accounts("tree/etc/passwd")
	if err != nil {
		return []string{err.Error()}
	}
	groups, err := accounts("tree/etc/group")
	if err != nil {
		return []string{err.Error()}
	}
	byName := map[string]node{}
	for _, n := range table {
		byName[n.name] = n
	}
	seen := map[string]bool{}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		n, ok := byName[name]
		if !ok {
			bad = append(bad, name+" is not in the table")
			return nil
		}
		seen[name] = true
		links := 1
		for _, other := range table {
			if other.hard != "" && (other.name == name || other.hard == name) {
				links = 2
			}
		}
		if n.hard != "" {
			n = byName[n.hard]
		}
		uid, gid, err := n.owner(users, groups)
		if err != nil {
			return err
		}
		if what := n.differs(p, uid, gid, links, o); what != "" {
			bad = append(bad, name+": "+what)
		}
		return nil
	})
	if err != nil {
		bad = append(bad, err.Error())
	}
	for _, n := range table {
		if !seen[n.name] {
			bad = append(bad, n.name+" is missing")
		}
	}
	return bad
}

// differs says in what the file at p differs from the node.
func (n node) differs(p string, uid, gid, links int, o Options) string {
	fi, err := os.Lstat(p)
	if err != nil {
		return err.Error()
	}
	st := fi.Sys().(*syscall.Stat_t)
	switch {
	case fi.Mode() != n.mode:
		return fmt.Sprintf("mode %v, not %v", fi.Mode(), n.mode)
	case int(st.Uid) != uid || int(st.Gid) != gid:
		return fmt.Sprintf("owner %d:%d, not %d:%d", st.Uid, st.Gid, uid, gid)
	case !fi.ModTime().Equal(o.Time) || !time.Unix(st.Ctim.Unix()).Equal(o.Time):
		return fmt.Sprintf("time %v", fi.ModTime())
	case !fi.IsDir() && int(st.Nlink) != links:
		return fmt.Sprintf("%d links, not %d", st.Nlink, links)
	}
	for _, a := range n.attrs {
		value := make([]byte, 256)
		if k, err := unix.Lgetxattr(p, a.name, value); err != nil || string(value[:k]) != a.value {
			return fmt.Sprintf("%s is %q (%v)", a.name, value[:max(k, 0)], err)
		}
	}
	switch {
	case fi.Mode()&fs.ModeSymlink != 0:
		if target, err := os.Readlink(p); err != nil || target != n.target {
			return fmt.Sprintf("leads to %q (%v)", target, err)
		}
	case fi.Mode()&fs.ModeDevice != 0:
		if st.Rdev != unix.Mkdev(n.major, n.minor) {
			return fmt.Sprintf("device %#x", st.Rdev)
		}
	case fi.Mode().IsRegular():
		parts, size, err := n.data(o)
		if err != nil {
			return err.Error()
		}
		want := make([]byte, size)
		for _, part := range parts {
			copy(want[part.off:], part.data)
		}
		if got, err := os.ReadFile(p); err != nil || !bytes.Equal(got, want) {
			return fmt.Sprintf("%d bytes read differ from the %d meant (%v)", len(got), len(want), err)
		}
		if size > 16<<20 && st.Blocks*512 > size/10 {
			return fmt.Sprintf("takes %d blocks: its holes are filled", st.Blocks)
		}
	}
	return ""
}
