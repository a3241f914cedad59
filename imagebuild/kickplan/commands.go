package kickplan

import "lbimage/imagebuild/check/conformance"

// command makes the edits of a command of the file that does not hold.
func (p *planner) command(st conformance.Statement) string { return "there is no edit for it" }
