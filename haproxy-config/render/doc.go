// Package render tells what the load-balancer-servo makes of a template.
//
// HAProxy never reads the template. When the first listener of a load balancer comes,
// the servo copies the template to a file of its own; for every listener it reads
// that file, adds a frontend and a backend, and writes the whole anew. Its reader is
// simpler than HAProxy's, so lines get lost, move or merge on the way, and the lines
// it writes for a listener override much of what a template's defaults say. None of
// that is ever reported: the load balancer just behaves otherwise than configured,
// or does not start.
//
// There are three questions to ask here, each for a servo from 1.0.0 to 1.4.1 and a
// [LoadBalancer], which is read from YAML by [ReadLoadBalancer]:
//
//   - [Render]: what will stand in the file that HAProxy reads? Each line of it knows
//     where it comes from, so that HAProxy's own messages can be traced back to the
//     template, see [Result.Trace].
//   - [Effects]: what is wrong with the template, given how the servo reads it?
//   - [Report]: which of the template's settings take effect, and why not the others?
//
// # How the servo reads
//
// A line begins a section when, with the spaces around it taken away, it reads
// global, listen, defaults, frontend or backend up to its first space. A tab, a
// carriage return or a # next to the word hides it. The whole line, comment and all,
// is the section's key. A key that comes again empties the section it had. Lines
// above the first key are dropped, empty lines are too; comments stay. Anything else,
// other sections of HAProxy included, belongs to the section above it.
//
// # How the servo writes
//
// First come one global, one listen and one defaults section, then all frontends,
// then all backends, in the order in which Python's hash table holds their keys. That
// order is repeated here as the 64-bit Python 2 of the images has it. Still it is an
// accident, and where the meaning of a template hangs on it there is a finding.
//
// The facts were measured with the servo itself; the lines that it writes for a
// listener, by release, are in made.go.
package render
