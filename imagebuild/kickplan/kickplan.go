// Package kickplan turns what a kickstart file says, and an image does not have, into the edits of a recipe, so that a base
// image is brought to a changed kickstart file without installing it anew.
//
// [Make] holds the image against the file (package conformance), makes an edit of each statement that does not hold, applies the
// edits to a copy of the image as a build would, and holds that against the file again, until there is nothing more that an edit
// brings. Edits that do not bring what they are for are left out. What then does not hold, and what cannot be told, is in [Plan.Left] with the reason: nothing is passed by in silence.
//
// The edits are those of docs/recipe.md. Lines that %post adds or changes with sed become edits of lines where the result is the
// same to the byte and a second build changes nothing more, else the file as a whole, as it is to be in this base.
package kickplan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// Plan is how an image is brought to a kickstart file.
type Plan struct {
	// Edits are those of a recipe, in the order in which they have to stand.
	Edits []Edit
	// Holds are the statements that hold already, Left those that the edits do not bring, with why.
	Holds []conformance.Statement
	Left  []Left
}

// Edit is an edit of a recipe, and what it is for.
type Edit struct {
	Recipe recipe.Edit
	For    []Origin
	// Note is a remark for people: that the edit is right for this base alone.
	Note string
	// Changes are what it does to the image.
	Changes []overlay.Change
}

// Origin is a part of a kickstart file.
type Origin struct {
	Place kickstart.Place `json:"place"`
	Text  string          `json:"text"` // in one line, without secrets
}

// Left is a statement that the edits do not bring.
type Left struct {
	conformance.Statement
	Reason string
}

// Options say how a plan is made. The zero value is useful.
type Options struct {
	TempDir string    // for a database of packages, if it has to be unpacked
	Time    time.Time // of what is new
}

// Copy is a copy of an image that is changed.
type Copy struct {
	Tree overlay.Tree
	// Look gives the tree as it is now, for several to read at a time; nil: Tree itself allows that.
	Look func() (overlay.ReadTree, error)
}

func (c Copy) look() (overlay.ReadTree, error) {
	if c.Look == nil {
		return c.Tree, nil
	}
	return c.Look()
}

// rounds are how often an image is held against its file again: what one edit makes, another may need.
const rounds = 4

// maxEdits bounds a plan.
const maxEdits = 400

// Make plans. fresh gives a copy of the subject's tree to change, a new one each time.
func Make(ctx context.Context, f *kickstart.File, r *script.Reading, s *check.Subject, fresh func() (Copy, error), o Options) (*Plan, error) {
	p := &planner{file: f, reading: r, subject: s, reasons: map[key]string{}, refused: map[key]bool{}}
	now, err := judged(ctx, f, r, s)
	if err != nil {
		return nil, err
	}
	out := &Plan{}
	for _, st := range now {
		if st.Verdict == conformance.Holds {
			out.Holds = append(out.Holds, st.Statement)
		}
	}
	then, err := p.plan(ctx, out, now, fresh, o)
	if err != nil {
		return nil, err
	}
	if p.missed(then) { // without the edits that do not bring what they are for
		p.subject, p.edits = s, nil
		if then, err = p.plan(ctx, out, now, fresh, o); err != nil {
			return nil, err
		}
	}
	for _, st := range then {
		if st.Verdict != conformance.Holds {
			out.Left = append(out.Left, Left{st.Statement, p.reason(st.Statement)})
		}
	}
	return out, nil
}

