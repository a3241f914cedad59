package jinja

// passable says whether map, select and the like have something to go through: Jinja2 takes what is false for
// nothing.
func (r *run) passable(v any) ([]any, error) {
	if yes, err := r.truth(v); err != nil || !yes {
		return nil, err
	}
	return r.all(v)
}

// mapped is the filter map: an attribute of each item, or a filter applied to each.
func (r *run) mapped(v any, a *args) (any, error) {
	items, err := r.passable(v)
	if err != nil {
		return nil, err
	}
	var f func(any) (any, error)
	switch {
	case len(a.plain) == 0:
		bound, err := a.bind("the filter 'map'", "attribute!", "default")
		if err != nil {
			return nil, err
		}
		get, err := r.attribute(bound[0])
		if err != nil {
			return nil, err
		}
		f = func(item any) (any, error) {
			out, err := get(item)
			if _, none := out.(undefined); none && err == nil && bound[1] != nil {
				if _, free := bound[1].(absent); !free {
					return bound[1], nil
				}
			}
			return out, err
		}
	default:
		name, ok := a.plain[0].(string)
		if !ok {
			return nil, wrong("map needs the name of a filter")
		}
		rest := &args{a.plain[1:], a.names, a.named}
		f = func(item any) (any, error) { return r.filter(name, item, rest) }
	}
	out := make([]any, len(items))
	for i, item := range items {
		if err := r.step(); err != nil {
			return nil, err
		}
		if out[i], err = f(item); err != nil {
			return nil, err
		}
	}
	return &stream{out}, nil
}

// chosen are select, reject, selectattr and rejectattr: the items, or those with an attribute, for which a test holds
// or does not.
func (r *run) chosen(v any, a *args, byAttribute, want bool) (any, error) {
	items, err := r.passable(v)
	if err != nil {
		return nil, err
	}
	plain := a.plain
	get := func(item any) (any, error) { return item, nil }
	if byAttribute {
		if len(plain) == 0 {
			return nil, wrong("the name of an attribute is missing")
		}
		if get, err = r.attribute(plain[0]); err != nil {
			return nil, err
		}
		plain = plain[1:]
	}
	holds := func(item any) (bool, error) { return r.truth(item) }
	if len(plain) > 0 {
		name, ok := plain[0].(string)
		if !ok {
			return nil, wrong("the name of a test is needed, not '%s'", typeName(plain[0]))
		}
		rest := &args{plain[1:], a.names, a.named}
		holds = func(item any) (bool, error) { return r.test(name, item, rest) }
	}
	out := []any{}
	for _, item := range items {
		if err := r.step(); err != nil {
			return nil, err
		}
		of, err := get(item)
		if err != nil {
			return nil, err
		}
		yes, err := holds(of)
		if err != nil {
			return nil, err
		}
		if yes == want {
			out = append(out, item)
		}
	}
	return &stream{out}, nil
}
