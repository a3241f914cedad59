package services

import (
	"path"
	"strings"

	"lbimage/overlay"
)

// state says of a unit what `systemctl is-enabled` says: enabled, enabled-runtime, disabled, static, indirect, linked,
// linked-runtime, masked, masked-runtime, alias; empty where there is no such unit.
func (s *units) state(name string) (string, error) {
	parts, ok := parseUnit(name)
	if !ok {
		return "", nil
	}
	f, err := s.locate(name, parts)
	switch {
	case err != nil:
		return "bad", nil //nolint:nilerr // that is what systemctl calls it
	case f.path == "" && f.alias == "":
		return "", nil
	case f.masked && strings.HasPrefix(f.path, "run/"):
		return "masked-runtime", nil
	case f.masked:
		return "masked", nil
	case f.alias != "":
		to, err := s.load(f.alias)
		switch {
		case err != nil || to == nil:
			return "bad", nil //nolint:nilerr // as above
		case to.masked && strings.HasPrefix(to.path, "run/"):
			return "masked-runtime", nil
		case to.masked:
			return "masked", nil
		}
		return "alias", nil
	}
	u := &unit{name: name, path: f.path, parts: parts}
	if err := s.read(u); err != nil {
		return "", err
	}
	x, err := s.linksTo(u)
	if err != nil {
		return "", err
	}
	switch {
	case x.config:
		return "enabled", nil
	case x.runtime:
		return "enabled-runtime", nil
	case x.elsewhere && parts.isInstance():
		return "static", nil
	case f.link != "" && strings.HasPrefix(f.link, configDir):
		return "linked", nil
	case f.link != "" && strings.HasPrefix(f.link, "run/"):
		return "linked-runtime", nil
	case x.other:
		return "indirect", nil
	case u.rules():
		return "disabled", nil
	case len(u.also) > 0:
		return "indirect", nil
	}
	return "static", nil
}

// linked says where links start a unit.
type linked struct {
	config, runtime, elsewhere bool // under its own name, or one of its Alias=
	other                      bool // under another name: an instance of a template
}

func (s *units) linksTo(u *unit) (linked, error) {
	var x linked
	if err := s.index(); err != nil {
		return x, err
	}
	file := u.path
	if r, err := overlay.Resolve(s.t, u.path); err == nil {
		file = r.Name
	}
	own := map[string]bool{u.name: true}
	if u.parts.isTemplate() && u.defaultInstance != "" {
		if instance, err := expand(u.defaultInstance, u.name, u.parts); err == nil {
			own[u.parts.with(instance)] = true
		}
	}
	alias := make(map[string]bool)
	for _, word := range u.alias {
		if a, err := expand(word, u.name, u.parts); err == nil {
			alias[path.Base(a)] = true
		}
	}
	for i, dir := range s.dirs {
		d := s.deps[i]
		hit := false
		for name := range own {
			hit = hit || d.wants[name]
		}
		for name := range alias {
			hit = hit || name != u.name && d.names[name] == file
		}
		switch {
		case !hit:
		case dir == configDir:
			x.config = true
		case strings.HasPrefix(dir, "run/"):
			x.runtime = true
		default:
			x.elsewhere = true
		}
		if dir == configDir || strings.HasPrefix(dir, "run/") {
			x.other = x.other || u.parts.isTemplate() && d.templates[u.name] || d.reached[file]
		}
	}
	return x, nil
}

// depFolder is what one folder of units links.
type depFolder struct {
	wants     map[string]bool   // names in its .wants and .requires folders
	templates map[string]bool   // of these, the templates of instances
	names     map[string]string // its own links: name to file
	reached   map[string]bool   // the files that they lead to under another name
}

// index reads the links of all folders once.
func (s *units) index() error {
	if s.deps != nil {
		return nil
	}
	for _, dir := range s.dirs {
		d := depFolder{make(map[string]bool), make(map[string]bool), make(map[string]string), make(map[string]bool)}
		real, names, err := folder(s.t, dir)
		if err != nil {
			return err
		}
		for _, n := range names {
			file := path.Join(real, n)
			switch path.Ext(n) {
			case ".wants", ".requires", ".upholds":
				_, below, err := folder(s.t, file)
				if err != nil {
					return err
				}
				for _, b := range below {
					if _, err := s.t.ReadLink(path.Join(file, b)); err != nil {
						continue
					}
					d.wants[b] = true
					if parts, ok := parseUnit(b); ok && parts.isInstance() {
						d.templates[parts.template()] = true
					}
				}
			default:
				s.indexLink(&d, file, n)
			}
		}
		s.deps = append(s.deps, d)
	}
	return nil
}

func (s *units) indexLink(d *depFolder, file, name string) {
	parts, ok := parseUnit(name)
	if _, err := s.t.ReadLink(file); err != nil || !ok {
		return
	}
	f, err := s.at(file, name, parts)
	if err != nil || f.alias == "" {
		return
	}
	to := file
	if u, err := s.load(f.alias); !exists(s.t, file) && err == nil && u != nil {
		to = u.path // a relative link is as good as the name that it ends in
	}
	if r, err := overlay.Resolve(s.t, to); err == nil {
		d.names[name] = r.Name
		d.reached[r.Name] = true
	}
}
