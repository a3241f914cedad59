package render

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// Limits of a load balancer.
const (
	maxListeners   = 100
	maxInstances   = 1000
	maxExpiration  = 365 * 24 * 3600
	maxIdleTimeout = 3600
)

var (
	protocols   = []string{"http", "https", "tcp", "ssl"}
	lbName      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,254}$`)
	hostName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*\.?$`)
	cipherName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	cookieName  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)
	pathAllowed = regexp.MustCompile(`^/[A-Za-z0-9_./+=@:-]+$`)
)

// valueError is a value that will not do, and where in the load balancer it stands.
type valueError struct {
	path string // listeners[0].port
	text string
}

func (e *valueError) Error() string { return e.path + ": " + e.text }

func badValue(path, format string, args ...any) error {
	return &valueError{path, fmt.Sprintf(format, args...)}
}

// complete fills in defaults and checks every value. The result shares no memory with lb
// that it would change.
func (lb LoadBalancer) complete() (LoadBalancer, error) {
	if lb.Name == "" {
		lb.Name = "lb1"
	}
	if !lbName.MatchString(lb.Name) {
		return lb, badValue("name", "%q is no name of a load balancer; write up to 255 letters, digits and hyphens", lb.Name)
	}
	if lb.IdleTimeout == 0 {
		lb.IdleTimeout = DefaultIdleTimeout
	}
	if lb.IdleTimeout < 1 || lb.IdleTimeout > maxIdleTimeout {
		return lb, badValue("idleTimeout", "%d is out of range; write a number of seconds from 1 to %d", lb.IdleTimeout, maxIdleTimeout)
	}
	if len(lb.Listeners) > maxListeners {
		return lb, badValue("listeners", "there are %d of them; leave %d", len(lb.Listeners), maxListeners)
	}
	lb.Listeners = slices.Clone(lb.Listeners)
	ports := map[int]int{}
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		at := fmt.Sprintf("listeners[%d]", i)
		if err := l.complete(at); err != nil {
			return lb, err
		}
		if earlier, ok := ports[l.Port]; ok {
			return lb, badValue(at+".port", "%d is the port of listeners[%d] already, and the servo tells listeners apart by their ports; choose another", l.Port, earlier)
		}
		ports[l.Port] = i
	}
	return lb, nil
}

func (l *Listener) complete(at string) error {
	if err := protocol(at+".protocol", l.Protocol); err != nil {
		return err
	}
	if l.InstanceProtocol == "" {
		l.InstanceProtocol = l.mode()
	}
	if err := protocol(at+".instanceProtocol", l.InstanceProtocol); err != nil {
		return err
	}
	if l.mode() != (Listener{Protocol: l.InstanceProtocol}).mode() {
		return badValue(at+".instanceProtocol", "%s does not go with %s; write http or https behind http and https, tcp or ssl behind tcp and ssl", l.InstanceProtocol, l.Protocol)
	}
	if err := port(at+".port", l.Port); err != nil {
		return err
	}
	if l.InstancePort == 0 {
		l.InstancePort = l.Port
	}
	if err := port(at+".instancePort", l.InstancePort); err != nil {
		return err
	}
	for _, check := range []func(string) error{l.checkInstances, l.completeEncryption, l.checkStickiness} {
		if err := check(at); err != nil {
			return err
		}
	}
	return nil
}

func protocol(at, p string) error {
	switch {
	case p == "":
		return badValue(at, "is missing; write http, https, tcp or ssl")
	case !slices.Contains(protocols, p):
		return badValue(at, "%q is no protocol%s; write http, https, tcp or ssl", p, nearest.Suggestion(strings.ToLower(p), protocols))
	}
	return nil
}

func port(at string, n int) error {
	switch {
	case n == 0:
		return badValue(at, "is missing; write a number from 1 to 65535")
	case n < 1 || n > 65535:
		return badValue(at, "%d is no port; write a number from 1 to 65535", n)
	}
	return nil
}

