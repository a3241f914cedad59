package rpm

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"time"
)

// maxArchive bounds the archive in a package that Write makes, in bytes: sizes
// that every rpm reads have 32 bits, with room for what gzip adds at worst.
// Larger ones need rpm 4.12, which EL6 has not.
const maxArchive = 1<<32 - 16<<20

// Spec says what Write puts into a package. Nothing else has a part in it.
type Spec struct {
	Name, Version, Release string // required
	Epoch                  uint32 // 0 is none
	Arch                   string // "" is "noarch"
	Summary, License       string // required
	Description            string // "" is the summary
	Group, URL             string
	Vendor, Packager       string
	BuildHost              string    // "" is "localhost"
	BuildTime              time.Time // required; to the second

	Requires, Provides   []Dependency // Flags may be left out, or say what they are for
	Conflicts, Obsoletes []Dependency

	// Scripts for /bin/sh, "" for none.
	PreInstall, PostInstall, PreRemove, PostRemove string

	// Files may come in any order; the package has them sorted by path. All
	// contents together may have a little less than 4 GiB.
	Files []SpecFile

	// Changelog has the latest entry first.
	Changelog []Change
}

// SpecFile is a file to put into a package: a regular file, a folder or a
// symbolic link. The folders above it need not be listed.
type SpecFile struct {
	Path    string      // absolute and clean
	Mode    fs.FileMode // type and permissions; those of a link are always 0777
	User    string      // "" is "root"
	Group   string      // "" is "root"
	ModTime time.Time   // to the second; zero is the Spec's BuildTime
	Content []byte      // of a regular file
	Link    string      // target of a symbolic link

	// Data has the first Size bytes of a regular file's content, in place of
	// Content, for what should not lie in memory. It must not change meanwhile.
	Data io.ReaderAt
	Size int64

	// Unverified are the bits of File.VerifyFlags that 'rpm -V' is not to compare.
	Unverified uint32

	// Flags may be FlagConfig, FlagNoReplace, FlagMissingOK, FlagDoc, FlagLicense,
	// FlagReadme, FlagPubkey, FlagArtifact, and FlagGhost of a file without content.
	Flags FileFlags
}

// size of the content, or of a link's target.
func (f *SpecFile) size() int64 {
	if f.Data != nil {
		return f.Size
	}
	return int64(len(f.Content) + len(f.Link))
}

// open reads the content, or a link's target.
func (f *SpecFile) open() io.Reader {
	switch {
	case f.Data != nil:
		return io.NewSectionReader(f.Data, 0, f.Size)
	case f.Link != "":
		return strings.NewReader(f.Link)
	}
	return bytes.NewReader(f.Content)
}

// writableFlags are those that need nothing but their bit.
const writableFlags = FlagConfig | FlagNoReplace | FlagMissingOK | FlagDoc | FlagLicense | FlagReadme | FlagPubkey | FlagArtifact | FlagGhost

// Check says what Write would refuse, as far as that does not depend on contents.
func (s Spec) Check() error {
	_, err := s.normal()
	return err
}

// normal gives a copy with the defaults filled in and the files sorted, or says
// what cannot be written.
func (s Spec) normal() (Spec, error) {
	s.Arch = cmp.Or(s.Arch, "noarch")
	s.Description = cmp.Or(s.Description, s.Summary)
	s.BuildHost = cmp.Or(s.BuildHost, "localhost")
	s.BuildTime = s.BuildTime.UTC().Truncate(time.Second)
	for _, f := range []struct{ what, value, more string }{
		{"name", s.Name, "-"}, {"version", s.Version, "~^"}, {"release", s.Release, "~^"}, {"architecture", s.Arch, ""},
	} {
		if !isWord(f.value, f.more) {
			return s, fmt.Errorf("%q is no %s: use letters, digits and ._+%s", f.value, f.what, f.more)
		}
	}
	for _, f := range []struct{ what, value string }{{"summary", s.Summary}, {"license", s.License}} {
		if f.value == "" {
			return s, fmt.Errorf("it has no %s: set one", f.what)
		}
	}
	if err := checkTime(s.BuildTime); err != nil {
		return s, fmt.Errorf("build time: %w", err)
	}
	for _, c := range s.Changelog {
		if err := checkTime(c.Time); err != nil {
			return s, fmt.Errorf("changelog: %w", err)
		}
		if c.Name == "" || strings.Contains(c.Name+c.Text, "\x00") {
			return s, fmt.Errorf("changelog: %q has no name, or a zero byte: correct it", short(c.Name))
		}
	}
	for _, f := range []string{s.Summary, s.License, s.Description, s.Group, s.URL, s.Vendor, s.Packager, s.BuildHost,
		s.PreInstall, s.PostInstall, s.PreRemove, s.PostRemove} {
		if strings.Contains(f, "\x00") {
			return s, fmt.Errorf("%q has a zero byte: remove it", short(f))
		}
	}
	for _, d := range slices.Concat(s.Requires, s.Provides, s.Conflicts, s.Obsoletes) {
		if err := d.check(); err != nil {
			return s, err
		}
	}
	err := s.normalFiles()
	return s, err
}

