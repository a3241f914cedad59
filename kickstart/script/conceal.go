package script

import (
	"regexp"
	"strings"

	"lbimage/kickstart"
)

// hashes are what crypt makes of passwords.
var hashes = regexp.MustCompile(`\$(1|2[abxy]?|5|6|7|y|gy|md5|sha1)\$[./0-9A-Za-z$=,]{8,}`)

// telling are the commands that are given passwords in clear text.
var telling = regexp.MustCompile(`\b(chpasswd|passwd\s+(\S+\s+)*--stdin|--stdin)\b|\b(useradd|usermod|adduser)\s(.*\s)?(-[a-zA-Z]*p|--password)`)

// given are other commands that are given passwords, or that words are piped into as such: no more than their name is shown.
var given = regexp.MustCompile(`\b(smbpasswd|htpasswd|htdigest|vncpasswd|kinit|ipa-client-install|sshpass|expect|cryptsetup|mysqladmin|grub2?-md5-crypt|grub2?-crypt|grub2?-mkpasswd-pbkdf2|` +
	`rhnreg_ks|realm\s+join|subscription-manager\s+register)\b|` +
	`\b(openssl)\s+(passwd|\S+\s.*-pass)|\b(net)\s+(ads|rpc)\s|\b(mysql|mysqldump)\s(.*\s)?-p[^\s]|\b(ldap[a-z]+)\s(.*\s)?-w|\b(ssh-keygen)\s(.*\s)?-[NP]|` +
	`\b(curl|wget)\s(.*\s)?(-u|--user)\b?|\|\s*(passwd)\b|\b(passwd)\s[^|;]*<<<`)

// kept are files of passwords.
var kept = regexp.MustCompile(`(-secrets|\.netrc|\.pgpass|\.my\.cnf|/g?shadow|htpasswd)\b`)

// ofRoot is what chpasswd takes, and printed words may be meant for it; root:root is an owner.
var ofRoot = regexp.MustCompile(`\broot:[^\s:'"]+`)

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
	if m := given.FindStringSubmatch(s); m != nil {
		for _, name := range m[1:] {
			if name != "" {
				return strings.Join(strings.Fields(name), " ") + " " + hidden
			}
		}
	}
	if strings.Contains(s, "PRIVATE KEY") {
		return hidden
	}
	prints := strings.HasPrefix(s, "echo") || strings.HasPrefix(s, "printf")
	if prints && kept.MatchString(s) {
		return s[:strings.IndexAny(s+" ", " \t")] + " " + hidden
	}
	s = kickstart.ConcealText(hashes.ReplaceAllString(s, hidden))
	if prints {
		s = ofRoot.ReplaceAllStringFunc(s, func(found string) string {
			if found == "root:root" || found == "root:x" {
				return found
			}
			return "root:" + hidden
		})
	}
	return s
}
