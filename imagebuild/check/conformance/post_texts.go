package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"lbimage/imagebuild/request"
	"lbimage/kickstart/script"
	"lbimage/kickstart/script/sed"
	"lbimage/overlay"
)

// maxPostText is the size of the largest file whose text is held against a script.
const maxPostText = 8 << 20

// texts are the effects on the text of one file that count in the end, in their order.
type texts struct {
	path    string
	effects []int
	fresh   bool // the script took the file away before: it begins empty
	judged  map[int]outcome
}

// gather groups the effects on texts by file.
func (j *postJudge) gather() map[string]*texts {
	out := map[string]*texts{}
	for i := range j.effects {
		switch j.effects[i].Kind {
		case script.Write, script.Append, script.Sed:
			if j.superseded(i) {
				continue
			}
			path := j.files[i].path
			if out[path] == nil {
				out[path] = &texts{path: path, fresh: j.takenAway(i)}
			}
			out[path].effects = append(out[path].effects, i)
		}
	}
	return out
}

// takenAway says whether there is nothing left of a file when an effect comes to it: the last that was done to it was to take it
// away, and no command that was not read came since.
func (j *postJudge) takenAway(i int) bool {
	gone := false
	for _, step := range j.reading.Steps {
		switch k := step.Effect; {
		case k == i:
			return gone
		case step.Unread >= 0:
			u := j.reading.Unread[step.Unread]
			gone = gone && (u.Harmless || !couldTouch(u, j.files[i].path))
		case k < 0:
		default:
			e, f := &j.effects[k], j.files[k]
			at := j.files[i].path
			switch {
			case e.Kind == script.Remove && (f.name == at || e.Recursive && within(at, f.name)), e.Kind == script.Move && within(at, f.from), sweeps(e, f, at):
				gone = e.Conditional == ""
			case e.Kind == script.Package, makes(e.Kind) && e.Kind != script.Folder && e.Kind != script.Touch && within(at, f.path):
				gone = false
			}
		}
	}
	return false
}

// text is the statement about an effect on a text.
func (j *postJudge) text(i int) Statement {
	e := &j.effects[i]
	g := j.groups[j.files[i].path]
	if g.judged == nil {
		g.judged = j.judgeTexts(g)
	}
	return j.judged(i, j.statement(e), g.judged[i])
}

// judgeTexts holds all effects on one text against it.
func (j *postJudge) judgeTexts(g *texts) map[int]outcome {
	out := map[int]outcome{}
	all := func(o outcome) map[int]outcome {
		for _, i := range g.effects {
			out[i] = o.at(g.path)
		}
		return out
	}
	if outside(g.path) {
		return all(unknown(g.path + " is the kernel's and no file of the image"))
	}
	data, r, err := overlay.ReadFile(j.tree, g.path, maxPostText)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		for _, i := range g.effects {
			out[i] = differs("no such file").at(g.path)
			if j.effects[i].Kind == script.Sed {
				out[i] = unknown("the image has no such file, and sed makes none").at(g.path)
			}
		}
		return out
	case errors.Is(err, overlay.ErrNotFile):
		return all(differs(kindOf(r.Info) + " in its place"))
	case err != nil:
		return all(unknown("it cannot be read: " + err.Error()))
	}
	j.heldAgainst(g, string(data), out)
	for i, o := range out {
		out[i] = o.at(g.path)
	}
	return out
}

// heldAgainst judges the effects on a text that could be read.
func (j *postJudge) heldAgainst(g *texts, text string, out map[int]outcome) {
	first := &j.effects[g.effects[0]]
	whole := first.Conditional == "" && (first.Kind == script.Write || g.fresh && first.Kind == script.Append)
	if want, ok := j.fold("", g.effects); whole && ok && want == text {
		for _, i := range g.effects {
			out[i] = holds("the same").remark("the whole file is as the script leaves it")
		}
		return
	}
	spans := j.appended(g, text, out)
	for n, i := range g.effects {
		if j.effects[i].Kind == script.Sed {
			out[i] = j.sed(g, n, text, spans)
		}
	}
	for n, i := range g.effects {
		if j.effects[i].Kind == script.Write || n == 0 && whole {
			out[i] = j.written(g, n, text, out)
		}
	}
}

