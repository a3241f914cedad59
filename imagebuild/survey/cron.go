package survey

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// Cron is what cron runs, by its files: crontab(5), cron(8), anacrontab(5).
type Cron struct {
	// Files are those that cron reads, and those that it would if it did not refuse them.
	Files []CronFile `json:"files,omitempty"`
	// Debian says that cron is Debian's, whose rules for names and modes differ from cronie's.
	Debian bool `json:"debian,omitempty"`
}

// CronFile is a table of jobs.
type CronFile struct {
	Path string    `json:"path"`
	Jobs []CronJob `json:"jobs,omitempty"`
	// User is whose a table of /var/spool/cron is.
	User string `json:"user,omitempty"`
	// Passed says why cron passes the whole file by: its name, its mode, its owner; empty for one that it reads.
	Passed string `json:"passed,omitempty"`
	// Problems are lines for which cron passes the file by.
	Problems []CronProblem `json:"problems,omitempty"`
}

// CronJob is a line that runs something.
type CronJob struct {
	When    string `json:"when"`
	User    string `json:"user"`
	Command string `json:"command"`
	Line    int    `json:"line"`
}

// CronProblem is a line that cron does not understand.
type CronProblem struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Bounds of what is read.
const (
	maxCronText  = 1 << 20
	maxCronFiles = 1000
	maxCronJobs  = 10000
	maxCronTotal = 8 << 20
)

// ReadCron reads the tables of an image.
func ReadCron(t overlay.ReadTree) Cron {
	c := Cron{Debian: len(namesIn(t, "var/spool/cron/crontabs")) > 0}
	for _, name := range []string{"etc/debian_version", "var/lib/dpkg/status"} {
		if r, err := overlay.Resolve(t, name); err == nil && r.Exists() {
			c.Debian = true
		}
	}
	r := cronReader{tree: t, c: &c, left: maxCronTotal}
	r.table("etc/crontab", "")
	for _, n := range namesIn(t, "etc/cron.d") {
		r.table(path.Join("etc/cron.d", n), "")
	}
	for _, dir := range []string{"var/spool/cron", "var/spool/cron/crontabs"} {
		for _, n := range namesIn(t, dir) {
			r.table(path.Join(dir, n), n)
		}
	}
	r.anacron("etc/anacrontab")
	return c
}

type cronReader struct {
	tree overlay.ReadTree
	c    *Cron
	left int // bytes that may still be read
}

// table reads a table: of the system, whose lines name users, or of a user.
func (r *cronReader) table(name, user string) {
	at, err := overlay.Resolve(r.tree, name)
	if err != nil || !at.Exists() || at.Info.IsDir() || len(r.c.Files) >= maxCronFiles {
		return
	}
	f := CronFile{Path: "/" + name, User: user}
	f.Passed = r.passed(name, user, at)
	text, _, err := overlay.ReadFile(r.tree, name, maxCronText)
	if err != nil && f.Passed == "" {
		f.Passed = "it cannot be read"
	}
	if r.left -= len(text); r.left < 0 {
		return
	}
	f.read(string(text), user, r.c.Debian)
	r.c.Files = append(r.c.Files, f)
}

// passed says why cron does not read a file at all. As cronie (database.c) and Debian's cron have it.
func (r *cronReader) passed(name, user string, at overlay.Resolved) string {
	base := path.Base(name)
	if strings.HasPrefix(name, "etc/cron.d/") {
		if r.c.Debian {
			if strings.Trim(base, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
				return "its name has other characters than letters, digits, - and _"
			}
		} else if base[0] == '.' || base[0] == '#' || strings.HasSuffix(base, "~") || strings.HasSuffix(base, ".rpmsave") ||
			strings.HasSuffix(base, ".rpmorig") || strings.HasSuffix(base, ".rpmnew") {
			return "its name is that of a leftover"
		}
	}
	mode := at.Info.Mode()
	uid, _, err := overlay.OwnerOf(at.Info)
	links, _ := overlay.SysField(at.Info, "Nlink", "Links")
	switch {
	case !mode.IsRegular():
		return "it is no regular file"
	case err == nil && user == "" && uid != 0:
		return "it is not root's"
	case r.c.Debian && mode.Perm()&0o022 != 0:
		return fmt.Sprintf("others than its owner may write to it: its mode is %04o", mode.Perm())
	case !r.c.Debian && (mode.Perm()&0o533 != 0o400 || mode&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky) != 0):
		return fmt.Sprintf("it may be written to by others than its owner, or executed: its mode is %04o", mode.Perm())
	case links > 1 && (user != "" || r.c.Debian):
		return "it has several names"
	}
	return ""
}

