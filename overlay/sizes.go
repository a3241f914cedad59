package overlay

import "io/fs"

// What the edits of this package need.

func (f File) Estimate(e *Estimate) error    { return e.File(f.Path, int64(len(f.Content))) }
func (d Dir) Estimate(e *Estimate) error     { return e.Dir(d.Path) }
func (s Symlink) Estimate(e *Estimate) error { return e.Symlink(s.Path, s.Target) }
func (m Remove) Estimate(e *Estimate) error  { return e.Remove(m.Path, m.Tree) }

// rewriteGrowth is what a rewritten text is taken to grow by, in bytes; those of configuration files grow by less.
const rewriteGrowth = 4096

func (w Rewrite) Estimate(e *Estimate) error { return e.Grow(w.Path, rewriteGrowth) }
func (s Sysctl) Estimate(e *Estimate) error  { return e.Grow(s.path(), rewriteGrowth) }
func (l Line) Estimate(e *Estimate) error {
	if l.Remove {
		return nil
	}
	grows := len(l.Set)
	// How often the line comes is seen in the file as it is now. Where it is not there, an earlier edit may make it.
	if c, err := l.compile(); err == nil {
		if old, err := readSmall(e.t, l.Path, maxRewrite); err == nil {
			if text, _, err := c.edit(old); err == nil {
				grows = max(grows, len(text)-len(old))
			}
		}
	}
	return e.Grow(l.Path, rewriteGrowth+int64(grows))
}

func (v *Overlay) Estimate(e *Estimate) error {
	for _, entry := range v.entries {
		var err error
		switch {
		case entry.mode.IsDir():
			err = e.Dir(entry.name)
		case entry.mode&fs.ModeSymlink != 0:
			err = e.Symlink(entry.name, entry.target)
		default:
			err = e.File(entry.name, entry.size)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
