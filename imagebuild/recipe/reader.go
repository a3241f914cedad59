package recipe

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lbimage/haproxy-config/nearest"
)

// maxNodes bounds what aliases can make of a small text.
const maxNodes = 200000

// reader holds nodes of YAML against shapes. It goes on behind a problem, so that all are told.
type reader struct {
	file     string
	problems []Problem
	nodes    int
	within   map[*yaml.Node]bool // anchors whose content is being read
	full     bool                // too many nodes: no more is read
}

// problem notes one. What is far beyond the bound is dropped.
func (r *reader) problem(at Place, rule, message, hint string) {
	if !r.enough() {
		r.problems = append(r.problems, Problem{at, rule, message, hint})
	}
}

func (r *reader) enough() bool { return len(r.problems) >= 100*maxProblems }

func (r *reader) at(n *yaml.Node) Place { return Place{r.file, n.Line, n.Column} }

// label names a place in a message.
func label(path string) string {
	if path == "" {
		return "the recipe"
	}
	return path
}

// read gives the value of a node, or nil where there is a problem with the node itself.
func (r *reader) read(n *yaml.Node, s *shape, path string) *value {
	if n.Kind == yaml.AliasNode {
		return r.alias(n, s, path)
	}
	if !r.count(n, 1) {
		return nil
	}
	if n.Anchor != "" {
		r.within[n] = true
		defer delete(r.within, n)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.problem(r.at(n), "tag", fmt.Sprintf("%s: the tag %s is not read here", label(path), shorten(n.Tag)), "remove it")
		return nil
	}
	v := &value{shape: s, place: r.at(n), path: path}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		if s.void {
			return v
		}
		r.problem(r.at(n), "no-value", label(path)+" has no value", "write "+s.expected()+", or remove the key")
		return nil
	}
	var ok bool
	switch s.kind {
	case kindObject:
		ok = r.object(n, v)
	case kindMap:
		ok = r.entries(n, v)
	case kindList:
		ok = r.list(n, v)
	default:
		ok = r.plain(n, v)
	}
	if !ok {
		return nil
	}
	if s.check != nil {
		s.check(r, v)
	}
	return v
}

// count tells whether more nodes may be read.
func (r *reader) count(n *yaml.Node, more int) bool {
	r.nodes += more
	if r.nodes > maxNodes && !r.full {
		r.full = true
		r.problem(r.at(n), "too-large", "the recipe has too many parts, with its aliases written out", "leave some out")
	}
	return !r.full
}

func (r *reader) alias(n *yaml.Node, s *shape, path string) *value {
	if r.within[n.Alias] {
		r.problem(r.at(n), "cycle", fmt.Sprintf("%s: the alias *%s stands within its own anchor: a cycle", label(path), shorten(n.Value)), "write the value out")
		return nil
	}
	return r.read(n.Alias, s, path)
}

// expected says what a value has to be.
func (s *shape) expected() string {
	if len(s.enum) == 1 {
		return s.enum[0]
	}
	if len(s.enum) > 0 {
		return strings.Join(s.enum[:len(s.enum)-1], ", ") + " or " + s.enum[len(s.enum)-1]
	}
	if s.kind == kindList {
		return "a list: [...], or lines that begin with -"
	}
	if s.kind == kindObject {
		return "a mapping with some of the keys " + strings.Join(s.keys(), ", ")
	}
	return s.want
}

func kindOf(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "a number"
	case n.Tag == "!!bool":
		return "a truth value"
	}
	return "a text"
}

func (r *reader) wrongType(n *yaml.Node, v *value) bool {
	r.problem(r.at(n), "wrong-type", fmt.Sprintf("%s is %s", label(v.path), kindOf(n)), "write "+v.shape.expected())
	return false
}

// pairs gives the keys and values of a mapping, merge keys (<<) resolved: what the mapping says itself
// goes before what it merges. Keys that stand twice are refused.
func (r *reader) pairs(n *yaml.Node, path string) (keys, values []*yaml.Node) {
	if !r.count(n, len(n.Content)) {
		return nil, nil
	}
	seen := map[string]*yaml.Node{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch first := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode:
			r.problem(r.at(n.Content[i]), "wrong-key", "a key of "+label(path)+" is no word", "write a word")
		case key.Tag == "!!merge":
			merges = append(merges, val)
		case first != nil:
			r.problem(r.at(n.Content[i]), "duplicate-key", fmt.Sprintf("%q stands on line %d already", shorten(key.Value), first.Line), "remove one of the two")
		default:
			seen[key.Value] = key
			keys, values = append(keys, n.Content[i]), append(values, val)
		}
	}
	for _, m := range merges {
		k, v := r.merged(m, path, true)
		for i := range k {
			if name := keyText(k[i]); seen[name] == nil {
				seen[name] = k[i]
				keys, values = append(keys, k[i]), append(values, v[i])
			}
		}
	}
	return keys, values
}

// keyText is the text of a key.
func keyText(key *yaml.Node) string {
	if key.Kind == yaml.AliasNode {
		return key.Alias.Value
	}
	return key.Value
}

