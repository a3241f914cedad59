package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/source"
)

// Beside is a file that stands beside an output which is the same: made once more, and compared.
type Beside struct {
	Role    string  `json:"role"` // rpm, sbom-spdx, record, and so on
	Path    string  `json:"path"`
	Verdict Verdict `json:"verdict"`
	// Note says where it differs first, or why nothing can be said.
	Note    string `json:"note,omitempty"`
	Rebuild *File  `json:"rebuild,omitempty"`
	Actual  *File  `json:"actual,omitempty"` // absent: it is not there
}

// OK tells whether output and all that stands beside it are what they ought to be.
func (r *Report) OK() bool {
	return r.Same && !slices.ContainsFunc(r.Beside, func(b Beside) bool { return b.Verdict == VerdictDiffers })
}

// held is a file beside the output, under comparison.
type held struct {
	Beside
	file *block.File // nil: it is not there
	c    *comparer
	text bytes.Buffer // of the rebuild, where it tells of the recipe
}

// maxText bounds a text that is kept.
const maxText = 8 << 20

func (h *held) Write(p []byte) (int, error) {
	if h.Role == string(imagebuild.RoleProvenance) && h.text.Len() <= maxText {
		h.text.Write(p)
	}
	return h.c.Write(p)
}

// beside makes what stands beside the output once more. The output is the same as the rebuild.
func (v *verification) beside(ctx context.Context, made *imagebuild.Rebuilt) error {
	folder := filepath.Dir(v.o.Output)
	var recorded []imagebuild.RecordBeside
	var roles []imagebuild.Role
	if v.record != nil {
		recorded = v.record.Outputs
		for _, b := range recorded {
			roles = append(roles, b.Role)
		}
	}
	var all []*held
	var failed error
	defer func() {
		for _, h := range all {
			if h.file != nil {
				_ = h.file.Close() // it was read only
			}
		}
	}()
	err := made.WriteBeside(ctx, v.output, roles, recorded, func(b imagebuild.RecordBeside) io.Writer {
		h := &held{Beside: Beside{Role: string(b.Role), Path: filepath.Join(folder, v.nameOf(b))}}
		all = append(all, h)
		var size int64
		var r io.ReaderAt = bytes.NewReader(nil)
		f, err := block.OpenFile(h.Path)
		switch {
		case err == nil:
			h.file, r, size = f, f, f.Size()
		case !errors.Is(err, fs.ErrNotExist):
			failed = errors.Join(failed, fmt.Errorf("%s %w", b.Role, source.At(h.Path, err)))
		}
		h.c = newComparer(r, size)
		return h
	})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("making what stands beside it once more: %w", err)
	}
	for i, h := range all {
		if err := h.finish(made.Record.Outputs[i].Name); err != nil {
			return fmt.Errorf("%s %w", h.Role, source.At(h.Path, err))
		}
		if h.Verdict == VerdictDiffers && h.Actual.SHA256 == v.report.Source.SHA256 { // a package has its source's name, unless it is given another
			h.Verdict, h.Actual, h.Note = VerdictMissing, nil, "what bears its name there is the source"
		}
		if h.Verdict == VerdictMissing && v.record != nil && !slices.Contains(roles, imagebuild.Role(h.Role)) {
			h.Note = "the recipe asks for it, and the record does not tell of it"
		}
		v.report.Beside = append(v.report.Beside, h.Beside)
	}
	if v.record == nil {
		return nil
	}
	return v.besideRecord(made.Record)
}

// nameOf is what a file beside the output is called: as the record says, which may be another name than the rebuild's.
func (v *verification) nameOf(b imagebuild.RecordBeside) string {
	if v.record != nil {
		for _, said := range v.record.Outputs {
			if said.Role == b.Role && said.Name == filepath.Base(said.Name) && said.Name != ".." {
				return said.Name
			}
		}
	}
	return b.Name
}

// finish says what came of the comparison.
func (h *held) finish(name string) error {
	same, err := h.c.finish()
	if err != nil {
		return err
	}
	h.Rebuild = &File{name, h.c.made, sum(h.c.own)}
	if h.file == nil {
		h.Verdict = VerdictMissing
		return nil
	}
	h.Actual = &File{filepath.Base(h.Path), h.file.Size(), sum(h.c.other)}
	h.Verdict = VerdictSame
	if !same {
		h.Verdict = VerdictDiffers
		if h.Note, err = placeInFile(h.file, h.c.first); err == nil {
			err = h.meaning()
		}
	}
	return err
}

