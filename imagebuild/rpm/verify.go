package rpm

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/openpgp"        //nolint:staticcheck // see keyring.go
	"golang.org/x/crypto/openpgp/packet" //nolint:staticcheck // see keyring.go
)

// SignatureState is what came of verifying a signature.
type SignatureState int

const (
	SignatureGood        SignatureState = iota // by a key of the keyring, of these bytes
	SignatureBad                               // by a key of the keyring, of other bytes; or no signature at all
	SignatureUnknownKey                        // the keyring does not have the key
	SignatureExpiredKey                        // made when the key was expired already, or not made yet
	SignatureRevokedKey                        // the key was revoked, or is not for signing
	SignatureUnsupported                       // by an algorithm or of a version that is not verified here
)

func (s SignatureState) String() string {
	return [...]string{"good", "bad", "unknown key", "expired key", "revoked key", "unsupported algorithm"}[s]
}

// VerifiedSignature is a signature of a package with what came of it.
type VerifiedSignature struct {
	Name      string // as in Signature.Name
	Covers    string // CoversHeader or CoversPackage
	State     SignatureState
	KeyID     uint64    // of the key that it says it was made by; 0 where it says none
	Signer    string    // the key's user, "" where the key is unknown
	Created   time.Time // UTC; zero where it could not be read
	Algorithm string    // "RSA/SHA-256", "" where it could not be read
	Err       error     // why it is not good, or nil
}

// Key is the key id as people write it: 0x0946fca2c105b9de.
func (v VerifiedSignature) Key() string { return keyText(v.KeyID) }

// String gives one line for a report: 'header RSA/SHA-256 0x0946fca2c105b9de (CentOS-6 Key): good'.
func (v VerifiedSignature) String() string {
	s := v.Covers + " " + v.Name
	if v.Algorithm != "" {
		s = v.Covers + " " + v.Algorithm + " " + v.Key()
	}
	if v.Signer != "" {
		s += " (" + v.Signer + ")"
	}
	return s + ": " + v.State.String()
}

// VerifySignatures verifies every signature that the package bears against the keys of the keyring, in the
// order of [Package.Signatures]. Signatures of header and payload need the payload's bytes: for those the file
// is read once more. The error is about reading; what came of a signature is its State.
//
// No clock is asked: a signature stays good after its key has expired, if it was made before that. That is how
// the packages of a closed release are signed.
func (p *Package) VerifySignatures(ctx context.Context, k *Keyring) ([]VerifiedSignature, error) {
	header, err := p.header()
	if err != nil {
		return nil, err
	}
	out := make([]VerifiedSignature, len(p.Signatures))
	todo := make([]*pending, len(p.Signatures))
	var whole []io.Writer
	for i, s := range p.Signatures {
		out[i] = VerifiedSignature{Name: s.Name, Covers: s.Covers}
		if todo[i] = k.prepare(s, &out[i]); todo[i] == nil {
			continue
		}
		todo[i].hash.Write(header)
		if s.Covers == CoversPackage {
			whole = append(whole, todo[i].hash)
		}
	}
	if len(whole) > 0 {
		payload := io.NewSectionReader(p.r, p.PayloadSpan.Off, p.PayloadSpan.Len)
		n, err := io.Copy(io.MultiWriter(whole...), contextReader{ctx, payload})
		if err == nil && n < p.PayloadSpan.Len {
			err = errTruncated
		}
		if err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
	}
	for i, t := range todo {
		if t != nil {
			t.verify(&out[i])
		}
	}
	return out, nil
}

var errTruncated = errors.New("the file is truncated since it was opened: try again")

// header reads the header anew, and holds it against what Open saw.
func (p *Package) header() ([]byte, error) {
	b := make([]byte, p.HeaderSpan.Len)
	if n, err := p.r.ReadAt(b, p.HeaderSpan.Off); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			err = errTruncated
		}
		return nil, fmt.Errorf("header: %w", err)
	}
	if sha256.Sum256(b) != p.headerSum {
		return nil, errors.New("header: the file changed since it was opened: try again")
	}
	return b, nil
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// pending is a signature whose bytes are still to be hashed.
type pending struct {
	hash hash.Hash
	keys []openpgp.Key
	v3   *packet.SignatureV3
	v4   *packet.Signature
}

// prepare reads a signature and finds its key. Where that decides already it gives nil.
func (k *Keyring) prepare(s Signature, v *VerifiedSignature) *pending {
	t := new(pending)
	algorithm, digest, kind, err := t.read(s, v)
	if err != nil {
		v.State, v.Err = SignatureBad, err
		if strings.Contains(err.Error(), "unsupported feature") {
			v.State = SignatureUnsupported
		}
		return nil
	}
	v.Algorithm = algorithm + "/" + strings.Replace(digest.String(), "SHA1", "SHA-1", 1)
	v.Created = v.Created.UTC()
	switch {
	case kind != packet.SigTypeBinary:
		v.State, v.Err = SignatureUnsupported, fmt.Errorf("it is of type %d, not of a file", kind)
	case digest == crypto.MD5:
		v.State, v.Err = SignatureUnsupported, errors.New("MD5 can be forged")
	case !digest.Available():
		v.State, v.Err = SignatureUnsupported, fmt.Errorf("%v is not known here", digest)
	default:
		t.keys = k.entities.KeysById(v.KeyID)
		if t.keys != nil && v.KeyID != 0 {
			t.hash = digest.New()
			return t
		}
		v.State, v.Err = SignatureUnknownKey, errors.New("the keyring does not have the key")
	}
	return nil
}

