package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lbimage/haproxy-config/render"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/all"
	"lbimage/imagebuild/page"
	"lbimage/overlay"
	"lbimage/servo"
)

// image is one image of a build, as it is shown.
type image struct {
	f       *imagebuild.Finished
	outcome Outcome
	o       Options
	prefix  string // of the identifiers on the page
	profile string

	disk      *diskMap
	template  *templateView
	findings  findingsView
	kickstart *kickstartView
	packages  []packageView
	database  page.Table
}

// section is the frame of a part: its data, its identifier and its heading.
type section struct {
	ID    string
	Title string
	Data  any
}

func (m *image) section(id, title string, data any) section {
	if m.prefix != "" {
		title = m.profile + ": " + title
	}
	return section{m.prefix + id, title, data}
}

func (m *image) gather(ctx context.Context) (err error) {
	if m.disk, err = mapOf(ctx, m.f); err != nil {
		return err
	}
	m.template = templateOf(m.f)
	m.findings = findingsViewOf(m.f)
	m.kickstart = kickstartOf(m.f)
	m.packages = packagesOf(m.f)
	m.database = databaseOf(m.f)
	return nil
}

// links are those to the sections of the image.
func (m *image) links(under bool) []page.Link {
	var out []page.Link
	add := func(id, text string) { out = append(out, page.Link{ID: m.prefix + id, Text: text, Under: under}) }
	if !under {
		add("request", "Request")
	}
	add("findings", "Findings")
	if m.kickstart != nil {
		add("kickstart", "Kickstart")
	}
	if m.template != nil {
		add("template", "Template")
	}
	add("changes", "Changes")
	if len(m.packages) > 0 || len(m.database.Rows) > 0 {
		add("packages", "Packages")
	}
	add("disk", "Disk")
	return out
}

func (m *image) write(p *page.Page) error {
	p.Render(parts(), "request", m.section("request", "What was asked for", requestFacts(m.f.Record.Request)))
	p.Render(parts(), "findings", m.section("findings", "Findings", m.findings))
	if m.kickstart != nil {
		p.Render(parts(), "kickstart", m.section("kickstart", "Kickstart", m.kickstart))
	}
	if m.template != nil {
		p.Render(parts(), "template", m.section("template", "HAProxy template", m.template))
	}
	if err := m.changes(p); err != nil {
		return err
	}
	if len(m.packages) > 0 || len(m.database.Rows) > 0 {
		p.Render(parts(), "packages", m.section("packages", "Packages", struct {
			Packages []packageView
			Database page.Table
		}{m.packages, m.database}))
	}
	p.Render(parts(), "disk", m.section("disk", "Disk", m.disk))
	return p.Err()
}

// changes shows the tree of paths.
func (m *image) changes(p *page.Page) error {
	tree, err := page.NewTree(m.o.TempDir)
	if err != nil {
		return err
	}
	defer tree.Close()
	list := slices.Clone(m.f.Changes)
	slices.SortStableFunc(list, func(a, b overlay.Change) int {
		return slices.Compare(strings.Split(a.Path, "/"), strings.Split(b.Path, "/"))
	})
	idle, shown := 0, 0
	for _, c := range list {
		if !c.Changed() {
			idle++
			continue
		}
		shown++
		if err := tree.Add(changeRow(c)); err != nil {
			return err
		}
	}
	p.Render(parts(), "changes", m.section("changes", "Changes", struct {
		Shown, Idle int
		Labels      string
	}{shown, idle, labels(m.f)}))
	if shown > 0 {
		p.Tree(tree)
	}
	p.Render(parts(), "close", nil)
	return p.Err()
}

func changeRow(c overlay.Change) page.Row {
	row := page.Row{Path: c.Path, Set: parts(), Name: "told", Mark: page.Changed}
	told := page.Told{Notes: slices.Clone(c.Notes)}
	switch c.Op {
	case overlay.OpCreate:
		row.Mark = page.Added
		row.What = stateBrief(c.After)
		row.Dir = c.After != nil && c.After.Mode.IsDir()
	case overlay.OpRemove:
		row.Mark = page.Removed
		row.What = stateBrief(c.Before)
		row.Dir = c.Before != nil && c.Before.Mode.IsDir()
	default:
		var names []string
		told.Steps, names = stateSteps(c.Before, c.After)
		row.What = strings.Join(names, ", ")
		row.Dir = c.After != nil && c.After.Mode.IsDir()
	}
	if text := imagebuild.ChangeDiff(c); text != "" {
		told.Diff = page.ParseDiff(text)
		told.Diff.Of, told.Diff.A, told.Diff.B = c.Path, "before", "after"
		row.Plus, row.Minus = told.Diff.Added, told.Diff.Taken
		if told.Diff.Remark != "" { // with both digests, which the steps have, too
			told.Diff = nil
		}
	}
	if row.Mark != page.Changed {
		told.Steps = stateFacts(c)
	} else if told.Diff != nil { // which tells of the content
		told.Steps = slices.DeleteFunc(told.Steps, func(s page.Step) bool { return s.Name == "content" })
	}
	if row.Data = told; len(told.Steps) == 0 && len(told.Notes) == 0 && told.Diff == nil {
		row.Name = ""
	}
	return row
}

