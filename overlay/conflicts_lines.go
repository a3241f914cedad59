package overlay

// undoes says in what a later edit of a part of a text changes what an earlier one set in it, although they are about
// different parts by their names; "" where it does not, as far as can be told without the text.
func undoes(early, late Edit) string {
	early, late = bare(early), bare(late)
	switch late := late.(type) {
	case Line:
		switch early := early.(type) {
		case Line:
			return early.undoneBy(late)
		case Sysctl:
			return early.against(late)
		}
	case Sysctl:
		if early, ok := early.(Line); ok {
			return late.against(early)
		}
	}
	return ""
}

// bare is an edit without what stands around it.
func bare(e Edit) Edit {
	if o, ok := e.(Override); ok {
		return o.Edit
	}
	return e
}

// undoneBy is for two line edits with different patterns, of which the later one matches the line that the earlier one
// sets. That a line is put where others were removed is an order, not a conflict.
func (l Line) undoneBy(late Line) string {
	if l.Remove || l.Expand || late.Which == First || late.Which == Last {
		return ""
	}
	c, err := late.compile()
	if err != nil || c.match == nil || !c.match.MatchString(l.Set) {
		return ""
	}
	if late.Remove {
		return "the later one removes the line that the earlier one sets"
	}
	if becomes, err := c.line(l.Set); err != nil || becomes != l.Set {
		return "the later one matches the line that the earlier one sets, and changes it"
	}
	return ""
}

// against holds the settings against a line that sets one of them.
func (s Sysctl) against(l Line) string {
	if l.Remove || l.Expand {
		return ""
	}
	for _, set := range s.Settings {
		if value, _, ok := SysctlValue([]byte(l.Set), set.Key); ok && value != set.Value {
			return "they set " + set.Key + " to different values"
		}
	}
	return ""
}
