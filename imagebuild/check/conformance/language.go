package conformance

import (
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// localeFiles are where systems keep the language: those with systemd, EL6 and before, Debian's.
var localeFiles = []string{"etc/locale.conf", "etc/sysconfig/i18n", "etc/default/locale"}

// lang judges the language, by the first of its files that is there.
func (j *judge) lang(c *kickstart.Command) []Statement {
	want := firstArg(c.Args)
	if want == "" {
		return []Statement{j.claim(c, ruleLanguage, "language").untold("a language", "the line names none")}
	}
	t := j.read(localeFiles[0])
	if !j.systemd() {
		t = j.read(localeFiles[1])
	}
	for _, name := range localeFiles {
		if other := j.read(name); !t.there && t.bad == "" && (other.there || other.bad != "") {
			t = other
		}
	}
	out := []Statement{j.claim(c, ruleLanguage, "language").same(t, "LANG", want, "", sameLocale)}
	if !t.there && t.bad == "" {
		out[0] = j.claim(c, ruleLanguage, "language").at(t.path, 0).fails(want, "no "+t.path+": programs talk English")
	}
	return append(out, j.rest(c, ruleLanguage, "language", "which packages of languages that brings is known to the repositories alone", "--addsupport")...)
}

// sameLocale compares names of locales: the installer writes a code set where the file has none, and UTF-8 has two spellings.
func sameLocale(has, want string) bool {
	split := func(s string) (name, set, variant string) {
		s, variant, _ = strings.Cut(s, "@")
		name, set, _ = strings.Cut(s, ".")
		return name, strings.ReplaceAll(strings.ToLower(set), "-", ""), variant
	}
	hn, hs, hv := split(has)
	wn, ws, wv := split(want)
	return hn == wn && hv == wv && (hs == ws || ws == "" && hs == "utf8")
}

// keyboard judges the keyboard of the console: /etc/sysconfig/keyboard up to EL6, /etc/vconsole.conf since. What RHEL 7 and later
// take a plain name for, a map of the console or a layout of X, the installer decides.
func (j *judge) keyboard(c *kickstart.Command) []Statement {
	var out []Statement
	t, key := j.read("etc/vconsole.conf"), "KEYMAP"
	if old := j.read("etc/sysconfig/keyboard"); !t.there && t.bad == "" && (old.there || old.bad != "" || j.file.Version <= grammar.RHEL6) {
		t, key = old, "KEYTABLE"
	}
	want, exactly := c.Value("--vckeymap")
	if !exactly {
		want = firstArg(c.Args)
	}
	if want != "" {
		s := j.claim(c, ruleLanguage, "keyboard").same(t, key, want, "", exact)
		if s.Verdict == DoesNotHold && !exactly && key == "KEYMAP" {
			s.Verdict, s.Why, s.Has = CannotBeTold, "the console has "+s.Has+", and the installer may have taken the name for a layout of X", ""
		}
		out = append(out, s)
	}
	for _, layout := range list(c, "--xlayouts") {
		out = append(out, j.xLayout(c, layout))
	}
	return append(out, j.rest(c, ruleLanguage, "keyboard", "by which keys layouts are switched is not followed", "--switch")...)
}

// xLayout judges a layout of X by the file that localed writes.
func (j *judge) xLayout(c *kickstart.Command, layout string) Statement {
	claim := j.claim(c, ruleLanguage, "keyboard of X")
	t := j.read("etc/X11/xorg.conf.d/00-keyboard.conf")
	claim = claim.at(t.path, 0)
	switch {
	case t.bad != "":
		return claim.untold(layout, t.bad)
	case !t.there:
		return claim.untold(layout, "there is no "+t.path+", as in an image without X")
	}
	name, variant, _ := strings.Cut(strings.TrimSuffix(layout, ")"), "(")
	name, variant = strings.TrimSpace(name), strings.TrimSpace(variant)
	for n, l := range t.lines {
		f := strings.Fields(l)
		if len(f) == 3 && strings.EqualFold(f[0], "Option") && strings.EqualFold(strings.Trim(f[1], `"`), "XkbLayout") {
			has := strings.Trim(f[2], `"`)
			for one := range strings.SplitSeq(has, ",") {
				if one == name && variant == "" {
					return claim.at(t.path, n+1).holds(layout, has)
				}
				if one == name {
					return claim.at(t.path, n+1).untold(layout, "its variant is not followed")
				}
			}
			return claim.at(t.path, n+1).fails(layout, has)
		}
	}
	return claim.untold(layout, t.path+" says nothing of XkbLayout")
}
