package tests

import (
	"path/filepath"
	"strings"
	"testing"
)

// theHash is that of 'secret', as 'openssl passwd -6 -salt saltsalt' writes it.
const theHash = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1"

// Hashes of passwords go into the image, and nowhere else: not into a plan, a record, a diff or a message.
func TestHashesStayHidden(t *testing.T) {
	dir := t.TempDir()
	base := sampleRPM(t)
	write := func(name, edits string) {
		writeFile(t, filepath.Join(dir, name), "apiVersion: lbimage/v1\nsource: {path: "+base+"}\noutput: {name: out}\n"+strings.ReplaceAll(edits, "HASH", theHash))
	}
	write("good.yaml", `edits:
  - {line: {path: /etc/shadow, match: '^bin:', set: 'bin:HASH:1:0:99999:7:::'}}
  - {password: {user: root, hash: 'HASH'}}
  - {user: {name: dev, password: 'HASH'}}
  - {file: {path: /etc/shadow-, content: "root:HASH:1::::::\n"}}
access: {user: ntp, password: 'HASH'}
`)
	write("unmatched.yaml", "edits:\n  - {line: {path: /etc/shadow, match: '^roots:', set: 'root:HASH:1:0:99999:7:::'}}\n")
	write("disagree.yaml", "edits:\n"+"  - {line: {path: /etc/shadow, match: '^bin:', set: 'bin:HASH:1::::::'}}\n"+
		"  - {line: {path: /etc/shadow, match: '^bin:', set: 'bin:HASH:2::::::'}}\n")
	secret := theHash[len("$6$saltsalt$"):][:12]
	for _, args := range [][]string{
		{"build", "-f", "good.yaml", "--plan"}, {"build", "-f", "good.yaml", "--plan", "--format", "json"},
		append([]string{"build", "-f", "good.yaml"}, beside...), {"build", "-f", "good.yaml", "--force", "--sbom", "spdx", "--provenance", "--format", "json"},
		{"diff", base, "out.tgz"}, {"diff", base, "out.tgz", "--format", "json"}, {"check", "out.tgz", "--for", "development"},
		{"build", "-f", "unmatched.yaml"}, {"build", "-f", "disagree.yaml"}, {"recipe", "check", "-f", "disagree.yaml"},
	} {
		r := call(t, dir, nil, lbimage, args...)
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("%s shows a hash:\n%s%s", args, r.stdout, r.stderr)
		}
		if good := !strings.Contains(strings.Join(args, " "), "un") && !strings.Contains(strings.Join(args, " "), "dis"); good != (r.code == 0) {
			t.Errorf("%s: exit %d: %s", args, r.code, r.stderr)
		}
	}
	if got := must(t, dir, "cat", "out.tgz.json"); strings.Contains(got, secret) || !strings.Contains(got, "(a hash, ") {
		t.Errorf("the record is\n%s", got)
	}
	for _, name := range []string{"out.spdx.json", "out.cdx.json", "out.intoto.json"} {
		if got := must(t, dir, "cat", name); strings.Contains(got, secret) {
			t.Errorf("%s shows a hash", name)
		}
	}
	if got := must(t, dir, lbimage, "cat", "out.tgz", "/etc/shadow"); strings.Count(got, theHash) != 4 {
		t.Errorf("the image has\n%s", got)
	}
}

// Nor do private keys: those that a recipe brings, and those that an edit takes away.
func TestKeysStayHidden(t *testing.T) {
	dir := t.TempDir()
	base := sampleRPM(t)
	const secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"
	key := "-----BEGIN OPENSSH PRIVATE KEY-----\n" + secret + "\n-----END OPENSSH PRIVATE KEY-----\n"
	writeFile(t, filepath.Join(dir, "host"), key)
	writeFile(t, filepath.Join(dir, "with.yaml"), "apiVersion: lbimage/v1\nsource: {path: "+base+"}\noutput: {name: with}\nchecks: {for: development}\nedits:\n"+
		"  - {file: {path: /etc/ssh/ssh_host_rsa_key, source: host, mode: 0600}}\n"+
		"  - file:\n      path: /etc/site.pem\n      content: |\n        "+strings.ReplaceAll(strings.TrimSpace(key), "\n", "\n        ")+"\n")
	writeFile(t, filepath.Join(dir, "without.yaml"), "apiVersion: lbimage/v1\nsource: {path: with.tgz}\noutput: {name: without}\nedits: [{remove: /etc/ssh/ssh_host_rsa_key}, {remove: /etc/site.pem}]\n")
	for _, args := range [][]string{
		{"build", "-f", "with.yaml", "--plan"}, {"build", "-f", "with.yaml", "--provenance", "--sbom", "spdx", "--report", "with.html"},
		{"build", "-f", "without.yaml", "--plan", "--format", "json"}, {"build", "-f", "without.yaml", "--report", "without.html"},
		{"diff", "with.tgz", "without.tgz", "--new-file", "--html", "diff.html"}, {"diff", base, "with.tgz", "-N", "--format", "json"}, {"recipe", "check", "-f", "with.yaml"},
	} {
		r := call(t, dir, nil, lbimage, args...)
		if r.code != 0 || strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("%s: exit %d:\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
	for _, name := range []string{"with.tgz.json", "without.tgz.json", "with.intoto.json", "with.spdx.json", "with.html", "without.html", "diff.html"} {
		got := must(t, dir, "cat", name)
		if strings.Contains(got, secret) {
			t.Errorf("%s shows a key", name)
		}
		if (name == "without.tgz.json" || name == "without.html") && !strings.Contains(got, "(a private key, ") {
			t.Errorf("%s does not say that a key goes", name)
		}
	}
	if got := must(t, dir, lbimage, "cat", "with.tgz", "/etc/ssh/ssh_host_rsa_key"); got != key {
		t.Errorf("the image has %q", got)
	}
}
