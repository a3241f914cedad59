package judge

import (
	"fmt"
	"path"

	"lbimage/imagebuild/ldso"
	"lbimage/overlay"
)

// Limits on what a configuration may have brought in by naming it.
const (
	maxNamed      = 1024
	maxNamedBytes = 32 << 20
)

// gather adds the files that the texts name, as far as the tree has them: error files, certificates, maps. A
// folder is taken with the files right in it, which is as deep as HAProxy looks. What is not there is left for
// HAProxy to complain of.
func (p *placed) gather(t Tree, c closure) error {
	taken := map[string]bool{}
	for _, e := range c.entries {
		taken[e.Path] = true
	}
	for _, f := range p.files {
		taken[f.Name] = true
	}
	count, total := 0, 0
	take := func(name string) error {
		clean, err := cleanName(name)
		if err != nil || taken[clean] || p.has[clean] || p.folder[clean] {
			return nil
		}
		if count++; count > maxNamed {
			return fmt.Errorf("the configuration names more than %d files", maxNamed)
		}
		b, err := ldso.Small(t, clean, maxNamedBytes)
		if err != nil || b == nil {
			return err
		}
		if total += len(b); total > maxNamedBytes {
			return fmt.Errorf("the files that the configuration names have more than %d bytes", maxNamedBytes)
		}
		p.add(File{clean, b})
		return nil
	}
	for _, f := range p.files {
		for _, name := range named(f.Data) {
			r, err := overlay.Resolve(t, name)
			if overlay.LeadsNowhere(err) {
				continue
			}
			if err != nil {
				return err
			}
			if !r.Exists() {
				continue
			}
			if !r.Info.IsDir() {
				if err := take(name); err != nil {
					return err
				}
				continue
			}
			entries, err := t.ReadDir(r.Name)
			if err != nil {
				return fmt.Errorf("%s: %w", r.Path(), err)
			}
			for _, e := range entries {
				if err := take(path.Join(name, e.Name())); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
