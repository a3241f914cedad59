package survey

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"lbimage/overlay"
)

// Sudoers is what sudo's configuration says: /etc/sudoers and what it includes, as sudoers(5) describes it.
type Sudoers struct {
	Path     string           `json:"path,omitempty"` // empty for none
	Files    []SudoersFile    `json:"files,omitempty"`
	Defaults []SudoersDefault `json:"defaults,omitempty"`
	Rules    []SudoersRule    `json:"rules,omitempty"`
	// Aliases are lists with a name, by kind and name: User, Host, Runas, Cmnd.
	Aliases []SudoersAlias `json:"aliases,omitempty"`
	// Problems are lines that sudo does not understand.
	Problems []SudoersProblem `json:"problems,omitempty"`
}

// SudoersFile is a file that is read.
type SudoersFile struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"-"`
	UID  uint32      `json:"-"`
	GID  uint32      `json:"-"`
	// Refused says why sudo does not read it; empty for one that it reads.
	Refused string `json:"refused,omitempty"`
}

// SudoersDefault is a setting of a Defaults line.
type SudoersDefault struct {
	// Scope is whom it is for: empty for all, @ hosts, : users, > those that commands are run as, ! commands.
	Scope string   `json:"scope,omitempty"`
	For   []string `json:"for,omitempty"`
	Name  string   `json:"name"`
	Off   bool     `json:"off,omitempty"` // with a ! before it
	Value string   `json:"value,omitempty"`
	Path  string   `json:"path"`
	Line  int      `json:"line"`
}

// SudoersRule says what some may run.
type SudoersRule struct {
	Users    []string         `json:"users"`
	Hosts    []string         `json:"hosts"`
	Commands []SudoersCommand `json:"commands"`
	Path     string           `json:"path"`
	Line     int              `json:"line"`
}

// SudoersCommand is a command of a rule, with the tags that hold for it.
type SudoersCommand struct {
	// RunAs are the users and groups that it may be run as; nil for neither, which is root.
	RunAs       []string `json:"runAs,omitempty"`
	RunAsGroups []string `json:"runAsGroups,omitempty"`
	Tags        []string `json:"tags,omitempty"` // in force here: NOPASSWD, SETENV, …
	Command     string   `json:"command"`        // a path, ALL, an alias, with ! before it where it is refused
	Args        string   `json:"args,omitempty"`
}

// SudoersAlias is a list with a name.
type SudoersAlias struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
	// commands are those of a Cmnd_Alias.
	commands []SudoersCommand
}

// SudoersProblem is a line that sudo does not understand.
type SudoersProblem struct {
	Path string `json:"path"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Bounds of what is read. sudo itself stops at 128 files within each other.
const (
	maxSudoText     = 1 << 20
	maxSudoFiles    = 512
	maxSudoDepth    = 32
	maxSudoEntries  = 5000
	maxSudoTotal    = 8 << 20
	maxSudoProblems = 100
)

// ReadSudoers reads sudo's configuration.
func ReadSudoers(t overlay.ReadTree) Sudoers {
	var s Sudoers
	r := sudoersReader{tree: t, s: &s, left: maxSudoTotal}
	r.file("etc/sudoers", 0)
	return s
}

type sudoersReader struct {
	tree overlay.ReadTree
	s    *Sudoers
	path string
	line int
	n    int // entries
	left int // bytes that may still be read
}

func (r *sudoersReader) problem(text string) {
	if len(r.s.Problems) < maxSudoProblems {
		r.s.Problems = append(r.s.Problems, SudoersProblem{r.path, r.line, text})
	}
}

// file reads one file, if sudo would.
func (r *sudoersReader) file(name string, depth int) {
	if len(r.s.Files) >= maxSudoFiles || depth > maxSudoDepth {
		return
	}
	text, at, err := overlay.ReadFile(r.tree, name, maxSudoText)
	if err != nil {
		if depth > 0 && r.path != "" && errors.Is(err, fs.ErrNotExist) {
			r.problem("it includes " + name + ", which is not there")
		}
		return
	}
	if r.left -= len(text); r.left < 0 {
		return
	}
	f := SudoersFile{Path: at.Path(), Mode: at.Info.Mode()}
	if f.UID, f.GID, err = overlay.OwnerOf(at.Info); err == nil {
		f.Refused = refused(f)
	}
	r.s.Files = append(r.s.Files, f)
	if depth == 0 {
		r.s.Path = f.Path
	}
	if f.Refused != "" {
		return
	}
	path, line := r.path, r.line
	r.path = f.Path
	for l := range logicalLines(string(text)) {
		r.line = l.number
		r.entry(l.text, depth)
	}
	r.path, r.line = path, line
}

