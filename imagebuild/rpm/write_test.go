package rpm

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWriteJudges has rpm's own tools accept what Write makes and read from it
// what was put in.
func TestWriteJudges(t *testing.T) {
	needTools(t, "rpm", "rpm2cpio", "cpio", "sh")
	dir := t.TempDir()
	file := filepath.Join(dir, "small.rpm")
	if err := os.WriteFile(file, writeBytes(t, small()), 0o644); err != nil {
		t.Fatal(err)
	}
	verbose := run(t, dir, "rpm", "-Kv", file)
	for _, want := range []string{"Header SHA256 digest: OK", "Header SHA1 digest: OK", "Payload SHA256 digest: OK", "MD5 digest: OK"} {
		if !strings.Contains(verbose, want) {
			t.Errorf("rpm -Kv does not say %q:\n%s", want, verbose)
		}
	}
	list := run(t, dir, "rpm", "-qp", "--qf",
		"[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEMTIMES} %{FILEFLAGS:fflags} %{FILELINKTOS} %{FILESIZES}\n]", file)
	want := `/etc/small.conf 100640 root:adm 1400000000 cn  12
/usr/bin/small 104755 root:root 1400000000   10
/usr/share/doc/small/README 100644 root:root 1400000000 d  8
/usr/share/small 40755 root:root 1400000000   4096
/usr/share/small/data 100644 root:root 1400000000   80000
/usr/share/small/empty 100600 daemon:root 1399996400   0
/usr/share/small/link 120777 root:root 1400000000  data 4
`
	if list != want {
		t.Errorf("rpm lists\n%swant\n%s", list, want)
	}
	info := run(t, dir, "rpm", "-qp", "--qf",
		"%{NEVRA}|%{SUMMARY}|%{DESCRIPTION}|%{LICENSE}|%{GROUP}|%{URL}|%{BUILDTIME}|%{BUILDHOST}|%{ARCHIVESIZE}|%{SIZE}\n"+
			"[%{REQUIRENEVRS}\n][%{PROVIDENEVRS}\n]%{POSTIN}|%{POSTINPROG}\n", file)
	want = `small-1.1.0-0.212.el6.x86_64|A small package|Two lines
of description.|BSD|Applications/System|http://example.com/|1400000000|localhost|81092|80034
euca2ools >= 3.1.0
python-boto
rpmlib(CompressedFileNames) <= 3.0.4-1
rpmlib(FileDigests) <= 4.6.0-1
rpmlib(PayloadFilesHavePrefix) <= 4.0-1
small = 1.1.0-0.212.el6
echo installed|/bin/sh
`
	if info != want {
		t.Errorf("rpm says\n%swant\n%s", info, want)
	}
	run(t, dir, "rpm", "-qpi", file)
	names := run(t, dir, "sh", "-c", "rpm2cpio small.rpm | cpio -t --quiet")
	want = "./etc/small.conf\n./usr/bin/small\n./usr/share/doc/small/README\n./usr/share/small\n" +
		"./usr/share/small/data\n./usr/share/small/empty\n./usr/share/small/link\n"
	if names != want {
		t.Errorf("cpio lists\n%swant\n%s", names, want)
	}
	size := run(t, dir, "sh", "-c", "rpm2cpio small.rpm | wc -c")
	if strings.TrimSpace(size) != "81092" {
		t.Errorf("the archive has %s bytes", strings.TrimSpace(size))
	}
	run(t, dir, "sh", "-c", "rpm2cpio small.rpm | cpio -id --quiet")
	if got := readFile(t, filepath.Join(dir, "usr/share/small/data")); !bytes.Equal(got, small().Files[0].Content) {
		t.Error("cpio extracts other content than was written")
	}
}

