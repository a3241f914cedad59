package grammar

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// readList reads a file of testdata over what the release before has: a command's name, and what stands on its line.
func readList(t *testing.T, file string, all map[string][2]string) map[string][2]string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if gone, ok := strings.CutPrefix(line, "- "); ok {
			if _, ok := all[gone]; !ok {
				t.Errorf("%s: %s was not there before", file, gone)
			}
			delete(all, gone)
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		names, options, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("%s: no colon in %q", file, line)
		}
		words := strings.Fields(strings.ReplaceAll(options, "+", " "))
		slices.Sort(words)
		name, aliases, _ := strings.Cut(names, " ")
		all[name] = [2]string{aliases, strings.Join(words, " ")}
	}
	return all
}

// listOf is the same of the tables.
func listOf(v Version) map[string][2]string {
	out := map[string][2]string{}
	for _, n := range Names(v) {
		c, _ := Lookup(v, n)
		var options []string
		for _, o := range c.Options {
			if !o.Removed {
				options = append(options, o.Name)
			}
		}
		slices.Sort(options)
		out[c.Name] = [2]string{strings.Join(c.Aliases, " "), strings.Join(options, " ")}
	}
	return out
}

// The tables have all that a release has, and nothing else.
func TestWholeReleases(t *testing.T) {
	for v, files := range map[Version][]string{
		RHEL5: {"rhel5.txt"}, RHEL6: {"rhel6.txt"}, RHEL7: {"rhel7.txt"}, RHEL8: {"rhel8.txt"}, RHEL9: {"rhel8.txt", "rhel9.txt"},
	} {
		want := map[string][2]string{}
		for _, f := range files {
			want = readList(t, f, want)
		}
		got := listOf(v)
		names := slices.Collect(maps.Keys(want))
		names = slices.AppendSeq(names, maps.Keys(got))
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			if got[n] != want[n] {
				t.Errorf("%s: %s\n got %q\nwant %q", v, n, got[n], want[n])
			}
		}
		if len(want) < 50 {
			t.Errorf("%s: only %d commands were compared", v, len(want))
		}
	}
}
