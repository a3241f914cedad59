package verify

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write docs/schema anew")

var schemas = []struct {
	file, id, title string
	of              any
}{
	{"../../docs/schema/verify-v1.schema.json", "urn:lbimage:schema:verify:v1", "what lbimage verify --format json prints", &Report{}},
	{"../../docs/schema/verify-digests-v1.schema.json", "urn:lbimage:schema:verify-digests:v1", "what lbimage verify --record RECORD --format json prints", &DigestReport{}},
}

// The schemas are what the types give, with their comments.
func TestSchemas(t *testing.T) {
	for _, c := range schemas {
		r := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true} // a later version may add keys
		for _, dir := range []string{".", "../check"} {
			must(t, r.AddGoComments("lbimage/imagebuild/verify", dir, jsonschema.WithFullComment()))
		}
		s := r.Reflect(c.of)
		s.ID, s.Title = jsonschema.ID(c.id), c.title
		data, err := json.Marshal(s)
		must(t, err)
		var want bytes.Buffer
		must(t, json.Indent(&want, bytes.ReplaceAll(data, []byte(`\n`), []byte(" ")), "", "  "))
		want.WriteByte('\n')
		if *update {
			must(t, os.WriteFile(c.file, want.Bytes(), 0o644))
		}
		got, err := os.ReadFile(c.file)
		must(t, err)
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the types give: write it anew with 'go test ./imagebuild/verify -run Schemas -update'", c.file)
		}
	}
}

// validate holds a value against one of the schemas, by a validator of others.
func validate(t *testing.T, file string, v any) error {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	must(t, err)
	c := validator.NewCompiler()
	must(t, c.AddResource("urn:lbimage:schema", doc))
	s, err := c.Compile("urn:lbimage:schema")
	must(t, err)
	out, err := json.Marshal(v)
	must(t, err)
	value, err := validator.UnmarshalJSON(bytes.NewReader(out))
	must(t, err)
	return s.Validate(value)
}

func TestReportsFitTheirSchemas(t *testing.T) {
	s := newShop(t, "ext3")
	same := s.verify(t, Options{})
	s.write(t, "over/etc/issue", []byte("changed\n"))
	differs := s.verify(t, Options{})
	digests, err := Digests(ctx, DigestOptions{Record: s.path("lb-production.tgz.json")})
	must(t, err)
	for i, v := range []any{same, differs} {
		if err := validate(t, schemas[0].file, v); err != nil {
			t.Errorf("report %d: %v", i, err)
		}
	}
	if err := validate(t, schemas[1].file, digests); err != nil {
		t.Error(err)
	}
	if validate(t, schemas[1].file, same) == nil { // the judge is judged
		t.Error("one report passes for the other")
	}
}
