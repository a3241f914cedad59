package develop

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// keys makes an RSA key and a newer one, as lines with a comment.
func keys(t *testing.T) (rsaLine, edLine string) {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	line := func(pub any) string {
		k, err := ssh.NewPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
	}
	return line(&r.PublicKey), line(e)
}

func let(t *testing.T, tree *treetest.Memory, a Access) []overlay.Change {
	t.Helper()
	e, err := NewAccess(a)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := overlay.Apply(tree, []overlay.Edit{e})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestAccess(t *testing.T) {
	one, two := keys(t)
	tree := image(map[string]string{
		"etc/passwd":  "root:x:0:0:root:/root:/bin/bash\ndev:x:501:502::/home/dev:/bin/bash\nnobody:x:99:99::/:/sbin/nologin\ngone:x:9:9::/home/gone:/bin/sh\n",
		"etc/shadow":  "root:*:15000:0:99999:7:::\ndev:!!:15000:0:99999:7:::\n",
		"home/dev/x":  "",
		"home/link":   "-> dev",
		"root/.ssh/x": "",
	})
	changes := let(t, tree, Access{AuthorizedKeys: []string{one + " me@host", two, one + " again"}})
	text, err := tree.ReadFile("root/.ssh/authorized_keys")
	if err != nil || string(text) != one+" me@host\n"+two+"\n" {
		t.Errorf("%q %v", text, err)
	}
	if notes := changes[len(changes)-1].Notes; len(notes) != 1 || !strings.Contains(notes[0], "EL6") {
		t.Errorf("%q", notes)
	}
	for name, want := range map[string]os.FileMode{"root/.ssh": os.ModeDir | 0o700, "root/.ssh/authorized_keys": 0o600} {
		if info, err := tree.Lstat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	for _, c := range let(t, tree, Access{AuthorizedKeys: []string{two, one}}) {
		if c.Changed() {
			t.Errorf("again: %s", c)
		}
	}
	// What the file holds stays, a line without its end too.
	old := "# mine\nno-pty " + one + "\ngarbage\n\ncommand=\"x\" ssh-rsa AAAA"
	if err := tree.Mkdir("home/dev/.ssh", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tree.WriteFile("home/dev/.ssh/authorized_keys", []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	changes = let(t, tree, Access{User: "dev", AuthorizedKeys: []string{one, two}, PasswordHash: "$6$salt$" + strings.Repeat("x", 86)})
	if text, _ = tree.ReadFile("home/dev/.ssh/authorized_keys"); string(text) != old+"\n"+two+"\n" {
		t.Errorf("%q", text)
	}
	info, _ := tree.Lstat("home/dev/.ssh/authorized_keys")
	if owner(t, info) != "501:502" || info.Mode() != 0o600 {
		t.Errorf("%s %v", owner(t, info), info.Mode())
	}
	if shadow, _ := tree.ReadFile("etc/shadow"); !strings.Contains(string(shadow), "\ndev:$6$salt$") {
		t.Errorf("%s", shadow)
	}
	said := false
	for _, c := range changes {
		said = said || strings.Contains(strings.Join(c.Notes, "\n"), "with other options")
	}
	if !said {
		t.Errorf("%v", changes)
	}
	for user, words := range map[string][]string{"nobody": {`home "/"`}, "gone": {"/home/gone", "make it first"}, "none": {"none"}} {
		e, err := NewAccess(Access{User: user, AuthorizedKeys: []string{one}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = overlay.Apply(tree, []overlay.Edit{e})
		refuses(t, err, words...)
		if user == "none" && !errors.Is(err, overlay.ErrNoAccount) {
			t.Errorf("%v", err)
		}
	}
}

func TestAccessRefuses(t *testing.T) {
	one, _ := keys(t)
	for name, c := range map[string]struct {
		a     Access
		words []string
	}{
		"nothing":  {Access{}, []string{"neither a key nor a password"}},
		"private":  {Access{AuthorizedKeys: []string{"-----BEGIN OPENSSH PRIVATE KEY-----"}}, []string{"key 1", "private key", ".pub"}},
		"garbage":  {Access{AuthorizedKeys: []string{one, "ssh-rsa AAAA"}}, []string{"key 2", ".pub"}},
		"two":      {Access{AuthorizedKeys: []string{one + "\n" + one}}, []string{"more than one line"}},
		"comment":  {Access{AuthorizedKeys: []string{"# " + one}}, []string{"no key"}},
		"password": {Access{PasswordHash: "secret:x"}, []string{"root"}},
		"user":     {Access{User: "a:b", PasswordHash: "!"}, []string{"a:b"}},
	} {
		_, err := NewAccess(c.a)
		t.Run(name, func(t *testing.T) { refuses(t, err, c.words...) })
	}
}

// OpenSSH reads the file that comes out, and finds the keys in it.
func TestAccessAsOpenSSH(t *testing.T) {
	keygen := judge(t, "ssh-keygen")
	one, two := keys(t)
	tree := image(map[string]string{"root/.ssh/authorized_keys": "# old\n" + one + " old"})
	let(t, tree, Access{AuthorizedKeys: []string{`from="10.0.0.0/8",no-pty ` + two + " new"}})
	text, err := tree.ReadFile("root/.ssh/authorized_keys")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authorized_keys")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(keygen, "-l", "-f", file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, line := range []string{one, two} {
		k, err := parseKey(line)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), ssh.FingerprintSHA256(k.key)) {
			t.Errorf("ssh-keygen does not see %s: %s", ssh.FingerprintSHA256(k.key), out)
		}
	}
}

func FuzzMerge(f *testing.F) {
	k := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGYyPOD7xkJ8vLDqzTXnCZ9EPpcBJVvYLjR0l0a4bW0b x"
	f.Add("# x\n"+k+"\n", k)
	f.Add("no end", k)
	f.Add("\x00\xff\r\n", k)
	f.Fuzz(func(t *testing.T, old, line string) {
		key, err := parseKey(line)
		if err != nil {
			return
		}
		once, _ := merge([]byte(old), []authorized{key})
		if !strings.HasPrefix(string(once), old) {
			t.Errorf("%q: lines are lost: %q", old, once)
		}
		if twice, _ := merge(once, []authorized{key}); string(twice) != string(once) {
			t.Errorf("%q: not the same again: %q", once, twice)
		}
	})
}