func (l *Listener) checkInstances(at string) error {
	if len(l.Instances) > maxInstances {
		return badValue(at+".instances", "there are %d of them; leave %d", len(l.Instances), maxInstances)
	}
	seen := map[string]bool{}
	for i, host := range l.Instances {
		at := fmt.Sprintf("%s.instances[%d]", at, i)
		if !isHost(host) {
			return badValue(at, "%q is neither an address nor a host name; write one, as in 10.0.0.1", host)
		}
		if seen[host] {
			return badValue(at, "%s is there already; remove one of the two", host)
		}
		seen[host] = true
	}
	return nil
}

// isHost takes addresses and host names. What looks like an address has to be one.
func isHost(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Zone() == ""
	}
	return len(s) <= 253 && hostName.MatchString(s) && strings.Trim(s, "0123456789.") != ""
}

func (l *Listener) completeEncryption(at string) error {
	if !encrypted(l.Protocol) {
		switch {
		case l.Certificate != "":
			return badValue(at+".certificate", "a listener for %s has none; remove it, or write https or ssl", l.Protocol)
		case l.SSLPolicy != nil:
			return badValue(at+".sslPolicy", "a listener for %s has none; remove it, or write https or ssl", l.Protocol)
		}
	}
	if l.VerifyInstances && !encrypted(l.InstanceProtocol) {
		return badValue(at+".verifyInstances", "instances that speak %s have no certificate; remove it, or write instanceProtocol https or ssl", l.InstanceProtocol)
	}
	if !encrypted(l.Protocol) {
		return nil
	}
	if l.Certificate == "" {
		l.Certificate = DefaultCertificate
	}
	if !pathAllowed.MatchString(l.Certificate) || path.Clean(l.Certificate) != l.Certificate {
		return badValue(at+".certificate", "%q will not do; write an absolute path of plain characters, without blanks, as in %s", l.Certificate, DefaultCertificate)
	}
	return l.SSLPolicy.check(at + ".sslPolicy")
}

func (p *SSLPolicy) check(at string) error {
	if p == nil {
		return nil
	}
	var names []string
	for _, v := range sslVersions {
		names = append(names, v.name)
	}
	known := strings.Join(names, ", ")
	if len(p.Protocols) == 0 {
		return badValue(at+".protocols", "is missing, and nothing would be left to speak; write some of %s", known)
	}
	seen := map[string]bool{}
	for i, name := range p.Protocols {
		at := fmt.Sprintf("%s.protocols[%d]", at, i)
		switch {
		case !slices.Contains(names, name):
			return badValue(at, "%q is not known%s; write some of %s", name, nearest.Suggestion(name, names), known)
		case seen[name]:
			return badValue(at, "%s is there already; remove one of the two", name)
		}
		seen[name] = true
	}
	for i, name := range p.Ciphers {
		at := fmt.Sprintf("%s.ciphers[%d]", at, i)
		switch {
		case !cipherName.MatchString(name):
			return badValue(at, "%q is no cipher; write one by OpenSSL's name, as in AES128-SHA", name)
		case seen[name]:
			return badValue(at, "%s is there already; remove one of the two", name)
		}
		seen[name] = true
	}
	return nil
}

func (l *Listener) checkStickiness(at string) error {
	s := l.Stickiness
	if s == nil {
		return nil
	}
	at += ".stickiness"
	if l.mode() != "http" {
		return badValue(at, "a listener for %s has none; remove it, or write http or https", l.Protocol)
	}
	switch s.Type {
	case "lb":
		if s.Cookie != "" {
			return badValue(at+".cookie", "the load balancer's cookie has a name of its own; remove it, or write type: app")
		}
		if s.Expiration < 1 || s.Expiration > maxExpiration {
			return badValue(at+".expiration", "%d will not do; write a number of seconds from 1 to %d", s.Expiration, maxExpiration)
		}
	case "app":
		if s.Expiration != 0 {
			return badValue(at+".expiration", "the application's cookie has none; remove it, or write type: lb")
		}
		if !cookieName.MatchString(s.Cookie) {
			return badValue(at+".cookie", "%q is no name of a cookie; write one, as in JSESSIONID", s.Cookie)
		}
	default:
		return badValue(at+".type", "%q is not known; write lb or app", s.Type)
	}
	return nil
}
