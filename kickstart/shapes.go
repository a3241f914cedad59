package kickstart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lbimage/kickstart/grammar"
)

// shape is what a value has to look like beyond its kind.
type shape struct {
	of          string
	since, last grammar.Version // 0: to the last
	option      string          // "+0": the first word
	is          func(string) bool
	what        string // what it takes
}

// shapes are those of values that the installer looks into.
var shapes = []shape{
	{of: "bootloader", option: "--boot-drive", is: func(s string) bool { return !strings.Contains(s, ",") }, what: "one drive"},
	{of: "snapshot", option: "+0", is: volume, what: "a volume as GROUP/NAME"},
	{of: "module", option: "--name", is: notEmpty, what: "a name"},
	{of: "module", option: "--stream", is: notEmpty, what: "a name"},
	{of: "rhsm", option: "--activation-key", is: notEmpty, what: "a key"},
	{of: "install", option: "--root-device", is: notEmpty, what: "a device"},
	{of: "upgrade", option: "--root-device", is: notEmpty, what: "a device"},
	{of: "ostreesetup", option: "--url", is: fetched, what: "a URL of http, https or file"},
	{of: "network", option: "--bridgeopts", is: settings, what: "settings as NAME=VALUE, with commas between"},
	{of: "network", last: grammar.RHEL7, option: "--interfacename", is: interfaceName, what: "a name, vlanNUMBER or NAME.NUMBER up to 4095"},
	{of: "raid", last: grammar.RHEL6, option: "--device", is: array, what: "an array as md0"},
	{of: "raid", since: grammar.RHEL7, option: "--device", is: notEmpty, what: "an array"},
	{of: "btrfs", option: "--data", is: btrfsLevel, what: "raid0, raid1, raid10 or single"},
	{of: "btrfs", option: "--metadata", is: btrfsLevel, what: "raid0, raid1, raid10 or single"},
}

// looks holds a command's values against their shapes.
func (p *parser) looks(c *Command) {
	for _, s := range shapes {
		if s.of != c.Spec.Name || p.v < s.since || s.last != 0 && p.v > s.last {
			continue
		}
		if s.option == "+0" {
			if len(c.Args) > 0 && !s.is(c.Args[0].Value) {
				p.problem(c.Args[0].Place, "bad-value", fmt.Sprintf("%s takes %s, not %s", c.Name, s.what, short(c.Args[0].Value)), "")
			}
			continue
		}
		for _, o := range c.Options {
			if o.Name == s.option && o.Given && !s.is(o.Value) {
				p.problem(o.At, "bad-value", fmt.Sprintf("%s %s takes %s, not %s", c.Name, o.Name, s.what, short(o.Shown())), "")
			}
		}
	}
}

func notEmpty(s string) bool { return s != "" }

func volume(s string) bool {
	group, name, ok := strings.Cut(s, "/")
	return ok && group != "" && name != "" && !strings.Contains(name, "/")
}

func fetched(s string) bool {
	return slices.ContainsFunc([]string{"http:", "https:", "file:"}, func(scheme string) bool { return strings.HasPrefix(s, scheme) })
}

func settings(s string) bool {
	for part := range strings.SplitSeq(s, ",") {
		if name, value, ok := strings.Cut(part, "="); !ok || name == "" || value == "" || strings.ContainsAny(part, blanks) {
			return false
		}
	}
	return true
}

// interfaceName is a name of one's own, or one that tells the number of a VLAN.
func interfaceName(s string) bool {
	number, vlan := strings.CutPrefix(s, "vlan")
	if !vlan {
		_, after, dot := strings.Cut(s, ".")
		if !dot {
			return true
		}
		number = after
	}
	n, err := strconv.Atoi(number)
	return err == nil && n >= 0 && n < 4096
}

func array(s string) bool {
	_, err := strconv.Atoi(strings.TrimPrefix(s, "md"))
	return err == nil
}

func btrfsLevel(s string) bool {
	return slices.Contains([]string{"0", "1", "10", "single"}, strings.TrimPrefix(strings.ToLower(s), "raid"))
}
