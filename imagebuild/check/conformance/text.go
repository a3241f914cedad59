package conformance

import (
	"regexp"
	"strings"

	"lbimage/imagebuild/request"
	"lbimage/kickstart"
)

// secretOptions are options whose values are passwords, keys or their hashes.
var secretOptions = map[string]bool{
	"--password": true, "--md5pass": true, "--passphrase": true, "--wepkey": true, "--wpakey": true, "--passwd": true, "--escrowcert": false,
}

// secretArgs are commands whose words that are no options are secret.
var secretArgs = map[string]bool{"rootpw": true, "sshpw": true, "key": true}

// textOf is a command in one line. Of a secret no more than its digest is shown.
func textOf(c *kickstart.Command) string {
	var secrets []string
	for _, o := range c.Options {
		if o.Value != "" && secretOptions[o.Name] {
			secrets = append(secrets, o.Value)
		}
	}
	if secretArgs[commandName(c)] {
		for _, w := range c.Args {
			secrets = append(secrets, w.Value)
		}
	}
	var words []string
	for _, w := range c.Words {
		text := w.Raw
		name, value, equals := strings.Cut(w.Value, "=")
		switch {
		case isSecret(secrets, w.Value):
			text = request.ConcealHash(w.Value)
		case equals && strings.HasPrefix(name, "--") && isSecret(secrets, value):
			text = name + "=" + request.ConcealHash(value)
		case strings.Contains(text, "://"):
			text = withoutPassword(text)
		}
		words = append(words, text)
	}
	if len(words) == 0 { // made by hand
		words = append(words, c.Name)
	}
	return oneLine(strings.Join(words, " "))
}

func isSecret(secrets []string, word string) bool {
	for _, s := range secrets {
		if word == s && strings.Trim(s, "!*") != "" {
			return true
		}
	}
	return false
}

// inURL is a password in a URL.
var inURL = regexp.MustCompile(`(://[^/@:\s]*):[^/@\s]*@`)

func withoutPassword(text string) string { return inURL.ReplaceAllString(text, "$1:…@") }
