package rpm

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	rpmutils "github.com/sassoftware/go-rpmutils"

	"lbimage/tests/needs"
)

// needTools makes sure of the programs that judge a test.
var needTools = needs.Programs

// run gives a command's standard output; it must succeed.
func run(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.String()
}

// rpmbuild builds the spec with the given payload and gives the package's path.
func rpmbuild(t testing.TB, spec, payload string, args ...string) string {
	t.Helper()
	needTools(t, "rpmbuild", "rpm")
	top := t.TempDir()
	file := filepath.Join(top, "package.spec")
	if err := os.WriteFile(file, []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--quiet", "--define", "_topdir " + top, "--define", "_tmppath " + top,
		"--define", "_binary_payload " + payload, "--define", "_source_payload " + payload}, args...)
	if !slices.Contains(args, "-bs") {
		args = append(args, "-bb")
	}
	run(t, top, "rpmbuild", append(args, file)...)
	for _, pattern := range []string{"RPMS/*/*.rpm", "SRPMS/*.rpm"} {
		if found, _ := filepath.Glob(filepath.Join(top, pattern)); len(found) == 1 {
			return found[0]
		}
	}
	t.Fatal("rpmbuild made no package")
	return ""
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func openBytes(b []byte) (*Package, error) { return Open(bytes.NewReader(b), int64(len(b))) }

func mustOpen(t testing.TB, b []byte) *Package {
	t.Helper()
	p, err := openBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// contents reads a whole payload: what each entry has, by path.
func contents(p *Package) (map[string]string, []Digest, error) {
	l, err := p.Payload(context.Background())
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	out := make(map[string]string)
	for {
		e, err := l.Next()
		if errors.Is(err, io.EOF) {
			return out, l.Digests(), nil
		}
		if err != nil {
			return out, l.Digests(), err
		}
		b, err := io.ReadAll(e)
		if err != nil {
			return out, l.Digests(), err
		}
		out[e.File.Path] = string(b)
		if e.Linked {
			out[e.File.Path] = "(linked)"
		}
	}
}

// readAll opens a package and reads all of it.
func readAll(b []byte) (map[string]string, error) {
	p, err := openBytes(b)
	if err != nil {
		return nil, err
	}
	c, _, err := contents(p)
	return c, err
}

// built is a time for packages to be made at.
var built = time.Date(2014, 5, 13, 16, 53, 20, 0, time.UTC)

// small is a package of each kind of file that Write knows.
func small() Spec {
	return Spec{
		Name: "small", Version: "1.1.0", Release: "0.212.el6", Summary: "A small package", License: "BSD",
		Description: "Two lines\nof description.", Group: "Applications/System", URL: "http://example.com/",
		BuildTime: built, Arch: "x86_64",
		Requires:    []Dependency{{Name: "euca2ools", Op: ">=", Version: "3.1.0"}, {Name: "python-boto"}},
		PostInstall: "echo installed",
		Files: []SpecFile{
			{Path: "/usr/share/small/data", Mode: 0o644, Content: bytes.Repeat([]byte("0123456789abcdef"), 5000)},
			{Path: "/etc/small.conf", Mode: 0o640, Group: "adm", Content: []byte("key = value\n"), Flags: FlagConfig | FlagNoReplace},
			{Path: "/usr/share/small", Mode: os.ModeDir | 0o755},
			{Path: "/usr/share/small/link", Mode: os.ModeSymlink, Link: "data"},
			{Path: "/usr/share/small/empty", Mode: 0o600, User: "daemon", ModTime: built.Add(-time.Hour)},
			{Path: "/usr/bin/small", Mode: os.ModeSetuid | 0o755, Content: []byte("#!/bin/sh\n")},
			{Path: "/usr/share/doc/small/README", Mode: 0o644, Content: []byte("read me\n"), Flags: FlagDoc},
		},
	}
}

func writeBytes(t testing.TB, s Spec) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// raw is a package taken apart, so that a test can write what no packager does.
// It shares no code with the reader.
type raw struct {
	lead      []byte
	sig, main map[int32]rawTag
	payload   []byte
	noRegion  bool
	asIs      bool // leave the payload's digest as it is
}

type rawTag struct {
	kind, count uint32
	data        []byte
}

func takeApart(t testing.TB, b []byte) *raw {
	t.Helper()
	r := &raw{lead: bytes.Clone(b[:96])}
	var n int
	r.sig, n = takeHeader(b[96:])
	at := 96 + (n+7)/8*8
	r.main, n = takeHeader(b[at:])
	r.payload = bytes.Clone(b[at+n:])
	return r
}

func takeHeader(b []byte) (map[int32]rawTag, int) {
	n, size := int(binary.BigEndian.Uint32(b[8:])), int(binary.BigEndian.Uint32(b[12:]))
	store := b[16+16*n:][:size]
	tags := make(map[int32]rawTag)
	for i := range n {
		e := b[16+16*i:]
		tag, kind, off, count := int32(binary.BigEndian.Uint32(e)), binary.BigEndian.Uint32(e[4:]),
			int(binary.BigEndian.Uint32(e[8:])), binary.BigEndian.Uint32(e[12:])
		if tag == 62 || tag == 63 {
			continue
		}
		length := 0
		switch kind {
		case 6, 8, 9:
			for range count {
				length += bytes.IndexByte(store[off+length:], 0) + 1
			}
		default:
			length = int(count) * map[uint32]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
		}
		tags[tag] = rawTag{kind, count, bytes.Clone(store[off : off+length])}
	}
	return tags, 16 + 16*n + size
}

func putHeader(tags map[int32]rawTag, region int32) []byte {
	var index, store []byte
	be := binary.BigEndian
	put := func(tag int32, kind, off, count uint32) []byte {
		return be.AppendUint32(be.AppendUint32(be.AppendUint32(be.AppendUint32(nil, uint32(tag)), kind), off), count)
	}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		t := tags[tag]
		align := map[uint32]int{3: 2, 4: 4, 5: 8}[t.kind]
		for align > 0 && len(store)%align != 0 {
			store = append(store, 0)
		}
		index = append(index, put(tag, t.kind, uint32(len(store)), t.count)...)
		store = append(store, t.data...)
	}
	n := uint32(len(tags))
	if region != 0 {
		n++
		index = append(put(region, 7, uint32(len(store)), 16), index...)
		store = append(store, put(region, 7, uint32(-16*int32(n)), 16)...)
	}
	out := append([]byte{0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0}, be.AppendUint32(be.AppendUint32(nil, n), uint32(len(store)))...)
	return append(append(out, index...), store...)
}

