package rpm

import (
	"strings"

	rpmutils "github.com/sassoftware/go-rpmutils"
)

// Dependency is one that a package requires, provides, conflicts with or
// obsoletes.
type Dependency struct {
	Name    string
	Op      string // "<", "<=", "=", ">=", ">", or "" for any version
	Version string // [epoch:]version[-release], "" for any

	// Flags are rpm's own: what Op says, and what the dependency is for. They may be left out.
	Flags uint32
}

// String is the dependency as a spec has it: 'euca2ools >= 3.1.0'.
func (d Dependency) String() string {
	if d.Op == "" {
		return d.Name
	}
	return d.Name + " " + d.Op + " " + d.Version
}

// Internal reports whether it is on a feature of rpm itself, as
// rpmlib(FileDigests), and not on another package.
func (d Dependency) Internal() bool {
	return d.Flags&senseRPMLib != 0 || strings.HasPrefix(d.Name, "rpmlib(")
}

// Bits of Dependency.Flags.
const (
	senseLess    = rpmutils.RPMSENSE_LESS
	senseGreater = rpmutils.RPMSENSE_GREATER
	senseEqual   = rpmutils.RPMSENSE_EQUAL
	senseRPMLib  = 1 << 24
)

// Removal reports whether a trigger is set off when the package goes (%triggerun, %triggerpostun), and not when
// it is there or comes.
func (d Dependency) Removal() bool {
	return d.Flags&(rpmutils.RPMSENSE_TRIGGERUN|rpmutils.RPMSENSE_TRIGGERPOSTUN) != 0
}

var senseOps = map[uint32]string{
	senseLess: "<", senseLess | senseEqual: "<=", senseEqual: "=",
	senseGreater | senseEqual: ">=", senseGreater: ">",
}

func (p *Package) readDependencies(t *tags) error {
	for _, k := range []struct {
		to                   *[]Dependency
		what                 string
		name, flags, version int
	}{
		{&p.Requires, "requirements", rpmutils.REQUIRENAME, rpmutils.REQUIREFLAGS, rpmutils.REQUIREVERSION},
		{&p.Provides, "provisions", rpmutils.PROVIDENAME, rpmutils.PROVIDEFLAGS, rpmutils.PROVIDEVERSION},
		{&p.Conflicts, "conflicts", rpmutils.CONFLICTNAME, rpmutils.CONFLICTFLAGS, rpmutils.CONFLICTVERSION},
		{&p.Obsoletes, "obsoletes", rpmutils.OBSOLETENAME, rpmutils.OBSOLETEFLAGS, rpmutils.OBSOLETEVERSION},
	} {
		list, err := readList(t, k.what, k.name, k.flags, k.version)
		if err != nil {
			return err
		}
		*k.to = list
	}
	return nil
}

// readList reads a list of names with their flags and versions; nil where the package has none.
func readList(t *tags, what string, name, flag, version int) ([]Dependency, error) {
	names, err := t.strings(name)
	if err != nil || names == nil {
		return nil, err
	}
	flags, err := t.ints(flag)
	if err != nil {
		return nil, err
	}
	versions, err := t.strings(version)
	if err != nil {
		return nil, err
	}
	if flags == nil && versions == nil { // as in packages before RPM 3
		flags, versions = make([]uint64, len(names)), make([]string, len(names))
	}
	if len(flags) != len(names) || len(versions) != len(names) {
		return nil, damaged("header", "it lists %d %s with %d flags and %d versions", len(names), what, len(flags), len(versions))
	}
	list := make([]Dependency, len(names))
	for i := range names {
		f := uint32(flags[i])
		list[i] = Dependency{Name: names[i], Version: versions[i], Flags: f, Op: senseOps[f&(senseLess|senseGreater|senseEqual)]}
	}
	return list, nil
}

// Scriptlet is a script that rpm runs when it installs, erases or verifies the
// package. Nothing here runs it.
type Scriptlet struct {
	// Name is "pretrans", "prein", "postin", "preun", "postun", "posttrans",
	// "verifyscript", or "trigger", "filetrigger", "transfiletrigger".
	Name    string
	Program []string // interpreter and arguments: "/bin/sh"
	Body    string   // "" when the program is all there is
	// On are the packages that set a "trigger" off. See [Dependency.Removal].
	On []Dependency
}

