package overlay_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// folder makes a folder to lay over: names that end in a slash are folders, "-> x" is a link to x.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch target, link := strings.CutPrefix(text, "-> "); {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(p, 0o755)
		case link:
			err = os.Symlink(target, p)
		default:
			err = os.WriteFile(p, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func chmod(t *testing.T, dir, name string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
		t.Fatal(err)
	}
}

var merged = map[string]string{
	"bin":               "-> usr/bin",
	"usr/bin/tool":      "old tool",
	"etc/passwd":        "root:x:0:0::/:\nservo:x:498:497::/:\n",
	"etc/group":         "servo:x:497:\n",
	"etc/motd":          "-> ../usr/lib/motd",
	"usr/lib/motd":      "hello\n",
	"etc/mtab":          "-> /proc/mounts",
	"var/lib/lb/":       "",
	"var/run":           "-> /run",
	"escape":            "-> ../../../../usr",
	"etc/resolv.conf":   "nameserver 1\n",
	"usr/share/folder/": "",
}

func lay(t *testing.T, dir string, m *treetest.Memory) ([]overlay.Change, error) {
	t.Helper()
	o, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{})
	if err != nil {
		return nil, err
	}
	return o.Apply(m)
}

func TestOverlay(t *testing.T) {
	dir := folder(t, map[string]string{
		"bin/tool":           "new tool",
		"bin/sub/deep":       "deep",
		"etc/motd":           "welcome\n",
		"etc/new/":           "",
		"etc/link":           "-> /etc/motd",
		"etc/resolv.conf":    "-> ../run/resolv.conf",
		"escape/lib/x":       "x",
		"var/lib/lb/state":   "s",
		"var/lib/lb/öl.conf": "s",
		".owners":            "# who owns what\nvar/lib/lb servo\n/var/lib/lb/state\tservo:root\netc/link 1:2\n",
	})
	chmod(t, dir, "bin/tool", fs.ModeSetuid|0o755)
	chmod(t, dir, "etc/new", fs.ModeSticky|0o777)
	chmod(t, dir, "etc", 0o700) // a folder that the image has: its mode stays
	m := treetest.Fill(merged)
	m.SetXattr("usr/bin/tool", "security.selinux", []byte("bin_t\x00"))
	changes, err := lay(t, dir, m)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.String())
	}
	want := []string{
		"create /usr/bin/sub dir, 0755, 0:0",
		"create /usr/bin/sub/deep 0644, 0:0",
		"modify /usr/bin/tool 0644 → 4755",
		"create /usr/lib/x 0644, 0:0",
		"create /etc/link symlink, 1:2, /etc/motd",
		"modify /usr/lib/motd",
		"create /etc/new dir, 1777, 0:0",
		"modify /etc/resolv.conf → symlink, 0644 →, → ../run/resolv.conf",
		"chown /var/lib/lb 0:0 → 498:497",
		"create /var/lib/lb/state 0644, 498:0",
		"create /var/lib/lb/öl.conf 0644, 0:0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	isAsSaid(t, m, changes)
	if info, _ := m.Lstat("etc"); info.Mode() != fs.ModeDir|0o755 {
		t.Errorf("/etc: %v", info.Mode())
	}
	if v, _ := m.Xattr("usr/bin/tool", "security.selinux"); string(v) != "bin_t\x00" {
		t.Errorf("label %q", v)
	}
	if _, err := m.Lstat(".owners"); err == nil {
		t.Error(".owners was laid over too")
	}
	again, err := lay(t, dir, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again {
		if c.Changed() {
			t.Errorf("a second time: %v", c)
		}
	}
}

// A pattern gives an owner to what is laid, not to folders of the image; a line of its own does. Modes are those of the file.
func TestOverlayOwnersFile(t *testing.T) {
	dir := folder(t, map[string]string{
		"etc/sudoers.d/servo": "x", "etc/new/f": "x", "var/lib/lb/f": "x",
		".owners": "** servo\nvar/lib/lb servo 6700\netc/sudoers.d/servo root:root 0440\n",
	})
	m := treetest.Fill(merged)
	changes, err := lay(t, dir, m)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.String())
	}
	want := []string{
		"create /etc/new dir, 0755, 498:497",
		"create /etc/new/f 0644, 498:497",
		"create /etc/sudoers.d dir, 0755, 498:497",
		"create /etc/sudoers.d/servo 0440, 0:0",
		"chmod /var/lib/lb 0755 → 6700, 0:0 → 498:497",
		"create /var/lib/lb/f 0644, 498:497",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	isAsSaid(t, m, changes)
}