// read takes the lines of a table apart.
func (f *CronFile) read(text, user string, debian bool) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		whole := strings.HasSuffix(line, "\n")
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' || isAssignment(line) {
			continue
		}
		if !whole && debian {
			f.problem(number, "the last line does not end")
			continue
		}
		j, bad := cronLine(line, user)
		if bad != "" {
			f.problem(number, bad)
			continue
		}
		if j.Line = number; len(f.Jobs) < maxCronJobs {
			f.Jobs = append(f.Jobs, j)
		}
	}
}

func (f *CronFile) problem(line int, text string) {
	if len(f.Problems) < 100 {
		f.Problems = append(f.Problems, CronProblem{line, text})
	}
}

// isAssignment says that a line sets a variable: a name, perhaps in quotes, and a =.
func isAssignment(line string) bool {
	if line[0] == '"' || line[0] == '\'' {
		end := strings.IndexByte(line[1:], line[0])
		return end >= 0 && strings.HasPrefix(strings.TrimLeft(line[end+2:], " \t"), "=")
	}
	name, _, ok := strings.Cut(line, "=")
	name = strings.TrimRight(name, " \t")
	return ok && name != "" && !strings.ContainsAny(name, " \t\"'")
}

// cronNames are the words for times.
var cronNames = []string{"@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}

// cronLine takes a job apart. user is empty where the line names it.
func cronLine(line, user string) (CronJob, string) {
	j := CronJob{User: user}
	rest := strings.TrimPrefix(line, "-") // cronie: do not log
	if strings.HasPrefix(rest, "@") {
		j.When, rest = cutBlank(rest)
		if !slices.Contains(cronNames, j.When) {
			return j, j.When + " is no time"
		}
	} else {
		var fields []string
		for i, f := range cronFields {
			var field string
			field, rest = cutBlank(rest)
			if field == "" {
				return j, fmt.Sprintf("%d of the five fields of the time are there", i)
			}
			if !f.takes(field) {
				return j, fmt.Sprintf("%q is no %s", field, f.what)
			}
			fields = append(fields, field)
		}
		j.When = strings.Join(fields, " ")
	}
	if user == "" {
		if j.User, rest = cutBlank(rest); j.User == "" {
			return j, "no user is named"
		}
		for strings.HasPrefix(rest, "-") && strings.Contains(rest, " ") { // Debian's options
			_, rest = cutBlank(rest)
		}
	}
	if j.Command = rest; rest == "" {
		return j, "no command is named"
	}
	return j, ""
}

func cutBlank(s string) (word, rest string) {
	end := strings.IndexAny(s, " \t")
	if end < 0 {
		return s, ""
	}
	return s[:end], strings.TrimLeft(s[end:], " \t")
}

// cronField is what one of the five fields may hold.
type cronField struct {
	what     string
	min, max int
	names    []string
}

var cronFields = []cronField{
	{"minute (0 to 59)", 0, 59, nil},
	{"hour (0 to 23)", 0, 23, nil},
	{"day of the month (1 to 31)", 1, 31, nil},
	{"month (1 to 12, jan to dec)", 1, 12, strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
	{"day of the week (0 to 7, sun to sat)", 0, 7, strings.Fields("sun mon tue wed thu fri sat sun")},
}

// takes reports whether a field is made of *, numbers, ranges, steps, and commas between them.
func (f cronField) takes(field string) bool {
	for part := range strings.SplitSeq(field, ",") {
		span, step, stepped := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
			return false
		}
		if span == "*" {
			continue
		}
		from, to, ranged := strings.Cut(span, "~") // cronie: at random
		if !ranged {
			from, to, ranged = strings.Cut(span, "-")
		}
		a, ok1 := f.number(from)
		b, ok2 := f.number(to)
		if !ok1 || ranged && (!ok2 || b < a) {
			return false
		}
	}
	return true
}

func (f cronField) number(s string) (int, bool) {
	if i := slices.Index(f.names, strings.ToLower(s)); i >= 0 {
		return i + f.min, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= f.min && n <= f.max && s[0] != '+'
}

// anacron reads /etc/anacrontab: a period in days, a delay in minutes, a name, a command.
func (r *cronReader) anacron(name string) {
	text, at, err := overlay.ReadFile(r.tree, name, maxCronText)
	if err != nil {
		return
	}
	f := CronFile{Path: at.Path()}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || isAssignment(line) {
			continue
		}
		period, rest := cutBlank(line)
		delay, rest := cutBlank(rest)
		id, command := cutBlank(rest)
		_, err1 := strconv.ParseUint(period, 10, 31)
		_, err2 := strconv.ParseUint(delay, 10, 31)
		if err1 != nil && !slices.Contains(cronNames, period) || err2 != nil || id == "" || command == "" {
			f.problem(number, "a job is a period in days, a delay in minutes, a name and a command")
			continue
		}
		if len(f.Jobs) < maxCronJobs {
			f.Jobs = append(f.Jobs, CronJob{When: period, User: "root", Command: command, Line: number})
		}
	}
	r.c.Files = append(r.c.Files, f)
}
