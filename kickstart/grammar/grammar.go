// Package grammar knows which commands, options and sections the kickstart files of each release have: tables,
// which are data. How a file is read is package kickstart's.
//
// A table tells a command once for all releases: an option names the first and the last release that reads it, and
// from which on there is a warning. [Lookup] cuts one release out of it; [CommandHistory] and [OptionHistory] look
// along the releases. What an installer read in the release's last minor version counts. An option that a release
// refuses and that an earlier one read stays in [Command.Options], marked as removed, so that the reader can be told
// what became of it.
//
// What options ask of each other, and of other commands in front of them (--thin without --poolname, a partition beside
// autopart), is data too: [Rule], [Unique] and [Command.After].
//
// The facts are those of the installer's own reader of RHEL 5 to 9, told in our words.
package grammar

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a release whose installer reads a kickstart file: 5 is RHEL 5 and CentOS 5. 0 is none.
type Version int

// The releases that are known.
const (
	RHEL5 Version = 5
	RHEL6 Version = 6
	RHEL7 Version = 7
	RHEL8 Version = 8
	RHEL9 Version = 9
)

// Versions are the releases that are known, the oldest first.
func Versions() []Version { return []Version{RHEL5, RHEL6, RHEL7, RHEL8, RHEL9} }

// String is the name as in "#version=RHEL6".
func (v Version) String() string {
	if v == 0 {
		return "no version"
	}
	return "RHEL" + strconv.Itoa(int(v))
}

// ParseVersion reads RHEL6, rhel-6, EL6, CentOS6, 6 and 6.5.
func ParseVersion(s string) (Version, error) {
	t := strings.ToLower(s)
	for _, prefix := range []string{"rhel", "centos", "el"} {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			t = strings.TrimLeft(rest, "- ")
			break
		}
	}
	major, _, _ := strings.Cut(t, ".")
	if len(major) != 1 || major < "5" || major > "9" {
		return 0, fmt.Errorf("%q is no release that is known: RHEL5 to RHEL9", s)
	}
	return Version(major[0] - '0'), nil
}

// Kind is what the value of an option is.
type Kind string

// The kinds of values.
const (
	Flag   Kind = "flag"   // none: it is there or not
	String Kind = "string" // any text
	Int    Kind = "int"    // a whole number
	Bool   Kind = "bool"   // on/off, yes/no, true/false, 1/0
	Choice Kind = "choice" // one of Choices
	List   Kind = "list"   // texts, with commas between
)

// Option is an option of a command or of a section's first line.
type Option struct {
	Name       string   // "--size"
	Aliases    []string // other names of the same: "--onbiosdisk" say; none begins with anything but "-"
	Kind       Kind
	Choices    []string // of a Choice
	AnyCase    bool     // of a Choice: capital and small letters are the same
	OldCase    bool     // with AnyCase: the release's own installers take it as it is listed alone
	Min, Max   int64    // of an Int; both 0: no bound
	Required   bool
	Repeats    bool     // may stand several times, each with a value of its own
	Optional   bool     // its value may be left out
	Deprecated bool     // still read, with a warning
	Removed    bool     // refused
	Instead    string   // what to write now, for one deprecated or removed; may be empty
	Form       *Form    // of its value; nil: any that its kind allows
	OldNames   []string // those of Aliases that draw a warning
}

// Args are the words of a command that are no options.
type Args struct {
	Min, Max int      // how many; Max -1: any number
	Name     string   // what it is, as "mount point"; empty where there are none
	Choices  []string // where only some words are allowed
	Form     *Form    // of each word; nil: any
}

// Command is a command of one release.
type Command struct {
	Name       string   // as it is documented: "part"
	Aliases    []string // "partition"
	Options    []Option
	Args       Args
	Once       bool // a second one replaces the first or is refused
	Free       bool // its words are another program's: options that are not listed are taken too
	Deprecated bool // still read, with a warning
	Instead    string
	Between    bool // its options stand between its first word and its last
	Ignored    bool // nothing of its line is read any more: it takes all words, and does nothing
	// Rules are what its options and words ask of each other.
	Rules []Rule
	// Unique are what only one command of a file may have.
	Unique []Unique
	// After are the commands behind which it is refused, sorted.
	After []string
}

// Section is a part of a file from a line with its name to %end.
type Section struct {
	Name    string // "%post"
	Options []Option
	Args    Args
	Raw     bool // its lines are a script or another program's
	Free    bool // its first line takes options that are not listed
	// NeedsEnd says that the release refuses a file where it has no %end.
	NeedsEnd   bool
	Deprecated bool
}
