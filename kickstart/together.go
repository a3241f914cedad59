package kickstart

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lbimage/kickstart/grammar"
)

// together are what a command's options and words have to do with each other.
//
// A term is an option ("--size"), an option with a value ("--fstype=tmpfs"), or "+1": more words than one that are no
// options.
type together struct {
	of          string
	since, last grammar.Version // 0: to the last
	when        string          // a term that makes the rule count; empty: always
	least       int             // of the terms that have to be there
	most        int             // of them that may be there; -1: all
	terms       []string
	words       string // what a "+" stands for
}

// all says how many terms mean each of them.
const all = -1

// allTogether are the rules by which the installer refuses a line though each option in it is right.
var allTogether = []together{
	{of: "repo", last: grammar.RHEL7, least: 1, most: 1, terms: []string{"--baseurl", "--mirrorlist"}},
	{of: "repo", since: grammar.RHEL8, most: 1, terms: []string{"--baseurl", "--mirrorlist", "--metalink"}},
	{of: "url", since: grammar.RHEL7, last: grammar.RHEL7, least: 1, most: 1, terms: []string{"--url", "--mirrorlist"}},
	{of: "url", since: grammar.RHEL8, least: 1, most: 1, terms: []string{"--url", "--mirrorlist", "--metalink"}},
	{of: "harddrive", last: grammar.RHEL8, least: 1, most: 1, terms: []string{"--biospart", "--partition"}},
	{of: "services", least: 1, most: all, terms: []string{"--enabled", "--disabled"}},
	{of: "logging", when: "--port", least: 1, most: all, terms: []string{"--host"}},
	{of: "key", last: grammar.RHEL5, least: 1, most: all, terms: []string{"--skip", "+0"}, words: "the installation number"},
	{of: "eula", least: 1, most: all, terms: []string{"--agreed"}},
	{of: "rescue", since: grammar.RHEL6, most: 1, terms: []string{"--nomount", "--romount"}},
	{of: "rootpw", since: grammar.RHEL7, least: 1, most: all, terms: []string{"--lock", "+0"}, words: "the password"},
	{of: "keyboard", since: grammar.RHEL7, least: 1, most: all, terms: []string{"--vckeymap", "--xlayouts", "+0"}, words: "the keyboard"},
	{of: "timezone", since: grammar.RHEL7, least: 1, most: all, terms: []string{"--nontp", "--ntpservers", "--utc", "+0"}, words: "the time zone"},
	{of: "timezone", since: grammar.RHEL7, most: 1, terms: []string{"--nontp", "--ntpservers"}},
	{of: "timesource", least: 1, most: 1, terms: []string{"--ntp-server", "--ntp-pool", "--ntp-disable"}},
	{of: "timesource", when: "--nts", least: 1, most: all, terms: []string{"--ntp-server", "--ntp-pool"}},

	{of: "ignoredisk", last: grammar.RHEL5, least: 1, most: 1, terms: []string{"--drives", "--only-use"}},
	{of: "ignoredisk", since: grammar.RHEL6, last: grammar.RHEL8, least: 1, most: 1, terms: []string{"--drives", "--only-use", "--interactive"}},
	{of: "ignoredisk", since: grammar.RHEL9, least: 1, most: 1, terms: []string{"--drives", "--only-use"}},
	{of: "driverdisk", least: 1, most: 1, terms: []string{"--source", "--biospart", "+0"}, words: "a partition"},
	{of: "autopart", since: grammar.RHEL7, when: "--fstype=btrfs"},
	{of: "autopart", since: grammar.RHEL7, when: "--type=btrfs", terms: []string{"--fstype"}},

	{of: "part", since: grammar.RHEL7, when: "--resize", least: 2, most: all, terms: []string{"--size", "--onpart"}},
	{of: "part", since: grammar.RHEL7, when: "--fstype=tmpfs", terms: []string{"--grow", "--maxsize"}},
	{of: "part", since: grammar.RHEL8, when: "--fstype=btrfs"},
	{of: "raid", since: grammar.RHEL8, when: "--fstype=btrfs"},
	{of: "logvol", since: grammar.RHEL8, when: "--fstype=btrfs"},
	{of: "part", when: "--mkfsoptions", terms: []string{"--noformat", "--fsprofile"}},
	{of: "raid", when: "--mkfsoptions", terms: []string{"--noformat", "--fsprofile"}},
	{of: "logvol", when: "--mkfsoptions", terms: []string{"--noformat", "--fsprofile"}},
	{of: "mount", when: "--mkfsoptions", least: 1, most: all, terms: []string{"--reformat"}},
	{of: "autopart", most: 1, terms: []string{"--pbkdf-time", "--pbkdf-iterations"}},
	{of: "part", most: 1, terms: []string{"--pbkdf-time", "--pbkdf-iterations"}},
	{of: "raid", most: 1, terms: []string{"--pbkdf-time", "--pbkdf-iterations"}},
	{of: "logvol", most: 1, terms: []string{"--pbkdf-time", "--pbkdf-iterations"}},

	{of: "raid", least: 1, most: all, terms: []string{"--level", "--useexisting"}},
	{of: "raid", least: 1, most: 1, terms: []string{"--useexisting", "+1"}, words: "members"},
	{of: "volgroup", least: 1, most: all, terms: []string{"--useexisting", "--noformat", "+1"}, words: "physical volumes"},
	{of: "volgroup", most: 1, terms: []string{"--useexisting", "+1"}, words: "physical volumes"},
	{of: "logvol", when: "--thin", least: 1, most: all, terms: []string{"--poolname"}},
	{of: "logvol", most: 1, terms: []string{"--thin", "--thinpool"}},
	{of: "logvol", when: "--chunksize", least: 1, most: all, terms: []string{"--thinpool"}},
	{of: "logvol", when: "--metadatasize", least: 1, most: all, terms: []string{"--thinpool"}},
	{of: "logvol", since: grammar.RHEL7, when: "--resize", least: 2, most: all, terms: []string{"--size", "--useexisting"}},
	{of: "logvol", since: grammar.RHEL7, most: 1, terms: []string{"--size", "--percent"}},
	{of: "logvol", since: grammar.RHEL7, least: 1, most: all, terms: []string{"--size", "--percent", "--useexisting", "--noformat", "--recommended", "--hibernation"}},
	{of: "logvol", when: "--cachesize", least: 1, most: all, terms: []string{"--cachepvs"}},
	{of: "logvol", when: "--cachepvs", least: 1, most: all, terms: []string{"--cachesize"}},
	{of: "logvol", when: "--cachemode", least: 2, most: all, terms: []string{"--cachesize", "--cachepvs"}},
	{of: "logvol", when: "--cachepvs", terms: []string{"--thin", "--useexisting", "--noformat"}},
}

