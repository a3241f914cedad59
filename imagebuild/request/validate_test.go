package request

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/recipe"
)

// All that is wrong is told at once, each at its place, without an image.
func TestValidateRecipe(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"files/etc", "good/etc"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../../../x", filepath.Join(dir, "files/etc/link")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"good/etc/issue": "a\n", "keys": "no key\n", "template.conf": "defaults\n mode http\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, text string
		want       []string // beginnings of the problems
	}{
		{"a good one", `
haproxy: {template: template.conf, timeouts: {client: 2m}, set: {retries: 3}, options: [redispatch]}
sysctl: {net.ipv4.ip_forward: 0}
overlay: [good]
edits: [file: {path: /etc/motd, content: a}]
profiles:
  a: {servo: {rpm: not-looked-at.rpm}}
  b: {edits: [file: {path: /etc/motd, content: b, override: true}]}
`, nil},
		{"settings", `
haproxy: {timeouts: {clients: 2m}, set: {retrys: 3}, options: [dontlognul]}
sysctl: {forward: 1}
`, []string{
			"r.yaml:3:22: haproxy.timeouts.clients: timeout clients is not known; did you mean client?",
			"r.yaml:3:42: haproxy.set.retrys: ", "r.yaml:3:64: haproxy.options[0]: ", "r.yaml:4:10: sysctl.forward: ",
		}},
		{"files", `
haproxy: {template: nosuch.conf}
overlay: [good, files]
keyring: [keys]
access: {authorizedKeysFile: keys}
edits:
  - file: {path: /etc/motd, source: nosuch}
`, []string{
			"r.yaml:3:11: haproxy.template: ", "r.yaml:4:17: overlay[1]: overlay ", "r.yaml:5:11: keyring[0]: ",
			"r.yaml:6:1: access: ", "r.yaml:8:5: edits[0]: ",
		}},
		{"edits that disagree, in one profile", `
overlay: [good]
edits:
  - file: {path: /etc/motd, content: a}
profiles:
  a: {edits: [file: {path: /etc/motd, content: b}]}
  b: {edits: [file: {path: /etc/issue, content: a}]}
`, []string{"r.yaml:7:15: edits[1]: /etc/motd: two edits disagree", "r.yaml:8:15: edits[1]: /etc/issue: two edits disagree"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := recipe.Parse("r.yaml", dir, []byte("apiVersion: lbimage/v1\nsource: s.rpm"+c.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			var wrong *recipe.Error
			if err := ValidateRecipe(r); errors.As(err, &wrong) {
				for _, p := range wrong.Problems {
					got = append(got, p.String())
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(c.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q", got[i], want)
				}
			}
		})
	}
}
