package survey

import (
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Bounds of a pattern: how many names it gives, and how many parts of it may match several.
const (
	maxGlob      = 256
	maxWildcards = 2
)

// globFiles gives the paths of a tree that a shell's pattern matches, sorted, links followed on the way.
func globFiles(t overlay.ReadTree, pattern string) []string {
	found, wildcards := []string{""}, 0
	for part := range strings.SplitSeq(strings.TrimPrefix(path.Clean("/"+pattern), "/"), "/") {
		var next []string
		wild := strings.ContainsAny(part, "*?[\\")
		if wild {
			if wildcards++; wildcards > maxWildcards {
				return nil
			}
		}
		for _, dir := range found {
			if !wild {
				next = append(next, path.Join(dir, part))
				continue
			}
			for _, name := range namesIn(t, dir) {
				if strings.HasPrefix(name, ".") && !strings.HasPrefix(part, ".") {
					continue
				}
				if ok, err := path.Match(part, name); err == nil && ok && len(next) < maxGlob {
					next = append(next, path.Join(dir, name))
				}
			}
		}
		found = next
	}
	slices.Sort(found)
	return slices.DeleteFunc(found, func(name string) bool {
		r, err := overlay.Resolve(t, name)
		return err != nil || !r.Exists()
	})
}

// namesIn lists a folder, links followed, sorted; nothing where there is none.
func namesIn(t overlay.ReadTree, dir string) []string {
	r, err := overlay.Resolve(t, dir)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return nil
	}
	entries, err := t.ReadDir(r.Name)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if !strings.ContainsAny(e.Name(), "/\x00") {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out
}
