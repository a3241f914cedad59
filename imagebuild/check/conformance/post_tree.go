package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"lbimage/kickstart/script"
	"lbimage/overlay"
)

const (
	maxCopied  = 256 << 20 // bytes of a file that is compared with another
	maxEntries = 20000     // below a folder that a command is about
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

func (j *postJudge) touched(i int) outcome {
	r, failed := j.stat(j.effects[i].Path, true)
	switch {
	case failed != nil:
		return *failed
	case r.Info == nil:
		return differs("nothing")
	case r.Info.Mode().IsRegular() && r.Info.Size() > 0 && j.takenAway(i) && !j.textLater(i):
		return differs(fmt.Sprintf("a file of %d bytes", r.Info.Size())).wants("an empty file")
	}
	return holds(kindOf(r.Info))
}

// textLater says whether a later effect writes to a file.
func (j *postJudge) textLater(i int) bool {
	for k := i + 1; k < len(j.effects); k++ {
		switch j.effects[k].Kind {
		case script.Write, script.Append, script.Sed, script.Copy, script.Move:
			if within(j.files[k].path, j.files[i].path) || within(j.files[i].path, j.files[k].path) {
				return true
			}
		}
	}
	return false
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
		return differs("a link to " + target)
	}
	return differs(kindOf(r.Info))
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
	e := &j.effects[i]
	if e.Kind == script.Move || e.Recursive {
		if to, failed := j.stat(e.Path, false); failed == nil && to.Info != nil && to.Info.Mode()&fs.ModeSymlink != 0 {
			return unknown("a link is there, as there may have been at " + e.Target)
		}
	}
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
		data, _, err := overlay.ReadFile(j.tree, e.Path, maxPostText)
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
		return unknown("something is there; what " + e.Target + " held is not known any more")
	}
	return j.compared(i, to)
}

// compared holds a copy against what it was made of, as both are now.
func (j *postJudge) compared(i int, to overlay.Resolved) outcome {
	e := &j.effects[i]
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
	same, err := j.equal(from, to)
	switch {
	case err != nil:
		return unknown("it cannot be read: " + err.Error())
	case same:
		return holds("the same as " + e.Target)
	case j.changedLater(i) || j.sourceChanged(i):
		return unknown("one of the two is changed later")
	}
	a, _, errA := overlay.ReadFile(j.tree, e.Target, maxPostText)
	b, _, errB := overlay.ReadFile(j.tree, e.Path, maxPostText)
	if errA == nil && errB == nil && overlay.IsText(a) && overlay.IsText(b) {
		return difference(e.Path, string(a), string(b))
	}
	return differs(fmt.Sprintf("%d bytes that differ from %s", to.Info.Size(), e.Target))
}

// equal compares two files piece by piece.
func (j *postJudge) equal(x, y overlay.Resolved) (bool, error) {
	if x.Info.Size() != y.Info.Size() {
		return false, nil
	}
	if x.Info.Size() > maxCopied {
		return false, fmt.Errorf("it is larger than %d MiB", maxCopied>>20)
	}
	a, err := j.tree.Open(x.Name)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := j.tree.Open(y.Name)
	if err != nil {
		return false, err
	}
	defer b.Close()
	var p, q [64 << 10]byte
	for left := x.Info.Size(); left > 0; {
		n := min(left, int64(len(p)))
		if _, err := io.ReadFull(a, p[:n]); err != nil {
			return false, err
		}
		if _, err := io.ReadFull(b, q[:n]); err != nil {
			return false, err
		}
		if !bytes.Equal(p[:n], q[:n]) {
			return false, nil
		}
		left -= n
	}
	return true, nil
}

// source is the content of what a copy is made of, where the script itself wrote all of it before.
func (j *postJudge) source(i int) (string, bool) {
	var chain []int
	from := j.lead(j.effects[i].Target, true)
	if j.effects[i].Kind == script.Move {
		from = j.files[i].from
	}
	for k := range i {
		e := &j.effects[k]
		if sweeps(e, j.files[k], from) {
			chain = nil
		}
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
	if j.effects[i].Kind == script.Move {
		gone = j.files[i].from
	}
	for k := i + 1; k < len(j.effects); k++ {
		if makes(j.effects[k].Kind) && (within(j.files[k].path, gone) || within(j.files[k].name, gone)) {
			return true
		}
	}
	return false
}

func (j *postJudge) changedLater(i int) bool {
	for k := i + 1; k < len(j.effects); k++ {
		if j.relation(k, i) != apart {
			return true
		}
	}
	return false
}

// sourceChanged says whether what a copy was made of is changed after it.
func (j *postJudge) sourceChanged(i int) bool {
	from := j.lead(j.effects[i].Target, true)
	for k := i + 1; k < len(j.effects); k++ {
		if within(from, j.files[k].path) || within(from, j.files[k].name) {
			return true
		}
	}
	for _, step := range j.reading.Steps { // one that was not read, too
		if step.Unread >= 0 && !j.reading.Unread[step.Unread].Harmless && stepAfter(j.reading, step, i) && couldTouch(j.reading.Unread[step.Unread], from) {
			return true
		}
	}
	return false
}

// removed judges that something is gone. What is made there later does not count.
func (j *postJudge) removed(i int) outcome {
	e := &j.effects[i]
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
	for k := i + 1; k < len(j.effects); k++ {
		if makes(j.effects[k].Kind) {
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
