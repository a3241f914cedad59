package tests

import (
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"lbimage/tests/needs"
)

// recordSchema is the schema of records.
const recordSchema = "../docs/schema/record-v1.schema.json"

// judgeRecordForm holds a record against its schema.
func judgeRecordForm(t *testing.T, path string) {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(recordSchema)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	record, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(record); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

// judgeRecordsByPython holds records against the schema by another reader of schemas.
func judgeRecordsByPython(t *testing.T, paths ...string) {
	t.Helper()
	need(t, "python3")
	if r := call(t, "", nil, "python3", "-c", "import jsonschema"); r.code != 0 {
		needs.Missing(t, "python3-jsonschema is missing")
	}
	must(t, "", "python3", append([]string{"-c", `import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for path in sys.argv[2:]:
    jsonschema.Draft202012Validator(schema).validate(json.load(open(path)))`, recordSchema}, paths...)...)
}
