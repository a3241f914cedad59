package services

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

func (w *work) systemd(e *edit, f found) error {
	if e.Levels != "" {
		w.notes = append(w.notes, "run levels say nothing to a unit: its [Install] section names the targets")
	}
	u := newUnits(w.t)
	switch e.Action {
	case Enable:
		return w.enableUnits(u, false, f.unit)
	case Disable, Del:
		return w.disableUnits(u, f.unit)
	case Add, Preset:
		return w.preset(u, f.unit)
	case Mask:
		return w.mask(f.unit)
	case Unmask:
		return w.unmask(u, f.unit)
	}
	return e.refuse(f, "choose enable, disable or preset")
}

// maxUnits bounds how many units one request may reach by Also=.
const maxUnits = 1000

// closure gives the units and all that their Also= names, aliases followed. What cannot be had is noted; of the units asked
// for themselves it is an error where strict is set. The names of units that are only links come besides.
func (w *work) closure(u *units, strict bool, names ...string) (list []*unit, links []string, err error) {
	asked := len(names)
	seen := make(map[string]bool)
	for i := 0; i < len(names); i++ {
		found, err := u.find(names[i], i < asked || !strict)
		if err != nil && i < asked && strict {
			return nil, nil, err
		}
		switch {
		case errors.Is(err, errConfigLink), errors.Is(err, errDangling):
			links = append(links, names[i])
			if i >= asked {
				w.notes = append(w.notes, err.Error())
			}
			continue
		case err != nil:
			w.notes = append(w.notes, err.Error())
			if i < asked {
				links = append(links, names[i])
			}
			continue
		case found == nil && i < asked && strict:
			return nil, nil, unknown(w.t, names[i])
		case found == nil:
			if i >= asked {
				w.notes = append(w.notes, names[i]+" is named by Also= and is not in the image")
			}
			continue
		case found.masked && i < asked && strict:
			return nil, nil, fmt.Errorf("%s: the unit is masked: unmask it first", abs(found.path))
		case found.masked:
			w.notes = append(w.notes, found.name+" is masked and left alone")
			continue
		case seen[found.name]:
			continue
		}
		seen[found.name] = true
		list = append(list, found)
		for _, word := range found.also {
			name, err := expand(word, found.name, found.parts)
			if err != nil {
				return nil, nil, errorAt(found.path, err)
			}
			if _, ok := parseUnit(name); !ok {
				w.notes = append(w.notes, fmt.Sprintf("%s: Also=%s is no unit's name", abs(found.path), shorten(name)))
				continue
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			if len(names) > maxUnits {
				return nil, nil, fmt.Errorf("%s: its Also= reaches more than %d units", abs(found.path), maxUnits)
			}
		}
	}
	return list, links, nil
}

// wanted is a link that shall be.
type wanted struct {
	path, target string
	force        bool // what stands there gives way
}

// enableUnits makes the links that the units' [Install] sections ask for. Lenient is what a preset is: a word that makes
// no sense is noted, not an error.
func (w *work) enableUnits(u *units, lenient bool, names ...string) error {
	for _, name := range names {
		parts, _ := parseUnit(name)
		if f, err := u.locate(name, parts); err == nil && f.alias != "" && inConfig(f.link) {
			return fmt.Errorf("%s: only another name of %s: ask for that one", abs(f.link), f.alias)
		}
	}
	list, _, err := w.closure(u, true, names...)
	if err != nil {
		return err
	}
	var links []wanted
	for _, one := range list {
		l, err := w.linksOf(u, one, lenient)
		if err != nil {
			return err
		}
		links = append(links, l...)
	}
	if len(list) > 0 && !slices.ContainsFunc(list, func(o *unit) bool { return o.rules() || len(o.also) > 0 }) {
		w.alreadySo(list[0].path, "a static unit: no [Install] section says what would start it, so there is nothing to enable")
		return nil
	}
	todo, err := w.check(u, links)
	if err != nil {
		return err
	}
	for _, l := range todo {
		if err := w.link(l.path, l.target); err != nil {
			return err
		}
	}
	return nil
}

// linksOf gives the links that enable one unit.
func (w *work) linksOf(u *units, one *unit, lenient bool) ([]wanted, error) {
	var links []wanted
	for _, word := range one.alias {
		name, err := expand(word, one.name, one.parts)
		if err == nil {
			name, err = aliasOf(name, one)
		}
		if err != nil && !lenient {
			return nil, errorAt(one.path, err)
		}
		if err != nil {
			w.notes = append(w.notes, err.Error())
			continue
		}
		links = append(links, wanted{path.Join(configDir, name), one.target(), false})
	}
	name, any := one.name, true
	if one.parts.isTemplate() {
		if one.defaultInstance != "" {
			instance, err := expand(one.defaultInstance, one.name, one.parts)
			if err != nil {
				return nil, errorAt(one.path, err)
			}
			name = one.parts.with(instance)
			if parts, ok := parseUnit(name); !ok || !parts.isInstance() {
				return nil, fmt.Errorf("%s: DefaultInstance=%s makes no unit's name", abs(one.path), shorten(instance))
			}
			d, err := u.load(name)
			if err != nil {
				return nil, err
			}
			if d != nil && d.masked && !lenient {
				return nil, fmt.Errorf("%s: the unit is masked: unmask it first", abs(d.path))
			}
		} else {
			any = false
		}
	}
	for _, part := range []struct {
		words  []string
		folder string
	}{{one.wantedBy, ".wants"}, {one.requiredBy, ".requires"}, {one.upheldBy, ".upholds"}} {
		for _, word := range part.words {
			// Of the names in a template's own section, %i is that of its default instance.
			parts, _ := parseUnit(name)
			dst, err := expand(word, name, parts)
			if err == nil {
				err = destination(dst, one, any)
			}
			if err != nil && !lenient {
				return nil, errorAt(one.path, err)
			}
			if err != nil {
				w.notes = append(w.notes, err.Error())
				continue
			}
			links = append(links, wanted{path.Join(configDir, dst+part.folder, name), one.target(), true})
		}
	}
	return links, nil
}

// destination checks a word of WantedBy= and its like: only what has instances can want a template without one.
func destination(dst string, one *unit, any bool) error {
	parts, ok := parseUnit(dst)
	switch {
	case !ok:
		return fmt.Errorf("%q in the [Install] section of %s is no unit's name: mend it", shorten(dst), one.name)
	case !any && !parts.at:
		return fmt.Errorf("%s is a template without DefaultInstance=, and %s has no instances: name one (%s)",
			one.name, dst, one.parts.with("NAME"))
	}
	return nil
}

// aliasOf checks one name of Alias= and gives it as it is to be made.
func aliasOf(alias string, one *unit) (string, error) {
	bad := func(why string) error {
		return fmt.Errorf("Alias=%s of %s %s: mend it", shorten(alias), one.name, why)
	}
	dir, base, nested := strings.Cut(alias, "/")
	if !nested {
		base = alias
	}
	parts, ok := parseUnit(base)
	if !ok {
		return "", bad("is no unit's name")
	}
	if nested {
		kind := path.Ext(dir)
		if _, ok := parseUnit(strings.TrimSuffix(dir, kind)); !ok || kind != ".wants" && kind != ".requires" {
			return "", bad("is no unit's name")
		}
		if base != one.name && !(one.parts.isTemplate() && parts.isInstance() && parts.template() == one.name) {
			return "", bad("is a dependency under another name")
		}
		return alias, nil
	}
	if parts.isTemplate() && one.parts.isInstance() {
		parts.instance = one.parts.instance
		alias = parts.with(parts.instance)
	}
	switch {
	case parts.suffix != one.parts.suffix:
		return "", bad("is a unit of another kind")
	case parts.at != one.parts.at:
		return "", bad("mixes a template with a plain unit")
	case parts.isTemplate() != one.parts.isTemplate() && !(one.parts.isTemplate() && parts.isInstance()):
		return "", bad("mixes a template with an instance")
	case parts.isInstance() && one.parts.isInstance() && parts.instance != one.parts.instance:
		return "", bad("has another instance")
	}
	return alias, nil
}

// check leaves out the links that are there and refuses those whose place is taken.
func (w *work) check(u *units, links []wanted) ([]wanted, error) {
	var todo []wanted
	seen := make(map[string]string, len(links))
	for _, l := range links {
		if other, ok := seen[l.path]; ok && other != l.target {
			return nil, fmt.Errorf("%s: would have to lead to %s and to %s: both units have this name in their [Install] sections", abs(l.path), other, l.target)
		} else if ok {
			continue
		}
		seen[l.path] = l.target
		r, err := overlay.ResolveLink(w.t, abs(l.path))
		if err != nil {
			return nil, err
		}
		if !r.Exists() {
			todo = append(todo, l)
			continue
		}
		if r.Info.Mode()&fs.ModeSymlink == 0 {
			return nil, fmt.Errorf("%s: a file stands where a link to %s shall go: remove it first", r.Path(), l.target)
		}
		is, err := overlay.Resolve(w.t, abs(l.path))
		if err != nil {
			return nil, err
		}
		want, err := overlay.Resolve(w.t, l.target)
		if err != nil {
			return nil, err
		}
		switch {
		case is.Name == want.Name:
		case l.force, !is.Exists() && is.Name != "dev/null":
			todo = append(todo, l)
		default:
			return nil, fmt.Errorf("%s: leads to %s and cannot be an alias of %s, too: remove it first", r.Path(), is.Path(), l.target)
		}
	}
	return todo, nil
}
