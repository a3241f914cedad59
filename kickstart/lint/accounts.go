package lint

import (
	"regexp"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/script"
)

var (
	ruleClearPassword = Rule{
		"ks-clear-password", Warning,
		"whoever reads the file, a log of the build or the repository in which it lies has the password of every system that is made of it",
		"write its hash with --iscrypted (openssl passwd -6 makes one), or lock the account",
	}
	ruleEmptyPassword = Rule{
		"ks-empty-password", Error,
		"an account without a password lets everybody in",
		"lock the account, or give it a password's hash",
	}
	ruleWeakHash = Rule{
		"ks-weak-hash", Warning,
		"passwords behind a hash of DES or MD5 are found in hours by whoever has the hash",
		"hash the password anew: openssl passwd -6",
	}
	ruleSameHash = Rule{
		"ks-same-hash", Warning,
		"two accounts with one hash have one password: who finds the one has the other, and everybody sees it",
		"give each account a password of its own",
	}
	ruleNoRootPassword = Rule{
		"ks-root-password-missing", Warning,
		"without rootpw the installer asks for a password, or an image has root without one",
		"write rootpw --lock where the release has it, else rootpw --iscrypted with a hash and passwd -l root in %post",
	}
	ruleRootLogin = Rule{
		"ks-root-login", Warning,
		"the SSH server of the release lets root in by password, and the whole network tries passwords",
		"lock root, or write PermitRootLogin without-password to /etc/ssh/sshd_config in %post",
	}
)

// secretOptions are options that hold a password, in clear text where plain says so or the flag for hashes is missing.
var secretOptions = []struct {
	command, option string
	hashed          string // the flag that says that the value is a hash; empty: it never is one
	account         string // whose it is
}{
	{"user", "--password", "--iscrypted", ""},
	{"bootloader", "--password", "--iscrypted", "the boot loader"},
	{"vnc", "--password", "", "VNC, for the time of the installation"},
	{"part", "--passphrase", "", "the encrypted partition"},
	{"logvol", "--passphrase", "", "the encrypted volume"},
	{"raid", "--passphrase", "", "the encrypted array"},
	{"autopart", "--passphrase", "", "the encrypted partitions"},
	{"iscsi", "--password", "", "the iSCSI target"},
	{"iscsi", "--reverse-password", "", "the iSCSI initiator"},
	{"network", "--passphrase", "", "the wireless network"},
	{"network", "--wepkey", "", "the wireless network"},
	{"group", "--password", "--iscrypted", ""},
}

// accounts judges passwords that commands set.
func (c *checker) accounts() {
	for _, cmd := range c.f.Commands("rootpw", "sshpw") {
		who := "root"
		if cmd.Spec.Name == "sshpw" {
			if who, _ = cmd.Value("--username"); who == "" {
				who = "an account of the installer"
			}
		}
		if len(cmd.Args) == 0 {
			continue // locked, or the parser tells
		}
		word := cmd.Args[len(cmd.Args)-1]
		c.password(word.Place, cmd.Name, who, word.Value, cmd.Has("--iscrypted"), cmd.Has("--lock"))
	}
	for _, s := range secretOptions {
		for _, cmd := range c.f.Commands(s.command) {
			value, ok := cmd.Value(s.option)
			if !ok {
				continue
			}
			who := s.account
			if who == "" {
				if who, _ = cmd.Value("--name"); who == "" {
					who = "an account"
				}
			}
			c.password(option(cmd, s.option), s.command+" "+s.option, who, value, s.hashed != "" && cmd.Has(s.hashed), cmd.Has("--lock"))
		}
	}
	c.scriptPasswords()
	c.rootPassword()
}

// scriptPasswords judges passwords that scripts set. One that is taken away and then locked is locked.
func (c *checker) scriptPasswords() {
	open := map[string]script.Effect{}
	var users []string
	for _, e := range c.read.Effects {
		switch e.Kind {
		case script.Secret:
			if e.Content == "" {
				c.add(ruleEmptyPassword, e.Place, "the script gives %s an empty password", accountName(e.User))
			} else {
				c.add(ruleClearPassword, e.Place, "the script holds the password of %s in clear text", accountName(e.User))
			}
			delete(open, e.User)
		case script.Lock, script.Hash, script.Gone:
			delete(open, e.User)
		case script.Clear:
			if _, there := open[e.User]; !there {
				users = append(users, e.User)
			}
			open[e.User] = e
		}
	}
	for _, user := range users {
		if e, ok := open[user]; ok && !c.mayTouch("/etc/shadow") {
			c.add(ruleEmptyPassword, e.Place, "the script takes the password of %s away", accountName(user))
			delete(open, user)
		}
	}
}

