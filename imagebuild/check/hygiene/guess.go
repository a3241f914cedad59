package hygiene

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/md5crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// wellKnown are passwords that anybody would try on a machine like this, the likeliest first.
var wellKnown = []string{
	"password", "root", "toor", "admin", "changeme", "eucalyptus", "foobar", "centos", "redhat", "123456", "test", "linux", "letmein", "secret", "haproxy", "servo",
}

// Hashes that are costlier than this are not tried: a file of the image does not decide how long a check takes.
const (
	maxRounds     = 10000
	maxBcryptCost = 10
)

// guess gives the well-known password that a hash is of; empty for none of them, or for a hash that cannot be tried.
func guess(ctx context.Context, hash, user string) (string, error) {
	if !affordable(hash) {
		return "", nil
	}
	d, err := decode(hash)
	if err != nil {
		return "", nil // of a kind that is not tried
	}
	words := slices.Concat([]string{user}, wellKnown)
	for _, w := range words {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if ok, err := d.MatchAdvanced(w); err == nil && ok {
			return w, nil
		}
	}
	return "", nil
}

// decode reads a hash. The library is guarded: what it reads is the image's.
func decode(hash string) (d algorithm.Digest, err error) {
	decoder := crypt.NewDecoder()
	for _, register := range []func(algorithm.DecoderRegister) error{shacrypt.RegisterDecoder, md5crypt.RegisterDecoder, bcrypt.RegisterDecoder} {
		if err := register(decoder); err != nil {
			return nil, err
		}
	}
	return decoder.Decode(hash)
}

// affordable reports whether a hash is of a kind that is tried, and at what cost.
func affordable(hash string) bool {
	f := strings.Split(hash, "$")
	if len(hash) > 512 || len(f) < 4 || f[0] != "" {
		return false
	}
	switch f[1] {
	case "1":
		return true
	case "5", "6":
		rounds, ok := strings.CutPrefix(f[2], "rounds=")
		if !ok {
			return true
		}
		n, err := strconv.Atoi(rounds)
		return err == nil && n <= maxRounds
	case "2a", "2b", "2y":
		n, err := strconv.Atoi(f[2])
		return err == nil && n <= maxBcryptCost
	}
	return false
}
