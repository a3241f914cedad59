package imagebuild

import (
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/render"
	"lbimage/servo"
)

// NewSettings are the settings of the template that the customization wrote, with what becomes of them behind the servo.
func (r *Result) NewSettings() []render.Setting {
	var added []string
	for _, c := range r.Changes {
		if c.Path != "/"+servo.TemplatePath {
			continue
		}
		for _, line := range strings.Split(c.Diff(), "\n") {
			if text, ok := strings.CutPrefix(line, "+"); ok && !strings.HasPrefix(line, "+++") {
				added = append(added, words(text))
			}
		}
	}
	var out []render.Setting
	for _, s := range r.Template.Settings {
		if slices.Contains(added, words(s.Text)) {
			out = append(out, s)
		}
	}
	return out
}

// words is a line without its comment, its words one blank apart.
func words(line string) string {
	l := haproxyconfig.Parse([]byte(line)).Lines()
	if len(l) == 0 {
		return ""
	}
	return strings.Join(l[0].Values(0), " ")
}
