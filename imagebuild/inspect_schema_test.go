package imagebuild

import (
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

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
	return schemaText(t, "", s, inspectWords)
}

// The schema is what the types give, and says something of every key.
func TestInspectSchema(t *testing.T) {
	holdSchema(t, inspectSchemaFile, inspectSchema(t))
	for key := range inspectWords.say {
		if !inspectWords.used[key] {
			t.Errorf("%q is not needed", key)
		}
	}
}
