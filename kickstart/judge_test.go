package kickstart

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
	"lbimage/tests/needs"
)

// question is what is asked of Python, answer what it says. testdata/judge.py reads and writes them.
type question struct {
	Ask      string           `json:"ask"`
	Line     string           `json:"line,omitempty"`
	Comments string           `json:"comments,omitempty"`
	Options  []grammar.Option `json:"options,omitempty"`
	Words    []string         `json:"words"`
}

type answer struct {
	OK      bool     `json:"ok"`
	Why     string   `json:"why"`
	Words   []string `json:"words"`
	Options [][2]any `json:"options"`
}

func askPython(t *testing.T, all []question) []answer {
	t.Helper()
	python := needs.Program(t, "python3")
	var in bytes.Buffer
	for _, q := range all {
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(b, '\n'))
	}
	cmd := exec.Command(python, "testdata/judge.py")
	cmd.Stdin = &in
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("judge.py: %v\n%s", err, complaint.String())
	}
	var answers []answer
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var a answer
		if err := json.Unmarshal(s.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	if len(answers) != len(all) {
		t.Fatalf("%d answers to %d questions", len(answers), len(all))
	}
	return answers
}

// Python's shlex says what the words of a line are.
func TestWordsAsShlexSplitsThem(t *testing.T) {
	pieces := []string{"a", "bc", " ", "  ", "\t", "'", `"`, `\`, "#", "=", "--x", "é", "%", "$", `\"`, `\'`, `""`, "''", "'a b'", `"c # d"`}
	names := map[comments]string{noComments: "none", cutComments: "cut", wordless: "shlex"}
	r := rand.New(rand.NewPCG(1, 2))
	var all []question
	var hows []comments
	for range 6000 {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		how := comments(r.IntN(3))
		all, hows = append(all, question{Ask: "words", Line: b.String(), Comments: names[how]}), append(hows, how)
	}
	refused := 0
	for i, a := range askPython(t, all) {
		words, _, bad := splitWords(all[i].Line, Place{"x", 1, 1}, hows[i], 1000)
		var got []string
		for _, w := range words {
			got = append(got, w.Value)
		}
		if (bad == nil) != a.OK || a.OK && !slices.Equal(got, a.Words) {
			t.Fatalf("%q with comments %s: %q, %v; Python: %q, %s", all[i].Line, all[i].Comments, got, bad, a.Words, a.Why)
		}
		if !a.OK {
			refused++
		}
	}
	if refused < 500 || refused > 5500 {
		t.Errorf("%d of %d lines are refused: the lines test little", refused, len(all))
	}
}

// someOptions are options that are like each other.
var someOptions = []grammar.Option{
	{Name: "--size", Kind: grammar.Int},
	{Name: "--sizer", Kind: grammar.Flag},
	{Name: "--fstype", Aliases: []string{"--type"}, Kind: grammar.String},
	{Name: "--fsoptions", Kind: grammar.String},
	{Name: "--grow", Kind: grammar.Flag},
	{Name: "--onboot", Kind: grammar.Bool},
	{Name: "--location", Kind: grammar.Choice, Choices: []string{"mbr", "none"}},
	{Name: "--drives", Kind: grammar.List, Repeats: true},
}

// Python's optparse and argparse say what options and other words are.
func TestOptionsAsPythonReadsThem(t *testing.T) {
	words := []string{
		"--size", "--size=10", "--size=010", "--size=0x1F", "--size=08", "--size= 7 ", "--size=1_0", "--size=_1", "--size=", "--sizer", "--sizer=1", "--si", "--siz=5",
		"--fstype", "--fstype=ext3", "--type", "--type=", "--fs", "--fst", "--fso=a=b", "--grow", "--gro", "--g", "--grow=", "--onboot", "--onboot=YES", "--onboot=maybe",
		"--location=mbr", "--location=m", "--location", "mbr", "--drives=sda,sdb", "--drives", "a", "/", "-", "-1", "-1.5", "-.5", "-1.", "-x", "-xy z", "--nosuch", "--nosuch=1", "--no such",
		"--fstype x", "--fstype=x y", "on", "10", "-5 6", "--", "--f", "---", "=", "", "²", "--size=²", "--size=9999999999",
	}
	versions := []grammar.Version{grammar.RHEL6, grammar.RHEL7, grammar.RHEL8, grammar.RHEL9}
	r := rand.New(rand.NewPCG(3, 4))
	var all []question
	var of []grammar.Version
	for range 8000 {
		v := versions[r.IntN(len(versions))]
		q := question{Ask: "optparse", Options: someOptions, Words: []string{}}
		if v >= grammar.RHEL8 {
			q.Ask = "argparse"
		}
		for range r.IntN(5) {
			w := words[r.IntN(len(words))]
			switch {
			case w == "--" && v >= grammar.RHEL8: // among the words left over: commands differ in what they make of it
			case w == "--size=1_0" && v < grammar.RHEL8: // their Python 2 knew no _ in numbers
			default:
				q.Words = append(q.Words, w)
			}
		}
		all, of = append(all, q), append(of, v)
	}
	taken := 0
	for i, a := range askPython(t, all) {
		p := &parser{file: &File{}, v: of[i]}
		r := reader{p: p, of: "x", spec: someOptions}
		var in []Word
		for _, w := range all[i].Words {
			in = append(in, Word{Value: w, Raw: w})
		}
		options, args := r.read(in)
		refused := slices.ContainsFunc(p.file.Problems, func(p Problem) bool { return !p.Warning })
		if refused == a.OK {
			t.Fatalf("%s %q: refused %v, %v; Python: %v %s", of[i], all[i].Words, refused, p.file.Problems, a.OK, a.Why)
		}
		if !a.OK {
			continue
		}
		taken++
		var got, want []string
		for _, o := range options {
			s := o.Name
			if n, ok := parseInt(of[i], o.Value); o.Spec.Kind == grammar.Int && ok {
				s += fmt.Sprintf("=%d", n)
			} else if o.Given {
				s += "=" + o.Value
			}
			got = append(got, s)
		}
		for _, w := range args {
			got = append(got, w.Value)
		}
		for _, o := range a.Options {
			s := o[0].(string)
			if n, ok := o[1].(float64); ok {
				s += fmt.Sprintf("=%d", int64(n))
			} else if o[1] != nil {
				s += "=" + o[1].(string)
			}
			want = append(want, s)
		}
		want = append(want, a.Words...)
		if !slices.Equal(got, want) {
			t.Fatalf("%s %q: %q; Python: %q", of[i], all[i].Words, got, want)
		}
	}
	if taken < 1000 {
		t.Errorf("%d of %d lines are taken: the lines test little", taken, len(all))
	}
}
