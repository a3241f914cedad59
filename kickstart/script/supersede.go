package script

import (
	"path"
	"slices"
	"strings"
)

// supersede tells of each effect which later one, without a condition, did away with it.
func (r *Reading) supersede() {
	r.fold()
	open := map[string][]int{} // effects that stand, by what they are about
	for j, e := range r.Effects {
		if e.Conditional == "" {
			for _, key := range e.subjects(r.effectAt[j]) {
				kept := open[key][:0]
				for _, i := range open[key] {
					if old := &r.Effects[i]; old.SupersededBy < 0 && e.undoes(*old) {
						old.SupersededBy = j
					}
					if r.Effects[i].SupersededBy < 0 {
						kept = append(kept, i)
					}
				}
				open[key] = kept
			}
			r.below(j)
			r.above(j, open)
		}
		for _, key := range e.subjects(r.effectAt[j]) {
			open[key] = append(open[key], j)
		}
	}
}

// maxBelow bounds how many pairs are looked at for folders that are removed.
const maxBelow = 20 << 20

// below are the effects on what is below a folder that is removed, moved, or given modes and owners, and those on a whole
// folder something of which is given others.
func (r *Reading) below(j int) {
	e := r.Effects[j]
	modes := e.Kind == Mode || e.Kind == Owner
	if !modes && e.Kind != Sweep && len(e.removed()) == 0 || j*j > maxBelow*16 {
		return
	}
	for i := range r.Effects[:j] {
		old := &r.Effects[i]
		if old.SupersededBy >= 0 || old.Path == "" || modes && old.Kind != e.Kind {
			continue
		}
		gone := func(p, dir string) bool { return within(alias(p), alias(dir)) }
		switch {
		case modes && (e.Recursive && gone(old.Path, e.Path) || old.Recursive && gone(e.Path, old.Path)):
			old.SupersededBy = j
		case e.Kind == Sweep && old.Kind != Sweep && (e.Recursive || old.Kind != Folder) && slices.ContainsFunc(r.effectAt[i], e.sweepsPath):
			old.SupersededBy = j
		case !modes && slices.ContainsFunc(e.removed(), func(dir string) bool { return gone(old.Path, dir) }):
			old.SupersededBy = j
		}
	}
}

// above are the removals of folders in which something is made again.
func (r *Reading) above(j int, open map[string][]int) {
	switch r.Effects[j].Kind {
	case Write, Append, Touch, Folder, Symlink, Copy, Move:
	default:
		return
	}
	for _, p := range r.effectAt[j] {
		for dir := path.Dir(p); dir != "/" && dir != "."; dir = path.Dir(dir) {
			for _, i := range open["path "+dir] {
				if old := &r.Effects[i]; old.SupersededBy < 0 && (old.Kind == Remove || old.Kind == Move && alias(old.Target) == dir) {
					old.SupersededBy = j
				}
			}
		}
	}
}

// removed are the paths that are no longer what they were.
func (e Effect) removed() []string {
	switch {
	case e.Kind == Move:
		return []string{e.Target, e.Path}
	case e.Kind == Remove && e.Recursive:
		return []string{e.Path}
	}
	return nil
}

// subjects are what an effect is about, as keys; at are its paths.
func (e Effect) subjects(at []string) []string {
	switch e.Kind {
	case Lock, Unlock, Clear, Hash, Secret:
		return []string{"user " + e.User, "path /etc/shadow"}
	case User:
		return []string{"user " + e.User, "path /etc/passwd", "path /etc/shadow", "path /etc/group"}
	case GroupOf:
		return []string{"group " + e.Group, "path /etc/group"}
	case Gone:
		if e.User != "" {
			return []string{"user " + e.User}
		}
		return []string{"group " + e.Group}
	case Service:
		return []string{"service " + strings.TrimSuffix(e.Service.Name, ".service")}
	case Package:
		return []string{"package"}
	}
	var out []string
	for _, p := range at {
		out = append(out, "path "+p)
	}
	return out
}

// undoes says whether what an earlier effect on the same thing left is not to be looked for any more.
func (e Effect) undoes(old Effect) bool {
	switch old.Kind {
	case Lock, Unlock, Clear, Hash, Secret:
		switch e.Kind {
		case Lock, Unlock, Clear, Hash, Secret, Gone:
			return true
		}
		return e.rewrites()
	case User:
		return e.Kind == Gone || e.Kind == User && overlap(old.Account, e.Account) || e.rewrites()
	case GroupOf:
		return e.Kind == Gone || e.Kind == GroupOf && e.Account.GID != "" || e.rewrites()
	case Gone:
		return e.Kind == User || e.Kind == GroupOf
	case Service:
		return e.Kind == Service && serviceUndone(old.Service, e.Service)
	case Package:
		return e.Kind == Package && e.Excluded != old.Excluded && slices.ContainsFunc(e.Names, func(n string) bool { return slices.Contains(old.Names, n) })
	}
	// Effects on paths.
	if old.Kind == Sweep {
		return e.Kind == Remove || e.Kind == Move && alias(e.Target) == alias(old.Path)
	}
	switch e.Kind {
	case Write:
		return old.Kind == Write || old.Kind == Append || old.Kind == Sed || old.Kind == Touch || old.Kind == Remove || old.Kind == Copy && !old.Recursive
	case Remove, Move:
		return true
	case Copy: // it may go into a folder of that name: then nothing was undone, but nothing can be told either
		return old.Kind != Mode && old.Kind != Owner && old.Kind != Folder
	case Symlink:
		return true
	case Touch, Folder, Append, Sed:
		return old.Kind == Remove || old.Kind == Move && alias(old.Target) == alias(e.Path) && alias(old.Path) != alias(e.Path)
	case Mode:
		return old.Kind == Mode
	case Owner:
		return old.Kind == Owner && !old.Recursive && (e.Owner != "" || old.Owner == "") && (e.Group != "" || old.Group == "")
	}
	return false
}

// rewrites says whether an effect changes a file of accounts by itself.
func (e Effect) rewrites() bool {
	switch e.Kind {
	case Write, Append, Sed, Copy, Move, Remove:
		return true
	}
	return false
}

// overlap says whether two accounts name the same thing, so that the later one counts.
func overlap(a, b Account) bool {
	for _, pair := range [][2]string{{a.UID, b.UID}, {a.GID, b.GID}, {a.Group, b.Group}, {a.Home, b.Home}, {a.Shell, b.Shell}, {a.Comment, b.Comment}} {
		if pair[0] != "" && pair[1] != "" {
			return true
		}
	}
	return len(a.Groups) > 0 && len(b.Groups) > 0 && !b.AppendGroups || !b.Modify
}

func serviceUndone(old, later ServiceChange) bool {
	switch old.Action {
	case "mask", "unmask":
		return later.Action == "mask" || later.Action == "unmask"
	case "add", "del":
		return later.Action != "mask" && later.Action != "unmask"
	}
	if later.Action == "mask" || later.Action == "unmask" {
		return false
	}
	return old.Levels == "" || later.Levels == "" || strings.ContainsAny(old.Levels, later.Levels)
}
