package verify

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild"
)

// maxKeysListed is how many keys of the record a report lists.
const maxKeysListed = 20

// notOfTheImage are keys of a record that an image does not follow from.
var notOfTheImage = []string{"output", "outputs", "findings", "overrides", "changed", "rpm", "kickstart"}

// inPlace are keys which tell where an edit stands in its recipe.
var inPlace = regexp.MustCompile(`(^|\.)request\..*\.place(\.[a-z]+)?$`)

// keysThatDiffer are those of two records that say different things.
func keysThatDiffer(recorded []byte, now *imagebuild.Record) ([]KeyDifference, error) {
	text, err := json.Marshal(now)
	if err != nil {
		return nil, err
	}
	skip := slices.Clone(notOfTheImage)
	if max(len(recorded), len(text)) > largeRecord {
		skip = append(skip, "changes", "database", "packages")
	}
	for _, side := range [][]byte{recorded, text} {
		if n, err := sizeWithout(side, skip); err != nil {
			return nil, err
		} else if n > largeRecord {
			return nil, fmt.Errorf("it says %d bytes of other things than changes and packages, which is no record of a build", n)
		}
	}
	a, err := values(recorded, skip)
	if err != nil {
		return nil, err
	}
	b, err := values(text, skip)
	if err != nil {
		return nil, err
	}
	var out []KeyDifference
	diffValues("", a, b, &out)
	// A diff follows from contents that are told; where an edit stands in its recipe makes no difference to the image.
	out = slices.DeleteFunc(out, func(k KeyDifference) bool { return strings.HasSuffix(k.Key, ".diff") || inPlace.MatchString(k.Key) })
	slices.SortStableFunc(out, func(a, b KeyDifference) int { return cmp.Compare(keyRank(a.Key), keyRank(b.Key)) })
	return out, nil
}

// sizeWithout is how many bytes the keys of a record have without some.
func sizeWithout(text []byte, skip []string) (n int, err error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return 0, err
	}
	for key, value := range raw {
		if !slices.Contains(skip, key) {
			n += len(key) + len(value)
		}
	}
	return n, nil
}

// values are the keys of a record without some.
func values(text []byte, skip []string) (map[string]any, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for key, value := range raw {
		if slices.Contains(skip, key) {
			continue
		}
		var v any
		if err := json.Unmarshal(value, &v); err != nil {
			return nil, err
		}
		out[key] = v
	}
	return out, nil
}

// keyOrder is that in which keys are told: what was asked for before what came of it.
var keyOrder = []string{"source", "tool", "time", "profile", "request", "servo", "packages"}

func keyRank(key string) int {
	top := key[:len(key)-len(strings.TrimLeft(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
	if i := slices.Index(keyOrder, top); i >= 0 {
		return i
	}
	return len(keyOrder)
}

func diffValues(key string, a, b any, out *[]KeyDifference) {
	x, okA := a.(map[string]any)
	y, okB := b.(map[string]any)
	if okA && okB {
		for _, name := range unionOf(x, y) {
			sub := name
			if key != "" {
				sub = key + "." + name
			}
			diffValues(sub, x[name], y[name], out)
		}
		return
	}
	p, okA := a.([]any)
	q, okB := b.([]any)
	if okA && okB {
		diffLists(key, p, q, out)
		return
	}
	if s, t := valueText(a), valueText(b); s != t {
		*out = append(*out, KeyDifference{key, s, t})
	}
}

func unionOf(a, b map[string]any) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// diffLists compares elements by the path or name that they bear, where all bear one
// of their own, else by their place.
func diffLists(key string, a, b []any, out *[]KeyDifference) {
	x, okA := named(a)
	y, okB := named(b)
	if okA && okB {
		for _, name := range unionOf(x, y) {
			diffValues(fmt.Sprintf("%s[%s]", key, name), x[name], y[name], out)
		}
		return
	}
	i := 0
	if len(a) != len(b) { // one more or less makes no difference of those around it
		var end int
		i, end = commonEnds(a, b)
		a, b = a[:len(a)-end], b[:len(b)-end]
	}
	for ; i < max(len(a), len(b)); i++ {
		var v, w any
		if i < len(a) {
			v = a[i]
		}
		if i < len(b) {
			w = b[i]
		}
		diffValues(fmt.Sprintf("%s[%d]", key, i), v, w, out)
	}
}

// commonEnds counts the elements at the start and at the end of two lists that are the same, wherever they stand in a recipe.
func commonEnds(a, b []any) (start, end int) {
	least := min(len(a), len(b))
	for start < least && sameButPlace(a[start], b[start]) {
		start++
	}
	for end < least-start && sameButPlace(a[len(a)-1-end], b[len(b)-1-end]) {
		end++
	}
	return start, end
}

func sameButPlace(a, b any) bool {
	without := func(v any) any {
		if m, ok := v.(map[string]any); ok {
			m = maps.Clone(m)
			delete(m, "place")
			return m
		}
		return v
	}
	return reflect.DeepEqual(without(a), without(b))
}

func named(list []any) (map[string]any, bool) {
	out := map[string]any{}
	for _, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		name, ok := m["path"].(string)
		if !ok {
			if name, ok = m["name"].(string); !ok {
				return nil, false
			}
		}
		if _, twice := out[name]; twice {
			return nil, false
		}
		out[name] = v
	}
	return out, true
}

// maxValue bounds a value that is shown, in bytes.
const maxValue = 200

func valueText(v any) string {
	if v == nil {
		return "nothing"
	}
	if s, ok := v.(string); ok && s != "" && len(s) <= maxValue {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > maxValue {
		return strings.ToValidUTF8(string(text[:maxValue]), "") + "…"
	}
	return string(text)
}
