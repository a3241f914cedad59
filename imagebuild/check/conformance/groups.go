package conformance

import (
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// corePackages are packages that are mandatory in the group Core of a release, as its comps.xml has it: those that all minor
// releases have, not all. What else the group brings, its repository alone knows.
var corePackages = map[grammar.Version]string{
	grammar.RHEL5: "basesystem bash coreutils e2fsprogs filesystem glibc initscripts passwd procps rootfiles rpm setup shadow-utils util-linux vim-minimal",
	grammar.RHEL6: "basesystem bash coreutils e2fsprogs filesystem glibc initscripts iproute iputils openssh-server passwd policycoreutils procps rootfiles rpm " +
		"setup shadow-utils util-linux-ng vim-minimal yum",
	grammar.RHEL7: "basesystem bash coreutils e2fsprogs filesystem glibc initscripts iproute iputils openssh-server passwd policycoreutils procps-ng rootfiles rpm " +
		"setup shadow-utils systemd util-linux vim-minimal yum",
}

// packageGroup judges a group of packages by what is known of it. One that is complete as far as is known cannot be told all the
// same; one that lacks what is mandatory does not hold.
func (j *judge) packageGroup(c claim, e kickstart.Entry) Statement {
	list := ""
	if strings.EqualFold(e.Name, "core") {
		list = corePackages[j.file.Version]
	}
	const unknown = "what a group consists of is known to its repository alone"
	switch {
	case e.Excluded:
		return c.untold("not installed", unknown)
	case list == "":
		return c.untold("installed", unknown)
	}
	c = c.at(j.subject.Survey.Packages.Path, 0)
	var lacks []string
	for name := range strings.FieldsSeq(list) {
		if len(j.subject.Survey.Packages.Named(name)) == 0 && !j.keepsOut(name) {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) == 0 {
		return c.untold("installed", "what is known to be mandatory in it is there; the rest of it is known to its repository alone")
	}
	return c.fails("installed", "no "+strings.Join(lacks, ", no "))
}

// keepsOut says whether the file itself excludes a package.
func (j *judge) keepsOut(name string) bool {
	return slices.ContainsFunc(j.file.Packages(), func(e kickstart.Entry) bool {
		return e.Excluded && e.Kind == kickstart.Package && e.Name == name
	})
}
