package survey

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"lbimage/overlay"
)

// Account is a user of /etc/passwd, with what decides whether it can log in.
type Account struct {
	Name  string `json:"name"`
	UID   uint32 `json:"uid"`
	GID   uint32 `json:"gid"`
	Home  string `json:"home,omitempty"`
	Shell string `json:"shell"` // /bin/sh where the field is empty
	Line  int    `json:"-"`     // in /etc/passwd, from 1
	// Interactive says that the shell is there and takes commands; one such as nologin or false ends at once.
	Interactive bool     `json:"interactive"`
	Password    Password `json:"password"`
	// Keys are the files with keys that may log in as the account, as sshd would look for them, and those where it does by default.
	Keys []KeyFile `json:"keys,omitempty"`
	// Expired says that the account had ended when /etc/shadow was last written.
	Expired bool `json:"expired,omitempty"`
	// Login says how one gets in: password, key; empty for nobody does.
	Login []string `json:"login,omitempty"`
}

// PasswordState is what a password field comes to.
type PasswordState string

const (
	PasswordNone     PasswordState = "none"     // empty: none is asked for
	PasswordLocked   PasswordState = "locked"   // a ! before it, or nothing but one
	PasswordUnusable PasswordState = "unusable" // * or what no password gives
	PasswordSet      PasswordState = "set"
)

// Password is an account's. The hash itself is kept for rules and never printed.
type Password struct {
	State  PasswordState `json:"state"`
	Method string        `json:"method,omitempty"` // of the hash: sha512, sha256, yescrypt, bcrypt, md5, des, …
	Path   string        `json:"-"`                // /etc/shadow, or /etc/passwd where that has it
	Line   int           `json:"-"`
	Hash   string        `json:"-"` // without the locks before it; also of a locked one
}

// KeyFile is a file with keys that may log in.
type KeyFile struct {
	Path  string `json:"path"`
	Count int    `json:"count"`
	// Read says that sshd, as it is configured, reads the file.
	Read bool `json:"read"`
}

const (
	maxAccountText = 8 << 20
	maxAccounts    = 5000
	maxKeyPatterns = 8
	maxKeyText     = 1 << 20
)

// hashMethods are the beginnings of hashes, as crypt(5) lists them.
var hashMethods = []struct{ prefix, name string }{
	{"$6$", "sha512"}, {"$5$", "sha256"}, {"$y$", "yescrypt"}, {"$gy$", "gost-yescrypt"}, {"$7$", "scrypt"},
	{"$2a$", "bcrypt"}, {"$2b$", "bcrypt"}, {"$2x$", "bcrypt"}, {"$2y$", "bcrypt"}, {"$1$", "md5"}, {"$md5", "sunmd5"},
	{"$sha1$", "sha1"}, {"$3$", "nt"}, {"_", "bsdi-des"},
}

// noShells are programs that end a login at once.
var noShells = []string{"nologin", "false", "true", "sync", "shutdown", "halt", "reboot", "poweroff"}

// accountsOf reads the users of an image. sshd says where it looks for keys.
func accountsOf(t overlay.ReadTree, sshd SSHD) []Account {
	passwd, _, err := overlay.ReadFile(t, "etc/passwd", maxAccountText)
	if err != nil {
		return nil // not there, or damaged, which rules of the file system say
	}
	shadow, written := shadowOf(t)
	counted := map[string]KeyFile{} // several accounts may have one home
	shells := map[string]bool{}
	var out []Account
	number := 0
	for line := range strings.Lines(string(passwd)) {
		number++
		a, ok := parseAccount(line, number)
		if !ok || len(out) == maxAccounts {
			continue
		}
		a.Password = a.password(shadow)
		if e, ok := shadow[a.Name]; ok && a.Password.Path == shadowPath {
			a.Expired = e.expires >= 0 && written > 0 && e.expires <= written
		}
		if _, known := shells[a.Shell]; !known {
			shells[a.Shell] = interactive(t, a.Shell)
		}
		a.Interactive = shells[a.Shell]
		a.Keys = keysOf(t, a, sshd, counted)
		a.Login = a.login(sshd)
		out = append(out, a)
	}
	return out
}

func parseAccount(line string, number int) (Account, bool) {
	f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
	if len(f) < 7 || f[0] == "" || strings.ContainsAny(f[0][:1], "+-#") {
		return Account{}, false // NIS, comments, what the C library passes by
	}
	uid, err1 := strconv.ParseUint(f[2], 10, 32)
	gid, err2 := strconv.ParseUint(f[3], 10, 32)
	if err1 != nil || err2 != nil {
		return Account{}, false
	}
	a := Account{
		Name: f[0], UID: uint32(uid), GID: uint32(gid), Home: f[5], Shell: f[6], Line: number,
		Password: Password{Hash: f[1], Path: passwdPath, Line: number},
	}
	if a.Shell == "" {
		a.Shell = "/bin/sh"
	}
	return a, true
}

const (
	passwdPath = "/etc/passwd"
	shadowPath = "/etc/shadow"
)

// shadowEntry is a line of /etc/shadow.
type shadowEntry struct {
	field   string
	line    int
	expires int64 // days since 1970; -1: never
}

