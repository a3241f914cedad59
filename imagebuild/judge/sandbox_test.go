//go:build linux

package judge

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell gives an image whose HAProxy is bash: what is asked of it, as `-c -f NAME`, is a script. Names of files
// may have everything but line feeds, so a script can say a lot.
func shell(t testing.TB, o Options) *Program {
	t.Helper()
	return fromTree(t, fakeImage(t, need(t, "bash")), o)
}

func run(t testing.TB, p *Program, script string) string {
	t.Helper()
	v, err := p.Check(t.Context(), one("{ "+script+" ;} 2>&1; exit 0 ", ""))
	wantSandbox(t, err)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	if v.How != Sandboxed {
		t.Fatalf("%s: run %v", script, v.How)
	}
	return string(v.Output)
}

// TestSandboxHolds lets a hostile program try.
func TestSandboxHolds(t *testing.T) {
	p := shell(t, Options{})
	t.Run("Files", func(t *testing.T) {
		want := "/dev /etc /lib64 /opt /usr /dev/null /dev/random /dev/urandom /dev/zero"
		got := run(t, p, "set +f; cd /; echo /[!{]* /dev/*")
		if strings.TrimSpace(got) != want {
			t.Errorf("it sees %q, not only %q", got, want)
		}
		got = run(t, p, "u=..; for f in /$u/etc/hostname /$u/$u/etc/shadow /etc/hostname /etc/shadow /proc/self/status /home /root /tmp; do [ -e $f ] && echo $f; done")
		if got != "" {
			t.Errorf("it sees %q", got)
		}
	})
	t.Run("ReadOnly", func(t *testing.T) {
		for _, target := range []string{"/x", "/etc/passwd", "/dev/x", "/usr/sbin/haproxy", "/opt/libs/x"} {
			if got := run(t, p, ": >"+target+" && echo WROTE"); strings.Contains(got, "WROTE") {
				t.Errorf("%s was written: %s", target, got)
			}
		}
		if got := run(t, p, "echo x >/dev/null && echo fine"); got != "fine\n" {
			t.Errorf("/dev/null: %q", got)
		}
	})
	t.Run("Network", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if got := run(t, p, "echo >/dev/tcp/127.0.0.1/"+port+" && echo REACHED"); strings.Contains(got, "REACHED") || got == "" {
			t.Errorf("network: %q", got)
		}
	})
	t.Run("Who", func(t *testing.T) {
		got := run(t, p, "echo $$ $PPID $UID ${#BASH_ARGV} $HOME $PATH_ $SECRET; export -p; echo host $HOSTNAME; ulimit -c; ulimit -f; ulimit -t; ulimit -v; ulimit -n")
		want := "1 0 0"
		if os.Geteuid() == 0 {
			want = "1 0 65534"
		}
		if !strings.HasPrefix(got, want+" ") || !strings.Contains(got, "host localhost\n0\n0\n10\n1048576\n1024\n") {
			t.Errorf("it is %q", got)
		}
		for line := range strings.Lines(got) {
			name, is := strings.CutPrefix(line, "declare -x ")
			if is && !strings.HasPrefix(name, "LD_LIBRARY_PATH=") && !strings.HasPrefix(name, "OLDPWD") &&
				!strings.HasPrefix(name, "PWD=") && !strings.HasPrefix(name, "SHLVL=") {
				t.Errorf("its environment has %s", line)
			}
		}
	})
	t.Run("Descriptors", func(t *testing.T) {
		// One that this process has open, not marked to be closed, as a careless parent might leave it.
		f, err := os.Open("/etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		keepOpen(t, f)
		// 10 and 11 are the shell's own.
		if got := run(t, p, "for i in 3 4 5 6 7 8 9 12 13 14 15 16 17 18 19 20; do { true <&$i ;} 2>/dev/null && echo open $i; done"); got != "" {
			t.Errorf("open in it: %s", got)
		}
	})
	t.Run("Processes", func(t *testing.T) {
		const script = "for ((i = 0; i < %s; i++)); do (while :; do read -t 9 x <>/dev/zero; done) & done; echo last $!"
		if got := run(t, p, strings.Replace(script, "%s", "10", 1)); !strings.HasPrefix(got, "last ") {
			t.Errorf("ten processes: %q", got)
		}
		// The shell tries again for some seconds when it can have no more.
		_, err := shell(t, Options{Limits: Limits{Time: time.Second}}).Check(t.Context(),
			one(strings.Replace(script, "%s", "20", 1), ""))
		if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "did not answer") {
			t.Errorf("twenty processes: %v", err)
		}
	})
}

func TestLimits(t *testing.T) {
	p := shell(t, Options{Limits: Limits{Time: 700 * time.Millisecond}})
	start := time.Now()
	_, err := p.Check(t.Context(), one("read -t 30 x <> <(:); while :; do (while :; do :; done) & wait; done", ""))
	wantSandbox(t, err)
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "did not answer within 700ms") {
		t.Errorf("time: %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("stopped after %v", d)
	}

	p = shell(t, Options{Limits: Limits{CPU: time.Second}})
	_, err = p.Check(t.Context(), one("while :; do :; done", ""))
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "killed") {
		t.Errorf("computing time: %v", err)
	}

	p = shell(t, Options{Limits: Limits{Memory: 64 << 20}})
	got := run(t, p, `x=aaaaaaaaaaaaaaaa; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do x=$x$x; done; echo GREW`)
	if strings.Contains(got, "GREW") {
		t.Errorf("memory: %.200q", got)
	}

	p = shell(t, Options{Limits: Limits{Output: 1000}})
	v, err := p.Check(t.Context(), one("for i in 1 2 3 4 5 6 7 8 9 10; do printf '%.300d' 1; done; exit 0", ""))
	if err != nil || len(v.Output) != 1000 || !v.Truncated {
		t.Errorf("output: %d bytes, %v, %v", len(v.Output), v.Truncated, err)
	}
	_, err = p.Check(t.Context(), one("while :; do printf '%.1000d' 1; done", ""))
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "printed more than 16000 bytes") {
		t.Errorf("flood: %v", err)
	}
}

func TestNoAnswer(t *testing.T) {
	p := shell(t, Options{})
	for script, want := range map[string]string{
		"exit 7":                           "gave no verdict (exit code 7), and printed nothing",
		"echo who knows; exit 1":           "gave no verdict (exit code 1): who knows",
		"echo '[ALERT] 1'; exit 1":         "gave no verdict (exit code 1): [ALERT] 1",
		"ulimit -t 0; while :; do :; done": "",
	} {
		_, err := p.Check(t.Context(), one(script, ""))
		wantSandbox(t, err)
		if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// TestAsNobody runs the tests of the sandbox again, as an ordinary user who owns nothing.
func TestAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it becomes another user")
	}
	setpriv := need(t, "setpriv")
	dir := t.TempDir()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, "judge.test")
	if err := os.WriteFile(exe, self, 0o755); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(dir, "tmp")
	for d, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o755, tmp: 0o1777} {
		if err := os.Mkdir(d, 0o755); err != nil && !os.IsExist(err) {
			t.Fatal(err)
		}
		if err := os.Chmod(d, mode); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", exe, "-test.v",
		"-test.run=^Test(SandboxHolds|SandboxTakesRights|ImageInSandbox|Good|WithoutSandbox|Host|HostScript|NoAnswer|Limits|LeavesNoFile|Killed)$")
	cmd.Dir = tmp
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP") || !strings.Contains(string(out), "--- PASS: TestSandboxHolds") {
		t.Errorf("not all was run:\n%s", out)
	}
}
