package layout_test

import (
	"os"
	"regexp"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// TestTimes writes times into inodes and has debugfs read them.
func TestTimes(t *testing.T) {
	for name, c := range map[string]struct {
		size string
		good []string
		bad  []string
	}{
		"inode of 256 bytes": {"256",
			[]string{"1901-12-13T20:45:52Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2038-01-19T03:14:07Z",
				"2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z", "2242-03-16T12:56:32Z", "2446-05-10T22:38:55Z", "2026-05-06T07:08:09.123456789Z"},
			[]string{"1901-12-13T20:45:51Z", "2446-05-10T22:38:56Z"}},
		"inode of 128 bytes": {"128",
			[]string{"1901-12-13T20:45:52Z", "1969-12-31T23:59:59Z", "2038-01-19T03:14:07Z"},
			[]string{"1901-12-13T20:45:51Z", "2038-01-19T03:14:08Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			needTools(t, "mke2fs", "debugfs")
			path := t.TempDir() + "/image"
			must(t, os.WriteFile(path, nil, 0o644))
			must(t, os.Truncate(path, 1<<20))
			run(t, 0, "", "mke2fs", "-q", "-F", "-b", "1024", "-I", c.size, "-O", "none,extra_isize", path)
			for _, text := range c.good {
				want, err := time.Parse(time.RFC3339Nano, text)
				must(t, err)
				im := openImage(t, path)
				i := im.inode(layout.InodeRoot)
				// All four differ, so that none is taken for another.
				atime, ctime, crtime := time.Unix(1e9, 0), time.Unix(1.1e9, 0), time.Unix(1.2e9, 0)
				if !i.SetMtime(want) || !i.SetAtime(atime) || !i.SetCtime(ctime) || !i.SetCrtime(crtime) {
					t.Fatalf("%s: cannot be set", text)
				}
				read := i.Mtime()
				if c.size == "128" {
					if !i.Crtime().IsZero() {
						t.Error("a short inode has a time of creation")
					}
				} else if !i.Crtime().Equal(crtime) {
					t.Errorf("crtime %v", i.Crtime())
				}
				if !read.Equal(want) || !i.Atime().Equal(atime) || !i.Ctime().Equal(ctime) {
					t.Errorf("%s: reads as %v", text, read)
				}
				must(t, os.WriteFile(path, im.data, 0o644))
				out := run(t, 0, "", "debugfs", "-R", "stat <2>", path)
				for field, v := range map[string]time.Time{"mtime": want, "atime": atime, "ctime": ctime} {
					m := regexp.MustCompile(`\b` + field + `: \S+ -- (.*)`).FindStringSubmatch(out)
					if m == nil || m[1] != v.UTC().Format(time.ANSIC) {
						t.Errorf("%s: debugfs reads %s as %q", text, field, m)
					}
				}
			}
			im := openImage(t, path)
			i := im.inode(layout.InodeRoot)
			before := i.Mtime()
			for _, text := range c.bad {
				v, err := time.Parse(time.RFC3339, text)
				must(t, err)
				if i.SetMtime(v) || !i.Mtime().Equal(before) {
					t.Errorf("%s: was set", text)
				}
			}
		})
	}
}
