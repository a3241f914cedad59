package develop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Request says which source is meant.
type Request struct {
	// Source is a folder of this machine, or where a git repository lies: https, http, ssh, git or file URL,
	// or user@host:path.
	Source string
	// Ref is a branch, a tag or a commit, which may be abbreviated. Empty: a folder as it stands, or the
	// branch that a remote repository shows first.
	Ref string
	// AllowDirty takes a work tree with changes that are not committed.
	AllowDirty bool
	// Release is the release by whose layout it is installed, 1.4.0 say. Empty: that of the file VERSION, or
	// the newest whose files are all there when VERSION names none.
	Release string
}

// Options bound the work. The zero value is useful.
type Options struct {
	// TempDir is for what a remote repository sends; empty: the machine's.
	TempDir string
	Limits  Limits
}

// Limits bound what is read of a source. Zero fields stand for the defaults.
type Limits struct {
	Files    int   // entries of the tree: 20,000
	Bytes    int64 // of all files together: 32 MiB
	Objects  int   // that a remote repository may send: 200,000
	Download int64 // bytes that it may send: 32 MiB
	Unpacked int64 // bytes that its objects may have, unpacked in memory: 96 MiB
}

func (l Limits) orDefaults() Limits {
	def := func(n *int64, d int64) {
		if *n <= 0 {
			*n = d
		}
	}
	files, objects := int64(l.Files), int64(l.Objects)
	def(&files, 20_000)
	def(&objects, 200_000)
	def(&l.Bytes, 32<<20)
	def(&l.Download, 32<<20)
	def(&l.Unpacked, 96<<20)
	l.Files, l.Objects = int(files), int(objects)
	return l
}

// Source is the servo's source, read and closed: nothing of the folder or repository is needed any more. It
// is not changed by any call.
type Source struct {
	// From is the folder or URL, without a password.
	From string `json:"from"`
	// Ref is what was asked for, or the branch that stood for an empty one.
	Ref string `json:"ref,omitempty"`
	// Commit is the full hash; empty for a folder without git.
	Commit string `json:"commit,omitempty"`
	// Dirty says that the files are not those of Commit; Changes names the ones that differ, as git's short
	// status does: "M setup.py", "? notes.txt".
	Dirty   bool     `json:"dirty,omitempty"`
	Changes []string `json:"changes,omitempty"`
	// Submodules are left out: their folders, in the commit.
	Submodules []string `json:"submodules,omitempty"`
	// Version is what setup.py would say: the first line of the file VERSION, or 0 without one.
	Version string `json:"version"`
	// Release is the release by whose layout it is installed.
	Release string `json:"release"`
	// SHA256 is the digest of the tree in hex: names in order, modes, contents.
	SHA256 string `json:"sha256"`
	// Notes say what is out of the ordinary, one sentence each.
	Notes []string `json:"notes,omitempty"`

	files   tree
	setup   setup
	release release
}

// file is one file of a source: regular, or a symbolic link whose target is the data.
type file struct {
	mode fs.FileMode // 0644, 0755 or ModeSymlink
	data []byte
}

// tree holds the files of a source by name, slashes, sorted when it matters.
type tree map[string]file

// Files lists the source's files, sorted.
func (s *Source) Files() []string { return slices.Sorted(maps.Keys(s.files)) }

// Describe is the source in one line: `servo 1.4.0 from /src/servo (commit 0123456789ab, with changes)`.
func (s *Source) Describe() string {
	var more []string
	if s.Ref != "" && !strings.HasPrefix(s.Commit, s.Ref) {
		more = append(more, s.Ref)
	}
	if s.Commit != "" {
		more = append(more, "commit "+s.Commit[:12])
	} else {
		more = append(more, "sha256 "+s.SHA256[:12])
	}
	if s.Dirty {
		more = append(more, "with changes")
	}
	return fmt.Sprintf("servo %s from %s (%s)", s.Version, s.From, strings.Join(more, ", "))
}

