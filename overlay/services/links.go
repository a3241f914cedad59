package services

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// rcLevels are the folders of links, by the letter in their names. S, for what runs before all levels, is Debian's.
const rcLevels = "0123456S"

// rcLink is one link in an rc folder: S90ntpd.
type rcLink struct {
	start    bool
	priority int
	name     string // ntpd
}

func (l rcLink) String() string {
	letter := 'K'
	if l.start {
		letter = 'S'
	}
	return fmt.Sprintf("%c%02d%s", letter, l.priority, l.name)
}

func parseLink(s string) (rcLink, bool) {
	if len(s) < 4 || s[0] != 'S' && s[0] != 'K' || !digit(s[1]) || !digit(s[2]) {
		return rcLink{}, false
	}
	return rcLink{s[0] == 'S', int(s[1]-'0')*10 + int(s[2]-'0'), s[3:]}, true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// rcDirs are an image's folders of links and what is in them.
type rcDirs struct {
	dirs  [len(rcLevels)]string // without links
	links [len(rcLevels)]map[string][]rcLink
	old   [len(rcLevels)]map[string][]rcLink // those that differ now, as they are in the tree
}

// rcFolder is where the links of a level lie: /etc/rcN.d, which Enterprise Linux keeps as a link to /etc/rc.d/rcN.d.
func rcFolder(t overlay.ReadTree, level byte) string {
	name := "rc" + string(level) + ".d"
	for _, dir := range []string{"etc", "etc/rc.d"} {
		if r, err := overlay.Resolve(t, path.Join(dir, name)); err == nil && r.Exists() && r.Info.IsDir() {
			return r.Name
		}
	}
	if r, err := overlay.Resolve(t, "etc/rc.d"); err == nil && r.Exists() && r.Info.IsDir() {
		return path.Join(r.Name, name)
	}
	return path.Join("etc", name)
}

func readLinks(t overlay.ReadTree) (*rcDirs, error) {
	rc := &rcDirs{}
	total := 0
	for i := range rcLevels {
		rc.dirs[i] = rcFolder(t, rcLevels[i])
		rc.links[i], rc.old[i] = make(map[string][]rcLink), make(map[string][]rcLink)
		_, names, err := folder(t, rc.dirs[i])
		if err != nil {
			return nil, err
		}
		if total += len(names); total > maxFiles {
			return nil, fmt.Errorf("%s: more than %d links in the folders of run levels", abs(rc.dirs[i]), maxFiles)
		}
		for _, n := range names {
			if l, ok := parseLink(n); ok {
				rc.links[i][l.name] = append(rc.links[i][l.name], l)
			}
		}
	}
	return rc, nil
}

// at gives the link of a service in a level. Where there are several, one that starts it counts.
func (rc *rcDirs) at(level int, name string) (rcLink, bool) {
	list := rc.links[level][name]
	for _, l := range list {
		if l.start {
			return l, true
		}
	}
	if len(list) == 0 {
		return rcLink{}, false
	}
	return list[0], true
}

// on are the levels of chkconfig's seven in which a service is started.
func (rc *rcDirs) on(name string) levels {
	var l levels
	for level := range 7 {
		if link, ok := rc.at(level, name); ok && link.start {
			l |= 1 << level
		}
	}
	return l
}

// configured are the levels in which a service has a link.
func (rc *rcDirs) configured(name string) levels {
	var l levels
	for level := range 7 {
		if len(rc.links[level][name]) > 0 {
			l |= 1 << level
		}
	}
	return l
}

// set leaves a service with just these links in a level.
func (rc *rcDirs) set(level int, name string, links ...rcLink) {
	if _, seen := rc.old[level][name]; !seen {
		rc.old[level][name] = rc.links[level][name]
	}
	rc.links[level][name] = links
}

// write brings the tree to what was set.
func (rc *rcDirs) write(w *work) error {
	for i := range rcLevels {
		names := make([]string, 0, len(rc.old[i]))
		for name := range rc.old[i] {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if err := rc.writeOne(w, i, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (rc *rcDirs) writeOne(w *work, i int, name string) error {
	for _, l := range rc.old[i][name] {
		if !slices.Contains(rc.links[i][name], l) {
			if err := w.remove(path.Join(rc.dirs[i], l.String())); err != nil {
				return err
			}
		}
	}
	for _, l := range rc.links[i][name] {
		file, target := path.Join(rc.dirs[i], l.String()), "../init.d/"+l.name
		if rc.leadsThere(w.t, file, target) {
			continue
		}
		if err := w.link(file, target); err != nil {
			return err
		}
	}
	return nil
}

func (rc *rcDirs) leadsThere(t overlay.ReadTree, file, target string) bool {
	got, err := t.ReadLink(file)
	return err == nil && got == target
}

// scriptName is the name in init.d of what may be asked for as ntpd.service.
func scriptName(name string) string { return strings.TrimSuffix(name, ".service") }
