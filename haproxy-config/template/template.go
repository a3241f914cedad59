package template

import (
	"fmt"
	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/keywords"
	"lbimage/haproxy-config/nearest"
	"slices"
	"strconv"
	"strings"
)

// Setting is a name and the value that it is to have.
type Setting struct{ Name, Value string }

// ParseSetting reads NAME=VALUE; the first = divides.
func ParseSetting(s string) (Setting, error) {
	name, value, ok := strings.Cut(s, "=")
	name = strings.Join(strings.Fields(name), " ")
	if !ok || name == "" {
		return Setting{}, fmt.Errorf("%q is not of the form NAME=VALUE", s)
	}
	return Setting{Name: name, Value: haproxyconfig.TrimBlanks(value)}, nil
}

// Edits are changes to a template, in the order in which new lines are
// to be added. The zero value changes nothing.
type Edits struct {
	// Timeouts of the defaults section, by the names that [TimeoutNames] gives.
	Timeouts []Setting
	// Set sets directives by keyword. A known one goes where it stands already,
	// else to the section it belongs to; with a section before it, as in
	// global.maxconn or defaults.maxconn, it goes there, known or not.
	Set []Setting
	// Options of the defaults section: NAME, 'NAME ARGS…', or 'no NAME'.
	Options []string
	// HAProxy is the version that will read the template, if it is known. It
	// decides how lines are cut into words and which timeouts there are.
	HAProxy Version
}

// maxTemplate bounds what is taken for a template, in bytes.
const maxTemplate = 1 << 20

// step is one edit, ready to be made.
type step struct {
	section string // "" until it is known where the directive stands
	homes   []string
	keyword string
	value   string
	option  *haproxyconfig.Option
	repeats bool
}

// Empty reports whether nothing is asked for.
func (t Edits) Empty() bool {
	return len(t.Timeouts) == 0 && len(t.Set) == 0 && len(t.Options) == 0
}

// Validate tells what is wrong with the edits themselves, whatever the template.
func (t Edits) Validate() error {
	_, err := t.steps()
	return err
}

// Apply gives the text of the template with the edits made, and what changed.
// With any edit at all, the deprecated contimeout, clitimeout and srvtimeout are
// spelled anew first ([haproxyconfig.Editor.ModernizeTimeouts]), so that no line contradicts
// another. Applied again, the same edits change nothing. Without edits the text
// is given back as it is. A text of more than 1 MiB is refused.
func (t Edits) Apply(template []byte) ([]byte, []haproxyconfig.Change, error) {
	steps, err := t.steps()
	if err != nil {
		return nil, nil, err
	}
	if len(template) > maxTemplate {
		return nil, nil, fmt.Errorf("template of %d bytes: over the limit of %d", len(template), maxTemplate)
	}
	if t.Empty() {
		return template, nil, nil
	}
	f := haproxyconfig.ParseDialect(template, haproxyconfig.DialectOf(t.HAProxy))
	e := f.Edit()
	e.ModernizeTimeouts()
	for i := range steps {
		if err := apply(e, &steps[i]); err != nil {
			return nil, nil, err
		}
	}
	out := f.Bytes()
	if err := readBack(haproxyconfig.ParseDialect(out, f.Dialect()), steps); err != nil {
		return nil, nil, err
	}
	return out, e.Changes(), nil
}

func apply(e *haproxyconfig.Editor, s *step) error {
	s.section = s.home(e.File())
	in := haproxyconfig.SectionRef{Kind: s.section}
	switch {
	case s.option != nil:
		return e.Option(in, *s.option)
	case s.repeats:
		return e.Add(in, s.keyword, s.value)
	}
	return e.Set(in, s.keyword, s.value)
}

// home is the section where the directive stands, or else where it belongs.
func (s *step) home(f *haproxyconfig.File) string {
	if s.section != "" {
		return s.section
	}
	for _, kind := range s.homes {
		if _, ok := f.Get(haproxyconfig.SectionRef{Kind: kind}, s.keyword); ok {
			return kind
		}
	}
	return s.homes[0]
}

