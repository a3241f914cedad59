package treediff_test

import (
	"io/fs"
	"strings"
	"testing"

	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

// sysTree is a tree that tells of its one file what a test says.
type sysTree struct {
	*treetest.Memory
	mode fs.FileMode
	sys  any
}

type sysInfo struct {
	fs.FileInfo
	t sysTree
}

func (i sysInfo) Sys() any          { return i.t.sys }
func (i sysInfo) Mode() fs.FileMode { return i.t.mode }

func (t sysTree) Lstat(name string) (fs.FileInfo, error) {
	info, err := t.Memory.Lstat(name)
	return sysInfo{info, t}, err
}

func (t sysTree) ReadLink(string) (string, error) { return "target", nil }

// inode is a FileInfo.Sys as *ext.Stat is one, unixStat as *syscall.Stat_t.
type inode struct {
	UID, GID, Major, Minor, Flags, ProjectID uint32
}

type unixStat struct {
	Uid, Gid uint32
	Rdev     uint64
}

// Each respect alone is found, and told with both sides.
func TestEachAspect(t *testing.T) {
	const device = fs.ModeDevice | fs.ModeCharDevice | 0o600
	for _, c := range []struct {
		name  string
		modeA fs.FileMode
		sysA  any
		modeB fs.FileMode
		sysB  any
		want  string
		a, b  string // what JSON of the sides must hold
	}{
		{"nothing", 0o644, inode{}, 0o644, &inode{}, "", "", ""},
		{"user", 0o644, inode{UID: 1}, 0o644, inode{UID: 2}, "owner", `"uid":1,"gid":0,"user":"one"`, `"uid":2,"gid":0,"size"`},
		{"group", 0o644, inode{}, 0o644, inode{GID: 7}, "owner", `"gid":0`, `"gid":7,"group":"seven"`},
		{"setuid", 0o755, inode{}, fs.ModeSetuid | 0o755, inode{}, "mode", `"0755"`, `"4755"`},
		{"sticky", 0o755, inode{}, fs.ModeSticky | 0o755, inode{}, "mode", `"0755"`, `"1755"`},
		{"major", device, inode{Major: 1}, device, inode{Major: 2}, "device", `"1:0"`, `"2:0"`},
		{"minor", device, inode{Minor: 1}, device, inode{Minor: 2}, "device", `"0:1"`, `"0:2"`},
		{"device of the kernel", device, unixStat{Rdev: 0x12300045 | 0x678<<8}, device, inode{Major: 0x678, Minor: 0x12345}, "", "", ""},
		{"block device", device, inode{}, fs.ModeDevice | 0o600, inode{}, "type", `"char"`, `"block"`},
		{"socket", fs.ModeSocket | 0o600, inode{}, fs.ModeNamedPipe | 0o600, inode{}, "type", `"socket"`, `"fifo"`},
		{"flags", 0o644, inode{Flags: 0x10}, 0o644, inode{Flags: 0x20}, "flags", `"flags":"i"`, `"flags":"a"`},
		{"flags that tell how it is stored", 0o644, inode{Flags: 0x80000 | 0x1000}, 0o644, inode{Flags: 0x10000000}, "", "", ""},
		{"project", 0o644, inode{ProjectID: 1}, 0o644, inode{ProjectID: 2}, "project", `"project":1`, `"project":2`},
		{"mode of a link", fs.ModeSymlink | 0o777, inode{}, fs.ModeSymlink | 0o755, inode{}, "", "", ""},
		{"numbers of what is no device", 0o644, inode{Major: 1}, 0o644, unixStat{Rdev: 7}, "", "", ""},
	} {
		a := treediff.Side{Tree: sysTree{treetest.Fill(map[string]string{"f": ""}), c.modeA, c.sysA}, Users: map[uint32]string{1: "one"}}
		b := treediff.Side{Tree: sysTree{treetest.Fill(map[string]string{"f": ""}), c.modeB, c.sysB}, Groups: map[uint32]string{7: "seven"}}
		list, _ := compare(t, a, b, treediff.Options{Path: "f"})
		if got := shorts(list)["/f"]; got != c.want {
			t.Errorf("%s: %q, should be %q", c.name, got, c.want)
		} else if got != "" && (!strings.Contains(asJSON(t, list[0].A), c.a) || !strings.Contains(asJSON(t, list[0].B), c.b)) {
			t.Errorf("%s: %s", c.name, asJSON(t, list[0]))
		}
	}
}
