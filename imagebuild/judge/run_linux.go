package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// nobody is who runs a program for root.
const nobody = 65534

// sandboxed judges in a sandbox. Where there can be none, the error is a noSandbox.
func (p *Program) sandboxed(ctx context.Context, files placed, a adaptation) (Verdict, error) {
	s := p.spec()
	s.Sandbox = true
	s.Closure = p.closure.entries
	s.Program, s.Dir, s.Processes = p.closure.program, "/", limitProcesses
	if len(p.closure.folders) > 0 {
		s.Env = []string{"LD_LIBRARY_PATH=" + strings.Join(p.closure.folders, ":")}
	}
	var notes []string
	shown := map[string]string{}
	s.Args = []string{s.Program, "-c"}
	for i, f := range files.files {
		text, told := a.adapt(files.shown[i], f.Data)
		notes = append(notes, told...)
		s.Files = append(s.Files, File{f.Name, text})
		arg := argument(files.shown[i], f.Name)
		shown[arg] = files.shown[i]
		s.Args = append(s.Args, "-f", arg)
	}
	s.Files = append(s.Files, files.extra...)
	got, err := p.start(ctx, s)
	if err != nil {
		return Verdict{}, err
	}
	v, err := p.verdict(got, Sandboxed, func(name string) string {
		if given, ok := shown[name]; ok {
			return given
		}
		return name
	})
	v.Notes = append(notes, v.Notes...)
	return v, err
}

// argument is the name that -f gets: relative where the caller's is, so that messages have it.
func argument(shown, clean string) string {
	if rel := clean[1:]; shown[0] != '/' && rel[0] != '-' {
		return rel
	}
	return clean
}

// spec has what all runs have in common.
func (p *Program) spec() spec {
	l := p.options.Limits.orDefault()
	seconds := max(1, int64((l.CPU+time.Second-1)/time.Second))
	return spec{Memory: uint64(l.Memory), CPU: uint64(seconds)}
}

// start runs what a spec says, in a process made of this executable, and waits for its end.
func (p *Program) start(ctx context.Context, s spec) (answer, error) {
	if !hooked.Load() {
		return answer{}, noSandbox{errors.New("this program does not call judge.Init as the first thing in main")}
	}
	attr := &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if !s.Sandbox {
		return p.startWith(ctx, s, attr)
	}
	attr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
		unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	uid, gid := os.Geteuid(), os.Getegid()
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	if uid == 0 && gid == 0 { // root sets the sandbox up, and nobody runs the program in it
		one := *attr
		attr.UidMappings = append(attr.UidMappings, syscall.SysProcIDMap{ContainerID: nobody, HostID: nobody, Size: 1})
		attr.GidMappings = append(attr.GidMappings, syscall.SysProcIDMap{ContainerID: nobody, HostID: nobody, Size: 1})
		attr.GidMappingsEnableSetgroups = true
		s.Drop = true
		a, err := p.startWith(ctx, s, attr)
		var none noSandbox
		if !errors.As(err, &none) {
			return a, err
		}
		s.Drop, attr = false, &one // a root that may not map others, as in many containers
	}
	return p.startWith(ctx, s, attr)
}

