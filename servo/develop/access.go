package develop

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
)

// Access lets developers into the machine: with an SSH key, a password, or both.
type Access struct {
	// User is an account that the image has; empty: root.
	User string
	// AuthorizedKeys are lines as in ~/.ssh/authorized_keys (sshd(8)), options before the key included. They
	// are added to what the file holds.
	AuthorizedKeys []string
	// PasswordHash is as crypt(3) writes it; empty leaves the password alone.
	PasswordHash string
	// Time is given to what is written, and is the day of the password's change. Zero leaves it to the tree.
	Time time.Time
}

// authorized is a key, with the line that says it.
type authorized struct {
	line string
	key  ssh.PublicKey
}

type access struct {
	a        Access
	keys     []authorized
	password overlay.Edit
}

// NewAccess makes the edit, or says what is wrong with the request.
func NewAccess(a Access) (overlay.Edit, error) {
	if a.User == "" {
		a.User = "root"
	}
	if len(a.AuthorizedKeys) == 0 && a.PasswordHash == "" {
		return nil, fmt.Errorf("access for %s: neither a key nor a password: give one", a.User)
	}
	e := access{a: a}
	for i, line := range a.AuthorizedKeys {
		key, err := parseKey(line)
		if err != nil {
			return nil, fmt.Errorf("access for %s: key %d: %w", a.User, i+1, err)
		}
		e.keys = append(e.keys, key)
	}
	if a.PasswordHash != "" {
		var err error
		if e.password, err = accounts.NewPassword(accounts.Password{User: a.User, Hash: a.PasswordHash, Time: a.Time}); err != nil {
			return nil, fmt.Errorf("access for %s: %w", a.User, err)
		}
	}
	return e, nil
}

// parseKey reads one line. A private key is told apart, so that it is noticed before it lies in an image.
func parseKey(line string) (authorized, error) {
	line = strings.TrimSpace(line)
	switch {
	case strings.Contains(line, "PRIVATE KEY"):
		return authorized{}, errors.New("this is a private key, which is not for an image: give the line from the .pub file")
	case strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return authorized{}, errors.New("more than one line, or control characters: give one line a key")
	case strings.HasPrefix(line, "#") || line == "":
		return authorized{}, errors.New("no key in it: give the line from the .pub file")
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return authorized{}, fmt.Errorf("%.40q: not a public key of OpenSSH: give the line from the .pub file", line)
	}
	return authorized{line, key}, nil
}

func (e access) Describe() string {
	var what []string
	switch n := len(e.keys); n {
	case 0:
	case 1:
		what = append(what, "an SSH key")
	default:
		what = append(what, fmt.Sprintf("%d SSH keys", n))
	}
	if e.password != nil {
		what = append(what, "a password")
	}
	return fmt.Sprintf("let %s in with %s", e.a.User, strings.Join(what, " and "))
}

// Paths takes the home to be where homes are as a rule; what counts is the image's /etc/passwd.
func (e access) Paths() []string {
	var out []string
	if len(e.keys) > 0 {
		home := "/root"
		if e.a.User != "root" {
			home = "/home/" + e.a.User
		}
		out = append(out, home+"/.ssh/authorized_keys")
	}
	if e.password != nil {
		out = append(out, e.password.Paths()...)
	}
	return out
}

func (e access) Apply(t overlay.Tree) ([]overlay.Change, error) {
	a := &applying{install: install{o: EditOptions{Time: e.a.Time}}, t: t}
	if len(e.keys) > 0 {
		if err := e.addKeys(a); err != nil {
			return nil, err
		}
	}
	if e.password != nil {
		if err := a.do(e.password); err != nil {
			return nil, err
		}
	}
	return a.changes, a.stamp()
}

// addKeys appends the keys that the file lacks. sshd wants the folder and the file to be the user's own, and
// nobody else to write there.
func (e access) addKeys(a *applying) error {
	who, err := findHome(a.t, e.a.User)
	if err != nil {
		return err
	}
	folder := path.Join(who.home, ".ssh")
	file := path.Join(folder, "authorized_keys")
	r, err := overlay.Resolve(a.t, file)
	if err != nil {
		return err
	}
	var old []byte
	if r.Exists() {
		if !r.Info.Mode().IsRegular() || r.Info.Size() > maxSetup {
			return fmt.Errorf("%s: no list of keys: remove it first", r.Path())
		}
		if old, err = a.t.ReadFile(r.Name); err != nil {
			return fmt.Errorf("%s: %w", r.Path(), err)
		}
	}
	text, notes := merge(old, e.keys)
	more, err := e.unknownTo(a.t)
	if err != nil {
		return err
	}
	dirMode, fileMode := fs.FileMode(0o700), fs.FileMode(0o600)
	if err := a.do(overlay.Dir{Path: folder, Mode: &dirMode, Owner: &who.owner}); err != nil {
		return err
	}
	return a.do(overlay.File{Path: file, Content: text, Mode: &fileMode, Owner: &who.owner}, append(notes, more...)...)
}

