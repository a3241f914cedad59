package conformance

// later goes over statements of commands once more, for what %post does after them.
func (j *judge) later(all []Statement) []Statement { return all }