// The result does not depend on the umask, nor on the order in which the folder was filled.
func TestOverlayUmask(t *testing.T) {
	dir := folder(t, map[string]string{"a/b": "x", "a/c/d": "y"})
	chmod(t, dir, "a", 0o775)
	chmod(t, dir, "a/b", 0o666)
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	m := treetest.NewMemory()
	if _, err := lay(t, dir, m); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"a": fs.ModeDir | 0o775, "a/b": 0o666} {
		if info, _ := m.Lstat(name); info.Mode() != want {
			t.Errorf("%s: %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestOverlayTime(t *testing.T) {
	dir := folder(t, map[string]string{"a/b": "x"})
	when := time.Unix(1400000000, 0)
	o, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{Time: when})
	if err != nil {
		t.Fatal(err)
	}
	m := treetest.NewMemory()
	if _, err := o.Apply(m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a/b"} {
		if info, _ := m.Lstat(name); !info.ModTime().Equal(when) {
			t.Errorf("%s: %v", name, info.ModTime())
		}
	}
	if !slices.Equal(o.Paths(), []string{"/a", "/a/b"}) || !strings.Contains(o.Describe(), "2 entries") {
		t.Errorf("%q %q", o.Paths(), o.Describe())
	}
}

// A file of more than a MiB is streamed; a text of that size is told by its digest.
func TestOverlayBigFile(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcde\n"), 1<<17+1)
	dir := folder(t, map[string]string{"big": string(big)})
	m := treetest.Fill(map[string]string{"big": "small"})
	changes, err := lay(t, dir, m)
	if err != nil || len(changes) != 1 || changes[0].After.IsText || changes[0].After.Size != int64(len(big)) {
		t.Fatalf("%v, %v", changes, err)
	}
	isAsSaid(t, m, changes)
}

// What the changes of one overlay keep of texts is bounded.
func TestOverlayTextsAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 40 {
		files[fmt.Sprintf("f%02d", i)] = strings.Repeat("0123456\n", overlay.MaxText/8)
	}
	changes, err := lay(t, folder(t, files), treetest.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, c := range changes {
		kept += len(c.After.Text)
	}
	last := changes[len(changes)-1]
	if kept == 0 || kept > 16<<20 || last.After.IsText || len(last.Notes) == 0 {
		t.Errorf("%d bytes kept; the last: %v %q", kept, last.After.IsText, last.Notes)
	}
}

func TestOverlayRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		spoil func(dir string) error
		want  string
	}{
		{"pipe", nil, func(d string) error { return syscall.Mkfifo(d+"/p", 0o600) }, "p: a pipe cannot be laid over an image"},
		{"socket", nil, func(d string) error {
			s, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			defer syscall.Close(s)
			return syscall.Bind(s, &syscall.SockaddrUnix{Name: d + "/s"})
		}, "s: a socket cannot be laid over an image"},
		{"device", nil, func(d string) error { return syscall.Mknod(d+"/n", syscall.S_IFCHR|0o600, 0x103) }, "n: a device cannot be laid over an image"},
		{"link above the top", map[string]string{"a/l": "-> ../../x"}, nil, "a/l: the link to ../../x leads out of the overlay"},
		{"link above the top, absolute", map[string]string{"a/l": "-> /../x"}, nil, "leads out of the overlay"},
		{"name not UTF-8", nil, func(d string) error { return os.WriteFile(d+"/a\xff", nil, 0o644) }, `the name "a\xff" is not UTF-8`},
		{"name with a newline", map[string]string{"a/b\nc": ""}, nil, "control character"},
		{"owners: syntax", map[string]string{"a": "", ".owners": "\na\n"}, nil, ".owners:2: \"a\": write PATH USER:GROUP, and perhaps a MODE"},
		{"owners: not there", map[string]string{"a": "", ".owners": "b root\n"}, nil, ".owners:1: b is not in the overlay"},
		{"owners: twice", map[string]string{"a": "", ".owners": "a root\n/a/ root\n"}, nil, ".owners:2: a stands twice"},
		{"owners: unknown", map[string]string{"a": "", ".owners": "a nobody9:root\n"}, nil, "/a: user nobody9: not in the image"},
		{"owners: a folder", map[string]string{".owners/x": ""}, nil, ".owners: must be a text file"},
		{"file over a folder", map[string]string{"usr/share/folder": ""}, nil, "/usr/share/folder: a folder stands there"},
		{"folder over a file", map[string]string{"etc/passwd/x": ""}, nil, "/etc/passwd: not a folder in the image (file)"},
		{"link over a folder", map[string]string{"usr/share/folder": "-> x"}, nil, "/usr/share/folder: a folder stands there"},
		{"two files on one", map[string]string{"bin/tool": "1", "usr/bin/tool": "2"}, nil, "/usr/bin/tool: lands on the same file as /bin/tool"},
		{"below a dangling link", map[string]string{"var/run/x": ""}, nil, "/var/run: the image has a link there that points to /run, which it does not have"},
		{"onto a dangling link", map[string]string{"etc/mtab": ""}, nil, "/etc/mtab: the image has a link there that points to /proc/mounts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, c.files)
			if c.spoil != nil {
				if err := c.spoil(dir); err != nil {
					t.Skipf("the temporary folder does not take it: %v", err)
				}
			}
			_, err := lay(t, dir, treetest.Fill(merged))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), dir) > 1 {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := lay(t, filepath.Join(t.TempDir(), "none"), treetest.NewMemory()); err == nil {
		t.Error("no folder: no error")
	}
}

// A link in the overlay that points out of it on this machine is not followed when it is read.
func TestOverlayDoesNotFollow(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string]string{"l": "-> " + secret})
	m := treetest.NewMemory()
	changes, err := lay(t, dir, m)
	if err != nil || len(changes) != 1 || changes[0].After.Target != secret {
		t.Errorf("%v, %v", changes, err)
	}
	// Swapped for a link after it was looked at.
	dir = folder(t, map[string]string{"f": "x"})
	o, err := overlay.OpenOverlay(dir, overlay.OverlayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "f"))
	os.Symlink(secret, filepath.Join(dir, "f"))
	if changes, err := o.Apply(m); err == nil {
		t.Errorf("read through a link out of the folder: %v", changes)
	}
}
