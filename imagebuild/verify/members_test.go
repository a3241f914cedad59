package verify

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// pack makes an archive of members, "name=contents".
func pack(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		name, text, _ := strings.Cut(m, "=")
		must(t, w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644, Format: tar.FormatUSTAR}))
		_, err := w.Write([]byte(text))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// Members that are missing, too many, in another order or called otherwise are told as that, and the others compared.
func TestMembers(t *testing.T) {
	own := []string{"image/", "image/kernel=k", "image/ramdisk=rr", "image/disk.tar=ddd"}
	for name, c := range map[string]struct {
		output []string
		want   []string // "where: output, rebuild"
	}{
		"same":     {own, nil},
		"missing":  {[]string{"image/", "image/kernel=k", "image/disk.tar=ddd"}, []string{`members: "image/ramdisk": not there, 2 bytes`}},
		"first":    {own[1:], []string{`members: "image/": not there, 0 bytes`}},
		"last":     {own[:3], []string{`members: the end of the archive, one more member, "image/disk.tar"`}},
		"extra":    {[]string{"image/", "image/kernel=k", "image/evil=e", "image/ramdisk=rr", "image/disk.tar=ddd"}, []string{`members: "image/evil": 1 bytes, not there`}},
		"behind":   {append(slices.Clone(own), "image/evil=e"), []string{`members: one more member, "image/evil", the end of the archive`}},
		"both":     {[]string{"image/", "image/evil=e", "image/kernel=k", "image/disk.tar=ddX"}, []string{`members: "image/evil": 1 bytes, not there`, `members: "image/ramdisk": not there, 2 bytes`, `contents of "image/disk.tar": "X", "d"`}},
		"reversed": {[]string{"image/", "image/ramdisk=rr", "image/kernel=k", "image/disk.tar=ddd"}, []string{"order of the members, whose contents are not compared: image/, image/ramdisk, image/kernel, image/disk.tar, image/, image/kernel, image/ramdisk, image/disk.tar"}},
		"renamed":  {[]string{"image/", "image/vmlinuz=k", "image/ramdisk=rr", "image/disk.tar=ddd"}, []string{`header of "image/kernel": name: "image/vmlinuz", "image/kernel"`, `header of "image/kernel": checksum: `}},
		"twice":    {[]string{"image/", "image/kernel=k", "image/kernel=X", "image/ramdisk=rr", "image/disk.tar=ddd"}, []string{"order of the members"}},
	} {
		t.Run(name, func(t *testing.T) {
			output := pack(t, c.output...)
			f := &found{}
			tb := &tarball{found: f, listOutput: func() ([]string, error) { return namesOf(bytes.NewReader(output)) }}
			var err error
			tb.members, err = namesOf(bytes.NewReader(pack(t, own...)))
			must(t, err)
			must(t, tb.compare(ctx, bytes.NewReader(output), bytes.NewReader(pack(t, own...))))
			var got []string
			for _, d := range f.list {
				got = append(got, fmt.Sprintf("%s: %s, %s", d.Where, d.Output, d.Rebuild))
			}
			ok := len(got) == len(c.want)
			for i := range min(len(got), len(c.want)) {
				ok = ok && strings.HasPrefix(got[i], c.want[i])
			}
			if !ok {
				t.Errorf("%q instead of %q", got, c.want)
			}
			if f.unfinished != (name == "reversed" || name == "twice") {
				t.Errorf("unfinished: %v", f.unfinished)
			}
		})
	}
}

// What lies outside of what is packed has a place, too.
func TestOutsideThePacked(t *testing.T) {
	for name, c := range map[string]struct {
		change             func([]byte) []byte
		where, output, own string // own "": any
		cause              string
	}{
		"zeros behind": {func(b []byte) []byte { return append(b, make([]byte, 100)...) }, "behind the end of the compressed data", "100 bytes more", "the end", "bytes were put behind"},
		"junk behind":  {func(b []byte) []byte { return append(b, 'x') }, "behind the end of the compressed data", "1 byte more", "the end", "bytes were put behind"},
		"cut off":      {func(b []byte) []byte { return b[:len(b)-1] }, "end of the file", "it ends at byte ", "1 byte more", "the output is damaged"},
		"empty":        {func([]byte) []byte { return nil }, "end of the file", "it ends at byte 0", "", "the output is damaged"},
		"length":       {func(b []byte) []byte { b[len(b)-1]++; return b }, "gzip trailer: length", "", "", "the output is damaged"},
		"checksum":     {func(b []byte) []byte { b[len(b)-8]++; return b }, "gzip trailer: CRC-32", "0x", "0x", "the output is damaged"},
		"magic":        {func(b []byte) []byte { b[0]++; return b }, "gzip header: magic number", "208b", "1f8b", "the output is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "ext3")
			b, err := os.ReadFile(s.path("lb-production.tgz"))
			must(t, err)
			s.write(t, "lb-production.tgz", c.change(b))
			r := s.verify(t, Options{})
			if r.Same || len(r.Differences) != 1 {
				t.Fatalf("%+v", r.Differences)
			}
			d := r.Differences[0]
			if d.Where != c.where || !strings.HasPrefix(d.Output, c.output) || !strings.HasPrefix(d.Rebuild, c.own) || d.Output == d.Rebuild {
				t.Errorf("%+v", d)
			}
			if !slices.ContainsFunc(r.Causes, func(x Cause) bool { return strings.HasPrefix(x.What, c.cause) }) || slices.ContainsFunc(r.Causes, func(x Cause) bool { return strings.HasPrefix(x.What, "packed again") }) {
				t.Errorf("%+v", r.Causes)
			}
		})
	}
}
