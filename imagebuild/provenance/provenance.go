// Package provenance writes where an image comes from: a statement of the in-toto attestation framework, version 1, with
// the predicate of SLSA's build provenance, version 1.
//
//	b := provenance.Build{
//		Version:      "1.2.0",
//		Subjects:     []provenance.Artifact{{Name: "updated.tgz", SHA256: sum}},
//		Parameters:   map[string]any{"request": request},
//		Dependencies: []provenance.Artifact{{Name: "lb.rpm", SHA256: other}},
//	}
//	err := b.Write(w)
//
// The statement says what was asked for, of what it was made, and by which program; not when, and not where, as these
// are not the same twice. It is not signed: who signs it says by that which machine and whose word it was.
package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	slsa "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// What the statement calls itself, and who made it. docs/provenance.md tells what stands behind each.
const (
	PredicateType = "https://slsa.dev/provenance/v1"
	BuildType     = "urn:lbimage:build:v1"
	BuilderID     = "urn:lbimage:cli"
)

// Suffix ends the name of a statement that stands beside what it is of.
const Suffix = ".intoto.json"

// Artifact is a file, a folder or a commit. At least one of its fields has to be set; of a subject name and digest.
type Artifact struct {
	Name   string
	URI    string // git+https://example.com/servo.git@v1.2
	SHA256 string // of a file, in hexadecimal
	Dir    string // of a folder: the hash h1 of Go modules, in hexadecimal
	Commit string // of git
	// More are further facts, in JSON's types.
	More map[string]any
}

// Build is what is told of a build.
type Build struct {
	Version string // of lbimage
	// Subjects are what came out.
	Subjects []Artifact
	// Parameters are what was asked for; Settings what else the bytes depend on. Both are written as JSON objects.
	Parameters, Settings map[string]any
	// Dependencies are what went in.
	Dependencies []Artifact
}

// Statement is the build as a statement, which is valid.
func (b Build) Statement() (*intoto.Statement, error) {
	external, err := object(b.Parameters)
	if err != nil {
		return nil, fmt.Errorf("parameters: %w", err)
	}
	internal, err := object(b.Settings)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	p := &slsa.Provenance{
		BuildDefinition: &slsa.BuildDefinition{BuildType: BuildType, ExternalParameters: external, InternalParameters: internal},
		RunDetails:      &slsa.RunDetails{Builder: &slsa.Builder{Id: BuilderID, Version: map[string]string{"lbimage": b.Version}}},
	}
	for _, d := range b.Dependencies {
		r, err := d.descriptor()
		if err != nil {
			return nil, err
		}
		p.BuildDefinition.ResolvedDependencies = append(p.BuildDefinition.ResolvedDependencies, r)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s := &intoto.Statement{Type: intoto.StatementTypeUri, PredicateType: PredicateType, Predicate: &structpb.Struct{}}
	text, err := protojson.Marshal(p)
	if err != nil {
		return nil, err
	}
	if err := protojson.Unmarshal(text, s.Predicate); err != nil {
		return nil, err
	}
	for _, a := range b.Subjects {
		r, err := a.descriptor()
		if err != nil {
			return nil, err
		}
		s.Subject = append(s.Subject, r)
	}
	return s, s.Validate()
}

// Write writes the statement as JSON.
func (b Build) Write(w io.Writer) error {
	s, err := b.Statement()
	if err != nil {
		return fmt.Errorf("provenance: %w", err)
	}
	text, err := protojson.Marshal(s) // whose white space is not to be relied on
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		return err
	}
	text = slices.Clone(out.Bytes())
	out.Reset()
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	_, err = w.Write(out.Bytes())
	return err
}

func (a Artifact) descriptor() (*intoto.ResourceDescriptor, error) {
	r := &intoto.ResourceDescriptor{Name: text(a.Name), Uri: text(a.URI), Digest: map[string]string{}}
	for algorithm, digest := range map[string]string{"sha256": a.SHA256, "dirHash": a.Dir, "gitCommit": a.Commit} {
		if digest != "" {
			r.Digest[algorithm] = digest
		}
	}
	if len(a.More) > 0 {
		more, err := object(a.More)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		r.Annotations = more
	}
	return r, nil
}

// object is a value as JSON has it.
func object(v map[string]any) (*structpb.Struct, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	s := &structpb.Struct{}
	if v == nil {
		return s, nil
	}
	return s, protojson.Unmarshal(raw, s)
}

// text is a name that may have come from anywhere, as the format takes it: in UTF-8.
func text(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
