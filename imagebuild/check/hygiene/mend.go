package hygiene

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

// maxNamed is how many paths a finding names, and maxMended how many its mend does.
const (
	maxNamed  = 3
	maxMended = 25
)

// writable are the first of the files whose names can stand in a recipe.
func writable(files []survey.FileFact) []survey.FileFact {
	var out []survey.FileFact
	for _, f := range files {
		if len(out) < maxMended && utf8.ValidString(f.Path) && !strings.ContainsFunc(f.Path, unicode.IsControl) {
			out = append(out, f)
		}
	}
	return out
}

// edits writes a recipe's list of edits, in words for a mend.
func edits(items []string) string {
	if len(items) == 0 {
		return "its name cannot stand in a recipe: see that the image is made without it"
	}
	return "in the recipe: `edits: [" + strings.Join(items, ", ") + "]`"
}

// removal is the edits that remove files.
func removal(files []survey.FileFact, total int) string {
	var items []string
	for _, f := range writable(files) {
		if f.Mode.IsDir() {
			items = append(items, fmt.Sprintf("{remove: {path: %s, recursive: true}}", check.YAMLText(f.Path)))
		} else {
			items = append(items, fmt.Sprintf("{remove: %s}", check.YAMLText(f.Path)))
		}
	}
	return edits(items) + andMore(total-len(items))
}

// clearing is removal for what a folder of its own holds: of many files the folder goes, and comes back empty.
func clearing(files []survey.FileFact, total int) string {
	dir := common(files)
	if total <= maxMended || strings.Count(dir, "/") < 3 || total > len(files) {
		return removal(files, total)
	}
	at := survey.FileFact{Path: dir}
	if len(writable([]survey.FileFact{at})) == 0 {
		return removal(files, total)
	}
	return edits([]string{fmt.Sprintf("{remove: {path: %s, recursive: true}}", check.YAMLText(dir)), fmt.Sprintf("{dir: %s}", "{path: "+check.YAMLText(dir)+"}")})
}

// common is the deepest folder that holds all of the files.
func common(files []survey.FileFact) string {
	if len(files) == 0 {
		return ""
	}
	dir := path.Dir(files[0].Path)
	for _, f := range files {
		for dir != "/" && !strings.HasPrefix(f.Path, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	return dir
}

// machineIDs are the edits for the numbers that a machine gives itself: systemd fills an empty /etc/machine-id at the first boot,
// D-Bus makes its own where there is none.
func machineIDs(files []survey.FileFact, total int) string {
	var items []string
	for _, f := range writable(files) {
		if strings.HasPrefix(f.Path, "/var/lib/dbus/") {
			items = append(items, fmt.Sprintf("{remove: %s}", check.YAMLText(f.Path)))
		} else {
			items = append(items, fmt.Sprintf("{file: {path: %s, content: ''}}", check.YAMLText(f.Path)))
		}
	}
	return edits(items) + andMore(total-len(items))
}

// withoutAddress are the edits that take the card's address out of networks' configuration.
func withoutAddress(files []survey.FileFact, total int) string {
	var items []string
	for _, f := range writable(files) {
		items = append(items, fmt.Sprintf(`{line: {path: %s, match: '^\s*HWADDR=', remove: true}}`, check.YAMLText(f.Path)))
	}
	return edits(items) + andMore(total-len(items))
}

// emptying is the edits that leave files with nothing in them, with owner and mode as they are.
func emptying(files []survey.FileFact, total int) string {
	var items []string
	for _, f := range writable(files) {
		items = append(items, fmt.Sprintf("{file: {path: %s, content: ''}}", check.YAMLText(f.Path)))
	}
	return edits(items) + andMore(total-len(items))
}

func andMore(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and likewise for the other %d", n)
}

// named lists the first of several paths: "/a, /b and 3 more".
func named(paths []string, total int) string {
	shown := paths[:min(len(paths), maxNamed)]
	out := strings.Join(shown, ", ")
	if n := total - len(shown); n > 0 {
		out += fmt.Sprintf(" and %d more", n)
	}
	return out
}

func pathsOf(l *survey.FileList) []string {
	var out []string
	for _, f := range l.Files {
		out = append(out, f.Path)
	}
	return out
}

// several is one finding of a rule for a list of files: what says what they are, for one and for many.
func several(r check.Rule, l *survey.FileList, one, many, mend string) []check.Finding {
	if l.Count == 0 {
		return nil
	}
	f := r.At(l.Files[0].Path, one)
	if l.Count > 1 {
		f.Message = fmt.Sprintf(many, l.Count) + ": " + named(pathsOf(l), l.Count)
	}
	if f.Hint = mend; l.Count == len(l.Files) {
		f.Covers = strings.Join(pathsOf(l), "\n")
	}
	return []check.Finding{f}
}
