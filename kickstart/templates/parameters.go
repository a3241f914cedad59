package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lbimage/haproxy-config/nearest"
	"lbimage/kickstart/mirrors"
)

// Parameters are the data of a template. [Defaults] gives those of an image as it is shipped.
type Parameters struct {
	Repos []mirrors.Repo
	// RootMiB is the size of the root file system in MiB.
	RootMiB int
	// PasswordHash is root's password as crypt(3) writes it; empty: root has none. Only development has one.
	PasswordHash string
	// AuthorizedKeys are lines of root's authorized_keys.
	AuthorizedKeys []string
	// Packages are asked for beside those of the template. A name that begins with - is left out.
	Packages []string
	// ServoURL and ServoRef say where development fetches the servo: a git repository, and a branch, tag or commit.
	ServoURL, ServoRef string
	// Console is the serial line, as ttyS0; Baud its speed.
	Console string
	Baud    int
	// Hostname is the machine's name; empty: the cloud says it.
	Hostname string
	// InstallURL is the tree that the installer is in; empty: it is told elsewhere.
	InstallURL                   string
	Language, Keyboard, Timezone string
	// Extra are values of a user's own template, as {{.Extra.owner}}.
	Extra map[string]string
}

// Defaults are the parameters of an image as it is shipped, without repositories.
func Defaults() Parameters {
	return Parameters{
		RootMiB: 1536, Console: "ttyS0", Baud: 115200,
		ServoURL: "https://github.com/eucalyptus/load-balancer-servo.git", ServoRef: "master",
		Language: "en_US.UTF-8", Keyboard: "us", Timezone: "Etc/UTC",
	}
}

// Setting is a parameter that has a name.
type Setting struct {
	Name, About string
	Only        string // the one template that heeds it; empty: all
	set         func(p *Parameters, value string) error
}

// Settings are the parameters with names, in the order of the names.
func Settings() []Setting {
	return []Setting{
		{"authorized-key", "a line of root's authorized_keys; may be given several times", "", func(p *Parameters, v string) error {
			p.AuthorizedKeys = append(p.AuthorizedKeys, v)
			return nil
		}},
		{"baud", "the speed of the serial line (115200)", "", func(p *Parameters, v string) (err error) {
			p.Baud, err = number(v)
			return err
		}},
		{"console", "the serial line (ttyS0)", "", text(func(p *Parameters) *string { return &p.Console })},
		{"hostname", "the machine's name (the cloud says it)", "", text(func(p *Parameters) *string { return &p.Hostname })},
		{"install-url", "the tree that the installer is in (none)", "", text(func(p *Parameters) *string { return &p.InstallURL })},
		{"keyboard", "the keyboard (us)", "", text(func(p *Parameters) *string { return &p.Keyboard })},
		{"language", "the language (en_US.UTF-8)", "", text(func(p *Parameters) *string { return &p.Language })},
		{"packages", "packages beside those of the template, with commas between; -NAME leaves one out", "", func(p *Parameters, v string) error {
			for name := range strings.SplitSeq(v, ",") {
				if name = strings.TrimSpace(name); name != "" {
					p.Packages = append(p.Packages, name)
				}
			}
			return nil
		}},
		{"password-hash", "root's password as crypt(3) writes it, $6$… (none: root is locked)", "development", text(func(p *Parameters) *string { return &p.PasswordHash })},
		{"root-size", "the size of the root file system in MiB (1536)", "", func(p *Parameters, v string) (err error) {
			p.RootMiB, err = number(strings.TrimSuffix(v, "MiB"))
			return err
		}},
		{"servo-ref", "the branch, tag or commit of the servo (master)", "development", text(func(p *Parameters) *string { return &p.ServoRef })},
		{"servo-url", "the servo's git repository", "development", text(func(p *Parameters) *string { return &p.ServoURL })},
		{"timezone", "the time zone (Etc/UTC)", "", text(func(p *Parameters) *string { return &p.Timezone })},
	}
}

func text(field func(*Parameters) *string) func(*Parameters, string) error {
	return func(p *Parameters, v string) error {
		*field(p) = v
		return nil
	}
}

func number(v string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil {
		return 0, fmt.Errorf("a whole number is needed")
	}
	return n, nil
}

