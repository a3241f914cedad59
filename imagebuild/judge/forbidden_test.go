//go:build linux

package judge

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// TestForbidden runs TestForbiddenInside where there are no namespaces to be had.
func TestForbidden(t *testing.T) {
	needHAProxy(t)
	unshare := need(t, "unshare")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(unshare, "--user", "--map-root-user", "sh", "-c",
		"echo 0 >/proc/sys/user/max_user_namespaces || exit 77; exec \"$@\"", "sh",
		self, "-test.v", "-test.run=^TestForbiddenInside$")
	cmd.Env = append(os.Environ(), "JUDGE_FORBIDDEN=yes")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && (exit.ExitCode() == 77 || bytes.HasPrefix(out, []byte("unshare:"))) {
		missing(t, "namespaces cannot be forbidden here: %s", out)
	}
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestForbiddenInside")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestForbiddenInside(t *testing.T) {
	if os.Getenv("JUDGE_FORBIDDEN") == "" {
		t.Skip("TestForbidden runs this")
	}
	const why = "no more user namespaces are allowed here (sysctl user.max_user_namespaces): no space left on device"
	d := fakeImage(t, needHAProxy(t))
	_, err := fromTree(t, d, Options{}).Check(t.Context(), one("x", "global\n"))
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), why) {
		t.Errorf("%v", err)
	}
	v, err := fromTree(t, d, Options{AllowUnsandboxed: true}).Check(t.Context(), one("x", "global\n user servo\n"))
	if err != nil || v.How != Loader || v.Outcome != NoListener || len(v.Notes) != 2 || !strings.HasSuffix(v.Notes[0], why) {
		t.Errorf("%v %+v", err, v)
	}
	p, err := Host("", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	v, err = p.Check(t.Context(), one("x", "global\n user servo\n"))
	if err != nil || v.How != Plain || v.Outcome != NoListener || len(v.Notes) != 2 || !strings.HasSuffix(v.Notes[0], why) {
		t.Errorf("%v %+v", err, v)
	}
}

// TestInitIsNotFooled: a program that merely has the name goes on as itself, and one with the wrong greeting ends.
func TestInitIsNotFooled(t *testing.T) {
	run := func(files ...*os.File) (string, error) {
		cmd := exec.Command("/proc/self/exe")
		cmd.Args = []string{initName}
		cmd.Env = []string{"JUDGE_FOOLED=yes"}
		cmd.ExtraFiles = files
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || out != "main goes on\n" {
		t.Errorf("without pipes: %q, %v", out, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r2, w2, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r2.Close()
	defer w2.Close()
	if _, err := w.WriteString("lbimage judge 0\n{\"Program\":\"/bin/true\"}"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var exit *exec.ExitError
	if out, err := run(r, w2); !errors.As(err, &exit) || exit.ExitCode() != 125 || out != "" {
		t.Errorf("with another greeting: %q, %v", out, err)
	}
}

// TestManyAtOnce: one program, several judgements.
func TestManyAtOnce(t *testing.T) {
	p := fromTree(t, fakeImage(t, needHAProxy(t)), Options{})
	check(t, p, one("x", "global\n"))
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			name := strings.Repeat("x", i+1)
			v, err := p.Check(t.Context(), one(name, "global\n"+strings.Repeat("#\n", i)+" frob\n"))
			if err != nil || len(v.Messages) != 1 || v.Messages[0].File != name || v.Messages[0].Line != i+2 {
				t.Errorf("%d: %v %v", i, err, v.Messages)
			}
		})
	}
	all.Wait()
}
