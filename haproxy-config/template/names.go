package template

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
)

// TimeoutNames gives every NAME that 'timeout NAME' can have in a defaults section, of
// the versions that know them all.
func TimeoutNames() []string { return names("timeouts", keywords.Newest()) }

// OptionNames gives every NAME that 'option NAME' can have in some version of HAProxy.
func OptionNames() []string { return names("options", Version{}) }

// names lists a table without what is spelled the old way.
func names(table string, v Version) []string {
	var out []string
	for _, name := range keywords.Of(table).Names(v) {
		if !slices.ContainsFunc(haproxyconfig.OldTimeouts(), func(o haproxyconfig.OldTimeout) bool { return o.Word == name }) {
			out = append(out, name)
		}
	}
	return out
}

// stands reports whether some version takes a keyword in a section of the template, and
// whether the section's table knows it at all.
func stands(section, keyword string) (here, known bool) {
	e, _ := keywords.Section(section).Find(strings.Fields(keyword))
	if e == nil {
		return false, false
	}
	return section == "global" || strings.Contains(e.Places, "D"), true
}
