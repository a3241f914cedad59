package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

const (
	maxCopied  = 64 << 20 // bytes of a file that is compared with another
	maxEntries = 20000    // below a folder that a command is about
)

// stat is what stands at a path, links followed, or not at its end. info is nil where there is nothing.
func (j *postJudge) stat(p string, end bool) (overlay.Resolved, *outcome) {
	follow := overlay.ResolveLink
	if end {
		follow = overlay.Resolve
	}
	r, err := follow(j.tree, p)
	switch {
	case errors.Is(err, overlay.ErrNotDir):
		return overlay.Resolved{}, nil
	case err != nil:
		o := unknown("it cannot be looked at: " + err.Error())
		return r, &o
	case outside(r.Path()):
		o := unknown(r.Path() + " is the kernel's and no file of the image")
		return r, &o
	}
	return r, nil
}

func (j *postJudge) folder(e *script.Effect) outcome {
	r, failed := j.stat(e.Path, true)
	switch {
	case failed != nil:
		return *failed
	case r.Info == nil:
		return differs("nothing")
	case !r.Info.IsDir():
		return differs(kindOf(r.Info))
	case e.Mode == "":
		return holds("a folder")
	}
	fits, certain, ok := fitsMode(e.Mode, r.Info.Mode())
	has := "a folder, mode " + modeText(r.Info.Mode())
	switch {
	case !ok:
		return unknown("mode " + e.Mode + " is not understood")
	case fits:
		return holds(has)
	case e.Parents || !certain:
		return unknown("its mode is " + modeText(r.Info.Mode()) + ", which it may have had before")
	}
	return differs(has)
}

func (j *postJudge) touched(e *script.Effect) outcome {
	r, failed := j.stat(e.Path, true)
	switch {
	case failed != nil:
		return *failed
	case r.Info == nil:
		return differs("nothing")
	}
	return holds(kindOf(r.Info))
}

func (j *postJudge) symlink(e *script.Effect) outcome {
	r, failed := j.stat(e.Path, false)
	switch {
	case failed != nil:
		return *failed
	case r.Info == nil:
		return differs("nothing")
	case r.Info.Mode()&fs.ModeSymlink != 0:
		target, err := j.tree.ReadLink(r.Name)
		switch {
		case err != nil:
			return unknown("the link cannot be read: " + err.Error())
		case target == e.Target:
			return holds("a link to " + target)
		case j.samePlace(e.Target, target, path.Dir(r.Path())):
			return holds("a link to " + target).remark("which leads to the same place")
		}
		if inside, ok := j.linkInside(e); ok {
			return inside
		}
		return differs("a link to " + target)
	case r.Info.IsDir():
		if inside, ok := j.linkInside(e); ok {
			return inside
		}
	}
	return differs(kindOf(r.Info))
}

// linkInside is for ln -s whose last word leads to a folder: the link is made in it.
func (j *postJudge) linkInside(e *script.Effect) (outcome, bool) {
	r, failed := j.stat(path.Join(e.Path, path.Base(e.Target)), false)
	if failed != nil || r.Info == nil || r.Info.Mode()&fs.ModeSymlink == 0 {
		return outcome{}, false
	}
	if d, failed := j.stat(e.Path, true); failed != nil || d.Info == nil || !d.Info.IsDir() {
		return outcome{}, false
	}
	target, err := j.tree.ReadLink(r.Name)
	if err != nil || target != e.Target {
		return outcome{}, false
	}
	return holds("a link to " + target).at(r.Path()).remark("in the folder that stands there"), true
}

// samePlace says whether two targets of a link in a folder lead to one file that is there.
func (j *postJudge) samePlace(a, b, dir string) bool {
	place := func(target string) (overlay.Resolved, bool) {
		if !path.IsAbs(target) {
			target = dir + "/" + target // not joined: what .. leaves may be a link
		}
		r, err := overlay.Resolve(j.tree, target)
		return r, err == nil && r.Exists()
	}
	x, ok1 := place(a)
	y, ok2 := place(b)
	return ok1 && ok2 && x.Name == y.Name
}

// copied judges cp and mv: what stands at the end, and for mv that nothing is left behind.
func (j *postJudge) copied(i int) outcome {
	e := &j.reading.Effects[i]
	to, failed := j.stat(e.Path, true)
	if failed != nil {
		return *failed
	}
	if to.Info == nil {
		return differs("nothing")
	}
	if e.Kind == script.Move {
		from, failed := j.stat(e.Target, false)
		switch {
		case failed != nil:
			return *failed
		case from.Info != nil && !j.madeAgain(i):
			return differs(e.Target + " is still there").at(e.Target)
		}
	}
	if want, ok := j.source(i); ok {
		data, _, err := overlay.ReadFile(j.tree, e.Path, maxCopied)
		switch {
		case errors.Is(err, overlay.ErrNotFile):
			return differs(kindOf(to.Info))
		case err != nil:
			return unknown("it cannot be read: " + err.Error())
		case string(data) == want:
			return holds("the same")
		case j.changedLater(i):
			return unknown("it is changed later")
		}
		return difference(e.Path, want, string(data))
	}
	if e.Kind == script.Move {
		return holds(kindOf(to.Info) + ", and nothing at " + e.Target)
	}
	return j.compared(i, to)
}

