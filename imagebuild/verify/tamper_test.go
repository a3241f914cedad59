package verify

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

func TestSame(t *testing.T) {
	s := newShop(t, "ext3")
	r := s.verify(t, Options{})
	if !r.Same || r.Profile != "production" || r.ProfileFrom != "the record" || r.Output.SHA256 != r.Rebuild.SHA256 || r.Record == nil || len(r.Keys)+len(r.Causes)+len(r.Differences) > 0 {
		t.Errorf("%+v", r)
	}
	// Without a record the profile comes from the name, the time from the header.
	must(t, os.Remove(s.path("lb-production.tgz.json")))
	r = s.verify(t, Options{})
	if !r.Same || r.ProfileFrom != "the output's name" || r.TimeFrom != "the output's own header" || r.Record != nil {
		t.Errorf("%+v", r)
	}
	// Another version may make the same.
	if r = s.verify(t, Options{Output: s.path("lb-development.tgz"), Version: "v2"}); !r.Same || len(r.Keys) != 1 || r.Keys[0] != (KeyDifference{"tool.version", "v1", "v2"}) {
		t.Errorf("%+v", r)
	}
}

// A byte of each kind of structure is changed at the place that e2fsprogs tell, and
// the report names exactly these.
func TestEachStructureIsNamed(t *testing.T) {
	for _, fsType := range []string{"ext2", "ext3", "ext4"} {
		t.Run(fsType, func(t *testing.T) {
			s := newShop(t, fsType)
			var want []string
			s.change(t, func(disk string) {
				o := newOracle(t, disk)
				f, err := os.OpenFile(disk, os.O_RDWR, 0)
				must(t, err)
				defer f.Close()
				flip := func(off int64, name string) {
					b := make([]byte, 1)
					_, err := f.ReadAt(b, off)
					must(t, err)
					b[0] ^= 0x01
					_, err = f.WriteAt(b, off)
					must(t, err)
					want = append(want, fmt.Sprintf("%d %s", off, name))
				}
				motd, root := o.inode("/etc/motd"), o.inode("/") // all is asked before anything is changed
				text, dir := o.block("/etc/motd", 0), o.block("/", 0)
				flip(100, "MBR: boot code")
				flip(440, "MBR: disk identifier")
				flip(5000, "gap between partitions")
				flip(fsStart+10, "partition 1: boot sector")
				flip(fsStart+1024+0x34, "partition 1: superblock: s_mnt_count")
				flip(fsStart+1024+0x78, "partition 1: superblock: s_volume_name")
				flip(o.super(`Group descriptors at (\d+)`)+0x0C, "partition 1: descriptor of group 0: bg_free_blocks_count_lo")
				flip(o.super(`Block bitmap at (\d+)`)+200, "partition 1: block bitmap of group 0: blocks ")
				flip(o.super(`Inode bitmap at (\d+)`)+1, "partition 1: inode bitmap of group 0: inodes ")
				flip(motd+0x10, "partition 1: /etc/motd (inode N): i_mtime")
				flip(motd, "partition 1: /etc/motd (inode N): i_mode")
				if fsType == "ext4" {
					flip(motd+0x28+12+4, "partition 1: /etc/motd (inode N): i_block, extent 0, ee_len")
				} else {
					flip(motd+0x28, "partition 1: /etc/motd (inode N): i_block[0]")
				}
				flip(motd+0x02, "partition 1: /etc/motd (inode N): i_uid")
				flip(root+0x08, "partition 1: / (inode N): i_atime")
				flip(text+3, "partition 1: contents of /etc/motd (inode N): byte 3")
				flip(text+500, "partition 1: room behind the contents of /etc/motd (inode N): byte 500")
				flip(dir+4, `partition 1: directory of / (inode N): entry ".", rec_len`)
				flip(o.number(`(?m)^ +Free blocks: .*?(\d+)-\d+\s*$`, o.run("dumpe2fs", o.img))*o.bs+fsStart+7, "partition 1: free block")
				if fsType != "ext2" {
					flip(o.block("<8>", 0)+0x1B, "partition 1: journal (inode N): superblock, s_sequence")
				}
			})
			r := s.verify(t, Options{})
			slices.SortFunc(want, func(a, b string) int { return int(number(a) - number(b)) })
			var got []string
			for _, d := range r.Differences {
				got = append(got, fmt.Sprintf("%d %s", d.Offset, regexp.MustCompile(`inode \d+\)`).ReplaceAllString(d.Where, "inode N)")))
				if d.Output == d.Rebuild || d.Bytes != 1 {
					t.Errorf("%s: %q and %q, %d bytes", d.Where, d.Output, d.Rebuild, d.Bytes)
				}
			}
			if r.Same || len(got) != len(want) || r.Counts.Places != len(want) || r.Counts.Bytes != int64(len(want)) {
				t.Errorf("same: %v, %d places, %d bytes instead of %d", r.Same, r.Counts.Places, r.Counts.Bytes, len(want))
			}
			for i := range min(len(got), len(want)) {
				if !strings.HasPrefix(got[i], want[i]) {
					t.Errorf("%s instead of %s", got[i], want[i])
				}
			}
			if len(r.Causes) == 0 || r.Causes[0].What != "the output was changed after it was built" || !r.Causes[0].Certain {
				t.Errorf("causes: %+v", r.Causes)
			}
		})
	}
}

