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
		return h.c
	})
	if err = errors.Join(err, failed); err != nil {
		return fmt.Errorf("making what stands beside it once more: %w", err)
	}
	for i, h := range all {
		if err := h.finish(made.Record.Outputs[i].Name); err != nil {
			return fmt.Errorf("%s %w", h.Role, source.At(h.Path, err))
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
		h.Note, err = placeInFile(h.file, h.c.first)
	}
	return err
}

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
		keys, err := allKeysThatDiffer(v.recordText, text.Bytes())
		if err != nil {
			return fmt.Errorf("record %w", source.At(v.recordPath, err))
		}
		b.Note = "it says the same, written in another way"
		if len(keys) > 0 {
			b.Note = evidenceOf(keys)
		}
		if len(keys) > 0 && !slices.ContainsFunc(keys, func(k KeyDifference) bool { return !strings.HasPrefix(k.Key, "findings") }) {
			b.Note += "; which findings there are depends on --haproxy-version and --servo-version of the build, too"
		}
	}
	v.report.Beside = append(v.report.Beside, b)
	return nil
}

// allKeysThatDiffer are those of two records, of whatever they tell.
func allKeysThatDiffer(a, b []byte) ([]KeyDifference, error) {
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &y); err != nil {
		return nil, err
	}
	var out []KeyDifference
	diffValues("", x, y, &out)
	for i := range out {
		if strings.HasSuffix(out[i].Key, ".diff") { // too long for a line, and not for everybody
			out[i].Record, out[i].Rebuild = "one text", "another"
		}
	}
	return out, nil
}
