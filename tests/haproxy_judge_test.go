package tests

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/lint"
)

// judged is the version of HAProxy against which the linter is held.
var judged = haproxyconfig.Version{Major: 2, Minor: 6}

// haproxyVerdict is what haproxy says to one configuration, or what the index says that it did.
type haproxyVerdict struct {
	refused bool
	// lines are those that ALERTs name, and loose tells whether others name none.
	lines map[int]bool
	loose bool
	// stopped is the line behind which haproxy did not read on; 0 where it did.
	stopped int
	// unread are lines of which haproxy says only that it does not read them any more.
	unread map[int]bool
}

// lateRules are those of what haproxy looks at when it has read everything, and only where
// it has read everything without an error.
var lateRules = strings.Fields(`duplicate-server unknown-section-name unknown-server unresolvable-host unknown-member
	missing-in-section missing-certificate bad-log-format mode-mismatch inherited-rules unchecked-server unverified-server small-buffers shrunken-ring many-headers`)

// knownDifference is a line on which the linter and haproxy are known to differ, and why.
type knownDifference struct {
	file string
	line int
}

// lintDifferences holds findings against a verdict, and gives what differs. Findings on
// lines that haproxy did not read are left alone, and so are warnings.
func lintDifferences(file string, found []lint.Finding, v haproxyVerdict, known map[knownDifference]string) []string {
	var out []string
	differ := func(line int, format string, args ...any) {
		if known[knownDifference{file, line}] == "" {
			out = append(out, fmt.Sprintf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
		}
	}
	ours, mayBe := map[int]lint.Finding{}, map[int]bool{}
	for _, f := range found {
		switch {
		case f.Severity == lint.Error:
			if _, ok := ours[f.Line]; !ok || slices.Contains(lateRules, ours[f.Line].Rule) {
				ours[f.Line] = f
			}
		case f.Rule == "unresolved-name": // this host may not resolve it
			mayBe[f.Line] = true
		}
	}
	for line, f := range ours {
		switch {
		case v.lines[line]:
		case !v.refused:
			differ(line, "the linter says %s: %s; haproxy accepts the file", f.Rule, f.Message)
		case v.loose || len(v.lines) == 0: // it may be what haproxy means
		case v.stopped > 0 && line > v.stopped, v.unread[line]:
		case slices.Contains(lateRules, f.Rule):
		default:
			differ(line, "the linter says %s: %s; haproxy says nothing", f.Rule, f.Message)
		}
	}
	for line := range v.lines {
		if _, ok := ours[line]; v.refused && !ok && !mayBe[line] {
			differ(line, "haproxy refuses the line, the linter does not")
		}
	}
	if v.refused && len(v.lines) == 0 && len(ours) == 0 {
		differ(0, "haproxy refuses the file, the linter does not")
	}
	slices.Sort(out)
	return out
}

// lintFile gives the findings of a file whose neighbours are read from its folder.
func lintFile(folder string, config []byte) []lint.Finding {
	exists := func(err error) bool {
		var number *strconv.NumError
		return err == nil || errors.As(err, &number)
	}
	read := func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		return os.ReadFile(name)
	}
	return lint.Check(haproxyconfig.Parse(config), lint.Options{
		HAProxy: judged, ReadFile: read, ReadOther: read,
		User:  func(name string) bool { _, err := user.Lookup(name); return exists(err) },
		Group: func(name string) bool { _, err := user.LookupGroup(name); return exists(err) },
	})
}

// realHAProxy is the haproxy of this machine, where it is of the judged version.
type realHAProxy struct{ path string }

// findHAProxy skips the test where there is none of the version, and fails in CI where there
// is none at all.
func findHAProxy(t testing.TB) realHAProxy {
	t.Helper()
	need(t, "haproxy")
	path, err := exec.LookPath("haproxy")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "-v").Output()
	if err != nil {
		t.Fatalf("haproxy -v: %v", err)
	}
	m := regexp.MustCompile(`version (\d+\.\d+)`).FindSubmatch(out)
	if want := fmt.Sprintf("%d.%d", judged.Major, judged.Minor); m == nil || string(m[1]) != want {
		t.Skipf("haproxy is not of version %s: %q", want, out)
	}
	return realHAProxy{path}
}

var alertText = regexp.MustCompile(`(?m)^\[ALERT\][^:]*: (.*)$`)

// run lets haproxy read a file in a folder.
func (h realHAProxy) run(folder, path string) haproxyVerdict {
	cmd := exec.Command(h.path, "-c", "-f", path)
	cmd.Dir = folder
	cmd.Env = []string{} // variables of this machine are none of the configuration's
	var said bytes.Buffer
	cmd.Stderr = &said
	err := cmd.Run()
	code := -1
	if err == nil || cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	return readVerdict(said.String(), filepath.Base(path), code)
}

// readVerdict reads what haproxy -c printed.
func readVerdict(said, file string, code int) haproxyVerdict {
	v := haproxyVerdict{refused: code != 0 && code != 2, lines: map[int]bool{}, unread: map[int]bool{}}
	// One message ends in a zero byte, so that two share a line.
	said = strings.ReplaceAll(strings.ReplaceAll(said, "\x00", "\n"), "[ALERT]", "\n[ALERT]")
	// Some messages name another line before the one that is read.
	parsing := regexp.MustCompile(`parsing \[[^\]]*` + regexp.QuoteMeta(file) + `:(\d+)\]`)
	at := regexp.MustCompile(regexp.QuoteMeta(file) + `:(\d+)`)
	for _, m := range alertText.FindAllStringSubmatch(said, -1) {
		text := m[1]
		if strings.Contains(text, "already specified. Continuing") {
			if line := at.FindStringSubmatch(text); line != nil {
				n, _ := strconv.Atoi(line[1])
				v.unread[n] = true
			}
			continue // it goes on with the first
		}
		line := parsing.FindStringSubmatch(text)
		if line == nil {
			line = at.FindStringSubmatch(text)
		}
		if line != nil && !strings.Contains(text, "failed to parse log-format-sd") { // it names another line
			n, _ := strconv.Atoi(line[1])
			v.lines[n] = true
		} else if !strings.Contains(text, "Error(s) found") && !strings.Contains(text, "Fatal errors found") {
			v.loose = true
		}
	}
	return v
}

