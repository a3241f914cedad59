package grammar_test

import (
	"fmt"

	"lbimage/kickstart/grammar"
)

// What RHEL 7 makes of "part / --start=1", which RHEL 5 took.
func Example() {
	part, _ := grammar.Lookup(grammar.RHEL7, "partition")
	fmt.Println(part.Name, part.Args.Name)
	for _, o := range part.Options {
		if o.Name == "--start" {
			fmt.Println(o.Name, o.Removed, "instead:", o.Instead)
		}
	}
	h, _ := grammar.OptionHistory("part", "--start")
	fmt.Println(h.Releases, "deprecated in", h.Deprecated, "removed in", h.Removed)
	// Output:
	// part mount point
	// --start true instead: --size
	// [RHEL5 RHEL6] deprecated in RHEL6 removed in RHEL7
}
