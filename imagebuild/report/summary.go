package report

import (
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/page"
	"lbimage/overlay"
)

// counts are the numbers of an image that a page begins with.
type counts struct {
	created, changed, removed int
	errors, warnings          int
	inherited                 int // of any severity; those above are without them
}

// isInherited tells whether a finding is the source's own and keeps nothing from being written.
func isInherited(f check.Finding) bool { return f.Inherited && f.Severity != check.SeverityError }

func (m *image) counts() counts {
	var n counts
	for _, c := range m.f.Changes {
		switch {
		case !c.Changed():
		case c.Op == overlay.OpCreate:
			n.created++
		case c.Op == overlay.OpRemove:
			n.removed++
		default:
			n.changed++
		}
	}
	for _, f := range findingsOf(m.f) {
		switch {
		case isInherited(f):
			n.inherited++
		case f.Severity == check.SeverityError:
			n.errors++
		case f.Severity == check.SeverityWarning:
			n.warnings++
		}
	}
	return n
}

// toned is a tile whose colour speaks only where there is something.
func toned(name string, n int, tone page.Tone) page.Tile {
	t := page.Tile{Name: name, Value: page.Count(n)}
	if n > 0 {
		t.Tone = tone
	}
	return t
}

func (m *image) tiles() []page.Tile {
	n := m.counts()
	tiles := []page.Tile{
		toned("errors", n.errors, page.Bad), toned("warnings", n.warnings, page.Warn), toned("findings of the source’s own", n.inherited, page.Plain),
		toned("paths added", n.created, page.Good), toned("paths changed", n.changed, page.Warn), toned("paths removed", n.removed, page.Bad),
		{Name: "changed on the disk", Value: page.Size(m.f.Record.Changed.Bytes)},
	}
	if m.outcome == Built {
		tiles = append(tiles, page.Tile{Name: "tarball", Value: page.Size(m.f.Record.Output.Size)})
	}
	return tiles
}

// summary is that of several images.
func summary(images []*image) page.Table {
	t := page.Table{Name: "The images of this build", Heads: []string{"Profile", "Errors", "Warnings", "Source’s own", "Paths added", "changed", "removed", "changed on the disk"}}
	for _, m := range images {
		n := m.counts()
		t.Add(m.profile, page.Count(n.errors), page.Count(n.warnings), page.Count(n.inherited), page.Count(n.created), page.Count(n.changed), page.Count(n.removed), page.Size(m.f.Record.Changed.Bytes))
	}
	return t
}
