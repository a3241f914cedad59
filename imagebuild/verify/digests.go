package verify

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lbimage/imagebuild"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/source"
)

// DigestsSchema names the form of a [DigestReport].
const DigestsSchema = "lbimage/verify-digests/v1"

// Verdict is what came of a file.
type Verdict string

// Verdicts. A file that is missing is no fault of the files that are there, except
// for the output itself.
const (
	VerdictSame    Verdict = "same"
	VerdictDiffers Verdict = "differs"
	VerdictMissing Verdict = "missing"
)

// roleSums is that of files which only SHA256SUMS names, as far as is known here.
const roleSums = string(imagebuild.RoleSums)

// DigestReport is what came of files that were held against digests.
type DigestReport struct {
	Schema  string   `json:"schema"`
	Same    bool     `json:"same"` // no file differs, and the output is there
	Record  string   `json:"record"`
	Version string   `json:"version"` // of the program that wrote the record
	Files   []Digest `json:"files"`
	// NotCovered says what this does not prove.
	NotCovered []string `json:"notCovered"`

	read map[string]File // by path
}

// Digest is a file that is held against its digest.
type Digest struct {
	Role     string  `json:"role"` // output, source, another role of the record, or that of SHA256SUMS
	Path     string  `json:"path"`
	Verdict  Verdict `json:"verdict"`
	Expected File    `json:"expected"`
	Actual   *File   `json:"actual,omitempty"`
	By       string  `json:"by"` // which file says what is expected
}

// DigestOptions say what [Digests] looks at.
type DigestOptions struct {
	Record string // path
	Output string // path; empty: beside the record, by the name that it says
}

// Digests holds an output, what was made with it, and its source where that is at
// hand, against the digests of the record, and against SHA256SUMS where it stands
// beside the record.
func Digests(ctx context.Context, o DigestOptions) (*DigestReport, error) {
	rec, _, err := readRecord(o.Record)
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(o.Record)
	r := &DigestReport{Schema: DigestsSchema, Same: true, Record: o.Record, Version: rec.Tool.Version, read: map[string]File{}}
	if o.Output == "" {
		if o.Output, err = beside(folder, rec.Output.Name); err != nil {
			return nil, fmt.Errorf("record %s: output: %w", o.Record, err)
		}
	}
	if err := r.add(ctx, "output", o.Output, File(rec.Output), o.Record); err != nil {
		return nil, err
	}
	for _, b := range rec.Outputs {
		path, err := beside(filepath.Dir(o.Output), b.Name)
		if err != nil {
			return nil, fmt.Errorf("record %s: %s: %w", o.Record, b.Role, err)
		}
		if err := r.add(ctx, string(b.Role), path, File(b.RecordOutput), o.Record); err != nil {
			return nil, err
		}
	}
	sums := filepath.Join(folder, "SHA256SUMS")
	hasSums, err := r.sums(ctx, sums, folder)
	if err != nil {
		return nil, err
	}
	covered, err := r.source(ctx, rec, folder)
	if err != nil {
		return nil, err
	}
	r.Same = r.Same && r.Files[0].Verdict == VerdictSame
	r.notCovered(hasSums, covered)
	return r, nil
}

// source looks at the source where it lies beside the record. It gives what that does
// not cover, if anything.
func (r *DigestReport) source(ctx context.Context, rec *record, folder string) (uncovered string, err error) {
	path, err := beside(folder, rec.Source.Name)
	if err != nil {
		return "", fmt.Errorf("record %s: source: %w", r.Record, err)
	}
	if by := r.madeHere(path, folder); by != "" {
		return fmt.Sprintf("source %s: what bears its name there is an output, says %s", path, by), nil
	}
	return "", r.add(ctx, "source", path, File{rec.Source.Name, rec.Source.Size, rec.Source.SHA256}, r.Record)
}

// maxRecords is how many other records in a folder are asked.
const maxRecords = 256

