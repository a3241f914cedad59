package recipe

import (
	"strconv"
	"strings"
)

// list is the members of a mapping that may not be there.
func (v *value) list() []member {
	if v == nil {
		return nil
	}
	return v.members
}

func (v *value) str(key string) string {
	if m := v.get(key); m != nil {
		return m.text
	}
	return ""
}

func (v *value) flag(key string) bool { return v.str(key) == "true" }

func (v *value) number(key string) *uint32 {
	m := v.get(key)
	if m == nil {
		return nil
	}
	n, _ := strconv.ParseUint(m.text, 10, 32) // its bounds have been seen to
	out := uint32(n)
	return &out
}

func (v *value) mode(key string) *Mode {
	m := v.get(key)
	if m == nil {
		return nil
	}
	mode := Mode(modeBits(m.text))
	return &mode
}

func (v *value) texts(key string) []string {
	var out []string
	if m := v.get(key); m != nil {
		for _, item := range m.items {
			out = append(out, item.text)
		}
	}
	return out
}

func (v *value) settings(key string) []Setting {
	var out []Setting
	for _, m := range v.get(key).list() {
		out = append(out, Setting{m.key, m.value.text})
	}
	return out
}

func sourceOf(v *value) Source {
	s := Source{Path: v.str("path"), SHA256: strings.ToLower(v.str("sha256"))}
	if n := v.number("partition"); n != nil {
		s.Partition = int(*n)
	}
	return s
}

func outputOf(v *value) Output {
	return Output{
		Name: v.str("name"), RPM: rpmOf(v.get("rpm")),
		SBOM: v.texts("sbom"), Provenance: v.flag("provenance"), Sums: v.flag("sums"),
	}
}

// decode gives the values of a resolved tree.
func decode(v *value) Resolved {
	out := Resolved{
		Source:  sourceOf(v.get("source")),
		Output:  outputOf(v.get("output")),
		Sysctl:  v.settings("sysctl"),
		Overlay: v.texts("overlay"),
		Keyring: v.texts("keyring"),
		tree:    v,
	}
	h := v.get("haproxy")
	out.HAProxy = HAProxy{
		Template: h.str("template"), Timeouts: h.settings("timeouts"), Set: h.settings("set"), Options: h.texts("options"),
		Version: h.str("version"), ServoVersion: h.str("servoVersion"), LintOnly: h.flag("lintOnly"),
	}
	if s := v.get("servo"); s != nil {
		out.Servo = &Servo{
			RPM: s.str("rpm"), Scriptlets: s.str("scriptlets"), NoDeps: s.flag("nodeps"), Source: s.str("source"), Ref: s.str("ref"),
			AllowDirty: s.flag("allowDirty"), Bootstrap: s.str("bootstrap"), LogLevel: s.str("logLevel"),
		}
	}
	if a := v.get("access"); a != nil {
		out.Access = &Access{a.str("user"), a.texts("authorizedKeys"), a.str("authorizedKeysFile"), a.str("password")}
	}
	out.Checks = checksOf(v.get("checks"))
	out.Attributes = v.str("attributes")
	if edits := v.get("edits"); edits != nil {
		for _, item := range edits.items {
			out.Edits = append(out.Edits, decodeEdit(item))
		}
	}
	return out
}

func decodeEdit(item *value) Edit {
	kind, v := item.members[0].key, item.members[0].value
	e := Edit{Place: item.place, Override: v.flag("override")}
	switch path := v.str("path"); kind {
	case "line":
		e.Line = &Line{
			Path: path, Match: v.str("match"), Set: v.str("set"), Expand: v.flag("expand"), Remove: v.flag("remove"),
			Which: v.str("which"), Missing: v.str("missing"), After: v.str("after"), Before: v.str("before"),
		}
		if c := v.get("create"); c != nil {
			e.Line.Create = &Create{c.mode("mode"), c.str("owner")}
		}
	case "file":
		e.File = &File{path, v.str("content"), v.str("source"), v.mode("mode"), v.str("owner")}
	case "dir":
		e.Dir = &Dir{path, v.mode("mode"), v.str("owner")}
	case "symlink":
		e.Symlink = &Symlink{path, v.str("target")}
	case "remove":
		e.Remove = &Remove{path, v.flag("recursive")}
	case "user":
		e.User = &User{
			Name: v.str("name"), System: v.flag("system"), UID: v.number("uid"), Group: v.str("group"), Groups: v.texts("groups"),
			Comment: v.str("comment"), Home: v.str("home"), Shell: v.str("shell"), CreateHome: v.flag("createHome"), Password: v.str("password"),
		}
	case "group":
		e.Group = &Group{v.str("name"), v.number("gid"), v.flag("system")}
	case "password":
		e.Password = &Password{v.str("user"), v.str("hash")}
	case "service":
		e.Service = &Service{v.str("name"), serviceAction(v), v.str("levels")}
	case "rpm":
		e.RPM = &RPM{path, v.str("scriptlets"), v.flag("nodeps")}
	case "authorizedKeys":
		e.AuthorizedKeys = &AuthorizedKeys{v.str("user"), v.texts("keys"), v.str("file")}
	}
	return e
}

// serviceAction is the action that a service's keys ask for.
func serviceAction(v *value) string {
	switch {
	case v.get("enabled") == nil:
		return v.str("action")
	case v.flag("enabled"):
		return "enable"
	}
	return "disable"
}
