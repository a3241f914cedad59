package rpm

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// DigestState is what came of a declared digest.
type DigestState int

const (
	Pending  DigestState = iota // the payload was not read to its end yet
	Verified                    // computed, and right
	Unknown                     // the algorithm is not known here: not computed
	Differs                     // an archive size that is wrong beside a digest that is right
)

func (s DigestState) String() string {
	return [...]string{"pending", "verified", "unknown algorithm", "differs"}[s]
}

// Digest is one digest or size that a package declares of itself.
type Digest struct {
	Name   string // "SHA-1", "SHA-256", "MD5", …, or "size"
	Covers string // one of the Covers constants
	State  DigestState
	Want   string // hexadecimal, or a decimal number of bytes
	Got    string // "" while pending or unknown
}

// What digests cover.
const (
	CoversHeader  = "header"
	CoversPackage = "header and payload"
	CoversPayload = "payload"              // as it stands in the file
	CoversArchive = "uncompressed payload" // the cpio archive
	CoversFiles   = "files"                // Want and Got are counts of files
)

// String gives one line for a report: 'header SHA-256: verified'.
func (d Digest) String() string { return d.Covers + " " + d.Name + ": " + d.State.String() }

// algorithm is a digest algorithm by its number in RFC 4880 and RFC 9580, which
// headers use.
type algorithm struct {
	name string
	new  func() hash.Hash // nil when it is not known here
	size int              // of the digest, in bytes
}

func algorithmByNumber(n uint64) algorithm {
	switch n {
	case rpmutils.HASH_MD5:
		return algorithm{"MD5", md5.New, md5.Size}
	case rpmutils.HASH_SHA1:
		return algorithm{"SHA-1", sha1.New, sha1.Size}
	case rpmutils.HASH_SHA256:
		return algorithm{"SHA-256", sha256.New, sha256.Size}
	case rpmutils.HASH_SHA384:
		return algorithm{"SHA-384", sha512.New384, sha512.Size384}
	case rpmutils.HASH_SHA512:
		return algorithm{"SHA-512", sha512.New, sha512.Size}
	case rpmutils.HASH_SHA224:
		return algorithm{"SHA-224", sha256.New224, sha256.Size224}
	case 12:
		return algorithm{"SHA3-256", func() hash.Hash { return sha3.New256() }, 32}
	case 14:
		return algorithm{"SHA3-512", func() hash.Hash { return sha3.New512() }, 64}
	}
	return algorithm{name: "algorithm " + strconv.FormatUint(n, 10)}
}

// parse checks a hexadecimal digest and brings it into lower case.
func (a algorithm) parse(s string) (string, bool) {
	if a.new == nil {
		return s, true
	}
	b, err := hex.DecodeString(s)
	return strings.ToLower(s), err == nil && len(b) == a.size
}

// verifyHeader computes the digests that the signature header has of the header.
// It comes before the library, which compares one of them too and then says
// neither value.
func verifyHeader(sig, main *section) ([]Digest, error) {
	var out []Digest
	for _, c := range []struct {
		tag       int32
		algorithm uint64
	}{
		{rpmutils.SIG_SHA1, rpmutils.HASH_SHA1},
		{rpmutils.SIG_SHA256, rpmutils.HASH_SHA256},
	} {
		e := sig.byTag[c.tag]
		if e == nil {
			continue
		}
		if e.kind() != typeString {
			return nil, damaged(sig.name, "tag %d: it is %v where a string is expected", c.tag, e.kind())
		}
		s := sig.text(e)
		a := algorithmByNumber(c.algorithm)
		want, ok := a.parse(s)
		if !ok {
			return nil, damaged(sig.name, "tag %d: %q is no %s", c.tag, short(s), a.name)
		}
		h := a.new()
		h.Write(main.raw)
		d := Digest{Name: a.name, Covers: CoversHeader, State: Verified, Want: want, Got: hex.EncodeToString(h.Sum(nil))}
		if d.Got != d.Want {
			return nil, &DigestError{Where: d.Covers, Name: d.Name, Want: d.Want, Got: d.Got}
		}
		out = append(out, d)
	}
	return out, nil
}

// verifySize compares the length of header and payload in the file with the
// declared one: the quickest way to find a truncated download.
func verifySize(t *tags, size int64) ([]Digest, error) {
	want, ok, err := t.int(rpmutils.SIG_LONGSIGSIZE)
	if err == nil && !ok {
		want, ok, err = t.int(rpmutils.SIG_SIZE)
	}
	if err != nil || !ok {
		return nil, err
	}
	got := size - t.main.off
	d := Digest{Name: "size", Covers: CoversPackage, State: Verified,
		Want: strconv.FormatUint(want, 10), Got: strconv.FormatInt(got, 10)}
	if d.Got == d.Want {
		return []Digest{d}, nil
	}
	if got >= 0 && uint64(got) < want {
		return nil, damaged("payload", "the package has %d bytes of %d: the file is truncated",
			size, uint64(t.main.off)+want)
	}
	return nil, &DigestError{Where: d.Covers, Name: d.Name, Want: d.Want, Got: d.Got}
}

// declaredDigests lists the digests that reading the payload will verify, in a
// fixed order.
func declaredDigests(t *tags) ([]declared, error) {
	var out []declared
	md5sum, err := t.bytes(rpmutils.SIG_MD5)
	if err != nil {
		return nil, err
	}
	if md5sum != nil {
		if len(md5sum) != md5.Size {
			return nil, t.wrong(rpmutils.SIG_MD5, "%d bytes are no MD5", len(md5sum))
		}
		out = append(out, declare(CoversPackage, algorithmByNumber(rpmutils.HASH_MD5), hex.EncodeToString(md5sum)))
	}
	number, ok, err := t.int(rpmutils.PAYLOADDIGESTALGO)
	if err != nil {
		return nil, err
	}
	if !ok {
		number = rpmutils.HASH_SHA256
	}
	a := algorithmByNumber(number)
	for _, c := range []struct {
		tag    int
		covers string
	}{{rpmutils.PAYLOADDIGEST, CoversPayload}, {tagPayloadAlt, CoversArchive}} {
		s, err := t.string(c.tag)
		if err != nil {
			return nil, err
		}
		if s == "" {
			continue
		}
		want, ok := a.parse(s)
		if !ok {
			return nil, t.wrong(c.tag, "%q is no %s", short(s), a.name)
		}
		out = append(out, declare(c.covers, a, want))
	}
	return out, nil
}

// archiveSize is the declared length of the cpio archive.
func archiveSize(t *tags) (int64, bool, error) {
	for _, tag := range []int{rpmutils.SIG_LONGARCHIVESIZE, rpmutils.SIG_PAYLOADSIZE, rpmutils.ARCHIVESIZE} {
		if v, ok, err := t.int(tag); err != nil || ok {
			return int64(v), ok, err
		}
	}
	return 0, false, nil
}

// declared is a digest to be computed while the payload streams.
type declared struct {
	Digest
	algorithm
}

func declare(covers string, a algorithm, want string) declared {
	d := declared{Digest{Name: a.name, Covers: covers, Want: want}, a}
	if a.new == nil {
		d.State = Unknown
	}
	return d
}
