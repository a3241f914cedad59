package recipe

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"lbimage/haproxy-config/nearest"
)

// APIVersion is what a recipe begins with.
const APIVersion = "lbimage/v1"

// DefaultName is that of a recipe where none is named.
const DefaultName = "lbimage.yaml"

// DefaultProfile is the profile of a recipe that has none.
const DefaultProfile = "default"

// Recipe is a recipe that has been read and found right. [Recipe.Resolve] gives what it says for a
// profile.
type Recipe struct {
	File   string // as it was named
	Dir    string // the folder that paths are relative to
	Source Source

	tree     *value
	profiles []string
}

// Load reads a recipe. What is wrong with it is told by an [*Error].
func Load(path string) (*Recipe, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w; name another with -f, or write one with 'lbimage recipe init'", err)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no regular file; name the recipe itself", path)
	}
	if st.Size() > MaxText {
		return nil, newError(path, []Problem{{Place{File: path}, "too-large", "the recipe is larger than 1 MiB", "put contents into files and name those"}})
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, filepath.Dir(path), text)
}

// Parse reads a recipe from its text. File is how messages name it; paths in it are relative to dir.
func Parse(file, dir string, text []byte) (*Recipe, error) {
	root, problem := parseYAML(file, text)
	if problem != nil {
		return nil, newError(file, []Problem{*problem})
	}
	reader := &reader{file: file, within: map[*yamlNode]bool{}}
	tree := reader.read(root, table(), "")
	if tree == nil {
		return nil, newError(file, reader.problems)
	}
	r := &Recipe{File: file, Dir: dir, tree: tree}
	for _, m := range tree.get("profiles").list() {
		r.profiles = append(r.profiles, m.key)
	}
	if len(r.profiles) == 0 {
		r.profiles = []string{DefaultProfile}
	}
	reader.profiles(r)
	if err := newError(file, reader.problems); err != nil {
		return nil, err
	}
	r.Source = sourceOf(tree.get("source"))
	return r, nil
}

// ProfileNames are the profiles in the order of the recipe, one at least.
func (r *Recipe) ProfileNames() []string { return append([]string(nil), r.profiles...) }

// Path is the place of a path that the recipe names.
func (r *Recipe) Path(p string) string { return pathIn(r.Dir, p) }

func pathIn(dir, p string) string {
	if p == "" || filepath.IsAbs(p) || dir == "" || dir == "." {
		return p
	}
	return filepath.Join(dir, p)
}

// url is what git takes for a remote repository: SCHEME://…, or USER@HOST:PATH.
var url = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]*://|[^/:@\s]+@[^/:@\s]+:)`)

// IsURL tells whether a servo's source is the URL of a repository, and not a folder.
func IsURL(source string) bool { return url.MatchString(source) }

// Resolve gives what the recipe says for a profile: the top level, the profiles that it extends, itself.
func (r *Recipe) Resolve(profile string) (*Resolved, error) {
	for _, name := range r.profiles {
		if name == profile {
			return resolved(r, profile), nil
		}
	}
	return nil, fmt.Errorf("%s: there is no profile %q%s; there are %s", r.File, shorten(profile), nearest.Suggestion(profile, r.profiles), list3(r.profiles))
}

// Resolved is a recipe for one profile: all that build needs to know.
type Resolved struct {
	File       string    `json:"file"`
	Dir        string    `json:"-"`
	Profile    string    `json:"profile"`
	Source     Source    `json:"source"`
	Output     Output    `json:"output"`
	HAProxy    HAProxy   `json:"haproxy"`
	Sysctl     []Setting `json:"sysctl,omitempty"`
	Overlay    []string  `json:"overlay,omitempty"`
	Edits      []Edit    `json:"edits,omitempty"`
	Servo      *Servo    `json:"servo,omitempty"`
	Access     *Access   `json:"access,omitempty"`
	Keyring    []string  `json:"keyring,omitempty"`
	Attributes string    `json:"attributes,omitempty"` // copy, keep, drop; empty: copy
	// Places tells where each value stands: of haproxy.timeouts.client, of edits[2].
	Places map[string]Place `json:"places"`

	tree *value
}

// Path is the place of a path that the recipe names.
func (r *Resolved) Path(p string) string { return pathIn(r.Dir, p) }

// Source is what a build starts from.
type Source struct {
	Path      string `json:"path"`                // relative to the recipe's folder
	SHA256    string `json:"sha256,omitempty"`    // in small letters; empty: any
	Partition int    `json:"partition,omitempty"` // 0: found
}

// Output is what is made.
type Output struct {
	Name string `json:"name,omitempty"` // with placeholders; see [Resolved.OutputName]
}

// Setting is a name with a value, as it is written.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HAProxy are changes to the template, and how it is judged.
type HAProxy struct {
	Template     string    `json:"template,omitempty"`
	Timeouts     []Setting `json:"timeouts,omitempty"`
	Set          []Setting `json:"set,omitempty"`
	Options      []string  `json:"options,omitempty"`
	Version      string    `json:"version,omitempty"`
	ServoVersion string    `json:"servoVersion,omitempty"`
	LintOnly     bool      `json:"lintOnly,omitempty"`
}

