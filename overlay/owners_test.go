package overlay

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseOwners(t *testing.T) {
	got, err := parseOwners([]byte("# comment\n\n a/b  servo:servo \r\n/my file.txt\t7:8\n./c/ :wheel\na b servo 0440\nd servo 6700 \n0644 root\n" +
		"** app\nx/**\tapp:app\ne 755 1:2\n"))
	want := []string{"3 a/b servo:servo -", "4 my file.txt 7:8 -", "5 c :wheel -", "6 a b servo: -r--r-----", "7 d servo: ugrwx------", "8 0644 root: -",
		"9 ** app: -", "10 x/** app:app -", "11 e 755 1:2 -"}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		mode := "-"
		if got[i].mode != nil {
			mode = got[i].mode.String()
		}
		if s := fmt.Sprintf("%d %s %s %s", got[i].line, got[i], got[i].owner, mode); s != want[i] {
			t.Errorf("%s, want %s", s, want[i])
		}
	}
	for in, want := range map[string]string{"a\n": "1: ", "\na b:c:d\n": "2: owner", "a b/c": "1: owner", "a/** b 0644": "1: one mode", "b 0644\n0644": "2: "} {
		if _, err := parseOwners([]byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// The line that is nearest to a file counts, in whatever order they stand.
func TestOwnersPatterns(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/b/c", "a/d", "e", "opt/x"} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("x", filepath.Join(dir, "opt/l")); err != nil {
		t.Fatal(err)
	}
	write := func(text string) (*Overlay, error) {
		if err := os.WriteFile(filepath.Join(dir, OwnersFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return OpenOverlay(dir, OverlayOptions{})
	}
	v, err := write("** 1:1\na/b/** 3:3\na/** 2:2\na/b/c 4:4 0440\nopt 5:5 6700\n")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "1:1", "a/b": "2:2", "a/b/c": "4:4 0440", "a/d": "2:2", "e": "1:1", "opt": "5:5 6700", "opt/x": "1:1", "opt/l": "1:1"}
	for _, e := range v.entries {
		got := e.owner.String()
		if e.given != nil {
			got += fmt.Sprintf(" %04o", unixMode(*e.given))
		}
		if got != want[e.name] {
			t.Errorf("%s: %s, want %s", e.name, got, want[e.name])
		}
		if e.given != nil && e.permissions() != *e.given || e.given == nil && e.mode.IsRegular() && e.permissions() != 0o600 {
			t.Errorf("%s: mode %v", e.name, e.permissions())
		}
	}
	if len(v.entries) != len(want) {
		t.Errorf("%d entries", len(v.entries))
	}
	for text, want := range map[string]string{
		"f/** 1:1\n":             ".owners:1: f is no folder of the overlay",
		"e/** 1:1\n":             ".owners:1: e is no folder of the overlay",
		"a/** 1:1\n/a/** 1:1":    ".owners:2: a/** stands twice",
		"opt/l 1:1 0644":         ".owners:1: opt/l is a symbolic link, which has no mode",
		"a/* 1:1":                ".owners:1: a/* is not in the overlay",
		"a/b/c 1:1\n\na/b/c 1:1": ".owners:3: a/b/c stands twice",
		"a/b/c 1:1 0999":         `.owners:1: mode "0999": write three or four octal digits`,
		"a/b/c 1:1 00644":        `.owners:1: mode "00644": write three or four octal digits`,
	} {
		if _, err := write(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestParseMode(t *testing.T) {
	for in, want := range map[string]fs.FileMode{"0644": 0o644, "644": 0o644, "6700": fs.ModeSetuid | fs.ModeSetgid | 0o700, "1777": fs.ModeSticky | 0o777, "000": 0} {
		if got, err := ParseMode(in); err != nil || got != want || unixMode(got) != unixMode(want) {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "64", "0o644", "00644", "0648", "-644", "u+x"} {
		if _, err := ParseMode(in); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
	for m := range uint32(0o10000) {
		if unixMode(FileMode(m)) != m {
			t.Fatalf("%o", m)
		}
	}
}

func FuzzParseOwners(f *testing.F) {
	f.Add([]byte("a b\n# c\nd e:f\n"))
	f.Add([]byte("a\tb\x00:\xff"))
	f.Add([]byte("a\t: "))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := parseOwners(text)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.owner == (Owner{}) || strings.HasPrefix(l.name, "/") || l.line < 1 || l.line > strings.Count(string(text), "\n")+1 {
				t.Fatalf("%q: %+v", text, l)
			}
		}
	})
}