func (p *Program) startWith(ctx context.Context, s spec, attr *syscall.SysProcAttr) (answer, error) {
	limits := p.options.Limits.orDefault()
	timed, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	stop, flood := context.WithCancel(timed)
	defer flood()

	order, err := json.Marshal(s)
	if err != nil {
		return answer{}, err
	}
	specR, specW, err := os.Pipe()
	if err != nil {
		return answer{}, err
	}
	defer specR.Close()
	defer specW.Close()
	statusR, statusW, err := os.Pipe()
	if err != nil {
		return answer{}, err
	}
	defer statusR.Close()
	defer statusW.Close()

	out := &bounded{limit: limits.Output, stop: flood}
	cmd := exec.CommandContext(stop, "/proc/self/exe")
	cmd.Args = []string{initName}
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = []*os.File{specR, statusW} // descriptors 3 and 4
	if s.Sandbox {
		cmd.ExtraFiles = append(cmd.ExtraFiles, p.store) // 5
	}
	cmd.SysProcAttr = attr
	cmd.WaitDelay = 2 * time.Second
	cmd.Cancel = func() error {
		// The session that was begun for it; in a sandbox, its end ends all others.
		_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		return cmd.Process.Kill()
	}

	// The child dies with the thread that made it; Go must not end that thread before.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return answer{}, ctx.Err()
		}
		if s.Sandbox {
			return answer{}, noSandbox{noNamespaces(cause(err))}
		}
		return answer{}, fmt.Errorf("starting this program anew: %w", cause(err))
	}
	_ = specR.Close()
	_ = statusW.Close()
	told := make(chan string, 1)
	go func() {
		_, _ = io.WriteString(specW, magic) // who does not read it has ended, and says why
		_, _ = specW.Write(order)
		_ = specW.Close()
	}()
	go func() {
		b, _ := io.ReadAll(io.LimitReader(statusR, 64<<10))
		told <- string(b)
	}()
	err = cmd.Wait()
	// What is left of an unsandboxed program's children.
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	var status string
	select {
	case status = <-told:
	case <-time.After(2 * time.Second):
	}

	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return answer{}, fmt.Errorf("%s: %w", p.path, ctx.Err())
	case out.flooded():
		return answer{}, silent("%s: HAProxy printed more than %d bytes and was stopped", p.path, 16*limits.Output)
	case timed.Err() != nil:
		return answer{}, silent("%s: HAProxy did not answer within %v", p.path, limits.Time)
	case err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay):
		return answer{}, fmt.Errorf("%s: %w", p.path, err)
	}
	if err := p.report(status, s, cmd.ProcessState, out.kept); err != nil {
		return answer{}, err
	}
	if crashed(out.kept) {
		return answer{}, silent("%s: what prepares it ended before it started%s", p.path, firstLine(out.kept))
	}
	a := answer{exit: cmd.ProcessState.ExitCode(), output: out.kept, truncated: out.truncated()}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		a.signal = ws.Signal()
	}
	return a, nil
}

// report reads what the process told before it became the program.
func (p *Program) report(status string, s spec, state *os.ProcessState, output []byte) error {
	what, text, _ := strings.Cut(status, " ")
	text = printable(strings.ToValidUTF8(text, "\uFFFD"))
	switch what {
	case statusReady:
		return nil
	case statusReady + statusExec:
		return silent("%s: this machine cannot start it: %s", p.path, text)
	case statusFiles:
		return fmt.Errorf("%s: putting the sandbox's files in place: %s", p.path, text)
	case statusSetup:
		err := errors.New(text)
		if s.Sandbox {
			return noSandbox{err}
		}
		return fmt.Errorf("%s: %w", p.path, err)
	}
	err := fmt.Errorf("what prepares it ended too early (%v)%s", state, firstLine(output))
	if s.Sandbox {
		return noSandbox{err}
	}
	return fmt.Errorf("%s: %w", p.path, err)
}

// crashed says whether an output is Go's own last words, whose exit code is one of HAProxy's.
func crashed(output []byte) bool {
	return bytes.Contains(output, []byte("fatal error: ")) && bytes.Contains(output, []byte("\ngoroutine "))
}

// cause takes the system's word out of an error of os/exec, whose path would only confuse.
func cause(err error) error {
	var no syscall.Errno
	if errors.As(err, &no) {
		return no
	}
	return err
}

// noNamespaces says why the kernel gave none.
func noNamespaces(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EUSERS):
		return fmt.Errorf("no more user namespaces are allowed here (sysctl user.max_user_namespaces): %w", err)
	case errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EACCES):
		return fmt.Errorf("this user, or this container, may not make namespaces: %w", err)
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSYS):
		return fmt.Errorf("this kernel has no user namespaces: %w", err)
	}
	return fmt.Errorf("making namespaces: %w", err)
}

// hintOn says what a signal may mean.
func hintOn(s os.Signal) string {
	switch s {
	case syscall.SIGKILL:
		return ": it computed for longer than it may, or the machine ran out of memory"
	case syscall.SIGSEGV:
		return ": it ran out of memory, or its C library is older than this kernel supports (vsyscall=emulate helps some)"
	case syscall.SIGXFSZ:
		return ": it tried to write a file"
	case syscall.SIGABRT:
		return ": it gave up by itself, for want of memory perhaps"
	}
	return ""
}
