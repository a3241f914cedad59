package recipe

import "testing"

// Expressions are compiled late, so each is compiled here.
func TestExpressions(t *testing.T) {
	seen, found := map[*shape]bool{}, 0
	var look func(s *shape)
	look = func(s *shape) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, e := range []*expression{s.pattern, s.never} {
			if e != nil {
				e.MatchString("") // panics where it is no expression
				found++
			}
		}
		look(s.item)
		for _, f := range s.fields {
			look(f.shape)
		}
	}
	look(table())
	if found < 30 {
		t.Errorf("%d expressions in the table: they are not found any more", found)
	}
}
