package develop

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lbimage/servo"
)

// Every release's source is recognised, whole, without a note beside the ones that are due.
func TestOpenFolder(t *testing.T) {
	for _, release := range servo.Releases() {
		dir := t.TempDir()
		files := source(release)
		write(t, dir, files)
		s := mustOpen(t, Request{Source: dir})
		if s.Release != release || s.Version != strings.TrimSpace(files["VERSION"]) || s.Commit != "" || s.Dirty {
			t.Errorf("%s: %+v", release, s)
		}
		if !slices.Equal(s.Files(), slices.Sorted(maps.Keys(files))) {
			t.Errorf("%s: files %q", release, s.Files())
		}
		want := 0
		if release == "1.4.1" {
			want = 1
		}
		if len(s.Notes) != want {
			t.Errorf("%s: notes %q", release, s.Notes)
		}
		if !strings.Contains(s.Describe(), dir) || !strings.Contains(s.Describe(), s.SHA256[:12]) {
			t.Errorf("%s: %s", release, s.Describe())
		}
	}
}

// The digest tells names, modes and contents, and nothing else.
func TestDigest(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, source("1.1.0"))
	digest := func() string { t.Helper(); return mustOpen(t, Request{Source: dir}).SHA256 }
	first := digest()
	write(t, dir, map[string]string{"servo/main_loop.pyc": "compiled", "servo/__pycache__/x": "", ".git.txt": ""})
	os.Remove(filepath.Join(dir, ".git.txt"))
	os.Chmod(filepath.Join(dir, "setup.py"), 0o600)
	os.Chtimes(filepath.Join(dir, "setup.py"), timeOf(1), timeOf(1))
	if digest() != first {
		t.Error("what Python makes, the time or the other bits count")
	}
	seen := map[string]string{first: "first"}
	for _, change := range []struct {
		what string
		do   func()
	}{
		{"mode", func() { os.Chmod(filepath.Join(dir, "README.md"), 0o755) }},
		{"content", func() { write(t, dir, map[string]string{"README.md": "b servo for tests\n"}) }},
		{"name", func() { os.Rename(filepath.Join(dir, "README.md"), filepath.Join(dir, "README.mb")) }},
		{"link", func() { write(t, dir, map[string]string{"link": "-> README.mb"}) }},
	} {
		change.do()
		d := digest()
		if seen[d] != "" {
			t.Errorf("%s: the digest is that of %s", change.what, seen[d])
		}
		seen[d] = change.what
	}
}

func TestOpenRefuses(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	write(t, fifo, source("1.0.0"))
	if err := syscall.Mkfifo(filepath.Join(fifo, "scripts/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	with := func(more map[string]string, without ...string) string {
		dir := t.TempDir()
		files := source("1.2.0")
		for _, w := range without {
			delete(files, w)
		}
		maps.Copy(files, more)
		write(t, dir, files)
		return dir
	}
	setup := source("1.2.0")["setup.py"]
	for name, c := range map[string]struct {
		dir   string
		words []string
	}{
		"nothing":       {"", []string{"no source"}},
		"no folder":     {filepath.Join(fifo, "not-there"), []string{"no such file"}},
		"a file":        {filepath.Join(fifo, "setup.py"), []string{"not a folder"}},
		"empty":         {t.TempDir(), []string{"nothing in it"}},
		"another":       {with(nil, "setup.py"), []string{"no setup.py"}},
		"pipe":          {fifo, []string{"scripts/pipe", "neither file"}},
		"half":          {with(nil, "scripts/503.http"), []string{"scripts/503.http", "1.2.0", "as release 1.1.2"}},
		"no init":       {with(nil, "scripts/load-balancer-servo-init"), []string{"load-balancer-servo-init", "complete the source"}},
		"link out":      {with(map[string]string{"scripts/boto.cfg": "-> ../../etc/passwd"}, "scripts/boto.cfg"), []string{"scripts/boto.cfg", "out of the source"}},
		"absolute link": {with(map[string]string{"servo/main_loop.py": "-> /etc/passwd"}, "servo/main_loop.py"), []string{"servo/main_loop.py", "out of the source"}},
		"links round":   {with(map[string]string{"VERSION": "-> VERSION"}, "VERSION"), []string{"VERSION", "round"}},
		"version":       {with(map[string]string{"VERSION": "../../etc\n"}), []string{"VERSION", "no version"}},
		"control":       {with(map[string]string{"scripts/a\nb": ""}), []string{"control character"}},
		"helper":        {with(nil, "scripts/servo-ntp-update"), []string{"ntp-update"}},
		"called":        {with(map[string]string{"scripts/load-balancer-servo-init": "/usr/libexec/load-balancer-servo/made-up\n"}), []string{"made-up", "complete the source"}},
		"cmdclass":      {with(map[string]string{"setup.py": strings.Replace(setup, "packages =", "cmdclass = {'build': Mine}, packages =", 1)}), []string{"setup.py:17", "cmdclass"}},
		"no package":    {with(map[string]string{"setup.py": strings.Replace(setup, "'servo/ws'", "'servo/gone'", 1)}), []string{"servo/gone"}},
		"no data":       {with(map[string]string{"setup.py": strings.Replace(setup, "'scripts/boto.cfg'", "'scripts/gone.cfg'", 1)}), []string{"scripts/gone.cfg"}},
		"data out":      {with(map[string]string{"setup.py": strings.Replace(setup, "'scripts/boto.cfg'", "'../../etc/passwd'", 1)}), []string{"etc/passwd", "not a name"}},
		"dir out":       {with(map[string]string{"setup.py": strings.Replace(setup, "/etc/load-balancer-servo/", "/etc/../root", 1)}), []string{"leads elsewhere"}},
		"no program":    {with(nil, "load-balancer-servo"), []string{"load-balancer-servo"}},
		"control name":  {"a\x00b", []string{"control characters"}},
	} {
		_, err := Open(t.Context(), Request{Source: c.dir}, Options{})
		t.Run(name, func(t *testing.T) { refuses(t, err, c.words...) })
	}
	_, err := Open(t.Context(), Request{Source: t.TempDir(), Ref: "master"}, Options{})
	refuses(t, err, "no git repository")
}

func TestLimits(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, source("1.0.0"))
	_, err := Open(t.Context(), Request{Source: dir}, Options{Limits: Limits{Files: 5}})
	refuses(t, err, "more than 5 entries")
	big := filepath.Join(dir, "big")
	if f, err := os.Create(big); err != nil || f.Truncate(1<<40) != nil || f.Close() != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), Request{Source: dir}, Options{}) // sparse: read, it would not fit into memory
	refuses(t, err, "big", "32 MiB")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Request{Source: dir}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
}

