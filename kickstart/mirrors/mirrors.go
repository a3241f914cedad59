// Package mirrors reads lists of package repositories: INI files with sections [name:mirrortype].
package mirrors

// Repo is a repository.
type Repo struct {
	Name string
	Kind string // "baseurl" or "mirrorlist"
	URL  string
}

// List is a list that was read.
type List struct{}

// Parse reads a list.
func Parse(name string, text []byte) (*List, error) { panic("not yet") }

// Types are the mirror types, in the order in which they first stand.
func (l *List) Types() []string { panic("not yet") }

// Repos are the repositories of a type, in their order; and what is wrong with some, in words.
func (l *List) Repos(mirrorType string) ([]Repo, []string, error) { panic("not yet") }