// plan makes the edits of all that does not hold now, and gives what the statements are with them.
func (p *planner) plan(ctx context.Context, out *Plan, now []conformance.Effected, fresh func() (Copy, error), o Options) ([]conformance.Effected, error) {
	s, first := p.subject, now
	copy, err := fresh()
	if err != nil {
		return nil, err
	}
	for range rounds {
		p.begin(now)
		edits, err := p.round(ctx)
		if err != nil {
			return nil, err
		}
		applied, err := p.apply(ctx, copy.Tree, edits, o)
		if err != nil {
			return nil, err
		}
		if applied == 0 {
			break
		}
		if p.subject, err = again(ctx, s, copy, o); err != nil {
			return nil, err
		}
		if now, err = judged(ctx, p.file, p.reading, p.subject); err != nil {
			return nil, err
		}
	}
	if err := p.settle(ctx, s.Tree, o); err != nil {
		return nil, fmt.Errorf("the edits of the plan: %w", err)
	}
	out.Edits = nil
	for _, e := range inOrder(p.edits) {
		out.Edits = append(out.Edits, *e)
	}
	if len(out.Edits) == 0 {
		p.subject = s
		return first, nil
	}
	// As a build does: all of them, one after the other, in an image that has none.
	if copy, err = fresh(); err != nil {
		return nil, err
	}
	if err := out.try(ctx, copy.Tree, o); err != nil {
		return nil, fmt.Errorf("the edits of the plan: %w", err)
	}
	if p.subject, err = again(ctx, s, copy, o); err != nil {
		return nil, err
	}
	return judged(ctx, p.file, p.reading, p.subject)
}

// missed keeps why the edits do not bring some statements, and tells whether there are any.
func (p *planner) missed(now []conformance.Effected) bool {
	any := false
	for _, st := range now {
		if st.Verdict == conformance.DoesNotHold && !p.tried(st.Statement) {
			p.reasons[keyOf(st.Statement)], p.refused[keyOf(st.Statement)] = p.reason(st.Statement), true
			any = any || len(p.edits) > 0
		}
	}
	return any
}

// try applies the edits, and keeps what each changes.
func (p *Plan) try(ctx context.Context, tree overlay.Tree, o Options) error {
	for i := range p.Edits {
		made, err := applied(ctx, tree, &p.Edits[i], o)
		if err != nil {
			return err
		}
		for k := range made {
			made[k].Before, made[k].After = concealed(made[k].Before), concealed(made[k].After)
		}
		p.Edits[i].Changes = made
	}
	return nil
}

// concealed is a file as others may see it: only the recipe has its secrets.
func concealed(s *overlay.FileState) *overlay.FileState {
	if s == nil || !s.IsText {
		return s
	}
	out := *s
	out.Text = []byte(conformance.Conceal(string(s.Text)))
	return &out
}

// judged are all statements of a file about an image, those about %post with their effects.
func judged(ctx context.Context, f *kickstart.File, r *script.Reading, s *check.Subject) ([]conformance.Effected, error) {
	commands, err := conformance.Judge(ctx, f, s)
	if err != nil {
		return nil, err
	}
	var out []conformance.Effected
	for _, st := range commands {
		if st.Rule != conformance.PostRule {
			out = append(out, conformance.Effected{Statement: st, Step: script.Step{Effect: -1, Unread: -1}})
		}
	}
	after, err := conformance.Post(ctx, r, s)
	return append(out, after...), err
}

// again looks at a copy of an image that was changed.
func again(ctx context.Context, s *check.Subject, c Copy, o Options) (*check.Subject, error) {
	tree, err := c.look()
	if err != nil {
		return nil, err
	}
	found, err := survey.Of(ctx, tree, survey.Options{TempDir: o.TempDir})
	if err != nil {
		return nil, err
	}
	return &check.Subject{
		Tree: tree, Survey: found, Root: s.Root, Info: s.Info, Disk: s.Disk, Tarball: s.Tarball, Profile: s.Profile, Asked: s.Asked,
	}, nil
}

// key is by what a statement is known in every round.
type key struct {
	place kickstart.Place
	about string
}

func keyOf(st conformance.Statement) key { return key{st.Place, st.About} }

