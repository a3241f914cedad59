package recipe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Missing looks for the files and folders that the recipe names, in all profiles, and tells of those
// that are not there or of another kind. Repositories behind a URL are not asked for.
func (r *Recipe) Missing() error {
	look := &reader{file: r.File}
	look.files(r, r.tree)
	for _, m := range r.tree.get("profiles").list() {
		look.files(r, m.value)
	}
	return NewError(r.File, look.problems)
}

// files looks at what a layer names.
func (r *reader) files(recipe *Recipe, layer *value) {
	file := func(v *value) { r.look(recipe, v, false) }
	file(layer.get("source").get("path"))
	file(layer.get("haproxy").get("template"))
	for _, key := range []string{"kickstart", "license", "script"} {
		file(layer.get("output").get("rpm").get(key))
	}
	file(layer.get("checks").get("kickstart"))
	for _, key := range []string{"overlay", "keyring"} {
		if v := layer.get(key); v != nil {
			for _, item := range v.items {
				r.look(recipe, item, key == "overlay")
			}
		}
	}
	servo := layer.get("servo")
	file(servo.get("rpm"))
	if source := servo.get("source"); source != nil && !IsURL(source.text) {
		r.look(recipe, source, true)
	}
	file(layer.get("access").get("authorizedKeysFile"))
	edits := layer.get("edits")
	if edits == nil {
		return
	}
	for _, item := range edits.items {
		switch m := item.members[0]; m.key {
		case "file":
			file(m.value.get("source"))
		case "rpm":
			file(m.value.get("path"))
		case "authorizedKeys":
			file(m.value.get("file"))
		}
	}
}

// look looks at one path.
func (r *reader) look(recipe *Recipe, v *value, folder bool) {
	if v == nil {
		return
	}
	st, err := os.Stat(recipe.Path(v.text))
	hint := "paths are relative to the recipe's folder"
	if strings.HasPrefix(v.text, "~") {
		hint = "~ is not expanded: write the folder out"
	}
	want := "file"
	if folder {
		want = "folder"
	}
	switch {
	case os.IsNotExist(err):
		r.problem(v.place, "missing-file", fmt.Sprintf("%s: there is no %s %s", v.path, want, shorten(recipe.Path(v.text))), hint)
	case err != nil:
		if pe, ok := errors.AsType[*fs.PathError](err); ok { // it repeats the path, of any length
			err = pe.Err
		}
		r.problem(v.place, "missing-file", fmt.Sprintf("%s: %s: %v", v.path, shorten(recipe.Path(v.text)), err), "give the path of a "+want+" that can be read")
	case folder && !st.IsDir() || !folder && !st.Mode().IsRegular():
		r.problem(v.place, "wrong-file", fmt.Sprintf("%s: %s is no %s", v.path, shorten(recipe.Path(v.text)), want), "name a "+want)
	}
}