// TestWriteInstalls installs a written package with rpm into a folder.
func TestWriteInstalls(t *testing.T) {
	needTools(t, "rpm")
	if os.Geteuid() != 0 {
		t.Skip("TestWriteInstalls needs root: rpm --root changes the root folder")
	}
	dir, root := t.TempDir(), t.TempDir()
	s := small()
	s.PostInstall = "" // the folder has no shell
	file := filepath.Join(dir, "small.rpm")
	if err := os.WriteFile(file, writeBytes(t, s), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--nodeps", "--ignorearch", "-i", file)
	if got := run(t, dir, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-q", "small"); got != "small-1.1.0-0.212.el6.x86_64\n" {
		t.Errorf("rpm -q: %s", got)
	}
	if got := readFile(t, filepath.Join(root, "usr/share/small/link")); !bytes.Equal(got, s.Files[0].Content) {
		t.Error("rpm installs other content than was written")
	}
	if out := run(t, dir, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "-V", "--nodeps", "--nouser", "--nogroup", "small"); out != "" {
		t.Errorf("rpm -V: %s", out)
	}
}

// TestWriteSameBytes: the order of files, processors and the zone do not matter.
func TestWriteSameBytes(t *testing.T) {
	want := writeBytes(t, small())
	s := small()
	slices.Reverse(s.Files)
	s.BuildTime = s.BuildTime.In(time.FixedZone("east", 9*3600)).Add(300 * time.Millisecond)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !bytes.Equal(writeBytes(t, s), want) {
		t.Error("the same spec gives other bytes")
	}
	s.Files[0].Content = []byte("other")
	if bytes.Equal(writeBytes(t, s), want) {
		t.Error("another spec gives the same bytes")
	}
}

// TestWriteVerifies: the reader verifies every digest that Write puts in.
func TestWriteVerifies(t *testing.T) {
	p := mustOpen(t, writeBytes(t, small()))
	got, digests, err := contents(p)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range digests {
		lines = append(lines, d.String())
	}
	want := []string{"header SHA-1: verified", "header SHA-256: verified", "header and payload size: verified",
		"header and payload MD5: verified", "payload SHA-256: verified", "uncompressed payload size: verified", "files SHA-256: verified"}
	if !slices.Equal(lines, want) {
		t.Errorf("digests\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range small().Files {
		if c, ok := got[f.Path]; !ok || c != string(f.Content) {
			t.Errorf("%s: %d bytes read, %d written", f.Path, len(c), len(f.Content))
		}
	}
	if len(got) != len(small().Files) {
		t.Errorf("%d files", len(got))
	}
}

func TestWriteWithoutFiles(t *testing.T) {
	needTools(t, "rpm")
	s := small()
	s.Files = nil
	b := writeBytes(t, s)
	file := filepath.Join(t.TempDir(), "empty.rpm")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "", "rpm", "-K", file)
	if out := run(t, "", "rpm", "-qpl", file); out != "(contains no files)\n" {
		t.Errorf("rpm -qpl: %s", out)
	}
	p := mustOpen(t, b)
	if got, _, err := contents(p); err != nil || len(got) != 0 {
		t.Errorf("contents: %v, %v", got, err)
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		change func(*Spec)
		want   string
	}{
		{func(s *Spec) { s.Name = "" }, `package : "" is no name: use letters, digits and ._+-`},
		{func(s *Spec) { s.Name = "../x" }, "is no name"},
		{func(s *Spec) { s.Version = "1-2" }, `"1-2" is no version`},
		{func(s *Spec) { s.Release = "" }, "is no release"},
		{func(s *Spec) { s.Summary = "" }, "it has no summary: set one"},
		{func(s *Spec) { s.BuildTime = time.Time{} }, "does not lie between 1970 and 2038"},
		{func(s *Spec) { s.Vendor = "a\x00b" }, "has a zero byte"},
		{func(s *Spec) { s.Requires[0].Op = "=>" }, `dependency "euca2ools => 3.1.0": an operator`},
		{func(s *Spec) { s.Requires[1].Op = "=" }, "belong together"},
		{func(s *Spec) { s.Files[0].Path = "usr/x" }, `file "usr/x": the path is not absolute and clean`},
		{func(s *Spec) { s.Files[0].Path = "/usr/../x" }, "not absolute and clean"},
		{func(s *Spec) { s.Files[0].Path = "/" }, "or it is the root"},
		{func(s *Spec) { s.Files[0].Path = s.Files[1].Path }, "is listed twice"},
		{func(s *Spec) { s.Files[0].Flags = FlagSpec }, "flags spec cannot be written"},
		{func(s *Spec) { s.Files[0].Flags = FlagGhost }, "a ghost is not contained in the package"},
		{func(s *Spec) { s.Files[0].Data = bytes.NewReader(nil) }, "choose one"},
		{func(s *Spec) { s.Files[0].Size = 1 }, "choose one"},
		{func(s *Spec) { s.Files[2].Data = bytes.NewReader(nil) }, "a folder has no content"},
		{func(s *Spec) { s.Changelog = []Change{{Name: "x"}} }, "changelog: "},
		{func(s *Spec) { s.Changelog = []Change{{Time: built}} }, `changelog: "" has no name`},
		{func(s *Spec) { s.Files[0].Mode |= os.ModeNamedPipe }, "is no regular file, folder or symbolic link"},
		{func(s *Spec) { s.Files[2].Content = []byte("x") }, "a folder has no content"},
		{func(s *Spec) { s.Files[3].Link = "" }, "a symbolic link has a target"},
		{func(s *Spec) { s.Files[0].ModTime = time.Unix(1<<32, 0) }, "time: "},
		{func(s *Spec) {
			s.Files[0].Content, s.Files[0].Data, s.Files[0].Size = nil, zeros{}, maxArchive/2
			s.Files[1].Content, s.Files[1].Data, s.Files[1].Size = nil, zeros{}, maxArchive/2
		}, "more than packages hold that every rpm reads (4 GiB)"},
		{func(s *Spec) { s.Files[0].Content, s.Files[0].Data, s.Files[0].Size = nil, zeros{}, 1<<62 }, "more than packages hold"},
		{func(s *Spec) { s.Files[0].Content, s.Files[0].Data, s.Files[0].Size = nil, bytes.NewReader(nil), 1 }, "it has 0 bytes, and not the 1 that are to be packed"},
	} {
		s := small()
		c.change(&s)
		var b bytes.Buffer
		err := Write(&b, s)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
		if b.Len() > 0 {
			t.Errorf("%v: %d bytes were written", err, b.Len())
		}
	}
}

// zeros is a content without an end.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}