// togetherOf are the rules of each command.
var togetherOf = func() map[string][]together {
	out := map[string][]together{}
	for _, t := range allTogether {
		out[t.of] = append(out[t.of], t)
	}
	return out
}()

// together holds a command against the rules about several options.
func (p *parser) together(c *Command, at Place) {
	for _, t := range togetherOf[c.Spec.Name] {
		if p.v < t.since || t.last != 0 && p.v > t.last {
			continue
		}
		if t.when != "" {
			if _, ok := c.term(t.when); !ok {
				continue
			}
		}
		p.oneRule(c, t, at)
	}
}

func (p *parser) oneRule(c *Command, t together, at Place) {
	var there []Place
	var missing []string
	for _, term := range t.terms {
		if place, ok := c.term(term); ok {
			there = append(there, place)
		} else if term[0] == '+' || slices.Contains(optionNames(c.Spec.Options), term) {
			missing = append(missing, t.name(term))
		}
	}
	of := c.Name
	if t.when != "" {
		of += " " + t.when
		at, _ = c.term(t.when)
	}
	switch {
	case len(t.terms) == 0:
		p.problem(at, "bad-value", fmt.Sprintf("%s is refused by %s", of, p.v), "choose another one")
	case len(there) < t.least && t.least == len(t.terms):
		p.problem(at, "missing-option", fmt.Sprintf("%s needs %s", of, listed(missing, " and ")), "write "+listed(missing, " and ")+" in the same line")
	case len(there) < t.least:
		p.problem(at, "missing-option", fmt.Sprintf("%s needs %s", of, either(missing)), "write one in the same line")
	case t.most >= 0 && len(there) > t.most:
		var names []string
		for _, term := range t.terms {
			if _, ok := c.term(term); ok {
				names = append(names, t.name(term))
			}
		}
		if t.most == 0 {
			p.problem(there[0], "conflicting-options", fmt.Sprintf("%s cannot stand with %s", of, either(names)), "remove one of them")
			return
		}
		p.problem(there[t.most], "conflicting-options", fmt.Sprintf("%s cannot have %s at once", of, listed(names, " and ")), "keep one of them")
	}
}

