package tests

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/check/all"
)

// docs/checks is what the rules say of themselves. 'make pages' writes it anew.
func TestCheckPages(t *testing.T) {
	const dir = "../docs/checks"
	pages := all.Pages()
	if os.Getenv("WRITE_PAGES") == "true" {
		writePages(t, dir, pages)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if pages[e.Name()] == nil {
			t.Errorf("%s tells of no rule: run make pages", e.Name())
		}
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the rules say: run make pages", name)
		}
		if strings.Contains(string(want), "%!") {
			t.Errorf("%s: a text with a percent sign went wrong", name)
		}
	}
}

func writePages(t *testing.T, dir string, pages map[string][]byte) {
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
