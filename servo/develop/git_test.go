package develop

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func timeOf(sec int64) time.Time { return time.Unix(sec, 0) }

// A clean work tree is its commit; what is ignored does not count.
func TestWorkTree(t *testing.T) {
	dir := repository(t, source("1.1.0"))
	write(t, dir, map[string]string{"servo/x.pyc": "", "build/lib/x.py": "", "results/r": ""})
	s := mustOpen(t, Request{Source: dir})
	if s.Dirty || s.Commit != gitIn(t, dir, "rev-parse", "HEAD") || s.Ref != "master" {
		t.Errorf("%+v", s)
	}
	if want := strings.Split(gitIn(t, dir, "ls-files"), "\n"); !slices.Equal(s.Files(), want) {
		t.Errorf("files %q, git says %q", s.Files(), want)
	}
	byRef := mustOpen(t, Request{Source: dir, Ref: "HEAD"})
	if byRef.SHA256 != s.SHA256 || byRef.Commit != s.Commit {
		t.Error("the commit and its clean work tree differ")
	}
}

// Changes are those that git status names.
func TestDirty(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string){
		"modified":  func(t *testing.T, dir string) { write(t, dir, map[string]string{"README.md": "new\n"}) },
		"untracked": func(t *testing.T, dir string) { write(t, dir, map[string]string{"notes.txt": "", "deep/er/x": ""}) },
		"staged": func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"README.md": "new\n"})
			gitIn(t, dir, "add", "README.md")
		},
		"added": func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"servo/new.py": ""})
			gitIn(t, dir, "add", "servo/new.py")
		},
		"staged and undone": func(t *testing.T, dir string) {
			old, _ := os.ReadFile(filepath.Join(dir, "README.md"))
			write(t, dir, map[string]string{"README.md": "new\n"})
			gitIn(t, dir, "add", "README.md")
			write(t, dir, map[string]string{"README.md": string(old)})
		},
		"deleted": func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "README.md")) },
		"git rm":  func(t *testing.T, dir string) { gitIn(t, dir, "rm", "-q", "README.md") },
		"mode":    func(t *testing.T, dir string) { os.Chmod(filepath.Join(dir, "README.md"), 0o755) },
		"now a link": func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "README.md"))
			os.Symlink("setup.py", filepath.Join(dir, "README.md"))
		},
		"forced": func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"build/kept.py": "x"})
			gitIn(t, dir, "add", "-f", "build/kept.py")
		},
		"exclude": func(t *testing.T, dir string) {
			write(t, dir, map[string]string{".git/info/exclude": "mine\n", "mine": "", "yours": ""})
		},
		"nested rule": func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"servo/.gitignore": "*\n!keep.py\n", "servo/keep.py": "", "servo/drop.py": ""})
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, source("1.1.0"))
			change(t, dir)
			var want []string
			for line := range strings.Lines(gitIn(t, dir, "status", "--porcelain", "-uall", "--no-renames")) {
				want = append(want, strings.TrimSpace(line[strings.Index(strings.TrimLeft(line, " "), " ")+len(line)-len(strings.TrimLeft(line, " ")):]))
			}
			slices.Sort(want)
			_, err := Open(t.Context(), Request{Source: dir}, Options{})
			if !errors.Is(err, ErrDirty) {
				t.Fatalf("not refused: %v", err)
			}
			refuses(t, err, want...)
			s := mustOpen(t, Request{Source: dir, AllowDirty: true})
			var got []string
			for _, c := range s.Changes {
				got = append(got, c[2:])
			}
			if !s.Dirty || !slices.Equal(got, want) {
				t.Errorf("changes %q, git says %q", got, want)
			}
			if clean := mustOpen(t, Request{Source: dir, Ref: "master"}); clean.Dirty {
				t.Error("the commit is called dirty")
			}
		})
	}
}

func TestManyChanges(t *testing.T) {
	dir := repository(t, source("1.1.0"))
	for i := range 30 {
		write(t, dir, map[string]string{"n" + string(rune('a'+i%26)) + strings.Repeat("x", i): ""})
	}
	_, err := Open(t.Context(), Request{Source: dir}, Options{})
	refuses(t, err, "and 20 more")
}

