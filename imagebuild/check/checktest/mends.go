package checktest

import (
	"testing"
	"time"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/overlay/treetest"
)

// WalkMends holds that every mend of a case's finding is a recipe that can be read and that mends it.
func WalkMends(t *testing.T, rules []check.Rule, cases []Case) {
	t.Helper()
	for _, c := range cases {
		if c.Unmended {
			continue
		}
		m := Sample(t)
		c.Spoil(t, m)
		before := 0
		for round := range 3 {
			var of []check.Finding
			for _, f := range Find(t, rules, m) {
				if f.Rule == c.Rule && (round > 0 || f.Place() == c.Place) {
					of = append(of, f)
				}
			}
			if before += len(of); len(of) == 0 {
				break
			}
			text := Recipe(of[0].Hint)
			if round == 2 || text == "" {
				t.Errorf("%s at %s is not mended by %s", c.Rule, c.Place, of[0].Hint)
				break
			}
			ApplyRecipe(t, m, text)
		}
		if before == 0 {
			t.Errorf("%s at %s: nothing is found", c.Rule, c.Place)
		}
	}
}

// ApplyRecipe changes a tree as a recipe says.
func ApplyRecipe(t *testing.T, m *treetest.Memory, text string) {
	t.Helper()
	r, err := recipe.Parse("lbimage.yaml", t.TempDir(), []byte("apiVersion: lbimage/v1\nsource: image.rpm\n"+text+"\n"))
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	resolved, err := r.Resolve("default")
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	opened, err := request.FromRecipe(resolved).Open(t.Context(), request.Options{})
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	defer opened.Close()
	steps, err := opened.Steps(request.Image{Time: time.Unix(1400000000, 0)})
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	for _, s := range steps {
		if _, err := s.Apply(m); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
