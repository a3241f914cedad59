package render

import (
	"fmt"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// verdictKey tells settings apart for which a verdict may differ.
type verdictKey struct {
	section int
	setting setting
}

// verdict is what the sections that take over a setting make of it.
type verdict struct {
	status Status
	only   []string // sections of the template's own where alone it acts
	servo  bool     // it is the servo's doing
	// by is a line of the servo's that overrides it, written for listener.
	by       *haproxyconfig.Line
	listener string
	// none: no listener has a use for it. unused: nothing takes over the defaults section.
	none, unused bool
}

func (v *view) verdict(section int, on setting) verdict {
	if !v.said[on.key] {
		on.key = "" // nobody contradicts, so that it is like any other
	}
	key := verdictKey{section, on}
	found, ok := v.verdicts[key]
	if !ok {
		found = v.find(section, on)
		v.verdicts[key] = found
	}
	return found
}

func (v *view) find(section int, on setting) verdict {
	users := v.sections[section].users
	if len(users) == 0 {
		return verdict{status: NoEffect, unused: true}
	}
	var own []string  // of the template's, where it acts
	var found verdict // by and listener
	ownOverride := false
	for _, i := range users {
		u := &v.sections[i]
		if !u.acts(on) {
			continue
		}
		theirs := u.last[on.key] // nil where lines add up
		switch {
		case u.made == "" && theirs == nil:
			own = append(own, printable(u.Label()))
		case u.made == "":
			ownOverride = true
		case theirs != nil && (!on.through || u.Kind != "backend"):
			found.by, found.listener = theirs, u.made
		default:
			return verdict{status: Effective}
		}
	}
	found.none = found.by == nil
	switch {
	case len(own) > 0:
		found.status, found.only, found.servo = Effective, own, true
	case found.by != nil:
		found.status, found.servo = Overridden, true
	case ownOverride:
		found.status, found.none = Overridden, false
	default:
		found.status, found.servo = NoEffect, true
	}
	return found
}

// words says why, and what to do instead; keyword is that of the line.
func (d verdict) words(on setting, keyword, who string) (why, hint string) {
	switch {
	case d.unused:
		return "no section that is written takes over this defaults section", "put the lines into one defaults section"
	case d.none:
		return withoutUse(on, who)
	case d.by != nil:
		return d.overridden(on, who)
	case d.status == Overridden:
		return "each section that it could act on says it itself", ""
	case keyword == "log":
		return "in addition to the log line of each listener, and in the format of its log-format", ""
	case on.key == "timeout queue":
		return "but only where a server has a maxconn, which " + who + " gives to none", ""
	case on.through:
		return "through the backends, beside the option forwardfor that " + who + " sets on http and https listeners", ""
	case keyword == "errorfile":
		return "the file has to be in the image", ""
	}
	return "", ""
}

// withoutUse says why no listener has a use for a setting.
func withoutUse(on setting, who string) (why, hint string) {
	switch {
	case on.checks:
		return who + " checks the instances itself and has HAProxy check none", "change the load balancer's health check instead"
	case on.cookies:
		return who + " gives its servers a cookie's value only together with a cookie of its own", "change the load balancer's stickiness instead"
	case on.http:
		return "no listener speaks http or https", "give the load balancer such a listener, or remove the line"
	}
	return "no section that takes over these defaults makes use of it", ""
}

// overridden says what the servo says instead.
func (d verdict) overridden(on setting, who string) (why, hint string) {
	switch on.key {
	case "timeout client", "timeout server":
		return fmt.Sprintf("%s sets %s on each listener from the load balancer's idle timeout, %s", who, on.key, d.by.Rest(2)),
			"change the load balancer's idle timeout instead"
	case "mode":
		return who + " gives each listener a mode of its own, by its protocol", "change the listener's protocol instead"
	case "balance":
		return who + " sets balance " + d.by.Rest(1) + " on each listener", "put it into a backend of your own"
	case "log-format":
		return who + " gives each listener a log-format of its own, and reads that log", ""
	case "default_backend":
		return who + " names each listener's own backend", "put it into a frontend of your own"
	case "option forwardfor":
		return who + " sets option forwardfor " + d.by.Rest(2) + " on each http and https listener", ""
	case "cookie":
		return who + " sets its own for the stickiness of listener " + d.listener, "change the load balancer's stickiness instead"
	}
	return fmt.Sprintf("%s writes '%s' itself for listener %s", who, printable(strings.TrimSpace(d.by.Rest(0))), d.listener), ""
}
