package conformance

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

var octalMode = regexp.MustCompile(`^[0-7]{1,5}$`)

func octal(mode string) bool { return octalMode.MatchString(mode) }

// unix are the permission and set-id bits of a mode as chmod numbers them.
func unix(m fs.FileMode) uint32 {
	out := uint32(m.Perm())
	for _, bit := range []struct {
		unix uint32
		mode fs.FileMode
	}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}} {
		if m&bit.mode != 0 {
			out |= bit.unix
		}
	}
	return out
}

func modeText(m fs.FileMode) string { return fmt.Sprintf("%04o", unix(m)) }

// NewMode is the mode that chmod leaves a file with, under a umask of 022. ok is false for one that is not understood.
func NewMode(change string, was fs.FileMode) (mode uint32, ok bool) {
	return newMode(change, unix(was), was.IsDir(), 0o022)
}

// fitsMode says whether a mode is one that chmod leaves: applied again it changes nothing. certain is false where that
// depends on the umask.
func fitsMode(change string, has fs.FileMode) (fits, certain, ok bool) {
	bits := unix(has)
	made, ok := newMode(change, bits, has.IsDir(), 0o022)
	if !ok {
		return false, false, false
	}
	strict, _ := newMode(change, bits, has.IsDir(), 0o077)
	return made == bits, strict != bits || made == bits, true
}

// newMode is chmod's arithmetic: 0755, u=rw,go-w, +x, g=u, a+X.
func newMode(change string, bits uint32, dir bool, umask uint32) (uint32, bool) {
	if octal(change) {
		n, err := strconv.ParseUint(change, 8, 32)
		if err != nil || n > 0o7777 {
			return 0, false
		}
		out := uint32(n)
		if dir && len(change) < 5 { // the bits of a folder go only when they are told to
			out |= bits & 0o6000
		}
		return out, true
	}
	for _, clause := range strings.Split(change, ",") {
		out, ok := newModeClause(clause, bits, dir, umask)
		if !ok {
			return 0, false
		}
		bits = out
	}
	return bits, true
}

var clausePattern = regexp.MustCompile(`^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$`)
var actionPattern = regexp.MustCompile(`[-+=](?:[rwxXst]+|[ugo])?`)

func newModeClause(clause string, bits uint32, dir bool, umask uint32) (uint32, bool) {
	m := clausePattern.FindStringSubmatch(clause)
	if m == nil {
		return 0, false
	}
	who, masked := m[1], uint32(0)
	if who == "" {
		who, masked = "a", umask
	}
	var mask uint32 // the bits that may change
	for _, w := range who {
		switch w {
		case 'u':
			mask |= 0o4700
		case 'g':
			mask |= 0o2070
		case 'o':
			mask |= 0o1007
		case 'a':
			mask |= 0o7777
		}
	}
	for _, action := range actionPattern.FindAllString(m[2], -1) {
		set := permissions(action[1:], bits, dir) & mask &^ masked
		switch action[0] {
		case '+':
			bits |= set
		case '-':
			bits &^= set
		case '=':
			clear := mask
			if dir && !strings.Contains(action, "s") {
				clear &^= 0o6000
			}
			bits = bits&^clear | set
		}
	}
	return bits, true
}

// permissions are the bits that letters stand for, for everybody.
func permissions(letters string, bits uint32, dir bool) (out uint32) {
	copied := func(from uint32) uint32 { return from | from<<3 | from<<6 }
	for _, l := range letters {
		switch l {
		case 'r':
			out |= 0o444
		case 'w':
			out |= 0o222
		case 'x':
			out |= 0o111
		case 'X':
			if dir || bits&0o111 != 0 {
				out |= 0o111
			}
		case 's':
			out |= 0o6000
		case 't':
			out |= 0o1000
		case 'u':
			out |= copied(bits >> 6 & 7)
		case 'g':
			out |= copied(bits >> 3 & 7)
		case 'o':
			out |= copied(bits & 7)
		}
	}
	return out
}

