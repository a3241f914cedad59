package recipe

import (
	"fmt"
	"io/fs"
)

// Edit is one further change: exactly one of the pointers is set.
type Edit struct {
	Place Place `json:"place"`
	// Override lets the edit count over earlier ones that disagree with it on its path.
	Override bool `json:"override,omitempty"`

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

// Service is whether a service starts at boot. Action is one of add, del, enable, disable, preset, mask,
// unmask, reset, resetpriorities.
type Service struct {
	Name   string `json:"name"`
	Action string `json:"action"`
	Levels string `json:"levels,omitempty"`
}

// RPM is a package to install.
type RPM struct {
	Path       string `json:"path"`
	Scriptlets string `json:"scriptlets,omitempty"` // native, skip; empty: native
	NoDeps     bool   `json:"nodeps,omitempty"`     // what it requires and the image lacks does not matter
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
