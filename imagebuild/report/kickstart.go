package report

import (
	"fmt"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/page"
)

// kickstartView is whether an image has what its kickstart file says.
type kickstartView struct {
	Facts               []page.Fact
	Fails, Untold, Held page.Table
}

func kickstartOf(f *imagebuild.Finished) *kickstartView {
	c := f.Kickstart
	if c == nil {
		return nil
	}
	v := &kickstartView{
		Facts: []page.Fact{
			{Name: "file", Value: c.File, Code: true},
			{Name: "sha256", Value: c.SHA256, Code: true},
			{Name: "read as", Value: c.Version},
			{Name: "what it says", Value: fmt.Sprintf("%d hold, %d do not, %d cannot be told", c.Count.Holds, c.Count.DoesNotHold, c.Count.CannotBeTold)},
		},
		Fails:  page.Table{Name: "What does not hold", Heads: []string{"Line", "What", "Wanted", "The image has", "Told by"}},
		Untold: page.Table{Name: "What cannot be told", Heads: []string{"Line", "What", "Wanted", "Why"}},
		Held:   page.Table{Name: "What holds", Heads: []string{"Line", "What", "The image has", "Told by"}},
	}
	for _, s := range c.Statements {
		told := s.Path
		if s.Line > 0 {
			told += fmt.Sprintf(":%d", s.Line)
		}
		place := s.Place.String()
		switch s.Verdict {
		case conformance.DoesNotHold:
			has := s.Has
			if s.Why != "" {
				has += " (" + s.Why + ")"
			}
			v.Fails.Add(place, s.About, s.Want, has, told)
		case conformance.CannotBeTold:
			v.Untold.Add(place, s.About, s.Want, s.Why)
		case conformance.Holds:
			v.Held.Add(place, s.About, s.Has, told)
		}
	}
	return v
}
