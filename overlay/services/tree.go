package services

import (
	"fmt"
	"path"
	"strings"

	"lbimage/overlay"
)

// readText reads a regular file through symbolic links inside the tree; nil without error where there is none.
func readText(t overlay.ReadTree, name string) ([]byte, error) {
	if !isFile(t, name) { // a link that goes round is a file that is not there
		return nil, nil
	}
	text, _, err := overlay.ReadFile(t, name, maxFile)
	if err == nil && text == nil {
		text = []byte{}
	}
	return text, err
}

// folder gives the names in a folder, sorted, and the folder's name without links; nothing where there is none.
func folder(t overlay.ReadTree, name string) (dir string, names []string, err error) {
	r, err := overlay.Resolve(t, name)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return "", nil, nil //nolint:nilerr // as above
	}
	entries, err := t.ReadDir(r.Name)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	if len(entries) > maxFiles {
		return "", nil, fmt.Errorf("%s: %d names: more than %d are too many", r.Path(), len(entries), maxFiles)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return r.Name, names, nil
}

// exists says whether there is something at the end of a path.
func exists(t overlay.ReadTree, name string) bool {
	r, err := overlay.Resolve(t, name)
	return err == nil && r.Exists()
}

// isFile says whether a regular file is at the end of a path.
func isFile(t overlay.ReadTree, name string) bool {
	r, err := overlay.Resolve(t, name)
	return err == nil && r.Exists() && r.Info.Mode().IsRegular()
}

// leftover says whether a name in init.d or xinetd.d is one that chkconfig passes by.
func leftover(name string) bool {
	switch path.Ext(name) {
	case ".rpmsave", ".rpmnew", ".rpmorig", ".swp":
		return true
	}
	return name == "" || name[0] == '.' || strings.HasSuffix(name, "~") || strings.HasSuffix(name, ",")
}
