package survey

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// OS is the operating system, as its own files name it: os-release(5), which systems have since about 2013, and before it
// a file of one line, such as /etc/redhat-release. Of two that agree, the version that says more counts: 7.9.2009 of
// /etc/redhat-release before 7 of /etc/os-release.
type OS struct {
	ID       string `json:"id,omitempty"`       // centos, rhel, rocky, debian, …, as os-release has it or would have it
	Name     string `json:"name,omitempty"`     // CentOS Linux
	Version  string `json:"version,omitempty"`  // 6.5; empty for one that is never finished, as Debian's testing
	Major    int    `json:"major,omitempty"`    // the first number of Version
	Codename string `json:"codename,omitempty"` // Final, bookworm
	Pretty   string `json:"pretty,omitempty"`   // CentOS release 6.5 (Final)
	// Family is rhel, for Red Hat Enterprise Linux and all that is made after it, fedora, debian, suse, or other; empty where
	// nothing tells.
	Family string   `json:"family,omitempty"`
	CPE    string   `json:"cpe,omitempty"`   // cpe:/o:centos:linux:6:GA
	Path   string   `json:"path,omitempty"`  // of the file that names it
	Notes  []string `json:"notes,omitempty"` // on files that disagree, or cannot be read
}

// Bounds of what is read of files that name a system.
const (
	maxRelease = 64 << 10
	maxValue   = 256 // bytes of a value
)

// releaseFiles are those of one line, the more special first: Oracle's redhat-release names Red Hat.
var releaseFiles = []string{
	"etc/oracle-release", "etc/rocky-release", "etc/almalinux-release", "etc/sl-release", "etc/centos-release",
	"etc/fedora-release", "etc/redhat-release", "etc/system-release", "etc/SuSE-release", "etc/enterprise-release",
}

// osOf reads the files that name the system.
func osOf(t overlay.ReadTree) OS {
	var out OS
	var notes []string
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		if text, at := readText(t, name, maxRelease, &notes); at != "" {
			out = osRelease(text)
			out.Path = at
			break
		}
	}
	line := releaseLine(t, &notes)
	switch {
	case line.Path == "":
	case out.ID == "" && out.Name == "":
		out = line
	default:
		out = agree(out, line, &notes)
	}
	debianVersion(t, &out, &notes)
	if out.ID == "" && out.Name == "" {
		if text, at := readText(t, "etc/lsb-release", maxRelease, &notes); at != "" {
			out = lsbRelease(text)
			out.Path = at
		}
	}
	if text, at := readText(t, "etc/system-release-cpe", maxRelease, &notes); at != "" && out.CPE == "" {
		out.CPE = cut(strings.TrimSpace(text), maxValue)
	}
	out.Major = firstNumber(out.Version)
	out.Notes = notes
	return out
}

// releaseLine is what the first of the one-line files says that can be understood.
func releaseLine(t overlay.ReadTree, notes *[]string) OS {
	for _, name := range releaseFiles {
		text, at := readText(t, name, maxRelease, notes)
		if at == "" {
			continue
		}
		if o, ok := parseRelease(text); ok {
			o.Path = at
			return o
		}
		*notes = noted(*notes, fmt.Sprintf("%s: %q names no release", at, cut(lineOne(text), maxValue)))
	}
	return OS{}
}

// agree joins what two files say. The first one counts where they disagree.
func agree(out, line OS, notes *[]string) OS {
	same := line.ID == "" || line.ID == out.ID || out.ID == "" || line.ID == "rhel" && out.Family == "rhel"
	if a, b := firstNumber(out.Version), firstNumber(line.Version); !same || a != b && a != 0 && b != 0 {
		*notes = noted(*notes, fmt.Sprintf("%s says %s, and %s says %s: the former counts here", out.Path, out.words(), line.Path, line.words()))
		return out
	}
	if out.Version == "" || strings.HasPrefix(line.Version, out.Version+".") {
		out.Version = line.Version
		out.Pretty = line.Pretty
	}
	if out.Codename == "" {
		out.Codename = line.Codename
	}
	return out
}

// words names the system in a note.
func (o OS) words() string {
	if o.Pretty != "" {
		return o.Pretty
	}
	return strings.TrimSpace(o.Name + " " + o.Version)
}

// assignments reads lines NAME=value as a shell does, for as much of its quotes as os-release(5) allows. What is no
// assignment is passed over.
func assignments(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") || strings.ContainsAny(name, " \t") {
			continue
		}
		if len(out) < 200 && len(name) <= maxValue {
			out[name] = cut(unquoteShell(value), maxValue)
		}
	}
	return out
}

