package imagebuild

import (
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

const recordSchemaFile = "../docs/schema/record-v1.schema.json"

// recordSchema makes the schema of the record of the types, with what their comments say. It is strict: a record has no
// other keys.
func recordSchema(t *testing.T) []byte {
	t.Helper()
	r := jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: true,
		Namer: func(t reflect.Type) string { // two packages may have types of one name
			pkg := t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]
			if t.Name() == "" || pkg == "" || pkg == "imagebuild" {
				return t.Name()
			}
			return strings.ToUpper(pkg[:1]) + pkg[1:] + t.Name()
		},
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			switch t.String() { // those that write themselves
			case "overlay.FileState":
				return &jsonschema.Schema{Ref: "#/$defs/OverlayFileState"}
			case "recipe.Mode":
				return &jsonschema.Schema{Type: "string", Pattern: "^[0-7]{4}$"}
			}
			return nil
		},
	}
	for _, dir := range []string{".", "check", "check/conformance", "../kickstart", "request", "recipe", "rpminstall", "rpmdb", "rpmout", "source", "../overlay", "../overlay/selinux", "../servo/develop"} {
		if err := r.AddGoComments("lbimage/imagebuild", dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&Record{})
	s.ID = "urn:lbimage:schema:record:v1"
	s.Title = "the record that lbimage writes beside an image"
	s.Definitions["OverlayFileState"] = fileStateSchema()
	return schemaText(t, "Record", s, recordWords)
}

// The schema is what the types give, and says something of every key.
func TestRecordSchema(t *testing.T) {
	holdSchema(t, recordSchemaFile, recordSchema(t))
}

// fileStateSchema is the schema of an overlay.FileState, which writes itself.
func fileStateSchema() *jsonschema.Schema {
	text := func(doc string) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Description: doc} }
	number := func(doc string) *jsonschema.Schema { return &jsonschema.Schema{Type: "integer", Description: doc} }
	state := &jsonschema.Schema{
		Type: "object", Description: "A path before or after a change.", AdditionalProperties: jsonschema.FalseSchema,
		Required: []string{"type", "mode", "uid", "gid"}, Properties: jsonschema.NewProperties(),
	}
	state.Properties.Set("type", text("file, dir, symlink and the like"))
	state.Properties.Set("mode", text("permissions and the bits above them, octal"))
	state.Properties.Set("uid", number("the number of the owner"))
	state.Properties.Set("gid", number("the number of the group"))
	state.Properties.Set("size", number("in bytes, of a file"))
	state.Properties.Set("sha256", text("the SHA-256, of a file"))
	state.Properties.Set("target", text("what a symbolic link holds"))
	return state
}
