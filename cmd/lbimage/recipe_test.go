package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"lbimage/imagebuild/recipe"
)

// Every flag of customize that says what to make has its key in a recipe.
func TestFlagsOfCustomizeHaveKeys(t *testing.T) {
	keys := map[string]string{
		"timeout": "haproxy.timeouts", "option": "haproxy.options", "set": "haproxy.set", "template": "haproxy.template",
		"haproxy-version": "haproxy.version", "servo-version": "haproxy.servoVersion", "lint-only": "haproxy.lintOnly",
		"sysctl": "sysctl", "overlay": "overlay", "partition": "source.partition", "output": "output.name",
		"servo-rpm": "servo.rpm", "servo-source": "servo.source", "scriptlets": "servo.scriptlets", "nodeps": "servo.nodeps",
		"allow-dirty": "servo.allowDirty", "log-level": "servo.logLevel", "keyring": "keyring", "attributes": "attributes",
		"rpm": "output.rpm.write", "rpm-tag": "output.rpm.release", "kickstart": "output.rpm.kickstart", "license": "output.rpm.license", "install-script": "output.rpm.script",
		"sbom": "output.sbom", "provenance": "output.provenance", "sums": "output.sums",
	}
	// These are about a run and this machine.
	own := map[string]bool{"force": true, "plan": true, "report": true, "format": true, "temp-dir": true, "help": true}
	var schema map[string]any
	if err := json.Unmarshal(recipe.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for _, tag := range rpmTagNames() { // --rpm-tag NAME=VALUE
		if tag == "license" {
			tag = "licenseTag" // license is a file there
		}
		if !hasKey(schema, "output.rpm."+tag) {
			t.Errorf("--rpm-tag %s has no key in a recipe", tag)
		}
	}
	newCustomize(stdio{}).Flags().VisitAll(func(f *pflag.Flag) {
		key, ok := keys[f.Name]
		switch {
		case !ok && !own[f.Name]:
			t.Errorf("--%s has no key in a recipe", f.Name)
		case ok && !hasKey(schema, key):
			t.Errorf("--%s: a recipe has no key %s", f.Name, key)
		}
	})
}

// hasKey looks a key up in the schema of recipes.
func hasKey(schema map[string]any, key string) bool {
	at := schema
	for part := range strings.SplitSeq(key, ".") {
		if ref, ok := at["$ref"].(string); ok {
			at = schema["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		if either, ok := at["anyOf"].([]any); ok {
			at = either[1].(map[string]any)
		}
		properties, _ := at["properties"].(map[string]any)
		if at, _ = properties[part].(map[string]any); at == nil {
			return false
		}
	}
	return true
}

func TestHasKeySeesWhatIsMissing(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(recipe.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	if hasKey(schema, "haproxy.timeout") || hasKey(schema, "nothing") || !hasKey(schema, "source.sha256") {
		t.Error("it does not look")
	}
}