// bytes puts the package together again. Digests and sizes that it declares are
// made right; what a test wants wrong, it sets in the result of sealed.
func (r *raw) bytes() []byte { return r.sealed(nil) }

// sealed is bytes, with a last change to the signature header.
func (r *raw) sealed(change func(sig map[int32]rawTag)) []byte {
	if _, ok := r.main[rpmutils.PAYLOADDIGEST]; ok && !r.asIs {
		sum := sha256.Sum256(r.payload)
		r.main[rpmutils.PAYLOADDIGEST] = stringsTag(hex.EncodeToString(sum[:]))
	}
	regions := []int32{62, 63}
	if r.noRegion {
		regions = []int32{0, 0}
	}
	header := putHeader(r.main, regions[1])
	rest := append(bytes.Clone(header), r.payload...)
	sig := maps.Clone(r.sig)
	for tag := range sig {
		switch tag {
		case 1000:
			sig[tag] = int32Tag(uint32(len(rest)))
		case 1004:
			sum := md5.Sum(rest)
			sig[tag] = rawTag{7, 16, sum[:]}
		case rpmutils.SIG_SHA1:
			sum := sha1.Sum(header)
			sig[tag] = stringTag(hex.EncodeToString(sum[:]))
		case rpmutils.SIG_SHA256:
			sum := sha256.Sum256(header)
			sig[tag] = stringTag(hex.EncodeToString(sum[:]))
		}
	}
	if change != nil {
		change(sig)
	}
	out := append(bytes.Clone(r.lead), putHeader(sig, regions[0])...)
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return append(out, rest...)
}

func stringTag(s string) rawTag { return rawTag{6, 1, append([]byte(s), 0)} }

func stringsTag(s ...string) rawTag {
	var data []byte
	for _, v := range s {
		data = append(append(data, v...), 0)
	}
	return rawTag{8, uint32(len(s)), data}
}

func int32Tag(v ...uint32) rawTag {
	var data []byte
	for _, n := range v {
		data = binary.BigEndian.AppendUint32(data, n)
	}
	return rawTag{4, uint32(len(v)), data}
}

func int64Tag(v ...uint64) rawTag {
	var data []byte
	for _, n := range v {
		data = binary.BigEndian.AppendUint64(data, n)
	}
	return rawTag{5, uint32(len(v)), data}
}

// TestTakeApart holds the helper against rpm: what it puts together unchanged
// is accepted, what it seals wrongly is not.
func TestTakeApart(t *testing.T) {
	needTools(t, "rpm")
	r := takeApart(t, writeBytes(t, small()))
	file := filepath.Join(t.TempDir(), "again.rpm")
	if err := os.WriteFile(file, r.bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "", "rpm", "-K", file)
	wrong := r.sealed(func(sig map[int32]rawTag) { sig[1004] = rawTag{7, 16, make([]byte, 16)} })
	if err := os.WriteFile(file, wrong, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("rpm", "-K", file).CombinedOutput(); err == nil {
		t.Fatalf("rpm -K accepts a wrong MD5: %s", out)
	}
}