// Refs mean what git rev-parse says they mean.
func TestRefs(t *testing.T) {
	dir := repository(t, source("1.0.0"))
	gitIn(t, dir, "tag", "v1.0.0")
	gitIn(t, dir, "checkout", "-q", "-b", "topic/new")
	write(t, dir, source("1.1.0"))
	gitIn(t, dir, "add", "-A")
	gitIn(t, dir, "commit", "-q", "-m", "second")
	gitIn(t, dir, "tag", "-a", "-m", "annotated", "1.1")
	gitIn(t, dir, "tag", "-a", "-m", "tag of a tag", "twice", "1.1")
	gitIn(t, dir, "tag", "both", "master")
	gitIn(t, dir, "branch", "both", "topic/new")
	gitIn(t, dir, "checkout", "-q", "master")
	full := gitIn(t, dir, "rev-parse", "topic/new")
	bare := filepath.Join(t.TempDir(), "bare.git")
	gitIn(t, dir, "clone", "-q", "--mirror", dir, bare)
	linked := filepath.Join(t.TempDir(), "linked")
	gitIn(t, dir, "worktree", "add", "-q", "--detach", linked, "topic/new")
	packed := filepath.Join(t.TempDir(), "packed")
	gitIn(t, dir, "clone", "-q", "--no-local", dir, packed)
	for _, ref := range []string{
		"master", "topic/new", "refs/heads/topic/new", "heads/topic/new", "v1.0.0", "1.1", "twice", "tags/1.1",
		full, full[:8], strings.ToUpper(full[:12]), "HEAD", "topic/new~1", "both", "1.1^{commit}",
	} {
		want := gitIn(t, dir, "rev-parse", "-q", ref+"^{commit}")
		for _, repo := range []string{dir, bare, "file://" + bare, linked} {
			if ref == "HEAD" && repo == linked {
				want = full
			}
			if got := mustOpen(t, Request{Source: repo, Ref: ref}); got.Commit != want && !strings.Contains(ref, "HEAD") {
				t.Errorf("%s in %s: %s, git says %s", ref, repo, got.Commit, want)
			}
		}
	}
	if got := mustOpen(t, Request{Source: packed, Ref: "topic/new"}); got.Commit != full { // a branch of origin
		t.Errorf("%s", got.Commit)
	}
	if s := mustOpen(t, Request{Source: dir, Ref: "both"}); !strings.Contains(strings.Join(s.Notes, "\n"), "a tag and a branch") {
		t.Errorf("notes %q", s.Notes)
	}
	if s := mustOpen(t, Request{Source: bare}); s.Release != "1.0.0" || s.Ref != "master" {
		t.Errorf("%+v", s)
	}
	if s := mustOpen(t, Request{Source: linked}); s.Release != "1.1.0" || s.Ref != "" || s.Dirty {
		t.Errorf("%+v", s)
	}
	_, err := Open(t.Context(), Request{Source: dir, Ref: "mastre"}, Options{})
	refuses(t, err, "mastre", "did you mean master")
	if !errors.Is(err, ErrNoRef) {
		t.Errorf("%v", err)
	}
	for _, ref := range []string{"deadbeef", "--upload-pack=x", "zzzzzzzzzzzz", "v1.0.0:setup.py"} {
		if _, err := Open(t.Context(), Request{Source: dir, Ref: ref}, Options{}); err == nil {
			t.Errorf("%s: no error", ref)
		}
	}
}

func TestEmptyRepository(t *testing.T) {
	judge(t, "git")
	dir := t.TempDir()
	gitIn(t, dir, "init", "-q")
	_, err := Open(t.Context(), Request{Source: dir}, Options{})
	refuses(t, err, "no commit yet")
	_, err = Open(t.Context(), Request{Source: dir, Ref: "master"}, Options{})
	refuses(t, err, "master")
}

// A submodule is named and left out; a link in the source is followed inside it.
func TestSubmoduleAndLink(t *testing.T) {
	sub := repository(t, map[string]string{"x": "y"})
	files := source("1.1.0")
	files["scripts/boto.cfg"] = "-> ../etc/boto.cfg"
	files["etc/boto.cfg"] = "[Boto]\n"
	dir := repository(t, files)
	gitIn(t, dir, "submodule", "--quiet", "add", sub, "vendor/sub")
	gitIn(t, dir, "commit", "-q", "-m", "sub")
	for _, ref := range []string{"", "master"} {
		s := mustOpen(t, Request{Source: dir, Ref: ref})
		if !slices.Equal(s.Submodules, []string{"vendor/sub"}) || !strings.Contains(strings.Join(s.Notes, "\n"), "vendor/sub") {
			t.Errorf("%q: %+v", ref, s)
		}
		if f, ok, err := s.files.get("scripts/boto.cfg"); err != nil || !ok || string(f.data) != "[Boto]\n" {
			t.Errorf("%q: %q %v", ref, f.data, err)
		}
	}
}

