package report

import (
	"encoding/json"
	"reflect"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/page"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
)

func joined(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ", ")
}

// requestFacts tells what was asked for, a line for each thing.
func requestFacts(q request.Request) []page.Fact {
	var out []page.Fact
	add := func(name, value string) {
		if value != "" {
			out = append(out, page.Fact{Name: name, Value: value, Code: true})
		}
	}
	settings := func(name string, list []request.Setting) {
		for _, s := range list {
			add(name, s.Name+" = "+s.Value)
		}
	}
	add("template", q.Template)
	settings("time-out", q.Timeouts)
	settings("setting", q.Settings)
	for _, o := range q.Options {
		add("option", o)
	}
	settings("sysctl", q.Sysctls)
	for _, o := range q.Overlays {
		add("overlay", o)
	}
	if q.Servo != nil {
		add("servo", asJSON(q.Servo))
	}
	for _, k := range q.Keyring {
		add("keyring", k)
	}
	for _, e := range q.Edits {
		add(editParts(e))
	}
	if q.Access != nil {
		add("access", asJSON(q.Access))
	}
	add("attributes", q.Attributes)
	return out
}

// editParts are an edit's kind, and all that it says.
func editParts(e recipe.Edit) (name, value string) {
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			name, _, _ = strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			return name, asJSON(f.Interface())
		}
	}
	return "edit", asJSON(e)
}

func asJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // values of a request always have a form
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// packageView is a package that was installed, or the servo's source.
type packageView struct {
	Name  string
	Facts []page.Fact
	Files page.Table
}

func packagesOf(f *imagebuild.Finished) []packageView {
	var out []packageView
	for _, p := range f.Record.Packages {
		v := packageView{Name: p.Name, Files: page.Table{Name: "Files of " + p.Name, Heads: []string{"Path", "Outcome", "Note"}}}
		v.Facts = []page.Fact{{Name: "file", Value: p.File, Code: true}, {Name: "sha256", Value: p.SHA256, Code: true}}
		add := func(name, value string) {
			if value != "" {
				v.Facts = append(v.Facts, page.Fact{Name: name, Value: value})
			}
		}
		add("signature", strings.Join(p.Signed, "; "))
		if p.Report != nil {
			add("operation", p.Operation)
			add("replaces", strings.Join(p.Replaces, ", "))
			for _, s := range p.Scriptlets {
				if s.Skipped != "" {
					add(s.Name, "left out: "+s.Skipped)
				}
				for _, step := range s.Steps {
					add(s.Name, step.Command+": "+step.Done)
				}
			}
			for _, n := range p.Notes {
				add("note", n)
			}
			for _, file := range p.Report.Files {
				note := file.Note
				if file.Landed != "" {
					note = strings.TrimPrefix(note+"; at "+file.Landed, "; ")
				}
				v.Files.Add(file.Path, string(file.Outcome), note)
			}
		}
		out = append(out, v)
	}
	if s := f.Record.Servo; s != nil {
		v := packageView{Name: "load-balancer-servo from source"}
		v.Facts = []page.Fact{{Name: "what", Value: s.Describe()}, {Name: "tree sha256", Value: s.SHA256, Code: true}}
		for _, n := range s.Notes {
			v.Facts = append(v.Facts, page.Fact{Name: "note", Value: n})
		}
		out = append(out, v)
	}
	return out
}

// databaseOf is what the image's package manager will say of the changes.
func databaseOf(f *imagebuild.Finished) page.Table {
	t := page.Table{Name: "What rpm in the image will say", Heads: []string{"rpm -V", "In words"}}
	for _, s := range f.Record.Database {
		if s.Verify != "" || s.Path == "" {
			t.Add(orNothing(s.Verify), s.Text)
		}
	}
	return t
}
