package check

import (
	"context"
	"fmt"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
)

// The root file system is consistent: every block has one owner, every count and checksum is right. What is
// not would be made worse by the first machine that mounts it.
var ruleFileSystem = Rule{
	Name:     "file-system",
	Group:    GroupFileSystem,
	Severity: SeverityError,
	Why:      "an inconsistent file system loses files, or is not mounted at all",
	Mend:     "the source may have had it already: mend a copy of its disk with e2fsck -f and start from that",
}

// A journal that was not brought in: who mounts the file system does so. Boot loaders do not, and read old files.
var ruleJournalDirty = Rule{
	Name:     "journal-dirty",
	Group:    GroupFileSystem,
	Severity: SeverityError,
	Why:      "a boot loader reads the file system as it lies on the disk, without what waits in the journal: it may find an old kernel, or none",
	Mend:     "unmount the image where it is in use; 'lbimage customize' brings the journal in, and so does e2fsck -f",
}

// Files that were removed while they were open, and never freed.
var ruleOrphans = Rule{
	Name:     "orphans",
	Group:    GroupFileSystem,
	Severity: SeverityWarning,
	Why:      "files that have no name take room, and what was in them is shipped with the image",
	Mend:     "'lbimage customize' frees them, and so does e2fsck -f",
}

// Codes of problems that have a rule of their own.
const (
	codeNeedsRecovery = "needs-recovery"
	codeOrphans       = "orphans"
)

// Bounds of what is gathered and of what is told. The first is the larger, as notices must not hide errors.
const (
	maxProblems = 10000
	maxTold     = 100
)

// examined is what the check of a file system said.
type examined struct {
	problems []ext.Problem
	err      error
}

// problems examines the root file system, once for all rules. There are none where there is no file system.
func (s *Subject) problems(ctx context.Context) ([]ext.Problem, error) {
	if s.Root == nil {
		return nil, nil
	}
	if s.examined == nil {
		problems, err := examine(ctx, s.Root)
		s.examined = &examined{problems, err}
	}
	return s.examined.problems, s.examined.err
}

func examine(ctx context.Context, root block.Device) ([]ext.Problem, error) {
	problems, err := ext.Check(ctx, root, root.Size(), ext.CheckOptions{MaxProblems: maxProblems})
	if err != nil {
		return nil, fmt.Errorf("checking the file system: %w", err)
	}
	return problems, nil
}

// FileSystem examines the whole root file system on a device. An error means that it could not be examined.
func FileSystem(ctx context.Context, root block.Device) ([]Finding, error) {
	problems, err := examine(ctx, root)
	if err != nil {
		return nil, err
	}
	return fileSystemFindings(problems), nil
}

// findProblems gives the problems of which a rule tells.
func findProblems(rule string) func(context.Context, *Subject) ([]Finding, error) {
	return func(ctx context.Context, s *Subject) ([]Finding, error) {
		problems, err := s.problems(ctx)
		var out []Finding
		for _, f := range fileSystemFindings(problems) {
			if f.Rule == rule {
				out = append(out, f)
			}
		}
		return out, err
	}
}

// ruleOf is the rule that tells of a problem.
func ruleOf(p ext.Problem) Rule {
	switch p.Code {
	case codeNeedsRecovery:
		return ruleJournalDirty
	case codeOrphans:
		return ruleOrphans
	}
	return ruleFileSystem
}

// fileSystemFindings makes every problem a finding of its rule, but notices, where nothing is wrong, one information.
func fileSystemFindings(problems []ext.Problem) []Finding {
	out := []Finding{}
	notices, untold := 0, 0
	for _, p := range problems {
		switch {
		case p.Notice:
			notices++
			continue
		case len(out) == maxTold:
			untold++
			continue
		}
		path := ""
		if p.Path != "" {
			path = "/" + p.Path
			p.Path = "" // it is told once
		}
		out = append(out, ruleOf(p).finding(path, p.String()))
	}
	if untold > 0 {
		out = append(out, ruleFileSystem.finding("", fmt.Sprintf("and %d problems more", untold)))
	}
	if notices > 0 {
		out = append(out, Finding{Severity: SeverityInfo, Rule: ruleFileSystem.Name,
			Message: fmt.Sprintf("nothing is wrong, but e2fsck -f would tidy up %d places", notices)})
	}
	return out
}
