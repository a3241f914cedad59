package treediff

import (
	"fmt"

	"github.com/aymanbagabas/go-udiff"
)

// lines counts the lines that differ, and makes the unified diff of them unless that is not wanted. A side that is nil is
// not there.
func (w *walk) lines(name string, d *Difference, a, b []byte) error {
	from, to := label("a", name), label("b", name)
	if d.Within != "" { // the path of a member has its name in it
		from, to = printable("a"+d.Path), printable("b"+d.Path)
	}
	switch d.Kind {
	case OnlyA:
		to = "/dev/null"
	case OnlyB:
		from = "/dev/null"
	}
	if w.o.Show != nil {
		a, b = w.o.Show(name, a), w.o.Show(name, b)
	}
	old := string(a)
	u, err := udiff.ToUnifiedDiff(from, to, old, udiff.Lines(old, string(b)), udiff.DefaultContextLines)
	if err != nil {
		return at(name, fmt.Errorf("comparing lines: %w", err))
	}
	d.Lines = &Lines{}
	for _, h := range u.Hunks {
		for _, l := range h.Lines {
			switch l.Kind {
			case udiff.Delete:
				d.Lines.OnlyA++
			case udiff.Insert:
				d.Lines.OnlyB++
			}
		}
	}
	if !w.o.NoDiff {
		d.Diff = u.String()
	}
	return nil
}

// label names a side as git does.
func label(side, name string) string { return printable(side + slashed(name)) }
