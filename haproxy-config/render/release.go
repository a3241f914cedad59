package render

import (
	"fmt"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
)

// Version is a release of the servo.
type Version = haproxyconfig.Version

// The releases that changed something of what is written for a listener.
var (
	firstRelease = Version{Major: 1}
	// backendMode: a backend says its mode.
	backendMode = Version{Major: 1, Patch: 1}
	// stickiness: cookies.
	stickiness = Version{Major: 1, Patch: 2}
	// encryption: listeners for https and ssl. Before, they are unknown protocols.
	encryption = Version{Major: 1, Patch: 3}
	// idleTimeouts: client and server timeout from the idle timeout; X-Forwarded-Proto and
	// -Port; SSLv3 switched off; the load balancer's cookie may be cached no longer.
	idleTimeouts = Version{Major: 1, Minor: 1}
	// policies: protocols and ciphers; encryption towards the instances; a longer log line.
	policies = Version{Major: 1, Minor: 2}
	// userAgent: the user agent is captured and logged.
	userAgent   = Version{Major: 1, Minor: 4}
	lastRelease = Version{Major: 1, Minor: 4, Patch: 1}
)

// steps are those releases, oldest first: between two of them all is alike.
var steps = []Version{firstRelease, backendMode, stickiness, encryption, idleTimeouts, policies, userAgent}

// checkRelease refuses a servo whose lines are not known.
func checkRelease(v Version) error {
	switch {
	case !v.Known():
		return fmt.Errorf("the servo's version is not known; name one from %s to %s", firstRelease, lastRelease)
	case v.Dev > 0 || v.Before(firstRelease) || v.Compare(lastRelease) > 0:
		hint := ""
		if v == (Version{Major: 1, Minor: 5}) {
			hint = ", for which it may be: 1.4.1 was tagged with the number 1.5.0"
		}
		return fmt.Errorf("servo %s is not known here; name one from %s to %s%s", v, firstRelease, lastRelease, hint)
	}
	return nil
}

// subject is the servo in a sentence.
func subject(v Version) string {
	if v.Known() {
		return "servo " + v.String()
	}
	return "the servo"
}

// servoWords begin a section for the servo, in the order in which it writes them.
var servoWords = []string{"global", "listen", "defaults", "frontend", "backend"}

// strip takes off what the servo takes off a line: spaces, no tabs.
func strip(line string) string { return strings.Trim(line, " ") }

// headerKind gives the section word of a stripped line, or "" if the servo sees no header.
func headerKind(stripped string) string {
	word, _, _ := strings.Cut(stripped, " ")
	for _, w := range servoWords {
		if w == word {
			return w
		}
	}
	return ""
}
