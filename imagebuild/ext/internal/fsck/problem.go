package fsck

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one inconsistency. Fields that do not apply are zero, Group is -1.
type Problem struct {
	Code    string // what is wrong, in a fixed kebab-case name
	Inode   uint32 // the inode at fault; in directories, that of the directory
	Block   uint64 // the block at fault, counted from the start of the file system
	Group   int32  // the block group at fault, or -1
	Path    string // of the inode, or of the entry in a directory, where it is found: like "etc/passwd", "." for the root
	Message string // what is found and what is expected, without the fields above

	// Notice is set where nothing is wrong, but e2fsck offers to tidy up: what a
	// kernel leaves behind may have such problems.
	Notice bool

	entry bool // the Path is that of an entry, the Inode that of its directory
}

// String gives the problem on one line, as in
// "inode 12 (/etc/passwd): block 99: block is claimed twice (block-shared)".
func (p Problem) String() string {
	var b strings.Builder
	if p.Group >= 0 {
		fmt.Fprintf(&b, "group %d: ", p.Group)
	}
	path := "/" + strings.TrimPrefix(p.Path, ".")
	switch {
	case p.Inode != 0 && p.entry:
		fmt.Fprintf(&b, "inode %d, entry %s: ", p.Inode, path)
	case p.Inode != 0 && p.Path != "":
		fmt.Fprintf(&b, "inode %d (%s): ", p.Inode, path)
	case p.Inode != 0:
		fmt.Fprintf(&b, "inode %d: ", p.Inode)
	case p.Path != "":
		fmt.Fprintf(&b, "%s: ", path)
	}
	if p.Block != 0 {
		fmt.Fprintf(&b, "block %d: ", p.Block)
	}
	fmt.Fprintf(&b, "%s (%s)", p.Message, p.Code)
	return b.String()
}

// finding is a problem with what is needed to tell its path in the end.
type finding struct {
	Problem
	name string // of the entry, in the directory Inode
}

// report collects a problem. The one past the limit only notes that there are more.
func (c *checker) report(f finding) {
	if len(c.found) >= c.maxProblems {
		c.more = true
		return
	}
	c.found = append(c.found, f)
}

func (c *checker) fsProblem(code, format string, args ...any) {
	c.report(finding{Problem: Problem{Code: code, Group: -1, Message: fmt.Sprintf(format, args...)}})
}

func (c *checker) groupProblem(code string, group uint32, block uint64, format string, args ...any) {
	c.report(finding{Problem: Problem{Code: code, Group: int32(group), Block: block, Message: fmt.Sprintf(format, args...)}})
}

func (c *checker) inodeProblem(code string, ino uint32, block uint64, format string, args ...any) {
	c.report(finding{Problem: Problem{Code: code, Inode: ino, Block: block, Group: -1, Message: fmt.Sprintf(format, args...)}})
}

func (c *checker) entryProblem(code string, dir uint32, block uint64, name []byte, format string, args ...any) {
	c.report(finding{Problem{Code: code, Inode: dir, Block: block, Group: -1, Message: fmt.Sprintf(format, args...)}, string(name)})
}

// problems gives what was found in a fixed order: the file system, its groups,
// its inodes, and in each by block.
func (c *checker) problems() []Problem {
	c.namePaths()
	out := make([]Problem, 0, len(c.found)+1)
	for _, f := range c.found {
		out = append(out, f.Problem)
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Block, b.Block),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	if c.more {
		out = append(out, Problem{Code: codeMoreProblems, Group: -1, Message: fmt.Sprintf("there are more than %d problems; the rest was not examined", c.maxProblems)})
	}
	return out
}