// fold makes effects on a text one after the other, as the script does. ok is false where what one makes is not known.
func (j *postJudge) fold(text string, effects []int) (string, bool) {
	for _, i := range effects {
		e := &j.effects[i]
		if e.Conditional != "" {
			return "", false
		}
		switch e.Kind {
		case script.Write:
			text = e.Content
		case script.Append:
			text += e.Content
		case script.Sed:
			made, err := applied(e, text)
			if err != nil {
				return "", false
			}
			text = made
		}
		if len(text) > maxPostText {
			return "", false
		}
	}
	return text, true
}

// applied is what the sed program of an effect makes of a text.
func applied(e *script.Effect, text string) (string, error) {
	p, err := sed.Parse(e.Program, e.Extended)
	if err != nil {
		return "", err
	}
	made, err := p.Apply([]byte(text))
	return string(made), err
}

// written judges a file that is written whole, and then perhaps changed by what is judged already.
func (j *postJudge) written(g *texts, n int, text string, out map[int]outcome) outcome {
	i := g.effects[n]
	want, ok := j.fold("", g.effects[n:])
	if !ok {
		if later := g.effects[n+1:]; len(later) > 0 {
			return unknown("what is done to it later cannot be followed: " + quote(command(&j.effects[later[0]])))
		}
		want = j.effects[i].Content // it is conditional
	}
	if want == text {
		return holds("the same")
	}
	without := []int{i} // what is missing of later changes is to be blamed on them alone
	for _, k := range g.effects[n+1:] {
		if out[k].verdict != DoesNotHold {
			without = append(without, k)
		}
	}
	if left, ok := j.fold("", without); ok && left == text {
		return holds("the same, but for later changes")
	}
	return difference(g.path, want, text)
}

// difference tells two texts apart by their first line that differs.
func difference(path, want, has string) outcome {
	if request.HoldsHashes(path) {
		return differs("another content, which is not shown").wants("the content that is written, which is not shown")
	}
	wantLines, hasLines := strings.Split(want, "\n"), strings.Split(has, "\n")
	n := 0
	for n < len(wantLines) && n < len(hasLines) && wantLines[n] == hasLines[n] {
		n++
	}
	// Keys are concealed in the whole text: a line of one does not show that it is.
	wantLines, hasLines = strings.Split(hidden(want), "\n"), strings.Split(hidden(has), "\n")
	at := func(all []string) string {
		switch {
		case n >= len(all), n == len(all)-1 && all[n] == "":
			return fmt.Sprintf("the end behind line %d", n)
		}
		return fmt.Sprintf("%s on line %d", quote(all[n]), n+1)
	}
	w, h := at(wantLines), at(hasLines)
	if w == h {
		w += ", which is not shown whole"
	}
	return differs(h).wants(w).onLine(n + 1)
}

// hidden is a text without secrets that has as many lines as before.
func hidden(text string) string {
	var out strings.Builder
	inside := false
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			out.WriteByte('\n')
		}
		switch {
		case strings.Contains(line, "-----END "):
			inside = false
		case inside:
			line = "(a private key)"
		case strings.Contains(line, "-----BEGIN ") && strings.Contains(line, "PRIVATE KEY"):
			inside = true
		}
		out.WriteString(conceal(line))
	}
	return out.String()
}

// span is where lines that were added stand: of the lines of a text, from the first to behind the last.
type span struct{ from, to int }

