package check

import (
	"strconv"
	"strings"

	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm"
	"github.com/go-crypt/crypt/algorithm/bcrypt"
	"github.com/go-crypt/crypt/algorithm/md5crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
)

// Hashes that are costlier than this are not tried: a file of the image does not decide how long a check takes.
const (
	maxRounds     = 10000
	maxBcryptCost = 10
)

// PasswordHash is a hash of an image that passwords can be tried against.
type PasswordHash struct{ digest algorithm.Digest }

// OpenHash reads a hash as crypt(3) writes it. ok is false for one of a kind that is not tried, or too costly to be.
func OpenHash(hash string) (h PasswordHash, ok bool) {
	if !affordable(hash) {
		return PasswordHash{}, false
	}
	d, err := decodeHash(hash)
	return PasswordHash{d}, err == nil
}

// Fits says whether a password gives the hash.
func (h PasswordHash) Fits(password string) bool {
	ok, err := h.digest.MatchAdvanced(password)
	return err == nil && ok
}

func decodeHash(hash string) (algorithm.Digest, error) {
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
