// Package haproxytest lets tests ask the real haproxy of this machine.
package haproxytest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Judge is the real haproxy.
type Judge struct {
	path string
	// Version as it says itself: 2.6.12-1+deb12u4.
	Version string
}

// New finds haproxy. Tests that need it are skipped where it is missing, and fail
// there when CI is set.
func New(t testing.TB) Judge {
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
	return Judge{path, string(m[1])}
}

// Verdict is what haproxy -c says.
type Verdict struct {
	Exit   int
	Output string
}

// Good: valid, or valid but for the missing listener.
func (v Verdict) Good() bool { return v.Exit == 0 || v.Exit == 2 }

var alertLine = regexp.MustCompile(`(?m)^\[ALERT\].*?\[[^\]]*?:(\d+)\]`)

// ErrorLines gives the numbers of the lines that haproxy blames.
func (v Verdict) ErrorLines() map[int]bool {
	lines := map[int]bool{}
	for _, m := range alertLine.FindAllStringSubmatch(v.Output, -1) {
		n, _ := strconv.Atoi(m[1])
		lines[n] = true
	}
	return lines
}

// Check lets haproxy -c read a configuration.
func (j Judge) Check(t testing.TB, config []byte) Verdict {
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
	return Verdict{cmd.ProcessState.ExitCode(), out.String()}
}

// Hostable makes a template fit for a host without the servo's user and files,
// line by line, so that numbers stay.
func Hostable(config []byte) []byte {
	lines := strings.SplitAfter(string(config), "\n")
	for i, l := range lines {
		switch first, _, _ := strings.Cut(strings.TrimSpace(l), " "); first {
		case "user", "group", "errorfile":
			lines[i] = "#" + l
		}
	}
	return []byte(strings.Join(lines, ""))
}

// Stock is the template that the servo shipped, by the first version with it: 1.0.0,
// 1.0.1, 1.0.4, 1.1.0 or 1.2.0.
func Stock(t testing.TB, version string) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	b, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "..", "servo", "stock", version+".conf"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// StockVersions are the versions that Stock knows.
func StockVersions() []string { return []string{"1.0.0", "1.0.1", "1.0.4", "1.1.0", "1.2.0"} }