// Trees that git itself would not check out.
func TestHostileTrees(t *testing.T) {
	dir := repository(t, source("1.1.0"))
	blob := gitIn(t, dir, "rev-parse", "HEAD:README.md")
	sub := gitIn(t, dir, "rev-parse", "HEAD:scripts")
	hash := func(h string) string {
		var b strings.Builder
		for i := 0; i < len(h); i += 2 {
			var v byte
			for _, c := range h[i : i+2] {
				v = v<<4 | byte(strings.IndexRune("0123456789abcdef", c))
			}
			b.WriteByte(v)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		tree  string
		words []string
	}{
		"dotdot":    {"40000 ..\x00" + hash(sub), []string{`".."`}},
		"slash":     {"100644 a/../../b\x00" + hash(blob), []string{"leads elsewhere"}},
		"absolute":  {"100644 /etc/passwd\x00" + hash(blob), []string{"leads elsewhere"}},
		"backslash": {"100644 ..\\b\x00" + hash(blob), []string{"leads elsewhere"}},
		"empty":     {"100644 \x00" + hash(blob), []string{""}},
		"dot git":   {"40000 .git\x00" + hash(sub), []string{".git"}},
		"case":      {"40000 .GiT\x00" + hash(sub), []string{".GiT"}},
		"short":     {"40000 git~1\x00" + hash(sub), []string{"git~1"}},
		"twice":     {"100644 a\x00" + hash(blob) + "100644 a\x00" + hash(blob), []string{"twice"}},
		"device":    {"20644 a\x00" + hash(blob), []string{""}},
		"missing":   {"100644 a\x00" + strings.Repeat("\x11", 20), []string{"a"}},
		"cut":       {"100644 a\x00" + hash(blob)[:7], []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := gitCommand(dir, "hash-object", "-t", "tree", "--literally", "-w", "--stdin")
			cmd.Stdin = strings.NewReader(c.tree)
			out, err := cmd.Output()
			if err != nil {
				var ee *exec.ExitError
				errors.As(err, &ee)
				t.Fatalf("%v: %s", err, ee.Stderr)
			}
			commit := gitIn(t, dir, "commit-tree", "-m", "x", strings.TrimSpace(string(out)))
			_, err = Open(t.Context(), Request{Source: dir, Ref: commit}, Options{})
			refuses(t, err, c.words...)
		})
	}
}

// A tree that holds itself over and over has more names than any disk: the limits end it.
func TestTreeBomb(t *testing.T) {
	dir := repository(t, source("1.1.0"))
	tree := gitIn(t, dir, "rev-parse", "HEAD^{tree}")
	for range 12 {
		var in strings.Builder
		for _, n := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
			in.WriteString("040000 tree " + tree + "\t" + n + "\n")
		}
		cmd := gitCommand(dir, "mktree")
		cmd.Stdin = strings.NewReader(in.String())
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		tree = strings.TrimSpace(string(out))
	}
	_, err := Open(t.Context(), Request{Source: dir, Ref: gitIn(t, dir, "commit-tree", "-m", "x", tree)}, Options{})
	refuses(t, err, "20000 entries")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Request{Source: dir, Ref: "master"}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
}

// Damage is an error, never a panic.
func TestDamagedRepository(t *testing.T) {
	for name, damage := range map[string]func(dir string){
		"head": func(dir string) {
			os.WriteFile(filepath.Join(dir, ".git/HEAD"), []byte("ref: ../../../etc/passwd\n"), 0o644)
		},
		"index": func(dir string) {
			os.WriteFile(filepath.Join(dir, ".git/index"), []byte("DIRC\x00\x00\x00\x02\xff\xff\xff\xff"), 0o644)
		},
		"config": func(dir string) { os.WriteFile(filepath.Join(dir, ".git/config"), []byte("[core\n"), 0o644) },
		"objects": func(dir string) {
			filepath.WalkDir(filepath.Join(dir, ".git/objects"), func(p string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					os.Chmod(p, 0o644)
					os.WriteFile(p, []byte("x\x9c\x00"), 0o644)
				}
				return nil
			})
		},
		"gitdir": func(dir string) {
			os.RemoveAll(filepath.Join(dir, ".git"))
			os.WriteFile(filepath.Join(dir, ".git"), []byte("gitdir: /etc\n"), 0o644)
		},
	} {
		dir := repository(t, source("1.1.0"))
		damage(dir)
		for _, ref := range []string{"", "master"} {
			if s, err := Open(t.Context(), Request{Source: dir, Ref: ref}, Options{}); err == nil && (name != "index" || ref == "") && (name != "head" || ref == "") {
				t.Errorf("%s, ref %q: no error: %+v", name, ref, s)
			}
		}
	}
}

// A work tree named as a folder that it holds itself, and relative to where we are.
func TestRelativeWorkTree(t *testing.T) {
	dir := repository(t, source("1.4.1"))
	parent := t.TempDir()
	if err := os.Rename(dir, filepath.Join(parent, "servo")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(parent)
	for _, name := range []string{"servo", "./servo", "../" + filepath.Base(parent) + "/servo"} {
		s := mustOpen(t, Request{Source: name})
		if s.Dirty || s.Commit == "" || s.From != name {
			t.Errorf("%s: %+v", name, s)
		}
	}
}
