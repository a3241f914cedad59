package develop

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/overlay"
	"lbimage/servo"
)

// release is the layout by which a source is installed.
type release struct {
	name  string // 1.4.0
	files []servo.File
	// from has the source's file for each file of the layout that comes from one.
	from map[string]string // path in the image → name in the source
}

// places are where a source keeps what its release puts into the image, by the path there. The first name
// that the source has counts.
var places = map[string][]string{
	"/etc/load-balancer-servo/haproxy_template.conf": {"scripts/haproxy_template.conf", "haproxy_template.conf"},
	"/etc/load-balancer-servo/boto.cfg":              {"scripts/boto.cfg", "boto.cfg"},
	"/etc/load-balancer-servo/503.http":              {"scripts/503.http", "503.http"},
	"/etc/sudoers.d/servo":                           {"scripts/servo-sudoers.conf"},
	"/etc/init.d/load-balancer-servo":                {"scripts/load-balancer-servo-init", "load-balancer-servo-init"},
	"/usr/libexec/load-balancer-servo/ntp-update":    {"scripts/servo-ntp-update", "scripts/ntp-update"},
	"/usr/libexec/load-balancer-servo/dns-update":    {"scripts/servo-dns-update", "scripts/dns-update"},
	"/usr/libexec/load-balancer-servo/servo-prep":    {"scripts/servo-prep"},
	"/etc/cron.d/load-balancer-servo":                {"load-balancer-servo.cron", "scripts/load-balancer-servo.cron"},
	"/usr/lib/tmpfiles.d/load-balancer-servo.conf":   {"load-balancer-servo.tmpfiles", "scripts/load-balancer-servo.tmpfiles"},
	"/var/lib/load-balancer-servo/log4j.xml":         {"scripts/log4j.xml"},
	"/usr/bin/" + program:                            {program},
	servo.SitePackages + "/servo":                    {"servo/__init__.py"},
}

// program is the servo's own, in the source and in the image.
const program = "load-balancer-servo"

// libexec is the folder of the servo's helper programs.
const libexec = "/usr/libexec/load-balancer-servo"

// tooling are files in scripts/ that make packages, and are not for the image.
var tooling = regexp.MustCompile(`^scripts/build[-a-z]*\.sh$`)

// understand finds out what the source is: version, release, and what setup.py says.
func (s *Source) understand(asked string) error {
	src, ok, err := s.files.get("setup.py")
	if err != nil {
		return err
	}
	if !ok {
		if strings.Join(s.Files(), "") == "" {
			return fmt.Errorf("nothing in it: give the servo's source")
		}
		return fmt.Errorf("no setup.py at its top: this is not the servo's source")
	}
	if len(src.data) > maxSetup {
		return fmt.Errorf("setup.py: %d bytes: this is not the servo's", len(src.data))
	}
	var notes []string
	if s.setup, notes, err = readSetup(string(src.data), s.pythonPackages); err != nil {
		return err
	}
	s.Notes = append(s.Notes, notes...)
	if err := s.readVersion(); err != nil {
		return err
	}
	if err := s.chooseRelease(asked); err != nil {
		return err
	}
	if len(s.Submodules) > 0 {
		s.Notes = append(s.Notes, "submodules are left out: "+strings.Join(s.Submodules, ", "))
	}
	return s.strays()
}

// pythonPackages are the folders of the servo's package with modules of their own.
func (s *Source) pythonPackages() []string {
	var out []string
	for name := range s.files {
		dir, base := path.Split(name)
		if base == "__init__.py" && (dir == "servo/" || strings.HasPrefix(dir, "servo/")) {
			out = append(out, path.Clean(dir))
		}
	}
	slices.Sort(out)
	return out
}

