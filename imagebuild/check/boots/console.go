package boots

import (
	"context"
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

var serialConsole = check.Rule{
	Name:     "serial-console",
	Group:    check.GroupBoots,
	Severity: check.SeverityWarning,
	Why:      "a cloud shows what a machine writes to its serial line (euca-get-console-output): without it nobody sees why one does not come up",
	Mend:     "add console=ttyS0 to the kernel's command line, in the recipe: `edits: [{line: {path: FILE, match: '^(\\s*kernel .*)', set: '${1} console=ttyS0', expand: true}}]`",
}

func findConsole(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	var out []check.Finding
	for _, d := range defaults(s) {
		all := d.ArgAll("console")
		serial, last := false, ""
		for _, c := range all {
			last, _, _ = strings.Cut(c, ",")
			serial = serial || survey.SerialLine(last)
		}
		f := at(serialConsole, check.SeverityWarning, d.file, d.KernelLine, "")
		f.Hint = edit(d)
		switch {
		case !serial && len(all) == 0:
			f.Message = fmt.Sprintf("the kernel of entry %q is told no console= on a serial line", d.Title)
		case !serial:
			f.Message = fmt.Sprintf("the kernel of entry %q is told console=%s, which is no serial line", d.Title, strings.Join(all, " console="))
		case !survey.SerialLine(last):
			f.Severity = check.SeverityInfo
			f.Message = fmt.Sprintf("the last console of entry %q is %s: there goes what the start scripts say, and only the kernel's words go to the serial line", d.Title, last)
			f.Hint = "put console=ttyS0 last"
		default:
			continue
		}
		out = append(out, f)
	}
	return out, nil
}

// edit is what adds the console to an entry.
func edit(d started) string {
	word := map[string]string{survey.GRUBLegacy: `kernel`, survey.GRUB2: `linux\w*`, survey.Extlinux: `(?i:append)`, survey.SystemdBoot: `options`}[d.loader]
	if d.Path != "" {
		word = "options"
	}
	return fmt.Sprintf("in the recipe: `edits: [{line: {path: '%s', match: '^(\\s*%s\\s.*)', set: '${1} console=ttyS0', expand: true}}]`", strings.ReplaceAll(d.file, "'", "''"), word)
}
