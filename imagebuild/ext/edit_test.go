package ext

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

func stat(t testing.TB, f *FS, name string) *Stat {
	t.Helper()
	fi, err := f.Lstat(name)
	must(t, err)
	return fi.Sys().(*Stat)
}

// finish syncs, lets e2fsck judge, and opens the image anew.
func finish(t testing.TB, f *FS, img *os.File) *FS {
	t.Helper()
	must(t, f.Sync())
	judge(t, img.Name())
	return edit(t, img)
}

func wantFile(t testing.TB, f *FS, name string, want []byte) {
	t.Helper()
	got, err := f.ReadFile(name)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s holds %d bytes %.40q, not %d bytes %.40q", name, len(got), got, len(want), want)
	}
}

// debugfs reads what was written, in every shape.
func TestDebugfsReadsBack(t *testing.T) {
	for _, s := range editable() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			small, large := data("small", 700), data("large", 700_000)
			must(t, f.WriteFile("etc/passwd", small, 0o600))
			must(t, f.WriteFrom("etc/large", bytes.NewReader(large), 0o640))
			must(t, f.Chown("etc/large", 498, 70000))
			must(t, f.Symlink("large", "etc/link"))
			if s.name != "ext2_rev0" {
				must(t, f.SetXattr("etc/large", "user.color", []byte("blue")))
			}
			finish(t, f, img)
			out := filepath.Join(t.TempDir(), "out")
			for name, want := range map[string][]byte{"/etc/passwd": small, "/etc/large": large} {
				debugfs(t, img.Name(), "dump "+name+" "+out)
				got, err := os.ReadFile(out)
				must(t, err)
				if !bytes.Equal(got, want) {
					t.Errorf("%s: debugfs dumps %d bytes", name, len(got))
				}
			}
			text := debugfs(t, img.Name(), "stat /etc/large")
			for _, want := range []string{"Mode:  0640", "User:   498", "Group: 70000", "Size: 700000", "mtime: 0x59682f00"} {
				if !strings.Contains(text, want) {
					t.Errorf("debugfs does not say %q but\n%s", want, text)
				}
			}
			if text := debugfs(t, img.Name(), "stat /etc/passwd"); !strings.Contains(text, "Mode:  0644") {
				t.Errorf("a file that existed has a new mode: %s", text)
			}
			if text := debugfs(t, img.Name(), "stat /etc/link"); !strings.Contains(text, `Fast link dest: "large"`) {
				t.Error(text)
			}
			if s.name != "ext2_rev0" {
				if text := debugfs(t, img.Name(), "ea_get /etc/large user.color"); !strings.Contains(text, "blue") {
					t.Error(text)
				}
			}
		})
	}
}

// The same edits give the same bytes; the journal and the backups stay.
func TestSameBytes(t *testing.T) {
	for _, name := range []string{"ext3_1k_256", "ext4_el6_1k", "ext4_csum_1k"} {
		t.Run(name, func(t *testing.T) {
			s := shapeNamed(t, name)
			edits := func() []byte {
				img := copyOf(t, s)
				f := edit(t, img)
				for i := range 300 {
					must(t, f.WriteFile(fmt.Sprintf("many/new%d", i), data("x", i*11), 0o644))
				}
				must(t, f.RemoveAll("usr"))
				must(t, f.WriteFile("etc/large", data("y", 500_000), 0o644))
				finish(t, f, img)
				b, err := os.ReadFile(img.Name())
				must(t, err)
				return b
			}
			a, b := edits(), edits()
			if !bytes.Equal(a, b) {
				t.Error("the same edits gave other bytes")
			}
			before, err := os.ReadFile(imageOf(t, s))
			must(t, err)
			f, err := Open(bytes.NewReader(before), int64(len(before)))
			must(t, err)
			in, err := f.readInode(layout.InodeJournal)
			must(t, err)
			same := func(what string, r run) {
				lo, hi := r.start*uint64(f.bs), r.end*uint64(f.bs)
				if !bytes.Equal(a[lo:hi], before[lo:hi]) {
					t.Errorf("%s changed in %v", what, r)
				}
			}
			must(t, in.eachRun(func(r run) error { same("the journal", r); return nil }, nil))
			for n := range f.groups {
				if head := f.head(f.sb, n); n > 0 && head.end > head.start {
					same("a backup", head)
				}
			}
		})
	}
}

