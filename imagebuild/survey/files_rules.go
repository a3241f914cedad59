package survey

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// fileRule tells a kind of file by its name, and where names deceive by what is in it. The first that fits counts.
type fileRule struct {
	kind    FileKind
	fits    func(name, base string) bool
	content func(t overlay.ReadTree, name string, info fs.FileInfo) bool
}

var fileRules = []fileRule{
	{FilesCore, isCoreName, isCore},
	{FilesCore, func(name, base string) bool {
		return under(name, "var/crash", "var/lib/systemd/coredump", "var/spool/abrt", "var/lib/apport/coredump") && base != "README"
	}, nil},
	{FilesSwap, func(_, base string) bool { return strings.Contains(base, "swap") }, isSwap},
	{FilesHistory, func(name, base string) bool { return inHome(name) && slices.Contains(historyNames, base) }, nil},
	{FilesLog, func(name, base string) bool { return isLoginLog(name, base) }, holdsData},
	{FilesLog, func(name, base string) bool {
		return under(name, "var/log") && base != "README" && base != ".gitignore" && !isLoginLog(name, base)
	}, nil},
	{FilesLog, func(name, _ string) bool { return slices.Contains(installLogs, name) }, nil},
	{FilesCache, isCacheName, nil},
	{FilesLease, func(name, base string) bool {
		return under(name, "var/lib/dhclient", "var/lib/dhcp", "var/lib/dhcp3", "var/lib/dhcpcd", "var/db/dhcpcd", "var/lib/NetworkManager", "var/lib/systemd/network") && strings.Contains(base, "lease")
	}, nil},
	{FilesNetRule, func(name, _ string) bool { return name == "etc/udev/rules.d/70-persistent-net.rules" }, hasLines},
	{FilesCardAddress, func(name, base string) bool {
		return path.Dir(name) == "etc/sysconfig/network-scripts" && strings.HasPrefix(base, "ifcfg-") && !strings.ContainsAny(base, "~.")
	}, hasCardAddress},
	{FilesKeys, func(name, base string) bool {
		return (base == "authorized_keys" || base == "authorized_keys2") && path.Base(path.Dir(name)) == ".ssh"
	}, hasLines},
	{FilesHostKey, func(name, base string) bool {
		return path.Dir(name) == "etc/ssh" && strings.HasPrefix(base, "ssh_host_") && strings.HasSuffix(base, "key")
	}, nil},
	{FilesSeed, func(name, _ string) bool {
		return slices.Contains([]string{"var/lib/random-seed", "var/lib/systemd/random-seed", "var/lib/urandom/random-seed", "var/lib/misc/random-seed", "boot/efi/loader/random-seed"}, name)
	}, nil},
	{FilesMachineID, func(name, _ string) bool { return name == "etc/machine-id" || name == "var/lib/dbus/machine-id" }, isMachineID},
	{FilesCloudInit, func(name, _ string) bool { return under(name, "var/lib/cloud/data", "var/lib/cloud/sem") }, nil},
	{FilesMail, func(name, _ string) bool {
		return under(name, "var/spool/mail", "var/mail", "var/spool/mqueue", "var/spool/clientmqueue") ||
			under(name, "var/spool/postfix/incoming", "var/spool/postfix/active", "var/spool/postfix/deferred", "var/spool/postfix/maildrop")
	}, nil},
	{FilesAccountBackup, func(name, base string) bool {
		for _, f := range []string{"passwd", "shadow", "group", "gshadow", "subuid", "subgid"} {
			if rest, ok := strings.CutPrefix(base, f); ok && path.Dir(name) == "etc" && (rest == "-" || rest == "~" || rest == ".OLD" || rest == ".old" || rest == ".bak" || rest == ".orig") {
				return true
			}
		}
		return name == "etc/nshadow" || path.Dir(name) == "var/backups" && (base == "passwd.bak" || base == "shadow.bak" || base == "group.bak" || base == "gshadow.bak")
	}, nil},
	{FilesLeftover, func(_, base string) bool {
		return slices.ContainsFunc(leftoverEnds, func(end string) bool { return strings.HasSuffix(base, end) })
	}, nil},
	{FilesCredential, func(name, base string) bool {
		return inHome(name) && (slices.Contains(credentialNames, base) || slices.ContainsFunc(credentialPaths, func(p string) bool { return strings.HasSuffix(name, "/"+p) }))
	}, nil},
	{FilesCredential, func(name, _ string) bool {
		return name == "etc/boto.cfg" || under(name, "etc/boto.d") || strings.HasSuffix(name, "/.boto")
	}, hasSecretKey},
	{FilesPrivateKey, isKeyName, isPrivateKey},
	{FilesEditor, func(name, base string) bool {
		return !under(name, "usr/lib", "usr/lib64", "usr/share", "usr/src", "lib", "lib64", "proc", "sys") &&
			(strings.HasSuffix(base, "~") || strings.HasPrefix(base, ".") && (strings.HasSuffix(base, ".swp") || strings.HasSuffix(base, ".swo")) ||
				len(base) > 2 && base[0] == '#' && base[len(base)-1] == '#' || under(name, "etc") && (strings.HasSuffix(base, ".bak") || strings.HasSuffix(base, ".orig")))
	}, nil},
}

