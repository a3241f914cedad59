package access

import (
	"fmt"
	"regexp"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/overlay"
)

// Rules lists the rules of this package.
func Rules() []check.Rule {
	return []check.Rule{
		ruleSysctlUnknown(), ruleSysctlValue(), ruleSysctlDuplicate(),
		ruleSudoersSyntax(), ruleSudoersMode(), ruleSudoServo(), ruleSudoTTY(),
		ruleSSHDSyntax(), ruleSSHDEmptyPasswords(), ruleSSHDProtocol(), ruleSSHDForAll(),
		ruleCronSyntax(), ruleCronMode(), ruleCronName(), ruleCronUser(),
	}
}

// at is a finding with a line.
func at(r check.Rule, path string, line int, message string) check.Finding {
	f := r.At(path, message)
	f.Line = line
	return f
}

// maxLineText is how much of a file is read for a line of it.
const maxLineText = 4 << 20

// without is the edit that takes a line out of a file, in words for the end of a mend; empty where it cannot be one.
func without(t overlay.ReadTree, path string, number int) string {
	text, _, err := overlay.ReadFile(t, path, maxLineText)
	if err != nil {
		return ""
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if n++; n != number {
			continue
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" || len(line) > 200 || strings.HasSuffix(line, "\\") || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f || r == '\uFFFD' }) {
			return ""
		}
		return fmt.Sprintf("`edits: [{line: {path: %s, match: %s, remove: true}}]`", check.YAMLText(path), check.YAMLText("^"+regexp.QuoteMeta(line)+"$"))
	}
	return ""
}

// orWithout is a finding whose mend offers to take the line out.
func orWithout(s *check.Subject, f check.Finding) check.Finding {
	if edit := without(s.Tree, f.Path, f.Line); edit != "" {
		f.Hint += "; without the line: " + edit
	}
	return f
}
