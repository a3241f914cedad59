package kickstart

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Bounds of what %include and %ksappend bring.
const (
	maxDepth    = 16
	maxIncludes = 1000        // lines that are followed, be it in vain
	maxRead     = 4 * MaxFile // bytes of all files that are opened, those too that are then left out
)

// Flatten puts the files that %include and %ksappend name in their places. open reads one; where it gives an error, the line
// stays, and a Problem tells: a warning where the line names a URL or an absolute path. Nodes keep the places of their own
// files. Its problems are those of the file that comes of it, with the rules include-not-read, include-cycle,
// append-in-append and joined-line besides.
//
// A %ksappend line is replaced as text, before all else: lines of %ksappend in what it brings do nothing. A %include
// line stands for the lines of its file, wherever it stands. Its path counts from where the first file lies, and where
// that has none, from where the file with the line lies: so it reaches open. Where a file would include itself, or there
// are too many, the line stays.
func Flatten(f *File, open func(target string) ([]byte, error)) *File {
	fl := &flattener{file: f, open: open}
	lines := splitLines(f.Name, string(f.Format()), f.Version)
	fl.lines, fl.bytes = len(lines), len(f.Format())
	lines = fl.included(fl.appended(lines), []string{path.Base(f.Name)})
	out := parseLines(f.Name, lines, f.Version)
	out.Problems = append(fl.problems, out.Problems...)
	return out
}

type flattener struct {
	file          *File
	open          func(string) ([]byte, error)
	problems      []Problem
	lines, bytes  int // of what there is so far
	asked, opened int // lines that were followed, and bytes that came of them
}

// appended puts what %ksappend names in its place.
func (fl *flattener) appended(lines []line) []line {
	out := make([]line, 0, len(lines))
	joins := false // the last line of an appended file has no end, and the next one goes on with it
	add := func(all ...line) {
		if joins && len(all) > 0 {
			last := &out[len(out)-1]
			fl.warn(last.place, "joined-line", "the file ends without the end of a line, and what stands behind its %ksappend goes on with this one", "end its last line")
			last.text += all[0].text
			all = all[1:]
		}
		out = append(out, all...)
		joins = false
	}
	for _, l := range lines {
		fields := strings.Fields(strings.TrimPrefix(l.text, byteOrderMark))
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "%ksappend") {
			add(l)
			continue
		}
		got, _, ok := fl.read(fields[1], l.place, fields[0], nil)
		if !ok {
			add(l)
			continue
		}
		for _, g := range got {
			if strings.HasPrefix(g.first(), "%ksappend") {
				fl.warn(g.place, "append-in-append", "%ksappend does nothing in a file that was itself appended", "name its file in "+fl.file.Name)
			}
		}
		add(got...)
		joins = len(got) > 0 && !ended(got[len(got)-1])
	}
	return out
}

func ended(l line) bool { return strings.HasSuffix(l.text, "\n") || strings.HasSuffix(l.text, "\r") }

// included puts what %include names in its place. from are the files that lead here, the first one first.
func (fl *flattener) included(lines []line, from []string) []line {
	out := make([]line, 0, len(lines))
	for i, l := range lines {
		l.depth = len(from) - 1
		if l.first() != "%include" {
			out = append(out, l)
			continue
		}
		text, at := l.content()
		words, _, bad := splitWords(text, at, commentsOf(fl.file.Version), maxWords)
		if bad != nil && !bad.soft || len(words) < 2 || words[1].Value == "" {
			out = append(out, l) // the parser tells
			continue
		}
		got, name, ok := fl.read(words[1].Value, words[1].Place, "%include", from)
		if !ok {
			out = append(out, l)
			continue
		}
		if n := len(got); n > 0 && !ended(got[n-1]) && (i+1 < len(lines) || ended(l)) {
			got[n-1].text += "\n"
		}
		out = append(out, fl.included(got, append(slices.Clip(from), name))...)
	}
	return out
}

// read gives the lines of a file that a line names, and the name under which it was read.
func (fl *flattener) read(target string, at Place, how string, from []string) (lines []line, name string, ok bool) {
	var text []byte
	var err error
	switch {
	case fl.asked >= maxIncludes:
		err = fmt.Errorf("%d such lines were followed already", maxIncludes)
	case fl.opened >= maxRead:
		err = fmt.Errorf("%d MiB of files were read already", maxRead>>20)
	default:
		fl.asked++
		name, text, err = fl.openNear(target, from)
		fl.opened += len(text)
	}
	switch {
	case err == nil && slices.Contains(from, name):
		fl.tell(Problem{at, "include-cycle", fmt.Sprintf("%s %s leads back to itself", how, short(target)), "remove one of the lines", false})
		return nil, "", false
	case err == nil && len(from) > maxDepth:
		err = fmt.Errorf("it is the file of a file more than %d times", maxDepth)
	case err == nil && fl.bytes+len(text) > MaxFile:
		err = fmt.Errorf("together the files have more than %d bytes", MaxFile)
	case err == nil && bytes.IndexByte(text, 0) >= 0:
		err = errors.New("it has a zero byte")
	}
	if err == nil {
		lines = splitLines(fl.shown(name), string(text), fl.file.Version)
		if fl.lines+len(lines) > MaxLines {
			err = fmt.Errorf("together the files have more than %d lines", MaxLines)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such file")
	}
	if err != nil {
		told := Problem{at, "include-not-read", fmt.Sprintf("%s %s is left as it is: %v", how, short(target), err), "put the file beside the first one, or write its lines here", false}
		if elsewhere(target) {
			told.Hint, told.Warning = "the installer reads it when it comes there", true
		}
		fl.tell(told)
		return nil, "", false
	}
	fl.lines, fl.bytes = fl.lines+len(lines), fl.bytes+len(text)
	return lines, name, true
}

// shown is the name of a file as the first one has its own: counted from where the user is.
func (fl *flattener) shown(name string) string {
	if elsewhere(name) {
		return name
	}
	return path.Join(path.Dir(fl.file.Name), name)
}

// openNear opens what a line names, from the first file's folder, else from that of the file in which the line stands.
func (fl *flattener) openNear(target string, from []string) (name string, text []byte, err error) {
	if elsewhere(target) {
		text, err = fl.open(target)
		return target, text, err
	}
	name = path.Clean(target)
	text, err = fl.open(name)
	if len(from) == 0 || !errors.Is(err, fs.ErrNotExist) {
		return name, text, err
	}
	if near := path.Join(path.Dir(from[len(from)-1]), name); near != name {
		if text, err2 := fl.open(near); err2 == nil {
			return near, text, nil
		}
	}
	return name, text, err
}

// elsewhere says that a target is a URL, or a path of the machine that is being installed: there %pre may write the file.
func elsewhere(target string) bool { return path.IsAbs(target) || strings.Contains(target, "://") }

func (fl *flattener) warn(at Place, rule, message, hint string) {
	fl.tell(Problem{at, rule, message, hint, true})
}

func (fl *flattener) tell(told Problem) {
	if len(fl.problems) < maxProblems {
		fl.problems = append(fl.problems, told)
	}
}
