package script

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart"
	"lbimage/kickstart/shell"
)

// Limits of what is read.
const (
	MaxScript  = 256 << 10 // bytes of one section
	maxAll     = 1 << 20   // bytes of all sections together
	maxSteps   = 20_000    // commands of all sections
	maxListed  = 5_000     // effects, and commands that were not read
	maxNested  = 100       // blocks and calls inside each other
	maxWork    = 16 << 20  // bytes of all values together
	maxWords   = 1024      // words of one command
	maxCommand = 200       // bytes of a command that is shown
)

// Read reads the %post sections of a file in their order, each as a script of its own. Those with --nochroot, and those of
// another interpreter than a shell, are unread as a whole, a --nochroot one but for what it writes below /mnt/sysimage or
// $INSTALL_ROOT.
//
// A command that was read is taken to have done its work. Scripts start in / with no variables and no arguments that are
// known. A section with --erroronfail ends well, for otherwise there would be no image.
func Read(f *kickstart.File) *Reading {
	a := &all{out: &Reading{}, world: newWorld()}
	for _, n := range f.Nodes {
		if s, ok := n.(*kickstart.Section); ok && s.Name == "%post" {
			a.section(s)
		}
	}
	a.out.supersede()
	return a.out
}

// all is what the sections of a file share.
type all struct {
	out   *Reading
	world *world // what is known of the files, as far as was read
	bytes int
	steps int
	work  int
	over  bool // the limits are reached
}

// shells are the interpreters that are read. Red Hat's sh is bash.
var shells = []string{"sh", "bash", "/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash"}

func (a *all) section(s *kickstart.Section) {
	r := &run{all: a, env: newEnv(), place: s.Place, base: s.BodyLine(), body: s.Body, mustSucceed: s.Has("--erroronfail")}
	r.nochroot = s.Has("--nochroot")
	if r.nochroot {
		r.vars["INSTALL_ROOT"] = value{text: sysimage}
		r.vars["ANA_INSTALL_PATH"] = value{text: sysimage}
	}
	head := func(why string) {
		r.addUnread(s.Place, oneLine(kickstart.ConcealText(strings.TrimSpace(s.Head))), why, nil, false)
	}
	if with, ok := s.Value("--interpreter"); ok {
		words := strings.Fields(with)
		if len(words) == 0 || !slices.Contains(shells, words[0]) || len(words) > 1 {
			head(fmt.Sprintf("the section is for %s, only scripts of sh and bash are read", oneLine(with)))
			return
		}
	}
	if a.bytes += len(s.Body); len(s.Body) > MaxScript || a.bytes > maxAll {
		head(fmt.Sprintf("a script of more than %d bytes, or more than %d in all, is not read", MaxScript, maxAll))
		return
	}
	if strings.IndexByte(s.Body, 0) >= 0 {
		head("the script has a zero byte")
		return
	}
	log, logs := s.Value("--log")
	log, why := r.abs(log)
	if logs = logs && !r.nochroot && why == ""; logs { // what the script prints is in it while the script runs
		r.world.disturb([]string{log})
	}
	r.script(s.Body)
	if logs {
		r.addUnread(s.Place, oneLine(strings.TrimSpace(s.Head)), "what the section's commands print is in its log", []string{log}, false)
	}
}

// script reads the statements of a text one after the other, as the shell does: one that it cannot parse ends it.
func (r *run) script(text string) flow {
	var end flow
	var err error
	for s, bad := range shell.Stmts(text, syntax.LangBash) {
		if err = bad; err == nil && s != nil {
			end = r.stmt(s)
		}
		if end.kind != goesOn { // what stands behind the end is never parsed
			return end
		}
	}
	if err == nil {
		return end
	}
	place, why := r.place, "the shell cannot parse this: "+err.Error()
	var bad syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &bad):
		place, why = r.at(bad.Pos), "the shell cannot parse this: "+bad.Text
	case errors.As(err, &lang):
		place, why = r.at(lang.Pos), "the shell cannot parse this: "+lang.Feature+" is not of this shell"
	case errors.Is(err, shell.ErrTooLarge):
		why = err.Error()
	}
	line := ""
	if lines := strings.Split(text, "\n"); place.Line >= r.base && place.Line-r.base < len(lines) {
		line = lines[place.Line-r.base]
	}
	r.addUnread(place, oneLine(strings.TrimSpace(line)), why+"; nothing from here on is read", nil, false)
	return flow{}
}