// unquoteShell takes quotes and backslashes off the first word of a shell's text.
func unquoteShell(s string) string {
	var b strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t'):
			return b.String()
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(s) && (quote == 0 || strings.IndexByte("$\"\\`", s[i+1]) >= 0):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func osRelease(text string) OS {
	v := assignments(text)
	o := OS{
		ID: v["ID"], Name: v["NAME"], Version: v["VERSION_ID"], Codename: v["VERSION_CODENAME"], Pretty: v["PRETTY_NAME"], CPE: v["CPE_NAME"],
	}
	if _, after, ok := strings.Cut(v["VERSION"], "("); ok && o.Codename == "" {
		o.Codename, _, _ = strings.Cut(after, ")")
	}
	o.Family = family(append([]string{o.ID}, strings.Fields(v["ID_LIKE"])...))
	return o
}

func lsbRelease(text string) OS {
	v := assignments(text)
	o := OS{
		ID: strings.ToLower(v["DISTRIB_ID"]), Name: v["DISTRIB_ID"], Version: v["DISTRIB_RELEASE"], Codename: v["DISTRIB_CODENAME"], Pretty: v["DISTRIB_DESCRIPTION"],
	}
	o.Family = family([]string{o.ID})
	return o
}

// families are the first of these words that an ID, or what it is like, names.
var families = map[string]string{
	"rhel": "rhel", "centos": "rhel", "ol": "rhel", "scientific": "rhel", "rocky": "rhel", "almalinux": "rhel", "cloudlinux": "rhel", "amzn": "rhel", "eurolinux": "rhel",
	"fedora": "fedora",
	"debian": "debian", "ubuntu": "debian", "raspbian": "debian", "linuxmint": "debian", "devuan": "debian",
	"suse": "suse", "opensuse": "suse", "sles": "suse", "sled": "suse", "opensuse-leap": "suse", "opensuse-tumbleweed": "suse",
}

func family(ids []string) string {
	for _, id := range ids {
		if f, ok := families[id]; ok {
			return f
		}
	}
	if len(ids) == 0 || ids[0] == "" {
		return ""
	}
	return "other"
}

// releasePattern is 'CentOS release 6.5 (Final)', 'Scientific Linux SL release 5.11 (Boron)', 'CentOS Stream release 9'.
var releasePattern = regexp.MustCompile(`^(.+?)(?: SL)? release ([0-9][0-9.]*)[^(]*(?:\(([^)]*)\))?`)

// susePattern is the first line of /etc/SuSE-release: 'SUSE Linux Enterprise Server 11 (x86_64)'.
var susePattern = regexp.MustCompile(`^((?:open)?SUSE.*?) ([0-9][0-9.]*)(?: |$)`)

// releaseNames are the beginnings of names and the IDs of their systems.
var releaseNames = []struct{ begin, id string }{
	{"CentOS", "centos"}, {"Red Hat Enterprise", "rhel"}, {"Scientific", "scientific"}, {"Oracle", "ol"}, {"Enterprise Linux Enterprise", "ol"},
	{"AlmaLinux", "almalinux"}, {"Rocky", "rocky"}, {"Fedora", "fedora"}, {"Amazon", "amzn"}, {"CloudLinux", "cloudlinux"},
	{"SUSE Linux Enterprise Server", "sles"}, {"SUSE Linux Enterprise Desktop", "sled"}, {"openSUSE", "opensuse"},
}

func parseRelease(text string) (OS, bool) {
	line := strings.TrimSpace(lineOne(text))
	m := releasePattern.FindStringSubmatch(line)
	if m == nil {
		if m = susePattern.FindStringSubmatch(line); m == nil {
			return OS{}, false
		}
		m = append(m, "")
		if level := assignments(strings.ReplaceAll(text, " = ", "="))["PATCHLEVEL"]; level != "" && level != "0" && !strings.Contains(m[2], ".") {
			m[2] += "." + level
		}
	}
	o := OS{Name: cut(m[1], maxValue), Version: cut(strings.TrimRight(m[2], "."), maxValue), Codename: cut(m[3], maxValue), Pretty: cut(line, maxValue), Family: "other"}
	for _, n := range releaseNames {
		if strings.HasPrefix(line, n.begin) {
			o.ID = n.id
			o.Family = family([]string{n.id})
			break
		}
	}
	return o, true
}

// debianVersion makes more of /etc/debian_version: 12.5, where os-release has 12. That of a derivative says what it was made
// of, and counts only where nothing else tells.
func debianVersion(t overlay.ReadTree, o *OS, notes *[]string) {
	if o.ID != "" && o.ID != "debian" {
		return
	}
	text, at := readText(t, "etc/debian_version", maxRelease, notes)
	version := cut(strings.TrimSpace(lineOne(text)), maxValue)
	number := firstNumber(version)
	switch {
	case version == "" || o.ID == "" && o.Name != "":
	case o.ID == "":
		*o = OS{ID: "debian", Name: "Debian GNU/Linux", Pretty: "Debian GNU/Linux " + version, Family: "debian", Path: at}
		if o.Codename = strings.TrimSuffix(version, "/sid"); number != 0 {
			o.Version, o.Codename = version, ""
		}
	case number == 0: // trixie/sid: before a release
	case firstNumber(o.Version) != number && o.Version != "":
		*notes = noted(*notes, fmt.Sprintf("%s says %s, and %s says %s: the former counts here", o.Path, o.words(), at, version))
	case o.Version == "" || strings.HasPrefix(version, o.Version+"."):
		o.Version = version
	}
}

func lineOne(s string) string {
	line, _, _ := strings.Cut(strings.TrimLeft(s, "\r\n"), "\n")
	return strings.TrimRight(line, "\r")
}

// firstNumber is 6 for 6.5; 0 where none stands at the beginning.
func firstNumber(version string) int {
	digits := version
	if i := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = version[:i]
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > 1<<20 {
		return 0
	}
	return n
}
