package imagebuild

import (
	"testing"

	"github.com/invopop/jsonschema"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/kickstart"
)

const checkSchemaFile = "../docs/schema/check-v1.schema.json"

// checkWords describe the properties whose types have no comment.
var checkWords = &keyWords{say: map[string]string{
	"schema": CheckSchema, "severity": "error, warning or info", "message": "what is wrong, in a sentence", "column": "in bytes, from 1 on",
	"file": "the kickstart file's name, without folders", "line": "the line, from 1", "Place.file": "the kickstart file", "Problem.file": "the kickstart file", "Problem.rule": "the problem's name, in kebab-case",
	"Problem.hint": "how to mend it", "warning": "the installer goes on all the same", "place": "where the kickstart file says it", "why": "the reason", "verdict": "holds, does not hold, or cannot be told",
	"sha256": "its SHA-256, in hexadecimal", "count": "how many statements there are of each verdict", "holds": "how many hold", "doesNotHold": "how many do not hold", "cannotBeTold": "how many cannot be told",
	"Override.rule": "the rule's name", "Override.reason": "why, in the words of the recipe",
}}

// The schema is what the types give, and says something of every key.
func TestCheckSchema(t *testing.T) {
	r := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true} // a later version may add keys
	for _, dir := range []string{".", "check", "check/conformance", "../kickstart"} {
		if err := r.AddGoComments("lbimage/imagebuild", dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	s := r.Reflect(&CheckReport{})
	s.ID, s.Title = "urn:lbimage:schema:check:v1", "what lbimage check SOURCE --format json prints"
	want := schemaText(t, "", s, checkWords)
	holdSchema(t, checkSchemaFile, want)

	// A validator of others holds reports against it.
	fits := validating(t, want)
	full := &Examined{
		Findings:  []check.Finding{{Severity: check.SeverityError, Path: "/etc/x", Line: 3, Column: 1, Rule: "logs", Message: "m", Hint: "h"}},
		Overrides: []check.Override{{Rule: "logs", Severity: check.SeverityError, Reason: "r"}}, Warnings: []string{"w"},
		Kickstart: &Conformity{File: "lb.ks", Version: "RHEL6", Statements: []conformance.Statement{{Verdict: conformance.Holds, Place: kickstart.Place{File: "lb.ks", Line: 1}}},
			Ignored: []conformance.Silent{{Why: "w"}}, Problems: []kickstart.Problem{{Rule: "r"}}},
	}
	for _, e := range []*Examined{{}, full} {
		if err := fits(e.Report()); err != nil {
			t.Error(err)
		}
	}
	if fits(map[string]any{"findings": "none"}) == nil { // the judge is judged
		t.Error("what is no report passes")
	}
}