func accountName(user string) string {
	if user == "" {
		return "an account"
	}
	return user
}

// password judges one password, which is a hash or is not.
func (c *checker) password(at kickstart.Place, where, who, value string, hashed, locked bool) {
	switch {
	case value == "" && !locked:
		c.add(ruleEmptyPassword, at, "%s gives %s an empty password", where, who)
	case value == "" || strings.Trim(value, "!*") == "":
	case !hashed && looksHashed(value):
		c.add(ruleClearPassword, at, "%s holds what looks like a hash of the password of %s, and takes it for the password itself", where, who)
		c.hint("write --iscrypted in front")
	case !hashed:
		c.add(ruleClearPassword, at, "%s holds the password of %s in clear text", where, who)
		if strings.HasPrefix(where, "part") || strings.Contains(where, "--pass") && !strings.Contains(where, "--password") {
			c.hint("take it out of the file, and bring it in when the file is rendered for one installation")
		}
	}
}

var cryptText = regexp.MustCompile(`^\$(1|2[abxy]?|5|6|7|g?y|sha1|md5)\$[^\s:]{8,}$`)

// isHash tells what a password can be of from what no password fits, as '!', '*' and words like 'locked' that people write.
func isHash(value string) bool {
	return value == "" || strings.HasPrefix(value, "$") || strings.HasPrefix(value, "_") && len(value) == 20 || desText.MatchString(value)
}

// looksHashed tells a hash of crypt(3) from a password.
func looksHashed(value string) bool { return cryptText.MatchString(value) }

// hashed is a hash in the file.
type hashed struct {
	at   kickstart.Place
	who  string
	text string
}

// hashes judges the hashes of all accounts.
func (c *checker) hashes() {
	var all []hashed
	for _, cmd := range c.f.Commands("rootpw", "sshpw") {
		if len(cmd.Args) > 0 && cmd.Has("--iscrypted") {
			who := "root"
			if cmd.Spec.Name == "sshpw" {
				who, _ = cmd.Value("--username")
			}
			word := cmd.Args[len(cmd.Args)-1]
			all = append(all, hashed{word.Place, who, word.Value})
		}
	}
	for _, cmd := range c.f.Commands("user") {
		if text, ok := cmd.Value("--password"); ok && cmd.Has("--iscrypted") {
			who, _ := cmd.Value("--name")
			all = append(all, hashed{option(cmd, "--password"), who, text})
		}
	}
	for _, e := range c.read.Effects {
		switch {
		case e.Kind == script.Hash:
			all = append(all, hashed{e.Place, e.User, e.Content})
		case e.Kind == script.User && e.Account.Password != "":
			all = append(all, hashed{e.Place, e.User, e.Account.Password})
		}
	}
	for _, cmd := range c.f.Commands("bootloader") {
		// RHEL 5 knows no other.
		if text, ok := cmd.Value("--md5pass"); ok && c.v > grammar.RHEL5 {
			c.weak(hashed{option(cmd, "--md5pass"), "the boot loader", text})
		}
		if text, ok := cmd.Value("--password"); ok && cmd.Has("--iscrypted") {
			c.weak(hashed{option(cmd, "--password"), "the boot loader", text})
		}
	}
	first := map[string]hashed{}
	for _, h := range all {
		h.text = strings.TrimLeft(h.text, "!")
		if strings.Trim(h.text, "*x") == "" {
			continue
		}
		c.weak(h)
		if was, ok := first[h.text]; ok && was.who != h.who {
			c.add(ruleSameHash, h.at, "%s has the hash of %s in line %d", accountName(h.who), accountName(was.who), was.at.Line)
		} else if !ok {
			first[h.text] = h
		}
	}
	c.weakByDefault()
}

var desText = regexp.MustCompile(`^[./0-9A-Za-z]{13}$`)

// weak tells of a hash that does not hide its password.
func (c *checker) weak(h hashed) {
	switch {
	case strings.HasPrefix(h.text, "$1$"), strings.HasPrefix(h.text, "$md5"):
		c.add(ruleWeakHash, h.at, "the password of %s is hashed with MD5", accountName(h.who))
	case desText.MatchString(h.text), strings.HasPrefix(h.text, "_") && len(h.text) == 20:
		c.add(ruleWeakHash, h.at, "the password of %s is hashed with DES", accountName(h.who))
	case strings.HasPrefix(h.text, "$3$"):
		c.add(ruleWeakHash, h.at, "the password of %s is hashed with NT", accountName(h.who))
	}
}

