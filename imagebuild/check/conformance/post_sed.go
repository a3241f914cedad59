package conformance

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"lbimage/kickstart/script"
	"lbimage/kickstart/script/sed"
)

// sed judges the n-th effect on a text, an edit by sed. Lines that are added later are none of its concern.
func (j *postJudge) sed(g *texts, n int, text string, spans map[int]span) outcome {
	e := &j.effects[g.effects[n]]
	if r, failed := j.stat(e.Path, false); failed == nil && r.Info != nil && r.Info.Mode()&fs.ModeSymlink != 0 {
		return unknown(e.Path + " is a link, and sed -i would have put a file of its own in its place")
	}
	p, err := sed.Parse(e.Program, e.Extended)
	if err != nil {
		return unknown("the program is not read: " + err.Error())
	}
	left, numbers := withoutLater(text, g.effects[n+1:], spans)
	v := p.Made([]byte(left))
	line := v.Line
	if line > 0 && line <= len(numbers) {
		line = numbers[line-1]
	}
	switch v.Answer {
	case sed.Yes:
		o := holds("so already").onLine(line)
		if v.Idle {
			o = holds("no line that it would change").remark("whether it was made cannot be seen: no line is one that it is about")
		}
		return o
	case sed.No:
		return j.notMade(g, n, left, v, line)
	}
	why := v.Why
	if why == "" {
		why = "the text does not tell whether sed has made it"
	}
	return unknown(why)
}

// notMade is for a text that the program would not have left so. A line that a later program may have made is no proof.
func (j *postJudge) notMade(g *texts, n int, text string, v sed.Verdict, line int) outcome {
	all := splitLines(text)
	has := ""
	if v.Line > 0 && v.Line <= len(all) {
		has = strings.TrimSuffix(all[v.Line-1], "\n")
	}
	for _, k := range g.effects[n+1:] {
		late := &j.effects[k]
		if late.Kind == script.Sed && couldMake(late, has+"\n") {
			if again, ok := j.fold(text, onlySed(j.effects, g.effects[n:])); ok && again == text {
				return holds("so already").remark("to do this and what comes later once more would change nothing")
			}
			return unknown(fmt.Sprintf("%s comes later, at %s, and can have changed this", quote(command(late)), late.Place))
		}
	}
	if has == "" && v.Line == 0 {
		return differs("a text that it would change").wants("what sed leaves")
	}
	o := differs(fmt.Sprintf("%s on line %d", quote(shown(g.path, has)), line)).onLine(line)
	if v.Want != "" || has != "" {
		o = o.wants(quote(shown(g.path, strings.TrimSuffix(v.Want, "\n"))))
		if v.Want == "" {
			o = o.wants("that line gone, or another one")
		}
	}
	return o
}

// positional finds a program that goes by numbers of lines, or by the last one.
var positional = regexp.MustCompile(`(^|[;{}!,\n])\s*([0-9]|\$\s*[!,a-zA-Z{=])`)

// ranged finds a program that goes from one line to another.
var ranged = regexp.MustCompile(`[0-9$/I]\s*,\s*[+~0-9$/\\]`)

// byLine says whether an edit by sed does with each line the same wherever it stands, as far as can be told.
func byLine(e *script.Effect) (*sed.Program, bool) {
	p, err := sed.Parse(e.Program, e.Extended)
	return p, err == nil && e.Conditional == "" && !positional.MatchString(e.Program) && !ranged.MatchString(e.Program)
}

// couldMake says whether a line can have come out of an edit by sed that came in as another.
func couldMake(e *script.Effect, line string) bool {
	p, ok := byLine(e)
	if !ok {
		return true
	}
	switch v := p.Made([]byte(line)); v.Answer {
	case sed.No:
		return false
	case sed.Yes:
		return !v.Idle
	}
	return true
}

// withoutLater is a text without the lines that later effects have added, with the numbers that the others have in it.
func withoutLater(text string, later []int, spans map[int]span) (string, []int) {
	gone := map[int]bool{}
	for _, i := range later {
		if s, ok := spans[i]; ok {
			for k := s.from; k < s.to; k++ {
				gone[k] = true
			}
		}
	}
	var out strings.Builder
	var numbers []int
	for k, line := range splitLines(text) {
		if !gone[k] {
			out.WriteString(line)
			numbers = append(numbers, k+1)
		}
	}
	return out.String(), numbers
}
