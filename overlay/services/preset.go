package services

import (
	"fmt"
	"strings"

	"lbimage/overlay"
)

// presetDirs are the folders of presets, the first one with a file's name counts.
var presetDirs = []string{"etc/systemd/system-preset", "run/systemd/system-preset", "usr/local/lib/systemd/system-preset",
	"usr/lib/systemd/system-preset", "lib/systemd/system-preset"}

// verdict is what a preset says of a unit.
type verdict struct {
	enable    bool
	ignore    bool
	instances []string // for a template: those to enable
	file      string   // the file that says so; empty: nothing does, and the default is to enable
}

// rule is one line of a preset.
type rule struct {
	verdict
	pattern string
}

// Bounds on presets: a longer pattern fits no unit that a person had in mind.
const (
	maxPattern = 1024
	maxRules   = 10_000
)

// readPresets reads all rules in their order.
func readPresets(t overlay.ReadTree) ([]rule, error) {
	files, err := byName(t, presetDirs, ".preset")
	if err != nil {
		return nil, err
	}
	rules := []rule{}
	for _, f := range files {
		text, err := readText(t, f)
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			r, ok := parseRule(line)
			if !ok {
				continue
			}
			if len(rules) == maxRules {
				return nil, fmt.Errorf("%s: the presets have more than %d rules together", abs(f), maxRules)
			}
			r.file = f
			rules = append(rules, r)
		}
	}
	return rules, nil
}

func parseRule(line string) (rule, bool) {
	words := strings.Fields(line)
	if len(words) < 2 || len(words[1]) > maxPattern || strings.HasPrefix(words[0], "#") || strings.HasPrefix(words[0], ";") {
		return rule{}, false
	}
	r := rule{pattern: words[1]}
	switch words[0] {
	case "enable":
		r.enable, r.instances = true, words[2:]
	case "disable", "ignore":
		r.ignore = words[0] == "ignore"
		return r, len(words) == 2 // a pattern with blanks fits no unit
	default:
		return rule{}, false
	}
	return r, true
}

// presetOf looks for the first rule that fits a unit.
func presetOf(rules []rule, name string) verdict {
	parts, _ := parseUnit(name)
	for _, r := range rules {
		switch {
		case glob(r.pattern, name):
			v := r.verdict
			if !parts.isTemplate() {
				v.instances = nil
			}
			return v
		case parts.isInstance() && containsString(r.instances, parts.instance) && glob(r.pattern, parts.template()):
			v := r.verdict // a rule that lists instances holds for those, too
			v.instances = nil
			return v
		}
	}
	return verdict{enable: true}
}

// preset does what the image's presets say.
func (w *work) preset(u *units, name string) error {
	one, err := u.load(name)
	if err != nil {
		return err
	}
	switch {
	case one == nil:
		return unknown(w.t, name)
	case one.masked:
		w.alreadySo(one.path, "masked: a preset leaves it so")
		return nil
	case one.name != name:
		w.alreadySo(one.path, name+" is an alias of "+one.name+": a preset leaves it so")
		return nil
	}
	rules, err := readPresets(w.t)
	if err != nil {
		return err
	}
	v := presetOf(rules, name)
	if v.file == "" {
		w.notes = append(w.notes, "no preset of the image names "+name+": the default is to enable it")
	} else {
		w.notes = append(w.notes, "as "+abs(v.file)+" says")
	}
	switch {
	case v.ignore:
		return nil
	case !v.enable:
		return w.removeLinks(map[string]bool{one.name: true}) // a preset leaves what Also= names to itself
	}
	names := []string{name}
	if len(v.instances) > 0 {
		names = nil
		for _, i := range v.instances {
			names = append(names, one.parts.with(i))
		}
	}
	return w.enableUnits(u, true, names...)
}

// glob matches as fnmatch(3) does without escapes: * ? and [a-z], where no slash is special. It takes time in proportion to
// both lengths at most.
func glob(pattern, name string) bool {
	p, n := 0, 0
	star, mark := -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, n
			p++
			continue
		}
		if p < len(pattern) {
			if size, ok := globOne(pattern[p:], name[n]); ok {
				p += size
				n++
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, n = star+1, mark
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// globOne matches one byte with the head of a pattern, and says how long that head is.
func globOne(pattern string, c byte) (size int, ok bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		end := strings.IndexByte(pattern[min(2, len(pattern)):], ']')
		if end < 0 {
			return 1, c == '['
		}
		size = end + 3
		set := pattern[1 : size-1]
		not := set[0] == '!' || set[0] == '^'
		if not {
			if set = set[1:]; set == "" { // []] and its like
				end := strings.IndexByte(pattern[size:], ']')
				if end < 0 {
					return 1, c == '['
				}
				set = pattern[size-1 : size+end]
				size += end + 1
			}
		}
		return size, inSet(set, c) != not
	}
	return 1, pattern[0] == c
}

func inSet(set string, c byte) bool {
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			if set[i] <= c && c <= set[i+2] {
				return true
			}
			i += 2
			continue
		}
		if set[i] == c {
			return true
		}
	}
	return false
}

// presetState is enabled or disabled, for a list.
func presetState(rules []rule, name string) string {
	v := presetOf(rules, name)
	switch {
	case v.ignore:
		return ""
	case v.enable:
		return "enabled"
	}
	return "disabled"
}
