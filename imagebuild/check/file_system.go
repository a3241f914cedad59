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
	Severity: SeverityError,
	Why:      "an inconsistent file system loses files, or is not mounted at all",
	Mend:     "the source may have had it already: mend a copy of its disk with e2fsck -f and start from that",
}

// Bounds of what is gathered and of what is told. The first is the larger, as notices must not hide errors.
const (
	maxProblems = 10000
	maxTold     = 100
)

// FileSystem examines the whole root file system on a device. An error means that it could not be examined.
func FileSystem(ctx context.Context, root block.Device) ([]Finding, error) {
	problems, err := ext.Check(ctx, root, root.Size(), ext.CheckOptions{MaxProblems: maxProblems})
	if err != nil {
		return nil, fmt.Errorf("checking the file system: %w", err)
	}
	return fileSystemFindings(problems), nil
}

// fileSystemFindings makes every problem an error, but notices, where nothing is wrong, one information.
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
		out = append(out, ruleFileSystem.finding(path, p.String()))
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
