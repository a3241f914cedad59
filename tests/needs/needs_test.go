package needs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"lbimage/tests/needs"
)

// witness notes how a test ends.
type witness struct {
	testing.TB
	skipped, failed string
}

func (*witness) Helper() {}

func (w *witness) Skip(args ...any) {
	w.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}

func (w *witness) Fatal(args ...any) {
	w.failed = fmt.Sprint(args...)
	runtime.Goexit()
}

// ended runs what a test does to its end.
func ended(f func(t testing.TB)) *witness {
	w, done := &witness{}, make(chan struct{})
	go func() {
		defer close(done)
		f(w)
	}()
	<-done
	return w
}

func TestWithoutIt(t *testing.T) {
	const why = "no-such-program is not installed"
	for name, f := range map[string]func(t testing.TB){
		"one":     func(t testing.TB) { needs.Program(t, "no-such-program") },
		"several": func(t testing.TB) { needs.Programs(t, "go", "no-such-program") },
	} {
		t.Setenv("CI", "")
		if w := ended(f); w.skipped != why || w.failed != "" {
			t.Errorf("%s: skipped %q, failed %q", name, w.skipped, w.failed)
		}
		t.Setenv("CI", "true")
		if w := ended(f); w.skipped != "" || w.failed != why {
			t.Errorf("%s, CI: skipped %q, failed %q", name, w.skipped, w.failed)
		}
	}
}

func TestFound(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "judge")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("CI", "true")
	if got := needs.Program(t, "judge"); got != path {
		t.Errorf("%s, not %s", got, path)
	}
	needs.Programs(t, "judge")
}
