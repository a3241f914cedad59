package access_test

import (
	"testing"
	"time"

	"lbimage/imagebuild/check/access"
	"lbimage/imagebuild/check/internal/checktest"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/overlay/treetest"
)

// What a mend says in a recipe's words mends what was found.
func TestMends(t *testing.T) { checktest.WalkMends(t, access.Rules(), cases, applyRecipe) }

// applyRecipe changes a tree as a recipe says.
func applyRecipe(t *testing.T, m *treetest.Memory, text string) {
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
