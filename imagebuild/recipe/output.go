package recipe

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// outputSuffix ends the names of outputs.
const outputSuffix = ".tgz"

// defaultName is the name of an output that the recipe does not name.
const defaultName = "{name}-{profile}"

// SourceNames are what a source is called, for the placeholders of an output's name. What it does not
// have is empty: only packages have versions.
type SourceNames struct{ Name, Version, Release, Arch string }

// OutputName is the file name of the image, with .tgz. Without output.name it is {name}-{profile}.
func (r *Resolved) OutputName(s SourceNames) (string, error) {
	name := r.Output.Name
	if name == "" {
		name = defaultName
	}
	values := map[string]string{"{name}": s.Name, "{version}": s.Version, "{release}": s.Release, "{arch}": s.Arch, "{profile}": r.Profile}
	place := Place{File: r.File}
	if p, ok := r.Places["output.name"]; ok {
		place = p
	}
	for _, word := range placeholders {
		word = "{" + word + "}"
		if strings.Contains(name, word) && values[word] == "" {
			return "", fmt.Errorf("%s: output.name: the source has no %s; write it out", place, strings.Trim(word, "{}"))
		}
	}
	var pairs []string
	for _, word := range placeholders {
		word = "{" + word + "}"
		pairs = append(pairs, word, values[word])
	}
	name = strings.NewReplacer(pairs...).Replace(name)
	if !strings.HasSuffix(name, outputSuffix) {
		name += outputSuffix
	}
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") || len(name) > 250 || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return "", fmt.Errorf("%s: output.name: %q is no plain file name; choose another", place, shorten(name))
	}
	return name, nil
}

// OutputNames are the file names of several profiles' images, made from one source. Two that are the same
// are refused.
func OutputNames(profiles []*Resolved, s SourceNames) ([]string, error) {
	var names []string
	for i, r := range profiles {
		name, err := r.OutputName(s)
		if err != nil {
			return nil, err
		}
		if other := slices.Index(names, name); other >= 0 {
			return nil, fmt.Errorf("%s: output.name: profiles %s and %s would both write %s; put {profile} into the name", r.File, profiles[other].Profile, profiles[i].Profile, name)
		}
		names = append(names, name)
	}
	return names, nil
}
