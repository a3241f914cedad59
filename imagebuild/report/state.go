package report

import (
	"fmt"

	"lbimage/imagebuild/page"
	"lbimage/overlay"
)

// stateBrief describes what stands at a path, in a few words.
func stateBrief(s *overlay.FileState) string {
	switch {
	case s == nil:
		return ""
	case s.Mode.IsRegular():
		return page.Size(s.Size)
	case s.Target != "":
		return "link to " + s.Target
	}
	return typeWord(s.Type()) + ", " + mode(s) + ", " + ids(s)
}

func mode(s *overlay.FileState) string { return fmt.Sprintf("%04o", s.Unix()&0o7777) }
func ids(s *overlay.FileState) string  { return fmt.Sprintf("%d:%d", s.UID, s.GID) }

func bytesOf(s *overlay.FileState) string {
	if !s.Mode.IsRegular() {
		return ""
	}
	return page.Counted(s.Size, "byte", "bytes") + ", sha256 " + s.SHA256
}

// stateSteps tells in what respects two states differ, and names them.
func stateSteps(a, b *overlay.FileState) (steps []page.Step, names []string) {
	if a == nil || b == nil {
		return nil, nil
	}
	for _, s := range []struct {
		name string
		of   func(*overlay.FileState) string
	}{
		{"type", func(s *overlay.FileState) string { return typeWord(s.Type()) }},
		{"content", bytesOf}, {"mode", mode}, {"owner", ids},
		{"link target", func(s *overlay.FileState) string { return s.Target }},
	} {
		if x, y := s.of(a), s.of(b); x != y {
			names = append(names, s.name)
			steps = append(steps, page.Step{Name: s.name, A: x, B: y})
		}
	}
	return steps, names
}

// stateFacts tells all of what is new, or gone. Of a folder there is no more than what stateBrief says.
func stateFacts(c overlay.Change) []page.Step {
	s := c.After
	if s == nil {
		s = c.Before
	}
	if s == nil || s.Mode.IsDir() {
		return nil
	}
	out := []page.Step{{Name: "type", One: typeWord(s.Type())}, {Name: "mode", One: mode(s)}, {Name: "owner", One: ids(s)}}
	if text := bytesOf(s); text != "" {
		out = append(out, page.Step{Name: "content", One: text})
	}
	if s.Target != "" {
		out = append(out, page.Step{Name: "link target", One: s.Target})
	}
	return out
}
