package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func place(t *testing.T, path, text string, o Options) *File {
	t.Helper()
	f, err := Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := f.Place(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Fatalf("placed, and there is %q", got)
	}
	return f
}

// What is placed can be taken back until Close: there is again what was there before.
func TestPlace(t *testing.T) {
	for name, named := range map[string]bool{"without a name": false, "with a temporary name": true} {
		for _, old := range []string{"", "old"} {
			for _, undo := range []bool{false, true} {
				dir := t.TempDir()
				path := filepath.Join(dir, "a")
				if old != "" {
					if err := os.WriteFile(path, []byte(old), 0o640); err != nil {
						t.Fatal(err)
					}
				}
				f, err := Create(path, Options{Overwrite: true})
				if err != nil {
					t.Fatal(err)
				}
				if named {
					f.Close()
					tmp, err := os.CreateTemp(dir, ".x")
					if err != nil {
						t.Fatal(err)
					}
					f = &File{f: tmp, temp: tmp.Name(), path: path, overwrite: true}
				}
				if _, err := f.Write([]byte("new")); err != nil {
					t.Fatal(err)
				}
				if err := f.Place(); err != nil {
					t.Fatal(err)
				}
				want, there := "new", "a"
				if undo {
					want = old
					if err := errors.Join(f.Undo(), f.Undo()); err != nil {
						t.Fatal(err)
					}
					if old == "" {
						there = ""
					}
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(path)
				if string(got) != want || (err != nil) != (there == "") || names(t, dir) != there {
					t.Errorf("%s over %q, undone %v: %q, %v, the folder holds %q", name, old, undo, got, err, names(t, dir))
				}
			}
		}
	}
}

// Without Overwrite nothing is replaced, and Undo removes what is ours alone.
func TestPlaceNew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	f := place(t, path, "new", Options{})
	if err := errors.Join(f.Undo(), f.Close()); err != nil || names(t, dir) != "" {
		t.Errorf("%v, the folder holds %q", err, names(t, dir))
	}
	f, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.WriteFile(path, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := f.Place(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("placing: %v", err)
	}
	if err := f.Undo(); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "theirs" {
		t.Errorf("the other file became %q", got)
	}
}

// A folder that came into the place meanwhile stays.
func TestPlaceFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	f, err := Create(path, Options{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Place(); err == nil {
		t.Error("a folder is replaced")
	}
	if err := errors.Join(f.Undo(), f.Close()); err != nil || names(t, dir) != "a" {
		t.Errorf("%v, the folder holds %q", err, names(t, dir))
	}
}
