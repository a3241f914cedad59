package recipe

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"go.yaml.in/yaml/v3"

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
		return nil, NewError(path, []Problem{{Place{File: path}, "too-large", "the recipe is larger than 1 MiB", "put contents into files and name those"}})
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
		return nil, NewError(file, []Problem{*problem})
	}
	reader := &reader{file: file, within: map[*yaml.Node]bool{}}
	tree := reader.read(root, table(), "")
	if tree == nil {
		return nil, NewError(file, reader.problems)
	}
	r := &Recipe{File: file, Dir: dir, tree: tree}
	for _, m := range tree.get("profiles").list() {
		r.profiles = append(r.profiles, m.key)
	}
	if len(r.profiles) == 0 {
		r.profiles = []string{DefaultProfile}
	}
	reader.profiles(r)
	if err := NewError(file, reader.problems); err != nil {
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
	return nil, fmt.Errorf("%s: there is no profile %q%s; there are %s", r.File, shorten(profile), nearest.Suggestion(profile, r.profiles), aFew(r.profiles))
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
	Checks     Checks    `json:"checks,omitzero"`
	Attributes string    `json:"attributes,omitempty"` // copy, keep, drop; empty: copy
	// Places tells where each value stands: of haproxy.timeouts.client, of edits[2].
	Places map[string]Place `json:"places"`

	tree *value
}

// Path is the place of a path that the recipe names.
func (r *Resolved) Path(p string) string { return pathIn(r.Dir, p) }
