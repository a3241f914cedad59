package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lbimage is the program under test, built once.
var lbimage string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lbimage-tests")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// An ordinary user runs it as well.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	lbimage = filepath.Join(dir, "lbimage")
	build := exec.Command("go", "build", "-o", lbimage, "lbimage/cmd/lbimage")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building lbimage: %v\n%s", err, out)
		return 1
	}
	if path := os.Getenv("PATH"); !strings.Contains(path, "/usr/sbin") {
		os.Setenv("PATH", path+":/usr/sbin:/sbin")
	}
	os.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return m.Run()
}

// need skips the test by name where a program is missing, and fails it in CI.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: CI has to have it", p)
			}
			t.Skipf("%s is missing", p)
		}
	}
}

// result of one call of a program.
type result struct {
	code           int
	stdout, stderr string
}

// call runs a program and gives what it said; only a program that cannot be
// started, or dies by a signal, fails the test.
func call(t testing.TB, dir string, env []string, program string, args ...string) result {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil && (cmd.ProcessState == nil || !cmd.ProcessState.Exited()) {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must runs a program that has to succeed and gives its standard output.
func must(t testing.TB, dir, program string, args ...string) string {
	t.Helper()
	r := call(t, dir, nil, program, args...)
	if r.code != 0 {
		t.Fatalf("%s %s: exit %d\n%s%s", program, strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// theEdits is the customization that the project began with.
var theEdits = strings.Fields(`--timeout connect=5s --timeout client=2m --timeout server=2m
	--timeout http-keep-alive=10s --timeout queue=1m --timeout check=5s
	--set retries=3 --option dontlognull --option redispatch
	--sysctl net.ipv4.tcp_keepalive_time=600`)

func customizeArgs(source, output string, more ...string) []string {
	return append(append([]string{"customize", source, "-o", output}, theEdits...), more...)
}
