package imagebuild

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write docs/schema anew")

// keyWords say of properties, by TYPE.KEY or by KEY, what no comment in the code says.
type keyWords struct {
	say  map[string]string
	used map[string]bool
}

// schemaText is the schema of the type root as its file has it. Properties without a comment get what the words say of them.
func schemaText(t *testing.T, root string, s *jsonschema.Schema, w *keyWords) []byte {
	t.Helper()
	w.used = map[string]bool{}
	w.describe(root, s)
	for name, def := range s.Definitions {
		w.describe(name, def)
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

func (w *keyWords) describe(name string, s *jsonschema.Schema) {
	if s.Properties == nil {
		return
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if word, rest, _ := strings.Cut(p.Value.Description, " "); strings.EqualFold(word, p.Key) {
			p.Value.Description = p.Key + " " + rest // a comment in Go begins with the field's name
		}
		for _, key := range []string{name + "." + p.Key, p.Key} {
			if text, ok := w.say[key]; ok && p.Value.Description == "" {
				p.Value.Description = text
				w.used[key] = true
			}
		}
	}
}

// validating gives the validator of others that holds values, as JSON, against a schema.
func validating(t *testing.T, schema []byte) func(v any) error {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("urn:lbimage:schema", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("urn:lbimage:schema")
	if err != nil {
		t.Fatal(err)
	}
	return func(v any) error {
		t.Helper()
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		value, err := validator.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(value)
	}
}

// holdSchema holds a file of docs/schema against what the types give, which has to say something of every key.
func holdSchema(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types give: write it anew with 'go test ./imagebuild -run %s -update'", file, t.Name())
	}
	var s any
	if err := json.Unmarshal(want, &s); err != nil {
		t.Fatal(err)
	}
	undescribed(t, "", s)
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
