package imagebuild

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"lbimage/kickstart"
	"lbimage/kickstart/lint"
)

const kickstartCheckSchemaFile = "../docs/schema/kickstart-check-v1.schema.json"

// The schema is what the types give, and says something of every key; a validator of others holds a report against it.
func TestKickstartCheckSchema(t *testing.T) {
	words := &keyWords{say: map[string]string{
		"schema": KickstartCheckSchema, "severity": "error, warning or info", "message": "what is wrong, in a sentence", "column": "in bytes, from 1 on",
	}}
	r := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true} // a later version may add keys
	for _, dir := range []string{".", "check"} {
		if err := r.AddGoComments("lbimage/imagebuild", dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&KickstartCheck{})
	s.ID, s.Title = "urn:lbimage:schema:kickstart-check:v1", "what lbimage kickstart check FILE --format json prints"
	want := schemaText(t, "", s, words)
	holdSchema(t, kickstartCheckSchemaFile, want)

	doc, err := validator.UnmarshalJSON(bytes.NewReader(want))
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
	fits := func(v any) error {
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
	f, err := kickstart.Parse("lb.ks", []byte("rootpw x\nnothing\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range [][]CheckedKickstart{{}, {CheckKickstart(f, lint.Options{})}} {
		if err := fits(KickstartCheck{KickstartCheckSchema, files}); err != nil {
			t.Error(err)
		}
	}
	if fits(map[string]any{"schema": "x", "files": "none"}) == nil { // the judge is judged
		t.Error("what is no report passes")
	}
}
