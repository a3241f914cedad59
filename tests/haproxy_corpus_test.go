package tests

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// corpusFolder holds configurations with what haproxy 2.6 said to each in INDEX.tsv.
const corpusFolder = "haproxy/corpus"

// knownDifferences reads haproxy/known.tsv: file, line, why.
func knownDifferences(t testing.TB) map[knownDifference]string {
	t.Helper()
	out := map[knownDifference]string{}
	for _, f := range tabbed(t, "haproxy/known.tsv", 3) {
		line, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		out[knownDifference{f[0], line}] = f[2]
	}
	return out
}

// tabbed reads a file of lines with n fields between tabs.
func tabbed(t testing.TB, path string, n int) (all [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != n {
			t.Fatalf("%s: %q has %d fields", path, line, len(fields))
		}
		all = append(all, fields)
	}
	return all
}

// readIndexed reads the second column of the index: see haproxy/judge.sh.
func readIndexed(t testing.TB, s string) haproxyVerdict {
	t.Helper()
	v := haproxyVerdict{refused: s != "-", lines: map[int]bool{}}
	s, v.loose = strings.CutSuffix(s, "?")
	if s == "-" || s == "" {
		return v
	}
	for _, number := range strings.Split(s, ",") {
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		v.lines[n] = true
		v.stopped = max(v.stopped, n) // it may have stopped there
	}
	return v
}

// TestCorpusAgreesWithIndex holds the linter against what haproxy was seen to say, which
// needs no haproxy.
func TestCorpusAgreesWithIndex(t *testing.T) {
	t.Parallel()
	known := knownDifferences(t)
	index := tabbed(t, filepath.Join(corpusFolder, "INDEX.tsv"), 3)
	for _, f := range index {
		name := f[0] + ".cfg"
		config, err := os.ReadFile(filepath.Join(corpusFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range lintDifferences(name, lintFile(corpusFolder, config), readIndexed(t, f[1]), known) {
			t.Errorf("%s\t(%s)", d, f[2])
		}
	}
	if all := configurations(t, corpusFolder); len(all) != len(index) {
		t.Errorf("%d files, and %d lines in the index", len(all), len(index))
	}
}

// TestCorpusAgreesWithHAProxy asks the real one.
func TestCorpusAgreesWithHAProxy(t *testing.T) {
	t.Parallel()
	h := findHAProxy(t)
	known := knownDifferences(t)
	each(configurations(t, corpusFolder), func(name string) {
		config, err := os.ReadFile(filepath.Join(corpusFolder, name))
		if err != nil {
			t.Error(err)
			return
		}
		for _, d := range lintDifferences(name, lintFile(corpusFolder, config), h.judge(t, corpusFolder, name), known) {
			t.Error(d)
		}
	})
}

// TestKnownDifferencesAreNeeded: a difference that is none any more is to be taken off the list.
func TestKnownDifferencesAreNeeded(t *testing.T) {
	t.Parallel()
	verdicts := map[string]string{}
	for _, f := range tabbed(t, filepath.Join(corpusFolder, "INDEX.tsv"), 3) {
		verdicts[f[0]+".cfg"] = f[1]
	}
	for k, why := range knownDifferences(t) {
		config, err := os.ReadFile(filepath.Join(corpusFolder, k.file))
		if err != nil {
			t.Error(err)
			continue
		}
		found := lintDifferences(k.file, lintFile(corpusFolder, config), readIndexed(t, verdicts[k.file]), nil)
		if !strings.Contains(strings.Join(found, "\n")+"\n", k.file+":"+strconv.Itoa(k.line)+":") {
			t.Errorf("%s:%d is known to differ (%s), and does not", k.file, k.line, why)
		}
	}
}

// each calls do for each name, several at a time.
func each(names []string, do func(string)) {
	const atOnce = 4
	var wait sync.WaitGroup
	work := make(chan string)
	for range atOnce {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for name := range work {
				do(name)
			}
		}()
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	wait.Wait()
}
