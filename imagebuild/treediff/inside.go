package treediff

import (
	"slices"

	"lbimage/imagebuild/treediff/internal/unpack"
)

// Inside tells how two contents differ by what they mean: what is in an archive, under a compression, of a program.
type Inside struct {
	// FormA and FormB name what each content is, from the outside in: gzip, cpio. The last one says what is compared: text,
	// data, or unread where it was not looked into.
	FormA []string `json:"formA"`
	FormB []string `json:"formB"`
	// Same says that the content is the same, and only packed differently.
	Same bool `json:"same"`
	// Facts are what else differs that can be named.
	Facts []Fact `json:"facts,omitempty"`
	// Note says what the difference means.
	Note string `json:"note,omitempty"`
	// Limit says why the content was not looked into any further, where it was not.
	Limit string `json:"limit,omitempty"`
	// Members counts what is in an archive. Each that differs is told as a difference of its own, after this one.
	Members *Members `json:"members,omitempty"`
}

// endsOtherwise says whether bytes differ that follow the content and belong to it no more.
func (in *Inside) endsOtherwise() bool {
	return slices.ContainsFunc(in.Facts, func(f Fact) bool { return f.What == unpack.PastEnd })
}

// Fact is something that can be said of both contents, as text; empty where there is nothing.
type Fact struct {
	What string `json:"what"` // "build id", "section .text", "gzip time"
	A    string `json:"a"`
	B    string `json:"b"`
}

// Members counts members of archives.
type Members struct {
	Compared int `json:"compared"`
	OnlyA    int `json:"onlyA"`
	OnlyB    int `json:"onlyB"`
	Changed  int `json:"changed"`
	// Times is the number of members whose time of modification differs, whether they are told or not.
	Times int `json:"times"`
}

// Differ says whether any member does.
func (m Members) Differ() bool { return m.OnlyA+m.OnlyB+m.Changed > 0 }

func (m *Members) add(o Members) {
	m.Compared += o.Compared
	m.OnlyA += o.OnlyA
	m.OnlyB += o.OnlyB
	m.Changed += o.Changed
	m.Times += o.Times
}