// madeHere says which file names a path as one of a build's outputs: a package of an
// image has the name of the package that it is made of, unless it is given another.
func (r *DigestReport) madeHere(path, folder string) (by string) {
	for _, f := range r.Files {
		if f.Role != roleSums && filepath.Clean(f.Path) == filepath.Clean(path) {
			return f.By
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return ""
	}
	asked := 0
	for _, e := range entries { // in the order of names
		name := filepath.Join(folder, e.Name())
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), ".tgz.json") || asked == maxRecords {
			continue
		}
		asked++
		other, _, err := readRecord(name)
		if err != nil {
			continue // it is not the one that was asked for
		}
		for _, b := range other.Outputs {
			if b.Name == filepath.Base(path) {
				return name
			}
		}
	}
	return ""
}

// beside is the path of a file that a record names: a name without a folder.
func beside(folder, name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return "", fmt.Errorf("%q is no name of a file", name)
	}
	return filepath.Join(folder, name), nil
}

// add looks at a file.
func (r *DigestReport) add(ctx context.Context, role, path string, want File, by string) error {
	d := Digest{Role: role, Path: path, Expected: want, By: by}
	have, err := r.digest(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.Verdict = VerdictMissing
	case err != nil:
		return fmt.Errorf("%s %w", role, source.At(path, err))
	case have.SHA256 == strings.ToLower(want.SHA256) && (have.Size == want.Size || want.Size < 0):
		d.Verdict = VerdictSame
		d.Actual = &have
	default:
		d.Verdict, r.Same = VerdictDiffers, false
		d.Actual = &have
	}
	if want.Size < 0 {
		d.Expected.Size = 0
	}
	r.Files = append(r.Files, d)
	return nil
}

// digest reads a whole file, once however often it is named.
func (r *DigestReport) digest(ctx context.Context, path string) (File, error) {
	if f, done := r.read[path]; done {
		return f, nil
	}
	f, err := digest(ctx, path)
	if err == nil {
		r.read[path] = f
	}
	return f, err
}

func digest(ctx context.Context, path string) (File, error) {
	f, err := block.OpenPlain(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, &endingReader{ctx, f})
	return File{filepath.Base(path), n, sum(h)}, err
}

// endingReader ends with its context.
type endingReader struct {
	ctx context.Context
	r   io.Reader
}

func (e *endingReader) Read(p []byte) (int, error) {
	if e.ctx.Err() != nil {
		return 0, context.Cause(e.ctx)
	}
	return e.r.Read(p)
}

// sums looks at the files that SHA256SUMS names.
func (r *DigestReport) sums(ctx context.Context, path, folder string) (found bool, err error) {
	f, err := block.OpenPlain(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w", source.At(path, err))
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	const maxLines = 10000
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if text == "" && n <= maxLines {
			continue
		}
		want, name, ok := imagebuild.ParseSum(text)
		file, bad := beside(folder, name)
		if !ok || bad != nil || n > maxLines {
			return true, fmt.Errorf("%s: line %d: %q is not a digest and the name of a file beside it, as sha256sum writes them", path, n, text)
		}
		if err := r.add(ctx, roleSums, file, File{name, -1, want}, path); err != nil {
			return true, err
		}
	}
	if err := lines.Err(); err != nil {
		return true, fmt.Errorf("%w", source.At(path, err))
	}
	return true, nil
}

// notCovered says what is not proved; source is what is said of that.
func (r *DigestReport) notCovered(sums bool, source string) {
	r.NotCovered = []string{
		"that the record is the one that the build wrote: whoever changes an output can change its record; what was not at hand when the output was changed (a signature, a copy kept elsewhere) tells",
		"that the recipe makes this output: 'lbimage verify OUTPUT -f RECIPE' makes it once more and compares",
	}
	for _, f := range r.Files {
		if f.Verdict == VerdictMissing && f.Role != "output" {
			r.NotCovered = append(r.NotCovered, fmt.Sprintf("%s %s, which is not there", f.Role, f.Path))
		}
	}
	if source != "" {
		r.NotCovered = append(r.NotCovered, source)
	}
	if !sums {
		r.NotCovered = append(r.NotCovered, "SHA256SUMS, which is not there")
	}
}
