package conformance

import (
	"strings"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// relation is what a later effect does to what an earlier one left.
type relation int

const (
	apart    relation = iota
	changes           // it changes a part, in a way that is followed
	blurs             // it can have changed it, in a way that is not
	replaces          // nothing of the earlier one is left
)

// file is what an effect is about, links of the image followed: the file itself, and where its name stands.
type file struct {
	path string // links followed to the end
	name string // the last part not followed
	from string // of Copy and Move: Target, not followed at the end
}

func (j *postJudge) fileOf(e *script.Effect) file {
	if e.Path == "" {
		return file{}
	}
	f := file{path: j.lead(e.Path, true), name: j.lead(e.Path, false)}
	if e.Kind == script.Copy || e.Kind == script.Move {
		f.from = j.lead(e.Target, false)
	}
	return f
}

// lead is where a path leads in the image; as it is written where it leads nowhere.
func (j *postJudge) lead(path string, end bool) string {
	follow := overlay.ResolveLink
	if end {
		follow = overlay.Resolve
	}
	r, err := follow(j.tree, path)
	if err != nil {
		return path
	}
	return r.Path()
}

// within says whether a path is another or lies below it.
func within(path, above string) bool {
	return path == above || strings.HasPrefix(path, strings.TrimSuffix(above, "/")+"/")
}

func (j *postJudge) superseded(i int) bool {
	for k := i + 1; k < len(j.effects); k++ {
		if j.relation(k, i) == replaces && j.effects[k].Conditional == "" {
			return true
		}
	}
	return false
}

// relation says what effect k, which is later, does to what effect i left.
func (j *postJudge) relation(k, i int) relation {
	late, early := &j.effects[k], &j.effects[i]
	switch early.Kind {
	case script.Service:
		return serviceRelation(late, early)
	case script.Package:
		if late.Kind == script.Package {
			return blurs
		}
		return apart
	case script.Lock, script.Unlock, script.Clear, script.Hash, script.Secret, script.User, script.GroupOf, script.Gone:
		return accountRelation(late, early, j.files[k].path)
	}
	switch late.Kind {
	case script.Package:
		return blurs // it brings files, and scripts that run
	case script.Service, script.Lock, script.Unlock, script.Clear, script.Hash, script.Secret, script.User, script.GroupOf, script.Gone:
		return accountFileRelation(late, early, j.files[i].path)
	}
	return j.fileRelation(k, i)
}

// fileRelation is that of two effects about files.
func (j *postJudge) fileRelation(k, i int) relation {
	late, early := &j.effects[k], &j.effects[i]
	lf, ef := j.files[k], j.files[i]
	switch early.Kind {
	case script.Write, script.Append, script.Touch, script.Mode, script.Owner:
		if ef.name != ef.path && (late.Kind == script.Remove && lf.name == ef.name || late.Kind == script.Move && lf.from == ef.name) {
			return apart // the link goes, and what it led to stays
		}
	}
	if late.Kind == script.Sweep || early.Kind == script.Sweep {
		return sweepRelation(late, early, lf, ef)
	}
	switch late.Kind {
	case script.Remove:
		if lf.name == ef.name || lf.name == ef.path || late.Recursive && (within(ef.name, lf.name) || within(ef.path, lf.name)) {
			return replaces
		}
		return apart
	case script.Move:
		if within(ef.name, lf.from) || within(ef.path, lf.from) {
			return replaces
		}
	}
	same := lf.name == ef.name || lf.path == ef.path
	if late.Kind == script.Symlink || late.Kind == script.Move { // they put something in the place of a name, and follow no link
		same = lf.name == ef.name || lf.name == ef.path
	}
	if early.Kind == script.Symlink || early.Kind == script.Remove { // which are about a name
		same = lf.name == ef.name
	}
	switch early.Kind {
	case script.Write, script.Append, script.Sed, script.Copy, script.Move:
		switch late.Kind {
		case script.Write, script.Symlink:
			if same {
				return replaces
			}
		case script.Copy, script.Move:
			if same && (early.Kind != script.Copy || !early.Recursive) {
				return replaces
			}
			if within(ef.path, lf.path) {
				return blurs
			}
		case script.Append, script.Sed:
			if same {
				return changes
			}
		}
	case script.Remove:
		if makes(late.Kind) && (same || within(lf.name, ef.name) || within(lf.path, ef.name)) {
			if same {
				return replaces
			}
			return changes
		}
	case script.Folder, script.Touch:
		if same && late.Kind == script.Symlink {
			return replaces
		}
		if same && early.Mode != "" && late.Kind == script.Mode {
			return changes
		}
	case script.Symlink:
		if same && (late.Kind == script.Symlink || late.Kind == script.Copy || late.Kind == script.Move) && late.Force {
			return replaces
		}
	case script.Mode, script.Owner:
		return attributeRelation(late, early, lf, ef)
	}
	return apart
}

// attributeRelation is that to a mode or an owner.
func attributeRelation(late, early *script.Effect, lf, ef file) relation {
	same := lf.path == ef.path
	covers := same || late.Recursive && within(ef.path, lf.path)
	touches := covers || early.Recursive && within(lf.path, ef.path)
	switch {
	case late.Kind == early.Kind && covers && late.Kind == script.Mode && octal(late.Mode) && (late.Recursive || !early.Recursive):
		return replaces
	case late.Kind == early.Kind && covers && late.Kind == script.Owner && (late.Recursive || !early.Recursive) &&
		(late.Owner != "" || early.Owner == "") && (late.Group != "" || early.Group == ""):
		return replaces
	case late.Kind == early.Kind && touches:
		return changes
	case late.Kind == script.Owner && touches: // which takes the set-id bits away
		return changes
	case late.Kind == script.Symlink && (lf.name == ef.path || lf.name == ef.name), (late.Kind == script.Copy || late.Kind == script.Move) && (same || within(ef.path, lf.path)):
		return blurs
	case early.Recursive && makes(late.Kind) && within(lf.path, ef.path):
		return changes
	}
	return apart
}

// makes says whether an effect can make a file that was not there.
func makes(k script.Kind) bool {
	switch k {
	case script.Write, script.Append, script.Folder, script.Symlink, script.Copy, script.Move, script.Touch:
		return true
	}
	return false
}

// accountFiles that commands about accounts write to.
var accountPaths = []string{"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"}

// accountFileRelation is that of a command about accounts or services to a file.
func accountFileRelation(late, early *script.Effect, path string) relation {
	if late.Kind == script.Service {
		return serviceFileRelation(late, early, path)
	}
	for _, p := range accountPaths {
		if path == p {
			return blurs
		}
	}
	return apart
}

// accountRelation is that of two commands about accounts, or of one about a file to one about an account.
func accountRelation(late, early *script.Effect, path string) relation {
	switch late.Kind {
	case script.Write, script.Append, script.Sed, script.Copy, script.Move:
		for _, p := range accountPaths {
			if path == p {
				return blurs
			}
		}
		return apart
	case script.Package:
		if early.Kind == script.Gone || early.Kind == script.User || early.Kind == script.GroupOf {
			return blurs
		}
		return apart
	}
	sameUser := early.User != "" && late.User == early.User
	sameGroup := early.Kind != script.User && early.User == "" && early.Group != "" && late.User == "" && late.Group == early.Group
	if !sameUser && !sameGroup {
		return apart
	}
	if late.Kind == script.Gone {
		return replaces
	}
	if early.Kind == script.Gone && (late.Kind == script.User && !late.Account.Modify || late.Kind == script.GroupOf) {
		return replaces
	}
	sets := late.Kind == script.Hash || late.Kind == script.Secret || late.Kind == script.Clear || late.Kind == script.User && late.Account.Password != ""
	switch early.Kind {
	case script.Lock, script.Unlock:
		if sets || late.Kind == script.Lock || late.Kind == script.Unlock {
			return replaces
		}
	case script.Hash, script.Secret, script.Clear:
		switch {
		case sets:
			return replaces
		case early.Kind == script.Clear && late.Kind == script.Lock:
			return changes
		}
	case script.User:
		if late.Kind == script.User || sets {
			return changes
		}
	}
	return apart
}