// merge adds the keys that a list does not have yet, and keeps every line of it.
func merge(old []byte, keys []authorized) (out []byte, notes []string) {
	out = slices.Clone(old)
	held := map[string]string{} // key → its line
	for line := range strings.Lines(string(old)) {
		if k, err := parseKey(line); err == nil {
			held[string(k.key.Marshal())] = k.line
		}
	}
	for _, k := range keys {
		id := string(k.key.Marshal())
		if line, ok := held[id]; ok {
			if options(line) != options(k.line) {
				notes = append(notes, fmt.Sprintf("the key %s is there with other options, which stay", ssh.FingerprintSHA256(k.key)))
			}
			continue
		}
		held[id] = k.line
		if len(out) > 0 && !bytes.HasSuffix(out, []byte("\n")) {
			out = append(out, '\n')
		}
		out = append(append(out, k.line...), '\n')
	}
	return out, notes
}

// options are what stands before a key.
func options(line string) string {
	_, _, opts, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return ""
	}
	return strings.Join(opts, ",")
}

var elRelease = regexp.MustCompile(`release ([0-9]+)`)

// unknownTo says which keys the OpenSSH of an old image does not know.
func (e access) unknownTo(t overlay.ReadTree) ([]string, error) {
	r, err := overlay.Resolve(t, "/etc/redhat-release")
	if err != nil && !overlay.LeadsNowhere(err) {
		return nil, err
	}
	if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() || r.Info.Size() > 4096 {
		return nil, nil
	}
	text, err := t.ReadFile(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	m := elRelease.FindSubmatch(text)
	if m == nil || string(m[1]) != "5" && string(m[1]) != "6" {
		return nil, nil
	}
	var notes []string
	for _, k := range e.keys {
		if kind := k.key.Type(); kind != ssh.KeyAlgoRSA && kind != "ssh-dss" && !strings.HasPrefix(kind, "ecdsa-") {
			notes = append(notes, fmt.Sprintf("the sshd of EL%s does not know keys of type %s (%s): give an RSA key too", m[1], kind, fingerprint(k.key)))
		}
	}
	return notes, nil
}

func fingerprint(k ssh.PublicKey) string {
	return strings.TrimRight(ssh.FingerprintSHA256(k), "=")
}

// homeOf is where a user lives, and who that is.
type homeOf struct {
	home  string
	owner overlay.Owner
}

// findHome reads /etc/passwd of the image: the first line of a name counts.
func findHome(t overlay.ReadTree, user string) (homeOf, error) {
	r, err := overlay.Resolve(t, "/etc/passwd")
	if err != nil {
		return homeOf{}, err
	}
	if !r.Exists() || !r.Info.Mode().IsRegular() || r.Info.Size() > 4<<20 {
		return homeOf{}, fmt.Errorf("%s: no list of accounts: the image has no user %s", r.Path(), user)
	}
	text, err := t.ReadFile(r.Name)
	if err != nil {
		return homeOf{}, fmt.Errorf("%s: %w", r.Path(), err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if f[0] != user || len(f) < 6 {
			continue
		}
		home := f[5]
		if !path.IsAbs(home) || path.Clean(home) == "/" {
			return homeOf{}, fmt.Errorf("%s: %s has the home %q: give it a folder of its own first", r.Path(), user, home)
		}
		at, err := overlay.Resolve(t, home)
		if err != nil && !overlay.LeadsNowhere(err) {
			return homeOf{}, err
		}
		if err != nil || !at.Exists() || !at.Info.IsDir() {
			return homeOf{}, fmt.Errorf("%s: %w: the home of %s: make it first", path.Clean(home), fs.ErrNotExist, user)
		}
		return homeOf{home, overlay.Owner{User: f[2], Group: f[3]}}, nil
	}
	return homeOf{}, fmt.Errorf("%s: no user %s: %w: make it first", r.Path(), user, overlay.ErrNoAccount)
}
