package treediff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"lbimage/overlay"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth is how many folders may lie in each other. No path so long can be used on Linux.
const maxDepth = 2048

// maxPath is how many bytes a path may have, four times as many as Linux takes at once: a page of an image with folders of
// long names in each other would have gigabytes of them.
const maxPath = 16 << 10

// ErrNoPath says that what is to be compared is in neither tree.
var ErrNoPath = errors.New("it is in neither image")

// Compare calls report for each path that differs, in the order of the walk, and gives the counts. An error of report
// ends it. What a Difference points to is not used afterwards.
func Compare(ctx context.Context, a, b Side, o Options, report func(*Difference) error) (Summary, error) {
	w := &walk{
		ctx: ctx, o: o, report: report, a: newSide(a), b: newSide(b), sum: Summary{Aspects: map[Aspect]int{}},
		pairs: map[[2]uint64]*verdict{}, total: maxTotal,
	}
	var err error
	if w.ignore, err = parseIgnore(o.Ignore); err != nil {
		return w.sum, err
	}
	name := strings.TrimPrefix(path.Clean("/"+o.Path), "/")
	if name == "" {
		name = "."
	}
	ia, err := w.a.lstat(name)
	if err != nil {
		return w.sum, inTree("A", err)
	}
	ib, err := w.b.lstat(name)
	if err != nil {
		return w.sum, inTree("B", err)
	}
	if ia == nil && ib == nil {
		return w.sum, fmt.Errorf("%s: %w", printable(slashed(name)), ErrNoPath)
	}
	return w.sum, w.visit(name, ia, ib, 0)
}

// SideError is an error of one of the two trees.
type SideError struct {
	Side string // A or B
	Err  error
}

func (e *SideError) Error() string { return e.Side + ": " + e.Err.Error() }
func (e *SideError) Unwrap() error { return e.Err }

func inTree(side string, err error) error {
	if err == nil {
		return nil
	}
	return &SideError{side, err}
}

// side is a tree on a walk.
type side struct {
	Side
	folders map[uint64]bool   // inodes of those met
	links   map[uint64]string // the first name met of files with several
	common  map[uint64]string // the same, of names that both trees have
	buf     []byte
}

func newSide(s Side) *side {
	return &side{Side: s, folders: map[uint64]bool{}, links: map[uint64]string{}, common: map[uint64]string{}}
}

// lstat gives nil where there is nothing.
func (s *side) lstat(name string) (fs.FileInfo, error) {
	info, err := s.Tree.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, at(name, err)
	}
	return info, nil
}

// walk is one comparison.
type walk struct {
	ctx    context.Context
	o      Options
	ignore ignore
	a, b   *side
	pairs  map[[2]uint64]*verdict // of files that have several names in both trees
	total  int64                  // bytes that may still be unpacked
	sum    Summary
	report func(*Difference) error
}

// visit compares what stands at name, and what is below. One of the two may be nil.
func (w *walk) visit(name string, ia, ib fs.FileInfo, depth int) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.ignore.matches(name) {
		return nil
	}
	if depth > maxDepth {
		return fmt.Errorf("%.100s…: more than %d folders lie in each other; leave them out with an ignore pattern", printable(slashed(name)), maxDepth)
	}
	if len(name) > maxPath {
		return fmt.Errorf("%.100s…: the path has more than %d bytes; leave it out with an ignore pattern", printable(slashed(name)), maxPath)
	}
	w.sum.Compared++
	var err error
	switch {
	case ib == nil:
		err = w.single(name, ia, w.a, OnlyA)
	case ia == nil:
		err = w.single(name, ib, w.b, OnlyB)
	default:
		err = w.pair(name, ia, ib)
	}
	if err != nil {
		return err
	}
	la, err := w.a.list(name, ia)
	if err != nil {
		return inTree("A", err)
	}
	lb, err := w.b.list(name, ib)
	if err != nil {
		return inTree("B", err)
	}
	for len(la) > 0 || len(lb) > 0 {
		var ea, eb fs.DirEntry
		switch {
		case len(lb) == 0 || len(la) > 0 && la[0].Name() < lb[0].Name():
			ea, la = la[0], la[1:]
		case len(la) == 0 || lb[0].Name() < la[0].Name():
			eb, lb = lb[0], lb[1:]
		default:
			ea, la, eb, lb = la[0], la[1:], lb[0], lb[1:]
		}
		if err := w.enter(name, ea, eb, depth); err != nil {
			return err
		}
	}
	return nil
}

