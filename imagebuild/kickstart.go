package imagebuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// Kickstart is a kickstart file that images are held against, with the files that it names. All of it is read at once: it is
// the same for every image.
type Kickstart struct {
	Name string // of the file, without folders
	// Version is the release by which it is read; 0: the image's own.
	Version  grammar.Version
	text     []byte
	included map[string]includedFile // by the name that a line has
	own      bool                    // it is the one that the source's own package brings, and not read yet
}

// includedFile is what a %include or %ksappend names.
type includedFile struct {
	text []byte
	err  error
}

// OpenKickstart reads a kickstart file, and what it names below its own folder.
func OpenKickstart(name string, v grammar.Version) (*Kickstart, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := readKickstart(f)
	if err != nil {
		return nil, fmt.Errorf("kickstart %w", source.At(name, err))
	}
	k := &Kickstart{Name: filepath.Base(name), Version: v, text: text}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := k.readIncluded(kickstart.Below(root)); err != nil {
		return nil, fmt.Errorf("kickstart %w", source.At(name, err))
	}
	return k, nil
}

// OwnKickstart is the kickstart file that a source's own package brings, whichever source that will be. It is for
// [PlanKickstart] alone.
func OwnKickstart(v grammar.Version) *Kickstart { return &Kickstart{Version: v, own: true} }

// packagedKickstart is the kickstart file that a source's own package brings. What it includes, no package does.
func packagedKickstart(s *source.Source, v grammar.Version) (*Kickstart, error) {
	switch {
	case s.Kind != source.KindRPM:
		return nil, usagef("it is no package, which could bring a kickstart file: name the file instead of --own-kickstart")
	case s.Kickstart == nil:
		return nil, fmt.Errorf("the package has no kickstart file: name one instead of --own-kickstart")
	}
	k := &Kickstart{Name: path.Base(s.Kickstart.Path), Version: v, text: s.Kickstart.Text}
	if err := k.readIncluded(nowhere("it is not in the package")); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Kickstart.Path, err)
	}
	return k, nil
}

// nowhere opens no file, for a reason.
func nowhere(why string) func(string) ([]byte, error) {
	return func(string) ([]byte, error) { return nil, errors.New(why) }
}

// readIncluded reads what the file names.
func (k *Kickstart) readIncluded(open func(string) ([]byte, error)) error {
	parsed, err := kickstart.Parse(k.Name, k.text, k.Version)
	if err != nil { // the caller names the file
		return errors.New(strings.TrimPrefix(err.Error(), k.Name+": "))
	}
	if err := NoTemplate(parsed); err != nil {
		return err
	}
	k.included = map[string]includedFile{}
	kickstart.Flatten(parsed, func(target string) ([]byte, error) { return k.include(open, target) })
	return nil
}

// NoTemplate refuses a template that was not rendered: no line of it means what it would mean in a kickstart file.
func NoTemplate(f *kickstart.File) error {
	marks := kickstart.Templates(f)
	if len(marks) == 0 {
		return nil
	}
	m := marks[0]
	at := fmt.Sprintf("line %d", m.Place.Line)
	if m.Place.File != f.Name {
		at += " of " + m.Place.File
	}
	return fmt.Errorf("it is a template in %s (%s), and no kickstart file yet: %s", m.Language, at, m.Hint)
}

// readKickstart reads at most as many bytes as a kickstart file may have.
func readKickstart(f io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(f, kickstart.MaxFile+1))
	if err == nil && len(text) > kickstart.MaxFile {
		err = fmt.Errorf("it has more than the %d bytes that a kickstart file may have", kickstart.MaxFile)
	}
	return text, err
}

// include reads a file that the kickstart names, and keeps what it has read.
func (k *Kickstart) include(open func(string) ([]byte, error), target string) ([]byte, error) {
	if have, ok := k.included[target]; ok {
		return have.text, have.err
	}
	text, err := open(target)
	k.included[target] = includedFile{text, err}
	return text, err
}