// ErrDirty is wrapped by the error for a work tree with changes that are not committed.
var ErrDirty = errors.New("the work tree has changes that are not committed")

// ErrNoRef is wrapped by the error for a branch, tag or commit that a repository does not have.
var ErrNoRef = errors.New("no such branch, tag or commit")

// Open reads a source. Its errors begin with the source.
func Open(ctx context.Context, req Request, o Options) (*Source, error) {
	s, err := open(ctx, req, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", redact(req.Source), err)
	}
	return s, nil
}

func open(ctx context.Context, req Request, o Options) (*Source, error) {
	if req.Source == "" {
		return nil, errors.New("no source: give a folder or the URL of a git repository")
	}
	if strings.ContainsFunc(req.Source+req.Ref, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errors.New("control characters in the source or its ref: write them without")
	}
	if strings.HasPrefix(req.Ref, "-") {
		return nil, fmt.Errorf("ref %q: %w: none begins with a dash", req.Ref, ErrNoRef)
	}
	if strings.ContainsAny(req.Ref, ":?*[\\ ") {
		return nil, fmt.Errorf("ref %q: %w: no name has such a character", req.Ref, ErrNoRef)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := o.Limits.orDefaults()
	s := &Source{From: redact(req.Source), Ref: req.Ref}
	var err error
	if folder, ok := local(req.Source); ok {
		err = s.openFolder(ctx, folder, req, l)
	} else {
		err = s.openRemote(ctx, req, o.TempDir, l)
	}
	if err != nil {
		return nil, err
	}
	s.SHA256 = s.files.digest()
	return s, s.understand(req.Release)
}

// local says whether a source is a folder of this machine, and which.
func local(source string) (string, bool) {
	if rest, ok := strings.CutPrefix(source, "file://"); ok {
		rest, ok := unescape(strings.TrimPrefix(rest, "localhost"))
		return rest, ok
	}
	if strings.Contains(source, "://") {
		return "", false
	}
	if _, err := os.Lstat(source); err == nil {
		return source, true
	}
	// user@host:path, as git reads it: a colon before any slash.
	if i := strings.IndexAny(source, ":/"); i > 0 && source[i] == ':' {
		return "", false
	}
	return source, true
}

func (s *Source) openFolder(ctx context.Context, dir string, req Request, l Limits) error {
	info, err := os.Stat(dir)
	if err != nil {
		return bare(err)
	}
	if !info.IsDir() {
		return errors.New("not a folder: give the servo's source as a folder, or a git repository")
	}
	if isRepository(dir) {
		return s.openRepository(ctx, dir, req, l)
	}
	if req.Ref != "" {
		return fmt.Errorf("ref %s: the folder is no git repository: leave the ref out, or name the top of one", req.Ref)
	}
	s.files, err = walkFolder(ctx, dir, l, func(name string, isDir bool) bool {
		return isDir && vcs[path.Base(name)] || compiled(name)
	})
	return err
}

// vcs are the folders in which version control keeps what is no source.
var vcs = map[string]bool{".git": true, ".hg": true, ".svn": true, ".bzr": true}

// compiled says whether a name is one that Python makes.
func compiled(name string) bool {
	base := path.Base(name)
	return base == "__pycache__" || strings.HasSuffix(base, ".pyc") || strings.HasSuffix(base, ".pyo")
}

// walkFolder reads a folder without ever leaving it. Names that skip says yes to are left out, a folder's with
// all below it.
func walkFolder(ctx context.Context, dir string, l Limits, skip func(name string, isDir bool) bool) (tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, bare(err)
	}
	defer root.Close()
	out, room := tree{}, newRoom(l)
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || name == "." {
			return err
		}
		if skip(name, d.IsDir()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return room.take(name, 0)
		}
		if err := checkPath(name); err != nil {
			return err
		}
		info, err := root.Lstat(name)
		if err != nil {
			return err
		}
		f := file{mode: 0o644}
		switch m := info.Mode(); {
		case m&fs.ModeSymlink != 0:
			target, err := root.Readlink(name)
			if err != nil {
				return err
			}
			f = file{fs.ModeSymlink, []byte(filepath.ToSlash(target))}
		case !m.IsRegular():
			return fmt.Errorf("%s: neither file, folder nor link: take it out of the source", name)
		default:
			if err := room.fits(name, info.Size()); err != nil {
				return err
			}
			if f.data, err = root.ReadFile(name); err != nil {
				return err
			}
			if m&0o100 != 0 {
				f.mode = 0o755
			}
		}
		out[name] = f
		return room.take(name, int64(len(f.data)))
	})
	return out, err
}

