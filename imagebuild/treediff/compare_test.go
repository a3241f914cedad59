package treediff_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

func fill(files map[string]string) treediff.Side { return treediff.Side{Tree: treetest.Fill(files)} }

func TestPathAndIgnore(t *testing.T) {
	a := fill(map[string]string{"etc/a": "1\n", "etc/deep/er/x.log": "1\n", "var/log/messages": "1\n", "b.log": "1\n", "same": ""})
	b := fill(map[string]string{"etc/a": "2\n", "etc/deep/er/x.log": "2\n", "var/log/secure": "2\n", "b.log": "2\n", "same": ""})
	for _, c := range []struct {
		path   string
		ignore []string
		want   string
	}{
		{"", nil, "/b.log /etc/a /etc/deep/er/x.log /var/log/messages /var/log/secure"},
		{"etc/", nil, "/etc/a /etc/deep/er/x.log"},
		{"/etc/../etc/a", nil, "/etc/a"},
		{"/var/log/secure", nil, "/var/log/secure"},
		{"", []string{"*.log"}, "/etc/a /var/log/messages /var/log/secure"},
		{"", []string{"/*.log"}, "/etc/a /etc/deep/er/x.log /var/log/messages /var/log/secure"},
		{"", []string{"/var/log/**", "etc"}, "/b.log"},
		{"", []string{"/etc/**/x.*"}, "/b.log /etc/a /var/log/messages /var/log/secure"},
		{"", []string{"/etc/**/deep", "**/log/m*"}, "/b.log /etc/a /var/log/secure"},
		{"", []string{"/**"}, ""},
	} {
		list, _ := compare(t, a, b, treediff.Options{Path: c.path, Ignore: c.ignore})
		var paths []string
		for _, d := range list {
			paths = append(paths, d.Path)
		}
		if got := strings.Join(paths, " "); got != c.want {
			t.Errorf("%q without %q: %s, should be %s", c.path, c.ignore, got, c.want)
		}
	}
	nothing := func(*treediff.Difference) error { return nil }
	if _, err := treediff.Compare(context.Background(), a, b, treediff.Options{Path: "nowhere"}, nothing); !errors.Is(err, treediff.ErrNoPath) {
		t.Errorf("a path that is nowhere: %v", err)
	}
	for _, bad := range []string{"", "/", "a//b", "[", "x/[a-"} {
		if _, err := treediff.Compare(context.Background(), a, b, treediff.Options{Ignore: []string{bad}}, nothing); err == nil {
			t.Errorf("pattern %q is taken", bad)
		}
	}
}