func readScriptlets(t *tags) ([]Scriptlet, error) {
	var out []Scriptlet
	for _, k := range []struct {
		name       string
		body, prog int
	}{
		{"pretrans", tagPretrans, tagPretransProg},
		{"prein", rpmutils.PREIN, rpmutils.PREINPROG},
		{"postin", rpmutils.POSTIN, rpmutils.POSTINPROG},
		{"preun", rpmutils.PREUN, rpmutils.PREUNPROG},
		{"postun", rpmutils.POSTUN, rpmutils.POSTUNPROG},
		{"posttrans", tagPosttrans, tagPosttransProg},
		{"verifyscript", rpmutils.VERIFYSCRIPT, rpmutils.VERIFYSCRIPTPROG},
	} {
		body, err := t.string(k.body)
		if err != nil {
			return nil, err
		}
		prog, err := t.strings(k.prog)
		if err != nil {
			return nil, err
		}
		if t.has(k.body) || prog != nil {
			out = append(out, Scriptlet{Name: k.name, Program: prog, Body: body})
		}
	}
	for _, k := range []struct {
		name       string
		body, prog int
	}{
		{"trigger", rpmutils.TRIGGERSCRIPTS, rpmutils.TRIGGERSCRIPTPROG},
		{"filetrigger", tagFileTriggers, tagFileTriggers + 1},
		{"transfiletrigger", tagTransTriggers, tagTransTriggers + 1},
	} {
		bodies, err := t.strings(k.body)
		if err != nil {
			return nil, err
		}
		progs, err := t.strings(k.prog)
		if err != nil {
			return nil, err
		}
		for i, body := range bodies {
			s := Scriptlet{Name: k.name, Body: body}
			if i < len(progs) {
				s.Program = progs[i : i+1]
			}
			out = append(out, s)
		}
	}
	return out, readTriggers(t, out)
}

// readTriggers notes what sets each trigger off.
func readTriggers(t *tags, list []Scriptlet) error {
	on, err := readList(t, "triggers", rpmutils.TRIGGERNAME, rpmutils.TRIGGERFLAGS, rpmutils.TRIGGERVERSION)
	if err != nil || on == nil {
		return err
	}
	index, err := t.ints(rpmutils.TRIGGERINDEX)
	if err != nil {
		return err
	}
	var triggers []*Scriptlet
	for i := range list {
		if list[i].Name == "trigger" {
			triggers = append(triggers, &list[i])
		}
	}
	if len(index) != len(on) {
		return damaged("header", "it lists %d triggers with %d scripts", len(on), len(index))
	}
	for i, k := range index {
		if k >= uint64(len(triggers)) {
			return damaged("header", "trigger %d has script %d of %d", i, k, len(triggers))
		}
		triggers[k].On = append(triggers[k].On, on[i])
	}
	return nil
}

// Signature is a signature that a package bears.
type Signature struct {
	Name   string // rpm's name for its place: "RSA", "DSA", "PGP", "GPG", "OpenPGP"
	Covers string // CoversHeader or CoversPackage
	Data   []byte // an OpenPGP packet
}

func readSignatures(t *tags) ([]Signature, error) {
	var out []Signature
	for _, k := range []struct {
		tag          int
		name, covers string
	}{
		{rpmutils.SIG_DSA, "DSA", CoversHeader},
		{rpmutils.SIG_RSA, "RSA", CoversHeader},
		{rpmutils.SIG_PGP, "PGP", CoversPackage},
		{rpmutils.SIG_GPG, "GPG", CoversPackage},
		{sigPGP5, "PGP5", CoversPackage},
	} {
		b, err := t.bytes(k.tag)
		if err != nil {
			return nil, err
		}
		if b != nil {
			out = append(out, Signature{k.name, k.covers, b})
		}
	}
	more, err := t.strings(sigOpenPGP) // of RPM 4.20 and later, in base64
	for _, s := range more {
		out = append(out, Signature{"OpenPGP", CoversHeader, []byte(s)})
	}
	return out, err
}
