package treediff

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"lbimage/imagebuild/treediff/internal/unpack"
	"lbimage/overlay"
)

// memberPair is a member of two archives that differs; one of the two may be nil.
type memberPair struct {
	a, b    *unpack.Member
	aspects []Aspect
}

func (p memberPair) any() *unpack.Member {
	if p.a != nil {
		return p.a
	}
	return p.b
}

// archives compares member by member.
func (n *inner) archives(where string, a, b bare, d *Difference, depth int) (func() error, error) {
	in := d.Inside
	if depth >= maxNested {
		in.Limit = fmt.Sprintf("more than %d archives lie in each other", maxNested)
		return nil, nil
	}
	la, err := unpack.List(n.w.ctx, a.form, a.content, n.a)
	if err != nil {
		in.Limit, err = n.w.limit(err)
		return nil, err
	}
	lb, err := unpack.List(n.w.ctx, b.form, b.content, n.b)
	if err != nil {
		in.Limit, err = n.w.limit(err)
		return nil, err
	}
	in.Facts = append(in.Facts, factsThat(la.Facts, lb.Facts)...)
	ordered := sameOrder(la.Members, lb.Members)
	pairs, same, err := n.pairs(where, la.Members, lb.Members, d)
	if err != nil {
		return nil, err
	}
	if in.Same = same; same {
		switch {
		case in.endsOtherwise():
			in.Note = "the members are the same, what follows the archive is not"
		case !ordered:
			in.Note = "the members stand in another order"
		case in.Members.Times > 0 && !n.w.times():
			in.Note = fmt.Sprintf("times of modification differ at %d of %d members", in.Members.Times, in.Members.Compared)
		}
	}
	n.w.sum.Members.add(*in.Members)
	if len(pairs) == 0 {
		return nil, nil
	}
	return func() error {
		for _, p := range pairs {
			if err := n.member(where, p, depth); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func sameOrder(a, b []unpack.Member) bool {
	return slices.EqualFunc(a, b, func(x, y unpack.Member) bool { return x.Name == y.Name })
}

func sorted(list []unpack.Member) []unpack.Member {
	slices.SortStableFunc(list, func(x, y unpack.Member) int {
		return cmp.Or(comparePaths(x.Name, y.Name), cmp.Compare(x.Nth, y.Nth))
	})
	return list
}

// comparePaths orders as a walk does: a folder, what is in it, then the next name.
func comparePaths(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] == b[i] {
			continue
		}
		switch {
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		}
		return cmp.Compare(a[i], b[i])
	}
	return cmp.Compare(len(a), len(b))
}

// pairs gives the members that are to be told, in the order of their names. same says that nothing but times differs.
func (n *inner) pairs(where string, a, b []unpack.Member, d *Difference) (out []memberPair, same bool, err error) {
	a, b = sorted(a), sorted(b)
	m := &Members{}
	d.Inside.Members, same = m, true
	for len(a) > 0 || len(b) > 0 {
		var p memberPair
		order := -1
		switch {
		case len(a) == 0:
			order = 1
		case len(b) > 0:
			order = cmp.Or(comparePaths(a[0].Name, b[0].Name), cmp.Compare(a[0].Nth, b[0].Nth))
		}
		if order <= 0 {
			p.a, a = &a[0], a[1:]
		}
		if order >= 0 {
			p.b, b = &b[0], b[1:]
		}
		told := !n.w.ignoresMember(memberPath(where, p.any()))
		if told {
			m.Compared++
		}
		if order == 0 {
			var timed bool
			if p.aspects, timed, err = n.aspects(p.a, p.b); err != nil {
				return nil, false, err
			}
			if timed && told {
				m.Times++
			}
			if len(p.aspects) == 0 {
				continue
			}
			same = same && len(p.aspects) == 1 && p.aspects[0] == ModTime
		} else {
			same = false
		}
		if !told {
			continue
		}
		switch {
		case order < 0:
			m.OnlyA++
		case order > 0:
			m.OnlyB++
		default:
			m.Changed++
		}
		out = append(out, p)
	}
	return out, same, nil
}

// aspects tells in what two members of one name differ.
func (n *inner) aspects(a, b *unpack.Member) (out []Aspect, timed bool, err error) {
	differs := func(aspect Aspect, yes bool) {
		if yes {
			out = append(out, aspect)
		}
	}
	sameType := a.Mode.Type() == b.Mode.Type()
	differs(Type, !sameType)
	if sameType && a.Content != nil && b.Content != nil {
		same, err := n.equal(a.Content, b.Content)
		if err != nil {
			return nil, false, err
		}
		differs(Content, !same)
	}
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	differs(Mode, a.Mode&bits != b.Mode&bits && (a.Mode|b.Mode)&fs.ModeSymlink == 0)
	differs(Owner, a.UID != b.UID || a.GID != b.GID || a.User != b.User || a.Group != b.Group)
	differs(Target, sameType && a.Target != b.Target)
	differs(Device, sameType && (a.Major != b.Major || a.Minor != b.Minor))
	differs(HardLink, a.HardLink != b.HardLink)
	differs(Xattrs, !slices.Equal(a.Xattrs, b.Xattrs))
	timed = !a.Modified.Equal(b.Modified)
	differs(ModTime, timed && n.w.times())
	return out, timed, nil
}

func memberPath(where string, m *unpack.Member) string {
	if m.Nth > 0 {
		return fmt.Sprintf("%s!/%s#%d", where, m.Name, m.Nth+1)
	}
	return where + "!/" + m.Name
}

// ignoresMember holds the patterns against a member's path, and the folders it is in.
func (w *walk) ignoresMember(where string) bool {
	if len(w.ignore) == 0 {
		return false
	}
	name := strings.TrimPrefix(where, "/")
	for i, c := range name {
		if c == '/' && w.ignore.matches(name[:i]) {
			return true
		}
	}
	return w.ignore.matches(name)
}

// member tells of one member, and of what is in it.
func (n *inner) member(where string, p memberPair, depth int) error {
	if err := n.w.ctx.Err(); err != nil {
		return err
	}
	d := &Difference{Path: memberPath(where, p.any()), Within: where, Kind: Changed, Aspects: p.aspects}
	if !utf8.ValidString(d.Path) {
		d.RawPath = []byte(d.Path)
	}
	var err error
	if p.a != nil {
		if d.A, err = n.memberFile(p.a, p.b == nil || d.Has(Content)); err != nil {
			return err
		}
	}
	if p.b != nil {
		if d.B, err = n.memberFile(p.b, p.a == nil || d.Has(Content)); err != nil {
			return err
		}
	}
	if p.a != nil && p.b != nil {
		d.A.Xattrs, d.B.Xattrs = differing(memberAttrs(p.a), memberAttrs(p.b))
	}
	var more func() error
	switch {
	case p.b == nil:
		d.Kind = OnlyA
		err = n.wholeText(p.a, d)
	case p.a == nil:
		d.Kind = OnlyB
		err = n.wholeText(p.b, d)
	case d.Has(Content):
		more, err = n.memberContents(d.Path, p, d, depth)
	}
	if err != nil {
		return err
	}
	if d.Lines != nil {
		n.w.sum.Lines.OnlyA += d.Lines.OnlyA
		n.w.sum.Lines.OnlyB += d.Lines.OnlyB
	}
	if err := n.w.report(d); err != nil || more == nil {
		return err
	}
	return more()
}

// shownAs is the name of a member for what is shown of its text: as if it were unpacked to the root, or into /etc
// where it would hold secrets there.
func shownAs(m *unpack.Member) string {
	if strings.Contains(m.Name, "/") {
		return m.Name
	}
	return path.Join("etc", m.Name)
}

// wholeText gives the text of a member that is in one archive only.
func (n *inner) wholeText(m *unpack.Member, d *Difference) error {
	if !n.w.o.Whole || m.Content == nil {
		return nil
	}
	text, ok, err := textOf(m.Content)
	if err != nil || !ok {
		return err
	}
	if d.Kind == OnlyA {
		return n.w.lines(shownAs(m), d, text, nil)
	}
	return n.w.lines(shownAs(m), d, nil, text)
}

func (n *inner) memberContents(where string, p memberPair, d *Difference, depth int) (func() error, error) {
	x, y, texts, err := bothTexts(p.a.Content, p.b.Content)
	if err != nil {
		return nil, err
	}
	if texts {
		return nil, n.w.lines(shownAs(p.a), d, x, y)
	}
	if min(p.a.Content.Size(), p.b.Content.Size()) == 0 {
		return nil, nil
	}
	return n.contents(shownAs(p.a), where, p.a.Content, p.b.Content, d, depth+1)
}

func memberAttrs(m *unpack.Member) (out []attr) {
	for _, x := range m.Xattrs {
		out = append(out, attr{x.Name, []byte(x.Value)})
	}
	return out
}

// memberFile is what is told of a member.
func (n *inner) memberFile(m *unpack.Member, whole bool) (*File, error) {
	out := &File{
		Type: TypeName(m.Mode), Mode: fmt.Sprintf("%04o", (&overlay.FileState{Mode: m.Mode}).Unix()), UID: m.UID, GID: m.GID,
		User: m.User, Group: m.Group, Target: m.Target, HardLink: m.HardLink,
	}
	for _, x := range memberAttrs(m) {
		out.Xattrs = append(out.Xattrs, x.text())
	}
	if m.Mode&fs.ModeDevice != 0 {
		out.Device = fmt.Sprintf("%d:%d", m.Major, m.Minor)
	}
	if n.w.times() && !m.Modified.IsZero() {
		t := m.Modified
		out.ModTime = &t
	}
	if m.Content == nil {
		return out, nil
	}
	size := m.Content.Size()
	out.Size = &size
	var err error
	if whole {
		out.SHA256, err = n.digest(m.Content)
	}
	return out, err
}
