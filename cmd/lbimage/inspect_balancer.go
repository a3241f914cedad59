package main

import (
	"fmt"
	"strings"

	"lbimage/haproxy-config/render"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

// writeTemplate tells what becomes of each setting of the template.
func writeTemplate(t *sheet, in *imagebuild.Inspection) {
	tpl := in.Template
	switch {
	case !tpl.Found:
		t.line("template", "%s is not there", tpl.Path)
		return
	case len(tpl.Stock) > 0:
		t.line("template", "%s, as servo %s ships it", tpl.Path, strings.Join(tpl.Stock, ", "))
	default:
		t.line("template", "%s, customized", tpl.Path)
	}
	refused := map[int]bool{} // lines with an error
	for _, f := range in.Findings {
		refused[f.Line] = refused[f.Line] || f.Severity == check.SeverityError
	}
	var rows [][]string
	section := "-"
	for _, s := range tpl.Settings {
		if s.Section != section {
			section = s.Section
			if section != "" {
				rows = append(rows, []string{"", section})
			}
		}
		rows = append(rows, []string{fmt.Sprint(s.Line), "  " + s.Text, settingText(s, refused[s.Line])})
	}
	all := t.all
	t.all = true // what the load balancer serves with is never cut
	t.table("", rows)
	t.all = all
	if t.all {
		t.line("", "its text:")
		for line := range strings.Lines(tpl.Text) {
			t.line("", "  %s", strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    "))
		}
	}
}

// settingText says what becomes of a setting.
func settingText(s render.Setting, refused bool) string {
	text := string(s.Status)
	if refused {
		return "refused: see the findings"
	}
	if s.Status == render.Effective {
		text = "in force"
		if len(s.Only) > 0 {
			text += " in " + strings.Join(s.Only, ", ") + " alone"
		}
	}
	if s.Since.Known() {
		text += " from servo " + s.Since.String() + " on"
	}
	return text + prefixed(": ", s.Why)
}

func writeSysctls(t *sheet, in *imagebuild.Inspection) {
	s := in.Sysctls
	var rows [][]string
	for _, x := range s.Settings {
		row := []string{x.Name, "= " + x.Value, place(x.File, x.Line)}
		if len(x.Overrides) > 0 {
			o := x.Overrides[0]
			row[2] += fmt.Sprintf(", before %s by %s", o.Value, place(o.File, o.Line))
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		t.line("sysctl", "none is set at boot (%s)", s.ReadBy)
	}
	t.table("sysctl", rows)
	t.notes(s.Notes)
}
