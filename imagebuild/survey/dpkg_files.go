package survey

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// readFiles reads the list of a package's files: info/NAME.list, or info/NAME:ARCH.list for one of those that may be
// installed for several architectures at once.
func (db *dpkgDB) readFiles(info string, e *dpkgEntry) {
	names := []string{path.Join(info, e.Name+".list"), path.Join(info, e.Name+":"+e.Arch+".list")}
	switch {
	case e.sums != "":
		names = []string{e.sums}
	case info == "":
		return
	case e.multiArch:
		slices.Reverse(names)
	}
	var data []byte
	err := fs.ErrNotExist
	for _, name := range names {
		if data, _, err = overlay.ReadFile(db.tree, name, maxListBytes-db.bytes); err == nil || !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && e.sums == "":
		db.note("%s: the list of its files is not there", e.Name)
		return
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		db.note("%s: its files are not known: %v", e.Name, err)
		return
	}
	db.bytes += int64(len(data))
	text := string(data)
	e.Files = make([]string, 0, min(strings.Count(text, "\n")+1, maxPackFiles-db.files))
	for line := range strings.Lines(text) {
		name := strings.TrimRight(line, "\n")
		if e.sums != "" {
			_, name, _ = strings.Cut(name, "  ")
		}
		if name == "" {
			continue
		}
		if db.files == maxPackFiles {
			db.note("%s: there are more than %d files of packages, the rest is not looked at", e.Name, maxPackFiles)
			break
		}
		db.files++
		e.Files = append(e.Files, rooted(name))
	}
	slices.Sort(e.Files)
	e.Files = slices.Compact(e.Files)
}

// rooted writes a path of a list from the root: "/." is the root itself.
func rooted(name string) string {
	if name[0] == '/' && path.Clean(name) == name {
		return name // as nearly all are: no new string
	}
	return path.Clean("/" + name)
}

// diversion says that the file of every package but one lies elsewhere (dpkg-divert).
type diversion struct {
	from, to string
	by       string // the package whose own file is at from; "" where it is the administrator's
}

// diversions reads what was diverted: three lines for each.
func (db *dpkgDB) diversions() []diversion {
	data, r, err := overlay.ReadFile(db.tree, dpkgFolder+"/diversions", 4<<20)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			db.note("%v", err)
		}
		return nil
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	if len(lines)%3 != 0 {
		db.note("%s: three lines are a diversion, and there are %d", r.Path(), len(lines))
	}
	var out []diversion
	for ; len(lines) >= 3; lines = lines[3:] {
		d := diversion{path.Clean("/" + lines[0]), path.Clean("/" + lines[1]), lines[2]}
		if d.by == ":" {
			d.by = ""
		}
		out = append(out, d)
	}
	return out
}
