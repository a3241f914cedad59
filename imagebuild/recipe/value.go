package recipe

// value is a part of a recipe that has been read: what it is, and where it stands.
type value struct {
	shape *shape
	place Place
	path  string // haproxy.timeouts.client, edits[2].line
	text  string // of plain values
	tag   string // YAML's: !!str, !!int
	// members of objects and maps, in order; items of lists.
	members []member
	items   []*value
}

// member is a key with its value.
type member struct {
	key   string
	place Place // the key's
	value *value
}

func (v *value) member(key string) *member {
	if v == nil {
		return nil
	}
	for i := range v.members {
		if v.members[i].key == key {
			return &v.members[i]
		}
	}
	return nil
}

// get is the value of a key, or nil.
func (v *value) get(key string) *value {
	if m := v.member(key); m != nil {
		return m.value
	}
	return nil
}

// set replaces the value of a key or adds one.
func (v *value) set(key string, place Place, to *value) {
	if m := v.member(key); m != nil {
		m.value, m.place = to, place
		return
	}
	v.members = append(v.members, member{key, place, to})
}
