package conformance

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
	"lbimage/overlay"
	"lbimage/overlay/services"
)

// PostRule is the name of the rule whose findings the statements about %post become.
const PostRule = "kickstart-post"

// Effected is a statement about one step of %post: an effect, or a command that was not read.
type Effected struct {
	Statement
	Step script.Step
}

// Final is how much of an effect is left when the scripts have ended.
type Final struct {
	Counts bool // a later effect leaves something of it
	Fresh  bool // of a text: the script took the file away before, or writes it whole
	Made   bool // of a text: the script took the file away before, and so makes another, with a mode and an owner of its own
}

// Finals gives that of each effect of a reading, for an image.
func Finals(r *script.Reading, s *check.Subject) []Final {
	out := make([]Final, len(r.Effects))
	if len(r.Effects) > maxEffects {
		return out
	}
	j := newPostJudge(r, s)
	for i := range out {
		out[i].Counts = !j.superseded(i)
		switch e := &j.effects[i]; {
		case e.Conditional != "":
		case e.Kind == script.Write:
			out[i].Fresh = true
		case e.Kind == script.Touch:
			out[i].Fresh = j.takenAway(i) && !j.textLater(i)
		}
	}
	for _, g := range j.groups {
		out[g.effects[0]].Fresh = out[g.effects[0]].Fresh || g.fresh
		out[g.effects[0]].Made = g.fresh
	}
	return out
}

// Placed are the effects of a reading with the paths that they have in an image: where cp, mv and ln -s are told a folder of it,
// they put things into that.
func Placed(r *script.Reading, t overlay.ReadTree) []script.Effect {
	out := slices.Clone(r.Effects)
	for i := range out {
		if e := &out[i]; e.OrInside && inside(t, e) {
			e.Path = path.Join(e.Path, path.Base(e.Target))
		}
	}
	return out
}

// inside says whether a command put its thing into a folder. The folder may as well be what the command itself made: a copy of
// one, or a link to one.
func inside(t overlay.ReadTree, e *script.Effect) bool {
	at, err := overlay.Resolve(t, e.Path)
	if err != nil || !at.Exists() || !at.Info.IsDir() {
		return false
	}
	if in, err := overlay.ResolveLink(t, path.Join(e.Path, path.Base(e.Target))); err == nil && in.Exists() {
		return true
	}
	if e.Kind == script.Symlink {
		name, err := overlay.ResolveLink(t, e.Path)
		return err == nil && name.Exists() && name.Info.IsDir()
	}
	from, err := overlay.Resolve(t, e.Target)
	return err == nil && from.Exists() && !from.Info.IsDir()
}

// CopyOf is the text of which a Copy or Move makes its file, where the script wrote all of it before.
func CopyOf(r *script.Reading, s *check.Subject, effect int) (string, bool) {
	return newPostJudge(r, s).source(effect)
}

// post holds what %post leaves against an image.
func post(ctx context.Context, f *kickstart.File, r *script.Reading, s *check.Subject) ([]Statement, error) {
	all, err := Post(ctx, r, s)
	if err != nil {
		return nil, err
	}
	out := make([]Statement, len(all))
	for i, e := range all {
		out[i] = e.Statement
	}
	return out, nil
}

// Post holds what %post leaves against an image, in the order of the scripts. An effect of which a later one leaves nothing has
// no statement, and neither has a command that leaves nothing in the image.
func Post(ctx context.Context, r *script.Reading, s *check.Subject) ([]Effected, error) {
	if len(r.Effects) > maxEffects {
		return []Effected{tooMany(r)}, nil
	}
	j := newPostJudge(r, s)
	var out []Effected
	for _, step := range r.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case step.Unread >= 0:
			if u := r.Unread[step.Unread]; !u.Harmless {
				out = append(out, Effected{unread(u), step})
			}
		case step.Effect >= 0 && j.superseded(step.Effect):
			if st, ok := j.leftBehind(step.Effect); ok {
				out = append(out, Effected{st, step})
			}
		case step.Effect >= 0:
			for _, st := range j.effect(step.Effect) {
				out = append(out, Effected{st, step})
			}
		}
	}
	return out, nil
}

// maxEffects bounds what is held against an image: each is asked whether each later one changes it.
const maxEffects = 4000

func tooMany(r *script.Reading) Effected {
	return Effected{Statement{
		Place: r.Effects[0].Place, Text: command(&r.Effects[0]), About: "%post", Verdict: CannotBeTold, Want: "what the scripts do",
		Why: fmt.Sprintf("they do %d things, which is more than the %d that are followed", len(r.Effects), maxEffects), Rule: PostRule,
	}, script.Step{Effect: -1, Unread: -1}}
}

