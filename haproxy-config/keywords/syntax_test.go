package keywords

import (
	"io/fs"
	"strings"
	"testing"
)

// TestSyntaxes: every file is read, versions go upward, and what has a syntax is a keyword.
func TestSyntaxes(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(syntaxData, "syntax/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	all := map[string][]Syntax{}
	for _, file := range files {
		text, err := syntaxData.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := parseSyntaxes(string(text), all); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if !strings.Contains(string(text), "# Source:") {
			t.Errorf("%s names no source", file)
		}
	}
	for name, syntaxes := range all {
		for i := 1; i < len(syntaxes); i++ {
			if syntaxes[i-1].Since.Compare(syntaxes[i].Since) >= 0 {
				t.Errorf("%s: %s is not before %s", name, syntaxes[i-1].Since, syntaxes[i].Since)
			}
		}
		table, keyword, ok := strings.Cut(name, " ")
		if t2 := Of(map[string]string{"option": "options"}[table] + map[bool]string{true: table}[table != "option"]); ok && t2 != nil && t2.Get(keyword) == nil {
			t.Errorf("%s has a syntax and is no keyword", name)
		}
	}
}

func TestSyntaxIsRead(t *testing.T) {
	t.Parallel()
	all := map[string][]Syntax{}
	err := parseSyntaxes("t a & t b = word n? { x y|z:int(1..5),any w!:time~ms v@2.4 ! } if\nt a @3.0 = =on|off* ignored\nt c = by:other\nt d =\n", all)
	if err != nil {
		t.Fatal(err)
	}
	a, b := all["t a"], all["t b"]
	if len(a) != 2 || len(b) != 1 || len(a[0].Items) != 4 || !a[0].MayEndWithCondition() || a[1].MayEndWithCondition() {
		t.Fatalf("%+v", all)
	}
	set := a[0].Items[2].Set
	switch {
	case a[0].Items[0].Arg.Kind != "word" || !a[0].Items[1].Arg.Optional:
		t.Errorf("arguments: %+v", a[0].Items)
	case len(set) != 6 || len(set["z"].Args) != 2 || set["y"].Args[0].Value.High != 5 || !set["w"].Required || set["w"].Args[0].Value.Kind != TimeMS:
		t.Errorf("words: %+v", set)
	case !set["v"].Since.Known() || set["!"].Required:
		t.Errorf("words: %+v", set)
	case !a[1].Items[0].Arg.Repeated || len(a[1].Items[0].Arg.Words) != 2 || !a[1].Items[1].Ignored:
		t.Errorf("choices: %+v", a[1].Items)
	case all["t c"][0].Items[0].By != "other" || len(all["t d"][0].Items) != 0:
		t.Errorf("%+v", all)
	}
	for _, bad := range []string{"t a word", "t a @x = word", "t a = { b", "t a = int(x..1)", "t a = { b@x }"} {
		if parseSyntaxes(bad+"\n", map[string][]Syntax{}) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestSyntaxGoesByVersion(t *testing.T) {
	t.Parallel()
	old, now := SyntaxOf("global", "setenv", version(t, "2.6")), SyntaxOf("global", "setenv", version(t, "3.0"))
	if old == nil || now == nil || len(old.Items) != 3 || len(now.Items) != 2 {
		t.Errorf("setenv: %+v, %+v", old, now)
	}
	if SyntaxOf("global", "nosuch", Version{}) != nil {
		t.Error("a syntax of nothing")
	}
	if names := SyntaxNames("filter"); len(names) < 4 {
		t.Errorf("filters: %q", names)
	}
}
