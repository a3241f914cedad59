package conformance

import (
	"strings"

	"lbimage/kickstart"
)

// secretOption says whether an option's value is a password, a key or a hash of one.
func secretOption(name string) bool {
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "-") && (strings.Contains(name, "pass") && name != "--passalgo" || strings.HasSuffix(name, "key") && name != "--sshkey" || strings.Contains(name, "secret"))
}

// secretArgs are commands whose words that are no options are secret.
var secretArgs = map[string]bool{"rootpw": true, "sshpw": true, "key": true}

// textOf is a command in one line. Of a secret no more than its digest is shown.
func textOf(c *kickstart.Command) string {
	secret := map[string]bool{}
	for _, o := range c.Options {
		if secretOption(o.Name) || o.Secret() {
			secret[o.Value] = true
		}
	}
	if secretArgs[commandName(c)] || c.Spec.Name == "" { // one that is not known may be a misspelt one that has a password
		for _, w := range c.Args {
			secret[w.Value] = true
		}
	}
	words := []string{c.Name}
	next := false // the word is the value of an option of a command that is not known
	for _, w := range c.Words[min(1, len(c.Words)):] {
		text := w.Raw
		name, value, equals := strings.Cut(w.Value, "=")
		switch {
		case secret[w.Value] || next && !strings.HasPrefix(w.Value, "-"):
			text = concealed(w.Value)
		case equals && (secretOption(name) || strings.HasPrefix(name, "-") && secret[value]):
			text = name + "=" + concealed(value)
		default:
			text = withoutPassword(text)
		}
		next = !equals && secretOption(w.Value)
		words = append(words, text)
	}
	return oneLine(strings.Join(words, " "))
}

func withoutPassword(text string) string {
	return kickstart.ConcealText(text)
}
