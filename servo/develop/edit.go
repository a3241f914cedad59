package develop

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"lbimage/haproxy-config"
	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/services"
	"lbimage/servo"
)

// EditOptions adjust how a source is installed. The zero value is that of a development image.
type EditOptions struct {
	// Time is given to what is written. Zero leaves it to the tree.
	Time time.Time
	// LogLevel is written into the start script; empty: debug.
	LogLevel string
	// SitePackages is the folder for Python's packages; empty: that of the Python which /usr/bin/python is.
	SitePackages string
}

// install is the edit.
type install struct {
	s *Source
	o EditOptions
}

var levelName = regexp.MustCompile(`^[A-Za-z]{1,16}$`)

// Edit makes the edit that installs the source, or says what is wrong with the options. It makes the account
// servo where the image has none, puts each file where the release's layout says, removes what an earlier
// servo left, and has the service started at boot. Running it again changes nothing.
func (s *Source) Edit(o EditOptions) (overlay.Edit, error) {
	if o.LogLevel == "" {
		o.LogLevel = "debug"
	}
	if !levelName.MatchString(o.LogLevel) {
		return nil, fmt.Errorf("log level %q: give a word: debug, info, warning or error", o.LogLevel)
	}
	if o.SitePackages != "" {
		if _, err := siteFrom(o.SitePackages); err != nil {
			return nil, err
		}
	}
	return install{s, o}, nil
}

func (i install) Describe() string { return "install " + i.s.Describe() }

// Paths are those of the layout. Python's folder for packages is among them when it was given: else the image
// says which it is.
func (i install) Paths() []string {
	var out []string
	for _, f := range i.s.release.files {
		rest, module := strings.CutPrefix(f.Path, servo.SitePackages)
		switch {
		case !module:
			out = append(out, f.Path)
		case i.o.SitePackages != "":
			out = append(out, path.Clean(i.o.SitePackages)+rest)
		}
	}
	return append(out, "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow")
}

func (i install) Apply(t overlay.Tree) ([]overlay.Change, error) {
	a := &applying{install: i, t: t}
	for _, step := range []func() error{a.findPython, a.account, a.removeOld, a.modules, a.layout, a.configuration, a.service, a.stamp} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a.changes, nil
}

// applying is one Apply.
type applying struct {
	install
	t       overlay.Tree
	python  python
	changes []overlay.Change
}

// do applies an edit of another kind.
func (a *applying) do(e overlay.Edit, notes ...string) error {
	changes, err := e.Apply(a.t)
	if err != nil {
		return err
	}
	if n := len(changes); n > 0 {
		changes[n-1].Notes = append(changes[n-1].Notes, notes...)
	}
	a.changes = append(a.changes, changes...)
	return nil
}

func (a *applying) findPython() (err error) {
	if a.o.SitePackages != "" {
		a.python, err = siteFrom(a.o.SitePackages)
	} else {
		a.python, err = findPython(a.t)
	}
	return err
}

// account makes the user as install-servo.sh and the RPM do, with a group of its name.
func (a *applying) account() error {
	there, err := accounts.HasUser(a.t, servo.User)
	if err != nil || there {
		return err
	}
	e, err := accounts.NewUser(accounts.User{
		Name: servo.User, Home: "/var/lib/load-balancer-servo", Shell: "/sbin/nologin", Time: a.o.Time,
	})
	if err != nil {
		return err
	}
	return a.do(e)
}

// rootOwned is who everything belongs to that is not the servo's.
var rootOwned = overlay.Owner{}

// folder sees to it that a folder is there, root's and 0755.
func (a *applying) folder(dir string, notes ...string) error {
	mode := fs.FileMode(0o755)
	return a.do(overlay.Dir{Path: dir, Mode: &mode, Owner: &rootOwned}, notes...)
}