// meter counts the blocks of 4 KiB that are read and written.
type meter struct {
	ReadWriterAt
	reads, writes map[int64]bool
}

func (m *meter) count(seen map[int64]bool, n int, off int64) {
	for b := off / 4096; n > 0 && b <= (off+int64(n)-1)/4096; b++ {
		seen[b] = true
	}
}
func (m *meter) ReadAt(p []byte, off int64) (int, error) {
	m.count(m.reads, len(p), off)
	return m.ReadWriterAt.ReadAt(p, off)
}
func (m *meter) WriteAt(p []byte, off int64) (int, error) {
	m.count(m.writes, len(p), off)
	return m.ReadWriterAt.WriteAt(p, off)
}

// An edit of one file touches few blocks.
func TestFewBlocks(t *testing.T) {
	for _, s := range []string{"ext3_el5_128", "ext4_el6", "ext4_el8_csum"} {
		img := copyOf(t, shapeNamed(t, s))
		m := &meter{img, map[int64]bool{}, map[int64]bool{}}
		f, err := OpenWritable(m, sizeOf(t, img), Options{Time: editTime})
		must(t, err)
		must(t, f.WriteFile("etc/passwd", []byte("changed\n"), 0o644))
		must(t, f.Sync())
		if len(m.reads) > 24 || len(m.writes) > 4 {
			t.Errorf("%s: %d blocks read, %d written", s, len(m.reads), len(m.writes))
		}
		m.reads, m.writes = map[int64]bool{}, map[int64]bool{}
		must(t, f.Sync())
		if len(m.writes) > 0 {
			t.Errorf("%s: %d blocks written without a change", s, len(m.writes))
		}
		judge(t, img.Name())
	}
}

func TestOpenFile(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6_1k"))
	f := edit(t, img)
	w, err := f.OpenFile("etc/log", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o4711|fs.ModeSetuid)
	must(t, err)
	if _, err := f.OpenFile("etc/log", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made twice: %v", err)
	}
	for _, line := range []string{"one\n", "two\n"} {
		_, err := io.WriteString(w, line)
		must(t, err)
	}
	if _, err := w.Seek(-4, io.SeekEnd); err != nil {
		t.Error(err)
	}
	if b, err := io.ReadAll(w); string(b) != "two\n" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := w.WriteAt([]byte("T"), 4); err != nil {
		t.Error(err)
	}
	a, err := f.OpenFile("etc/log", os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = io.WriteString(a, "three\n")
	must(t, err)
	if _, err := a.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("read through a file open for writing: %v", err)
	}
	must(t, a.Close())
	if err := a.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	wantFile(t, f, "etc/log", []byte("one\nTwo\nthree\n"))
	must(t, f.Link("etc/log", "empty/other"))
	must(t, f.Rename("etc/log", "empty/log"))
	must(t, w.Truncate(3))
	wantFile(t, f, "empty/other", []byte("one"))
	if fi, err := w.Stat(); err != nil || fi.Size() != 3 || fi.Name() != "log" || fi.Mode() != 0o711|fs.ModeSetuid {
		t.Errorf("%v, %v", fi, err)
	}
	must(t, f.Remove("empty/log"))
	if _, err := w.Write([]byte("x")); err != nil {
		t.Errorf("writing to what has another name: %v", err)
	}
	must(t, f.Remove("empty/other"))
	if _, err := w.Write([]byte("x")); !errors.Is(err, ErrRemoved) {
		t.Errorf("writing to what was removed: %v", err)
	}
	must(t, w.Close())
	// os.O_CREATE goes through a link that leads nowhere.
	must(t, f.Symlink("../empty/made", "etc/dangling"))
	must(t, f.WriteFile("etc/dangling", []byte("here"), 0o644))
	wantFile(t, f, "empty/made", []byte("here"))
	if _, err := f.OpenFile("etc", os.O_RDWR, 0); !errors.Is(err, ErrIsDir) {
		t.Errorf("folder open for writing: %v", err)
	}
	finish(t, f, img)
}