// appended judges the lines that are added, and tells where they stand.
func (j *postJudge) appended(g *texts, text string, out map[int]outcome) map[int]span {
	spans := map[int]span{}
	all := splitLines(text)
	next := 0
	for n, i := range g.effects {
		e := &j.effects[i]
		if e.Kind != script.Append {
			continue
		}
		if e.Content == "" {
			out[i] = holds("the file is there")
			continue
		}
		chunks := []string{e.Content}
		if later, ok := j.fold(e.Content, onlySed(j.effects, g.effects[n+1:])); ok && later != e.Content {
			chunks = append(chunks, later)
		}
		at, whole := -1, ""
		for _, c := range chunks {
			if at = find(all, next, c); at >= 0 {
				whole = c
				break
			}
		}
		if at >= 0 {
			count := len(splitLines(whole))
			spans[i], next = span{at, at + count}, at+count
			out[i] = holds(standing(at, count)).onLine(at + 1)
			continue
		}
		out[i] = j.notAppended(g, n, all, next)
	}
	return spans
}

// notAppended says what stands where lines should that are not there.
func (j *postJudge) notAppended(g *texts, n int, all []string, next int) outcome {
	e := &j.effects[g.effects[n]]
	for _, k := range g.effects[n+1:] {
		late := &j.effects[k]
		if late.Kind != script.Sed {
			continue
		}
		if _, ok := byLine(late); !ok { // else what it makes of the lines was looked for
			return unknown(fmt.Sprintf("%s comes later, at %s, and can have changed these lines", quote(command(late)), late.Place))
		}
	}
	if at := find(all, 0, e.Content); at >= 0 && at < next {
		return differs(fmt.Sprintf("it before what the script adds earlier, on line %d", at+1)).onLine(at + 1)
	}
	for _, line := range splitLines(e.Content) {
		if !slices.ContainsFunc(all, func(has string) bool { return strings.TrimSuffix(has, "\n") == strings.TrimSuffix(line, "\n") }) {
			bare := strings.TrimSuffix(line, "\n")
			for at, has := range all {
				if bare != "" && strings.HasSuffix(strings.TrimSuffix(has, "\n"), bare) && line == splitLines(e.Content)[0] {
					return unknown(fmt.Sprintf("line %d ends with it: it may have been put behind a line without an end", at+1)).onLine(at + 1)
				}
			}
			return differs("no line " + quote(shown(g.path, bare)))
		}
	}
	return differs("its lines, and not one after the other")
}

// find gives the line from which on a text stands in lines as a whole; -1 for none. The last line may go on where the text
// ends without a newline.
func find(all []string, from int, content string) int {
	want := splitLines(content)
	for at := from; at+len(want) <= len(all); at++ {
		same := true
		for k, w := range want {
			has := all[at+k]
			if has == w || k == len(want)-1 && (!strings.HasSuffix(w, "\n") && has == w+"\n" || at+k == len(all)-1 && has+"\n" == w) {
				continue
			}
			same = false
			break
		}
		if same {
			return at
		}
	}
	return -1
}

func splitLines(text string) []string { return slices.Collect(strings.Lines(text)) }

func standing(at, count int) string {
	if count == 1 {
		return fmt.Sprintf("line %d", at+1)
	}
	return fmt.Sprintf("lines %d to %d", at+1, at+count)
}

func onlySed(all []script.Effect, effects []int) []int {
	var out []int
	for _, i := range effects {
		if all[i].Kind == script.Sed && all[i].Conditional == "" {
			out = append(out, i)
		}
	}
	return out
}

// outside says whether a path is one that the kernel fills.
func outside(path string) bool {
	return within(path, "/dev") || within(path, "/proc") || within(path, "/sys")
}

func kindOf(info fs.FileInfo) string {
	switch {
	case info == nil:
		return "nothing"
	case info.IsDir():
		return "a folder"
	case info.Mode()&fs.ModeSymlink != 0:
		return "a link"
	case info.Mode().IsRegular():
		return "a file"
	}
	return "a device or a pipe"
}
