package script

import "lbimage/kickstart/script/sed"

// Final is what a file holds at the end, where the scripts alone tell all of it: it was written whole, and what was added and
// changed behind that is known too. A link is followed as far as the scripts made it.
func (r *Reading) Final(path string) (content []byte, known bool) {
	n := r.fold().look(path, true)
	if n.kind != file || !n.known {
		return nil, false
	}
	return []byte(n.content), true
}

// fold does all steps in their order.
func (r *Reading) fold() *world {
	r.folded.Do(func() {
		r.effectAt, r.unreadAt = make([][]string, len(r.Effects)), make([][]string, len(r.Unread))
		r.end = newWorld()
		for _, s := range r.steps() {
			switch {
			case s.Effect >= 0:
				e := r.Effects[s.Effect]
				r.effectAt[s.Effect] = r.end.places(e.touches(), e.Kind != Symlink && e.Kind != Remove && e.Kind != Move)
				r.end.apply(e)
			case !r.Unread[s.Unread].Harmless:
				r.unreadAt[s.Unread] = r.end.places(r.Unread[s.Unread].Paths, true)
				r.end.disturb(r.Unread[s.Unread].Paths)
			}
		}
	})
	return r.end
}

// steps are those of the reading; of one made by hand, without any, its effects in their order.
func (r *Reading) steps() []Step {
	if len(r.Steps) > 0 || len(r.Unread) > 0 {
		return r.Steps
	}
	out := make([]Step, len(r.Effects))
	for i := range out {
		out[i] = Step{i, -1}
	}
	return out
}

// sed edits a file as sed -i does, which leaves a file of its own where a link was.
func (w *world) sed(e Effect) {
	n := w.look(e.Path, true)
	out := node{kind: file}
	if w.resolve(e.Path, true) != w.resolve(e.Path, false) {
		w.drop(e.Path) // a link that is usual, or one that is known: which file is whose from here on is not told
		return
	}
	if n.kind == file && n.known && w.work < maxCopied {
		w.work += len(n.content)
		if p, err := sed.Parse(e.Program, e.Extended); err == nil {
			if text, err := p.Apply([]byte(n.content)); err == nil {
				out.content, out.known = string(text), true
			}
		}
	}
	w.put(e.Path, false, out)
}

// After are the commands behind an effect that could undo or change what it did: those that were not read, come later, are
// not harmless and do not name other paths alone, and those of which it depends on a condition whether they do something to
// the same paths.
func (r *Reading) After(effect int) []Unread {
	var out []Unread
	seen := false
	r.fold()
	for _, s := range r.steps() {
		switch {
		case s.Effect == effect:
			seen = true
		case !seen:
		case s.Unread >= 0:
			if u := r.Unread[s.Unread]; !u.Harmless && r.concerns(r.unreadAt[s.Unread], effect) {
				out = append(out, u)
			}
		case s.Effect >= 0:
			if e := r.Effects[s.Effect]; e.Conditional != "" && e.Kind != Mode && e.Kind != Owner && r.concerns(r.effectAt[s.Effect], effect) ||
				e.Conditional != "" && e.Kind == r.Effects[effect].Kind && r.concerns(r.effectAt[s.Effect], effect) {
				out = append(out, Unread{Place: e.Place, Command: e.Command, Why: "it is done only where: " + e.Conditional, Paths: e.touches()})
			}
		}
	}
	return out
}

// concerns says whether what may be changed at some paths, any for nil, is of an effect.
func (r *Reading) concerns(paths []string, effect int) bool {
	mine, deep := r.effectAt[effect], r.Effects[effect].deep()
	if paths == nil || mine == nil {
		return true
	}
	for _, p := range paths {
		for _, q := range mine {
			if within(q, p) || deep && within(p, q) {
				return true
			}
		}
	}
	return false
}

// places are paths as they are behind the links that are usual, and those that the scripts made so far; with follow, what
// a link at the end leads to as well.
func (w *world) places(paths []string, follow bool) []string {
	if paths == nil {
		return nil
	}
	out := []string{}
	for _, p := range paths {
		at := w.resolve(p, false)
		if out = append(out, at); follow {
			if to := w.resolve(p, true); to != at {
				out = append(out, to)
			}
		}
	}
	return out
}

// deep says whether what is below its paths is a matter of an effect too.
func (e Effect) deep() bool {
	switch e.Kind {
	case Write, Append, Sed, Folder, Symlink, Touch:
		return false
	case Mode, Owner:
		return e.Recursive
	}
	return true
}