// readVersion does what setup.py does: the content of VERSION, or 0.
func (s *Source) readVersion() error {
	f, ok, err := s.files.get("VERSION")
	if err != nil {
		return err
	}
	s.Version = "0"
	if v := s.setup.metadata["version"]; v != "" {
		s.Version = v
	} else if ok {
		s.Version = strings.TrimRight(string(f.data), " \t\r\n\f\v")
	}
	if !versionText.MatchString(s.Version) {
		return fmt.Errorf("VERSION: %.40q is no version: write one as in 1.4.0", s.Version)
	}
	return nil
}

// versionText bounds what may stand in a file's name.
var versionText = regexp.MustCompile(`^[0-9][0-9A-Za-z.+~_-]{0,63}$`)

// released is a version as the servo's releases are numbered. One with more to it (1.4.0-dev) is on the way to
// a release, and its files say how far.
var released = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)

// chooseRelease finds the layout: the one that was asked for, that of VERSION where it is a release, else the
// newest whose files are all there.
func (s *Source) chooseRelease(asked string) (err error) {
	name := asked
	if asked == "" && released.MatchString(s.Version) && layoutOf(s.Version) != nil {
		name = s.Version
	}
	if name == "" {
		return s.guessRelease()
	}
	files := layoutOf(name)
	if files == nil {
		all := servo.Releases()
		return fmt.Errorf("release %s: not known: give one from %s to %s", name, all[0], all[len(all)-1])
	}
	s.Release = name
	if s.release, err = s.fit(name, files); err == nil {
		return nil
	}
	if like := s.bestFit(); like != "" {
		return fmt.Errorf("%w: complete the source, or have it installed as release %s, whose files it has", err, like)
	}
	return fmt.Errorf("%w: complete the source", err)
}

// guessRelease goes by the files.
func (s *Source) guessRelease() (err error) {
	like := s.bestFit()
	if like == "" {
		first := servo.Releases()[0]
		_, err := s.fit(first, layoutOf(first))
		return fmt.Errorf("%w: this is no servo that is known, from %s on", err, first)
	}
	if s.release, err = s.fit(like, layoutOf(like)); err != nil {
		return err
	}
	s.Release = like
	if s.Version == "1.5.0" && like == "1.4.1" {
		s.Notes = append(s.Notes, "VERSION says 1.5.0, which is what release 1.4.1 calls itself")
	} else {
		s.Notes = append(s.Notes, fmt.Sprintf("VERSION (%s) is no release that is known: laid out as %s, by its files", s.Version, like))
	}
	return nil
}

// layoutOf is nil for a release that is not known.
func layoutOf(name string) []servo.File {
	v, err := haproxyconfig.ParseVersion(name)
	if err != nil {
		return nil
	}
	files, err := servo.Layout(v)
	if err != nil {
		return nil
	}
	return files
}

// bestFit is the newest release whose files are all in the source; empty when there is none.
func (s *Source) bestFit() string {
	all := servo.Releases()
	slices.Reverse(all)
	for _, name := range all {
		if _, err := s.fit(name, layoutOf(name)); err == nil {
			return name
		}
	}
	return ""
}

// fit holds the source against a layout.
func (s *Source) fit(name string, files []servo.File) (release, error) {
	r := release{name: name, files: files, from: map[string]string{}}
	for _, f := range files {
		names, ok := places[f.Path]
		if !ok {
			continue // a folder
		}
		at := slices.IndexFunc(names, func(n string) bool { _, ok, err := s.files.get(n); return ok || err != nil })
		if at < 0 {
			return release{}, fmt.Errorf("%s is not there, which servo %s puts at %s", names[0], name, f.Path)
		}
		r.from[f.Path] = names[at]
	}
	return r, nil
}

// helper is how the start script and cron name the servo's helper programs.
var helper = regexp.MustCompile(libexec + `/([A-Za-z0-9._-]+)`)

