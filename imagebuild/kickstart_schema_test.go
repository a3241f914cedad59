package imagebuild

import (
	"reflect"
	"testing"

	"github.com/invopop/jsonschema"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/kickplan"
	"lbimage/imagebuild/source"
	"lbimage/kickstart"
	"lbimage/kickstart/lint"
	"lbimage/overlay"
)

// The schemas of what the commands about kickstart files print are what the types give, and say something of every key; a
// validator of others holds reports against them.
func TestKickstartSchemas(t *testing.T) {
	f, err := kickstart.Parse("lb.ks", []byte("rootpw x\nnothing\npart / --size=10 --grow\nauth --enableshadow\n%include a\n%packages --nobase\n@core\n-b.noarch\n%include c\n%end\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	place := kickstart.Place{File: "lb.ks", Line: 1, Column: 1}
	statement := conformance.Statement{Place: place, Text: "t", About: "a", Verdict: conformance.DoesNotHold, Want: "w", Has: "h", Path: "/p", Line: 1, Why: "y", Rule: "r"}
	planned := &KickstartPlan{Plan: &kickplan.Plan{}, Source: &source.Source{Path: "lb.tgz"}, File: f}
	full := &KickstartPlan{Source: planned.Source, SHA256: "00", File: f, Plan: &kickplan.Plan{
		Holds: []conformance.Statement{statement}, Left: []kickplan.Left{{Statement: statement, Reason: "r"}},
		Edits: []kickplan.Edit{{For: []kickplan.Origin{{Place: place, Text: "t"}}, Note: "n", Changes: []overlay.Change{{Path: "/p", Op: overlay.OpCreate, Notes: []string{"n"}}}}},
	}}
	for _, s := range []struct {
		name, title string
		of          any
		words       map[string]string
		reports     []any
	}{
		{"kickstart-check", "what lbimage kickstart check FILE --format json prints", &KickstartCheck{}, map[string]string{
			"schema": KickstartCheckSchema, "severity": "error, warning or info", "message": "what is wrong, in a sentence", "column": "in bytes, from 1 on",
		}, []any{KickstartCheck{KickstartCheckSchema, []CheckedKickstart{}}, KickstartCheck{KickstartCheckSchema, []CheckedKickstart{CheckKickstart(f, lint.Options{})}}}},
		{"kickstart-show", "what lbimage kickstart show FILE --format json prints", &KickstartShown{}, map[string]string{
			"schema": KickstartShownSchema, "severity": "error, warning or info", "message": "what is wrong, in a sentence", "column": "in bytes, from 1 on",
			"file": "the kickstart file, as it was named", "line": "its line, from 1", "name": "its name", "target": "what it names", "known": "the release has it",
			"options": "its options, in their order", "args": "its other words", "includes": "lines in it that name other files, which are not followed",
			"arch": "the architecture that is asked for", "excluded": "it is to be left out",
		}, []any{ShowKickstart(f)}},
		{"kickstart-plan", "what lbimage kickstart plan FILE SOURCE --format json prints", &KickstartPlanReport{}, map[string]string{
			"schema": KickstartPlanSchema, "file": "the kickstart file", "line": "the line, from 1", "column": "in bytes, from 1 on", "message": "what is wrong, in a sentence",
			"place": "where the kickstart file says it", "verdict": "holds, does not hold, or cannot be told",
			"RecordChange.notes": "what else there is to say of it", "RecordChange.diff": "of a text, as a unified diff", "RecordChange.op": "what is done: unchanged, create, modify, chmod, chown or remove",
		}, []any{planned.Report(), full.Report()}},
	} {
		t.Run(s.name, func(t *testing.T) {
			r := jsonschema.Reflector{
				Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true, // a later version may add keys
				Mapper: func(t reflect.Type) *jsonschema.Schema {
					if t.String() == "overlay.FileState" {
						return &jsonschema.Schema{Ref: "#/$defs/FileState"}
					}
					return nil
				},
			}
			for _, dir := range []string{".", "check", "check/conformance", "kickplan", "../kickstart", "../overlay"} {
				if err := r.AddGoComments("lbimage/imagebuild", dir, jsonschema.WithFullComment()); err != nil {
					t.Fatal(err)
				}
			}
			schema := r.Reflect(s.of)
			schema.ID, schema.Title = jsonschema.ID("urn:lbimage:schema:"+s.name+":v1"), s.title
			if s.name == "kickstart-plan" {
				schema.Definitions["FileState"] = fileStateSchema()
			}
			words := &keyWords{say: s.words}
			want := schemaText(t, "", schema, words)
			holdSchema(t, "../docs/schema/"+s.name+"-v1.schema.json", want)
			for key := range words.say {
				if !words.used[key] {
					t.Errorf("%q is not needed", key)
				}
			}
			fits := validating(t, want)
			for _, report := range s.reports {
				if err := fits(report); err != nil {
					t.Error(err)
				}
			}
			if fits(map[string]any{"schema": "x", "files": "none", "commands": 1, "edits": false}) == nil { // the judge is judged
				t.Error("what is no report passes")
			}
		})
	}
}
