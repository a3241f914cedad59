package treediff

import (
	"io/fs"
)

// pair compares what stands at a name in both trees.
func (w *walk) pair(name string, ia, ib fs.FileInfo) error {
	a, err := w.a.factsOf(name, ia)
	if err != nil {
		return inTree("A", err)
	}
	b, err := w.b.factsOf(name, ib)
	if err != nil {
		return inTree("B", err)
	}
	w.a.firstName(name, a)
	w.b.firstName(name, b)
	d := &Difference{Kind: Changed}
	fa, fb := w.a.file(a, w.o), w.b.file(b, w.o)
	sameType := a.state.Mode.Type() == b.state.Mode.Type()
	differs := func(aspect Aspect, yes bool) {
		if yes {
			d.Aspects = append(d.Aspects, aspect)
		}
	}
	differs(Type, !sameType)
	var more func() error
	if sameType && ia.Mode().IsRegular() {
		var differ bool
		if differ, more, err = w.contents(name, a, b, d, fa, fb); err != nil {
			return err
		}
		differs(Content, differ)
	}
	// A symbolic link has no mode of its own, though old systems stored one.
	differs(Mode, a.state.Unix() != b.state.Unix() && (ia.Mode()|ib.Mode())&fs.ModeSymlink == 0)
	differs(Owner, a.state.UID != b.state.UID || a.state.GID != b.state.GID)
	differs(Target, sameType && a.state.Target != b.state.Target)
	differs(Device, sameType && (a.major != b.major || a.minor != b.minor))
	fa.HardLink, fb.HardLink = w.common(name, a, b)
	differs(HardLink, fa.HardLink != fb.HardLink)
	if err := w.xattrs(name, fa, fb); err != nil {
		return err
	}
	differs(Xattrs, len(fa.Xattrs)+len(fb.Xattrs) > 0)
	differs(Flags, a.flags != b.flags)
	differs(Project, a.projID != b.projID)
	if !ia.ModTime().Equal(ib.ModTime()) {
		w.sum.Times++
		differs(ModTime, w.times())
	}
	if w.o.AllTimes {
		w.otherTimes(a, b, fa, fb, differs)
	}
	if len(d.Aspects) == 0 {
		return nil
	}
	if !w.o.Brief {
		d.A, d.B = fa, fb
	}
	if err := w.tell(name, d); err != nil || more == nil {
		return err
	}
	return more()
}

func (w *walk) xattrs(name string, fa, fb *File) error {
	a, err := attrs(w.a.Tree, name)
	if err != nil {
		return inTree("A", err)
	}
	b, err := attrs(w.b.Tree, name)
	if err != nil {
		return inTree("B", err)
	}
	fa.Xattrs, fb.Xattrs = differing(a, b)
	return nil
}

// common gives for each tree the first name met of the same file, of those names that are no folders in both. A name
// that is in one tree only is told as such, and does not make the others differ.
func (w *walk) common(name string, a, b *facts) (inA, inB string) {
	if a.info.IsDir() || b.info.IsDir() {
		return "", ""
	}
	return w.a.commonName(name, a), w.b.commonName(name, b)
}

func (s *side) commonName(name string, f *facts) string {
	if !f.linked() {
		return ""
	}
	first, met := s.common[f.inode]
	if !met {
		s.common[f.inode] = slashed(name)
	}
	return first
}