// room is what the limits leave of files and bytes.
type room struct {
	limits Limits
	files  int
	bytes  int64
}

func newRoom(l Limits) *room { return &room{limits: l} }

func (r *room) fits(name string, size int64) error {
	if size > r.limits.Bytes-r.bytes {
		return fmt.Errorf("%s: with it the source passes %d MiB: this is not the servo's source alone", name, r.limits.Bytes>>20)
	}
	return nil
}

func (r *room) take(name string, size int64) error {
	if err := r.fits(name, size); err != nil {
		return err
	}
	if r.files++; r.files > r.limits.Files {
		return fmt.Errorf("%s: more than %d entries: this is not the servo's source alone", name, r.limits.Files)
	}
	r.bytes += size
	return nil
}

// maxPathDepth bounds the folders of a name in a source.
const maxPathDepth = 64

// checkPath refuses names that cannot be in a source, or must not lead anywhere.
func checkPath(name string) error {
	parts := strings.Split(name, "/")
	if len(parts) > maxPathDepth {
		return fmt.Errorf("%.60q…: more than %d folders deep", name, maxPathDepth)
	}
	for _, p := range parts {
		switch {
		case p == "" || p == "." || p == "..", strings.ContainsAny(p, `\`):
			return fmt.Errorf("the source names a file %q, which leads elsewhere: do not trust it", name)
		case dotGit(p):
			return fmt.Errorf("the source names a file %q: git keeps its own affairs there, and refuses it too", name)
		case !utf8.ValidString(p) || strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return fmt.Errorf("the name %q is not UTF-8 or holds a control character: rename it", name)
		case len(p) > 255:
			return fmt.Errorf("the name %.60q… is longer than the 255 bytes that a file system holds: rename it", p)
		}
	}
	return nil
}

// dotGit says whether a file system that folds names could take one for git's own folder.
func dotGit(part string) bool {
	p := strings.ToLower(strings.TrimRight(part, ". "))
	return p == ".git" || p == "git~1"
}

// digest is over lines "MODE SIZE NAME", each followed by the content: equal trees have equal digests.
func (t tree) digest() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(t)) {
		f := t[name]
		mode := "100644"
		switch f.mode {
		case 0o755:
			mode = "100755"
		case fs.ModeSymlink:
			mode = "120000"
		}
		fmt.Fprintf(h, "%s %d %s\n", mode, len(f.data), name)
		_, _ = h.Write(f.data) // a hash takes all
	}
	return hex.EncodeToString(h.Sum(nil))
}

// get gives a file of the tree, links followed inside it. ok is false when there is none.
func (t tree) get(name string) (file, bool, error) {
	asked := name
	for range 16 {
		f, ok := t[name]
		if !ok || f.mode != fs.ModeSymlink {
			return f, ok, nil
		}
		target := string(f.data)
		next := path.Join(path.Dir(name), target)
		if path.IsAbs(target) || next == ".." || strings.HasPrefix(next, "../") {
			return file{}, false, fmt.Errorf("%s: the link leads out of the source, to %q: put the file itself there", asked, target)
		}
		name = next
	}
	return file{}, false, fmt.Errorf("%s: the links go round: put the file itself there", asked)
}

// bare is an error without the operation and path of package os: the caller has told them.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