// Errors are those of package os.
func TestErrors(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_csum_1k"))
	before, err := os.ReadFile(img.Name())
	must(t, err)
	f := edit(t, img)
	long := strings.Repeat("n", 256)
	for what, c := range map[string]struct{ got, want error }{
		"mkdir over a file":         {f.Mkdir("etc/passwd", 0), fs.ErrExist},
		"mkdir of the root":         {f.Mkdir(".", 0), fs.ErrExist},
		"mkdir below nothing":       {f.Mkdir("no/such", 0), fs.ErrNotExist},
		"mkdir below a file":        {f.Mkdir("etc/passwd/x", 0), ErrNotDir},
		"mkdir of a long name":      {f.Mkdir(long, 0), ErrNameTooLong},
		"mkdir outside":             {f.Mkdir("../x", 0), fs.ErrInvalid},
		"remove what is not there":  {f.Remove("no"), fs.ErrNotExist},
		"remove a full folder":      {f.Remove("etc"), ErrNotEmpty},
		"remove the root":           {f.Remove("."), fs.ErrInvalid},
		"remove all":                {f.RemoveAll("."), fs.ErrInvalid},
		"remove lost+found":         {f.Remove("lost+found"), fs.ErrPermission},
		"remove all of lost+found":  {f.RemoveAll("lost+found"), fs.ErrPermission},
		"move lost+found":           {f.Rename("lost+found", "x"), fs.ErrPermission},
		"replace lost+found":        {f.Rename("empty", "lost+found"), fs.ErrPermission},
		"write to a folder":         {f.WriteFile("etc", nil, 0), ErrIsDir},
		"write to a device":         {f.WriteFile("dev/null", nil, 0), fs.ErrInvalid},
		"write to a loop":           {f.WriteFile("deep/loop", nil, 0), ErrLoop},
		"symlink over a file":       {f.Symlink("x", "etc/passwd"), fs.ErrExist},
		"symlink to nothing":        {f.Symlink("", "etc/x"), fs.ErrInvalid},
		"symlink to far":            {f.Symlink(strings.Repeat("n", 1024), "etc/x"), fs.ErrInvalid},
		"link to a folder":          {f.Link("etc", "x"), ErrIsDir},
		"link over a file":          {f.Link("etc/passwd", "etc/empty"), fs.ErrExist},
		"rename nothing":            {f.Rename("no", "x"), fs.ErrNotExist},
		"rename into itself":        {f.Rename("deep", "deep/a/x"), fs.ErrInvalid},
		"rename file over folder":   {f.Rename("etc/passwd", "empty"), ErrIsDir},
		"rename folder over file":   {f.Rename("empty", "etc/passwd"), ErrNotDir},
		"rename over a full folder": {f.Rename("empty", "etc"), ErrNotEmpty},
		"rename over its parent":    {f.Rename("deep/a", "deep"), ErrNotEmpty},
		"rename the root":           {f.Rename(".", "x"), fs.ErrInvalid},
		"truncate a folder":         {f.Truncate("etc", 0), ErrIsDir},
		"truncate below zero":       {f.Truncate("etc/passwd", -1), fs.ErrInvalid},
		"truncate too far":          {f.Truncate("etc/passwd", 1<<62), ErrFileTooLarge},
		"chmod nothing":             {f.Chmod("no", 0), fs.ErrNotExist},
		"chown to -2":               {f.Chown("etc", -2, 0), fs.ErrInvalid},
		"chtimes too late":          {f.Chtimes("etc", time.Unix(1<<40, 0), time.Time{}), ErrTimeRange},
		"mknod of a folder":         {f.Mknod("x", fs.ModeDir, 0, 0), fs.ErrInvalid},
		"mknod out of range":        {f.Mknod("x", fs.ModeDevice, 4096, 0), fs.ErrInvalid},
		"mknod of a numbered pipe":  {f.Mknod("x", fs.ModeNamedPipe, 1, 0), fs.ErrInvalid},
		"attribute of nobody":       {f.SetXattr("etc", "foo.bar", nil), ErrUnsupported},
		"attribute of the system":   {f.SetXattr("etc", "system.data", nil), ErrUnsupported},
		"attribute of no name":      {f.SetXattr("etc", "user.", nil), ErrUnsupported},
		"attribute too large":       {f.SetXattr("etc", "user.a", make([]byte, 5000)), ErrAttrSpace},
		"no attribute":              {f.RemoveXattr("etc", "user.a"), ErrNoAttr},
		"user attribute of a link":  {f.SetXattr("bin", "user.a", nil), fs.ErrPermission},
		"no room":                   {f.WriteFile("etc/big", make([]byte, 30<<20), 0), ErrNoSpace},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, not %v", what, c.got, c.want)
		}
	}
	must(t, f.RemoveAll("no/such/thing"))
	must(t, f.Rename("etc/passwd", "etc/passwd"))
	must(t, f.Rename("usr/bin/f1024", "usr/bin/hard1"))
	must(t, f.Sync())
	after, err := os.ReadFile(img.Name())
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("an edit that was refused has left traces")
	}
	if err := openShape(t, shapeNamed(t, "ext4_el6")).Mkdir("x", 0); !errors.Is(err, ErrReadOnly) {
		t.Errorf("an edit of what is open for reading: %v", err)
	}
}

