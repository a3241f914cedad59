package hygiene

import (
	"context"
	"slices"

	"lbimage/imagebuild/check"
)

// wellKnown are passwords that anybody would try on a machine like this, the likeliest first.
var wellKnown = []string{
	"password", "root", "toor", "admin", "changeme", "eucalyptus", "foobar", "centos", "redhat", "123456", "test", "linux", "letmein", "secret", "haproxy", "servo",
}

// guess gives the well-known password that a hash is of; empty for none of them, or for a hash that cannot be tried.
func guess(ctx context.Context, hash, user string) (string, error) {
	h, ok := check.OpenHash(hash)
	if !ok {
		return "", nil
	}
	for _, w := range slices.Concat([]string{user}, wellKnown) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if h.Fits(w) {
			return w, nil
		}
	}
	return "", nil
}