// term says whether a term is there, and where.
func (c *Command) term(term string) (Place, bool) {
	if rest, ok := strings.CutPrefix(term, "+"); ok {
		n, _ := strconv.Atoi(rest)
		if len(c.Args) > n {
			return c.Args[n].Place, true
		}
		return Place{}, false
	}
	name, value, valued := strings.Cut(term, "=")
	for i := len(c.Options) - 1; i >= 0; i-- {
		o := c.Options[i]
		// Python takes an empty text for none.
		if o.Name == name && (o.Spec.Kind == grammar.Flag || !o.Given || o.Value != "") {
			return o.Place, !valued || o.Value == value
		}
	}
	return Place{}, false
}

// name is a term as it is told.
func (t together) name(term string) string {
	if term[0] == '+' {
		return t.words
	}
	return term
}

// listed is "a, b and c".
func listed(words []string, last string) string {
	return strings.Join(words[:len(words)-1], ", ") + map[bool]string{true: last}[len(words) > 1] + words[len(words)-1]
}

// apart are commands that cannot stand in one file, and the release since which the installer says so.
var apart = []struct {
	since grammar.Version
	one   string
	other []string
}{
	{grammar.RHEL6, "autopart", []string{"part", "raid", "volgroup", "logvol"}},
	{grammar.RHEL7, "autopart", []string{"btrfs", "reqpart"}},
	{grammar.RHEL8, "mount", []string{"autopart", "reqpart", "part", "raid", "volgroup", "logvol"}},
	{grammar.RHEL9, "ostreesetup", []string{"ostreecontainer"}},
}

// apart tells of a command that cannot stand with one before it.
func (p *parser) apart(c *Command, at Place) {
	name := c.Spec.Name
	for _, a := range apart {
		if p.v < a.since {
			continue
		}
		for _, other := range a.other {
			rival := ""
			switch name {
			case a.one:
				rival = other
			case other:
				rival = a.one
			}
			if first, ok := p.first[rival]; rival != "" && ok {
				p.problem(at, "conflicting-commands", fmt.Sprintf("%s cannot stand with %s, which is in %s", c.Name, rival, where(first, at)), "keep one of them")
				return
			}
		}
	}
	if _, ok := p.first[name]; !ok {
		p.first[name] = at
	}
}

// keys are the options by which the installer tells things of one kind apart; "+0" is the first word. Mount points and
// repositories are package lint's, which knows what two of them come to.
var keys = map[string][]string{
	"logvol": {"--name", "--vgname"}, "raid": {"--device"}, "volgroup": {"+0"}, "user": {"--name"}, "group": {"--name"},
	"network": {"--device"}, "fcoe": {"--nic"}, "zfcp": {"--devnum", "--wwpn", "--fcplun"}, "sshpw": {"--username"},
}

// again warns of a thing that an earlier line has set up under the same name.
func (p *parser) again(c *Command, at Place) {
	terms, ok := keys[c.Spec.Name]
	if !ok {
		return
	}
	id, shown := c.Spec.Name, ""
	for _, t := range terms {
		value, given := c.Value(t)
		if t == "+0" && len(c.Args) > 0 {
			value, given = c.Args[0].Value, true
		}
		if !given || value == "" {
			return
		}
		id, shown = id+"\x00"+value, value
	}
	if first, ok := p.things[id]; ok {
		p.warn(at, "duplicate-definition", fmt.Sprintf("%s %s stands already in %s", c.Name, short(shown), where(first, at)), "remove or rename one of them")
		return
	}
	p.things[id] = at
}
