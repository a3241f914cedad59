package provenance

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	slsa "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"golang.org/x/mod/sumdb/dirhash"
	"google.golang.org/protobuf/encoding/protojson"
)

func build() Build {
	return Build{
		Version:    "1.2.3",
		Subjects:   []Artifact{{Name: "updated.tgz", SHA256: strings.Repeat("ab", 32)}, {Name: "a\xffb", SHA256: strings.Repeat("cd", 32)}},
		Parameters: map[string]any{"source": "lb.rpm", "request": struct{ Sysctl []string }{[]string{"z=1", "a=2"}}, "uid": uint32(1<<32 - 2)},
		Settings:   map[string]any{"time": "2014-05-13T16:53:20Z"},
		Dependencies: []Artifact{
			{Name: "lb.rpm", SHA256: strings.Repeat("ef", 32), More: map[string]any{"role": "source"}},
			{URI: "git+https://example.com/servo.git@master", Commit: strings.Repeat("01", 20)},
			{Name: "files", Dir: strings.Repeat("23", 32)},
			{Name: "a folder that nothing is known of"},
		},
	}
}

// What is written is read back by the library, and is valid by it: the statement and the predicate.
func TestWrite(t *testing.T) {
	var one, two bytes.Buffer
	if err := errors.Join(build().Write(&one), build().Write(&two)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("twice, and other bytes")
	}
	s := new(intoto.Statement)
	if err := protojson.Unmarshal(one.Bytes(), s); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	raw, err := protojson.Marshal(s.Predicate)
	if err != nil {
		t.Fatal(err)
	}
	p := new(slsa.Provenance)
	if err := protojson.Unmarshal(raw, p); err != nil { // which refuses keys that it does not know
		t.Fatal(err)
	}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
	if p.RunDetails.Metadata != nil {
		t.Error("it tells when, which is not the same twice")
	}
	if got := p.BuildDefinition.ExternalParameters.Fields["uid"].GetNumberValue(); got != 1<<32-2 {
		t.Errorf("a number became %v", got)
	}
	if d := p.BuildDefinition.ResolvedDependencies; len(d) != 4 || d[1].Digest["gitCommit"] == "" || d[2].Digest["dirHash"] == "" {
		t.Errorf("%v", d)
	}
	for _, want := range []string{
		"{\n  \"_type\": \"https://in-toto.io/Statement/v1\",\n  \"subject\": [\n    {\n      \"name\": \"updated.tgz\",\n      \"digest\": {\n",
		"\"buildType\": \"urn:lbimage:build:v1\"", "\"id\": \"urn:lbimage:cli\"", "\"a\ufffdb\"",
	} {
		if !strings.Contains(one.String(), want) {
			t.Errorf("there is no %s in\n%s", want, one.String())
		}
	}
	var v any
	if err := json.Unmarshal(one.Bytes(), &v); err != nil || !bytes.HasSuffix(one.Bytes(), []byte("}\n")) {
		t.Error("no JSON with a newline behind it", err)
	}
}

// What the framework does not take is refused.
func TestInvalid(t *testing.T) {
	for name, change := range map[string]func(*Build){
		"no subject":              func(b *Build) { b.Subjects = nil },
		"a subject without sum":   func(b *Build) { b.Subjects[0].SHA256 = "" },
		"a short digest":          func(b *Build) { b.Subjects[0].SHA256 = "abcd" },
		"no digest at all":        func(b *Build) { b.Dependencies[0].SHA256 = "zz" },
		"a commit that is none":   func(b *Build) { b.Dependencies[1].Commit = "master" },
		"nothing asked for":       func(b *Build) { b.Parameters = nil },
		"a dependency on nothing": func(b *Build) { b.Dependencies[3] = Artifact{} },
	} {
		b := build()
		change(&b)
		if err := b.Write(new(bytes.Buffer)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// The digest of a folder is that of Go modules, where there are files alone.
func TestHashFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"b": "1", "a/c": "2", "a/d e": "3"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	h1, err := dirhash.HashDir(dir, "", dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	sum := func() string {
		t.Helper()
		s, err := HashFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := hex.DecodeString(s); err != nil || len(raw) != 32 {
			t.Errorf("%s: %v", s, err)
		}
		return s
	}
	plain := sum()
	if want := "h1:" + base64Of(plain); h1 != want {
		t.Errorf("%s, and Go's own is %s", want, h1)
	}
	if err := os.Symlink("/nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	linked := sum()
	if linked == plain {
		t.Error("a link makes no difference")
	}
	os.Remove(filepath.Join(dir, "link"))
	if err := os.Symlink("/elsewhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if sum() == linked {
		t.Error("the target of a link makes no difference")
	}
	if err := os.WriteFile(filepath.Join(dir, "x\ny"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := HashFolder(dir); err == nil || !strings.Contains(err.Error(), "rename the file") {
		t.Errorf("a name with a line break: %v", err)
	}
}

func base64Of(sum string) string {
	raw, _ := hex.DecodeString(sum)
	return base64.StdEncoding.EncodeToString(raw)
}