// compared holds a copy against what it was made of, as both are now.
func (j *postJudge) compared(i int, to overlay.Resolved) outcome {
	e := &j.reading.Effects[i]
	from, failed := j.stat(e.Target, true)
	switch {
	case failed != nil:
		return *failed
	case from.Info == nil:
		return unknown(e.Target + " is not there, so that nothing can be compared")
	case from.Info.IsDir() || to.Info.IsDir():
		return unknown("folders are not compared")
	case !from.Info.Mode().IsRegular() || !to.Info.Mode().IsRegular():
		return unknown("they are no files")
	}
	a, _, err := overlay.ReadFile(j.tree, e.Target, maxCopied)
	if err != nil {
		return unknown("it cannot be read: " + err.Error())
	}
	b, _, err := overlay.ReadFile(j.tree, e.Path, maxCopied)
	if err != nil {
		return unknown("it cannot be read: " + err.Error())
	}
	switch {
	case bytes.Equal(a, b):
		return holds("the same as " + e.Target)
	case j.changedLater(i) || j.sourceChanged(i):
		return unknown("one of the two is changed later")
	case overlay.IsText(a) && overlay.IsText(b):
		return difference(e.Path, string(a), string(b))
	}
	return differs(fmt.Sprintf("%d bytes that differ from %s", len(b), e.Target))
}

// source is the content of what a copy is made of, where the script itself wrote all of it before.
func (j *postJudge) source(i int) (string, bool) {
	var chain []int
	from := j.lead(j.reading.Effects[i].Target, true)
	if j.reading.Effects[i].Kind == script.Move {
		from = j.files[i].from
	}
	for k := range i {
		e := &j.reading.Effects[k]
		if j.files[k].path != from && j.files[k].name != from {
			if e.Kind == script.Move && within(from, j.files[k].from) || e.Kind == script.Package || e.Kind == script.Remove && within(from, j.files[k].name) {
				chain = nil
			}
			continue
		}
		switch e.Kind {
		case script.Write:
			chain = []int{k}
		case script.Append, script.Sed:
			if chain != nil {
				chain = append(chain, k)
			}
		case script.Copy, script.Move, script.Remove, script.Symlink:
			chain = nil
		}
	}
	if chain == nil {
		return "", false
	}
	for _, step := range j.reading.Steps { // what was not read may have changed it before it was copied
		if step.Effect == i {
			break
		}
		if step.Unread >= 0 && !j.reading.Unread[step.Unread].Harmless && couldTouch(j.reading.Unread[step.Unread], from) && stepAfter(j.reading, step, chain[0]) {
			return "", false
		}
	}
	return j.fold("", chain)
}

// couldTouch says whether a command that was not read could change a path.
func couldTouch(u script.Unread, p string) bool {
	if u.Paths == nil {
		return true
	}
	for _, touched := range u.Paths {
		if within(p, touched) || within(touched, p) {
			return true
		}
	}
	return false
}

// stepAfter says whether a step comes after an effect.
func stepAfter(r *script.Reading, s script.Step, effect int) bool {
	seen := false
	for _, step := range r.Steps {
		switch {
		case step.Effect == effect && step.Effect >= 0:
			seen = true
		case step == s:
			return seen
		}
	}
	return false
}

// madeAgain says whether what an effect takes away is made again later.
func (j *postJudge) madeAgain(i int) bool {
	gone := j.files[i].name
	if j.reading.Effects[i].Kind == script.Move {
		gone = j.files[i].from
	}
	for k := i + 1; k < len(j.reading.Effects); k++ {
		if makes(j.reading.Effects[k].Kind) && (within(j.files[k].path, gone) || within(j.files[k].name, gone)) {
			return true
		}
	}
	return false
}

func (j *postJudge) changedLater(i int) bool {
	for k := i + 1; k < len(j.reading.Effects); k++ {
		if j.relation(k, i) != apart {
			return true
		}
	}
	return false
}

// sourceChanged says whether what a copy was made of is changed after it.
func (j *postJudge) sourceChanged(i int) bool {
	from := j.lead(j.reading.Effects[i].Target, true)
	for k := i + 1; k < len(j.reading.Effects); k++ {
		if within(from, j.files[k].path) || within(from, j.files[k].name) {
			return true
		}
	}
	return false
}

// removed judges that something is gone. What is made there later does not count.
func (j *postJudge) removed(i int) outcome {
	e := &j.reading.Effects[i]
	r, failed := j.stat(e.Path, false)
	switch {
	case failed != nil:
		return *failed
	case r.Info == nil:
		return holds("nothing")
	}
	if !j.madeAgain(i) {
		return differs(kindOf(r.Info))
	}
	var later []string
	for k := i + 1; k < len(j.reading.Effects); k++ {
		if makes(j.reading.Effects[k].Kind) {
			later = append(later, j.files[k].path, j.files[k].name)
		}
	}
	left := ""
	err := j.walk(r, func(name string, _ fs.FileInfo) error {
		at := "/" + name
		for _, p := range later {
			if within(p, at) || within(at, p) {
				return nil
			}
		}
		left = at
		return fs.SkipAll
	})
	switch {
	case err != nil:
		return unknown("it cannot be looked at: " + err.Error())
	case left != "":
		return differs(left + ", which nothing made later").at(left)
	}
	return holds("what was made later, and no more")
}

var errMany = fmt.Errorf("there are more than %d files below it", maxEntries)

// walk visits what stands at a place and below it, links not followed.
func (j *postJudge) walk(r overlay.Resolved, visit func(name string, info fs.FileInfo) error) error {
	left := maxEntries
	var step func(name string, info fs.FileInfo) error
	step = func(name string, info fs.FileInfo) error {
		if left--; left < 0 {
			return errMany
		}
		if err := visit(name, info); err != nil || !info.IsDir() {
			return err
		}
		entries, err := j.tree.ReadDir(name)
		if err != nil {
			return err
		}
		for _, e := range entries {
			below := path.Join(name, e.Name())
			info, err := j.tree.Lstat(below)
			if err != nil {
				return err
			}
			if err := step(below, info); err != nil {
				return err
			}
		}
		return nil
	}
	if err := step(r.Name, r.Info); !errors.Is(err, fs.SkipAll) {
		return err
	}
	return nil
}