// mode judges chmod.
func (j *postJudge) mode(i int) outcome {
	e := &j.effects[i]
	return j.attribute(i, func(info fs.FileInfo) outcome {
		fits, certain, ok := fitsMode(e.Mode, info.Mode())
		switch has := "mode " + modeText(info.Mode()); {
		case !ok:
			return unknown("mode " + e.Mode + " is not understood")
		case fits:
			return holds(has)
		case !certain:
			return unknown(has + ", which depends on the umask")
		default:
			return differs(has)
		}
	})
}

// owner judges chown and chgrp, by names of the image.
func (j *postJudge) owner(i int) outcome {
	e := &j.effects[i]
	accounts, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	uid, uidKnown := accounts.uid(e.Owner)
	gid, gidKnown := accounts.gid(e.Group)
	switch {
	case e.Owner != "" && !uidKnown:
		return unknown("the image has no user " + e.Owner)
	case e.Group != "" && !gidKnown:
		return unknown("the image has no group " + e.Group)
	}
	return j.attribute(i, func(info fs.FileInfo) outcome {
		u, g, err := overlay.OwnerOf(info)
		if err != nil {
			return unknown(err.Error())
		}
		has := "owner " + accounts.userName(u) + ":" + accounts.groupName(g)
		if e.Owner != "" && u != uid || e.Group != "" && g != gid {
			return differs(has)
		}
		return holds(has)
	})
}

// attribute asks of a file, and with Recursive of all below it but what is made or changed so later.
func (j *postJudge) attribute(i int, ask func(fs.FileInfo) outcome) outcome {
	e := &j.effects[i]
	r, failed := j.stat(e.Path, true)
	switch {
	case failed != nil:
		return *failed
	case r.Info == nil:
		return differs("nothing there")
	}
	if name, failed := j.stat(e.Path, false); e.Recursive && e.Kind == script.Owner && failed == nil && name.Info != nil && name.Info.Mode()&fs.ModeSymlink != 0 {
		return unknown("it is a link, and chown -R changes the link alone")
	}
	if !e.Recursive {
		if o := ask(r.Info); o.verdict != DoesNotHold || !j.attributeLater(i, r.Path()) {
			return o
		}
		return unknown("it is changed again later")
	}
	first, asked := outcome{}, 0
	err := j.walk(r, func(name string, info fs.FileInfo) error {
		at := "/" + name
		if info.Mode()&fs.ModeSymlink != 0 && e.Kind == script.Mode || j.attributeLater(i, at) {
			return nil
		}
		asked++
		if o := ask(info); o.verdict != Holds {
			first = o.at(at)
			first.has = at + ": " + o.has
			return fs.SkipAll
		}
		return nil
	})
	switch {
	case err != nil:
		return unknown("it cannot be looked at: " + err.Error())
	case first.verdict != "":
		return first
	case asked == 0:
		return unknown("all of it is made or changed again later")
	}
	return holds("all of it")
}

// setsID says whether a mode has set-id bits, which a change of the owner takes away.
func setsID(mode string) bool {
	return strings.Contains(mode, "s") || octal(mode) && len(mode) > 3 && strings.Trim(mode[:len(mode)-3], "01") != ""
}

// attributeLater says whether the mode or owner of a file is changed by a later effect than i, or the file made by one.
func (j *postJudge) attributeLater(i int, at string) bool {
	early := &j.effects[i]
	for k := i + 1; k < len(j.effects); k++ {
		late, lf := &j.effects[k], j.files[k]
		same := lf.path == at || lf.name == at || late.Recursive && (within(at, lf.path) || within(at, lf.name))
		switch {
		case !same:
		case late.Kind == early.Kind, late.Kind == script.Owner && early.Kind == script.Mode && setsID(early.Mode):
			return true
		case early.Recursive && makes(late.Kind) && at != j.files[i].path: // what was there when -R came is written, not made
			return true
		}
	}
	return false
}
