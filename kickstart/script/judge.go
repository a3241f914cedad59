package script

import (
	"slices"
	"strings"

	"lbimage/kickstart/script/sed"
)

// Later are the effects behind one that concern the same path.
func (r *Reading) Later(effect int) []int {
	var out []int
	r.fold()
	for j := effect + 1; j < len(r.Effects); j++ {
		if slices.ContainsFunc(r.effectAt[effect], func(p string) bool { return slices.Contains(r.effectAt[j], p) }) {
			out = append(out, j)
		}
	}
	return out
}

// Made says whether a file, as it is at the end, can be one that a Sed effect has edited: what later effects did to it is
// taken into account. It is Unknown where that cannot be done. text is the whole file.
func (r *Reading) Made(effect int, text []byte) sed.Verdict {
	e := r.Effects[effect]
	p, err := sed.Parse(e.Program, e.Extended)
	if err != nil {
		return sed.Verdict{Answer: sed.Unknown, Why: err.Error()}
	}
	var tails []string
	for _, j := range r.Later(effect) {
		switch l := r.Effects[j]; {
		case l.Kind == Mode || l.Kind == Owner || l.Kind == Touch:
		case l.Conditional != "":
			return sed.Verdict{Answer: sed.Unknown, Why: "what comes later depends on a condition"}
		case l.Kind == Append:
			tails = append(tails, l.Content)
		case l.Kind == Sed && len(tails) == 0:
			q, err := sed.Parse(l.Program, l.Extended)
			if err != nil {
				return sed.Verdict{Answer: sed.Unknown, Why: err.Error()}
			}
			var ok bool
			if p, ok = sed.Join(p, q); !ok {
				return sed.Verdict{Answer: sed.Unknown, Why: "it is edited again later"}
			}
		default:
			return sed.Verdict{Answer: sed.Unknown, Why: "it is changed again later"}
		}
	}
	rest, ok := strings.CutSuffix(string(text), strings.Join(tails, ""))
	if !ok || len(tails) > 0 && rest != "" && !strings.HasSuffix(rest, "\n") {
		return sed.Verdict{Answer: sed.Unknown, Why: "what is added later does not stand at the end"}
	}
	return p.Made([]byte(rest))
}

// Lines are what the lines that an Append has added read at the end, behind the sed programs that came later.
func (r *Reading) Lines(effect int) (text string, known bool) {
	text = r.Effects[effect].Content
	for _, j := range r.Later(effect) {
		switch l := r.Effects[j]; {
		case l.Kind == Mode || l.Kind == Owner || l.Kind == Touch || l.Kind == Append:
		case l.Kind == Sed && l.Conditional == "":
			p, err := sed.Parse(l.Program, l.Extended)
			if err != nil || !p.Local() {
				return "", false
			}
			out, err := p.Apply([]byte(text))
			if err != nil {
				return "", false
			}
			text = string(out)
		default:
			return "", false
		}
	}
	return text, true
}
