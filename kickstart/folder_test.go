package kickstart

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestReadFile(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write("outside.ks", "skipx\n")
	write("ks/parts/a.ks", "lang\n")
	for link, target := range map[string]string{"ks/link.ks": "../outside.ks", "ks/abs.ks": filepath.Join(folder, "outside.ks"), "ks/in.ks": "parts/a.ks"} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "ks/pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	name := write("ks/lb.ks", strings.Join([]string{"../outside.ks", "link.ks", "abs.ks", "/etc/passwd", "http://x/y", "pipe", "parts", "none", "in.ks"}, "\n"))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	write("ks/lb.ks", "%include "+strings.ReplaceAll(string(text), "\n", "\n%include ")+"\n")
	f, err := ReadFile(name, 6)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1:10 include-not-read", "2:10 include-not-read", "3:10 include-not-read", "4:10 include-not-read?", "5:10 include-not-read?", "6:10 include-not-read",
		"7:10 include-not-read", "8:10 include-not-read", "1:1 missing-argument",
	}
	if got := told(f); !slices.Equal(got, want) || len(f.Commands("skipx")) != 0 || f.Problems[8].File != filepath.Join(folder, "ks/in.ks") {
		t.Errorf("%v, not %q", f.Problems, want)
	}
	for _, p := range f.Problems {
		if strings.Contains(p.Message, folder) {
			t.Errorf("the path stands in %q again", p.Message)
		}
	}
	if _, err := ReadFile(filepath.Join(folder, "none"), 0); !os.IsNotExist(err) {
		t.Errorf("none: %v", err)
	}
	if _, err := ParseFrom(strings.NewReader(strings.Repeat("a", MaxFile+1)), "-", 0); err == nil {
		t.Error("too large a file is taken")
	}
}
