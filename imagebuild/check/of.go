package check

import (
	"slices"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/lint"
	"lbimage/haproxy-config/migrate"
)

// Of gives the findings of a configuration as those of a file.
func Of(name string, all []haproxyconfig.Finding) []Finding {
	var out []Finding
	for _, f := range all {
		out = append(out, Finding{
			Severity: Severity(f.Severity), Path: name, Line: f.Line, Column: f.Column,
			Rule: f.Rule, Message: f.Message, Hint: f.Hint,
		})
	}
	return out
}

// Unmigrated gives the errors that are left in a migrated configuration, on lines of which the migration itself
// has nothing to say.
func Unmigrated(name string, r migrate.Result, to haproxyconfig.Version, template bool) []Finding {
	if !to.Known() {
		to = keywords.Newest()
	}
	var left []haproxyconfig.Finding
	for _, f := range lint.Check(haproxyconfig.Parse(r.Text), lint.Options{HAProxy: to, Template: template}) {
		told := slices.ContainsFunc(r.Findings, func(m haproxyconfig.Finding) bool { return m.Line == f.Line && f.Line > 0 })
		if f.Severity == haproxyconfig.Error && !told {
			left = append(left, f)
		}
	}
	return Of(name, left)
}
