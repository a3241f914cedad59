package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	// Deprecated, and right here: of the OpenPGP libraries it alone verifies version 3 signatures, which
	// packages bear up to EL6 and some of EL7.
	"golang.org/x/crypto/openpgp"       //nolint:staticcheck // see above
	"golang.org/x/crypto/openpgp/armor" //nolint:staticcheck // see above
)

// Limits of a keyring.
const (
	maxKeyFile = 4 << 20 // bytes of one file
	maxKeys    = 4096    // keys of all files
)

const (
	armorBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	armorEnd   = "-----END PGP PUBLIC KEY BLOCK-----"
)

// Keyring is a set of public keys whose signatures are trusted. The zero value trusts none.
type Keyring struct {
	entities openpgp.EntityList
}

// ReadKeyring reads files with OpenPGP public keys, as RPM-GPG-KEY-CentOS-6 is one: armored or binary, any
// number of keys in each. A file without a usable key is an error.
func ReadKeyring(files ...string) (*Keyring, error) {
	k := new(Keyring)
	for _, name := range files {
		if err := k.addFile(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return k, nil
}

func (k *Keyring) addFile(name string) error {
	f, err := os.Open(name)
	if err == nil {
		defer f.Close()
		return k.Add(f)
	}
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// Add reads more keys, as ReadKeyring does from each file.
func (k *Keyring) Add(r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxKeyFile+1))
	if err != nil {
		return err
	}
	if len(data) > maxKeyFile {
		return fmt.Errorf("it has more than %d bytes: give a file with public keys only", maxKeyFile)
	}
	blocks := [][]byte{data}
	if bytes.Contains(data, []byte("-----BEGIN PGP")) {
		if blocks, err = unarmor(data); err != nil {
			return err
		}
	}
	for _, b := range blocks {
		keys, err := readKeys(b)
		if err != nil {
			return fmt.Errorf("no usable OpenPGP public key: %w: give the file that 'gpg --export' or the distributor made", err)
		}
		k.entities = append(k.entities, keys...)
	}
	if len(k.entities) > maxKeys {
		return fmt.Errorf("more than %d keys: give those that sign the packages", maxKeys)
	}
	return nil
}

// unarmor decodes every block of public keys in a text. The library decodes the first only.
func unarmor(data []byte) ([][]byte, error) {
	var out [][]byte
	for {
		start := bytes.Index(data, []byte(armorBegin))
		if start < 0 {
			break
		}
		length := bytes.Index(data[start:], []byte(armorEnd))
		if length < 0 {
			return nil, errors.New("a key block has no end: the file is truncated")
		}
		end := start + length + len(armorEnd)
		block, err := armor.Decode(bytes.NewReader(slices.Concat(data[start:end], []byte("\n"))))
		if err != nil {
			return nil, fmt.Errorf("key block: %w", err)
		}
		b, err := io.ReadAll(block.Body)
		if err != nil {
			return nil, fmt.Errorf("key block: %w", err)
		}
		out, data = append(out, b), data[end:]
	}
	if out == nil {
		return nil, errors.New("it has no block of public keys: give the file that 'gpg --armor --export' made")
	}
	return out, nil
}

func readKeys(b []byte) (keys openpgp.EntityList, err error) {
	defer contain("key", &err)
	if len(b) == 0 {
		return nil, errors.New("it is empty")
	}
	keys, err = openpgp.ReadKeyRing(bytes.NewReader(b))
	if err == nil && len(keys) == 0 {
		err = errors.New("it has none")
	}
	return keys, err
}

// Keys lists the keys: '0x0946fca2c105b9de CentOS-6 Key (…) <centos-6-key@centos.org>'.
func (k *Keyring) Keys() []string {
	var out []string
	for _, e := range k.entities {
		out = append(out, keyText(e.PrimaryKey.KeyId)+" "+userID(e))
	}
	return out
}

func keyText(id uint64) string { return fmt.Sprintf("0x%016x", id) }

// userID is the first name of a key, in the order of the alphabet where none is the primary one.
func userID(e *openpgp.Entity) string {
	best, primary := "", false
	for name, id := range e.Identities {
		p := id.SelfSignature != nil && id.SelfSignature.IsPrimaryId != nil && *id.SelfSignature.IsPrimaryId
		if best == "" || p && !primary || p == primary && name < best {
			best, primary = name, p
		}
	}
	return strings.ToValidUTF8(short(best), "�")
}
