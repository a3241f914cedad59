package survey

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lbimage/overlay"
	"lbimage/overlay/services"
)

// SSHD is what the SSH server listens to and accepts, as its configuration says: sshd_config(5).
type SSHD struct {
	Present bool   `json:"present"`           // the server's program is there
	Version string `json:"version,omitempty"` // of OpenSSH: 5.3p1
	Path    string `json:"path,omitempty"`    // of the configuration
	// Starts says that the image starts the server at boot.
	Starts bool `json:"starts"`
	// Options are those that decide who gets in, in the order of the list below, defaults with them.
	Options []SSHDOption `json:"options"`
	// Matches are the blocks that hold for some connections alone; what they say counts over Options there.
	Matches []SSHDMatch `json:"matches,omitempty"`
	// Problems are lines that the server would not start with.
	Problems []SSHDProblem `json:"problems,omitempty"`
}

// SSHDOption is an option with the value that counts.
type SSHDOption struct {
	Name  string `json:"name"` // as sshd_config(5) writes it
	Value string `json:"value"`
	// Path and Line are where it is set; empty for a default.
	Path string `json:"path,omitempty"`
	Line int    `json:"line,omitempty"`
}

// SSHDMatch is a Match block.
type SSHDMatch struct {
	Criteria string       `json:"criteria"`
	Path     string       `json:"path"`
	Line     int          `json:"line"`
	Options  []SSHDOption `json:"options,omitempty"` // those of the list below
}

