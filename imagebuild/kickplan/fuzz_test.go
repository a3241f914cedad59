package kickplan

import (
	"strings"
	"testing"
	"unicode/utf8"

	"lbimage/imagebuild/recipe"
	"lbimage/kickstart"
)

// FuzzRecipe: a recipe that can be written says to the byte what the plan has, and shows no more than one line of what it is for.
func FuzzRecipe(f *testing.F) {
	f.Add("a: b\n", "x", "cmd # {\n")
	f.Add("\n\n- \t\u2028'\"", "^a$", "\x1b[31m")
	f.Add("---\n...\n", "yes", "\u202e")
	f.Add("a \u202e b\n", "\u202e", "")
	f.Fuzz(func(t *testing.T, content, line, origin string) {
		if len(content)+len(line)+len(origin) > 4096 {
			t.Skip()
		}
		p := &Plan{}
		for _, e := range []Edit{
			{Recipe: recipe.Edit{File: &recipe.File{Path: "/etc/x", Content: content}}},
			{Recipe: recipe.Edit{Line: &recipe.Line{Path: "/etc/y", Set: line, Missing: "append"}}},
			{Recipe: recipe.Edit{Symlink: &recipe.Symlink{Path: "/etc/l", Target: line}}},
		} {
			e.For = []Origin{{kickstart.Place{File: "lb.ks", Line: 1}, origin}}
			if readable(&e) == nil {
				p.Edits = append(p.Edits, e)
			}
		}
		sameEdits(t, p)
		text, err := p.Recipe("image.rpm", "")
		if err != nil || !utf8.Valid(text) || strings.ContainsAny(string(text), "\x1b\u202e") {
			t.Errorf("%v\n%q", err, text)
		}
	})
}