// What has no place is named; what setup.py gives a place goes there.
func TestStrays(t *testing.T) {
	dir := t.TempDir()
	files := source("1.3.0")
	files["scripts/new-helper"] = "#!/bin/sh\n"
	files["scripts/extra.cfg"] = "x\n"
	files["setup.py"] = strings.Replace(files["setup.py"], "'scripts/boto.cfg'", "'scripts/boto.cfg', 'scripts/extra.cfg'", 1)
	write(t, dir, files)
	s := mustOpen(t, Request{Source: dir})
	notes := strings.Join(s.Notes, "\n")
	for _, want := range []string{"scripts/new-helper is left out", "scripts/extra.cfg goes to /etc/load-balancer-servo/extra.cfg"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q do not say %q", s.Notes, want)
		}
	}
	// A version of one's own: the files decide.
	write(t, dir, map[string]string{"VERSION": "1.6.0-dev\n"})
	if s = mustOpen(t, Request{Source: dir}); s.Release != "1.3.0" || s.Version != "1.6.0-dev" {
		t.Errorf("release %s, version %s", s.Release, s.Version)
	}
	for version, want := range map[string]string{"1.3.0-dev": "1.3.0", "1.0.0-dev": "1.3.0", "0.9.0": "1.3.0", "1.1.1": "", "1.2.0": "1.2.0"} {
		write(t, dir, map[string]string{"VERSION": version})
		if want == "" { // a number between two releases has the layout of the older
			want = version
		}
		if s = mustOpen(t, Request{Source: dir}); s.Release != want || !atLeast(s.Release, "1.0.2") {
			t.Errorf("%s: release %s", version, s.Release)
		}
		if s = mustOpen(t, Request{Source: dir, Release: "1.2.1"}); s.Release != "1.2.1" || s.Version != version {
			t.Errorf("%s: release %s, version %s", version, s.Release, s.Version)
		}
	}
	_, err := Open(t.Context(), Request{Source: dir, Release: "1.4.0"}, Options{})
	refuses(t, err, "scripts/servo-prep", "as release 1.3.0")
	_, err = Open(t.Context(), Request{Source: dir, Release: "2.0"}, Options{})
	refuses(t, err, "1.0.0 to 1.4.1")
	os.Remove(filepath.Join(dir, "VERSION"))
	if s = mustOpen(t, Request{Source: dir}); s.Release != "1.3.0" || s.Version != "0" {
		t.Errorf("release %s, version %s", s.Release, s.Version)
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b", "../x", "a//b", ".git/config", "a/.GIT", "git~1", "x/.git. ", "a\\b", "", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if checkPath(name) != nil {
			return
		}
		if !filepath.IsLocal(name) || filepath.Clean(name) != name || strings.Contains(strings.ToLower(name)+"/", ".git/") && strings.HasPrefix(strings.ToLower(name), ".git/") {
			t.Errorf("%q is let through", name)
		}
	})
}
