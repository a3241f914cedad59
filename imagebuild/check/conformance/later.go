package conformance

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

// later goes over statements of commands once more: what %post changes afterwards is judged there. Where it changes the very
// thing, a statement that does not hold cannot be told: the file itself says something else later. A command of %post that
// was not read, and could change anything, is named beside it.
func (j *judge) later(all []Statement) []Statement {
	if len(j.reading.Steps) == 0 {
		return all
	}
	for i := range all {
		s := &all[i]
		if s.Verdict != DoesNotHold {
			continue
		}
		if place, how := j.changedBy(s); place != "" {
			s.Why = cut(fmt.Sprintf("the image has %s, and %s %s afterwards", named(s.Has), place, how))
			s.Verdict, s.Has = CannotBeTold, ""
			continue
		}
		for _, u := range j.reading.Unread {
			if !u.Harmless && u.Paths == nil {
				remark := fmt.Sprintf("unless %s changed it, which is not read", u.Place)
				if s.Why != "" {
					remark = s.Why + "; " + remark
				}
				s.Why = cut(remark)
				break
			}
		}
	}
	return all
}

// changedBy finds the step of %post that changes what a statement is about.
func (j *judge) changedBy(s *Statement) (place, how string) {
	for i := range j.reading.Effects {
		if e := &j.reading.Effects[i]; j.concerns(e, s) {
			return e.Place.String(), "changes it"
		}
	}
	for _, u := range j.reading.Unread {
		if u.Harmless {
			continue
		}
		for _, p := range u.Paths {
			if j.isAt(p, s.Path, true) {
				return u.Place.String(), "can change it, which is not read,"
			}
		}
	}
	return "", ""
}

// concerns says whether an effect is about the same as a statement.
func (j *judge) concerns(e *script.Effect, s *Statement) bool {
	switch e.Kind {
	case script.Lock, script.Unlock, script.Clear, script.Hash, script.Secret:
		return s.About == "password of "+e.User
	case script.User, script.Gone, script.GroupOf:
		if e.Group != "" && (s.About == "group "+e.Group || strings.HasSuffix(s.About, " in group "+e.Group)) {
			return true
		}
		names := []string{"user " + e.User, "password of " + e.User, "key of " + e.User}
		return e.User != "" && (slices.Contains(names, s.About) || strings.HasPrefix(s.About, "user "+e.User+" in group "))
	case script.Service:
		name := strings.TrimSuffix(e.Service.Name, ".service")
		return s.About == "service "+name || s.Rule == ruleFirewall.Name && slices.Contains([]string{"iptables", "ip6tables", "firewalld", "nftables"}, name) ||
			s.About == "time service" && slices.Contains(timeServices, name)
	case script.Package:
		return s.Rule == rulePackage.Name
	}
	return j.isAt(e.Path, s.Path, e.Recursive || e.Kind == script.Symlink || e.Kind == script.Copy || e.Kind == script.Move) && e.Kind != script.Mode && e.Kind != script.Owner
}

// isAt says whether a path of a script is a file of the image, or with below a folder above it.
func (j *judge) isAt(name, file string, below bool) bool {
	if name == "" || file == "" {
		return false
	}
	for _, follow := range []func(overlay.Linker, string) (overlay.Resolved, error){overlay.Resolve, overlay.ResolveLink} {
		at := name
		if r, err := follow(j.subject.Tree, name); err == nil {
			at = r.Path()
		}
		if at == file || below && within(file, at) {
			return true
		}
	}
	return name == file
}
