package develop

import (
	"fmt"
	"regexp"
	"strings"
)

// metadataFile is what Python's distutils writes beside a package: PKG-INFO of metadata version 1.0 (PEP 241).
// servo.Detect and pkg_resources read the version from its name.
func (s *Source) metadataFile(p python) (name string, content []byte) {
	name = fmt.Sprintf("%s-%s-py%s.egg-info", fileName(s.meta("name")), fileName(s.Version), p.version)
	var b strings.Builder
	fmt.Fprintf(&b, "Metadata-Version: 1.0\nName: %s\nVersion: %s\nSummary: %s\nHome-page: %s\nAuthor: %s\nAuthor-email: %s\nLicense: %s\nDescription: %s\nPlatform: UNKNOWN\n",
		s.meta("name"), s.Version, s.meta("description"), s.meta("url"), s.meta("author"), s.meta("author_email"), s.meta("license"),
		strings.ReplaceAll(s.meta("long_description"), "\n", "\n        "))
	return name, []byte(b.String())
}

// meta gives a text of setup(), or what distutils writes without one.
func (s *Source) meta(name string) string {
	if v := s.setup.metadata[name]; v != "" {
		if name != "long_description" {
			v = strings.Join(strings.Fields(v), " ")
		}
		return v
	}
	return "UNKNOWN"
}

var unsafe = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// fileName is how distutils writes a name or version into a file's name.
func fileName(s string) string { return unsafe.ReplaceAllString(s, "_") }

var shebang = regexp.MustCompile(`^#!.*python[0-9.]*([ \t][^\r\n]*)?(\r?\n|$)`)

// adjustShebang gives what names the image's Python in a script's first line, as distutils does, and keeps its arguments.
func adjustShebang(program string) func(script []byte) []byte {
	return func(script []byte) []byte {
		m := shebang.FindSubmatch(script)
		if m == nil {
			return script
		}
		head := append([]byte("#!"+program), m[1]...)
		return append(append(head, '\n'), script[len(m[0]):]...)
	}
}

var (
	logLevel     = regexp.MustCompile(`(?m)^([ \t]*LOGLEVEL=)[^\s#;]*`)
	botoLogLevel = regexp.MustCompile(`(?m)^([ \t]*BOTO_LOGLEVEL=)info\b`)
)

// setLogLevel sets LOGLEVEL in a start script. With debug boto, the client of the cloud, tells as much where it told info,
// as install-servo.sh has it. ok is false when the script has no LOGLEVEL.
func setLogLevel(script []byte, level string) (out []byte, ok bool) {
	if !logLevel.Match(script) {
		return script, false
	}
	if level == "debug" {
		script = botoLogLevel.ReplaceAll(script, []byte("${1}debug"))
	}
	return logLevel.ReplaceAll(script, []byte("${1}"+level)), true
}