func unread(u script.Unread) Statement {
	why := u.Why
	if why == "" {
		why = "the command is not one that is read"
	}
	return Statement{
		Place: u.Place, Text: conceal(u.Command), About: "a command of %post", Verdict: CannotBeTold,
		Want: "what the command does", Why: cut(check.OneLine(why)), Rule: PostRule,
	}
}

// postJudge holds the effects of one reading against one image.
type postJudge struct {
	reading  *script.Reading
	effects  []script.Effect // its effects, with the paths that they have in this image
	tree     overlay.ReadTree
	packages *survey.Packages // nil: not known
	files    []file           // by effect, the file that it is about
	groups   map[string]*texts
	accounts *accountFiles
	services []services.Status
	listed   error // of services
	known    bool  // services were listed
}

func newPostJudge(r *script.Reading, s *check.Subject) *postJudge {
	j := &postJudge{reading: r, effects: Placed(r, s.Tree), tree: s.Tree}
	if s.Survey != nil {
		j.packages = &s.Survey.Packages
	}
	j.files = make([]file, len(j.effects))
	for i := range j.effects {
		j.files[i] = j.fileOf(&j.effects[i])
	}
	j.groups = j.gather()
	return j
}

// effect gives the statements about an effect: one mostly, several of a command that is about several packages.
func (j *postJudge) effect(i int) []Statement {
	e := &j.effects[i]
	switch e.Kind {
	case script.Write, script.Append, script.Sed:
		return []Statement{j.text(i)}
	case script.Package:
		return j.packagesOf(i)
	}
	st := j.statement(e)
	var held outcome
	switch e.Kind {
	case script.Folder:
		held = j.folder(e)
	case script.Symlink:
		held = j.symlink(e)
	case script.Copy, script.Move:
		held = j.copied(i)
	case script.Remove:
		held = j.removed(i)
	case script.Sweep:
		held = j.swept(i)
	case script.Touch:
		held = j.touched(i)
	case script.Mode:
		held = j.mode(i)
	case script.Owner:
		held = j.owner(i)
	case script.Lock, script.Unlock, script.Clear, script.Hash, script.Secret:
		held = j.password(e)
	case script.User:
		held = j.user(i)
	case script.GroupOf:
		held = j.group(e)
	case script.Gone:
		held = j.gone(e)
	case script.Service:
		held = j.service(i)
	default:
		held = unknown("what it leaves is not known")
	}
	return []Statement{j.judged(i, st, held)}
}

// leftBehind is the statement about a move of which later commands leave nothing but that the first file is gone.
func (j *postJudge) leftBehind(i int) (Statement, bool) {
	e := &j.effects[i]
	if e.Kind != script.Move || j.madeAgain(i) {
		return Statement{}, false
	}
	st := j.statement(e)
	st.About, st.Want = check.OneLine("file "+e.Target), "nothing there"
	r, failed := j.stat(e.Target, false)
	held := holds("nothing")
	switch {
	case failed != nil:
		held = *failed
	case r.Info != nil:
		held = differs(kindOf(r.Info))
	}
	return j.judged(i, st, held.at(e.Target)), true
}

// outcome is how an image has one thing.
type outcome struct {
	verdict   Verdict
	want, has string
	path      string
	line      int
	why       string
}

func holds(has string) outcome              { return outcome{verdict: Holds, has: has} }
func differs(has string) outcome            { return outcome{verdict: DoesNotHold, has: has} }
func unknown(why string) outcome            { return outcome{verdict: CannotBeTold, why: why} }
func (o outcome) wants(want string) outcome { o.want = want; return o }
func (o outcome) at(p string) outcome       { o.path = p; return o }
func (o outcome) remark(why string) outcome { o.why = why; return o }
func (o outcome) onLine(line int) outcome   { o.line = line; return o }

// statement is one about an effect, without what the image has.
func (j *postJudge) statement(e *script.Effect) Statement {
	about, want := describe(e)
	return Statement{Place: e.Place, Text: command(e), About: cut(check.OneLine(about)), Want: cut(check.OneLine(want)), Rule: PostRule}
}

// judged completes a statement. What does not hold cannot be told where something that was not read, or depends on something
// that is not known, could have made it so.
func (j *postJudge) judged(i int, st Statement, o outcome) Statement {
	e := &j.effects[i]
	st.Verdict, st.Path, st.Line = o.verdict, o.path, o.line
	st.Has, st.Why = cut(check.OneLine(o.has)), cut(check.OneLine(o.why))
	if o.want != "" {
		st.Want = cut(check.OneLine(o.want))
	}
	if st.Path == "" {
		st.Path = e.Path
	}
	if o.verdict != DoesNotHold {
		return st
	}
	if why := j.doubt(i); why != "" {
		st.Verdict, st.Why = CannotBeTold, cut(check.OneLine(why))
	}
	return st
}

