package compare_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/treediff"
)

// document is what 'lbimage diff --format json' writes.
type document struct {
	A        compare.Side             `json:"a"`
	B        compare.Side             `json:"b"`
	Around   []compare.Surrounding    `json:"around"`
	Packages *compare.Packages        `json:"packages,omitempty"`
	Files    []treediff.Difference    `json:"files"`
	Disk     []compare.DiskDifference `json:"disk"`
	Summary  compare.Summary          `json:"summary"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Description string             `json:"description"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Items       *schema            `json:"items"`
	Enum        []string           `json:"enum"`
	Defs        map[string]*schema `json:"$defs"`
}

// The schema has each field of the types that are written, and no other; what is always there is required.
func TestSchemaHoldsTheTypes(t *testing.T) {
	raw, err := os.ReadFile("../../docs/schema/diff-v1.schema.json")
	must(t, err)
	var root schema
	must(t, json.Unmarshal(raw, &root))
	used := map[string]bool{}
	var hold func(where string, typ reflect.Type, s *schema)
	hold = func(where string, typ reflect.Type, s *schema) {
		if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
			if s = root.Defs[name]; s == nil {
				t.Fatalf("%s: no definition %s", where, name)
			}
			if used[name] {
				return
			}
			used[name] = true
		}
		for typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch {
		case typ.Kind() == reflect.Slice && typ.Elem().Kind() != reflect.Uint8:
			if s.Type != "array" {
				t.Errorf("%s: %s is no array", where, s.Type)
				return
			}
			hold(where+"[]", typ.Elem(), s.Items)
			return
		case typ.Kind() != reflect.Struct || typ.PkgPath() == "time":
			return
		}
		fields, always := map[string]reflect.Type{}, []string{}
		for _, f := range reflect.VisibleFields(typ) {
			if f.Anonymous || !f.IsExported() {
				continue
			}
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			fields[name] = f.Type
			if !strings.Contains(options, "omitempty") {
				always = append(always, name)
			}
		}
		if got, want := slices.Sorted(maps.Keys(s.Properties)), slices.Sorted(maps.Keys(fields)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the type %v", where, got, want)
			return
		}
		if got, want := slices.Sorted(slices.Values(s.Required)), slices.Sorted(slices.Values(always)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema requires %v, always there is %v", where, got, want)
		}
		for name, f := range fields {
			if p := s.Properties[name]; p.Description == "" && p.Ref == "" {
				t.Errorf("%s.%s has no description", where, name)
			}
			hold(where+"."+name, f, s.Properties[name])
		}
	}
	hold("document", reflect.TypeFor[document](), &root)
	if len(used) != len(root.Defs) {
		t.Errorf("%d of %d definitions are used", len(used), len(root.Defs))
	}
	for i, a := range treediff.Aspects {
		if got := root.Defs["difference"].Properties["aspects"].Items.Enum; i >= len(got) || got[i] != string(a) {
			t.Errorf("aspects are %v in the schema", got)
			break
		}
	}
}