// modules puts the Python packages and their metadata in place.
func (a *applying) modules() error {
	notes, err := a.lacks()
	if err != nil {
		return err
	}
	for _, p := range a.s.setup.packages {
		if p != "servo" {
			notes = nil
		}
		if err := a.folder(path.Join(a.python.site, p), notes...); err != nil {
			return err
		}
		for _, name := range a.s.modules(p) {
			if err := a.place(path.Join(a.python.site, name), name, 0o644, rootOwned, nil); err != nil {
				return err
			}
		}
	}
	name, content := a.s.metadataFile(a.python)
	mode := fs.FileMode(0o644)
	if err := a.do(overlay.File{Path: path.Join(a.python.site, name), Content: content, Mode: &mode, Owner: &rootOwned}); err != nil {
		return err
	}
	for _, script := range a.s.setup.scripts {
		script = path.Clean(script)
		if err := a.place("/usr/bin/"+path.Base(script), script, 0o755, rootOwned, adjustShebang(a.python.program)); err != nil {
			return err
		}
	}
	return nil
}

// place puts a file of the source at a path.
func (a *applying) place(to, from string, mode fs.FileMode, owner overlay.Owner, through func([]byte) []byte, notes ...string) error {
	f, ok, err := a.s.files.get(from)
	if err == nil && !ok {
		err = fmt.Errorf("%s: %w", from, fs.ErrNotExist)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", a.s.From, err)
	}
	data := f.data
	if through != nil {
		data = through(slices.Clone(data))
	}
	return a.do(overlay.File{Path: to, Content: data, Mode: &mode, Owner: &owner}, notes...)
}

// layout puts everything else where the release has it.
func (a *applying) layout() error {
	for _, f := range a.s.release.files {
		from := a.s.release.from[f.Path]
		switch {
		case strings.HasPrefix(f.Path, servo.SitePackages), f.Path == "/usr/bin/"+program && slices.Contains(a.s.setup.scripts, program):
		case f.Mode.IsDir():
			mode := f.Mode &^ fs.ModeDir
			if f.Path == configuration {
				mode = 0o700 // the package's is 0755
			}
			if err := a.do(overlay.Dir{Path: f.Path, Mode: &mode, Owner: &f.Owner}); err != nil {
				return err
			}
		case f.Path == initScript:
			if err := a.startScript(f, from); err != nil {
				return err
			}
		default:
			var through func([]byte) []byte
			if f.Path == "/usr/bin/"+program {
				through = adjustShebang(a.python.program)
			}
			if path.Dir(f.Path) == libexec {
				if err := a.folder(libexec); err != nil {
					return err
				}
			}
			if err := a.place(f.Path, from, f.Mode, f.Owner, through); err != nil {
				return err
			}
		}
	}
	return nil
}

const initScript = "/etc/init.d/load-balancer-servo"

// startScript goes where the image keeps such scripts, with the log level that was asked for.
func (a *applying) startScript(f servo.File, from string) error {
	to := f.Path
	plain, err := has(a.t, "/etc/init.d")
	if err != nil {
		return err
	}
	rc, err := has(a.t, "/etc/rc.d/init.d")
	if err != nil {
		return err
	}
	if !plain && rc {
		to = "/etc/rc.d/init.d/" + path.Base(f.Path)
	}
	src, _, err := a.s.files.get(from)
	if err != nil {
		return err
	}
	var notes []string
	if _, ok := setLogLevel(src.data, a.o.LogLevel); !ok {
		notes = append(notes, fmt.Sprintf("it has no LOGLEVEL: the log level %s cannot be set, this servo has its own", a.o.LogLevel))
	}
	functions, err := has(a.t, "/etc/rc.d/init.d/functions")
	if err != nil {
		return err
	}
	if !functions && strings.Contains(string(src.data), "/etc/rc.d/init.d/functions") {
		notes = append(notes, "it reads /etc/rc.d/init.d/functions, which the image does not have: the service will not start")
	}
	return a.place(to, from, f.Mode, f.Owner, func(b []byte) []byte {
		out, _ := setLogLevel(b, a.o.LogLevel)
		return out
	}, notes...)
}

