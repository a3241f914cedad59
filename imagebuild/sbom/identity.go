package sbom

import (
	"crypto/sha256"
	"io"

	"github.com/google/uuid"
)

// identityOf is a UUID that is made of what encode writes: the same contents have the same one, and no others do.
func identityOf(encode func(io.Writer) error) (uuid.UUID, error) {
	h := sha256.New()
	if err := encode(h); err != nil {
		return uuid.UUID{}, err
	}
	return uuid.NewHash(sha256.New(), uuid.NameSpaceOID, h.Sum(nil), 8), nil // version 8: of a construction of one's own
}
