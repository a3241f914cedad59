package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/openpgp" //nolint:staticcheck // see keyring.go
)

func TestKeyringErrors(t *testing.T) {
	s := newSigner(t, "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign")
	two := slices.Concat(s.public, []byte("text between\n"), s.public)
	k := new(Keyring)
	if err := k.Add(bytes.NewReader(two)); err != nil || len(k.Keys()) != 2 || k.Keys()[0] != s.id+" Signer <signer@example.com>" {
		t.Errorf("two blocks: %v %q", err, k.Keys())
	}
	if err := k.Add(strings.NewReader(s.gpg(t, "--export"))); err != nil || len(k.Keys()) != 3 {
		t.Errorf("binary: %v", err)
	}
	for name, text := range map[string]string{
		"empty": "", "text": "hello", "truncated": string(s.public[:len(s.public)/2]),
		"damaged": strings.Replace(string(s.public), "mQ", "AA", 1),
		"private": "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n-----END PGP PRIVATE KEY BLOCK-----\n",
		"large":   strings.Repeat("x", maxKeyFile+1),
	} {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKeyring(file); err == nil || !strings.HasPrefix(err.Error(), file+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadKeyring("/nowhere/key"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// ownKey makes a key, and a signature by it of the package's header.
func ownKey(t testing.TB, b []byte) (key, sig []byte) {
	t.Helper()
	e, err := openpgp.NewEntity("Own", "", "own@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	var k, s bytes.Buffer
	if err := e.Serialize(&k); err != nil {
		t.Fatal(err)
	}
	header, err := mustOpen(t, b).header()
	if err != nil {
		t.Fatal(err)
	}
	if err := openpgp.DetachSign(&s, e, bytes.NewReader(header), nil); err != nil {
		t.Fatal(err)
	}
	return k.Bytes(), s.Bytes()
}

// FuzzSignature hands over any signature and any keys.
func FuzzSignature(f *testing.F) {
	good := writeBytes(f, small())
	f.Add([]byte("\x88\x46\x03\x05\x00"), []byte("\x99\x01"), true)
	f.Add([]byte{}, []byte(armorBegin+"\n\nAAAA\n"+armorEnd), false)
	key, sig := ownKey(f, good)
	f.Add(sig, key, true)
	f.Fuzz(func(t *testing.T, sig, key []byte, header bool) {
		r := takeApart(t, good)
		tag := int32(1002)
		if header {
			tag = 268
		}
		b := r.sealed(func(m map[int32]rawTag) { m[tag] = rawTag{7, uint32(len(sig)), sig} })
		k := new(Keyring)
		_ = k.Add(bytes.NewReader(key))
		p, err := openBytes(b)
		if err != nil {
			return
		}
		list, err := p.VerifySignatures(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			if v.State == SignatureGood && len(key) == 0 {
				t.Errorf("good without a key: %v", v)
			}
			_ = fmt.Sprint(v)
		}
	})
}