// historyNames are files in homes that keep what was typed, looked at or connected to.
var historyNames = strings.Fields(`.bash_history .sh_history .ksh_history .zsh_history .zhistory .zsh_sessions .ash_history .history .tcsh_history fish_history
.mysql_history .psql_history .sqlite_history .dbshell .mongo_history .rediscli_history .python_history .node_repl_history .irb_history
.irb-history .php_history .lua_history .gdb_history .octave_hist .Rhistory .viminfo .lesshst .nano_history .recently-used .wget-hsts known_hosts .joe_state .mc_history .Xauthority`)

// loginLogs are tables with a place for each account, which may be all zeros.
var loginLogs = []string{"lastlog", "faillog", "tallylog", "wtmp", "btmp"}

func isLoginLog(name, base string) bool {
	return path.Dir(name) == "var/log" && slices.Contains(loginLogs, base)
}

// installLogs are what installers leave in the root's home.
var installLogs = []string{"root/anaconda-ks.cfg", "root/original-ks.cfg", "root/initial-setup-ks.cfg", "root/install.log", "root/install.log.syslog", "root/ks-post.log", "root/upgrade.log", "root/upgrade.log.syslog"}

var leftoverEnds = []string{".rpmnew", ".rpmsave", ".rpmorig", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp", ".dpkg-bak", ".dpkg-remove", ".ucf-old", ".ucf-dist", ".ucf-new", ".pacnew", ".pacsave"}

// credentialNames and credentialPaths are where tools keep passwords and keys in homes.
var (
	credentialNames = strings.Fields(".netrc .pgpass .my.cnf .git-credentials .pypirc .s3cfg .dockercfg .htpasswd eucarc .eucarc .vault-token .passwd-s3fs .smbcredentials")
	credentialPaths = []string{".aws/credentials", ".docker/config.json", ".config/gcloud/credentials.db", ".kube/config", ".config/gh/hosts.yml", ".euca/euca2ools.ini", ".azure/accessTokens.json", ".config/rclone/rclone.conf"}
)

// inHome reports whether a name lies where people have their homes, or services theirs.
func inHome(name string) bool {
	return under(name, "root", "home", "var/lib", "var/www", "srv", "opt", "etc/skel", "tmp", "var/tmp", "var/spool") || path.Dir(name) == "."
}

func isCacheName(name, base string) bool {
	switch {
	case base == "lock" || base == "partial" || base == "CACHEDIR.TAG":
		return false
	case under(name, "var/cache/yum", "var/cache/dnf", "var/cache/apt", "var/cache/zypp", "var/cache/pip", "var/lib/apt/lists", "var/cache/PackageKit", "var/cache/rhsm"):
		return true
	case under(name, "root/.cache", "root/.pip", "root/.npm", "root/.cpan", "root/.cargo", "root/.m2"):
		return true
	}
	parts := strings.Split(name, "/")
	return len(parts) > 3 && parts[0] == "home" && slices.Contains([]string{".cache", ".pip", ".npm", ".cpan", ".cargo", ".m2"}, parts[2])
}

// isCoreName says that a file is named as the kernel names a core: core, core.4711.
func isCoreName(_, base string) bool {
	rest, ok := strings.CutPrefix(base, "core")
	return ok && (rest == "" || rest[0] == '.' && len(rest) > 1 && strings.Trim(rest[1:], "0123456789") == "") || strings.HasSuffix(base, ".core")
}

// isCore reads the head of an ELF file for the type that cores have.
func isCore(t overlay.ReadTree, name string, _ fs.FileInfo) bool {
	b := head(t, name, 18)
	if len(b) < 18 || string(b[:4]) != "\x7fELF" {
		return false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if b[5] == 2 {
		order = binary.BigEndian
	}
	return order.Uint16(b[16:]) == 4
}

// isSwap looks for the mark that mkswap writes at the end of the first page, whatever the size of a page.
func isSwap(t overlay.ReadTree, name string, info fs.FileInfo) bool {
	if info.Size() < 8192 {
		return false
	}
	b := head(t, name, 64<<10)
	for page := 4096; page <= len(b); page *= 2 {
		if m := b[page-10 : page]; string(m) == "SWAPSPACE2" || string(m) == "SWAP-SPACE" {
			return true
		}
	}
	return false
}

func isMachineID(t overlay.ReadTree, name string, _ fs.FileInfo) bool {
	text := strings.TrimSpace(string(head(t, name, 64)))
	return text != "" && text != "uninitialized"
}

// hasLines reports whether a text is more than comments.
func hasLines(t overlay.ReadTree, name string, _ fs.FileInfo) bool {
	for line := range strings.Lines(string(head(t, name, 1<<20))) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return true
		}
	}
	return false
}

