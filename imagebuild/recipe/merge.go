package recipe

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// layers are the values that make a profile: the top level first, itself last. The recipe has been
// seen to have no cycle.
func (r *Recipe) layers(profile string) []*value {
	all := r.tree.get("profiles")
	var out []*value
	for p := all.get(profile); p != nil; p = all.get(p.str("extends")) {
		out = append(out, p)
	}
	out = append(out, r.tree)
	slices.Reverse(out)
	return out
}

func resolved(r *Recipe, profile string) *Resolved {
	tree := &value{shape: table(), place: r.tree.place}
	for _, layer := range r.layers(profile) {
		tree = merge(tree, layer)
	}
	tree.members = slices.DeleteFunc(tree.members, func(m member) bool { return m.key == "profiles" || m.key == "extends" })
	out := decode(tree)
	out.File, out.Dir, out.Profile, out.Places = r.File, r.Dir, profile, map[string]Place{}
	places(tree, "", out.Places)
	return &out
}

// merge lays one value over another and changes neither: mappings key by key, lists one behind the
// other, anything else replaced.
func merge(under, over *value) *value {
	if under == nil || over.shape.whole {
		return over
	}
	out := *over
	out.shape, out.path = under.shape, under.path
	switch under.shape.kind {
	case kindObject, kindMap:
		out.members = slices.Clone(under.members)
		for _, m := range over.members {
			out.set(m.key, m.place, merge(under.get(m.key), m.value))
		}
	case kindList:
		out.items = slices.Clone(under.items)
		for _, item := range over.items {
			out.items = appended(out.items, item, under.shape.name)
		}
	}
	return &out
}

// appended puts an item behind the others. Where items have names, as options have, it takes the place
// of the one of its name.
func appended(items []*value, item *value, name func(string) string) []*value {
	if name != nil {
		items = slices.DeleteFunc(items, func(v *value) bool { return name(v.text) == name(item.text) })
	}
	return append(items, item)
}

// places notes where each value stands.
func places(v *value, at string, out map[string]Place) {
	for _, m := range v.members {
		out[join(at, m.key)] = m.place
		places(m.value, join(at, m.key), out)
	}
	for i, item := range v.items {
		out[fmt.Sprintf("%s[%d]", at, i)] = item.place
		places(item, fmt.Sprintf("%s[%d]", at, i), out)
	}
}

// profiles looks at what profiles say of each other, and at the names of their outputs.
func (r *reader) profiles(recipe *Recipe) {
	all := recipe.tree.get("profiles")
	sound := true
	for _, m := range all.list() {
		base := m.value.get("extends")
		switch {
		case base == nil:
		case all.get(base.text) == nil:
			sound = false
			r.problem(base.place, "unknown-profile", fmt.Sprintf("%s: there is no profile %q%s", base.path, shorten(base.text), nearest.Suggestion(base.text, recipe.profiles)), "there are "+aFew(recipe.profiles))
		case r.cycle(all, m.key):
			sound = false
			r.problem(base.place, "cycle", fmt.Sprintf("%s: profile %s extends itself: a cycle", base.path, m.key), "let one of them extend none")
		}
	}
	if sound {
		r.outputNames(recipe)
	}
}

// cycle tells whether the way up from a profile comes back to it.
func (r *reader) cycle(all *value, name string) bool {
	at := name
	for range all.members {
		if at = all.get(at).str("extends"); at == name {
			return true
		}
		if all.get(at) == nil {
			return false
		}
	}
	return false
}

// outputNames refuses two profiles that would write one file.
func (r *reader) outputNames(recipe *Recipe) {
	seen := map[string]string{}
	for _, name := range recipe.profiles {
		at, text := recipe.tree.place, defaultName
		if m := recipe.tree.get("profiles").member(name); m != nil {
			at = m.place
		}
		for _, layer := range recipe.layers(name) {
			if v := layer.get("output").get("name"); v != nil {
				at, text = v.place, v.text
			}
		}
		text = strings.TrimSuffix(strings.ReplaceAll(text, "{profile}", name), outputSuffix)
		if other, ok := seen[text]; ok {
			r.problem(at, "same-output", fmt.Sprintf("output.name: profiles %s and %s would write one file", other, name), "put {profile} into the name")
		}
		seen[text] = name
	}
}

// aFew names a few of many.
func aFew(names []string) string {
	const few = 12
	if len(names) > few {
		return strings.Join(names[:few], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