// meaning says which keys of a statement differ. Where the edits stand in the recipe is no fault of it.
func (h *held) meaning() error {
	if h.text.Len() == 0 || h.text.Len() > maxText || h.file.Size() > maxText {
		return nil
	}
	text := make([]byte, h.file.Size())
	if _, err := h.file.ReadAt(text, 0); err != nil && err != io.EOF {
		return err
	}
	keys, onlyPlaces, err := allKeysThatDiffer(text, h.text.Bytes())
	switch {
	case err != nil: // it is no JSON any more, and its place is told
	case onlyPlaces:
		h.Verdict, h.Note = VerdictSame, butForPlaces
	case len(keys) > 0:
		h.Note += ": " + evidenceOf(keys)
	}
	return nil
}

// butForPlaces is said of a text that tells of the recipe as it was, with other lines around the edits.
const butForPlaces = "but for the lines at which edits stand in the recipe"

// placeInFile names a byte, and its line where the file is text so far.
func placeInFile(r *block.File, at int64) (string, error) {
	const most = 16 << 20
	if at >= r.Size() {
		return fmt.Sprintf("it ends at byte %d", r.Size()), nil
	}
	head := make([]byte, min(at, most))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return "", err
	}
	if at > most || bytes.IndexByte(head, 0) >= 0 {
		return fmt.Sprintf("first at byte %d", at), nil
	}
	return fmt.Sprintf("first at byte %d, line %d", at, 1+bytes.Count(head, []byte("\n"))), nil
}

// besideRecord holds the record against what a build would write today.
func (v *verification) besideRecord(now *imagebuild.Record) error {
	var text bytes.Buffer
	if err := now.Write(&text); err != nil {
		return err
	}
	b := Beside{Role: string(imagebuild.RoleRecord), Path: v.recordPath, Verdict: VerdictSame}
	b.Rebuild = &File{filepath.Base(v.recordPath), int64(text.Len()), digestOf(text.Bytes())}
	b.Actual = &File{b.Rebuild.Name, int64(len(v.recordText)), digestOf(v.recordText)}
	if !bytes.Equal(text.Bytes(), v.recordText) {
		b.Verdict = VerdictDiffers
		keys, onlyPlaces, err := allKeysThatDiffer(v.recordText, text.Bytes(), v.excused()...)
		if err != nil {
			return fmt.Errorf("record %w", source.At(v.recordPath, err))
		}
		b.Note = "it says the same, written in another way"
		if len(keys) > 0 {
			b.Note = evidenceOf(keys)
		}
		if onlyPlaces {
			b.Verdict, b.Note = VerdictSame, butForPlaces
		} else if len(keys) > 0 && !slices.ContainsFunc(keys, func(k KeyDifference) bool { return !strings.HasPrefix(k.Key, "findings") }) {
			b.Note += "; which findings there are depends on --haproxy-version and --servo-version of the build, too"
		}
	}
	v.report.Beside = append(v.report.Beside, b)
	return nil
}

// excused are keys of the record about files that say the same, with other lines.
func (v *verification) excused() (keys []string) {
	for _, b := range v.report.Beside {
		if b.Note == butForPlaces {
			keys = append(keys, fmt.Sprintf("outputs[%s].", filepath.Base(b.Path)))
		}
	}
	return keys
}

// allKeysThatDiffer are those of two texts, of whatever they tell. onlyPlaces: none of them differs but in where edits
// stand in the recipe, or begins as one that is excused.
func allKeysThatDiffer(a, b []byte, excused ...string) (keys []KeyDifference, onlyPlaces bool, err error) {
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		return nil, false, err
	}
	if err := json.Unmarshal(b, &y); err != nil {
		return nil, false, err
	}
	diffValues("", x, y, &keys)
	onlyPlaces = len(keys) > 0
	for i, k := range keys {
		if strings.HasSuffix(k.Key, ".diff") { // too long for a line, and not for everybody
			keys[i].Record, keys[i].Rebuild = "one text", "another"
		}
		onlyPlaces = onlyPlaces && (inPlace.MatchString(k.Key) || slices.ContainsFunc(excused, func(e string) bool { return strings.HasPrefix(k.Key, e) }))
	}
	return keys, onlyPlaces, nil
}
