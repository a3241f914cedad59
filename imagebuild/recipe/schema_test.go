package recipe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

func TestCommittedSchema(t *testing.T) {
	committed, err := os.ReadFile("../../docs/schema/lbimage-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, Schema()) {
		t.Error("docs/schema/lbimage-v1.schema.json is not what the table gives: write it anew with 'lbimage recipe schema'")
	}
}

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("lbimage.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("lbimage.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asData is a recipe as programs that know nothing of recipes see it; false where it is no such thing.
func asData(text string) (any, bool) {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return nil, false
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, false
	}
	v, err = jsonschema.UnmarshalJSON(bytes.NewReader(data))
	return v, err == nil
}

// What a schema cannot say.
var readerOnly = []string{"cycle", "unknown-profile", "same-output", "tag", "conflicting-keys", "too-large", "duplicate-key", "yaml-syntax", "too-deep", "second-document"}

// aNumber is a message about a number where its digits count: a schema sees its value alone.
var aNumber = regexp.MustCompile(`"?[-+]?[0-9][-+0-9.eE]*"? will not do`)

// disagreement tells where schema and reader differ in a way that is not allowed for: the reader may never take what
// the schema refuses, and what it refuses beside the schema has to be of the rules above.
func disagreement(schema *jsonschema.Schema, text string) string {
	data, ok := asData(text)
	if !ok {
		return ""
	}
	invalid := schema.Validate(data)
	_, err := Parse("lbimage.yaml", "", []byte(text))
	var e *Error
	switch {
	case err == nil && invalid != nil:
		return fmt.Sprintf("the reader takes what the schema refuses: %v", invalid)
	case errors.As(err, &e) && invalid == nil:
		for _, p := range e.Problems {
			byHand := strings.Contains(p.Hint, "RE2") || strings.Contains(p.Hint, "fetches it when it boots") || strings.Contains(p.Message, "has no match") ||
				aNumber.MatchString(p.Message) || strings.Contains(p.Message, "decimal number") || strings.Contains(p.Hint, "octal") || strings.Contains(p.Hint, "small letters") || strings.Contains(p.Hint, "missing: append") ||
				strings.Contains(p.Hint, "plain digits") || strings.Contains(p.Hint, "quote it where") || p.Rule == "no-value" && strings.Contains(p.Message, "profiles.")
			if !byHand && !slices.Contains(readerOnly, p.Rule) {
				return fmt.Sprintf("the schema takes what the reader refuses: %v", p)
			}
		}
	}
	return ""
}

func TestSchemaAgrees(t *testing.T) {
	schema := compiled(t)
	starter, err := Starter("a.rpm")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{full, layered, starter} {
		data, ok := asData(text)
		if !ok {
			t.Fatal("it is not YAML")
		}
		if err := schema.Validate(data); err != nil {
			t.Errorf("a good recipe is refused: %v", err)
		}
	}
	refused := 0
	for _, test := range bad {
		if d := disagreement(schema, head+test.text+"\n"); d != "" {
			t.Errorf("%s: %s", test.name, d)
		}
		if data, ok := asData(head + test.text + "\n"); ok && schema.Validate(data) != nil {
			refused++
		}
	}
	if refused < 25 {
		t.Errorf("the schema refuses only %d of the bad recipes", refused)
	}
}

// spoil changes a recipe at random: drops, doubles, renames, replaces, moves.
func spoil(rng *rand.Rand, document *yaml.Node) {
	var all []*yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		all = append(all, n)
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(document.Content[0])
	n := all[rng.IntN(len(all))]
	other := clone(all[rng.IntN(len(all))])
	switch step := rng.IntN(6); {
	case step < 2 && n.Kind == yaml.MappingNode && len(n.Content) > 0:
		i := rng.IntN(len(n.Content)/2) * 2
		n.Content = slices.Delete(slices.Clone(n.Content), i, i+2)
	case step < 2 && n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		i := rng.IntN(len(n.Content))
		n.Content = slices.Delete(slices.Clone(n.Content), i, i+1)
	case step == 2 && n.Kind == yaml.ScalarNode && n.Value != "":
		i := rng.IntN(len(n.Value))
		n.SetString(strings.ToValidUTF8(n.Value[:i]+n.Value[min(len(n.Value), i+rng.IntN(2)):], "x"))
	case step == 3:
		values := []string{"true", "no", "7", "-1", "6.5", "''", "~", "[]", "{}", "a", "/a/../b", "'0644'", "0o644", "644", "skip", "'{name}'", "[x, 1]", "{path: /a}", "$6$a$bbbbbbbb", "2001-01-01"}
		var v yaml.Node
		if yaml.Unmarshal([]byte(values[rng.IntN(len(values))]), &v) == nil {
			*n = *v.Content[0]
		}
	case len(all) < 1000:
		*n = *other
	}
}

func clone(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	for _, c := range n.Content {
		out.Content = append(out.Content, clone(c))
	}
	return &out
}

// Recipes that differ from good ones in a few places are judged alike by the schema and by the reader; those that are
// good are shown as what they are.
func TestSchemaAgreesOnSpoiltRecipes(t *testing.T) {
	schema := compiled(t)
	rng := rand.New(rand.NewPCG(1, 2))
	var kept []string
	good, spoilt := 0, 0
	for i := range 800 {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte([]string{full, layered}[i%2]), &document); err != nil {
			t.Fatal(err)
		}
		for range 1 + rng.IntN(3) {
			spoil(rng, &document)
		}
		text, err := yaml.Marshal(&document)
		if err != nil {
			continue
		}
		if d := disagreement(schema, string(text)); d != "" {
			t.Fatalf("%s\n%s", d, text)
		}
		r, err := Parse("lbimage.yaml", "", text)
		if err != nil {
			spoilt++
		} else {
			good++
			roundTrip(t, r)
		}
		if i%5 == 0 {
			kept = append(kept, string(text))
		}
	}
	if good < 50 || spoilt < 50 {
		t.Errorf("%d good recipes and %d spoilt ones say little", good, spoilt)
	}
	askPython(t, schema, kept)
}

// askPython holds our use of the schema against another reader of schemas.
func askPython(t *testing.T, schema *jsonschema.Schema, texts []string) {
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.Command(python, "-c", "import jsonschema; jsonschema.Draft202012Validator").Run()
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 with jsonschema is not installed")
		}
		t.Skip("python3 with jsonschema is not installed")
	}
	var data []any
	var want []bool
	for _, text := range texts {
		if v, ok := asData(text); ok {
			data, want = append(data, v), append(want, schema.Validate(v) == nil)
		}
	}
	dir := t.TempDir()
	in, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"schema": Schema(), "data": in} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "-c", `
import json, jsonschema
schema = json.load(open("schema"))
jsonschema.Draft202012Validator.check_schema(schema)
v = jsonschema.Draft202012Validator(schema)
print(json.dumps([v.is_valid(d) for d in json.load(open("data"))]))`)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got []bool
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("two readers of schemas differ on what is valid:\n%v\n%v", got, want)
	}
}

// The judge is judged: it sees a reader that takes too much, and one that refuses too much.
func TestDisagreementIsSeen(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"required": ["nothing has this"]}`))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("strict.json", document); err != nil {
		t.Fatal(err)
	}
	if disagreement(compiler.MustCompile("strict.json"), full) == "" {
		t.Error("it does not see that the schema refuses a good recipe")
	}
	if err := compiler.AddResource("lax.json", true); err != nil {
		t.Fatal(err)
	}
	if disagreement(compiler.MustCompile("lax.json"), head+"overlay: files\n") == "" {
		t.Error("it does not see that the schema takes a bad recipe")
	}
}
