package check

import (
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
)

// What e2fsck only offers to tidy up does not keep an image from being written; a problem among it does.
func TestNoticesAreNoErrors(t *testing.T) {
	notices := make([]ext.Problem, 300)
	for i := range notices {
		notices[i] = ext.Problem{Code: "extent-depth", Inode: uint32(i + 12), Group: -1, Message: "the tree could be shorter", Notice: true}
	}
	found := fileSystemFindings(notices)
	if HasErrors(found) || len(found) != 1 || !strings.Contains(found[0].Message, "300 places") {
		t.Errorf("notices alone: %v", found)
	}
	found = fileSystemFindings(append(notices, ext.Problem{Code: "links", Inode: 12, Group: -1, Message: "two links counted"}))
	if !HasErrors(found) || len(found) != 2 {
		t.Errorf("a problem behind notices: %v", found)
	}
}

func TestProblemsAreCapped(t *testing.T) {
	problems := make([]ext.Problem, maxTold+7)
	for i := range problems {
		problems[i] = ext.Problem{Code: "links", Inode: uint32(i + 12), Group: -1, Message: "wrong"}
	}
	found := fileSystemFindings(problems)
	if len(found) != maxTold+1 || !strings.Contains(found[maxTold].Message, "7 problems more") {
		t.Errorf("%d findings, the last %v", len(found), found[len(found)-1])
	}
}
