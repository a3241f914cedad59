package script

import (
	"regexp"
	"strings"
)

// hashes are what crypt makes of passwords.
var hashes = regexp.MustCompile(`\$(1|2[abxy]?|5|6|7|y|gy|md5|sha1)\$[./0-9A-Za-z$=,]{8,}`)

// telling are the commands that are given passwords in clear text.
var telling = regexp.MustCompile(`\b(chpasswd|passwd\s+(\S+\s+)*--stdin|--stdin)\b|\b(useradd|usermod|adduser)\s(.*\s)?(-[a-zA-Z]*p|--password)`)

// passwordOption are options of other commands that hold passwords.
var passwordOption = regexp.MustCompile(`(?i)(--?(password|passwd|pass|token|secret)[= ]+|\b[A-Z_]*(PASSWORD|PASSWD|SECRET|TOKEN)=|(^|\s)(curl|wget)\s.*-u\s*)("[^"]*"|'[^']*'|[^\s;&|]+)`)

const hidden = "(a secret)"

// conceal takes passwords and their hashes from a command that is shown.
func conceal(s string) string {
	if at := telling.FindStringIndex(s); at != nil {
		name := strings.TrimSpace(s[at[0]:at[1]])
		if i := strings.IndexAny(name, " \t\n"); i > 0 && !strings.HasPrefix(name, "passwd") {
			return name[:i] + " " + hidden
		}
		return hidden + " | " + strings.Join(strings.Fields(name), " ")
	}
	if strings.Contains(s, "PRIVATE KEY") {
		return hidden
	}
	s = hashes.ReplaceAllString(s, hidden)
	return passwordOption.ReplaceAllString(s, "${1}"+hidden)
}
