package survey

import (
	"cmp"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Interpreter is what scripts are written in.
type Interpreter struct {
	// Line is what the scripts name: a path, or the name that env looks for.
	Name string `json:"name"`
	Env  bool   `json:"env,omitempty"` // it is looked for in PATH
	// Resolved is the program, symbolic links followed; empty when the image has none.
	Resolved string `json:"resolved,omitempty"`
	// Programs are scripts that someone starts, Others those that lie with documentation, examples and modules, where
	// the first line is a habit. The lists have the first, in order.
	Programs     int      `json:"programs"`
	ProgramPaths []string `json:"programPaths,omitempty"`
	Others       int      `json:"others,omitempty"`
	OtherPaths   []string `json:"otherPaths,omitempty"`
}

// Bounds of what is kept of scripts.
const (
	maxShebang      = 256 // bytes: as much as the kernel reads
	maxInterpreters = 1024
	maxScriptPaths  = 20
)

// scripts collects the first lines of executable files.
type scripts struct {
	tree  overlay.ReadTree
	found map[string]*Interpreter // by what the first line names
	notes []string
}

func newScripts(t overlay.ReadTree) *scripts {
	return &scripts{tree: t, found: map[string]*Interpreter{}}
}

func (s *scripts) visit(name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 || info.Size() < 4 {
		return nil
	}
	line, err := shebangLine(s.tree, name)
	if err != nil {
		s.notes = noted(s.notes, slashed(name)+": "+cause(err).Error())
		return nil
	}
	if line == "" {
		return nil
	}
	i := named(line)
	if i.Name == "" {
		return nil
	}
	key := i.Name
	have := s.found[key]
	if have == nil {
		if len(s.found) == maxInterpreters {
			return nil
		}
		have = &i
		s.found[key] = have
	}
	if habit(name) {
		if have.Others++; len(have.OtherPaths) < maxScriptPaths {
			have.OtherPaths = append(have.OtherPaths, slashed(name))
		}
		return nil
	}
	if have.Programs++; len(have.ProgramPaths) < maxScriptPaths {
		have.ProgramPaths = append(have.ProgramPaths, slashed(name))
	}
	return nil
}

// habit says that a file lies where nobody starts it by its name: documentation, examples, sources, modules of a
// language.
func habit(name string) bool {
	for _, prefix := range []string{"usr/share/", "usr/src/", "usr/include/", "usr/local/share/", "home/", "root/", "tmp/", "var/tmp/", "var/lib/dpkg/info/", "boot/", "srv/"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for part := range strings.SplitSeq(path.Dir(name), "/") {
		switch {
		case strings.HasPrefix(part, "python2") || strings.HasPrefix(part, "python3") || strings.HasPrefix(part, "perl"),
			part == "site-packages", part == "dist-packages", part == "node_modules", part == "ruby", part == "gems",
			part == "doc", part == "examples", part == "tests", part == "test", part == "dracut", part == "initramfs-tools":
			return true
		}
	}
	return false
}

// interpreters looks what the first lines lead to.
func (s *scripts) interpreters(t overlay.ReadTree) []Interpreter {
	out := []Interpreter{}
	for _, i := range s.found {
		i.Resolved = lookUp(t, *i).Resolved
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b Interpreter) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// shebangLine is what follows "#!"; empty for a file that does not begin with it. name has no symbolic link in it.
func shebangLine(t overlay.ReadTree, name string) (string, error) {
	f, err := t.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b [maxShebang]byte
	n, err := io.ReadFull(f, b[:2])
	if n < 2 || string(b[:2]) != "#!" {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return "", err
		}
		return "", nil
	}
	n, err = io.ReadFull(f, b[2:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", err
	}
	line, _, _ := strings.Cut(string(b[2:2+n]), "\n")
	if strings.ContainsRune(line, 0) {
		line, _, _ = strings.Cut(line, "\x00")
	}
	return strings.Trim(line, " \t"), nil
}

// shebang is shebangLine for a path that may go over links.
func shebang(t overlay.ReadTree, name string) (string, error) {
	r, ok := regular(t, name)
	if !ok {
		return "", nil
	}
	return shebangLine(t, r.Name)
}

// named reads a first line: "/bin/sh -e", "/usr/bin/env python", "/usr/bin/env -S LANG=C python3 -u".
func named(line string) Interpreter {
	// A carriage return belongs to the name: the kernel does not find /bin/sh\r.
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(words) == 0 {
		return Interpreter{}
	}
	if path.Base(words[0]) == "env" {
		for i := 1; i < len(words); i++ {
			switch w := words[i]; {
			case w == "-u" || w == "-C" || w == "--unset" || w == "--chdir":
				i++ // it takes a word
			case strings.HasPrefix(w, "-S") && len(w) > 2:
				return Interpreter{Name: w[2:], Env: !path.IsAbs(w[2:])}
			case strings.HasPrefix(w, "-") || strings.Contains(w, "="):
			default:
				return Interpreter{Name: w, Env: !path.IsAbs(w)}
			}
		}
	}
	return Interpreter{Name: words[0]}
}

// interpreterOf reads a first line and looks what it leads to.
func interpreterOf(t overlay.ReadTree, line string) Interpreter { return lookUp(t, named(line)) }

func lookUp(t overlay.ReadTree, i Interpreter) Interpreter {
	i.Resolved = ""
	if i.Env {
		if r, ok := inPath(t, i.Name); ok {
			i.Resolved = r.Path()
		}
		return i
	}
	if !path.IsAbs(i.Name) { // the kernel takes it from the folder where the script is started
		return i
	}
	if r, ok := regular(t, i.Name); ok {
		i.Resolved = r.Path()
	}
	return i
}