func (s *Spec) normalFiles() error {
	s.Files = slices.Clone(s.Files)
	slices.SortFunc(s.Files, func(a, b SpecFile) int { return strings.Compare(a.Path, b.Path) })
	for i := range s.Files {
		f := &s.Files[i]
		f.User, f.Group = cmp.Or(f.User, "root"), cmp.Or(f.Group, "root")
		if f.ModTime.IsZero() {
			f.ModTime = s.BuildTime
		}
		if f.Mode.Type() == fs.ModeSymlink {
			f.Mode |= 0o777
		}
		if i > 0 && f.Path == s.Files[i-1].Path {
			return fmt.Errorf("file %q is listed twice: remove one", f.Path)
		}
		if err := f.check(); err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
		if f.size() > maxArchive { // before sums of such sizes
			return fmt.Errorf("file %q: its %d bytes are %w", f.Path, f.size(), errTooLarge)
		}
	}
	if n := s.archiveSize(); n > maxArchive {
		return fmt.Errorf("an archive of %d bytes is %w", n, errTooLarge)
	}
	return nil
}

var errTooLarge = errors.New("more than packages hold that every rpm reads (4 GiB): make it smaller, or leave some out")

func (f *SpecFile) check() error {
	hasContent := f.Content != nil || f.Data != nil
	switch {
	case f.Content != nil && f.Data != nil, f.Size < 0, f.Data == nil && f.Size != 0:
		return errors.New("Content is one way to give the content, Data and Size are another: choose one")
	case f.Flags&FlagGhost != 0 && (hasContent || f.Link != ""):
		return errors.New("a ghost is not contained in the package: leave its content out")
	case !path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || f.Path == "/":
		return errors.New("the path is not absolute and clean, or it is the root: correct it")
	case len(f.Path) >= maxPath-1 || len(f.Link) >= maxPath:
		return fmt.Errorf("the path or the link target has more than %d bytes: shorten it", maxPath-2)
	case strings.Contains(f.Path+f.User+f.Group+f.Link, "\x00"):
		return errors.New("the path, owner or link target has a zero byte: remove it")
	case f.Flags&^writableFlags != 0:
		return fmt.Errorf("flags %v cannot be written: leave them out", f.Flags&^writableFlags)
	}
	switch f.Mode.Type() {
	case 0:
		if f.Link != "" {
			return errors.New("a regular file has no link target: leave it out")
		}
	case fs.ModeDir:
		if f.Link != "" || hasContent {
			return errors.New("a folder has no content and no link target: leave it out")
		}
	case fs.ModeSymlink:
		if f.Link == "" && f.Flags&FlagGhost == 0 || hasContent {
			return errors.New("a symbolic link has a target and no content: set Link alone")
		}
	default:
		return fmt.Errorf("%v is no regular file, folder or symbolic link: leave it out", f.Mode)
	}
	if err := checkTime(f.ModTime); err != nil {
		return fmt.Errorf("time: %w", err)
	}
	return nil
}

// checkTime holds a time against the 32 bits that a header has for it. rpm takes
// them with a sign.
func checkTime(t time.Time) error {
	if s := t.Unix(); t.IsZero() || s < 0 || s > math.MaxInt32 {
		return fmt.Errorf("%v does not lie between 1970 and 2038: set another", t)
	}
	return nil
}

func (d Dependency) check() error {
	if d.Name == "" || strings.ContainsAny(d.Name+d.Version, "\x00\n") || strings.Contains(d.Name+d.Version, " ") && !d.rich() {
		return fmt.Errorf("dependency %q has an empty name, or a space in it: correct it", d)
	}
	known := d.Op == ""
	for _, op := range senseOps {
		known = known || op == d.Op
	}
	if !known || (d.Op == "") != (d.Version == "") {
		return fmt.Errorf("dependency %q: an operator (<, <=, =, >=, >) and a version belong together: give both or none",
			d.Name+" "+d.Op+" "+d.Version)
	}
	return nil
}

// isWord reports whether s is a word as rpm's names and versions are.
func isWord(s, more string) bool {
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("._+"+more, r):
		default:
			return false
		}
	}
	return s != "" && s[0] != '-' && s[0] != '.'
}
