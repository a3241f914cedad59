package verify

import (
	"archive/tar"
	"bytes"
	"context"
	"testing"
	"time"

	"lbimage/imagebuild/block"
)

func tarOf(t testing.TB, members map[string]string, order ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range order {
		must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(members[name])), ModTime: time.Unix(1400000000, 0), Format: tar.FormatGNU}))
		_, err := w.Write([]byte(members[name]))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func compareTars(t testing.TB, output, rebuild []byte) (*found, *tarball, error) {
	t.Helper()
	spool, err := block.CreateSparse(t.TempDir())
	must(t, err)
	defer spool.Close()
	f := &found{}
	tb := &tarball{found: f, image: "disk.img", disk: spool}
	err = tb.compare(context.Background(), bytes.NewReader(output), bytes.NewReader(rebuild))
	return f, tb, err
}

func TestTars(t *testing.T) {
	m := map[string]string{"disk.img": "a disk", "vmlinuz": "a kernel", "other": "x"}
	own := tarOf(t, m, "vmlinuz", "disk.img")
	if f, tb, err := compareTars(t, own, own); err != nil || len(f.list) != 0 || tb.diskAt.bytes != 0 {
		t.Errorf("the same: %v, %+v", err, f.list)
	}
	for name, c := range map[string]struct {
		output []byte
		where  string
		out    string
	}{
		"one more":  {tarOf(t, m, "vmlinuz", "disk.img", "other"), "members", `one more member, "other"`},
		"one less":  {tarOf(t, m, "vmlinuz"), "members", "the end of the archive"},
		"renamed":   {tarOf(t, map[string]string{"vmlinux": "a kernel", "disk.img": "a disk"}, "vmlinux", "disk.img"), `header of "vmlinuz": name`, `"vmlinux"`},
		"contents":  {tarOf(t, map[string]string{"vmlinuz": "a colonel", "disk.img": "a disk"}, "vmlinuz", "disk.img"), `header of "vmlinuz": size`, "9"},
		"one byte":  {tarOf(t, map[string]string{"vmlinuz": "A kernel", "disk.img": "a disk"}, "vmlinuz", "disk.img"), `contents of "vmlinuz"`, `"A kernel"`},
		"no disk":   {tarOf(t, m, "vmlinuz", "other"), `header of "disk.img": name`, `"other"`},
		"no blocks": {bytes.TrimRight(own, "\x00"), "", ""},
	} {
		f, _, err := compareTars(t, c.output, own)
		switch {
		case c.where == "" && err == nil:
			t.Errorf("%s: no error", name)
		case c.where != "" && (err != nil || len(f.list) == 0 || f.list[0].Where != c.where || f.list[0].Output != c.out):
			t.Errorf("%s: %v, %+v", name, err, f.list)
		}
	}
}

// Whatever the output unpacks to, the comparison ends, and finds a difference where
// there is one.
func FuzzTar(f *testing.F) {
	own := tarOf(f, map[string]string{"disk.img": "a disk, of some bytes", "vmlinuz": "a kernel"}, "vmlinuz", "disk.img")
	f.Add(own)
	f.Add(own[:700])
	f.Add(append(bytes.Clone(own), own...))
	f.Add(tarOf(f, map[string]string{"x": ""}, "x"))
	f.Fuzz(func(t *testing.T, output []byte) {
		found, tb, err := compareTars(t, output, own)
		differs := err != nil || len(found.list) > 0 || tb.diskAt != nil && tb.diskAt.bytes > 0
		if same := bytes.Equal(output, own); same == differs {
			t.Errorf("same: %v, said to differ: %v (%v)", same, differs, err)
		}
	})
}

// Any text is a record or is refused.
func FuzzKeys(f *testing.F) {
	f.Add([]byte(`{"request": {"edits": [{"path": "/a"}, {"path": "/a"}]}, "changes": [{"path": "/x", "after": {"sha256": "1"}}]}`), []byte(`{"request": {}, "changes": [{"path": "/y"}]}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, errA := values(a, nil)
		y, errB := values(b, nil)
		if errA != nil || errB != nil {
			return
		}
		var one, two []KeyDifference
		diffValues("", x, y, &one)
		diffValues("", y, x, &two)
		if len(one) != len(two) {
			t.Errorf("%v one way, %v the other", one, two)
		}
		var none []KeyDifference
		if diffValues("", x, x, &none); len(none) > 0 {
			t.Errorf("it differs from itself: %v", none)
		}
	})
}
