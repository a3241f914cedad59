package check

import (
	"context"
	"fmt"
)

// Run asks every rule that has a Find, and gives what they find, sorted. Outside of production what hygiene finds is
// worth knowing and no more. An error means that a rule could not look.
func Run(ctx context.Context, s *Subject, rules []Rule) ([]Finding, error) {
	out := []Finding{}
	for _, r := range rules {
		if r.Find == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		found, err := r.Find(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
		if r.Group == GroupHygiene && s.Profile != Production {
			for i := range found {
				found[i].Severity = SeverityInfo
			}
		}
		out = append(out, found...)
	}
	Sort(out)
	return out, nil
}