// doubt says why an effect may be absent from an image that was made of the file; empty where it may not.
func (j *postJudge) doubt(i int) string {
	e := &j.effects[i]
	if e.Conditional != "" {
		return "it happens only where this holds: " + e.Conditional
	}
	if later := j.reading.After(i); len(later) > 0 {
		u := later[0]
		return fmt.Sprintf("%s comes later, at %s, and was not read: it could have changed this", quote(conceal(u.Command)), u.Place)
	}
	if u := j.unreadLater(i); u != nil {
		return fmt.Sprintf("%s comes later, at %s, and was not read: it could have changed this", quote(conceal(u.Command)), u.Place)
	}
	for k := i + 1; k < len(j.effects); k++ {
		later := &j.effects[k]
		switch relation := j.relation(k, i); {
		case relation != apart && later.Conditional != "":
			return fmt.Sprintf("%s comes later, at %s, and changes this where %s holds", quote(command(later)), later.Place, quote(later.Conditional))
		case relation == blurs:
			return fmt.Sprintf("%s comes later, at %s, and can have changed this", quote(command(later)), later.Place)
		case relation == apart && j.sameFile(i, k):
			return fmt.Sprintf("%s comes later, at %s, and is about another name of the same file", quote(command(later)), later.Place)
		}
	}
	return ""
}

// sameFile says whether two effects are about two names of one file of the image.
func (j *postJudge) sameFile(i, k int) bool {
	a, b := j.files[i].path, j.files[k].path
	if a == "" || b == "" || a == b {
		return false
	}
	one, err := overlay.Resolve(j.tree, a)
	if err != nil || !one.Exists() || !one.Info.Mode().IsRegular() {
		return false
	}
	if n, ok := overlay.SysField(one.Info, "Nlink", "NLink"); !ok || n < 2 {
		return false
	}
	other, err := overlay.Resolve(j.tree, b)
	if err != nil || !other.Exists() {
		return false
	}
	x, ok := overlay.SysField(one.Info, "Ino")
	y, ok2 := overlay.SysField(other.Info, "Ino")
	return ok && ok2 && x == y
}

// unreadLater is a later command that was not read and comes to the file of an effect through links that the image alone has.
func (j *postJudge) unreadLater(i int) *script.Unread {
	if j.effects[i].Path == "" {
		return nil
	}
	seen := false
	for _, step := range j.reading.Steps {
		if step.Effect == i {
			seen = true
		}
		if !seen || step.Unread < 0 {
			continue
		}
		u := &j.reading.Unread[step.Unread]
		for _, p := range u.Paths {
			for _, at := range []string{p, j.lead(p, true)} {
				if within(j.files[i].path, at) || within(j.files[i].name, at) || j.effects[i].Recursive && within(at, j.files[i].path) {
					return u
				}
			}
		}
	}
	return nil
}

// describe says what an effect is about, and what it asks for.
func describe(e *script.Effect) (about, want string) {
	switch e.Kind {
	case script.Write:
		return "file " + e.Path, fmt.Sprintf("the content that is written, %s", lines(e.Content))
	case script.Append:
		return "lines of " + e.Path, fmt.Sprintf("%s at its end: %s", lines(e.Content), quote(shown(e.Path, e.Content)))
	case script.Sed:
		return "lines of " + e.Path, "what sed makes of it by " + quote(conceal(e.Program))
	case script.Folder:
		return "folder " + e.Path, "a folder" + moded(e.Mode)
	case script.Symlink:
		return "link " + e.Path, "a link to " + e.Target
	case script.Copy:
		return "file " + e.Path, "a copy of " + e.Target
	case script.Move:
		return "file " + e.Path, "what was " + e.Target + ", which is gone"
	case script.Remove:
		return "file " + e.Path, "nothing there"
	case script.Sweep:
		return "files " + path.Join(e.Path, strings.Join(e.Names, " ")), "none of that pattern"
	case script.Mode:
		return "mode of " + e.Path, "mode " + e.Mode + below(e)
	case script.Owner:
		return "owner of " + e.Path, "owner " + owners(e) + below(e)
	case script.Touch:
		return "file " + e.Path, "a file"
	case script.Lock:
		return "password of " + e.User, "locked"
	case script.Unlock:
		return "password of " + e.User, "not locked"
	case script.Clear:
		return "password of " + e.User, "none"
	case script.Hash:
		return "password of " + e.User, "of the hash " + concealHash(e.Content)
	case script.Secret:
		return "password of " + e.User, "the one that is given"
	case script.User:
		return "user " + e.User, "there" + asked(&e.Account)
	case script.GroupOf:
		return "group " + e.Group, "there"
	case script.Gone:
		if e.User == "" {
			return "group " + e.Group, "not there"
		}
		return "user " + e.User, "not there"
	case script.Service:
		return "service " + e.Service.Name, serviceWanted(e.Service)
	}
	return string(e.Kind), "what the command does"
}
