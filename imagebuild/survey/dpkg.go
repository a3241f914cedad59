package survey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// Where dpkg keeps what it knows, by dpkg(1) and deb-control(5): a paragraph for each package in status; what was changed
// since status was last written, in numbered files in updates, until the next run of dpkg; and lists of files in info.
// Images without a dpkg of their own ("distroless") have a file for each package in status.d.
const (
	dpkgFolder  = "var/lib/dpkg"
	dpkgStatus  = dpkgFolder + "/status"
	dpkgStatusD = dpkgFolder + "/status.d"
	dpkgUpdates = dpkgFolder + "/updates"
	dpkgInfo    = dpkgFolder + "/info"
)

// Bounds. Images have some hundred packages, real systems some thousand with some hundred thousand files. What is read stays in
// memory, so they are bounds on that too.
const (
	maxPackages   = 1 << 14
	maxArchs      = 50 // of one package
	maxDpkgStatus = 8 << 20
	maxUpdates    = 1000 // files
	maxPackFiles  = 1 << 18
	maxListBytes  = 16 << 20 // of all lists of files
)

// dpkgDB is what is being read.
type dpkgDB struct {
	tree  overlay.ReadTree
	found map[string]*dpkgEntry // by name and architecture
	archs map[string][]string   // of a name
	lists bool                  // the lists of files are wanted
	files int
	bytes int64
	notes []string
}

// dpkgKind is what a file of paragraphs is.
type dpkgKind int

const (
	kindStatus dpkgKind = iota
	kindUpdate
	kindSingle // a package of status.d
)

type dpkgEntry struct {
	Package
	want, flag, status string
	multiArch          bool
	sums               string // the file with the list of files, of status.d
}

// dpkgPackages reads dpkg's database; Manager is empty where there is none.
func dpkgPackages(ctx context.Context, t overlay.ReadTree, o Options) (Packages, error) {
	db := dpkgDB{tree: t, lists: !o.noFiles, found: map[string]*dpkgEntry{}, archs: map[string][]string{}}
	out := Packages{Manager: "dpkg", Path: "/" + dpkgStatus}
	status, err := db.readFile(ctx, dpkgStatus, kindStatus)
	if err != nil {
		return Packages{}, err
	}
	if err := db.readUpdates(ctx); err != nil {
		return Packages{}, err
	}
	dir, err := db.readStatusD(ctx)
	if err != nil {
		return Packages{}, err
	}
	switch {
	case !status && !dir:
		return Packages{}, nil
	case !status:
		out.Path = "/" + dpkgStatusD
	}
	if err := db.collect(ctx, &out); err != nil {
		return Packages{}, err
	}
	if len(out.List) == 0 && db.notes == nil && len(db.found) == 0 && !dir {
		return Packages{}, nil // rpm systems with the tool dpkg have an empty one
	}
	out.Notes = db.notes
	return out, nil
}

func (db *dpkgDB) note(format string, args ...any) {
	db.notes = noted(db.notes, fmt.Sprintf(format, args...))
}

// readFile reads the paragraphs of one file, and tells whether it is there.
func (db *dpkgDB) readFile(ctx context.Context, name string, kind dpkgKind) (bool, error) {
	r, err := overlay.Resolve(db.tree, name)
	if err != nil {
		if !overlay.LeadsNowhere(err) {
			db.note("%v", err)
		}
		return false, nil
	}
	switch {
	case !r.Exists():
		return false, nil
	case !r.Info.Mode().IsRegular() || r.Info.Size() > maxDpkgStatus:
		db.note("%s: a regular file of at most %d MiB was expected", r.Path(), maxDpkgStatus>>20)
		return true, nil
	}
	f, err := db.tree.Open(r.Name)
	if err != nil {
		db.note("%s: %v", r.Path(), cause(err))
		return true, nil
	}
	defer f.Close()
	err = stanzas(f, func(s stanza) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := newEntry(s, kind == kindSingle)
		if err != nil {
			db.note("%s, the package at line %d: %v", r.Path(), s.line, err)
			return nil
		}
		if kind == kindSingle {
			e.sums = r.Name + ".md5sums"
		}
		return db.put(e, kind == kindUpdate)
	}, func(line int, err error) { db.note("%s, the package at line %d: %v", r.Path(), line, err) })
	switch {
	case ctx.Err() != nil:
		return true, ctx.Err()
	case errors.Is(err, errTooMany):
		db.note("%s: more than %d packages, the rest is not looked at", r.Path(), maxPackages)
	case err != nil:
		db.note("%s: %v", r.Path(), cause(err))
	}
	return true, nil
}

// put takes an entry. One of updates may have another architecture than the one that it replaces.
func (db *dpkgDB) put(e dpkgEntry, update bool) error {
	if len(db.found) == maxPackages {
		return errTooMany
	}
	key := e.Name + ":" + e.Arch
	if update {
		var there []string
		for _, arch := range db.archs[e.Name] {
			if old, ok := db.found[e.Name+":"+arch]; ok && old.status != "not-installed" {
				k := e.Name + ":" + arch
				there = append(there, k)
			}
		}
		if len(there) == 1 && there[0] != key && !(e.multiArch && db.found[there[0]].multiArch) {
			delete(db.found, there[0])
		}
	}
	if !slices.Contains(db.archs[e.Name], e.Arch) {
		if len(db.archs[e.Name]) == maxArchs {
			return fmt.Errorf("%s is there for more than %d architectures", e.Name, maxArchs)
		}
		db.archs[e.Name] = append(db.archs[e.Name], e.Arch)
	}
	db.found[key] = &e
	return nil
}

