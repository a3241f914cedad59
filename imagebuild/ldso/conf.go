package ldso

import (
	"bufio"
	"bytes"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Limits on ld.so.conf: files that include files.
const (
	maxConfFiles = 64
	maxConfSize  = 1 << 20
	maxFolders   = 256
)

// conf reads ld.so.conf and what it includes.
type conf struct {
	tree    Tree
	folders []string
	files   int
}

func (c *conf) read(name string) error {
	if c.files++; c.files > maxConfFiles { // a ring of includes ends here, too
		return nil
	}
	text, err := Small(c.tree, name, maxConfSize)
	if err != nil || text == nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r:,=", r) })
		switch {
		case len(words) == 0 || words[0] == "hwcap":
		case words[0] == "include":
			for _, pattern := range strings.Fields(line)[1:] {
				if err := c.include(path.Join(path.Dir(name), pattern), pattern); err != nil {
					return err
				}
			}
		default: // a folder may be followed by "=libc5" and the like, which is cut off as a word
			for _, w := range words {
				if w = path.Clean(w); strings.HasPrefix(w, "/") && len(c.folders) < maxFolders && !slices.Contains(c.folders, w) {
					c.folders = append(c.folders, w)
				}
			}
		}
	}
	return nil
}

// include reads the files that a pattern means. Only its last component has wildcards in practice.
func (c *conf) include(pattern, asWritten string) error {
	if strings.HasPrefix(asWritten, "/") {
		pattern = path.Clean(asWritten)
	}
	dir, last := path.Split(pattern)
	if !strings.ContainsAny(last, "*?[") {
		return c.read(pattern)
	}
	r, err := overlay.Resolve(c.tree, dir)
	if overlay.LeadsNowhere(err) || err == nil && (!r.Exists() || !r.Info.IsDir()) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := c.tree.ReadDir(r.Name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ok, _ := path.Match(last, e.Name()); ok && !strings.HasPrefix(e.Name(), ".") {
			if err := c.read(path.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
