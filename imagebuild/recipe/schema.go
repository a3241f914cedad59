package recipe

import (
	"bytes"
	"encoding/json"
)

// Schema is the JSON Schema (draft 2020-12) of recipes, for editors. It is made from the table that the
// reader follows; what only the reader can tell, as a cycle of profiles, is not in it.
func Schema() []byte {
	top := schemaOf(table())
	var defs jsonObject
	definitions(table(), &defs)
	top = append(top, pair{"$defs", defs})
	top = append(jsonObject{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", "urn:lbimage:schema:recipe:v1"}, {"title", "lbimage recipe"}}, top...)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(top); err != nil {
		panic(err) // there is nothing in it that could not be encoded
	}
	return out.Bytes()
}

// jsonObject is an object whose keys keep their order.
type jsonObject []pair

type pair struct {
	key   string
	value any
}

// MarshalJSON keeps the order.
func (o jsonObject) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		for j, v := range []any{p.key, p.value} {
			if j > 0 {
				out.WriteByte(':')
			}
			var text bytes.Buffer
			encoder := json.NewEncoder(&text)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(v); err != nil {
				return nil, err
			}
			out.Write(bytes.TrimSpace(text.Bytes()))
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// maxDecimal is the largest mode when YAML 1.2 takes 07777 for a decimal number.
const maxDecimal = 7777

// definitions gathers the shapes that stand in two places.
func definitions(s *shape, to *jsonObject) {
	if s == nil {
		return
	}
	for _, d := range *to {
		if d.key == s.def {
			return
		}
	}
	if s.def != "" {
		*to = append(*to, pair{s.def, schemaOf(s)})
	}
	definitions(s.item, to)
	for _, f := range s.fields {
		definitions(f.shape, to)
	}
}

// refer is the schema of a shape, or where it is defined.
func refer(s *shape) jsonObject {
	if s.def != "" {
		return jsonObject{{"$ref", "#/$defs/" + s.def}}
	}
	return schemaOf(s)
}

// schemaOf is the schema of a shape.
func schemaOf(s *shape) jsonObject {
	var out jsonObject
	add := func(key string, value any) { out = append(out, pair{key, value}) }
	if s.doc != "" {
		add("description", s.doc)
	}
	switch s.kind {
	case kindFlag:
		if len(s.enum) > 0 {
			add("const", true)
		} else {
			add("type", "boolean")
		}
	case kindNumber:
		add("type", "integer")
		add("minimum", s.least)
		add("maximum", s.most)
	case kindMode:
		add("type", []string{"string", "integer"})
		add("pattern", s.pattern.String())
		add("minimum", 0)
		add("maximum", maxDecimal)
	case kindText, kindScalar:
		out = append(out, schemaOfText(s)...)
	case kindList:
		add("type", "array")
		add("maxItems", s.few)
		add("items", refer(s.item))
	case kindMap:
		add("type", "object")
		add("maxProperties", s.few)
		add("propertyNames", jsonObject{{"pattern", s.pattern.String()}})
		add("additionalProperties", refer(s.item))
	case kindObject:
		out = append(out, schemaOfObject(s)...)
	}
	return out
}

func schemaOfText(s *shape) jsonObject {
	if len(s.enum) > 0 {
		return jsonObject{{"enum", s.enum}}
	}
	out := jsonObject{{"type", "string"}}
	if s.kind == kindScalar {
		out = jsonObject{{"type", []string{"string", "number"}}}
	}
	if s.digits {
		out = jsonObject{{"type", []string{"string", "integer"}}, {"minimum", 0}}
	}
	if s.pattern != nil {
		out = append(out, pair{"pattern", s.pattern.String()})
	}
	if s.never != nil {
		out = append(out, pair{"not", jsonObject{{"pattern", s.never.String()}}})
	}
	return out
}

func schemaOfObject(s *shape) jsonObject {
	var properties jsonObject
	var required []string
	for _, f := range s.fields {
		properties = append(properties, pair{f.key, refer(f.shape)})
		if f.required {
			required = append(required, f.key)
		}
	}
	out := jsonObject{{"type", "object"}}
	if s.void {
		out = jsonObject{{"type", []string{"object", "null"}}}
	}
	out = append(out, pair{"additionalProperties", false}, pair{"properties", properties})
	if len(required) > 0 {
		out = append(out, pair{"required", required})
	}
	if len(s.needs) > 0 {
		var needs jsonObject
		for _, n := range s.needs {
			needs = append(needs, pair{n[0], []string{n[1]}})
		}
		out = append(out, pair{"dependentRequired", needs})
	}
	if len(s.one) == len(s.fields) && len(s.one) > 0 {
		out = append(out, pair{"minProperties", 1}, pair{"maxProperties", 1})
	} else if len(s.one) > 0 {
		var one []jsonObject
		for _, key := range s.one {
			one = append(one, jsonObject{{"required", []string{key}}})
		}
		out = append(out, pair{"oneOf", one})
	}
	if s.short == "" {
		return out
	}
	// A plain value stands for one of the keys.
	return jsonObject{{"anyOf", []jsonObject{schemaOf(s.field(s.short).shape), out}}}
}
