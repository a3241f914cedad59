package kickplan

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart"
)

// reread gives the edits of a plan's recipe as a build reads them, without places.
func reread(t *testing.T, p *Plan) []recipe.Edit {
	t.Helper()
	text, err := p.Recipe("image.rpm", "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := recipe.Parse("lbimage.yaml", ".", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	resolved, err := r.Resolve(recipe.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	out := resolved.Edits
	for i := range out {
		out[i].Place = recipe.Place{}
	}
	return out
}

func sameEdits(t *testing.T, p *Plan) {
	t.Helper()
	var want []recipe.Edit
	for _, e := range p.Edits {
		want = append(want, e.Recipe)
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(reread(t, p))
	if string(a) != string(b) {
		text, _ := p.Recipe("image.rpm", "")
		t.Errorf("the plan has\n%s\nits recipe is read as\n%s\n%s", a, b, text)
	}
}

func TestRecipeSaysWhatThePlanHas(t *testing.T) {
	mode, uid := recipe.Mode(0o2755), uint32(1001)
	p := &Plan{Edits: []Edit{
		{Recipe: recipe.Edit{Line: &recipe.Line{Path: "/etc/x", Match: `^a'b"\.$`, Set: "- yes: #no", Missing: "skip"}}},
		{Recipe: recipe.Edit{Line: &recipe.Line{Path: "/etc/x", Set: "no", Missing: "append", Before: "^~$"}}},
		{Recipe: recipe.Edit{Line: &recipe.Line{Path: "/etc/x", Match: "^$", Set: "", Missing: "skip", Expand: false}}},
		{Recipe: recipe.Edit{Line: &recipe.Line{Path: "/etc/x", Match: "^#", Remove: true}}},
		{Recipe: recipe.Edit{File: &recipe.File{Path: "/etc/motd", Content: "  a\n\n\tb: {c}\n# d\n", Mode: &mode, Owner: "root:root"}}, Note: baseNote},
		{Recipe: recipe.Edit{Dir: &recipe.Dir{Path: "/srv/a b", Mode: &mode}}},
		{Recipe: recipe.Edit{Symlink: &recipe.Symlink{Path: "/etc/l", Target: "../ä"}}},
		{Recipe: recipe.Edit{Remove: &recipe.Remove{Path: "/var/x", Recursive: true}}},
		{Recipe: recipe.Edit{User: &recipe.User{Name: "ops", UID: &uid, Groups: []string{"wheel", "1"}, Comment: "a, b", CreateHome: true}}},
		{Recipe: recipe.Edit{Group: &recipe.Group{Name: "no", GID: &uid, System: true}}},
		{Recipe: recipe.Edit{Password: &recipe.Password{User: "root", Hash: "!!$6$salt$abcdefgh./"}}},
		{Recipe: recipe.Edit{Service: &recipe.Service{Name: "ntpd", Action: "enable", Levels: "345"}}},
		{Recipe: recipe.Edit{Service: &recipe.Service{Name: "ntpd", Action: "disable"}}},
		{Recipe: recipe.Edit{Service: &recipe.Service{Name: "a.service", Action: "mask"}}},
		{Recipe: recipe.Edit{AuthorizedKeys: &recipe.AuthorizedKeys{User: "root", Keys: []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA a b"}}}},
	}, Left: []Left{{conformance.Statement{Place: kickstart.Place{File: "lb.ks", Line: 3}, About: "a\x1b[31m", Verdict: conformance.CannotBeTold}, "why\nnot"}}}
	for i := range p.Edits {
		p.Edits[i].For = []Origin{{kickstart.Place{File: "lb.ks", Line: i + 1}, "cmd: \x1b # \n {"}}
	}
	sameEdits(t, p)
	text, err := p.Recipe("image.rpm", strings.Repeat("0", 64))
	if err != nil || strings.ContainsAny(string(text), "\x1b") || !strings.Contains(string(text), "# lb.ks:3: a") || !strings.Contains(string(text), "'"+strings.Repeat("0", 64)+"'") {
		t.Errorf("%v\n%s", err, text)
	}
	sameEdits(t, &Plan{})
}

// Whatever a file is to hold, a recipe that is written says it to the byte.
func TestRecipeOfAnyText(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", " ", "\t", "\n", "\n\n", ":", "#", "- ", "'", `"`, "\\", "{", "|", "ä", "\u00a0", "\u2028", "%", "&x", "*", "!", "~", "yes", "0644", "\r", "---\n", "...\n", "<<"}
	for range 3000 {
		var b strings.Builder
		for range r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		e := Edit{Recipe: recipe.Edit{File: &recipe.File{Path: "/etc/x", Content: b.String()}}}
		if !strings.ContainsAny(b.String(), "\n\r\t") {
			e.Recipe = recipe.Edit{Line: &recipe.Line{Path: "/etc/x", Set: b.String(), Missing: "append"}}
		}
		sameEdits(t, &Plan{Edits: []Edit{e}})
	}
}