// Set sets a parameter by its name.
func (p *Parameters) Set(name, value string) error {
	var names []string
	for _, s := range Settings() {
		if s.Name == name {
			if err := s.set(p, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
		names = append(names, s.Name)
	}
	return fmt.Errorf("there is no parameter %q%s; there are: %s", name, nearest.Suggestion(name, names), strings.Join(names, ", "))
}

var (
	// A hash of crypt(3): $id$…, as long as those of today's methods, or the 13 characters of the oldest.
	cryptHash = regexp.MustCompile(`^\$(1|2[aby]?|5|6|7|y|gy|sha1)\$[./A-Za-z0-9$,=]{20,400}$`)
	reference = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}$`)
	servoURL  = regexp.MustCompile(`^(https?|git|ssh)://[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]{1,1000}$`)
	device    = regexp.MustCompile(`^tty[A-Za-z]{1,4}[0-9]{1,3}$|^hvc[0-9]{1,3}$`)
	hostname  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.?)*$`)
	language  = regexp.MustCompile(`^[A-Za-z]{1,8}(_[A-Za-z]{2,8})?(\.[A-Za-z0-9-]{1,16})?(@[a-z]{1,16})?$`)
	plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_+./-]{0,63}$`)
	pkgName   = regexp.MustCompile(`^-?(@\^?)?[A-Za-z0-9_*?][A-Za-z0-9._+*?:-]{0,200}$`)
	sshKey    = regexp.MustCompile(`^[\x20-\x7e\x{a0}-\x{10ffff}]*(ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ +[A-Za-z0-9+/=]{40,}( .*)?$`)
)

// Validate refuses what would not stand in a kickstart file as it is meant, or would say more than it should. The
// messages never hold a hash or what was given in its place.
func (p Parameters) Validate() error {
	for _, c := range []struct {
		name, value string
		is          *regexp.Regexp
		what        string
	}{
		{"servo-url", p.ServoURL, servoURL, "the URL of a git repository"},
		{"servo-ref", p.ServoRef, reference, "a branch, tag or commit"},
		{"console", p.Console, device, "a serial line, as ttyS0"},
		{"language", p.Language, language, "a language, as en_US.UTF-8"},
		{"keyboard", p.Keyboard, plainWord, "a keyboard, as us"},
		{"timezone", p.Timezone, plainWord, "a time zone, as Etc/UTC"},
	} {
		if !c.is.MatchString(c.value) {
			return fmt.Errorf("%s: %q is not %s", c.name, c.value, c.what)
		}
	}
	switch {
	case p.PasswordHash != "" && !cryptHash.MatchString(p.PasswordHash):
		return fmt.Errorf("password-hash: this is no hash as crypt(3) writes it; make one with mkpasswd -m sha-512")
	case p.Hostname != "" && !hostname.MatchString(p.Hostname) || len(p.Hostname) > 253:
		return fmt.Errorf("hostname: %q is no name of a machine", p.Hostname)
	case p.InstallURL != "" && (!strings.Contains(p.InstallURL, "://") || !oneLine(p.InstallURL)):
		return fmt.Errorf("install-url: %q is no URL", p.InstallURL)
	case p.RootMiB < 64 || p.RootMiB > 1<<24:
		return fmt.Errorf("root-size: %d MiB is no size for a root file system", p.RootMiB)
	case !slices.Contains([]int{300, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600}, p.Baud):
		return fmt.Errorf("baud: %d is no speed of a serial line", p.Baud)
	}
	for _, name := range p.Packages {
		if !pkgName.MatchString(name) {
			return fmt.Errorf("packages: %q is no name of a package", name)
		}
	}
	for i, key := range p.AuthorizedKeys {
		if strings.Contains(key, "PRIVATE KEY") {
			return fmt.Errorf("authorized-key: the %s one is a private key: keep it, and give the public one", ordinal(i))
		}
		if !sshKey.MatchString(key) || len(key) > 1<<14 || strings.HasPrefix(strings.TrimSpace(key), "%") {
			return fmt.Errorf("authorized-key: the %s one is no line of authorized_keys", ordinal(i))
		}
	}
	for _, r := range p.Repos {
		if r.Kind != "baseurl" && r.Kind != "mirrorlist" || !oneLine(r.Name) || !oneLine(r.URL) {
			return fmt.Errorf("the repository %q cannot stand in a kickstart file: its name and URL are one line each", r.Name)
		}
	}
	return nil
}

func ordinal(i int) string {
	if i < 3 {
		return []string{"first", "second", "third"}[i]
	}
	return strconv.Itoa(i+1) + "th"
}

// oneLine says whether a text is there and has no control characters.
func oneLine(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