func number(s string) (n int64) {
	_, _ = fmt.Sscan(s, &n) // it begins with one
	return n
}

// debugfs changes a field that has a value in words.
func TestValuesInWords(t *testing.T) {
	s := newShop(t, "ext3")
	s.change(t, func(disk string) {
		o := newOracle(t, disk)
		o.run("debugfs", "-w", "-R", "sif /etc/motd mtime @1234567890", o.img)
	})
	r := s.verify(t, Options{})
	i := slices.IndexFunc(r.Differences, func(d Difference) bool { return d.Field == "i_mtime" })
	if i < 0 {
		t.Fatalf("%+v", r.Differences)
	}
	d := r.Differences[i]
	if d.Output != "2009-02-13T23:31:30Z" || d.Rebuild != "2014-05-13T16:53:20Z" || len(d.Paths) != 1 || d.Paths[0] != "/etc/motd" {
		t.Errorf("%+v", d)
	}
}

// repack changes the tarball that the output unpacks to.
func (s shop) repack(t *testing.T, change func(tar []byte) []byte, pack func([]byte) []byte) {
	t.Helper()
	name := s.path("lb-production.tgz")
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(t, err)
	b, err := io.ReadAll(z)
	must(t, err)
	s.write(t, "lb-production.tgz", pack(change(b)))
}

func plainGzip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.OS = 3          // Unix, as ours
	_, _ = z.Write(b) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

func TestAroundTheDisk(t *testing.T) {
	header := func(off int, text string) func([]byte) []byte {
		return func(b []byte) []byte {
			copy(b[off:], text)
			sum := 0
			copy(b[148:156], "        ")
			for _, c := range b[:512] {
				sum += int(c)
			}
			copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
			return b
		}
	}
	same := func(b []byte) []byte { return b }
	for name, c := range map[string]struct {
		change        func([]byte) []byte
		pack          func([]byte) []byte
		where         []string
		out, own      string
		cause, unread string
	}{
		"mtime":    {header(136, fmt.Sprintf("%011o", 1234567890)), plainGzip, []string{`header of "eucalyptus-load-balancer-image.img": mtime`, ": checksum"}, "2009-02-13T23:31:30Z", "2014-05-13T16:53:20Z", "the output was changed", ""},
		"mode":     {header(100, "0000600"), plainGzip, []string{": mode", ": checksum"}, "0600", "0644", "the output was changed", ""},
		"uname":    {header(265, "nobody\x00"), plainGzip, []string{": checksum", ": uname"}, "", "", "", ""},
		"trailer":  {func(b []byte) []byte { return append(b, make([]byte, 10240)...) }, plainGzip, []string{"end of the archive"}, "", "", "", ""},
		"repacked": {same, plainGzip, []string{"compressed data: what it unpacks to is the same"}, "", "", "packed again", ""},
		"gzip -9n": {same, gzipProgram(t, "-9n"), []string{"gzip header: extra flags"}, "2", "", "packed again", ""},
		"cut off":  {same, func(b []byte) []byte { b = plainGzip(b); return b[:len(b)/2] }, nil, "", "", "", "cut off"},
		"checksum": {same, func(b []byte) []byte { b = plainGzip(b); b[len(b)-6] ^= 1; return b }, nil, "", "", "", "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "ext3")
			s.repack(t, c.change, c.pack)
			r := s.verify(t, Options{})
			if r.Same {
				t.Fatal("it is said to be the same")
			}
			for _, w := range c.where {
				if !slices.ContainsFunc(r.Differences, func(d Difference) bool { return strings.HasSuffix(d.Where, w) }) {
					t.Errorf("no %s in %+v", w, r.Differences)
				}
			}
			if len(c.where) == 1 && c.unread == "" && len(r.Differences) != 1 && name != "gzip -9n" {
				t.Errorf("%+v", r.Differences)
			}
			if c.out != "" && r.Differences[0].Output != c.out || c.own != "" && r.Differences[0].Rebuild != c.own {
				t.Errorf("%+v", r.Differences[0])
			}
			if !strings.Contains(r.Unreadable, c.unread) || c.unread == "" && r.Unreadable != "" {
				t.Errorf("unreadable: %q", r.Unreadable)
			}
			if c.cause != "" && !slices.ContainsFunc(r.Causes, func(x Cause) bool { return strings.HasPrefix(x.What, c.cause) }) {
				t.Errorf("causes: %+v", r.Causes)
			}
		})
	}
}

// gzipProgram packs with the program.
func gzipProgram(t *testing.T, level string) func([]byte) []byte {
	program := needs.Program(t, "gzip")
	return func(b []byte) []byte {
		cmd := exec.Command(program, level, "-c")
		cmd.Stdin = bytes.NewReader(b)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}
