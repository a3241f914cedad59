package check

import (
	"context"
	"fmt"
)

// Room for what a load balancer writes while it runs.
var ruleSpaceLow = Rule{
	Name:     "space-low",
	Group:    GroupFileSystem,
	Severity: SeverityError,
	Why:      "logs, HAProxy's configuration and its state are written while the machine runs: without room it stops serving",
	Mend:     "take out what is not needed with `edits: [{remove: PATH}]` in the recipe, start from an image with a larger disk, or ask for less with `checks: {freeSpace: SIZE}`",
}

// Inodes for the files that it makes.
var ruleInodesLow = Rule{
	Name:     "inodes-low",
	Group:    GroupFileSystem,
	Severity: SeverityError,
	Why:      "every new file takes an inode: without one nothing can be made, however much room there is",
	Mend:     "take out folders with many files with `edits: [{remove: {path: PATH, recursive: true}}]` in the recipe, or ask for less with `checks: {freeInodes: NUMBER}`",
}

// Floors where the recipe sets none: an absolute one, and for small file systems a share.
const (
	floorBytes  = 64 << 20
	floorInodes = 1000
	floorShare  = 20 // one in so many: 5 %
)

// floor is the least that has to be free, and the severity where there is less. What the recipe asks for is an error.
func floor(asked, usual, total int64) (int64, Severity) {
	if asked > 0 {
		return asked, SeverityError
	}
	return min(usual, total/floorShare), SeverityWarning
}

func findSpace(_ context.Context, s *Subject) ([]Finding, error) {
	if s.Root == nil || s.Info.BlockSize == 0 {
		return nil, nil
	}
	size := int64(s.Info.BlockSize)
	free, total := int64(s.Info.FreeBlocks)*size, int64(s.Info.Blocks)*size
	least, severity := floor(s.Asked.FreeBytes, floorBytes, total)
	if free >= least {
		return nil, nil
	}
	f := ruleSpaceLow.At("/", fmt.Sprintf("%s of %s are free, and %s %s", mib(free), mib(total), asks(s.Asked.FreeBytes), mib(least)))
	f.Severity = severity
	return []Finding{f}, nil
}

func findInodes(_ context.Context, s *Subject) ([]Finding, error) {
	if s.Root == nil || s.Info.Inodes == 0 {
		return nil, nil
	}
	least, severity := floor(s.Asked.FreeInodes, floorInodes, int64(s.Info.Inodes))
	if int64(s.Info.FreeInodes) >= least {
		return nil, nil
	}
	f := ruleInodesLow.At("/", fmt.Sprintf("%d of %d inodes are free, and %s %d", s.Info.FreeInodes, s.Info.Inodes, asks(s.Asked.FreeInodes), least))
	f.Severity = severity
	return []Finding{f}, nil
}

// asks says who sets a floor.
func asks(asked int64) string {
	if asked > 0 {
		return "the recipe asks for"
	}
	return "there should be"
}

// mib writes bytes as people read them.
func mib(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
