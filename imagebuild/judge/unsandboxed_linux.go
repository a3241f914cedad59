package judge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// unsandboxed judges with limits only. An image's program is started by its own loader, with its libraries
// before this machine's; its users are this machine's, so those that the texts name are set aside. All files of
// the configuration lie below a folder of the run, and the texts are led there. That folder has a name, so it is
// there for the time of the run alone.
func (p *Program) unsandboxed(ctx context.Context, files placed, a adaptation) (v Verdict, err error) {
	temp, err := os.MkdirTemp(p.options.TempDir, "lbimage-judge-")
	if err != nil {
		return Verdict{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	here, err := filepath.Abs(temp)
	if err != nil {
		return Verdict{}, err
	}
	dir, root := filepath.Join(here, "run"), filepath.Join(here, "root")
	s, how := p.spec(), Plain
	s.Program, s.Args, s.Dir = p.path, []string{p.path}, dir
	s.FileSize = limitFile
	a.prefix = dir
	if p.image {
		how = Loader
		if err := unpack(root, p.store, p.closure.entries, nil); err != nil {
			return Verdict{}, fmt.Errorf("unpacking HAProxy and its libraries: %w", err)
		}
		s.Program, s.Args = p.byLoader(root)
		s.Processes = limitProcesses
		s.Drop = giveToNobody(temp)
		a.why = "without a sandbox there are only this machine's users"
		no := func(string) bool { return false }
		a.hasUser, a.hasGroup = no, no
	} else if a.hasUser == nil || a.hasGroup == nil {
		// The caller's passwd and group cannot be shown to it: who is not of this machine is set aside.
		a.hasUser, a.hasGroup = p.names(placed{}, "/etc/passwd"), p.names(placed{}, "/etc/group")
	}
	s.Args = append(s.Args, "-c")
	var notes []string
	shown := map[string]string{}
	var texts []File
	for i, f := range files.files {
		text, told := a.adapt(files.shown[i], f.Data)
		notes = append(notes, told...)
		texts = append(texts, File{f.Name, text})
		arg := argument(files.shown[i], f.Name)
		if arg[0] == '/' {
			arg = filepath.Join(dir, arg)
		}
		shown[arg] = files.shown[i]
		s.Args = append(s.Args, "-f", arg)
	}
	if err := put(dir, append(texts, files.extra...)); err != nil {
		return Verdict{}, fmt.Errorf("writing what is judged: %w", err)
	}
	got, err := p.start(ctx, s)
	var none noSandbox
	if errors.As(err, &none) {
		return Verdict{}, silent("HAProxy was not run: %w", none.err)
	}
	if err != nil {
		return Verdict{}, err
	}
	shownDir := func(name string) string {
		if given, ok := shown[name]; ok {
			return given
		}
		return strings.TrimPrefix(name, dir)
	}
	v, err = p.verdict(got, how, shownDir)
	for _, d := range []string{dir, root} {
		for i := range v.Messages {
			v.Messages[i].Text = strings.ReplaceAll(v.Messages[i].Text, d, "")
		}
		v.Output = bytes.ReplaceAll(v.Output, []byte(d), nil)
	}
	v.Notes = append(notes, v.Notes...)
	return v, err
}

// byLoader gives the command that starts the image's program with the image's libraries, which lie below root.
func (p *Program) byLoader(root string) (string, []string) {
	inside := func(name string) string { return filepath.Join(root, name) }
	program := inside(p.closure.program)
	if p.binary.Static {
		return program, []string{program}
	}
	var dirs []string
	for _, d := range p.closure.folders {
		dirs = append(dirs, inside(d))
	}
	loader := inside(p.binary.Interpreter)
	return loader, []string{loader, "--library-path", strings.Join(dirs, ":"), program}
}

// giveToNobody prepares a folder for a run as nobody where the user is root, and says whether it can be one.
func giveToNobody(dir string) bool {
	return os.Geteuid() == 0 && os.Chown(dir, nobody, nobody) == nil
}