// merged gives the pairs of what a merge key names: a mapping, or a list of mappings of which the first counts.
func (r *reader) merged(n *yaml.Node, path string, lists bool) (keys, values []*yaml.Node) {
	at := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if r.within[n] {
		r.problem(r.at(at), "cycle", label(path)+" merges itself: a cycle", "write the keys out")
		return nil, nil
	}
	if !r.count(at, 1) {
		return nil, nil
	}
	r.within[n] = true
	defer delete(r.within, n)
	switch {
	case n.Kind == yaml.MappingNode:
		return r.pairs(n, path)
	case n.Kind == yaml.SequenceNode && lists:
		for _, item := range n.Content {
			k, v := r.merged(item, path, false)
			keys, values = append(keys, k...), append(values, v...)
		}
		return keys, values
	}
	r.problem(r.at(at), "wrong-type", "<< of "+label(path)+" is "+kindOf(n), "write the alias of a mapping")
	return nil, nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// object reads a mapping with known keys.
func (r *reader) object(n *yaml.Node, v *value) bool {
	s := v.shape
	if s.short != "" && n.Kind == yaml.ScalarNode {
		if inner := r.read(n, s.field(s.short).shape, join(v.path, s.short)); inner != nil {
			v.members = []member{{s.short, r.at(n), inner}}
			return true
		}
		return false
	}
	if n.Kind != yaml.MappingNode {
		return r.wrongType(n, v)
	}
	keys, values := r.pairs(n, v.path)
	if r.full {
		return false
	}
	given := map[string]bool{}
	for i, key := range keys {
		name := keyText(key)
		f := s.field(name)
		if f == nil {
			r.unknown(key, v)
			continue
		}
		given[name] = true
		if inner := r.read(values[i], f.shape, join(v.path, name)); inner != nil {
			v.members = append(v.members, member{name, r.at(key), inner})
		}
	}
	r.complete(v, given)
	return true // what is there is looked at further
}

// unknown refuses a key and names the nearest, or where it belongs.
func (r *reader) unknown(key *yaml.Node, v *value) {
	if r.enough() {
		return
	}
	name := keyText(key)
	known := v.shape.keys()
	hint := "there are " + strings.Join(known, ", ")
	suggestion := nearest.Suggestion(name, known)
	if suggestion == "" {
		lower := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, strings.NewReplacer("-", "", "_", "").Replace(name)) })
		if lower >= 0 {
			suggestion = "; did you mean " + known[lower] + "?"
		} else if v.path != "" && table().field(name) != nil {
			suggestion = "; it belongs to the top level"
		} else if places := placesOf(table(), name, ""); len(places) == 1 {
			suggestion = "; it belongs to " + places[0]
		}
	}
	r.problem(r.at(key), "unknown-key", fmt.Sprintf("%s has no key %q%s", label(v.path), shorten(name), suggestion), hint)
}

// placesOf gives the objects of the table that have a key, profiles aside.
func placesOf(s *shape, key, path string) []string {
	var out []string
	if s.kind == kindObject && s.field(key) != nil {
		out = append(out, label(path))
	}
	for _, f := range s.fields {
		if f.key != "profiles" {
			out = append(out, placesOf(f.shape, key, join(path, f.key))...)
		}
	}
	if s.item != nil {
		out = append(out, placesOf(s.item, key, path)...)
	}
	return out
}

// complete sees to required keys and to those of which there has to be exactly one.
func (r *reader) complete(v *value, given map[string]bool) {
	for _, f := range v.shape.fields {
		if f.required && !given[f.key] {
			r.problem(v.place, "missing-key", fmt.Sprintf("%s has no %s", label(v.path), f.key), "write "+f.key+": "+f.shape.expected())
		}
	}
	for _, pair := range v.shape.needs {
		if given[pair[0]] && !given[pair[1]] {
			r.problem(v.place, "missing-key", fmt.Sprintf("%s has %s and no %s", label(v.path), pair[0], pair[1]), "write "+pair[1]+": "+v.shape.field(pair[1]).shape.expected())
		}
	}
	if one := v.shape.one; len(one) > 0 {
		var have []string
		for _, key := range one {
			if given[key] {
				have = append(have, key)
			}
		}
		switch {
		case len(have) == 0:
			r.problem(v.place, "missing-key", fmt.Sprintf("%s has none of %s", label(v.path), strings.Join(one, ", ")), "write one of them")
		case len(have) > 1:
			r.problem(v.place, "conflicting-keys", fmt.Sprintf("%s has %s together", label(v.path), strings.Join(have, " and ")), "leave one of them")
		}
	}
}

// entries reads a mapping with keys of the writer's choice.
func (r *reader) entries(n *yaml.Node, v *value) bool {
	if n.Kind != yaml.MappingNode {
		return r.wrongType(n, v)
	}
	keys, values := r.pairs(n, v.path)
	if len(keys) > v.shape.few {
		r.problem(r.at(n), "too-large", fmt.Sprintf("%s has %d keys", label(v.path), len(keys)), fmt.Sprintf("leave %d", v.shape.few))
		return false
	}
	for i, key := range keys {
		name := keyText(key)
		if !v.shape.pattern.MatchString(name) {
			r.problem(r.at(key), "wrong-key", fmt.Sprintf("%s: the name %q will not do", label(v.path), shorten(name)), "names here match "+v.shape.pattern.String())
			continue
		}
		if inner := r.read(values[i], v.shape.item, join(v.path, name)); inner != nil {
			v.members = append(v.members, member{name, r.at(key), inner})
		}
	}
	return true
}

func (r *reader) list(n *yaml.Node, v *value) bool {
	if n.Kind != yaml.SequenceNode {
		return r.wrongType(n, v)
	}
	if len(n.Content) > v.shape.few {
		r.problem(r.at(n), "too-large", fmt.Sprintf("%s has %d items", label(v.path), len(n.Content)), fmt.Sprintf("leave %d", v.shape.few))
		return false
	}
	for i, c := range n.Content {
		if inner := r.read(c, v.shape.item, fmt.Sprintf("%s[%d]", v.path, i)); inner != nil {
			v.items = append(v.items, inner)
		}
	}
	return true
}