// strays adds what the release's layout does not know but the source needs, and names what has no place.
func (s *Source) strays() error {
	placed := map[string]bool{}
	for _, name := range s.release.from {
		placed[name] = true
	}
	for _, caller := range []string{"/etc/init.d/load-balancer-servo", "/etc/cron.d/load-balancer-servo"} {
		from, ok := s.release.from[caller]
		if !ok {
			continue
		}
		f, _, err := s.files.get(from)
		if err != nil {
			return err
		}
		for _, m := range helper.FindAllStringSubmatch(string(f.data), -1) {
			to := libexec + "/" + m[1]
			if s.release.from[to] != "" {
				continue
			}
			name, err := s.helperSource(m[1])
			if err != nil {
				return fmt.Errorf("%s: calls %s: %w", from, to, err)
			}
			s.release.from[to] = name
			s.release.files = append(s.release.files, servo.File{Path: to, Mode: 0o755, What: "called by " + from})
			placed[name] = true
			s.Notes = append(s.Notes, fmt.Sprintf("%s goes to %s, where %s calls it; servo %s has none", name, to, from, s.release.name))
		}
	}
	named := map[string]string{}
	for _, d := range s.setup.data {
		if _, ok, err := s.files.get(d.from); err != nil {
			return err
		} else if !ok {
			return fmt.Errorf("setup.py names %s, which is not there", d.from)
		}
		to := path.Join(d.dir, path.Base(d.from))
		if other, ok := named[to]; ok && other != d.from {
			return fmt.Errorf("setup.py: %s and %s: both would be %s: leave one of them out", other, d.from, to)
		}
		named[to] = d.from
		if _, known := s.release.from[to]; !known {
			s.release.files = append(s.release.files, servo.File{Path: to, Mode: s.files[d.from].mode.Perm(), Owner: ownerIn(d.dir), What: "named by setup.py"})
			s.Notes = append(s.Notes, fmt.Sprintf("%s goes to %s, as setup.py says; servo %s has none", d.from, to, s.release.name))
		}
		s.release.from[to] = d.from
		placed[d.from] = true
	}
	for _, name := range s.setup.scripts {
		placed[path.Clean(name)] = true
	}
	if !slices.Contains(s.setup.packages, "servo") {
		return fmt.Errorf("setup.py: its packages are %q, and servo is none of them: this is not the servo's source", s.setup.packages)
	}
	for _, p := range s.setup.packages {
		if len(s.modules(p)) == 0 {
			return fmt.Errorf("setup.py names the package %s, which has no modules", p)
		}
		for _, m := range s.modules(p) {
			if _, ok, err := s.files.get(m); err != nil {
				return err
			} else if !ok {
				return fmt.Errorf("%s: the link leads nowhere: put the file itself there", m)
			}
		}
	}
	for _, name := range s.setup.scripts {
		if _, ok, err := s.files.get(path.Clean(name)); err != nil {
			return err
		} else if !ok {
			return fmt.Errorf("setup.py names %s, which is not there", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if strings.HasPrefix(name, "scripts/") && !placed[name] && !tooling.MatchString(name) {
			s.Notes = append(s.Notes, fmt.Sprintf("%s is left out: servo %s and setup.py have no place for it", name, s.release.name))
		}
	}
	return nil
}

// ownerIn is who a further file of setup.py belongs to: in the servo's own folder the servo, as with the others.
func ownerIn(dir string) overlay.Owner {
	if dir == "/etc/load-balancer-servo" {
		return overlay.Owner{User: servo.User, Group: servo.User}
	}
	return overlay.Owner{}
}

func (s *Source) helperSource(name string) (string, error) {
	for _, n := range []string{"scripts/servo-" + name, "scripts/" + name} {
		if _, ok, err := s.files.get(n); ok || err != nil {
			return n, err
		}
	}
	return "", fmt.Errorf("neither scripts/servo-%s nor scripts/%s is there: complete the source", name, name)
}

// modules are the Python files of one package, without those of packages below it.
func (s *Source) modules(pkg string) []string {
	var out []string
	for name := range s.files {
		if path.Dir(name) == pkg && strings.HasSuffix(name, ".py") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
