package imagebuild

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

var update = flag.Bool("update", false, "write docs/schema anew")

const inspectSchemaFile = "../docs/schema/inspect-v1.schema.json"

// inspectSchema makes the schema of the types, with what their comments say.
func inspectSchema(t *testing.T) []byte {
	t.Helper()
	r := jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true, // a later version may add keys
		Namer: func(t reflect.Type) string { // two packages may have types of one name
			pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
			if t.Name() == "" || pkg == "" || pkg == "survey" || pkg == "imagebuild" {
				return t.Name()
			}
			pkg = strings.TrimPrefix(pkg, "haproxy-")
			return strings.ToUpper(pkg[:1]) + pkg[1:] + t.Name()
		},
	}
	for _, dir := range []string{".", "../servo", "../haproxy-config/render", "../overlay/services"} {
		if err := r.AddGoComments("lbimage/imagebuild", dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&Inspection{})
	s.ID = "urn:lbimage:schema:inspect:v1"
	s.Title = "what lbimage inspect --format json prints"
	describe("", s)
	for name, def := range s.Definitions {
		describe(name, def)
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, bytes.ReplaceAll(data, []byte(`\n`), []byte(" ")), "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// usedWords are the words that were needed.
var usedWords = map[string]bool{}

// describe gives properties without a comment what the table of words says of them.
func describe(name string, s *jsonschema.Schema) {
	if s.Properties == nil {
		return
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if word, rest, _ := strings.Cut(p.Value.Description, " "); strings.EqualFold(word, p.Key) {
			p.Value.Description = p.Key + " " + rest // a comment in Go begins with the field's name
		}
		for _, key := range []string{name + "." + p.Key, p.Key} {
			if words, ok := inspectWords[key]; ok && p.Value.Description == "" {
				p.Value.Description = words
				usedWords[key] = true
			}
		}
	}
}

// The schema is what the types give, and says something of every key.
func TestInspectSchema(t *testing.T) {
	want := inspectSchema(t)
	if *update {
		if err := os.WriteFile(inspectSchemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(inspectSchemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error(inspectSchemaFile + " is not what the types give: write it anew with 'go test ./imagebuild -run InspectSchema -update'")
	}
	var s any
	if err := json.Unmarshal(want, &s); err != nil {
		t.Fatal(err)
	}
	undescribed(t, "", s)
	for key := range inspectWords {
		if !usedWords[key] {
			t.Errorf("%q is not needed", key)
		}
	}
}

// undescribed complains of properties that nothing is said of.
func undescribed(t *testing.T, at string, s any) {
	m, ok := s.(map[string]any)
	if !ok {
		return
	}
	if properties, ok := m["properties"].(map[string]any); ok {
		for key, p := range properties {
			if p, ok := p.(map[string]any); ok && p["description"] == nil {
				t.Errorf("%s: nothing is said of %q", at, key)
			}
			undescribed(t, at+"/"+key, p)
		}
	}
	for _, key := range []string{"$defs", "items"} {
		if defs, ok := m[key].(map[string]any); ok {
			if key == "items" {
				undescribed(t, at+"/items", defs)
				continue
			}
			for name, d := range defs {
				undescribed(t, name, d)
			}
		}
	}
}
