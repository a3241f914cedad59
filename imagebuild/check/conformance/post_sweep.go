package conformance

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// maxSwept is how many names are told.
const maxSwept = 5

// Swept are the paths in an image that a command such as "rm -f /etc/ssh/ssh_host_*" takes away, sorted, and those that it leaves
// because they are folders; nil where the folder is not there.
func Swept(t overlay.ReadTree, e *script.Effect) ([]string, error) {
	r, err := overlay.Resolve(t, e.Path)
	if err != nil || r.Info == nil || !r.Info.IsDir() {
		return nil, err
	}
	list, err := t.ReadDir(r.Name)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range list {
		if e.Sweeps(d.Name()) && (e.Recursive || !d.IsDir()) {
			out = append(out, path.Join(e.Path, d.Name()))
		}
	}
	slices.Sort(out)
	return out, nil
}

// swept judges that nothing is left of a pattern but what later commands make.
func (j *postJudge) swept(i int) outcome {
	e := &j.effects[i]
	all, err := Swept(j.tree, e)
	if err != nil {
		return unknown("it cannot be read: " + err.Error()).at(e.Path)
	}
	left := slices.DeleteFunc(all, func(p string) bool { return j.madeBehind(i, p) })
	if len(left) == 0 {
		return holds("nothing").at(e.Path)
	}
	told := left[:min(len(left), maxSwept)]
	has := strings.Join(told, ", ")
	if more := len(left) - len(told); more > 0 {
		has += fmt.Sprintf(" and %d more", more)
	}
	return differs(has).at(left[0])
}

// madeBehind says whether an effect behind another makes a file, or one below it.
func (j *postJudge) madeBehind(i int, p string) bool {
	at := j.lead(p, false)
	for k := i + 1; k < len(j.effects); k++ {
		if makes(j.effects[k].Kind) && (within(j.files[k].name, at) || within(j.files[k].path, at)) {
			return true
		}
	}
	return false
}

// sweeps says whether an effect sweeps away a path, with what it lies in. f is what the effect is about.
func sweeps(e *script.Effect, f file, at string) bool {
	if e.Kind != script.Sweep || !within(at, f.path) || at == f.path {
		return false
	}
	name, _, below := strings.Cut(strings.TrimPrefix(at[len(f.path):], "/"), "/")
	return e.Sweeps(name) && (e.Recursive || !below)
}

// sweepRelation is that of two effects of which one sweeps.
func sweepRelation(late, early *script.Effect, lf, ef file) relation {
	switch {
	case late.Kind == script.Sweep && early.Kind == script.Sweep:
		return apart
	case late.Kind == script.Sweep:
		if (sweeps(late, lf, ef.name) || sweeps(late, lf, ef.path)) && (late.Recursive || early.Kind != script.Folder) {
			return replaces
		}
	case late.Kind == script.Remove && late.Recursive && within(ef.path, lf.name), late.Kind == script.Move && within(ef.path, lf.from):
		return replaces
	case makes(late.Kind) && sweeps(early, ef, lf.name):
		return changes
	}
	return apart
}
