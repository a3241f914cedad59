//go:build linux

package judge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sleeping is what a shell as HAProxy runs: it waits, for this many seconds, for a process that says nothing. The
// number of the test's process tells it from what other runs of the tests have left.
func sleeping(seconds float64, test int) Config {
	return one(fmt.Sprintf(": %d; coproc { read x ;}; read -t %g x <&${COPROC[0]}; echo slept; exit 0", test, seconds), "")
}

// TestLeavesNoFile looks into TempDir all the time while a program is made, used and closed.
func TestLeavesNoFile(t *testing.T) {
	d := fakeImage(t, need(t, "bash"))
	for how, o := range map[How]Options{Sandboxed: {}, Loader: {NoSandbox: true, AllowUnsandboxed: true}} {
		t.Run(how.String(), func(t *testing.T) {
			o.TempDir = openFolder(t)
			unnamed, err := openUnnamed(o.TempDir)
			if err != nil {
				t.Logf("the folder takes no unnamed files, so there may be one for a moment: %v", err)
			} else {
				unnamed.Close()
			}
			type result struct {
				v    Verdict
				left []string
				err  error
			}
			done := make(chan result)
			go func() {
				p, err := FromTree(d, "/usr/sbin/haproxy", o)
				if err != nil {
					done <- result{err: err}
					return
				}
				v, err := p.Check(context.Background(), sleeping(0.5, os.Getpid()))
				left := list(o.TempDir)
				done <- result{v, left, errors.Join(err, p.Close(), p.Close())}
			}()
			var got result
			looks, seen := 0, map[string]bool{}
			for got.err == nil && got.v.Output == nil {
				for _, name := range list(o.TempDir) {
					seen[name] = true
				}
				looks++
				select {
				case got = <-done:
				default:
				}
			}
			wantSandbox(t, got.err)
			if got.err != nil || got.v.How != how || string(got.v.Output) != "slept\n" || looks < 100 {
				t.Fatalf("%v, %v, %q, %d looks", got.err, got.v.How, got.v.Output, looks)
			}
			if left := append(got.left, list(o.TempDir)...); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			folders := 0
			for name := range seen {
				if strings.HasPrefix(name, "lbimage-judge-") {
					folders++
				}
			}
			switch {
			case how == Loader && folders != 1: // which also shows that looking finds what is there
				t.Errorf("a run without a sandbox has one folder; seen: %v", seen)
			case how == Sandboxed && (folders > 0 || err == nil && len(seen) > 0):
				t.Errorf("files with names: %v", seen)
			}
		})
	}
}

// openFolder makes a folder that nobody, too, may enter.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "judge-test-")
	if err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func list(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{err.Error()}
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// killable is the environment variable with the image for judgeSleeping.
const killable = "JUDGE_KILLABLE"

// judgeSleeping is the process that TestKilled kills.
func judgeSleeping(image string) {
	root, err := os.OpenRoot(image)
	if err != nil {
		panic(err)
	}
	p, err := FromTree(dirTree{root}, "/usr/sbin/haproxy", Options{Limits: Limits{Time: time.Minute}})
	if err != nil {
		panic(err)
	}
	fmt.Println(p.Check(context.Background(), sleeping(50, os.Getppid())))
}

// TestKilled: of a process that is killed, at whatever moment, neither a file is left nor a process.
func TestKilled(t *testing.T) {
	d := fakeImage(t, need(t, "bash"))
	run(t, fromTree(t, d, Options{}), "echo a sandbox can be had")
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(t.TempDir(), "judge.test") // all that run this file, and no others, are of this test
	if err := os.WriteFile(exe, self, 0o755); err != nil {
		t.Fatal(err)
	}
	var usual time.Duration
	for i := range 20 {
		temp := t.TempDir()
		var said bytes.Buffer
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "TMPDIR="+temp, killable+"="+d.Name())
		cmd.Stdout, cmd.Stderr = &said, &said
		cmd.WaitDelay = time.Second
		start := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			// Three run when all is under way: this process's child, the program, and the program's child.
			for len(processes(t, exe)) < 3 {
				if time.Since(start) > 20*time.Second {
					_ = cmd.Process.Kill()
					_ = cmd.Wait()
					t.Fatalf("the program did not start: %s", said.Bytes())
				}
				time.Sleep(time.Millisecond)
			}
			usual = time.Since(start)
		} else {
			time.Sleep(usual * time.Duration(i) / 18)
		}
		during := list(temp)
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if said.Len() > 0 {
			t.Errorf("after %d/18: %s", i, said.Bytes())
		}
		if left := append(during, list(temp)...); len(left) > 0 {
			t.Errorf("after %d/18: files: %v", i, left)
		}
		for killed := time.Now(); ; time.Sleep(time.Millisecond) {
			left := processes(t, exe)
			if len(left) == 0 {
				break
			}
			if time.Since(killed) > 5*time.Second {
				for pid := range left {
					n, _ := strconv.Atoi(pid)
					_ = syscall.Kill(n, syscall.SIGKILL)
				}
				t.Fatalf("after %d/18: processes: %q", i, left)
			}
		}
	}
}

// processes gives the numbers and command lines of those that run exe, and of those that run the sleeping program.
func processes(t *testing.T, exe string) map[string]string {
	t.Helper()
	want, err := os.Stat(exe)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	script := sleeping(50, os.Getpid()).Files[0].Name
	out := map[string]string{}
	for _, dir := range dirs {
		line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || len(line) == 0 {
			continue
		}
		args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
		info, err := os.Stat(filepath.Join(dir, "exe"))
		if err == nil && os.SameFile(info, want) || slices.Contains(args, script) {
			out[filepath.Base(dir)] = strings.Join(args, " ")
		}
	}
	return out
}

// TestAnonymous: where a folder takes no file, memory does.
func TestAnonymous(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "/proc", "/no/such/folder"} {
		f, err := anonymous(dir)
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		defer f.Close()
		_, err = f.WriteString("what is kept")
		got := make([]byte, 4)
		if err == nil {
			_, err = f.ReadAt(got, 8)
		}
		if err != nil || string(got) != "kept" {
			t.Errorf("%s: %q, %v", dir, got, err)
		}
		if info, err := f.Stat(); err != nil || info.Sys().(*syscall.Stat_t).Nlink != 0 {
			t.Errorf("%s: it has a name: %v %v", dir, info, err)
		}
	}
}

// TestAnyTempDir: wherever the temporary folder is, the sandbox is the same, and the machine's devices reach it.
func TestAnyTempDir(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("relative", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"/", "/dev", "/proc", "/tmp", "relative", "/no/such/folder"} {
		p := shell(t, Options{TempDir: dir})
		if got := run(t, p, "echo x >/dev/null && read -N 1 x </dev/urandom && echo fine"); got != "fine\n" {
			t.Errorf("%s: %q", dir, got)
		}
	}
}
