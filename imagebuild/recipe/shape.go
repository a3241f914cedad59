package recipe

import (
	"slices"
	"sync"
)

// kind is what a value of a recipe is made of.
type kind int

const (
	kindText   kind = iota // a word or a text; a number has to be quoted
	kindScalar             // a word or a number, kept as it is written: 6.10 stays 6.10
	kindFlag               // true or false
	kindNumber             // a whole number
	kindMode               // an octal mode
	kindList
	kindObject // a mapping with known keys
	kindMap    // a mapping with keys of the writer's choice, in order
)

// shape says what may stand at a place of a recipe. The reader, the JSON Schema and what is shown
// all follow the one table of shapes.
type shape struct {
	kind kind
	doc  string // what it is for, shown by editors
	want string // what a value has to be: "a path from the image's root, as /etc/motd"

	// Of texts, scalars, and the keys of maps.
	enum    []string
	pattern *expression // RE2 and ECMA-262 alike
	never   *expression // what it must not match
	digits  bool        // a number that is not quoted has to be a whole one
	secret  bool        // its value is not repeated in a message

	least, most int64 // of numbers

	item *shape // of lists and maps
	name func(text string) string
	few  int // the most items

	fields []field // of objects
	short  string  // the field that a plain value stands for
	one    []string
	needs  [][2]string // the first of two keys needs the second
	check  func(r *reader, v *value)
	def    string // its name among the schema's definitions, where it stands in two places
	void   bool   // the object may be left without content
	whole  bool   // a profile's replaces the one above it whole
}

// field is a key of an object.
type field struct {
	key      string
	shape    *shape
	required bool
}

func (s *shape) field(key string) *field {
	if i := slices.IndexFunc(s.fields, func(f field) bool { return f.key == key }); i >= 0 {
		return &s.fields[i]
	}
	return nil
}

func (s *shape) keys() []string {
	var keys []string
	for _, f := range s.fields {
		keys = append(keys, f.key)
	}
	return keys
}

// with copies a shape for another use of it.
func (s shape) with(doc string) *shape {
	s.doc = doc
	return &s
}

// must is a field that cannot be left out.
func must(key string, s *shape) field { return field{key, s, true} }

func may(key string, s *shape) field { return field{key, s, false} }

func object(doc string, fields ...field) *shape {
	return &shape{kind: kindObject, doc: doc, want: "a mapping", fields: fields}
}

// exactly says that one of these keys has to be there, and no two.
func (s *shape) exactly(keys ...string) *shape {
	s.one = keys
	return s
}

func (s *shape) called(def string) *shape {
	s.def = def
	return s
}

// needing says that one key is nothing without another.
func (s *shape) needing(key, other string) *shape {
	s.needs = append(s.needs, [2]string{key, other})
	return s
}

func (s *shape) checked(check func(r *reader, v *value)) *shape {
	s.check = check
	return s
}

func list(doc string, item *shape) *shape {
	return &shape{kind: kindList, doc: doc, want: "a list", item: item, few: maxItems}
}

// settings is a mapping of names to values.
func settings(doc, names string, item *shape) *shape {
	return &shape{kind: kindMap, doc: doc, want: "a mapping of names to values", item: item, few: maxKeys, pattern: expr(names)}
}

func text(want, pattern string) shape {
	return shape{kind: kindText, want: want, pattern: expr(pattern)}
}

func scalar(want, pattern string) shape {
	return shape{kind: kindScalar, want: want, pattern: expr(pattern)}
}

func choice(doc string, values ...string) *shape {
	return &shape{kind: kindText, doc: doc, enum: values}
}

func flag(doc string) *shape { return &shape{kind: kindFlag, doc: doc, want: "true or false"} }

// always is a flag that says something only when it is true.
func always(doc string) *shape {
	s := flag(doc)
	s.want, s.enum = "true", []string{"true"}
	return s
}

func number(doc, want string, least, most int64) *shape {
	return &shape{kind: kindNumber, doc: doc, want: want, least: least, most: most}
}

// Bounds on what may be in one list, one map, and among the profiles.
const (
	maxItems    = 10000
	maxKeys     = 1000
	maxProfiles = 100
)

// table is made when it is first asked for.
var table = sync.OnceValue(recipeShape)
