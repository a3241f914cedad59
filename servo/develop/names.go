package develop

import (
	"net/url"
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// redact takes the password out of a URL, for messages and records.
func redact(source string) string {
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok {
		return source
	}
	host, tail := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, tail = rest[:i], rest[i:]
	}
	at := strings.LastIndexByte(host, '@')
	if at < 0 {
		return source
	}
	user, _, secret := strings.Cut(host[:at], ":")
	if secret {
		return scheme + "://" + user + ":***@" + host[at+1:] + tail
	}
	if scheme == "http" || scheme == "https" { // a token stands in the user's place
		return scheme + "://***@" + host[at+1:] + tail
	}
	return source
}

func unescape(p string) (string, bool) {
	out, err := url.PathUnescape(p)
	return out, err == nil && out != ""
}

// near picks the names that look most like one, at most five, nearest first.
func near(name string, names []string) []string {
	type scored struct {
		name string
		d    int
	}
	var list []scored
	limit := max(2, len(name)/2)
	for _, n := range names {
		if len(n) > 200 {
			continue
		}
		d := nearest.Distance(strings.ToLower(name), strings.ToLower(n))
		if strings.Contains(n, name) || strings.Contains(name, n) {
			d = min(d, 1)
		}
		if d <= limit {
			list = append(list, scored{n, d})
		}
	}
	slices.SortStableFunc(list, func(a, b scored) int {
		if a.d != b.d {
			return a.d - b.d
		}
		return strings.Compare(a.name, b.name)
	})
	var out []string
	for _, s := range list[:min(5, len(list))] {
		out = append(out, s.name)
	}
	return out
}
