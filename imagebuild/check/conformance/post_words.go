package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/request"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
)

// maxShown is how many bytes of a text a statement shows.
const maxShown = 120

// quote is a text in quotes, in one line, cut where it is long.
func quote(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return strconv.QuoteToGraphic(s)
}

// lines counts the lines of a text: "3 lines".
func lines(s string) string {
	n := strings.Count(s, "\n")
	if s != "" && !strings.HasSuffix(s, "\n") {
		n++
	}
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// hashInText is a hash as crypt(3) writes it, anywhere in a text.
var hashInText = regexp.MustCompile(`\$(1|2[abxy]?|5|6|7|g?y|sha1|md5)[$,][^\s:;"'<>|/][^\s:;"'<>|]{7,}`)

// concealHash hides a hash, and leaves what locks it.
func concealHash(hash string) string {
	bare := strings.TrimLeft(hash, "!")
	return hash[:len(hash)-len(bare)] + request.ConcealHash(bare)
}

// conceal is a text without hashes, private keys, and what is called a password.
func conceal(s string) string {
	return kickstart.ConcealText(hashInText.ReplaceAllStringFunc(string(request.ConcealKeys([]byte(s))), request.ConcealHash))
}

// shown is a part of a file's text as others may read it.
func shown(path, s string) string {
	if request.HoldsHashes(path) {
		s = string(request.ConcealShadow([]byte(s)))
	}
	return conceal(s)
}

// command is an effect's command as others may read it.
func command(e *script.Effect) string {
	text := e.Command
	for _, secret := range secrets(e) {
		shown := "(a password)" // of one in the clear not even a digest, which could be tried against
		if e.Kind != script.Secret {
			shown = request.ConcealHash(secret)
		}
		for _, form := range []string{secret, strings.ReplaceAll(secret, "$", `\$`)} {
			text = strings.ReplaceAll(text, form, shown)
		}
	}
	if e.Kind == script.Secret && e.Content == "" {
		text = string(e.Kind) + " of " + e.User
	}
	return cut(check.OneLine(conceal(text)))
}

// secrets are the parts of a command that nobody else may read.
func secrets(e *script.Effect) []string {
	var out []string
	if (e.Kind == script.Secret || e.Kind == script.Hash) && strings.Trim(e.Content, "!*x") != "" {
		out = append(out, e.Content)
	}
	if strings.Trim(e.Account.Password, "!*x") != "" {
		out = append(out, e.Account.Password)
	}
	return out
}

// serviceWanted is what chkconfig and systemctl are asked for.
func serviceWanted(c script.ServiceChange) string {
	at := ""
	if c.Levels != "" {
		at = " at levels " + c.Levels
	}
	switch c.Action {
	case "enable":
		return "on" + at
	case "disable":
		return "off" + at
	case "add":
		return "links at the levels that its script names"
	case "del":
		return "no links"
	case "mask":
		return "masked"
	case "unmask":
		return "not masked"
	case "preset":
		return "as the presets say"
	}
	return c.Action + at
}

func moded(mode string) string {
	if mode == "" {
		return ""
	}
	return ", mode " + mode
}

func below(e *script.Effect) string {
	if e.Recursive {
		return ", with all below it"
	}
	return ""
}

func owners(e *script.Effect) string {
	if e.Group == "" {
		return e.Owner
	}
	return e.Owner + ":" + e.Group
}

// asked lists what an account shall be.
func asked(a *script.Account) string {
	var out strings.Builder
	for _, p := range []struct{ name, value string }{
		{"number", a.UID}, {"number of the group", a.GID}, {"group", a.Group}, {"home", a.Home}, {"shell", a.Shell},
		{"name", a.Comment}, {"groups", strings.Join(a.Groups, ",")},
	} {
		if p.value != "" {
			out.WriteString(", " + p.name + " " + p.value)
		}
	}
	if a.Password != "" {
		out.WriteString(", password " + concealHash(a.Password))
	}
	return out.String()
}

// Conceal is a text without hashes of passwords and private keys.
func Conceal(text string) string { return conceal(text) }