// weakByDefault tells of a hash that all later passwords would get.
func (c *checker) weakByDefault() {
	for _, cmd := range c.f.Commands("auth", "authconfig") {
		for i, w := range cmd.Words {
			algorithm, ok := strings.CutPrefix(w.Value, "--passalgo=")
			if w.Value == "--passalgo" && i+1 < len(cmd.Words) {
				algorithm, ok = cmd.Words[i+1].Value, true
			}
			if w.Value == "--enablemd5" {
				algorithm, ok = "md5", true
			}
			if ok && (algorithm == "md5" || algorithm == "descrypt" || algorithm == "bigcrypt") {
				c.add(ruleWeakHash, w.Place, "passwords that are set later are hashed with %s", strings.ToUpper(algorithm))
				c.hint("write --passalgo=sha512")
			}
		}
	}
}

// rootPassword tells whether root has no password and no lock.
func (c *checker) rootPassword() {
	if c.partial || len(c.f.Commands("rootpw", "upgrade", "rescue")) > 0 || c.rootLocked() {
		return
	}
	if c.v >= grammar.RHEL7 && len(c.f.Commands("user")) > 0 {
		return // an administrator is enough then
	}
	for _, e := range c.read.Effects {
		if (e.Kind == script.Hash || e.Kind == script.Secret) && e.User == "root" {
			return
		}
	}
	if c.mayTouch("/etc/shadow") {
		return
	}
	c.add(ruleNoRootPassword, c.whole(), "there is no rootpw, and no script locks root")
}

// rootLocked tells whether the password of root is locked in the end, as far as can be read.
func (c *checker) rootLocked() bool {
	locked := false
	if cmd := c.last("rootpw"); cmd != nil {
		locked = cmd.Has("--lock") || len(cmd.Args) > 0 && cmd.Has("--iscrypted") && !isHash(cmd.Args[len(cmd.Args)-1].Value)
	}
	for _, e := range c.read.Effects {
		if e.User != "root" {
			continue
		}
		switch e.Kind {
		case script.Lock:
			locked = true
		case script.Unlock, script.Secret, script.Clear:
			locked = false
		case script.Hash:
			locked = !isHash(e.Content)
		}
	}
	return locked
}

// mayTouch tells whether a command that was not read could change a file.
func (c *checker) mayTouch(path string) bool {
	for _, u := range c.read.Unread {
		if u.Harmless {
			continue
		}
		if u.Paths == nil {
			return true
		}
		for _, p := range u.Paths {
			if p == path || strings.HasPrefix(path, strings.TrimSuffix(p, "/")+"/") {
				return true
			}
		}
	}
	return false
}

const sshdConfig = "/etc/ssh/sshd_config"

// keepsRootOut are lines that do not let root in by password.
var keepsRootOut = regexp.MustCompile(`(?i)PermitRootLogin\s+(no|without-password|prohibit-password|forced-commands-only)|PasswordAuthentication\s+no`)

// rootLogin tells whether root gets in by password over SSH, where the file itself says enough to know.
func (c *checker) rootLogin() {
	cmd := c.last("rootpw")
	if cmd == nil || c.partial || c.rootLocked() || len(cmd.Args) == 0 || c.mayTouch(sshdConfig) {
		return
	}
	if c.v >= grammar.RHEL9 && !cmd.Has("--allow-ssh") {
		return // it lets root in by key only
	}
	for _, e := range c.entries {
		if e.Excluded && e.Name == "openssh-server" {
			return
		}
	}
	for _, e := range c.read.Effects {
		if (e.Path == sshdConfig || strings.HasPrefix(e.Path, sshdConfig+".d/")) && keepsRootOut.MatchString(e.Content+"\n"+e.Program) {
			return
		}
		if e.Path == sshdConfig && e.Kind != script.Append && e.Kind != script.Sed && e.Kind != script.Write {
			return // it is another file then
		}
		if e.Kind == script.Service && strings.TrimSuffix(e.Service.Name, ".service") == "sshd" && (e.Service.Action == "disable" || e.Service.Action == "mask" || e.Service.Action == "del") {
			return
		}
	}
	for _, s := range c.f.Commands("services") {
		for _, name := range s.List("--disabled") {
			if name == "sshd" {
				return
			}
		}
	}
	c.add(ruleRootLogin, cmd.Place, "root has a password, and nothing keeps it from being tried over SSH")
}