// read takes the first packet of a signature.
func (t *pending) read(s Signature, v *VerifiedSignature) (algorithm string, digest crypto.Hash, kind packet.SignatureType, err error) {
	defer contain(s.Name+" signature", &err)
	data := s.Data
	if s.Name == "OpenPGP" {
		if data, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(data))); err != nil {
			return "", 0, 0, err
		}
	}
	p, err := packet.Read(bytes.NewReader(data))
	if err != nil {
		return "", 0, 0, err
	}
	switch sig := p.(type) {
	case *packet.SignatureV3:
		t.v3, v.KeyID, v.Created = sig, sig.IssuerKeyId, sig.CreationTime
		return algorithmText(sig.PubKeyAlgo), sig.Hash, sig.SigType, nil
	case *packet.Signature:
		if t.v4, v.Created = sig, sig.CreationTime; sig.IssuerKeyId != nil {
			v.KeyID = *sig.IssuerKeyId
		}
		return algorithmText(sig.PubKeyAlgo), sig.Hash, sig.SigType, nil
	}
	return "", 0, 0, fmt.Errorf("it is a %T, no signature", p)
}

func algorithmText(a packet.PublicKeyAlgorithm) string {
	switch a {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		return "RSA"
	case packet.PubKeyAlgoDSA:
		return "DSA"
	case packet.PubKeyAlgoECDSA:
		return "ECDSA"
	}
	return fmt.Sprintf("algorithm %d", a)
}

// verify tries the keys: two may have the same id.
func (t *pending) verify(v *VerifiedSignature) {
	for _, key := range t.keys {
		v.Signer = userID(key.Entity)
		if v.Err = t.verifyKey(key); v.Err != nil {
			v.State = SignatureBad
			continue
		}
		v.State, v.Err = usable(key, v.Created)
		if v.State == SignatureGood {
			return
		}
	}
}

func (t *pending) verifyKey(key openpgp.Key) (err error) {
	defer contain("signature", &err)
	h := t.hash
	if c, ok := h.(hash.Cloner); ok { // verifying adds to it
		if h, err = c.Clone(); err != nil {
			return err
		}
	}
	if t.v3 != nil {
		return key.PublicKey.VerifySignatureV3(h, t.v3)
	}
	return key.PublicKey.VerifySignature(h, t.v4)
}

// usable says whether a key could sign at a time.
func usable(key openpgp.Key, at time.Time) (SignatureState, error) {
	self := key.SelfSignature
	switch {
	case len(key.Entity.Revocations) > 0, self != nil && self.RevocationReason != nil,
		self != nil && self.SigType == packet.SigTypeSubkeyRevocation:
		return SignatureRevokedKey, errors.New("the key was revoked")
	case self != nil && self.FlagsValid && !self.FlagSign:
		return SignatureRevokedKey, errors.New("the key is not for signing")
	case at.Before(key.PublicKey.CreationTime):
		return SignatureExpiredKey, errors.New("it is older than its key")
	case self != nil && self.KeyLifetimeSecs != nil && *self.KeyLifetimeSecs != 0 &&
		at.After(key.PublicKey.CreationTime.Add(time.Duration(*self.KeyLifetimeSecs)*time.Second)):
		return SignatureExpiredKey, errors.New("it was made after its key expired")
	}
	return SignatureGood, nil
}

// ErrNotSigned is in the error of RequireSigned for a package that bears no signature.
var ErrNotSigned = errors.New("it is not signed")

// RequireSigned verifies the signatures and gives an error unless one is good, none is bad, and what is signed
// vouches for the contents: a signature of the header alone does where the header has digests of the payload or
// of every file, which reading the payload verifies. The signatures are given in any case.
func (p *Package) RequireSigned(ctx context.Context, k *Keyring) ([]VerifiedSignature, error) {
	list, err := p.VerifySignatures(ctx, k)
	if err != nil {
		return list, err
	}
	var good, worst *VerifiedSignature
	vouched := false
	for i := range list {
		v := &list[i]
		switch {
		case v.State == SignatureBad:
			return list, fmt.Errorf("package %s: the %s signature over the %s is bad: %w: download the package again", p, v.Name, v.Covers, v.Err)
		case v.State == SignatureGood:
			good = v
			vouched = vouched || v.Covers == CoversPackage || p.headerVouches()
		case worst == nil:
			worst = v
		}
	}
	switch {
	case vouched:
		return list, nil
	case good != nil:
		return list, fmt.Errorf("package %s: only its header is signed, which has no digest of the contents: give a package that is signed as a whole", p)
	case worst == nil:
		return list, fmt.Errorf("package %s: %w: give a signed package, or leave out --keyring", p, ErrNotSigned)
	case worst.State == SignatureUnknownKey:
		return list, fmt.Errorf("package %s: signed by an unknown key %s: add its key to --keyring", p, worst.Key())
	}
	if worst.KeyID == 0 {
		return list, fmt.Errorf("package %s: its %s signature cannot be verified here: %w: give a package signed with RSA or DSA", p, worst.Name, worst.Err)
	}
	return list, fmt.Errorf("package %s: signed by key %s (%s), which does not count: %w: give a package signed by another key",
		p, worst.Key(), worst.State, worst.Err)
}

// headerVouches reports whether the header has digests, by algorithms that are verified, of all contents.
func (p *Package) headerVouches() bool {
	for _, d := range p.declared { // the signature header has the MD5 of the package, which is not signed
		if d.new != nil && (d.Covers == CoversPayload || d.Covers == CoversArchive) {
			return true
		}
	}
	for i := range p.Files {
		f := &p.Files[i]
		if f.Mode.IsRegular() && f.InPayload() && f.Size > 0 && (f.Digest == "" || f.algorithm.new == nil) {
			return false
		}
	}
	return true
}