// planner makes edits of statements.
type planner struct {
	file     *kickstart.File
	commands map[kickstart.Place]*kickstart.Command // of the file, once one is looked for
	reading  *script.Reading
	subject  *check.Subject
	edits    []*Edit
	reasons  map[key]string // why a statement is not brought, as far as was seen
	refused  map[key]bool   // those whose edits could not be made, or do not bring them: they are not tried again

	now      []conformance.Effected
	byEffect map[int]conformance.Statement // that of an effect; of several the one that does not hold
	effects  []script.Effect               // of the reading, with the paths that they have in the image
	finals   []conformance.Final
	places   []string          // of effects, where their paths lead
	shared   map[uint64]string // by inode, the first name that a file of several was met under
	fresh    []*Edit           // of this round
	touched  map[string]bool   // files that this round has edits of
}

func (p *planner) begin(now []conformance.Effected) {
	p.now, p.byEffect, p.fresh, p.touched = now, map[int]conformance.Statement{}, nil, map[string]bool{}
	p.effects, p.finals = conformance.Placed(p.reading, p.subject.Tree), conformance.Finals(p.reading, p.subject)
	for k := range p.reasons { // what lacked may be there now
		if !p.refused[k] {
			delete(p.reasons, k)
		}
	}
	p.places, p.shared = make([]string, len(p.effects)), map[uint64]string{}
	for i := range p.effects {
		p.places[i] = p.lead(p.effects[i].Path)
	}
	for _, st := range now {
		if i := st.Step.Effect; i >= 0 {
			if has, ok := p.byEffect[i]; !ok || has.Verdict != conformance.DoesNotHold {
				p.byEffect[i] = st.Statement
			}
		}
	}
}

// round makes edits of all that does not hold now.
func (p *planner) round(ctx context.Context) ([]*Edit, error) {
	done := map[string]bool{} // texts
	for _, st := range p.now {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if st.Verdict != conformance.DoesNotHold || p.tried(st.Statement) {
			continue
		}
		var why string
		if i := st.Step.Effect; i >= 0 {
			why = p.effect(i, st.Statement, done)
		} else {
			why = p.command(st.Statement)
		}
		if why != "" {
			p.reasons[keyOf(st.Statement)] = why
		}
	}
	return p.fresh, nil
}

// tried says whether a statement is known not to be brought.
func (p *planner) tried(st conformance.Statement) bool {
	_, ok := p.reasons[keyOf(st)]
	return ok
}

// reason says why a statement is left.
func (p *planner) reason(st conformance.Statement) string {
	if st.Verdict == conformance.CannotBeTold {
		return st.Why
	}
	if why := p.reasons[keyOf(st)]; why != "" {
		return why
	}
	return "the edits do not bring it: the image would have " + st.Has
}

// add puts an edit into the plan.
func (p *planner) add(e recipe.Edit, st conformance.Statement, note string) {
	p.fresh = append(p.fresh, &Edit{Recipe: e, For: []Origin{{st.Place, st.Text}}, Note: note})
}

// Kind is the kind of an edit, as a recipe calls it: line, file, service.
func (e *Edit) Kind() string {
	kind, _ := node(e.Recipe)
	return kind
}

// HoldsHash says whether the recipe of the plan holds the hash of a password, so that only its owner may read it.
func (p *Plan) HoldsHash() bool {
	for _, e := range p.Edits {
		r := e.Recipe
		switch {
		case r.Password != nil && strings.Trim(r.Password.Hash, "!*") != "", r.User != nil && strings.Trim(r.User.Password, "!*") != "":
			return true
		case r.File != nil && (request.HoldsHashes(r.File.Path) || hides(r.File.Content)):
			return true
		case r.Line != nil && (request.HoldsHashes(r.Line.Path) && !r.Line.Remove || hides(r.Line.Set+"\n"+r.Line.Match)):
			return true
		}
	}
	return false
}

// hides says whether a text has something that is not shown to others.
func hides(text string) bool { return conformance.Conceal(text) != text }
