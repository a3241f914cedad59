package overlay

// A tree may be able to do more than [Tree] asks for, and may stand behind others that wrap it: one that labels what is
// made, one that guards what is immutable. What a tree can do besides is found with [As].

// Wrapper is a tree that passes calls on to another one.
type Wrapper interface{ Unwrap() Tree }

// As finds the first of a tree and those that it wraps that is a T. Ask so for what a tree may offer besides [Tree], never
// with a type assertion on the tree itself, which would not see through what wraps it.
func As[T any](t ReadTree) (T, bool) {
	for {
		if got, ok := t.(T); ok {
			return got, true
		}
		w, ok := t.(Wrapper)
		if !ok {
			var none T
			return none, false
		}
		t = w.Unwrap()
	}
}
