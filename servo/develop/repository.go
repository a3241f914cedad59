package develop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// isRepository says whether a folder is the top of a git work tree, or a bare repository.
func isRepository(dir string) bool {
	is := func(name string, folder bool) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.IsDir() == folder
	}
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil || is("HEAD", false) && is("objects", true) && is("refs", true)
}

// guarded calls what reads a repository that may be damaged, or made to do damage: the library's panics
// become errors.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the repository cannot be read (%v): try git fsck on it", p)
		}
	}()
	return f()
}

func (s *Source) openRepository(ctx context.Context, dir string, req Request, l Limits) error {
	return guarded(func() error {
		repo, err := git.PlainOpenWithOptions(dir, &git.PlainOpenOptions{EnableDotGitCommonDir: true})
		if err != nil {
			return fmt.Errorf("opening the git repository: %w", err)
		}
		_, err = repo.Worktree()
		bareRepository := errors.Is(err, git.ErrIsBareRepository)
		if err != nil && !bareRepository {
			return err
		}
		if req.Ref == "" && !bareRepository {
			return s.readWorkTree(ctx, dir, repo, req.AllowDirty, l)
		}
		rev := req.Ref
		if rev == "" {
			rev = "HEAD"
			if s.Ref, err = headOf(repo); err != nil {
				return err
			}
		}
		commit, err := s.resolve(repo, rev)
		if err != nil {
			return err
		}
		return s.readCommit(ctx, repo.Storer, commit, l)
	})
}

// headOf names the branch that is checked out; empty when it is a commit.
func headOf(repo *git.Repository) (string, error) {
	head, err := repo.Head()
	if errors.Is(err, plumbing.ErrReferenceNotFound) {
		return "", errors.New("the repository has no commit yet: make one first, or copy the files into a plain folder")
	}
	if err != nil {
		return "", fmt.Errorf("reading HEAD: %w", err)
	}
	if head.Name().IsBranch() {
		return head.Name().Short(), nil
	}
	return "", nil
}

// refPlaces are the places where a short name of a ref is looked for, in git's order.
var refPlaces = []string{"", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/", "refs/remotes/origin/"}

// resolve finds the commit that a ref of a local repository means.
func (s *Source) resolve(repo *git.Repository, rev string) (plumbing.Hash, error) {
	found := map[string]bool{}
	var hash plumbing.Hash
	for _, place := range refPlaces {
		name := plumbing.ReferenceName(place + rev)
		if place == "" && rev != "HEAD" && !strings.HasPrefix(rev, "refs/") {
			continue
		}
		ref, err := repo.Reference(name, true)
		if err != nil {
			continue
		}
		if len(found) == 0 {
			hash = ref.Hash()
		}
		found[place] = true
	}
	if found["refs/tags/"] && found["refs/heads/"] {
		s.Notes = append(s.Notes, fmt.Sprintf("%s is a tag and a branch: the tag is taken, as git does", rev))
	}
	if len(found) == 0 {
		h, err := repo.ResolveRevision(plumbing.Revision(rev))
		if err != nil || h.IsZero() {
			return plumbing.ZeroHash, s.noRef(rev, localNames(repo))
		}
		hash = *h
	}
	return peel(repo.Storer, hash, rev)
}

// peel follows annotated tags to their commit.
func peel(st storer.EncodedObjectStorer, hash plumbing.Hash, rev string) (plumbing.Hash, error) {
	for range 8 {
		tag, err := object.GetTag(st, hash)
		if err != nil {
			break
		}
		hash = tag.Target
	}
	if _, err := object.GetCommit(st, hash); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("ref %s: not a commit that the repository holds: %w", rev, err)
	}
	return hash, nil
}

func localNames(repo *git.Repository) []string {
	var names []string
	iter, err := repo.References()
	if err != nil {
		return nil
	}
	_ = iter.ForEach(func(r *plumbing.Reference) error { // only to help with a message
		names = append(names, short(r.Name()))
		return nil
	})
	return names
}

// short is the name by which people call a ref.
func short(n plumbing.ReferenceName) string {
	return strings.TrimPrefix(n.Short(), "origin/")
}

func (s *Source) noRef(rev string, names []string) error {
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "HEAD" })
	if like := near(rev, names); len(like) > 0 {
		return fmt.Errorf("ref %s: %w: did you mean %s?", rev, ErrNoRef, strings.Join(like, ", "))
	}
	shown := names
	if len(shown) > 8 {
		shown = append(slices.Clone(shown[:8]), "…")
	}
	if len(shown) == 0 {
		return fmt.Errorf("ref %s: %w: the repository is empty", rev, ErrNoRef)
	}
	return fmt.Errorf("ref %s: %w: there are %s", rev, ErrNoRef, strings.Join(shown, ", "))
}

// readCommit reads the tree of a commit from an object store.
func (s *Source) readCommit(ctx context.Context, st storer.EncodedObjectStorer, hash plumbing.Hash, l Limits) error {
	commit, err := object.GetCommit(st, hash)
	if err != nil {
		return fmt.Errorf("commit %s: %w", hash, err)
	}
	s.Commit = hash.String()
	s.files = tree{}
	r := treeReader{ctx: ctx, st: st, into: s, room: newRoom(l)}
	return r.read(commit.TreeHash, "")
}

// treeReader reads the files of a commit.
type treeReader struct {
	ctx  context.Context
	st   storer.EncodedObjectStorer
	into *Source
	room *room
}

func (r *treeReader) read(hash plumbing.Hash, prefix string) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	t, err := object.GetTree(r.st, hash)
	if err != nil {
		return fmt.Errorf("/%s: reading the folder: %w", prefix, err)
	}
	seen := map[string]bool{}
	for _, e := range t.Entries {
		if strings.Contains(e.Name, "/") {
			return fmt.Errorf("the source names a file %q, which leads elsewhere: do not trust it", e.Name)
		}
		name := prefix + e.Name
		if err := checkPath(name); err != nil {
			return err
		}
		if seen[e.Name] {
			return fmt.Errorf("%s: the commit names it twice: do not trust it", name)
		}
		seen[e.Name] = true
		switch e.Mode {
		case filemode.Dir:
			if err := r.room.take(name, 0); err != nil {
				return err
			}
			if err := r.read(e.Hash, name+"/"); err != nil {
				return err
			}
			continue
		case filemode.Submodule:
			r.into.Submodules = append(r.into.Submodules, name)
			continue
		case filemode.Regular, filemode.Deprecated, filemode.Executable, filemode.Symlink:
		default:
			return fmt.Errorf("%s: the commit gives it the mode %o, which no file of git has: do not trust it", name, uint32(e.Mode))
		}
		data, err := r.blob(e.Hash, name)
		if err != nil {
			return err
		}
		r.into.files[name] = file{modeOf(e.Mode), data}
	}
	return nil
}

func modeOf(m filemode.FileMode) fs.FileMode {
	switch m {
	case filemode.Executable:
		return 0o755
	case filemode.Symlink:
		return fs.ModeSymlink
	}
	return 0o644
}

// blob reads a file's content; its size is known before it is read.
func (r *treeReader) blob(hash plumbing.Hash, name string) ([]byte, error) {
	size, err := r.st.EncodedObjectSize(hash)
	if err == nil {
		err = r.room.take(name, size)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b, err := object.GetBlob(r.st, hash)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	rd, err := b.Reader()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer rd.Close()
	data, err := io.ReadAll(io.LimitReader(rd, size+1))
	if err == nil && int64(len(data)) != size {
		err = errors.New("another size than the repository says")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}
