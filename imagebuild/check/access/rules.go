package access

import (
	"encoding/json"
	"strings"

	"lbimage/imagebuild/check"
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

// yamlText writes a text as a value in YAML's flow style.
func yamlText(s string) string {
	if s != "" && strings.Trim(s, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == "" && s[0] != '-' {
		return s
	}
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}
