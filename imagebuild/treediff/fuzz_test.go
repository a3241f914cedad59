package treediff_test

import (
	"bytes"
	"context"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

// Two values that differ have texts that differ, whatever they are.
func FuzzAttributes(f *testing.F) {
	v2 := "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	f.Add([]byte(v2), []byte(v2[:19]+"\x01"))
	f.Add([]byte(v2+"\x00\x00\x00\x00"), []byte(v2))
	f.Add([]byte("\x02\x00\x00\x00\x01\x00\x07\x00\xff\xff\xff\xff"), []byte("\x02\x00\x00\x00"))
	f.Add([]byte("label\x00"), []byte("label"))
	f.Add(bytes.Repeat([]byte{1}, 100), bytes.Repeat([]byte{1}, 101))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, b := treetest.Fill(map[string]string{"f": ""}), treetest.Fill(map[string]string{"f": ""})
		names := []string{"security.capability", "security.selinux", "system.posix_acl_access", "user.other"}
		for _, n := range names {
			must(t, a.SetXattr("f", n, x))
			must(t, b.SetXattr("f", n, y))
		}
		list, _ := compare(t, treediff.Side{Tree: a}, treediff.Side{Tree: b}, treediff.Options{})
		if bytes.Equal(x, y) {
			if len(list) != 0 {
				t.Fatalf("%s", asJSON(t, list))
			}
			return
		}
		if len(list) != 1 || len(list[0].A.Xattrs) != len(names) {
			t.Fatalf("%s", asJSON(t, list))
		}
		for i, p := range list[0].A.Xattrs {
			if q := list[0].B.Xattrs[i]; p.Name != q.Name || p.Value == q.Value {
				t.Errorf("%x and %x are both %+v", x, y, p)
			}
		}
	})
}

// A pattern matches what a regular expression made of it does.
func FuzzIgnore(f *testing.F) {
	for _, s := range [][2]string{{"a/**/b", "a/b"}, {"/a/**", "a/x/y"}, {"**/a", "b/a"}, {"*.c", "x/y.c"}, {"a/**/**/b/?", "a/q/b/c"}, {"**/a/**/a/b", "a/a/a/b"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if treediff.CheckIgnore([]string{pattern}) != nil || strings.ContainsAny(pattern, `[]\`) || len(pattern) > 40 || len(name) > 60 || !utf8.ValidString(pattern) || !utf8.ValidString(name) {
			return
		}
		if name = strings.TrimPrefix(path.Clean("/"+name), "/"); name == "" {
			return
		}
		tree := treetest.NewMemory()
		parts := strings.Split(name, "/")
		want := false
		for i := range parts {
			sub := strings.Join(parts[:i+1], "/")
			if i == len(parts)-1 {
				must(t, tree.WriteFile(sub, nil, 0o644))
			} else {
				must(t, tree.Mkdir(sub, 0o755))
			}
			want = want || expression(pattern).MatchString("/"+sub)
		}
		list, _ := compare(t, treediff.Side{Tree: tree}, treediff.Side{Tree: treetest.NewMemory()}, treediff.Options{Ignore: []string{pattern}})
		told := slices.ContainsFunc(list, func(d *treediff.Difference) bool { return d.Path == "/"+name })
		if told == want {
			t.Errorf("pattern %q, name %q: told %v", pattern, name, told)
		}
	})
}

func expression(pattern string) *regexp.Regexp {
	trimmed := strings.Trim(pattern, "/")
	s := `(?s)^`
	if !strings.Contains(pattern, "/") {
		s += `(?:/[^/]+)*`
	}
	parts := strings.Split(trimmed, "/")
	for i, p := range parts {
		switch {
		case p == "**" && i == len(parts)-1:
			s += `/[^/]+`
		case p == "**":
			s += `(?:/[^/]+)*`
		default:
			s += "/" + strings.NewReplacer(`\*`, `[^/]*`, `\?`, `[^/]`).Replace(regexp.QuoteMeta(p))
		}
	}
	return regexp.MustCompile(s + `$`)
}

// Whatever the bytes of an image, a comparison ends, and gives differences or an error.
func FuzzDamagedImage(f *testing.F) {
	a, b, _ := pairOfTrees(f, 3)
	f.Add(uint32(0), []byte{})
	f.Add(uint32(1024*40), bytes.Repeat([]byte{0xff}, 64))
	f.Add(uint32(1024*2), []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		if len(with) > 4096 {
			return
		}
		bad := slices.Clone(b)
		copy(bad[int(at)%len(bad):], with)
		tree, err := ext.Open(bad, diskSize)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_, err = treediff.Compare(ctx, a.open(t), treediff.Side{Tree: tree}, treediff.Options{Whole: true}, func(*treediff.Difference) error { return nil })
		if ctx.Err() != nil {
			t.Errorf("it does not end: %v", err)
		}
	})
}
