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

// maxProblems is how many problems are told of a file system; the last finding then says that there are more.
const maxProblems = 100

// FileSystem examines the whole root file system on a device. An error means that it could not be examined.
func FileSystem(ctx context.Context, root block.Device) ([]Finding, error) {
	problems, err := ext.Check(ctx, root, root.Size(), ext.CheckOptions{MaxProblems: maxProblems})
	if err != nil {
		return nil, fmt.Errorf("checking the file system: %w", err)
	}
	out := make([]Finding, 0, len(problems))
	for _, p := range problems {
		path := ""
		if p.Path != "" {
			path = "/" + p.Path
			p.Path = "" // it is told once
		}
		out = append(out, ruleFileSystem.finding(path, p.String()))
	}
	return out, nil
}
