package sbom

import (
	"crypto/sha256"
	"encoding/json"
	"hash"

	"github.com/google/uuid"
)

// identity makes a UUID of all that it is given: the same contents have the same one, and no others do. It takes a
// document piece by piece, so that no second copy of it is held in memory.
type identity struct {
	sum hash.Hash
	err error
}

func newIdentity() *identity { return &identity{sum: sha256.New()} }

func (i *identity) add(v any) {
	if i.err == nil {
		i.err = json.NewEncoder(i.sum).Encode(v)
	}
}

func addAll[T any](i *identity, list []T) {
	i.add(len(list))
	for _, v := range list {
		i.add(v)
	}
}

func (i *identity) uuid() (uuid.UUID, error) {
	return uuid.NewHash(sha256.New(), uuid.NameSpaceOID, i.sum.Sum(nil), 8), i.err // version 8: of a construction of one's own
}
