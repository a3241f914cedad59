package judge

import "fmt"

// Outcome is what HAProxy thinks of a configuration as a whole.
type Outcome int

const (
	// Bad: HAProxy would not start.
	Bad Outcome = iota
	// Good: HAProxy would start, warnings or not.
	Good
	// NoListener: nothing is wrong, but there is nothing to listen on, as in every template.
	NoListener
)

// OK says that nothing is wrong with the configuration.
func (o Outcome) OK() bool { return o != Bad }

func (o Outcome) String() string {
	switch o {
	case Good:
		return "good"
	case NoListener:
		return "good, without a listener"
	}
	return "bad"
}

// How is the way in which a judge was run.
type How int

const (
	// Sandboxed: in namespaces of its own, with its own users and files.
	Sandboxed How = iota
	// Loader: the image's program under the image's loader, with the rights and users of this machine.
	Loader
	// Plain: a program of this machine, as anyone would start it.
	Plain
)

func (h How) String() string {
	switch h {
	case Sandboxed:
		return "in a sandbox"
	case Loader:
		return "by its own loader, without a sandbox"
	}
	return "without a sandbox"
}

// Verdict is what a HAProxy says of a configuration.
type Verdict struct {
	Outcome  Outcome
	ExitCode int
	// Messages are in the order in which HAProxy prints them.
	Messages []Message
	// Output is all it printed, both streams as they came, names as they were given; Truncated says that
	// there was more than [Limits] keep.
	Output    []byte
	Truncated bool
	// Binary is the HAProxy that was asked, Path where it lies (in the image, or on this machine), Image
	// whether it is the image's own.
	Binary Binary
	Path   string
	Image  bool
	How    How
	// Notes say, a sentence each, what was not judged, or not as it would be in the image.
	Notes []string
}

// By says who judged, and how: "the image's HAProxy 1.5.18 for x86_64, in a sandbox".
func (v Verdict) By() string {
	whose := "this machine's "
	if v.Image {
		whose = "the image's "
	}
	return fmt.Sprintf("%s%s, %s", whose, v.Binary, v.How)
}