// SSHDProblem is a line that the server does not take.
type SSHDProblem struct {
	Path string `json:"path"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// sshdTold are the options that are told, with their defaults. Those that are many collect their values.
var sshdTold = []struct {
	name, standard string
	many           bool
}{
	{"Port", "22", true},
	{"ListenAddress", "", true},
	{"PermitRootLogin", "", false}, // by version
	{"PasswordAuthentication", "yes", false},
	{"KbdInteractiveAuthentication", "yes", false},
	{"PermitEmptyPasswords", "no", false},
	{"PubkeyAuthentication", "yes", false},
	{"AuthenticationMethods", "any", false},
	{"UsePAM", "no", false},
	{"AuthorizedKeysFile", ".ssh/authorized_keys .ssh/authorized_keys2", false},
	{"AuthorizedKeysCommand", "none", false},
	{"TrustedUserCAKeys", "none", false},
	{"AllowUsers", "", true},
	{"AllowGroups", "", true},
	{"DenyUsers", "", true},
	{"DenyGroups", "", true},
}

// sshdAliases are other names of options.
var sshdAliases = map[string]string{
	"challengeresponseauthentication": "kbdinteractiveauthentication", "skeyauthentication": "kbdinteractiveauthentication",
	"dsaauthentication": "pubkeyauthentication", "authorizedkeysfile2": "",
}

// sshdPrograms are where the server's program lies.
var sshdPrograms = []string{"usr/sbin/sshd", "usr/local/sbin/sshd", "usr/lib/openssh/sshd"}

var sshVersion = regexp.MustCompile(`OpenSSH_([0-9]+\.[0-9][0-9.]*p[0-9]+)\b`)

// sshdOf reads the server's configuration. list are the services of the image.
func sshdOf(t overlay.ReadTree, list []services.Status) SSHD {
	s := SSHD{}
	for _, name := range sshdPrograms {
		if r, err := overlay.Resolve(t, name); err == nil && r.Exists() && r.Info.Mode().IsRegular() {
			s.Present = true
			if s.Version = versionOfSSH(t, name); s.Version != "" {
				break
			}
		}
	}
	c := sshdReader{tree: t, set: map[string]*SSHDOption{}, more: map[string]*strings.Builder{}, left: maxSSHTotal}
	c.file("etc/ssh/sshd_config", nil, 0)
	c.collected()
	s.Path, s.Matches, s.Problems = c.path, c.matches, c.problems
	for _, o := range sshdTold {
		if got := c.set[strings.ToLower(o.name)]; got != nil {
			got.Name = o.name
			s.Options = append(s.Options, *got)
			continue
		}
		value := o.standard
		if o.name == "PermitRootLogin" {
			if value = "yes"; s.since(7, 0) {
				value = "prohibit-password"
			}
		}
		if value != "" {
			s.Options = append(s.Options, SSHDOption{Name: o.name, Value: value})
		}
	}
	for _, st := range list {
		if !slices.Contains([]string{"sshd", "ssh", "sshd.service", "ssh.service", "ssh.socket", "sshd.socket"}, st.Name) || st.Shadowed {
			continue
		}
		if st.State == "on" || st.State == "enabled" || st.State == "enabled-runtime" {
			s.Starts = true
		}
	}
	s.Starts = s.Starts && s.Present
	return s
}

// since reports whether the server is known to be of a version or later.
func (s SSHD) since(major, minor int) bool {
	x, y := s.numbers()
	return x > major || x == major && y >= minor
}

// numbers are the first two of the version: 5 and 3 of 5.3p1; 0 where it is not known.
func (s SSHD) numbers() (major, minor int) {
	a, rest, _ := strings.Cut(s.Version, ".")
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(rest[:end])
	if err1 != nil || err2 != nil {
		return 0, 0
	}
	return x, y
}

// Since reports whether the server is known to be of a version or later.
func (s SSHD) Since(major, minor int) bool { return s.since(major, minor) }

// Option gives an option that is told, with the value that counts where no Match block says otherwise.
func (s SSHD) Option(name string) (SSHDOption, bool) {
	for _, o := range s.Options {
		if strings.EqualFold(o.Name, name) {
			return o, true
		}
	}
	return SSHDOption{}, false
}

// ForAll is Option with what a block for all connections (Match all) says instead; other blocks, which come before it, may say
// otherwise for theirs.
func (s SSHD) ForAll(name string) (SSHDOption, bool) {
	for _, m := range s.Matches {
		if !strings.EqualFold(m.Criteria, "all") {
			continue
		}
		for _, o := range m.Options {
			if strings.EqualFold(o.Name, name) {
				return o, true
			}
		}
	}
	return s.Option(name)
}

// Value is the value of an option in lower case where it is a word; empty where it has none.
func (s SSHD) Value(name string) string {
	o, _ := s.Option(name)
	return strings.ToLower(o.Value)
}

// Is says that an option is yes.
func (s SSHD) Is(name string) bool { return yes(s.Value(name)) }

func yes(value string) bool { return value == "yes" || value == "true" }

// Files are the words of an option, as those of AuthorizedKeysFile.
func (s SSHD) Files(name string) []string {
	o, _ := s.Option(name)
	return strings.Fields(o.Value)
}

// maxSSHProgram is how much of the server's program is searched for its version.
const maxSSHProgram = 16 << 20

func versionOfSSH(t overlay.ReadTree, name string) string {
	data, _, err := overlay.ReadFile(t, name, maxSSHProgram)
	if err != nil {
		return ""
	}
	if i := slices.Index(data[:min(len(data), 4)], 0x7f); i != 0 {
		return "" // a script
	}
	// Among others it names versions that it knows the faults of: its own is the latest.
	var best SSHD
	for _, m := range sshVersion.FindAllSubmatch(data, 64) {
		v := SSHD{Version: string(m[1])}
		major, minor := v.numbers()
		if best.Version == "" || !best.since(major, minor) {
			best = v
		}
	}
	return best.Version
}

// sshdReader reads a configuration and what it includes.
type sshdReader struct {
	tree     overlay.ReadTree
	path     string
	set      map[string]*SSHDOption
	more     map[string]*strings.Builder // what further lines add to the values of those that collect
	matches  []SSHDMatch
	problems []SSHDProblem
	files    int // read
	includes int // asked for
	left     int // bytes that may still be read
}

// Bounds of what is read. sshd itself stops at 16 files that include each other.
const (
	maxSSHText     = 1 << 20
	maxSSHDepth    = 16
	maxSSHFiles    = 256
	maxSSHMatches  = 1000
	maxSSHProblems = 100
	maxSSHIncludes = 64
	maxSSHTotal    = 8 << 20
)

// file reads one file. in is the Match block in which it is included, if any: its end is that of what the file opens.
func (c *sshdReader) file(name string, in *SSHDMatch, depth int) {
	if c.files++; c.files > maxSSHFiles || depth > maxSSHDepth {
		return
	}
	text, at, err := overlay.ReadFile(c.tree, name, maxSSHText)
	if err != nil || len(text) > c.left {
		return
	}
	c.left -= len(text)
	if depth == 0 {
		c.path = at.Path()
	}
	block := -1 // the place in matches
	if in != nil {
		block = len(c.matches)
		c.matches = append(c.matches, SSHDMatch{Criteria: in.Criteria, Path: in.Path, Line: in.Line})
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		word, args, bad := sshdLine(line)
		if word == "" {
			continue
		}
		here := SSHDOption{Path: at.Path(), Line: number}
		if bad == "" && len(c.problems) < maxSSHProblems {
			bad = sshdProblem(word, args, block >= 0)
		}
		if bad != "" && len(c.problems) < maxSSHProblems {
			c.problems = append(c.problems, SSHDProblem{here.Path, number, bad})
		}
		switch key := strings.ToLower(word); key {
		case "match":
			if len(c.matches) < maxSSHMatches {
				block = len(c.matches)
				c.matches = append(c.matches, SSHDMatch{Criteria: strings.Join(args, " "), Path: here.Path, Line: number})
			}
		case "include":
			var outer *SSHDMatch
			if block >= 0 {
				m := c.matches[block]
				outer = &m
			}
			for _, pattern := range args {
				if c.includes++; c.includes > maxSSHIncludes {
					break
				}
				for _, found := range globFiles(c.tree, sshPath(pattern)) {
					c.file(found, outer, depth+1)
				}
			}
		default:
			c.option(key, args, here, block)
		}
	}
}

// sshPath is where an Include looks: relative names lie in /etc/ssh.
func sshPath(pattern string) string {
	if path.IsAbs(pattern) {
		return pattern
	}
	return path.Join("/etc/ssh", pattern)
}

// option takes a line that sets something. The first value counts, but for those that collect.
func (c *sshdReader) option(key string, args []string, o SSHDOption, block int) {
	if other, ok := sshdAliases[key]; ok {
		key = other
	}
	many, told := false, false
	for _, s := range sshdTold {
		if strings.EqualFold(s.name, key) {
			many, told, o.Name = s.many, true, s.name
		}
	}
	if !told || len(args) == 0 {
		return
	}
	o.Value = strings.Join(args, " ")
	if block >= 0 {
		m := &c.matches[block]
		for _, have := range m.Options {
			if have.Name == o.Name {
				return
			}
		}
		m.Options = append(m.Options, o)
		return
	}
	switch have := c.set[key]; {
	case have == nil:
		c.set[key] = &o
	case many:
		if c.more[key] == nil {
			c.more[key] = &strings.Builder{}
		}
		if b := c.more[key]; b.Len() < maxSSHText {
			b.WriteString(" " + o.Value)
		}
	}
}

// collected puts the values of all lines together.
func (c *sshdReader) collected() {
	for key, b := range c.more {
		c.set[key].Value += b.String()
	}
}

// sshdLine takes a line apart: the word, and the arguments behind blanks or an equals sign, with quotes.
func sshdLine(line string) (word string, args []string, bad string) {
	line = strings.TrimRight(line, " \t\r\n\f")
	line = strings.TrimLeft(line, " \t\r\f")
	if line == "" || line[0] == '#' {
		return "", nil, ""
	}
	end := strings.IndexAny(line, " \t\r=\"")
	if end < 0 {
		end = len(line)
	}
	word, line = line[:end], strings.TrimLeft(line[end:], " \t\r")
	line = strings.TrimLeft(strings.TrimPrefix(line, "="), " \t\r")
	var arg strings.Builder
	quote, open := byte(0), false
	for i := 0; i < len(line); i++ {
		ch := line[i]
		switch {
		case quote != 0 && ch == quote:
			quote = 0
		case quote != 0:
			arg.WriteByte(ch)
		case ch == '"' || ch == '\'':
			quote, open = ch, true
		case ch == ' ' || ch == '\t' || ch == '\r':
			if open {
				args = append(args, arg.String())
				arg.Reset()
				open = false
			}
		case ch == '#' && !open:
			return word, args, ""
		default:
			arg.WriteByte(ch)
			open = true
		}
	}
	if open {
		args = append(args, arg.String())
	}
	if quote != 0 {
		return word, args, "a quotation mark is not closed"
	}
	return word, args, ""
}