func TestWholeTextsOfOneSide(t *testing.T) {
	a, b := fill(map[string]string{"gone": "x\n", "empty": ""}), fill(map[string]string{"new": "y\nz\n", "bin": "\x00"})
	list, sum := compare(t, a, b, treediff.Options{Whole: true})
	var diffs []string
	for _, d := range list {
		diffs = append(diffs, d.Diff)
	}
	want := []string{"", "", "--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "--- /dev/null\n+++ b/new\n@@ -0,0 +1,2 @@\n+y\n+z\n"}
	if !slices.Equal(diffs, want) || sum.Lines != (treediff.Lines{OnlyA: 1, OnlyB: 2}) {
		t.Errorf("%q, %+v", diffs, sum.Lines)
	}
}

// A file with several names is compared once; a name in one tree only does not make the others differ.
func TestHardLinks(t *testing.T) {
	a, b := newDisk(t, "ext4"), newDisk(t, "ext4")
	a.edit(t, 1, func(f *ext.FS) {
		must(t, f.WriteFile("m", []byte("1\n"), 0o644))
		must(t, f.Link("m", "n"))
		must(t, f.Link("m", "only"))
		must(t, f.WriteFile("single", nil, 0o644))
	})
	b.edit(t, 1, func(f *ext.FS) {
		must(t, f.WriteFile("m", []byte("2\n"), 0o644))
		must(t, f.Link("m", "n"))
		must(t, f.WriteFile("single", nil, 0o644))
		must(t, f.Link("single", "a"))
	})
	list, _ := compare(t, a.open(t), b.open(t), treediff.Options{})
	same(t, shorts(list), map[string]string{"/a": "only-b", "/m": "content", "/n": "content", "/only": "only-a"})
	for _, d := range list {
		if want := map[string]string{"/n": "/m"}[d.Path]; d.SameAs != want || (d.Path == "/n") != (d.Diff == "" && d.Kind == treediff.Changed) {
			t.Errorf("%s: %s", d.Path, asJSON(t, d))
		}
		if d.Path == "/only" && d.A.HardLink != "/m" {
			t.Errorf("/only: %s", asJSON(t, d))
		}
	}
}

// A hole of terabytes is not read: /var/log/lastlog has a place for each possible user.
func TestHolesAreNotRead(t *testing.T) {
	const size = 1 << 40
	make := func(at int64, p string) memory {
		m := newDisk(t, "ext4")
		m.edit(t, 1, func(f *ext.FS) {
			must(t, f.WriteFile("lastlog", []byte("begin"), 0o644))
			must(t, f.Truncate("lastlog", size))
			o, err := f.OpenFile("lastlog", 2, 0)
			must(t, err)
			_, err = o.WriteAt([]byte(p), at)
			must(t, err)
			must(t, o.Close())
		})
		return m
	}
	base := make(size/2, "middle")
	for _, c := range []struct {
		other memory
		want  int
	}{{make(size/2, "middle"), 0}, {make(size/2, "muddle"), 1}, {make(size/2+1<<20, "middle"), 1}, {make(size-6, "middle"), 1}} {
		list, _ := compare(t, base.open(t), c.other.open(t), treediff.Options{})
		if len(list) != c.want {
			t.Errorf("%d differences, should be %d", len(list), c.want)
		}
	}
	// A hole and zeros are the same content.
	zeros := make(size/2, "middle")
	zeros.edit(t, 1, func(f *ext.FS) {
		o, err := f.OpenFile("lastlog", 2, 0)
		must(t, err)
		_, err = o.WriteAt(slices.Repeat([]byte{0}, 5000), size/4)
		must(t, err)
	})
	if list, _ := compare(t, base.open(t), zeros.open(t), treediff.Options{}); len(list) != 0 {
		t.Errorf("written zeros differ from a hole: %s", asJSON(t, list))
	}
}

func TestNamesThatCannotBePrinted(t *testing.T) {
	a, b := newDisk(t, "ext4"), newDisk(t, "ext4")
	b.edit(t, 1, func(f *ext.FS) {
		must(t, f.WriteFile("\x1b[2J\n+++ b", []byte("1\n"), 0o644))
		must(t, f.WriteFile("\xff\xfe", []byte("1\n"), 0o644))
	})
	list, _ := compare(t, a.open(t), b.open(t), treediff.Options{Whole: true})
	if len(list) != 2 || list[0].RawPath != nil || string(list[1].RawPath) != "/\xff\xfe" {
		t.Fatalf("%s", asJSON(t, list))
	}
	if want := "--- /dev/null\n+++ \"b/\\x1b[2J\\n+++ b\"\n"; !strings.HasPrefix(list[0].Diff, want) {
		t.Errorf("%q", list[0].Diff)
	}
}

func TestTimesAreCountedOrTold(t *testing.T) {
	a, b := newDisk(t, "ext4"), newDisk(t, "ext4")
	for i, m := range []memory{a, b} {
		m.edit(t, int64(1000*(1+i)), func(f *ext.FS) { must(t, f.WriteFile("f", nil, 0o644)) })
	}
	list, sum := compare(t, a.open(t), b.open(t), treediff.Options{})
	if len(list) != 0 || sum.Times != 2 || sum.Differ() { // the root's, too
		t.Errorf("%s %+v", asJSON(t, list), sum)
	}
	list, _ = compare(t, a.open(t), b.open(t), treediff.Options{Times: true})
	same(t, shorts(list), map[string]string{"/": "mtime", "/f": "mtime"})
}

// loop is a tree whose folder lies in itself, as that of a damaged image can.
type loop struct{ *treetest.Memory }

func (l loop) Lstat(string) (fs.FileInfo, error) { return l.Memory.Lstat(".") }
func (l loop) ReadDir(string) ([]fs.DirEntry, error) {
	return l.Memory.ReadDir(".")
}
func (l loop) ListXattr(string) ([]string, error) { return nil, nil }

func TestFoldersWithoutEnd(t *testing.T) {
	l := loop{treetest.Fill(map[string]string{"d/": ""})}
	_, err := treediff.Compare(context.Background(), treediff.Side{Tree: l}, treediff.Side{Tree: l}, treediff.Options{}, func(*treediff.Difference) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "2048 folders") {
		t.Errorf("%v", err)
	}
}

func TestItStops(t *testing.T) {
	a, b := fill(map[string]string{"x": "1", "y": "1"}), fill(map[string]string{})
	stop := errors.New("enough")
	n := 0
	_, err := treediff.Compare(context.Background(), a, b, treediff.Options{}, func(*treediff.Difference) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := treediff.Compare(ctx, a, b, treediff.Options{}, func(*treediff.Difference) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A damaged file is an error that names the tree and the path.
func TestErrorsNameTheTree(t *testing.T) {
	a := newDisk(t, "ext2")
	a.edit(t, 1, func(f *ext.FS) { must(t, f.WriteFile("big", slices.Repeat([]byte("x"), 100000), 0o644)) })
	b := slices.Clone(a)
	f, err := ext.Open(b, diskSize)
	must(t, err)
	var indirect uint64
	must(t, f.Extents("big", func(e ext.Extent) error { // its map lies between its twelfth and thirteenth block
		indirect = max(indirect, e.Physical)
		return nil
	}))
	copy(b[(indirect-1)*1024:], slices.Repeat([]byte{0xff}, 1024))
	_, err = treediff.Compare(context.Background(), a.open(t), b.open(t), treediff.Options{}, func(*treediff.Difference) error { return nil })
	var side *treediff.SideError
	if !errors.As(err, &side) || side.Side != "B" || !strings.HasPrefix(side.Err.Error(), "/big: ") {
		t.Errorf("%v", err)
	}
}

func ExampleCompare() {
	a := treediff.Side{Tree: treetest.Fill(map[string]string{"etc/sysctl.conf": "net.ipv4.ip_forward = 0\n", "root/.bash_history": "ls\n"})}
	b := treediff.Side{Tree: treetest.Fill(map[string]string{"etc/sysctl.conf": "net.ipv4.ip_forward = 1\n", "etc/motd": "hello\n", "root/": ""})}
	sum, err := treediff.Compare(context.Background(), a, b, treediff.Options{}, func(d *treediff.Difference) error {
		fmt.Println(d.Path, d.Kind, d.Aspects)
		fmt.Print(d.Diff)
		return nil
	})
	fmt.Println(sum.OnlyA, sum.OnlyB, sum.Changed, err)
	// Output:
	// /etc/motd only-b []
	// /etc/sysctl.conf changed [content]
	// --- a/etc/sysctl.conf
	// +++ b/etc/sysctl.conf
	// @@ -1 +1 @@
	// -net.ipv4.ip_forward = 0
	// +net.ipv4.ip_forward = 1
	// /root/.bash_history only-a []
	// 1 1 1 <nil>
}
