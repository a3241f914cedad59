package survey

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// itoa writes a number.
func itoa(n int) string { return strconv.Itoa(n) }

// grub2 reads grub.cfg, which is a script: it is followed as far as it decides what is started.
func grub2(t overlay.ReadTree) (Menu, bool, error) {
	text, at, err := first(t, maxMenu, "/boot/grub2/grub.cfg", "/boot/grub/grub.cfg", "/grub2/grub.cfg", "/grub/grub.cfg")
	if err != nil || at == "" {
		return Menu{}, false, err
	}
	m := Menu{Loader: GRUB2, Path: at, Default: -1, Entries: []Entry{}}
	left := maxGrubSteps
	g := &grubRun{tree: t, left: &left, menu: &m, functions: map[string][]grubStatement{}, vars: map[string]string{
		"prefix": path.Dir(at), "root": "hd0,msdos1", "config_directory": path.Dir(at), "config_file": at,
		"grub_platform": "pc", "grub_cpu": "i386", "cmdpath": path.Dir(at),
	}}
	for _, f := range []string{"chainloader_bpb", "ntldr", "platform_search_hint", "default_font_path", "all_video_module", "menuentry_id",
		"menuentry_options", "200_final", "nativedisk_cmd", "timeout_style", "search_cryptodisk_only", "tpm_cap_size"} {
		g.vars["feature_"+f] = "y"
	}
	body, err := parseGrub(text)
	if err != nil { // what stands before is followed all the same
		m.Notes = noted(m.Notes, at+": "+err.Error())
	}
	if _, err := g.commands(body); err != nil {
		m.Notes = noted(m.Notes, at+": "+err.Error())
	}
	m.Asked = g.vars["default"]
	submenus := g.follow(g.bodies, 0)
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.SearchUUID == "" && e.SearchLabel == "" {
			e.SearchUUID, e.SearchLabel, e.SearchLine = g.search.SearchUUID, g.search.SearchLabel, g.search.SearchLine
		}
	}
	m.grubDefault(submenus)
	return m, true, nil
}

// follow follows the bodies of entries and submenus, and gives the submenus' names by their places.
func (g *grubRun) follow(bodies []grubBody, depth int) map[string]string {
	names := map[string]string{}
	for _, b := range bodies {
		c := g.child(b.place)
		if b.entry >= 0 {
			// The entry is written to by its index: following it may not move it.
			e := g.menu.Entries[b.entry]
			c.entry = &e
			_, err := c.commands(b.body)
			g.menu.Entries[b.entry] = e
			g.note(err)
		} else if depth < maxGrubDepth {
			place := strings.TrimSuffix(b.place, ">")
			names[place] = g.vars[" submenu "+place]
			_, err := c.commands(b.body)
			g.note(err)
			for p, n := range c.follow(c.bodies, depth+1) {
				names[p] = n
			}
		}
	}
	return names
}

func (g *grubRun) note(err error) {
	if err != nil && !slices.Contains(g.menu.Notes, g.menu.Path+": "+err.Error()) {
		g.menu.Notes = noted(g.menu.Notes, g.menu.Path+": "+err.Error())
	}
}

// grubDefault finds the entry that is started. It is asked for by a number, an identifier or a title, in submenus
// one after the other: "1>0", "Advanced options>Linux 4.9".
func (m *Menu) grubDefault(submenus map[string]string) {
	if len(m.Entries) == 0 {
		return
	}
	place := ""
	asked := m.Asked
	for asked != "" {
		word, rest, deeper := cutPlace(asked)
		if i, err := strconv.Atoi(word); err == nil {
			word = place + strconv.Itoa(i)
		} else {
			found := ""
			for _, e := range m.Entries {
				if path.Dir(strings.ReplaceAll(e.place, ">", "/")) == cmp.Or(strings.TrimSuffix(strings.ReplaceAll(place, ">", "/"), "/"), ".") && (e.ID == word || e.Title == word) {
					found = e.place
					break
				}
			}
			for p := range submenus {
				if submenus[p] == word && strings.HasPrefix(p, place) && (found == "" || p < found) && deeper {
					found = p
				}
			}
			if found == "" { // blscfg and grubby know an entry wherever it is
				for _, e := range m.Entries {
					if e.ID == word || e.Title == word {
						found = e.place
						break
					}
				}
			}
			if found == "" {
				break
			}
			word = found
		}
		for i, e := range m.Entries {
			if e.place == word {
				m.Default = i
				return
			}
		}
		if !deeper { // a submenu: its first entry
			asked, place = "0", word+">"
			if len(place) > maxGrubWord {
				break
			}
			if _, ok := submenus[word]; !ok {
				break
			}
			continue
		}
		asked, place = rest, word+">"
	}
	if m.Default < 0 {
		m.Default = 0 // what is not there is as if nothing was asked for
		for i, e := range m.Entries {
			if e.place == "0" {
				m.Default = i
			}
		}
	}
}

// cutPlace cuts a default at its first ">". Twice it stands for itself, in a title.
func cutPlace(s string) (word, rest string, deeper bool) {
	const twice = "\x00"
	word, rest, deeper = strings.Cut(strings.ReplaceAll(s, ">>", twice), ">")
	return strings.ReplaceAll(word, twice, ">"), strings.ReplaceAll(rest, twice, ">>"), deeper
}

// test answers what is asked between brackets.
func (g *grubRun) test(args []string) bool {
	for i, a := range args { // or binds less than and
		if a == "-o" {
			return g.test(args[:i]) || g.test(args[i+1:])
		}
	}
	for i, a := range args {
		if a == "-a" {
			return g.test(args[:i]) && g.test(args[i+1:])
		}
	}
	switch {
	case len(args) == 0:
		return false
	case args[0] == "!" && len(args) > 1:
		return !g.test(args[1:])
	case len(args) == 1:
		return args[0] != ""
	case len(args) == 2:
		return g.unary(args[0], args[1])
	case len(args) == 3:
		return binaryTest(args[0], args[1], args[2])
	}
	return false
}

func (g *grubRun) unary(op, arg string) bool {
	switch op {
	case "-n":
		return arg != ""
	case "-z":
		return arg == ""
	case "-e", "-f", "-s", "-d":
		name := g.file(arg)
		for _, at := range []string{name, path.Join("/boot", name)} {
			r, err := overlay.Resolve(g.tree, at)
			if err != nil || !r.Exists() {
				continue
			}
			return op == "-e" || op == "-f" && r.Info.Mode().IsRegular() || op == "-d" && r.Info.IsDir() || op == "-s" && r.Info.Size() > 0
		}
	}
	return false
}

func binaryTest(a, op, b string) bool {
	x, err1 := strconv.ParseInt(a, 10, 64)
	y, err2 := strconv.ParseInt(b, 10, 64)
	numbers := err1 == nil && err2 == nil
	switch op {
	case "=", "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "-eq":
		return numbers && x == y
	case "-ne":
		return numbers && x != y
	case "-lt":
		return numbers && x < y
	case "-le":
		return numbers && x <= y
	case "-gt":
		return numbers && x > y
	case "-ge":
		return numbers && x >= y
	}
	return false
}
