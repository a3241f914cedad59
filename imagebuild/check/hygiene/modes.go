package hygiene

import (
	"context"
	"fmt"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
)

func ruleWorldWritable() check.Rule {
	r := check.Rule{
		Name: "world-writable", Group: check.GroupHygiene, Severity: check.SeverityWarning,
		Why:  "any account, that of a service that was broken into above all, can change the file, or the names in a folder without the sticky bit",
		Mend: "give it a mode without write permission for others, with an edit of the kind file or dir and its key mode",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		l := s.Survey.Files.Of(survey.FilesWorldWritable)
		var items []string
		for _, f := range l.Files[:min(len(l.Files), maxMended)] {
			if f.Mode.IsDir() {
				items = append(items, fmt.Sprintf("{dir: {path: %s, mode: 0%o}}", check.YAMLText(f.Path), unixMode(f)|0o1000))
			}
		}
		mend := "in the image's packages or overlay: chmod o-w"
		if len(items) == min(l.Count, maxMended) {
			mend = edits(items)
		}
		return several(r, l, "everyone may write to it", "%d files or folders that everyone may write to", mend), nil
	}
	return r
}

// unixMode is a mode in chmod's figures.
func unixMode(f survey.FileFact) uint32 {
	state := overlay.FileState{Mode: f.Mode}
	return state.Unix()
}

func ruleSetIDUnowned() check.Rule {
	r := check.Rule{
		Name: "setuid-unowned", Group: check.GroupHygiene, Severity: check.SeverityWarning,
		Why:  "a program that runs as root whoever starts it, and that no package brought, is nobody's to keep up to date, and the first thing that an intruder leaves",
		Mend: "install it from a package, or take the bit away; where it is meant, turn the rule off with that reason",
	}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		l := s.Survey.Files.Of(survey.FilesSetID)
		if len(s.Survey.Packages.List) == 0 { // none, or one that cannot be read
			found := several(r, l, "it runs as its owner or group, and the image has no database of packages that could tell where it is from",
				"%d programs run as their owners or groups, and the image has no database of packages that could tell where they are from", r.Mend)
			for i := range found {
				found[i].Severity = check.SeverityInfo
			}
			return found, nil
		}
		unowned := &survey.FileList{}
		for _, f := range l.Files {
			if len(s.Survey.Packages.Owners(f.Path)) == 0 {
				unowned.Files = append(unowned.Files, f)
				unowned.Count++
			}
		}
		return several(r, unowned, "it runs as its owner or group, and no package brought it",
			"%d programs run as their owners or groups, and no package brought them", removal(unowned.Files, unowned.Count)), nil
	}
	return r
}