// readBack makes sure that the new text says what was asked for.
func readBack(f *haproxyconfig.File, steps []step) error {
	for _, s := range steps {
		in := haproxyconfig.SectionRef{Kind: s.section}
		if s.option != nil {
			if on, ok := f.OptionState(in, s.option.Name); !ok || on == s.option.Off {
				return fmt.Errorf("%s: %s does not read back; mend the section by hand first", s.section, s.option)
			}
			continue
		}
		if s.repeats {
			continue
		}
		if got, ok := f.Get(in, s.keyword); !ok || !slices.Equal(haproxyconfig.Values(got, f.Dialect()), haproxyconfig.Values(s.value, f.Dialect())) {
			return fmt.Errorf("%s: %s reads back as %q and not as %q; mend the section by hand first", s.section, s.keyword, got, s.value)
		}
	}
	return nil
}

// steps checks all edits and brings them into one list.
func (t Edits) steps() ([]step, error) {
	var all []step
	add := func(s step, err error) error {
		if err != nil {
			return err
		}
		all = append(all, s)
		return contradiction(all)
	}
	for _, s := range t.Timeouts {
		if err := add(t.timeoutStep(s)); err != nil {
			return nil, err
		}
	}
	for _, s := range t.Set {
		if err := add(t.setStep(s)); err != nil {
			return nil, err
		}
	}
	for _, o := range t.Options {
		if err := add(t.optionStep(o)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// contradiction refuses two edits of one directive that ask for different things.
func contradiction(all []step) error {
	last := all[len(all)-1]
	for _, s := range all[:len(all)-1] {
		same := s.keyword == last.keyword && s.section == last.section && !s.repeats
		if same && (s.value != last.value || s.option != nil && s.option.Off != last.option.Off) {
			return fmt.Errorf("%s is asked for twice and differently; ask for it once", last.keyword)
		}
	}
	return nil
}

// available refuses what the version that will read the template does not know.
func (t Edits) available(e *keywords.Entry, what string) error {
	switch e.At(t.HAProxy) {
	case keywords.Future:
		return fmt.Errorf("%s is not known to HAProxy %s, it came with %s; leave it out", what, t.HAProxy, e.Since)
	case keywords.Removed:
		return fmt.Errorf("%s is not known to HAProxy %s any more, it went with %s; leave it out", what, t.HAProxy, e.Removed)
	}
	return nil
}

// misplaced names the section that a keyword belongs to, where it is not the one given.
func misplaced(section, keyword string) string {
	other := map[string]string{"global": "defaults", "defaults": "global"}[section]
	if other == "" {
		return ""
	}
	if _, known := stands(section, keyword); known {
		return ""
	}
	if here, _ := stands(other, keyword); here {
		return other
	}
	return ""
}

func (t Edits) timeoutStep(s Setting) (step, error) {
	e := keywords.Of("timeouts").Get(s.Name)
	for _, old := range haproxyconfig.OldTimeouts() {
		if s.Name == old.Word {
			return step{}, fmt.Errorf("timeout %s: its name is now %s", s.Name, old.Name)
		}
	}
	switch {
	case e == nil && nearest.Word(s.Name, TimeoutNames()) != "":
		return step{}, fmt.Errorf("timeout %s is not known%s", s.Name, nearest.Suggestion(s.Name, TimeoutNames()))
	case e == nil:
		return step{}, fmt.Errorf("timeout %s is not known; there are %s", s.Name, strings.Join(TimeoutNames(), ", "))
	}
	if err := t.available(e, "timeout "+s.Name); err != nil {
		return step{}, err
	}
	if _, err := haproxyconfig.ParseTime(s.Value); err != nil {
		return step{}, fmt.Errorf("timeout %s: %w", s.Name, err)
	}
	return step{section: "defaults", keyword: "timeout " + s.Name, value: s.Value}, nil
}

func (t Edits) setStep(s Setting) (step, error) {
	section, keyword := "", strings.Join(strings.Fields(s.Name), " ")
	if kind, rest, ok := strings.Cut(keyword, "."); ok && haproxyconfig.IsSectionWord(strings.TrimSpace(kind)) {
		section, keyword = strings.TrimSpace(kind), strings.TrimSpace(rest)
		if section != "global" && section != "defaults" {
			return step{}, fmt.Errorf("%s: a template is set in global and defaults only", s.Name)
		}
	}
	info, known := settableKeyword(keyword)
	first, rest, _ := strings.Cut(keyword, " ")
	switch {
	case keyword == "":
		return step{}, fmt.Errorf("%q names no directive", s.Name)
	case first == "timeout" && section != "global":
		return t.timeoutStep(Setting{Name: rest, Value: s.Value})
	case first == "option" || first == "no" || first == "default":
		return step{}, fmt.Errorf("%s is no setting; ask for it as an option", keyword)
	case !known && section == "" || isOldWord(first):
		return step{}, t.unknown(keyword)
	case misplaced(section, keyword) != "":
		return step{}, fmt.Errorf("%s does not stand in %s; it belongs to %s", keyword, section, misplaced(section, keyword))
	case known && section != "" && !slices.Contains(info.homes, section):
		return step{}, fmt.Errorf("%s does not stand in %s; it belongs to %s", keyword, section, strings.Join(info.homes, " or "))
	case known && info.keyed && rest == "":
		return step{}, fmt.Errorf("%s needs the code that it is for; write it as %s 503=VALUE", keyword, keyword)
	case s.Value == "" && section == "":
		return step{}, fmt.Errorf("%s needs a value; write it as %s=VALUE", keyword, keyword)
	}
	if known {
		if err := checkValue(info, s.Value); err != nil {
			return step{}, err
		}
	}
	home := section
	if home == "" {
		home = info.homes[0]
	}
	if e, _ := keywords.Section(home).Find(strings.Fields(keyword)); e != nil {
		if err := t.available(e, keyword); err != nil {
			return step{}, err
		}
	}
	if err := haproxyconfig.CheckDirective(strings.Fields(keyword), s.Value, haproxyconfig.DialectOf(t.HAProxy)); err != nil {
		return step{}, err
	}
	if section == "" && len(info.homes) == 1 {
		section = info.homes[0]
	}
	return step{section: section, homes: info.homes, keyword: keyword, value: s.Value, repeats: info.repeats}, nil
}

// unknown says what might have been meant with a keyword that is not known.
func (t Edits) unknown(keyword string) error {
	for _, old := range haproxyconfig.OldTimeouts() {
		if keyword == old.Word {
			return fmt.Errorf("%s is deprecated; set the timeout %s", keyword, old.Name)
		}
	}
	if isOldWord(keyword) {
		return fmt.Errorf("%s is deprecated; ask for it as the option redispatch", keyword)
	}
	if keywords.Of("timeouts").Get(keyword) != nil {
		return fmt.Errorf("%s is a timeout; set it as a timeout", keyword)
	}
	if keywords.Of("options").Get(keyword) != nil {
		return fmt.Errorf("%s is an option; ask for it as an option", keyword)
	}
	return fmt.Errorf("%s is not known as a setting%s; to set it all the same, say where: global.%s or defaults.%s",
		keyword, nearest.Suggestion(keyword, SettingNames()), keyword, keyword)
}

// isOldWord: such a line would be spelled anew by the next edit.
func isOldWord(word string) bool {
	for _, old := range haproxyconfig.OldTimeouts() {
		if word == old.Word {
			return true
		}
	}
	return word == "redispatch" || word == "redisp"
}

func checkValue(info keywordInfo, value string) error {
	switch info.value {
	case number:
		if _, err := strconv.ParseUint(value, 10, 31); err != nil {
			return fmt.Errorf("%s %q is not a whole number from 0 to 2147483647", info.keyword, value)
		}
	case duration:
		if _, err := haproxyconfig.ParseTime(value); err != nil {
			return fmt.Errorf("%s: %w", info.keyword, err)
		}
	}
	return nil
}

func (t Edits) optionStep(s string) (step, error) {
	o, err := haproxyconfig.ParseOption(s)
	if err != nil {
		return step{}, err
	}
	e := keywords.Of("options").Get(o.Name)
	if e == nil {
		return step{}, fmt.Errorf("option %s is not known%s", o.Name, nearest.Suggestion(o.Name, OptionNames()))
	}
	if err := t.available(e, "option "+o.Name); err != nil {
		return step{}, err
	}
	args := strings.Join(o.Args, " ")
	if err := haproxyconfig.CheckDirective([]string{"option", o.Name}, args, haproxyconfig.DialectOf(t.HAProxy)); err != nil {
		return step{}, err
	}
	return step{section: "defaults", keyword: "option " + o.Name, value: args, option: &o}, nil
}
