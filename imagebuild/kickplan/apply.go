package kickplan

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/overlay"
)

// apply makes the edits of a round in a tree, and keeps those that can be made.
func (p *planner) apply(ctx context.Context, tree overlay.Tree, edits []*Edit, o Options) (int, error) {
	applied := 0
	for _, e := range inOrder(edits) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if p.has(e) {
			continue
		}
		if len(p.edits) >= maxEdits {
			p.refuse(e, fmt.Sprintf("the plan has %d edits already: build with them, and plan again", maxEdits))
			continue
		}
		err := p.agrees(ctx, tree, e, o)
		if errors.Is(err, overlay.ErrConflict) && e.Recipe.Line != nil {
			if whole := wholeFile(tree, e); whole != nil {
				e = whole
				err = p.agrees(ctx, tree, e, o)
			}
		}
		changed := false
		if err == nil {
			changed, err = applyOne(ctx, tree, e, o)
		}
		switch {
		case err != nil:
			p.refuse(e, "the edit cannot be made: "+err.Error())
		case changed: // else another has brought it already
			p.edits = p.with(e)
			applied++
		}
	}
	return applied, nil
}

// agrees says whether a recipe can hold an edit beside those that the plan has.
func (p *planner) agrees(ctx context.Context, tree overlay.Tree, e *Edit, o Options) error {
	if err := readable(e); err != nil {
		return err
	}
	return conflicts(ctx, tree, p.near(tree, e), o)
}

// conflicts says whether edits disagree.
func conflicts(ctx context.Context, tree overlay.ReadTree, edits []*Edit, o Options) error {
	all, closing, err := steps(ctx, edits, o)
	if err != nil {
		return err
	}
	return errors.Join(request.Conflicts(tree, all), closing())
}

// near are the edits of the plan, with one more, that are about its path or one above or below it: others cannot disagree with it.
func (p *planner) near(tree overlay.ReadTree, e *Edit) []*Edit {
	at := leads(tree, e)
	var out []*Edit
	for _, has := range p.with(e) {
		if x := leads(tree, has); slices.Contains(has.For, e.For[0]) || at != "" && x != "" && (within(x, at) || within(at, x)) {
			out = append(out, has)
		}
	}
	return out
}

func within(path, above string) bool { return path == above || strings.HasPrefix(path, above+"/") }

// leads is where the path of an edit leads; empty for one that has none.
func leads(tree overlay.ReadTree, e *Edit) string {
	var name string
	switch r := e.Recipe; {
	case r.Line != nil:
		name = r.Line.Path
	case r.File != nil:
		name = r.File.Path
	case r.Dir != nil:
		name = r.Dir.Path
	case r.Symlink != nil:
		name = r.Symlink.Path
	case r.Remove != nil:
		name = r.Remove.Path
	default:
		return ""
	}
	r, err := overlay.Resolve(tree, name)
	if err != nil {
		return name
	}
	return r.Path()
}

// settle drops edits that disagree with earlier ones after all, as two names of one file can.
func (p *planner) settle(ctx context.Context, tree overlay.ReadTree, o Options) error {
	for {
		all := inOrder(p.edits)
		err := conflicts(ctx, tree, all, o)
		var conflict *overlay.ConflictError
		if !errors.As(err, &conflict) {
			return err
		}
		late := all[conflict.Late]
		p.refuse(late, "the edit cannot be made: "+err.Error())
		p.edits = slices.DeleteFunc(p.edits, func(e *Edit) bool { return e == late })
	}
}

// wholeFile is an edit of a line as one of the whole file, as it is to be then; nil where that is no text.
func wholeFile(tree overlay.ReadTree, e *Edit) *Edit {
	text, _, err := overlay.ReadFile(tree, e.Recipe.Line.Path, maxCopy)
	if err != nil {
		return nil
	}
	text, _, err = overlay.EditLine(text, lineOf(e.Recipe.Line))
	if err != nil || !overlay.IsText(text) {
		return nil
	}
	return &Edit{Recipe: recipe.Edit{File: &recipe.File{Path: e.Recipe.Line.Path, Content: string(text)}}, For: e.For, Note: baseNote}
}

// has says whether the plan has an edit already. One that two statements ask for is for both.
func (p *planner) has(e *Edit) bool {
	for _, had := range p.edits {
		if reflect.DeepEqual(had.Recipe, e.Recipe) {
			for _, from := range e.For {
				if !slices.Contains(had.For, from) {
					had.For = append(had.For, from)
				}
			}
			return true
		}
	}
	return false
}

