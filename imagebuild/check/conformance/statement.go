// Package conformance holds an image against the kickstart file that it claims to come from: for each thing that the file
// says, whether the image has it so, with both sides.
package conformance

import "lbimage/kickstart"

// Verdict says whether an image has what a kickstart file says.
type Verdict string

// The verdicts.
const (
	Holds        Verdict = "holds"
	DoesNotHold  Verdict = "does not hold"
	CannotBeTold Verdict = "cannot be told"
)

// Statement is one thing that a kickstart file says, and what the image has.
type Statement struct {
	Place   kickstart.Place `json:"place"`
	Text    string          `json:"text"`  // the part of the file that says it, in one line; of a secret no more than its digest
	About   string          `json:"about"` // "package ntp", "service ntpd", "root password"
	Verdict Verdict         `json:"verdict"`
	Want    string          `json:"want"`           // what the file asks for
	Has     string          `json:"has,omitempty"`  // what the image has
	Path    string          `json:"path,omitempty"` // the file of the image that tells
	Line    int             `json:"line,omitempty"` // in it
	Why     string          `json:"why,omitempty"`  // it cannot be told, or a remark
	Rule    string          `json:"rule"`           // whose finding it is where it does not hold
}
