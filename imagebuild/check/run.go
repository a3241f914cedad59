package check

import (
	"context"
	"fmt"
)

// Override turns a rule off or lowers it, for a reason that the record keeps.
type Override struct {
	Rule string `json:"rule"`
	// Severity is off, info, warning or error.
	Severity Severity `json:"severity"`
	Reason   string   `json:"reason"`
}

// SeverityOff is for overrides only: the rule is not asked.
const SeverityOff Severity = "off"

// Run asks every rule that has a Find. An error means that a rule could not look.
func Run(ctx context.Context, s *Subject, rules []Rule, overrides []Override) ([]Finding, error) {
	var out []Finding
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
		out = append(out, found...)
	}
	out = Apply(out, overrides)
	Sort(out)
	return out, nil
}

// Apply is what overrides make of findings.
func Apply(all []Finding, overrides []Override) []Finding {
	by := map[string]Severity{}
	for _, o := range overrides {
		by[o.Rule] = o.Severity
	}
	var out []Finding
	for _, f := range all {
		if s, ok := by[f.Rule]; ok {
			if s == SeverityOff {
				continue
			}
			f.Severity = s
		}
		out = append(out, f)
	}
	return out
}
