package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string, o Options) error {
	t.Helper()
	f, err := Create(path, o)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return f.Commit()
}

func names(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := write(t, path, "one", Options{}); err != nil {
		t.Fatal(err)
	}
	if err := write(t, path, "two", Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over a file without Overwrite: %v", err)
	}
	if err := write(t, path, "three", Options{Overwrite: true, Perm: 0o600}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "three" {
		t.Errorf("got %q, %v", got, err)
	}
	if st, _ := os.Stat(path); st.Mode() != 0o600 {
		t.Errorf("mode %v", st.Mode())
	}
	if got := names(t, dir); got != "a" {
		t.Errorf("folder holds %q", got)
	}
}

// Nothing is seen in the folder before the commit, and nothing after a Close.
func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(filepath.Join(dir, "a"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got == "a" {
		t.Errorf("the target exists before the commit")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("after Close the folder holds %q", got)
	}
}

// A file that appears under the name meanwhile is not replaced.
func TestRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	f, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(path, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("commit: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "theirs" {
		t.Errorf("the other file became %q", got)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "d"):       "it is a folder",
		filepath.Join(dir, "no", "a"): "make the folder first",
	} {
		_, err := Create(path, Options{Overwrite: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if err != nil && strings.Count(err.Error(), path) != 1 {
			t.Errorf("the path should stand once in %q", err)
		}
	}
}

// The way for file systems without anonymous files.
func TestNamedFallback(t *testing.T) {
	dir := t.TempDir()
	tmp, err := os.CreateTemp(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	f := &File{f: tmp, temp: tmp.Name(), path: filepath.Join(dir, "a")}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "a" {
		t.Errorf("folder holds %q", got)
	}
}
