package haproxyconfig

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// judge is the real haproxy. Tests that need it are skipped where it is missing,
// and fail there when CI is set.
type judge struct {
	path    string
	version Version
}

func newJudge(t testing.TB) judge {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/haproxy")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("haproxy is missing; install the package haproxy")
		}
		t.Skip("haproxy is missing; install the package haproxy")
	}
	out, err := exec.Command(path, "-v").Output()
	if err != nil {
		t.Fatalf("haproxy -v: %v", err)
	}
	m := regexp.MustCompile(`version (\S+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("haproxy -v says %q", out)
	}
	v, err := ParseVersion(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return judge{path, v}
}

// verdict is what haproxy -c says.
type verdict struct {
	exit   int
	output string
}

// good: valid, or valid but for the missing listener.
func (v verdict) good() bool { return v.exit == 0 || v.exit == 2 }

var alertLine = regexp.MustCompile(`(?m)^\[ALERT\].*?\[[^\]]*?:(\d+)\]`)

// errorLines gives the numbers of the lines that haproxy blames.
func (v verdict) errorLines() map[int]bool {
	lines := map[int]bool{}
	for _, m := range alertLine.FindAllStringSubmatch(v.output, -1) {
		n, _ := strconv.Atoi(m[1])
		lines[n] = true
	}
	return lines
}

func (j judge) check(t testing.TB, config []byte) verdict {
	t.Helper()
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(j.path, "-c", "-f", path)
	cmd.Env = []string{}
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("haproxy -c: %v", err)
	}
	return verdict{cmd.ProcessState.ExitCode(), out.String()}
}

// hostable makes a template fit for a host without the servo's user and files,
// line by line, so that numbers stay.
func hostable(config []byte) []byte {
	lines := strings.SplitAfter(string(config), "\n")
	for i, l := range lines {
		switch first, _, _ := strings.Cut(strings.TrimSpace(l), " "); first {
		case "user", "group", "errorfile":
			lines[i] = "#" + l
		}
	}
	return []byte(strings.Join(lines, ""))
}

// TestJudgeTellsGoodFromBad: a judge that never says no would prove nothing.
func TestJudgeTellsGoodFromBad(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	good := j.check(t, []byte("defaults\n timeout client 5s\n"))
	if !good.good() || len(good.errorLines()) != 0 {
		t.Errorf("good configuration: exit %d, lines %v", good.exit, good.errorLines())
	}
	bad := j.check(t, []byte("defaults\n timeout client 5s\n timeout clint 5s\n"))
	if bad.good() || !bad.errorLines()[3] {
		t.Errorf("bad configuration: exit %d, lines %v\n%s", bad.exit, bad.errorLines(), bad.output)
	}
	if got := hostable([]byte("global\n user servo\n maxconn 5\n")); string(got) != "global\n# user servo\n maxconn 5\n" {
		t.Errorf("hostable gives %q", got)
	}
}