// Servo is a load-balancer-servo to install: RPM or Source.
type Servo struct {
	RPM        string `json:"rpm,omitempty"`
	Scriptlets string `json:"scriptlets,omitempty"` // native, skip; empty: native
	Source     string `json:"source,omitempty"`     // a folder, or a URL: see [IsURL]
	Ref        string `json:"ref,omitempty"`
	AllowDirty bool   `json:"allowDirty,omitempty"`
	Bootstrap  string `json:"bootstrap,omitempty"` // install, per-boot; empty: install
	LogLevel   string `json:"logLevel,omitempty"`
}

// Access is who may log in.
type Access struct {
	User               string   `json:"user,omitempty"` // empty: root
	AuthorizedKeys     []string `json:"authorizedKeys,omitempty"`
	AuthorizedKeysFile string   `json:"authorizedKeysFile,omitempty"`
	Password           string   `json:"password,omitempty"` // a hash
}

// Edit is one further change: exactly one of the pointers is set.
type Edit struct {
	Place          Place           `json:"place"`
	Line           *Line           `json:"line,omitempty"`
	File           *File           `json:"file,omitempty"`
	Dir            *Dir            `json:"dir,omitempty"`
	Symlink        *Symlink        `json:"symlink,omitempty"`
	Remove         *Remove         `json:"remove,omitempty"`
	User           *User           `json:"user,omitempty"`
	Group          *Group          `json:"group,omitempty"`
	Password       *Password       `json:"password,omitempty"`
	Service        *Service        `json:"service,omitempty"`
	RPM            *RPM            `json:"rpm,omitempty"`
	AuthorizedKeys *AuthorizedKeys `json:"authorizedKeys,omitempty"`
}

// Line is a line of a text file: Set, or with Remove away with it.
type Line struct {
	Path    string  `json:"path"`
	Match   string  `json:"match,omitempty"` // RE2; empty with Missing append alone
	Set     string  `json:"set"`
	Expand  bool    `json:"expand,omitempty"` // $1 in Set is a group of Match
	Remove  bool    `json:"remove,omitempty"`
	Which   string  `json:"which,omitempty"`   // all, first, last; empty: all
	Missing string  `json:"missing,omitempty"` // fail, append, skip; empty: fail
	After   string  `json:"after,omitempty"`   // RE2
	Before  string  `json:"before,omitempty"`  // RE2
	Create  *Create `json:"create,omitempty"`  // nil: the file has to be there
}

// Create says how a file is made that is not there.
type Create struct {
	Mode  *Mode  `json:"mode,omitempty"`  // nil: 0644
	Owner string `json:"owner,omitempty"` // empty: root:root
}

// File is a file with a content: Content, or that of the file Source.
type File struct {
	Path    string `json:"path"`
	Content string `json:"content,omitempty"`
	Source  string `json:"source,omitempty"`
	Mode    *Mode  `json:"mode,omitempty"`  // nil: as it was
	Owner   string `json:"owner,omitempty"` // empty: as it was
}

// Dir is a folder.
type Dir struct {
	Path  string `json:"path"`
	Mode  *Mode  `json:"mode,omitempty"`
	Owner string `json:"owner,omitempty"`
}

// Symlink is a symbolic link.
type Symlink struct {
	Path   string `json:"path"`
	Target string `json:"target"`
}

// Remove is what is to go.
type Remove struct {
	Path      string `json:"path"`
	Recursive bool   `json:"recursive,omitempty"`
}

// User is an account.
type User struct {
	Name       string   `json:"name"`
	System     bool     `json:"system,omitempty"`
	UID        *uint32  `json:"uid,omitempty"`
	Group      string   `json:"group,omitempty"`
	Groups     []string `json:"groups,omitempty"`
	Comment    string   `json:"comment,omitempty"`
	Home       string   `json:"home,omitempty"`
	Shell      string   `json:"shell,omitempty"`
	CreateHome bool     `json:"createHome,omitempty"`
	Password   string   `json:"password,omitempty"` // a hash
}

// Group is a group.
type Group struct {
	Name   string  `json:"name"`
	GID    *uint32 `json:"gid,omitempty"`
	System bool    `json:"system,omitempty"`
}

// Password is the hash of an account's password.
type Password struct {
	User string `json:"user"`
	Hash string `json:"hash"`
}

// Service is whether a service starts at boot. Action is one of add, del, enable, disable, preset, mask, unmask.
type Service struct {
	Name   string `json:"name"`
	Action string `json:"action"`
	Levels string `json:"levels,omitempty"`
}

// RPM is a package to install.
type RPM struct {
	Path       string `json:"path"`
	Scriptlets string `json:"scriptlets,omitempty"` // native, skip; empty: native
}

// AuthorizedKeys are keys that may log in: Keys, or those in File.
type AuthorizedKeys struct {
	User string   `json:"user"`
	Keys []string `json:"keys,omitempty"`
	File string   `json:"file,omitempty"`
}

// Mode are the permission and set-id bits of a mode as Unix numbers them: 04755.
type Mode uint32

// String writes a mode with its leading 0.
func (m Mode) String() string { return fmt.Sprintf("%04o", uint32(m)) }

// MarshalText writes a mode as in a recipe.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// FileMode is the mode in Go's own bits.
func (m Mode) FileMode() fs.FileMode {
	out := fs.FileMode(m & 0o777)
	for _, bit := range []struct {
		unix Mode
		mode fs.FileMode
	}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}} {
		if m&bit.unix != 0 {
			out |= bit.mode
		}
	}
	return out
}