// templateView is the template's change and what becomes of its settings.
type templateView struct {
	Diff     *page.Diff
	Settings page.Table
}

var statusTones = map[render.Status]page.Tone{render.Effective: page.Good, render.Overridden: page.Warn, render.NoEffect: page.Warn, render.Lost: page.Bad}

func templateOf(f *imagebuild.Finished) *templateView {
	if len(f.Template.Settings) == 0 {
		return nil
	}
	v := &templateView{Settings: page.Table{Name: "What becomes of each setting", Heads: []string{"Setting", "Line", "Section", "Effect", "Why"}}}
	for _, c := range f.Changes {
		if c.Path == "/"+servo.TemplatePath && c.Changed() {
			v.Diff = page.ParseDiff(imagebuild.ChangeDiff(c))
			v.Diff.Of, v.Diff.A, v.Diff.B = c.Path, "before", "after"
		}
	}
	fresh := map[int]bool{}
	for _, s := range f.NewSettings() {
		fresh[s.Line] = true
	}
	for _, s := range f.Template.Settings {
		why := s.Why
		if s.Hint != "" {
			why = strings.TrimPrefix(why+"; "+s.Hint, "; ")
		}
		if len(s.Only) > 0 {
			why = strings.TrimPrefix(why+"; only in "+strings.Join(s.Only, ", "), "; ")
		}
		effect := string(s.Status)
		if fresh[s.Line] {
			effect += ", new"
		}
		tone := page.Tone("")
		if fresh[s.Line] || s.Status != render.Effective {
			tone = statusTones[s.Status]
		}
		v.Settings.AddToned(tone, s.Text, fmt.Sprint(s.Line), s.Section, effect, why)
	}
	return v
}

// labels says what came of SELinux labels; empty where the image has none.
func labels(f *imagebuild.Finished) string {
	r := f.Record.SELinux
	if r == nil {
		return ""
	}
	out := fmt.Sprintf("SELinux: %s got the label that the image’s policy has for them, %s that of their folder", page.Counted(r.Given, "new path", "new paths"), page.Count(r.Inherited))
	if r.Unlabelled > 0 {
		out += fmt.Sprintf(", %s none", page.Count(r.Unlabelled))
	}
	return out + "."
}

// findingsView is what the checks say, and which of their rules were changed.
type findingsView struct {
	Groups    []findingGroup
	Inherited []findingGroup // of the source's own
	Count     int            // of those
	Overrides page.Table
}

func findingsViewOf(f *imagebuild.Finished) findingsView {
	var own, inherited []check.Finding
	for _, one := range findingsOf(f) {
		if isInherited(one) {
			inherited = append(inherited, one)
		} else {
			own = append(own, one)
		}
	}
	return findingsView{grouped(own), grouped(inherited), len(inherited), overridesOf(f)}
}

func overridesOf(f *imagebuild.Finished) page.Table {
	t := page.Table{Name: "Rules that the recipe changes", Heads: []string{"Rule", "Severity", "Reason"}}
	for _, o := range f.Record.Overrides {
		t.Add(o.Rule, string(o.Severity), o.Reason)
	}
	return t
}

// findingGroup are the findings of one severity.
type findingGroup struct {
	Severity check.Severity
	Tone     page.Tone
	Findings []findingView
	Left     int
}

type findingView struct {
	check.Finding
	Why string
}

// maxFindings is how many of one severity are shown.
const maxFindings = 200

func grouped(list []check.Finding) []findingGroup {
	groups := []findingGroup{
		{Severity: check.SeverityError, Tone: page.Bad}, {Severity: check.SeverityWarning, Tone: page.Warn}, {Severity: check.SeverityInfo, Tone: page.Plain},
	}
	for _, f := range list {
		i := slices.IndexFunc(groups, func(g findingGroup) bool { return g.Severity == f.Severity })
		if i < 0 {
			continue
		}
		if g := &groups[i]; len(g.Findings) < maxFindings {
			rule, _ := all.Rule(f.Rule)
			g.Findings = append(g.Findings, findingView{f, rule.Why})
		} else {
			g.Left++
		}
	}
	return slices.DeleteFunc(groups, func(g findingGroup) bool { return len(g.Findings) == 0 })
}