// Parse reads the file as the installer of a release would, with what it names; 0: by its own line, else as RHEL6.
func (k *Kickstart) Parse(v grammar.Version) (*kickstart.File, error) {
	f, err := kickstart.Parse(k.Name, k.text, v)
	if err != nil {
		return nil, fmt.Errorf("kickstart %s: %w", k.Name, err)
	}
	return kickstart.Flatten(f, func(target string) ([]byte, error) {
		if have, ok := k.included[target]; ok {
			return have.text, have.err
		}
		return nil, fs.ErrNotExist
	}), nil
}

// refusals are what the installer of the file's own release would refuse. One that does not name its release passes where any
// release would take it: which one counts, the image tells.
func (k *Kickstart) refusals() ([]kickstart.Problem, error) {
	f, err := k.Parse(k.Version)
	if err != nil {
		return nil, err
	}
	first := refused(f)
	if k.Version != 0 || strings.Contains(strings.ToLower(string(k.text)), "#version=") {
		return first, nil
	}
	for _, v := range grammar.Versions() {
		if f, err = k.Parse(v); err != nil {
			return nil, err
		}
		if len(refused(f)) == 0 {
			return nil, nil
		}
	}
	return first, nil
}

// refused are problems that are no warnings.
func refused(f *kickstart.File) []kickstart.Problem {
	return slices.DeleteFunc(slices.Clone(f.Problems), func(p kickstart.Problem) bool { return p.Warning })
}

// SHA256 is the digest of the file, in hexadecimal.
func (k *Kickstart) SHA256() string {
	sum := sha256.Sum256(k.text)
	return hex.EncodeToString(sum[:])
}

// versionFor is the release by which the file is read for an image: the one that is asked for, else the image's own.
func (k *Kickstart) versionFor(os survey.OS) grammar.Version {
	if k.Version == 0 && os.Family == "rhel" && slices.Contains(grammar.Versions(), grammar.Version(os.Major)) {
		return grammar.Version(os.Major)
	}
	return k.Version
}

// judge holds an image against the file.
func (k *Kickstart) judge(ctx context.Context, s *check.Subject) (*Conformity, error) {
	f, err := k.Parse(k.versionFor(s.Survey.OS))
	if err != nil {
		return nil, err
	}
	statements, err := conformance.Judge(ctx, f, s)
	if err != nil {
		return nil, err
	}
	return &Conformity{
		File: k.Name, SHA256: k.SHA256(), Version: f.Version.String(), Count: conformance.Count(statements), Statements: statements,
		Ignored: conformance.SaysNothing(f), Problems: append([]kickstart.Problem{}, f.Problems...),
	}, nil
}

// Conformity is what came of holding an image against a kickstart file.
type Conformity struct {
	File   string `json:"file"` // without folders
	SHA256 string `json:"sha256"`
	// Version is the release by which the file was read.
	Version string             `json:"version"`
	Count   conformance.Counts `json:"count"`
	// Statements are what the file says, in its order, each with what the image has.
	Statements []conformance.Statement `json:"statements"`
	// Ignored are the lines that say nothing of an image, each with the reason.
	Ignored []conformance.Silent `json:"ignored"`
	// Problems are what the installer of that release would refuse, or read otherwise than it looks.
	Problems []kickstart.Problem `json:"problems"`
}

// RecordKickstart is what the record keeps of it.
type RecordKickstart struct {
	Name    string             `json:"name"` // without folders
	SHA256  string             `json:"sha256"`
	Version string             `json:"version"` // the release by which it was read
	Count   conformance.Counts `json:"count"`
	// Fails are the statements that do not hold.
	Fails []conformance.Statement `json:"fails,omitempty"`
}

func recordKickstart(c *Conformity) *RecordKickstart {
	if c == nil {
		return nil
	}
	out := &RecordKickstart{Name: c.File, SHA256: c.SHA256, Version: c.Version, Count: c.Count}
	for _, s := range c.Statements {
		if s.Verdict == conformance.DoesNotHold {
			out.Fails = append(out.Fails, s)
		}
	}
	return out
}