// refused says why sudo does not read a file: one that somebody but root could have written.
func refused(f SudoersFile) string {
	switch {
	case f.UID != 0:
		return "it is not root's"
	case f.Mode.Perm()&0o002 != 0:
		return "everyone may write to it"
	case f.Mode.Perm()&0o020 != 0 && f.GID != 0:
		return "a group other than root's may write to it"
	}
	return ""
}

// folder reads the files of an includedir: those without a dot in the name and without a ~ at its end.
func (r *sudoersReader) folder(name string, depth int) {
	for _, n := range namesIn(r.tree, name) {
		if strings.Contains(n, ".") || strings.HasSuffix(n, "~") {
			continue
		}
		r.file(path.Join(name, n), depth+1)
	}
}

// logicalLine is a line with those that it goes on in.
type logicalLine struct {
	text   string
	number int // of the first
}

// logicalLines joins the lines that a backslash at the end goes on in, and takes comments off.
func logicalLines(text string) func(func(logicalLine) bool) {
	return func(yield func(logicalLine) bool) {
		number, first := 0, 0
		var b strings.Builder
		for line := range strings.Lines(text) {
			number++
			line = strings.TrimRight(line, "\r\n")
			if first == 0 {
				first = number
			}
			if body, ok := strings.CutSuffix(line, "\\"); ok && !strings.HasSuffix(body, "\\") && (b.Len() > 0 || !strings.HasPrefix(strings.TrimSpace(line), "#")) {
				b.WriteString(body)
				b.WriteByte(' ')
				continue
			}
			b.WriteString(line)
			if !yield(logicalLine{withoutComment(b.String()), first}) {
				return
			}
			b.Reset()
			first = 0
		}
		if b.Len() > 0 {
			yield(logicalLine{withoutComment(b.String()), first})
		}
	}
}

// withoutComment cuts a comment off: a # that is neither in quotes, nor escaped, nor before the digits of an id, nor of #include.
func withoutComment(line string) string {
	trimmed := strings.TrimSpace(line)
	if include, _, ok := includeOf(trimmed); ok && include != "" {
		return trimmed
	}
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '#':
			id := i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9' && (i == 0 || strings.IndexByte(" \t,!%(:=>", line[i-1]) >= 0)
			if !quoted && !id {
				return strings.TrimSpace(line[:i])
			}
		}
	}
	return trimmed
}

// includeOf takes a line apart that includes a file or a folder.
func includeOf(line string) (word, name string, ok bool) {
	if line == "" || line[0] != '#' && line[0] != '@' {
		return "", "", false
	}
	word, name, _ = strings.Cut(strings.ReplaceAll(line[1:], "\t", " "), " ")
	if word != "include" && word != "includedir" {
		return "", "", false
	}
	name = strings.Trim(strings.TrimSpace(name), `"`)
	return word, strings.ReplaceAll(name, `\ `, " "), true
}

// entry reads a logical line.
func (r *sudoersReader) entry(line string, depth int) {
	if r.n++; line == "" || r.n > maxSudoEntries {
		return
	}
	if word, name, ok := includeOf(line); ok {
		switch {
		case name == "":
			r.problem(word + " names nothing")
			return
		case !path.IsAbs(name):
			name = path.Join(path.Dir(r.path), name)
		}
		if word == "includedir" {
			r.folder(name, depth)
		} else {
			r.file(name, depth+1)
		}
		return
	}
	p := sudoersParser{text: line}
	word := p.peekWord()
	var err error
	switch {
	case strings.HasPrefix(line, "Defaults") && (len(line) == 8 || strings.IndexByte(" \t@:>!", line[8]) >= 0):
		err = r.defaults(&p)
	case aliasKinds[word] != "":
		p.takeWord()
		err = r.alias(&p, aliasKinds[word])
	default:
		err = r.rule(&p)
	}
	if err != nil {
		r.problem(err.Error())
	}
}

var aliasKinds = map[string]string{"User_Alias": "User", "Host_Alias": "Host", "Runas_Alias": "Runas", "Cmnd_Alias": "Cmnd", "Cmd_Alias": "Cmnd"}
