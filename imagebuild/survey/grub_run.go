package survey

import (
	"errors"
	"maps"
	"path"
	"regexp"
	"strings"

	"lbimage/overlay"
)

// grubRun follows a script of GRUB as far as it decides what is started. Nothing is run: commands that look at the
// machine are taken to succeed, but for those by which grub-mkconfig asks for what a plain machine has not.
type grubRun struct {
	tree      overlay.ReadTree
	vars      map[string]string
	functions map[string][]grubStatement
	left      *int // steps that may still be taken, of all bodies and files together
	depth     int
	menu      *Menu
	entry     *Entry // whose body is followed; nil for the menu itself
	bodies    []grubBody
	place     string // of the submenu that is followed: "1>"
	count     int    // entries and submenus at this place
	search    Entry  // what was looked for, outside entries
}

// grubBody is an entry, or a submenu, whose commands are followed once the whole file has been.
type grubBody struct {
	entry int // index; -1 for a submenu
	body  []grubStatement
	place string
}

var errGrubSteps = errors.New("the script has more steps than are followed")

// commands follows statements and gives whether the last one succeeded.
func (g *grubRun) commands(all []grubStatement) (bool, error) {
	if g.depth++; g.depth > maxGrubDepth {
		return false, errGrubDepth
	}
	defer func() { g.depth-- }()
	ok := true
	for _, s := range all {
		if !g.step(1) {
			return false, errGrubSteps
		}
		var err error
		if ok, err = g.statement(s); err != nil {
			return false, err
		}
	}
	return ok, nil
}

func (g *grubRun) statement(s grubStatement) (bool, error) {
	switch s.kind {
	case "if":
		for _, arm := range s.arms {
			ok := true
			var err error
			if arm.condition != nil {
				if ok, err = g.commands(arm.condition); err != nil {
					return false, err
				}
			}
			if ok {
				return g.commands(arm.body)
			}
		}
		return true, nil
	case "while", "until":
		for {
			ok, err := g.commands(s.arms[0].condition)
			if err != nil || ok != (s.kind == "while") {
				return true, err
			}
			if _, err := g.commands(s.arms[0].body); err != nil {
				return false, err
			}
			if !g.step(1) {
				return false, errGrubSteps
			}
		}
	case "for":
		words := g.expand(s.words)
		for _, w := range words[min(2, len(words)):] { // name in …
			g.assign(s.name, w)
			if _, err := g.commands(s.arms[0].body); err != nil {
				return false, err
			}
		}
		return true, nil
	case "function":
		g.functions[s.name] = s.arms[0].body
		return true, nil
	}
	return g.command(s)
}

// expand replaces variables. Blanks in what is not quoted part words.
func (g *grubRun) expand(tokens []grubToken) []string {
	var out []string
	for _, k := range tokens {
		var word strings.Builder
		have := false
		for _, p := range k.pieces {
			text := p.text
			if p.variable {
				text = g.vars[text]
			}
			if word.Len()+len(text) > maxGrubWord || !g.step(len(text)/64) {
				text = ""
			}
			if !p.variable || p.quoted {
				word.WriteString(text)
				have = true
				continue
			}
			for i, part := range strings.FieldsFunc(" "+text+" ", func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }) {
				if i > 0 && have {
					out = append(out, word.String())
					word.Reset()
				}
				word.WriteString(part)
				have = true
			}
		}
		if have {
			out = append(out, word.String())
		}
		if len(out) > maxEntries {
			break
		}
	}
	return out
}

var grubAssignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z_0-9]*)=`)

func (g *grubRun) command(s grubStatement) (bool, error) {
	words := g.expand(s.words)
	if len(words) == 0 {
		return true, nil
	}
	not := false
	for len(words) > 1 && words[0] == "!" {
		not, words = !not, words[1:]
	}
	ok, err := g.named(s, words[0], words[1:])
	return ok != not, err
}

func (g *grubRun) named(s grubStatement, name string, args []string) (bool, error) {
	if body, ok := g.functions[name]; ok {
		return g.commands(body)
	}
	if m := grubAssignment.FindString(name); m != "" {
		g.assign(m[:len(m)-1], name[len(m):])
		return true, nil
	}
	switch name {
	case "set":
		for _, a := range args {
			if k, v, ok := strings.Cut(a, "="); ok {
				g.assign(k, v)
			}
		}
	case "unset":
		for _, a := range args {
			delete(g.vars, a)
		}
	case "true":
	case "false", "loadfont", "keystatus", "cmosdump", "cmostest", "background_color", "background_image", "sleep", "cpuid", "nativedisk", "smbios":
		return false, nil
	case "[", "test":
		if name == "[" && len(args) > 0 && args[len(args)-1] == "]" {
			args = args[:len(args)-1]
		}
		return g.test(args), nil
	case "load_env":
		g.loadEnv(args)
	case "source", ".", "configfile", "extract_entries_source", "normal":
		return g.include(name, args)
	case "menuentry", "submenu":
		return true, g.offer(s, name, args)
	case "blscfg":
		g.bls()
	case "serial":
		g.menu.Serial = true
	case "terminal_output", "terminal_input", "terminal":
		g.menu.Serial = g.menu.Serial || strings.Contains(strings.Join(args, " "), "serial")
	case "search", "search.fs_uuid", "search.fs_label":
		g.find(name, args, s.line)
	default:
		g.load(name, args, s.line)
	}
	return true, nil
}

// step takes n steps and says whether there were that many left.
func (g *grubRun) step(n int) bool {
	*g.left -= n
	return *g.left >= 0
}

// assign sets a variable, as long as there are not too many.
func (g *grubRun) assign(name, value string) {
	if _, ok := g.vars[name]; ok || len(g.vars) < maxGrubVars {
		g.vars[name] = value
	}
}

// file is where a name of GRUB lies in the image.
func (g *grubRun) file(name string) string {
	if strings.HasPrefix(name, "(") {
		if _, rest, ok := strings.Cut(name, ")"); ok {
			return rest
		}
	}
	return name
}

func (g *grubRun) loadEnv(args []string) {
	name := path.Join(g.file(g.vars["prefix"]), "grubenv")
	for i, a := range args {
		if f, ok := strings.CutPrefix(a, "--file="); ok {
			name = g.file(f)
		} else if (a == "-f" || a == "--file") && i+1 < len(args) {
			name = g.file(args[i+1])
		}
	}
	lines, _ := text(g.tree, name, 1<<16)
	for line := range strings.Lines(lines) {
		if k, v, ok := strings.Cut(strings.TrimRight(line, "\n"), "="); ok && !strings.HasPrefix(k, "#") {
			g.assign(k, strings.ReplaceAll(v, `\`, ""))
		}
	}
}

// include follows another file. In an entry it is what the entry starts.
func (g *grubRun) include(name string, args []string) (bool, error) {
	if len(args) == 0 {
		return true, nil
	}
	if g.entry != nil && name == "configfile" {
		g.entry.Chain = args[0]
		return true, nil
	}
	r, ok := BootFile(g.tree, g.file(args[0]))
	if !ok {
		return false, nil
	}
	b, _, err := overlay.ReadFile(g.tree, r.Name, maxMenu)
	if err != nil {
		return false, nil
	}
	body, err := parseGrub(string(b))
	if err != nil {
		g.menu.Notes = noted(g.menu.Notes, r.Path()+": "+err.Error())
	}
	if !g.step(100 + len(b)/16) {
		return false, errGrubSteps
	}
	return g.commands(body)
}

// offer takes an entry of the menu, or a submenu, in.
func (g *grubRun) offer(s grubStatement, kind string, args []string) error {
	var e Entry
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--class", a == "--users", a == "--hotkey":
			i++
		case a == "--id" && i+1 < len(args):
			i++
			e.ID = args[i]
		case strings.HasPrefix(a, "--id="):
			e.ID = a[5:]
		case strings.HasPrefix(a, "--"):
		case e.Title == "":
			e.Title = a
		}
	}
	e.Line = s.line
	e.place = g.place + itoa(g.count)
	g.count++
	if len(s.arms) == 0 {
		return nil
	}
	if len(g.bodies) >= maxEntries {
		g.menu.Notes = noted(g.menu.Notes, g.menu.Path+": more entries than are looked at")
		return nil
	}
	if kind == "submenu" {
		title := e.Title
		if e.ID != "" {
			title = e.ID
		}
		g.bodies = append(g.bodies, grubBody{-1, s.arms[0].body, e.place + ">"})
		g.vars[" submenu "+e.place] = title
		return nil
	}
	g.menu.Entries = append(g.menu.Entries, e)
	g.bodies = append(g.bodies, grubBody{len(g.menu.Entries) - 1, s.arms[0].body, ""})
	return nil
}

// bls takes the entries of /boot/loader/entries in.
func (g *grubRun) bls() {
	dir := "/boot/loader/entries"
	if d := g.vars["blsdir"]; d != "" {
		dir = g.file(d)
	}
	for _, e := range blsEntries(g.tree, dir, g.vars) {
		if len(g.menu.Entries) < maxEntries {
			e.place = g.place + itoa(g.count)
			g.count++
			g.menu.Entries = append(g.menu.Entries, e)
		}
	}
}

// find notes which file system is looked for.
func (g *grubRun) find(name string, args []string, line int) {
	kind, what := strings.TrimPrefix(name, "search."), ""
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--fs-uuid" || a == "-u":
			kind = "fs_uuid"
		case a == "--label" || a == "-l" || a == "--fs-label":
			kind = "fs_label"
		case a == "--file" || a == "-f":
			kind = "file"
		case a == "--hint":
			i++
		case strings.HasPrefix(a, "-"):
		case what == "":
			what = a
		}
	}
	e := &g.search
	if g.entry != nil {
		e = g.entry
	}
	switch kind {
	case "fs_uuid":
		e.SearchUUID, e.SearchLabel, e.SearchLine = what, "", line
	case "fs_label":
		e.SearchLabel, e.SearchUUID, e.SearchLine = what, "", line
	}
}

// load takes commands that load a system in.
func (g *grubRun) load(name string, args []string, line int) {
	e := g.entry
	if e == nil || len(args) == 0 {
		return
	}
	switch name {
	case "linux", "linux16", "linuxefi":
		e.Kernel, e.Args, e.KernelLine = args[0], strings.Join(args[1:], " "), line
	case "initrd", "initrd16", "initrdefi":
		e.Initrd, e.InitrdLine = args, line
	case "multiboot", "multiboot2", "xen_hypervisor":
		e.Chain = args[0]
	case "module", "module2", "xen_module":
		for len(args) > 1 && strings.HasPrefix(args[0], "--") {
			args = args[1:]
		}
		if e.Kernel == "" {
			e.Kernel, e.Args, e.KernelLine = args[0], strings.Join(args[1:], " "), line
		} else {
			e.Initrd, e.InitrdLine = append(e.Initrd, args[0]), line
		}
	case "chainloader":
		e.Chain = args[len(args)-1]
	}
}

// child is a run for a body, in which variables are its own.
func (g *grubRun) child(place string) *grubRun {
	c := *g
	c.vars = maps.Clone(g.vars)
	c.place, c.count, c.bodies, c.depth = place, 0, nil, g.depth+1
	return &c
}