// hasCardAddress looks for the line that keeps a network's configuration to the card with that address.
func hasCardAddress(t overlay.ReadTree, name string, _ fs.FileInfo) bool {
	for line := range strings.Lines(string(head(t, name, 64<<10))) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "HWADDR="); ok && strings.Trim(value, `"' `) != "" {
			return true
		}
	}
	return false
}

func hasSecretKey(t overlay.ReadTree, name string, _ fs.FileInfo) bool {
	for line := range strings.Lines(string(head(t, name, 1<<20))) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if key = strings.ToLower(strings.TrimSpace(key)); ok && strings.HasSuffix(key, "secret_access_key") && strings.TrimSpace(value) != "" {
			return true
		}
	}
	return false
}

// isKeyName says that a file is named as private keys are, where people and services have them.
func isKeyName(name, base string) bool {
	if !under(name, "etc", "root", "home", "opt", "srv", "usr/local", "var/lib") || under(name, "etc/ssl/certs", "etc/pki/ca-trust", "etc/pki/rpm-gpg") {
		return false
	}
	for _, end := range []string{".pem", ".key", ".p12", ".pfx", ".pkcs12", ".jks", ".ppk", "_key"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	return strings.HasPrefix(base, "id_") && !strings.HasSuffix(base, ".pub") || base == "identity" || base == "secring.gpg" || under(name, "etc/pki/tls/private", "etc/ssl/private") || strings.Contains(name, "/private-keys-v1.d/")
}

// isPrivateKey looks into a file for a private key. Of those that are no text the name tells.
func isPrivateKey(t overlay.ReadTree, name string, _ fs.FileInfo) bool {
	switch path.Ext(name) {
	case ".p12", ".pfx", ".pkcs12", ".jks":
		return true
	}
	if strings.HasSuffix(name, "secring.gpg") || strings.Contains(name, "/private-keys-v1.d/") {
		return true
	}
	b := head(t, name, 256<<10)
	return bytes.Contains(b, []byte("PRIVATE KEY-----")) || bytes.HasPrefix(b, []byte("SSH PRIVATE KEY FILE")) || bytes.HasPrefix(b, []byte("PuTTY-User-Key-File"))
}