// refuse says of all statements that an edit is for why they are not brought.
func (p *planner) refuse(e *Edit, why string) {
	for _, from := range e.For {
		for _, st := range p.now {
			if st.Place == from.Place && st.Verdict == conformance.DoesNotHold {
				p.reasons[keyOf(st.Statement)] = check.OneLine(why)
				p.refused[keyOf(st.Statement)] = true
			}
		}
	}
}

// inOrder puts what makes users and groups first, as a build does.
func inOrder(edits []*Edit) []*Edit {
	out := slices.Clone(edits)
	slices.SortStableFunc(out, func(a, b *Edit) int { return rank(a) - rank(b) })
	return out
}

func rank(e *Edit) int {
	if e.Recipe.User != nil || e.Recipe.Group != nil {
		return 0
	}
	return 1
}

// with is the plan with one more edit. One that makes a file anew takes the place of what was planned for it before, and so
// does a password.
func (p *planner) with(e *Edit) []*Edit {
	var out []*Edit
	next, place := *e, -1
	for _, has := range p.edits {
		if replaced(has, e) {
			next.For = append(slices.Clone(has.For), next.For...)
			next.Recipe = attributed(next.Recipe, has.Recipe)
			if next.Note == "" || has.Recipe.File != nil && e.Recipe.File != nil && has.Recipe.File.Content == e.Recipe.File.Content {
				next.Note = has.Note
			}
			place = len(out)
			continue
		}
		out = append(out, has)
	}
	next.For = unique(next.For)
	if place < 0 {
		place = len(out)
	}
	return slices.Insert(out, place, &next)
}

// attributed is an edit with the mode and the owner that the one before it gave the same file or folder.
func attributed(e, had recipe.Edit) recipe.Edit {
	switch {
	case e.File != nil && had.File != nil:
		f := *e.File
		merge(&f.Mode, &f.Owner, keep(f.Mode, had.File.Mode), keepText(f.Owner, had.File.Owner))
		e.File = &f
	case e.Dir != nil && had.Dir != nil:
		d := *e.Dir
		merge(&d.Mode, &d.Owner, keep(d.Mode, had.Dir.Mode), keepText(d.Owner, had.Dir.Owner))
		e.Dir = &d
	}
	return e
}

func unique(all []Origin) []Origin {
	var out []Origin
	for _, o := range all {
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

func replaced(has, e *Edit) bool {
	a, b := has.Recipe, e.Recipe
	switch {
	case b.File != nil:
		return a.File != nil && a.File.Path == b.File.Path || a.Line != nil && a.Line.Path == b.File.Path
	case b.Dir != nil:
		return a.Dir != nil && a.Dir.Path == b.Dir.Path
	case b.Password != nil:
		return a.Password != nil && a.Password.User == b.Password.User
	}
	return false
}

// steps makes the edits of recipe edits.
func steps(ctx context.Context, edits []*Edit, o Options) ([]request.Step, func() error, error) {
	var r request.Request
	for _, e := range edits {
		r.Edits = append(r.Edits, e.Recipe)
	}
	opened, err := r.Open(ctx, request.Options{TempDir: o.TempDir})
	if err != nil {
		return nil, nil, err
	}
	out, err := opened.Steps(request.Image{Time: o.Time})
	if err != nil {
		return nil, nil, errors.Join(err, opened.Close())
	}
	return out, opened.Close, nil
}

// applyOne makes one edit, and tells whether it changes anything.
func applyOne(ctx context.Context, tree overlay.Tree, e *Edit, o Options) (bool, error) {
	made, err := applied(ctx, tree, e, o)
	return slices.ContainsFunc(made, overlay.Change.Changed), err
}

func applied(ctx context.Context, tree overlay.Tree, e *Edit, o Options) ([]overlay.Change, error) {
	all, closing, err := steps(ctx, []*Edit{e}, o)
	if err != nil {
		return nil, err
	}
	var out []overlay.Change
	for _, step := range all {
		made, err := overlay.Apply(tree, []overlay.Edit{step})
		if err != nil {
			return nil, errors.Join(err, closing())
		}
		out = append(out, made...)
	}
	return out, closing()
}
