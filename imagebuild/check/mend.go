package check

import (
	"encoding/json"
	"strings"
)

// YAMLText writes a text as a value in YAML's flow style: as it is where it is plain, in quotes else.
func YAMLText(s string) string {
	if s != "" && strings.Trim(s, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == "" && s[0] != '-' {
		return s
	}
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return strings.ReplaceAll(string(b), "`", `\u0060`) // which ends the recipe in a mend
}
