package unpack

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Archive is what an archive holds.
type Archive struct {
	Members []Member // in the archive's order
	Facts   []Fact   // of the archive itself
}

// Member is a file of an archive.
type Member struct {
	Name     string      // clean and relative: etc/passwd; parts of a package that are no files begin with %
	Nth      int         // 0, or which one of several with the same name it is
	Mode     fs.FileMode // type and permissions
	UID, GID uint32
	// User and Group are their names, where the archive has them; of an RPM there is nothing else.
	User, Group  string
	Modified     time.Time // zero where it is not told
	Target       string    // of a symbolic link
	HardLink     string    // the name of another member that this one is a link to
	Major, Minor uint32
	Content      *io.SectionReader // of a regular file that is no link
	// Xattrs are extended attributes, sorted by name; tar has them, as GNU and star write them.
	Xattrs []Xattr
}

// Xattr is an extended attribute.
type Xattr struct{ Name, Value string }

// List reads what is in an archive.
func List(ctx context.Context, form Form, src *io.SectionReader, b *Budget) (a *Archive, err error) {
	defer contain(&err)
	src = io.NewSectionReader(src, 0, src.Size())
	l := &lister{ctx: ctx, b: b, out: &Archive{}}
	switch form {
	case Tar:
		err = l.tar(src)
	case CPIO:
		err = l.cpio(src, 0)
	case Zip:
		err = l.zip(src)
	case Ar, Deb:
		err = l.ar(src)
	case RPM:
		err = l.rpm(src)
	default:
		err = fmt.Errorf("%s is no archive", form)
	}
	if err != nil {
		return nil, wrap(ctx, form, err)
	}
	l.number()
	return l.out, nil
}

// lister gathers members.
type lister struct {
	ctx context.Context
	b   *Budget
	out *Archive
}

func (l *lister) add(m Member) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	m.Name = cleanName(m.Name)
	attrs := 0
	for _, x := range m.Xattrs {
		attrs += len(x.Name) + len(x.Value)
	}
	if err := l.b.member(attrs + len(m.Name) + len(m.Target) + len(m.HardLink) + len(m.User) + len(m.Group)); err != nil {
		return err
	}
	l.out.Members = append(l.out.Members, m)
	return nil
}

func (l *lister) fact(what, format string, args ...any) {
	l.out.Facts = append(l.out.Facts, Fact{what, fmt.Sprintf(format, args...)})
}

// cleanName writes ./etc/x, /etc/x and etc/x/ as etc/x. What leads up stays as it is.
func cleanName(name string) string {
	if strings.HasPrefix(name, "../") || strings.Contains(name, "/../") {
		return name
	}
	if name = strings.TrimLeft(path.Clean("/"+name), "/"); name == "" {
		return "."
	}
	return name
}

// number tells members of the same name apart.
func (l *lister) number() {
	byName := make([]*Member, len(l.out.Members))
	for i := range l.out.Members {
		byName[i] = &l.out.Members[i]
	}
	slices.SortStableFunc(byName, func(x, y *Member) int { return cmp.Compare(x.Name, y.Name) })
	for i := 1; i < len(byName); i++ {
		if byName[i].Name == byName[i-1].Name {
			byName[i].Nth = byName[i-1].Nth + 1
		}
	}
}

// empty is the content of a file of no bytes.
func empty() *io.SectionReader { return io.NewSectionReader(strings.NewReader(""), 0, 0) }