// enter visits an entry of a folder.
func (w *walk) enter(dir string, ea, eb fs.DirEntry, depth int) error {
	var ia, ib fs.FileInfo
	var err error
	var base string
	if ea != nil {
		base = ea.Name()
		if ia, err = ea.Info(); err != nil {
			return inTree("A", at(path.Join(dir, base), err))
		}
	}
	if eb != nil {
		base = eb.Name()
		if ib, err = eb.Info(); err != nil {
			return inTree("B", at(path.Join(dir, base), err))
		}
	}
	return w.visit(path.Join(dir, base), ia, ib, depth+1)
}

// list gives the entries of a folder, sorted; of anything else none.
func (s *side) list(name string, info fs.FileInfo) ([]fs.DirEntry, error) {
	if info == nil || !info.IsDir() {
		return nil, nil
	}
	if ino, _ := overlay.SysField(info, "Ino"); ino != 0 {
		if s.folders[ino] {
			return nil, at(name, fmt.Errorf("inode %d is a folder that was met before; the file system is damaged, run e2fsck -f on it", ino))
		}
		s.folders[ino] = true
	}
	list, err := s.Tree.ReadDir(name)
	if err != nil {
		return nil, at(name, err)
	}
	for _, e := range list {
		if base := e.Name(); base == "" || base == "." || base == ".." || strings.Contains(base, "/") {
			return nil, at(name, fmt.Errorf("%s is not a possible name; the file system is damaged, run e2fsck -f on it", printable(base)))
		}
	}
	slices.SortStableFunc(list, func(x, y fs.DirEntry) int { return cmp.Compare(x.Name(), y.Name()) })
	return list, nil
}

// tell reports a difference.
func (w *walk) tell(name string, d *Difference) error {
	d.Path = slashed(name)
	if !utf8.ValidString(d.Path) {
		d.RawPath = []byte(d.Path)
	}
	switch d.Kind {
	case OnlyA:
		w.sum.OnlyA++
	case OnlyB:
		w.sum.OnlyB++
	default:
		w.sum.Changed++
		for _, a := range d.Aspects {
			w.sum.Aspects[a]++
		}
	}
	if d.Lines != nil {
		w.sum.Lines.OnlyA += d.Lines.OnlyA
		w.sum.Lines.OnlyB += d.Lines.OnlyB
	}
	return w.report(d)
}

// single tells of what is in one tree only.
func (w *walk) single(name string, info fs.FileInfo, s *side, kind Kind) error {
	d := &Difference{Kind: kind}
	letter := "A"
	place := &d.A
	if kind == OnlyB {
		letter, place = "B", &d.B
	}
	f, err := s.factsOf(name, info)
	if err != nil {
		return inTree(letter, err)
	}
	first := s.firstName(name, f)
	if !w.o.Brief {
		*place = s.file(f, w.o)
		(*place).HardLink = first
		if err := w.fillSingle(name, s, f, d, *place); err != nil {
			return inTree(letter, err)
		}
	}
	return w.tell(name, d)
}

func (w *walk) fillSingle(name string, s *side, f *facts, d *Difference, out *File) error {
	list, err := attrs(s.Tree, name)
	if err != nil {
		return err
	}
	for _, x := range list {
		out.Xattrs = append(out.Xattrs, x.text())
	}
	if !f.info.Mode().IsRegular() {
		return nil
	}
	c, err := w.read(s, name, f)
	if err != nil {
		return err
	}
	out.SHA256 = c.SHA256
	if !w.o.Whole || !c.IsText {
		return nil
	}
	if d.Kind == OnlyA {
		return w.lines(name, d, c.Text, nil)
	}
	return w.lines(name, d, nil, c.Text)
}

// firstName remembers a file with several names, and gives the name under which it was met before.
func (s *side) firstName(name string, f *facts) string {
	if !f.linked() {
		return ""
	}
	first, met := s.links[f.inode]
	if !met {
		s.links[f.inode] = slashed(name)
	}
	return first
}
