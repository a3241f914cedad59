package treediff

import (
	"fmt"
	"path"
	"strings"
)

// ignore is a list of patterns, cut at the slashes.
type ignore [][]string

func parseIgnore(patterns []string) (ignore, error) {
	var out ignore
	for _, p := range patterns {
		parts := strings.Split(strings.Trim(p, "/"), "/")
		for _, part := range parts {
			if _, err := path.Match(part, ""); err != nil || part == "" {
				return nil, fmt.Errorf("pattern %q: write it as a path of the image, with * ? [a-z] in a name and ** for any folders", p)
			}
		}
		if last := len(parts) - 1; parts[last] == "**" { // all that is in a folder, not the folder
			parts[last] = "*"
		}
		if !strings.Contains(p, "/") {
			parts = append([]string{"**"}, parts...)
		}
		out = append(out, parts)
	}
	return out, nil
}

// matches says whether a name, as package io/fs writes it, is left out. The root never is.
func (ig ignore) matches(name string) bool {
	if len(ig) == 0 || name == "." {
		return false
	}
	parts := strings.Split(name, "/")
	for _, p := range ig {
		if matchParts(p, parts) {
			return true
		}
	}
	return false
}

// matchParts goes back to the last ** alone when a part does not match, so that its cost is bounded by the product of
// the lengths.
func matchParts(pattern, parts []string) bool {
	p, i := 0, 0
	star, from := -1, 0
	for i < len(parts) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, from = p, i
			p++
			continue
		case p < len(pattern):
			if ok, _ := path.Match(pattern[p], parts[i]); ok {
				p, i = p+1, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, i = star+1, from
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

// CheckIgnore says what is wrong with patterns for [Options.Ignore].
func CheckIgnore(patterns []string) error {
	_, err := parseIgnore(patterns)
	return err
}
