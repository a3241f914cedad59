package tests

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// What inspect prints as JSON is as its schema says: two validators agree, on an image as it is shipped and on others.
func TestInspectionsAreAsTheirSchemaSays(t *testing.T) {
	const schema = "../docs/schema/inspect-v1.schema.json"
	text, err := os.ReadFile(schema)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("inspect.json", document); err != nil {
		t.Fatal(err)
	}
	validator, err := compiler.Compile("inspect.json")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	must(t, dir, lbimage, "sample", "-o", "sample.rpm")
	sources := []string{"sample.rpm"}
	for _, s := range []shape{shapes[0], shapes[3], shapes[6]} {
		name := strings.ReplaceAll(s.name, " ", "-") + ".img"
		makeDisk(t, s, filepath.Join(dir, name))
		sources = append(sources, name)
	}
	for _, source := range sources {
		out := must(t, dir, lbimage, "inspect", "--format", "json", source)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := validator.Validate(value); err != nil {
			t.Errorf("%s: %v", source, err)
		}
		known(t, source, "", value, document.(map[string]any), document)
		if err := os.WriteFile(filepath.Join(dir, source+".json"), []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// The validators are not so lenient that anything passes.
	for _, bad := range []string{`{}`, `{"source": 1}`} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if validator.Validate(value) == nil {
			t.Errorf("%s passes", bad)
		}
	}
	need(t, "python3")
	absolute, err := filepath.Abs(schema)
	if err != nil {
		t.Fatal(err)
	}
	if r := call(t, dir, nil, "python3", "-c", "import jsonschema"); r.code != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3-jsonschema is missing: CI has to have it")
		}
		t.Skip("python3-jsonschema is missing")
	}
	const judge = `
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
for name in sys.argv[2:]:
    for e in jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(name))):
        print(name, list(e.path), e.message)
`
	args := []string{"-c", judge, absolute}
	for _, source := range sources {
		args = append(args, source+".json")
	}
	if out := must(t, dir, "python3", args...); out != "" {
		t.Error(out)
	}
}

// known complains of keys that the schema does not know, which it allows for later versions' sake.
func known(t *testing.T, source, at string, value any, schema map[string]any, root any) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		schema, _ = root.(map[string]any)["$defs"].(map[string]any)[name].(map[string]any)
	}
	switch v := value.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for key, below := range v {
			p, ok := properties[key].(map[string]any)
			if !ok {
				t.Errorf("%s: the schema does not know %s/%s", source, at, key)
				continue
			}
			known(t, source, at+"/"+key, below, p, root)
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, below := range v {
			known(t, source, at+"[]", below, items, root)
		}
	}
}

// Text and JSON say the same, and the text cannot steer a terminal.
func TestInspectionAsText(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, "disk.img")
	makeDisk(t, shapes[0], disk)
	release := filepath.Join(dir, "release")
	if err := os.WriteFile(release, []byte("CentOS release 6.5 (\x1b[2JFinal)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, dir, lbimage, "fs", "put", disk, release, "/etc/redhat-release")
	var in struct {
		OS      struct{ Version string }
		Sysctls struct {
			Settings []struct{ Name, Value, File string }
		}
		Space struct{ FreeInodePercent int }
	}
	if err := json.Unmarshal([]byte(must(t, dir, lbimage, "inspect", "--format", "json", disk)), &in); err != nil {
		t.Fatal(err)
	}
	if in.OS.Version != "6.5" || len(in.Sysctls.Settings) != 2 || in.Space.FreeInodePercent < 10 {
		t.Errorf("%+v", in)
	}
	text := must(t, dir, lbimage, "inspect", disk)
	for _, want := range []string{"CentOS release 6.5 (\\x1b[2JFinal)", "net.ipv4.ip_forward", "/etc/sysctl.conf:3", "nobody can log in", "there is no SSH server", "contimeout 1000"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.ContainsRune(text, 0x1b) {
		t.Error("an escape reaches the terminal")
	}
}