// shadowOf reads /etc/shadow, and tells on which day since 1970 it was written. Of two lines with one name the first counts.
func shadowOf(t overlay.ReadTree) (map[string]shadowEntry, int64) {
	text, at, err := overlay.ReadFile(t, "etc/shadow", maxAccountText)
	if err != nil {
		return nil, 0
	}
	out := map[string]shadowEntry{}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) < 2 || f[0] == "" {
			continue
		}
		e := shadowEntry{field: f[1], line: number, expires: -1}
		if len(f) > 7 {
			if days, err := strconv.ParseInt(f[7], 10, 32); err == nil {
				e.expires = days
			}
		}
		if _, twice := out[f[0]]; !twice && len(out) < maxAccounts {
			out[f[0]] = e
		}
	}
	return out, at.Info.ModTime().Unix() / int64(24*time.Hour/time.Second)
}

// password finds where the account's password stands and what it comes to. As pam_unix has it: x (or the name behind ##) in
// passwd sends to shadow, anything else is the password itself.
func (a Account) password(shadow map[string]shadowEntry) Password {
	p := a.Password
	if p.Hash == "x" || strings.HasPrefix(p.Hash, "##") {
		e, ok := shadow[a.Name]
		if !ok {
			return Password{State: PasswordUnusable, Path: passwdPath, Line: a.Line}
		}
		p = Password{Hash: e.field, Path: shadowPath, Line: e.line}
	}
	switch {
	case p.Hash == "":
		p.State = PasswordNone
	case p.Hash[0] == '!':
		p.State = PasswordLocked
		p.Hash = strings.TrimLeft(p.Hash, "!")
		p.Method = hashMethod(p.Hash)
	default:
		if p.Method = hashMethod(p.Hash); p.Method != "" {
			p.State = PasswordSet
		} else {
			p.State, p.Hash = PasswordUnusable, ""
		}
	}
	return p
}

// hashMethod names how a hash was made; empty for what is none.
func hashMethod(hash string) string {
	for _, m := range hashMethods {
		if strings.HasPrefix(hash, m.prefix) && len(hash) > len(m.prefix)+8 {
			return m.name
		}
	}
	if len(hash) == 13 && strings.Trim(hash, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == "" {
		return "des"
	}
	return ""
}

// interactive reports whether a shell is there and takes commands.
func interactive(t overlay.ReadTree, shell string) bool {
	if slices.Contains(noShells, path.Base(shell)) || !path.IsAbs(shell) {
		return false
	}
	r, err := overlay.Resolve(t, shell)
	if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() || r.Info.Mode().Perm()&0o111 == 0 {
		return false
	}
	return !slices.Contains(noShells, path.Base(r.Name))
}

// keysOf finds the account's files of keys, with how many keys each has.
func keysOf(t overlay.ReadTree, a Account, sshd SSHD, counted map[string]KeyFile) []KeyFile {
	var out []KeyFile
	read := sshd.Files("AuthorizedKeysFile")
	seen := map[string]bool{}
	look := func(pattern string, isRead bool) {
		name, ok := expandKeys(pattern, a)
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		k, known := counted[name]
		if !known {
			if text, at, err := overlay.ReadFile(t, name, maxKeyText); err == nil {
				k = KeyFile{Path: at.Path(), Count: countKeys(string(text))}
			}
			counted[name] = k
		}
		if k.Read = isRead; k.Count > 0 {
			out = append(out, k)
		}
	}
	for _, pattern := range read[:min(len(read), maxKeyPatterns)] {
		look(pattern, sshd.Is("PubkeyAuthentication"))
	}
	for _, pattern := range defaultKeyFiles {
		look(pattern, false)
	}
	return out
}

var defaultKeyFiles = []string{".ssh/authorized_keys", ".ssh/authorized_keys2"}

// expandKeys gives the file that a pattern of AuthorizedKeysFile means for an account.
func expandKeys(pattern string, a Account) (string, bool) {
	if pattern == "none" || a.Home == "" {
		return "", false
	}
	name := strings.NewReplacer("%%", "%", "%h", a.Home, "%u", a.Name, "%U", strconv.FormatUint(uint64(a.UID), 10)).Replace(pattern)
	if !path.IsAbs(name) {
		name = path.Join(a.Home, name)
	}
	return name, path.IsAbs(name)
}

// countKeys counts the lines of an authorized_keys that are keys.
func countKeys(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		for _, kind := range []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"} {
			if strings.Contains(line, kind) {
				n++
				break
			}
		}
	}
	return n
}

// login says how one gets in as the account: at a console or through sshd, if that lets in at all.
func (a Account) login(sshd SSHD) []string {
	var out []string
	if !a.Interactive || a.Expired {
		return nil
	}
	if a.Password.State == PasswordSet || a.Password.State == PasswordNone {
		out = append(out, "password")
	}
	locked := a.Password.State == PasswordLocked && !sshd.Is("UsePAM") // sshd itself asks only where PAM does not
	for _, k := range a.Keys {
		if k.Read && sshd.Present && !locked && (a.UID != 0 || sshd.Value("PermitRootLogin") != "no") {
			return append(out, "key")
		}
	}
	return out
}