// judge is run; of a file that is refused it finds out whether haproxy read it to its end, by
// an unknown word behind it.
func (h realHAProxy) judge(t testing.TB, folder, path string) haproxyVerdict {
	t.Helper()
	v := h.run(folder, path)
	if !v.refused {
		return v
	}
	config, err := os.ReadFile(filepath.Join(folder, path))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasSuffix(config, []byte("\n")) {
		config = append(config, '\n')
	}
	probe := filepath.Join(t.TempDir(), "probe.cfg")
	if err := os.WriteFile(probe, append(config, "global\n no-such-word\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if !h.run(folder, probe).lines[bytes.Count(config, []byte("\n"))+2] {
		for line := range v.lines {
			v.stopped = max(v.stopped, line)
		}
	}
	return v
}

// TestOracleNoticesDifferences: a comparison that cannot fail would prove nothing.
func TestOracleNoticesDifferences(t *testing.T) {
	t.Parallel()
	at := func(line int, s lint.Severity, rule string) lint.Finding {
		return lint.Finding{Line: line, Severity: s, Rule: rule}
	}
	refused := haproxyVerdict{refused: true, lines: map[int]bool{3: true, 5: true}}
	for name, test := range map[string]struct {
		found   []lint.Finding
		verdict haproxyVerdict
		known   map[knownDifference]string
		want    int
	}{
		"agree":                 {[]lint.Finding{at(3, lint.Error, "x"), at(5, lint.Error, "x"), at(6, lint.Warning, "x")}, refused, nil, 0},
		"one missed":            {[]lint.Finding{at(3, lint.Error, "x")}, refused, nil, 1},
		"a warning is no error": {[]lint.Finding{at(3, lint.Error, "x"), at(5, lint.Warning, "x")}, refused, nil, 1},
		"one missed, and known": {[]lint.Finding{at(3, lint.Error, "x")}, refused, map[knownDifference]string{{"f", 5}: "why"}, 0},
		"one too many":          {[]lint.Finding{at(3, lint.Error, "x"), at(4, lint.Error, "x"), at(5, lint.Error, "x")}, refused, nil, 1},
		"late, behind others":   {[]lint.Finding{at(3, lint.Error, "x"), at(4, lint.Error, "unknown-server"), at(5, lint.Error, "x")}, refused, nil, 0},
		"accepted":              {[]lint.Finding{at(4, lint.Error, "unknown-server")}, haproxyVerdict{}, nil, 1},
		"behind the stop":       {[]lint.Finding{at(3, lint.Error, "x"), at(9, lint.Error, "x")}, haproxyVerdict{refused: true, lines: map[int]bool{3: true}, stopped: 3}, nil, 0},
		"no line, no finding":   {nil, haproxyVerdict{refused: true, loose: true}, nil, 1},
		"no line, a finding":    {[]lint.Finding{at(4, lint.Error, "x")}, haproxyVerdict{refused: true, loose: true}, nil, 0},
		"a name to resolve":     {[]lint.Finding{at(3, lint.Error, "x"), at(5, lint.Warning, "unresolved-name")}, refused, nil, 0},
	} {
		if got := lintDifferences("f", test.found, test.verdict, test.known); len(got) != test.want {
			t.Errorf("%s: %d differences, not %d: %q", name, len(got), test.want, got)
		}
	}
}

// TestVerdictIsRead: what haproxy prints becomes lines.
func TestVerdictIsRead(t *testing.T) {
	t.Parallel()
	const said = "[NOTICE]   (1) : haproxy version is 2.6.12\n" +
		"[ALERT]    (1) : config : parsing [a.cfg:3] : unknown keyword 'x'\n" +
		"[ALERT]    (1) : config : parsing [a.cfg:4]: 'maxconn' already specified. Continuing.\n" +
		"[WARNING]  (1) : config : parsing [a.cfg:5] : odd\n" +
		"[ALERT]    (1) : config : Proxy 'b': no such thing.\x00[ALERT]    (1) : config : parsing [a.cfg:9] : y\n" +
		"[ALERT]    (1) : config : [a.cfg:7] : parsing [a.cfg:8] : z\n" +
		"[ALERT]    (1) : config : Error(s) found in configuration file : a.cfg\n"
	v := readVerdict(said, "a.cfg", 1)
	if !v.refused || !v.loose || len(v.lines) != 3 || !v.lines[3] || !v.lines[8] || !v.lines[9] {
		t.Errorf("verdict %+v", v)
	}
	if v := readVerdict("", "a.cfg", 2); v.refused {
		t.Error("no listener counts as refused")
	}
}

// configurations gives the names of the files NAME.cfg in a folder.
func configurations(t testing.TB, folder string) []string {
	t.Helper()
	all, err := fs.Glob(os.DirFS(folder), "*.cfg")
	if err != nil || len(all) == 0 {
		t.Fatalf("no configurations in %s: %v", folder, err)
	}
	return all
}
