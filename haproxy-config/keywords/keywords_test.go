package keywords

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

func version(t testing.TB, s string) Version {
	t.Helper()
	v, err := haproxyconfig.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTables: every file is read, and its entries make sense.
func TestTables(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(data, "data/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d tables: %v", len(files), err)
	}
	for _, file := range files {
		text, err := data.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		table, err := parse(string(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(table.Entries()) == 0 {
			t.Errorf("%s is empty", file)
		}
		if !strings.Contains(string(text), "# Source:") {
			t.Errorf("%s names no source", file)
		}
		for _, e := range table.Entries() {
			sane(t, file, e)
		}
	}
}

func sane(t *testing.T, file string, e *Entry) {
	t.Helper()
	order := func(what string, a, b Version) {
		if a.Known() && b.Known() && a.Compare(b) >= 0 {
			t.Errorf("%s: %s: %s: %s is not before %s", file, e.Name, what, a, b)
		}
	}
	order("absent and since", e.Absent, e.Since)
	order("since and removed", e.Since, e.Removed)
	order("last and removed", e.Last, e.Removed)
	order("warned and removed", e.Warned, e.Removed)
	if e.Max >= 0 && e.Max < e.Min {
		t.Errorf("%s: %s takes from %d to %d words", file, e.Name, e.Min, e.Max)
	}
	if strings.ContainsAny(e.Ignored, e.Places) && e.Places != "" && e.Ignored != "" {
		t.Errorf("%s: %s works and is ignored in one place: %s, %s", file, e.Name, e.Places, e.Ignored)
	}
	if !strings.Contains(file, "samples") {
		for i, v := range e.Values {
			if !slices.Contains([]Kind{Int, IntHex, Lenient, Size, TimeMS, TimeS, OnOff}, v.Kind) {
				t.Errorf("%s: %s: no kind %q", file, e.Name, v.Kind)
			}
			if v.High < v.Low {
				t.Errorf("%s: %s: from %d to %d", file, e.Name, v.Low, v.High)
			}
			if i > 0 {
				order("values", e.Values[i-1].Since, v.Since)
			}
		}
		if strings.Trim(e.Places+e.Ignored, "DFLB") != "" {
			t.Errorf("%s: %s: places %s%s", file, e.Name, e.Places, e.Ignored)
		}
	}
}

// TestBadTables: what is no table is refused.
func TestBadTables(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"a  -  -", // too few columns
		"a  x  -  -  -  0  -  -", "a  -  -  -  X  0  -  -", "a  -  -  -  -  x  -  -", "a  -  -  -  -  0  -  nosuch", "a  -  -  -  -  0  int(x..)  -",
		"a  -  -  -  -  0  -  -\na  -  -  -  -  0  -  -",
	} {
		if _, err := parse(line + "\n"); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
}

// TestWhatVersionsKnow has facts of several versions.
func TestWhatVersionsKnow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		table, name, version string
		want                 State
	}{
		{"proxy", "contimeout", "1.4", Known},
		{"proxy", "contimeout", "2.0", Deprecated},
		{"proxy", "contimeout", "2.1", Removed},
		{"proxy", "reqadd", "1.9", Known},
		{"proxy", "reqadd", "2.0", Deprecated},
		{"proxy", "reqadd", "2.6", Removed},
		{"proxy", "http-after-response", "2.1", Future},
		{"proxy", "http-after-response", "2.2", Known},
		{"proxy", "error-log-format", "2.4", Future},
		{"proxy", "error-log-format", "2.6", Known},
		{"global", "nbproc", "2.2", Known},
		{"global", "nbproc", "2.3", Deprecated},
		{"global", "nbproc", "2.6", Removed},
		{"global", "nbthread", "1.7", Future},
		{"global", "nbthread", "3.4", Known},
		{"timeouts", "tunnel", "1.4", Future},
		{"timeouts", "client-fin", "1.5-dev21", Future},
		{"timeouts", "client-fin", "1.5", Known},
		{"options", "http-keep-alive", "1.5-dev18", Future},
		{"options", "http-keep-alive", "1.5-dev21", Known},
		{"sections", "log-forward", "2.2", Future},
		{"sections", "program", "3.4", Removed},
		{"bind", "ssl", "1.4", Future},
		{"bind", "ssl", "3.4", Known},
		{"bind", "process", "2.6", Deprecated},
		{"bind", "process", "3.0", Removed},
		{"server", "check", "1.4", Known},
		{"actions", "http-request set-header", "1.4", Future},
		{"actions", "http-request set-header", "2.6", Known},
		{"actions", "http-request pause", "3.0", Future},
		{"choices", "mode log", "2.6", Future},
		{"choices", "mode log", "3.0", Known},
	} {
		e := Of(test.table).Get(test.name)
		if e == nil {
			t.Errorf("%s: no %s", test.table, test.name)
			continue
		}
		if got := e.At(version(t, test.version)); got != test.want {
			t.Errorf("%s %s in %s: %d, not %d (%+v)", test.table, test.name, test.version, got, test.want, e)
		}
	}
}

// TestUncertain: between two versions that differ, nothing is claimed.
func TestUncertain(t *testing.T) {
	t.Parallel()
	table, err := parse("new  2.6..3.0  -  -  -  0  -  -\nold  -  -  2.6..3.0  -  0  -  -\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, version string
		want          State
	}{
		{"new", "2.6", Future}, {"new", "2.8", Uncertain}, {"new", "3.0", Known},
		{"old", "2.6", Known}, {"old", "2.6.5", Known}, {"old", "2.8", Uncertain}, {"old", "3.0", Removed},
	} {
		if got := table.Get(test.name).At(version(t, test.version)); got != test.want {
			t.Errorf("%s in %s: %d, not %d", test.name, test.version, got, test.want)
		}
	}
	if got := table.Get("old").At(Version{}); got != Deprecated {
		t.Errorf("old in an unknown version: %d", got)
	}
}

func TestValuesGoByVersion(t *testing.T) {
	t.Parallel()
	maxconn, threads := Of("global").Get("maxconn"), Of("global").Get("nbthread")
	if a, b := maxconn.ValueAt(version(t, "2.6")).Kind, maxconn.ValueAt(version(t, "2.8")).Kind; a != Lenient || b != Int {
		t.Errorf("maxconn is %s, then %s", a, b)
	}
	if a, b := threads.ValueAt(version(t, "2.6")).High, threads.ValueAt(Version{}).High; a != 64 || b <= a {
		t.Errorf("nbthread goes to %d, then %d", a, b)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		words []string
		name  string
		n     int
	}{
		{[]string{"capture", "request", "header", "Host"}, "capture request header", 3},
		{[]string{"server", "a"}, "server", 1},
		{[]string{"nosuch"}, "", 0},
		{nil, "", 0},
	} {
		e, n := Section("listen").Find(test.words)
		if n != test.n || e != nil && e.Name != test.name || e == nil && test.name != "" {
			t.Errorf("%q: %v, %d", test.words, e, n)
		}
	}
	if Section("nosuch") != nil || Of("nosuch") != nil {
		t.Error("a table that is none")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	old, all := Of("timeouts").Names(version(t, "1.4")), Of("timeouts").Names(version(t, "2.6"))
	if slices.Contains(old, "tunnel") || !slices.Contains(all, "tunnel") || slices.Contains(all, "contimeout") || !slices.IsSorted(all) {
		t.Errorf("%q, %q", old, all)
	}
	under := Of("actions").Under("tcp-response content")
	if len(under) == 0 || !strings.HasPrefix(under[0].Name, "tcp-response content ") {
		t.Errorf("%d actions", len(under))
	}
}
