package rpm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// moduleFolder gives the folder of a module in the cache of Go modules, where real packages and keys of
// others lie in its test data. Without it the test is skipped by name.
func moduleFolder(t testing.TB, pattern string) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skipf("%s needs the go command", t.Name())
	}
	found, _ := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), filepath.FromSlash(pattern)))
	if len(found) == 0 {
		t.Skipf("%s needs %s in the cache of Go modules", t.Name(), pattern)
	}
	return found[len(found)-1]
}

func verified(t testing.TB, b []byte, k *Keyring) []VerifiedSignature {
	t.Helper()
	list, err := mustOpen(t, b).VerifySignatures(context.Background(), k)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func require(b []byte, k *Keyring) error {
	p, err := openBytes(b)
	if err != nil {
		return err
	}
	_, err = p.RequireSigned(context.Background(), k)
	return err
}

// TestRealSignatures verifies what CentOS and EPEL have signed since 2003, and holds it against rpm.
func TestRealSignatures(t *testing.T) {
	dir := moduleFolder(t, "github.com/cavaliercoder/go-rpm@*/testdata")
	keyFiles, _ := filepath.Glob(filepath.Join(dir, "RPM-GPG-KEY-*"))
	packages, _ := filepath.Glob(filepath.Join(dir, "*.rpm"))
	if len(keyFiles) < 6 || len(packages) < 10 {
		t.Fatalf("%d keys, %d packages", len(keyFiles), len(packages))
	}
	all, err := ReadKeyring(keyFiles...)
	if err != nil {
		t.Fatal(err)
	}
	needTools(t, "gpg")
	home := t.TempDir()
	gpg := func(args ...string) error {
		return exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--quiet", "--no-auto-check-trustdb"}, args...)...).Run()
	}
	if err := gpg(append([]string{"--import"}, keyFiles...)...); err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, name := range packages {
		b := readFile(t, name)
		list := verified(t, b, all)
		if len(list) == 0 {
			t.Errorf("%s: no signature", filepath.Base(name))
		}
		for _, v := range list {
			if v.State == SignatureGood {
				good++
			} else if v.State != SignatureUnknownKey {
				t.Errorf("%s: %v: %v", filepath.Base(name), v, v.Err)
			}
		}
		if err := require(b, new(Keyring)); err == nil || !strings.Contains(err.Error(), "unknown key") {
			t.Errorf("%s without keys: %v", filepath.Base(name), err)
		}
		for i, sig := range mustOpen(t, b).Signatures {
			theirs := gpg("--verify", temporary(t, sig.Data), temporary(t, signedBytes(t, b, sig))) == nil
			if ours := list[i].State == SignatureGood; ours != theirs {
				t.Errorf("%s: %v, gpg says %v", filepath.Base(name), list[i], theirs)
			}
		}
	}
	if good < 12 {
		t.Errorf("%d good signatures", good)
	}
}

// signedBytes are what a signature is of.
func signedBytes(t testing.TB, b []byte, s Signature) []byte {
	p := mustOpen(t, b)
	if s.Covers == CoversHeader {
		return b[p.HeaderSpan.Off:][:p.HeaderSpan.Len]
	}
	return b[p.HeaderSpan.Off:]
}

// temporary gives a file with this content.
func temporary(t testing.TB, b []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// signer is a key of gpg, and the rpm that knows it.
type signer struct {
	home, db, id string
	public       []byte
}

func newSigner(t testing.TB, params string, args ...string) signer {
	t.Helper()
	needTools(t, "gpg", "rpmsign", "rpmkeys")
	s := signer{home: t.TempDir(), db: t.TempDir()}
	if err := os.Chmod(s.home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", s.home, "--kill", "all").Run() })
	batch := filepath.Join(s.home, "batch")
	if err := os.WriteFile(batch, []byte("%no-protection\n"+params+"\nName-Real: Signer\nName-Email: signer@example.com\n%commit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.gpg(t, append(args, "--gen-key", batch)...)
	s.public = []byte(s.gpg(t, "--armor", "--export"))
	file := filepath.Join(s.home, "key.asc")
	if err := os.WriteFile(file, s.public, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "", "rpmkeys", "--dbpath", s.db, "--import", file)
	for line := range strings.Lines(s.gpg(t, "--with-colons", "--list-keys")) {
		if f := strings.Split(line, ":"); f[0] == "pub" {
			s.id = "0x" + strings.ToLower(f[4])
		}
	}
	return s
}

func (s signer) gpg(t testing.TB, args ...string) string {
	t.Helper()
	return run(t, "", "gpg", append([]string{"--homedir", s.home, "--batch", "--quiet"}, args...)...)
}

// gpgPath is where gpg lies: rpm has a path of its own in mind.
func gpgPath(t testing.TB) string {
	t.Helper()
	p, err := exec.LookPath("gpg")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (s signer) ring(t testing.TB) *Keyring {
	t.Helper()
	k := new(Keyring)
	if err := k.Add(bytes.NewReader(s.public)); err != nil {
		t.Fatal(err)
	}
	return k
}

// sign gives the package signed by rpmsign.
func (s signer) sign(t testing.TB, b []byte, args ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.rpm")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--define", "_gpg_name signer@example.com", "--define", "_gpg_path " + s.home,
		"--define", "__gpg " + gpgPath(t),
		"--define", "_gpg_sign_cmd_extra_args --homedir " + s.home + " --batch"}, args...)
	run(t, "", "rpmsign", append(append(args, "--addsign"), file)...)
	return readFile(t, file)
}

// rpmSays reports whether rpm takes all signatures and digests for good.
func (s signer) rpmSays(t testing.TB, b []byte) bool {
	t.Helper()
	file := filepath.Join(t.TempDir(), "p.rpm")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return exec.Command("rpmkeys", "--dbpath", s.db, "--define", "_pkgverify_level all", "-K", file).Run() == nil
}

// TestSignaturesJudged holds the verdicts on packages that rpmsign signed, whole and damaged, against rpm's.
func TestSignaturesJudged(t *testing.T) {
	for name, params := range map[string]string{
		"RSA": "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign",
		"DSA": "Key-Type: DSA\nKey-Length: 2048\nKey-Usage: sign",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSigner(t, params)
			k := s.ring(t)
			unsigned := writeBytes(t, small())
			if err := require(unsigned, k); !errors.Is(err, ErrNotSigned) {
				t.Errorf("unsigned: %v", err)
			}
			signed := s.sign(t, unsigned, "--rpmv3")
			if !s.rpmSays(t, signed) {
				t.Fatal("rpm does not accept what rpmsign signed")
			}
			list := verified(t, signed, k)
			covers := ""
			for _, v := range list {
				covers += v.Covers + ";"
				if v.State != SignatureGood || v.Key() != s.id || v.Signer != "Signer <signer@example.com>" || v.Created.IsZero() || !strings.HasPrefix(v.Algorithm, name+"/SHA-") {
					t.Errorf("%v: %v", v, v.Err)
				}
			}
			if covers != "header;header and payload;" {
				t.Errorf("signatures of %s", covers)
			}
			if err := require(signed, k); err != nil {
				t.Error(err)
			}
			if err := require(signed, new(Keyring)); err == nil || !strings.Contains(err.Error(), "signed by an unknown key "+s.id+": add its key to --keyring") {
				t.Errorf("no key: %v", err)
			}
			judgeDamage(t, s, k, signed)
		})
	}
}

// judgeDamage changes one part after the other.
func judgeDamage(t *testing.T, s signer, k *Keyring, signed []byte) {
	for name, damage := range map[string]func(*raw){
		"header":  func(r *raw) { r.main[1004] = rawTag{9, 1, []byte("Another summary\x00")} },
		"payload": func(r *raw) { r.asIs = true; r.payload[len(r.payload)/2] ^= 1 },
		"nothing": func(*raw) {},
	} {
		r := takeApart(t, signed)
		damage(r)
		b := r.bytes() // with all plain digests made right
		rpmTakes := s.rpmSays(t, b)
		p := mustOpen(t, b)
		list, err := p.RequireSigned(t.Context(), k)
		_, _, payloadErr := contents(p)
		if ours := err == nil && payloadErr == nil; ours != rpmTakes || ours != (name == "nothing") {
			t.Errorf("%s: %v, rpm takes it: %v (%v, %v)", name, list, rpmTakes, err, payloadErr)
		}
	}
	// Only what covers the header is left: the header's digests speak for the payload.
	r := takeApart(t, signed)
	delete(r.sig, 1002)
	delete(r.sig, 1005)
	if err := require(r.bytes(), k); err != nil {
		t.Errorf("header only: %v", err)
	}
	delete(r.main, 5092) // payload digest
	delete(r.main, 1035) // and the files' digests: then nothing does
	r.main[1035] = stringsTag(make([]string, 7)...)
	if err := require(r.bytes(), k); err == nil {
		t.Error("a header that was changed is taken")
	}
	// Only what covers all of it is left, as in packages before RPM 4.
	r = takeApart(t, signed)
	delete(r.sig, 267)
	delete(r.sig, 268)
	list := verified(t, r.bytes(), k)
	if len(list) != 1 || list[0].Covers != CoversPackage || list[0].State != SignatureGood {
		t.Errorf("header and payload only: %v", list)
	}
}

// TestHeaderDoesNotVouch signs a package whose header says nothing of the contents.
func TestHeaderDoesNotVouch(t *testing.T) {
	s := newSigner(t, "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign")
	r := takeApart(t, writeBytes(t, small()))
	delete(r.main, 5092)
	delete(r.main, 5093)
	delete(r.main, 5097)
	r.main[1035] = stringsTag(make([]string, len(mustOpen(t, r.bytes()).Files))...)
	b := s.sign(t, r.bytes())
	signed := takeApart(t, b)
	delete(signed.sig, 1002)
	delete(signed.sig, 1005)
	if err := require(signed.bytes(), s.ring(t)); err == nil || !strings.Contains(err.Error(), "only its header is signed") {
		t.Errorf("got %v", err)
	}
	if err := require(s.sign(t, r.bytes(), "--rpmv3"), s.ring(t)); err != nil {
		t.Errorf("signed as a whole: %v", err)
	}
}

// TestExpiredKey signs with a key at a time when it is not valid: what counts is when the signature was made.
func TestExpiredKey(t *testing.T) {
	s := newSigner(t, "Key-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nExpire-Date: 1y", "--faked-system-time", "20200101T000000!")
	args := "--homedir " + s.home + " --batch --faked-system-time 20200601T000000!"
	file := temporary(t, writeBytes(t, small()))
	run(t, "", "rpmsign", "--define", "_gpg_name signer@example.com", "--define", "_gpg_path "+s.home, "--define", "__gpg "+gpgPath(t),
		"--define", "_gpg_sign_cmd_extra_args "+args, "--addsign", file)
	list := verified(t, readFile(t, file), s.ring(t))
	for _, v := range list {
		if v.State != SignatureGood || v.Created.Year() != 2020 {
			t.Errorf("%v of %v", v, v.Created)
		}
	}
	// gpg does not sign with an expired key; the rule is tested on its own.
	key := s.ring(t).entities.KeysById(list[0].KeyID)[0]
	for _, c := range []struct {
		year int
		want SignatureState
	}{{2019, SignatureExpiredKey}, {2020, SignatureGood}, {2021, SignatureExpiredKey}} {
		if got, _ := usable(key, time.Date(c.year, 6, 1, 0, 0, 0, 0, time.UTC)); got != c.want {
			t.Errorf("a signature of %d: %v", c.year, got)
		}
	}
}

// TestUnsupported has a signature that rpm verifies and we do not, which must not pass for a good one.
func TestUnsupported(t *testing.T) {
	needTools(t, "gpg", "rpmsign")
	s := signer{home: t.TempDir()}
	if err := os.Chmod(s.home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", s.home, "--kill", "all").Run() })
	s.gpg(t, "--passphrase", "", "--quick-gen-key", "signer@example.com", "ed25519", "sign")
	b := s.sign(t, writeBytes(t, small()))
	list := verified(t, b, new(Keyring))
	if len(list) == 0 {
		t.Fatal("not signed")
	}
	for _, v := range list {
		if v.State != SignatureUnsupported || v.Err == nil {
			t.Errorf("%v: %v", v, v.Err)
		}
	}
	if err := require(b, new(Keyring)); err == nil || !strings.Contains(err.Error(), "cannot be verified here") {
		t.Errorf("got %v", err)
	}
	if err := new(Keyring).Add(strings.NewReader(s.gpg(t, "--export"))); err == nil {
		t.Error("a keyring without a usable key is taken")
	}
}
