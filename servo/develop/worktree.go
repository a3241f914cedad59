package develop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	"github.com/go-git/go-git/v5/plumbing/format/index"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// readWorkTree reads the files of a work tree as they are: those that git tracks, and those that it does not
// and does not ignore. What .gitignore files and .git/info/exclude say counts; a user's own list does not, so
// that the same tree gives the same files everywhere.
func (s *Source) readWorkTree(ctx context.Context, dir string, repo *git.Repository, allowDirty bool, l Limits) error {
	var err error
	if s.Ref, err = headOf(repo); err != nil {
		return err
	}
	head, err := repo.Head()
	if err != nil {
		return fmt.Errorf("reading HEAD: %w", err)
	}
	s.Commit = head.Hash().String()
	idx, err := repo.Storer.Index()
	if err != nil {
		return fmt.Errorf("reading the index: %w", err)
	}
	committed, err := entriesOf(repo, head.Hash())
	if err != nil {
		return err
	}
	staged := map[string]*index.Entry{}
	trackedDirs := map[string]bool{}
	for _, e := range idx.Entries {
		if e.Mode == filemode.Submodule {
			s.Submodules = append(s.Submodules, e.Name)
		}
		staged[e.Name] = e
		for d := path.Dir(e.Name); d != "."; d = path.Dir(d) {
			trackedDirs[d] = true
		}
	}
	slices.Sort(s.Submodules)
	top, err := filepath.Abs(dir) // a relative one is mistaken for a folder of its name below itself
	if err != nil {
		return err
	}
	patterns, err := gitignore.ReadPatterns(osfs.New(top, osfs.WithBoundOS()), nil)
	if err != nil {
		return fmt.Errorf("reading .gitignore: %w", err)
	}
	ignored := gitignore.NewMatcher(patterns)
	s.files, err = walkFolder(ctx, dir, l, func(name string, isDir bool) bool {
		if isDir && vcs[path.Base(name)] || name == ".git" || slices.Contains(s.Submodules, name) {
			return true
		}
		_, tracked := staged[name]
		if tracked || isDir && trackedDirs[name] {
			return false
		}
		return ignoredAt(ignored, name, isDir)
	})
	if err != nil {
		return err
	}
	s.compare(committed, staged)
	s.Dirty = len(s.Changes) > 0
	if s.Dirty && !allowDirty {
		return dirtyError(s.Changes)
	}
	return nil
}

// ignoredAt asks for the folders on the way too: a file in an ignored folder is ignored.
func ignoredAt(m gitignore.Matcher, name string, isDir bool) bool {
	parts := strings.Split(name, "/")
	for i := 1; i < len(parts); i++ {
		if m.Match(parts[:i], true) {
			return true
		}
	}
	return m.Match(parts, isDir)
}

// version is a file as git has it.
type version struct {
	mode filemode.FileMode
	hash plumbing.Hash
}

func entriesOf(repo *git.Repository, commit plumbing.Hash) (map[string]version, error) {
	c, err := object.GetCommit(repo.Storer, commit)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", commit, err)
	}
	t, err := c.Tree()
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", commit, err)
	}
	out := map[string]version{}
	w := object.NewTreeWalker(t, true, nil)
	defer w.Close()
	for {
		name, e, err := w.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return out, nil
			}
			return nil, fmt.Errorf("commit %s: %w", commit, err)
		}
		if e.Mode != filemode.Dir {
			out[name] = version{regular(e.Mode), e.Hash}
		}
	}
}

func regular(m filemode.FileMode) filemode.FileMode {
	if m == filemode.Deprecated {
		return filemode.Regular
	}
	return m
}

// compare lists what differs between the commit, the index and the files.
func (s *Source) compare(committed map[string]version, staged map[string]*index.Entry) {
	changes := map[string]string{} // name → letter; the first to be found stays
	add := func(letter, name string) {
		if changes[name] == "" {
			changes[name] = letter
		}
	}
	for name, e := range staged {
		was, known := committed[name]
		now := version{regular(e.Mode), e.Hash}
		f, there := s.files[name]
		switch {
		case e.Stage != 0: // a merge that is not finished
			add("U", name)
		case !known:
			add("A", name)
		case was != now:
			add("M", name)
		case e.Mode == filemode.Submodule, e.SkipWorktree && !there:
		case !there:
			add("D", name)
		case f.asGit() != now:
			add("M", name)
		}
	}
	for name := range committed {
		if _, ok := staged[name]; !ok {
			add("D", name)
		}
	}
	for name := range s.files {
		if _, ok := staged[name]; !ok {
			add("?", name)
		}
	}
	for name, letter := range changes {
		s.Changes = append(s.Changes, letter+" "+filepath.ToSlash(name))
	}
	slices.SortFunc(s.Changes, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
}

// asGit gives the mode and hash under which git would keep the file.
func (f file) asGit() version {
	v := version{filemode.Regular, plumbing.ComputeHash(plumbing.BlobObject, f.data)}
	switch f.mode {
	case 0o755:
		v.mode = filemode.Executable
	case fs.ModeSymlink:
		v.mode = filemode.Symlink
	}
	return v
}

// maxShown is how many names an error lists.
const maxShown = 10

func dirtyError(changes []string) error {
	shown := changes
	more := ""
	if len(shown) > maxShown {
		more = fmt.Sprintf(" and %d more", len(shown)-maxShown)
		shown = shown[:maxShown]
	}
	return fmt.Errorf("%w: %s%s: commit them, name a ref, or allow a dirty tree", ErrDirty, strings.Join(shown, ", "), more)
}