var errTooMany = errors.New("too many packages")

// newEntry makes a package of a paragraph. Those of status.d have no status: they are installed.
func newEntry(s stanza, installed bool) (dpkgEntry, error) {
	get := func(name string) string { return cut(s.fields[name], 1<<10) }
	e := dpkgEntry{
		Package: Package{
			Name: get("package"), Arch: get("architecture"), Source: get("source"), Vendor: get("maintainer"), Summary: get("description"),
			Depends: strings.Trim(s.fields["pre-depends"]+", "+s.fields["depends"], ", "),
		},
		want: "install", flag: "ok", status: "installed", multiArch: strings.EqualFold(get("multi-arch"), "same"),
	}
	if e.Name == "" || strings.ContainsAny(e.Name, "/\x00 \t") || strings.HasPrefix(e.Name, ".") || strings.ContainsAny(e.Arch, "/\x00 \t") {
		return e, fmt.Errorf("%q is no name of a package for an architecture", cut(e.Name, maxValue))
	}
	e.Epoch, e.Version, e.Release = debianVersionParts(get("version"))
	if kib, err := strconv.ParseInt(get("installed-size"), 10, 64); err == nil && kib > 0 && kib < 1<<50 {
		e.Size = kib << 10
	}
	if installed && s.fields["status"] == "" {
		return e, nil
	}
	words := strings.Fields(strings.ToLower(get("status")))
	if len(words) != 3 {
		return e, fmt.Errorf("%s: its status %q is not three words", e.Name, get("status"))
	}
	e.want, e.flag, e.status = words[0], words[1], words[2]
	return e, nil
}

// debianVersionParts parts [epoch:]upstream[-revision], as deb-version(7) says.
func debianVersionParts(s string) (epoch, version, revision string) {
	version = s
	if e, after, ok := strings.Cut(version, ":"); ok {
		epoch, version = e, after
	}
	if i := strings.LastIndexByte(version, '-'); i >= 0 {
		version, revision = version[:i], version[i+1:]
	}
	return epoch, version, revision
}

// readUpdates reads what is not yet in status, in order: an entry there replaces the one before.
func (db *dpkgDB) readUpdates(ctx context.Context) error {
	names := db.folder(dpkgUpdates)
	names = slices.DeleteFunc(names, func(n string) bool { return strings.Trim(n, "0123456789") != "" })
	if len(names) > maxUpdates {
		db.note("/%s: more than %d files, the rest is not looked at", dpkgUpdates, maxUpdates)
		names = names[:maxUpdates]
	}
	for _, n := range names {
		if _, err := db.readFile(ctx, path.Join(dpkgUpdates, n), kindUpdate); err != nil {
			return err
		}
	}
	return nil
}

// readStatusD reads the files of an image without dpkg.
func (db *dpkgDB) readStatusD(ctx context.Context) (bool, error) {
	any := false
	for _, n := range db.folder(dpkgStatusD) {
		if strings.HasSuffix(n, ".md5sums") || strings.HasSuffix(n, ".preinst") || strings.HasSuffix(n, ".postinst") {
			continue
		}
		if len(db.found) == maxPackages {
			db.note("/%s: more than %d packages, the rest is not looked at", dpkgStatusD, maxPackages)
			break
		}
		there, err := db.readFile(ctx, path.Join(dpkgStatusD, n), kindSingle)
		if err != nil {
			return false, err
		}
		any = any || there
	}
	return any, nil
}

// folder gives the names of the files in a folder, sorted; none where there is no such folder.
func (db *dpkgDB) folder(name string) []string {
	r, err := overlay.Resolve(db.tree, name)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return nil
	}
	entries, err := db.tree.ReadDir(r.Name)
	if err != nil {
		db.note("/%s: %v", name, cause(err))
	}
	var names []string
	for _, e := range entries {
		if fs.ValidPath(e.Name()) && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// collect makes the list of those that are installed, with their files.
func (db *dpkgDB) collect(ctx context.Context, out *Packages) error {
	entries := make([]*dpkgEntry, 0, len(db.found))
	for _, e := range db.found {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *dpkgEntry) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Full(), b.Full()), strings.Compare(a.Arch, b.Arch))
	})
	info := ""
	if r, err := overlay.Resolve(db.tree, dpkgInfo); err == nil && r.Exists() && r.Info.IsDir() {
		info = r.Name
	}
	out.List = make([]Package, 0, len(entries))
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch e.status {
		case "installed":
		case "triggers-awaited", "triggers-pending", "half-configured", "unpacked":
			e.State = e.status
		case "not-installed", "config-files":
			continue
		default: // half-installed, or a word that dpkg does not know
			db.note("%s %s is %s: neither its files nor its version are sure", e.Name, e.Full(), cut(e.status, maxValue))
			continue
		}
		if e.State == "half-configured" || e.State == "unpacked" {
			db.note("%s %s is %s: 'dpkg --configure -a' was never run to its end", e.Name, e.Full(), e.State)
		}
		if e.flag != "ok" {
			db.note("%s %s is to be installed again (%s)", e.Name, e.Full(), cut(e.flag, maxValue))
		}
		if db.lists {
			db.readFiles(info, e)
		}
		out.List = append(out.List, e.Package)
	}
	out.tree = db.tree
	if !db.lists {
		return nil
	}
	l := &listed{tree: db.tree, list: out.List, diverted: db.diversions()}
	out.files = &ownership{owners: l.owners}
	return nil
}