// What package os has for symbolic links themselves, and the rest of it.
func TestLinksThemselves(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f := edit(t, img)
	at := time.Unix(1234567890, 123456789).UTC()
	must(t, f.Lchown("bin", 7, 8))
	must(t, f.Lchtimes("bin", at, at))
	must(t, f.Chown("usr/bin/short", 70000, 80000))
	must(t, f.Chtimes("usr/bin/short", time.Time{}, at))
	must(t, f.Chmod("usr/bin/f60", 0o751|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky))
	must(t, f.MkdirAll("var/lib/a/b", 0o700))
	must(t, f.MkdirAll("bin", 0o700))
	if err := f.MkdirAll("etc/passwd/x", 0); !errors.Is(err, ErrNotDir) {
		t.Errorf("a folder below a file: %v", err)
	}
	if err := f.MkdirAll("etc/passwd", 0); !errors.Is(err, ErrNotDir) {
		t.Errorf("a folder in place of a file: %v", err)
	}
	f = finish(t, f, img)
	if s := stat(t, f, "bin"); s.UID != 7 || s.GID != 8 || !s.Mtime.Equal(at) || !s.Atime.Equal(at) || !s.Ctime.Equal(editTime) || s.Mode != 0o120777 {
		t.Errorf("the link: %+v", s)
	}
	if s := stat(t, f, "usr/bin/f1"); s.UID != 70000 || s.GID != 80000 || !s.Mtime.Equal(at) || s.Atime.Equal(at) {
		t.Errorf("where a link leads: %+v", s)
	}
	if s := stat(t, f, "usr/bin/f60"); s.Mode != 0o107751 {
		t.Errorf("mode %o", s.Mode)
	}
	if s := stat(t, f, "var/lib/a"); s.Mode != 0o040700 || s.Nlink != 3 || !s.Crtime.Equal(editTime) {
		t.Errorf("the folder: %+v", s)
	}
}

// broken is a device that fails after some writes.
type broken struct {
	ReadWriterAt
	left int
}

var errBroken = errors.New("the device is broken")

func (b *broken) WriteAt(p []byte, off int64) (int, error) {
	if b.left--; b.left < 0 {
		return 0, errBroken
	}
	return b.ReadWriterAt.WriteAt(p, off)
}

// After an edit that broke off nothing is synced any more.
func TestBrokenDevice(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f, err := OpenWritable(&broken{img, 1}, sizeOf(t, img), Options{Time: editTime})
	must(t, err)
	large := make([]byte, gatherBytes) // too much to be put off
	must(t, f.WriteFile("etc/a", large, 0o644))
	if err := f.WriteFile("etc/b", large, 0o644); !errors.Is(err, errBroken) {
		t.Errorf("the second write: %v", err)
	}
	for what, err := range map[string]error{"sync": f.Sync(), "edit": f.Mkdir("x", 0o755)} {
		if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "broke off") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := f.ReadFile("etc/passwd"); err != nil {
		t.Errorf("reading: %v", err)
	}
	judge(t, img.Name()) // the metadata were never written
}
