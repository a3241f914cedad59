package verify

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// arrangement is how a member of the output stands to one of the rebuild that has another name.
type arrangement int

const (
	renamed  arrangement = iota // it is the same one, with another name or the same
	extra                       // the output's is in no rebuild
	missing                     // the rebuild's is in no output
	reversed                    // each has both, in another order
)

// arranged compares the names of two members that stand at the same place. Another order is told here.
func (t *tarball) arranged(outSide, ownSide *tarSide) arrangement {
	out, own := outSide.fullName(), ownSide.fullName()
	if out == own || t.listOutput == nil {
		return renamed
	}
	theirs, err := t.listOutput()
	if err != nil { // its end is not readable
		return renamed
	}
	inOwn, inOut := slices.Contains(t.members, out), slices.Contains(theirs, own)
	switch {
	case inOwn && inOut:
		t.found.add(Difference{
			Layer: LayerTar, Where: "order of the members, whose contents are not compared", Offset: outSide.pos - 512, Bytes: 1,
			Output: strings.Join(theirs, ", "), Rebuild: strings.Join(t.members, ", "),
		})
		t.found.unfinished = true
		return reversed
	case inOut:
		return extra
	case inOwn:
		return missing
	}
	return renamed
}

// alone tells of a member that one side has, and skips it.
func (t *tarball) alone(s *tarSide, inOutput bool) error {
	d := Difference{Layer: LayerTar, Where: fmt.Sprintf("members: %q", s.fullName()), Offset: s.pos - 512, Bytes: 512 + s.size, Output: "not there", Rebuild: fmt.Sprintf("%d bytes", s.size)}
	if inOutput {
		d.Output, d.Rebuild = d.Rebuild, d.Output
	}
	t.found.add(d)
	return s.skip()
}

// maxSkipped bounds a member that is not compared.
const maxSkipped = 1 << 34

// skip reads what is left of a member.
func (s *tarSide) skip() error {
	if s.left > maxSkipped {
		return fmt.Errorf("%q has %d bytes: %w", s.fullName(), s.left, errLong)
	}
	n, err := io.CopyN(io.Discard, s.r, s.left+(-s.size&511))
	s.pos, s.left = s.pos+n, 0
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// fullName is the name of a member with the folders that stand in a field of their own.
func (s *tarSide) fullName() string {
	if prefix := strings.TrimRight(string(s.header[345:500]), "\x00"); prefix != "" && string(s.header[257:263]) == "ustar\x00" {
		return prefix + "/" + s.name()
	}
	return s.name()
}

// maxMembers bounds how many names are compared.
const maxMembers = 1000

// namesOf are the names of all members of an archive.
func namesOf(r io.Reader) (names []string, err error) {
	s := &tarSide{r: r}
	for len(names) < maxMembers {
		if err := s.next(); err != nil || s.ended {
			return names, err
		}
		names = append(names, s.fullName())
		if err := s.skip(); err != nil {
			return names, err
		}
	}
	return names, errLong
}