// service has the servo started at boot: the start script is SysV's in every release.
func (a *applying) service() error {
	for _, action := range []services.Action{services.Add, services.Enable} {
		e, err := services.New(services.Request{Name: program, Action: action})
		if err != nil {
			return err
		}
		if err := a.do(e); err != nil {
			return err
		}
	}
	return nil
}

// stamp gives what was written the time asked for; folders last made do not change any more.
func (a *applying) stamp() error {
	if a.o.Time.IsZero() {
		return nil
	}
	for _, c := range overlay.Fold(a.changes) {
		if !c.Changed() || c.After == nil {
			continue
		}
		set := a.t.Chtimes
		if c.After.Mode&fs.ModeSymlink != 0 {
			set = a.t.Lchtimes
		}
		if err := set(c.Name(), a.o.Time, a.o.Time); err != nil {
			return fmt.Errorf("%s: setting its time: %w", c.Path, err)
		}
	}
	return nil
}

// needs are what the servo's RPM requires and the image must bring: any one path of each.
var needs = []struct {
	since, what string
	paths       []string
}{
	{"1.0.0", "HAProxy", []string{"/usr/sbin/haproxy"}},
	{"1.0.0", "sudo", []string{"/usr/bin/sudo"}},
	{"1.0.0", "boto, a module of Python", []string{"{site}/boto", "{site64}/boto"}},
	{"1.0.0", "httplib2, a module of Python", []string{"{site}/httplib2", "{site64}/httplib2"}},
	{"1.0.1", "ntpdate", []string{"/usr/sbin/ntpdate"}},
	{"1.0.2", "M2Crypto, a module of Python", []string{"{site}/M2Crypto", "{site64}/M2Crypto"}},
	{"1.4.0", "redis, a module of Python", []string{"{site}/redis", "{site64}/redis"}},
}

// lacks says what the servo needs and the image does not have.
func (a *applying) lacks() ([]string, error) {
	site64 := strings.Replace(a.python.site, "/usr/lib/", "/usr/lib64/", 1)
	var out []string
	for _, n := range needs {
		if !atLeast(a.s.Release, n.since) {
			continue
		}
		found := false
		for _, p := range n.paths {
			ok, err := has(a.t, strings.NewReplacer("{site}", a.python.site, "{site64}", site64).Replace(p))
			if err != nil {
				return nil, err
			}
			found = found || ok
		}
		if !found {
			out = append(out, fmt.Sprintf("the image does not have %s, which the servo needs", n.what))
		}
	}
	more, err := a.sudo()
	if err != nil {
		return nil, err
	}
	out = append(out, more...)
	if strings.HasPrefix(a.python.version, "3") {
		out = append(out, "the servo is written for Python 2 and will not start: the image's "+a.python.program+" is Python "+a.python.version)
	}
	return out, nil
}

var (
	includesSudoers = regexp.MustCompile(`(?m)^[ \t]*[#@]includedir[ \t]+/etc/sudoers\.d`)
	requiresTTY     = regexp.MustCompile(`(?m)^[ \t]*Defaults[ \t]+requiretty`)
)

// sudo says what in /etc/sudoers keeps the servo, which has no terminal, from starting HAProxy.
func (a *applying) sudo() ([]string, error) {
	r, err := overlay.Resolve(a.t, "/etc/sudoers")
	if err != nil && !overlay.LeadsNowhere(err) {
		return nil, err
	}
	if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() || r.Info.Size() > maxSetup {
		return nil, nil
	}
	text, err := a.t.ReadFile(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	var out []string
	if !includesSudoers.Match(text) {
		out = append(out, r.Path()+" does not include /etc/sudoers.d: the servo may not start HAProxy")
	}
	if requiresTTY.Match(text) {
		out = append(out, r.Path()+" has requiretty: the servo, which has no terminal, may not start HAProxy")
	}
	return out, nil
}

// atLeast compares releases; those that have a layout have a version that can be read.
func atLeast(release, since string) bool {
	v, err := haproxyconfig.ParseVersion(release)
	w, err2 := haproxyconfig.ParseVersion(since)
	return err == nil && err2 == nil && v.Compare(w) >= 0
}
