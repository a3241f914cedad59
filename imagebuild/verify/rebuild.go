package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lbimage/imagebuild"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/tgz"
	"lbimage/imagebuild/where"
)

// Options of [Rebuild].
type Options struct {
	Output string // path of the tarball
	Record string // path of its record; empty: the one beside it, if there is one
	Recipe *recipe.Recipe
	// Profile is the one that the output is of; empty: the record's, or the one whose
	// output has this name.
	Profile string
	// Time is the stamp that was asked for; it counts where there is no record.
	Time    time.Time
	Version string // of the program
	HAProxy check.HAProxyOptions
	Open    source.Options
}

// UsageError is a question that cannot be answered as it was put.
type UsageError = request.UsageError

func usagef(format string, args ...any) error { return &UsageError{Err: fmt.Errorf(format, args...)} }

// Rebuild makes the image once more and compares. An error means that it could not be
// compared; that they differ is in the report.
func Rebuild(ctx context.Context, o Options) (*Report, error) {
	output, err := openOutput(&o)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	v := &verification{o: o, output: output, report: &Report{Schema: Schema, Recipe: o.Recipe.File, Tool: o.Version}}
	if v.record, v.recordText, v.recordPath, err = findRecord(o.Output, o.Record); err != nil {
		return nil, err
	}
	if err := v.choose(); err != nil {
		return nil, err
	}
	if err := v.compare(ctx); err != nil {
		return nil, err
	}
	return v.report, nil
}

type verification struct {
	o          Options
	output     *block.File
	record     *record // nil for none
	recordText []byte
	recordPath string
	report     *Report
	found      found
	appended   bool // all that differs follows the end of what was packed
}

// choose finds out which profile the output is of, and which time it was made with.
func (v *verification) choose() error {
	r := v.report
	builder := imagebuild.Builder{Recipe: v.o.Recipe}
	switch {
	case v.o.Profile != "":
		r.Profile, r.ProfileFrom = v.o.Profile, "the command"
	case v.record != nil && v.record.Profile != "":
		r.Profile, r.ProfileFrom = v.record.Profile, "the record"
	default:
		names, err := builder.OutputNames()
		if err != nil {
			return err
		}
		r.Profile, r.ProfileFrom, err = profileOf(filepath.Base(v.o.Output), names)
		if err != nil && v.record != nil {
			return usagef("%s names no profile: 'lbimage customize' made the output, with no recipe: compare digests with --record %s, or give --profile with one of the recipe that makes the same", v.recordPath, v.recordPath)
		}
		if err != nil {
			return err
		}
	}
	var err error
	switch {
	case v.record != nil:
		r.Time, r.TimeFrom = v.record.Time, "the record"
	case !v.o.Time.IsZero():
		r.Time, r.TimeFrom = v.o.Time, "SOURCE_DATE_EPOCH"
	default:
		if r.Time, err = stampOf(v.output); err == nil {
			r.TimeFrom = "the output's own header"
		} else {
			r.TimeFrom = "the source" // what is wrong with the output is told when it is compared
		}
	}
	if rec := v.record; rec != nil {
		r.Record = &Recorded{
			Name: v.recordPath, Version: rec.Tool.Version, Profile: rec.Profile, Time: rec.Time,
			Output: File(rec.Output), Source: File{rec.Source.Name, rec.Source.Size, rec.Source.SHA256},
			Beside: len(rec.Outputs),
		}
	}
	return nil
}

// profileOf finds the profile whose output bears the name.
func profileOf(base string, names []imagebuild.ProfileOutput) (profile, from string, err error) {
	var all []string
	for _, n := range names {
		if n.Name == base {
			return n.Profile, "the output's name", nil
		}
		all = append(all, fmt.Sprintf("%s (%s)", n.Profile, n.Name))
	}
	if len(names) == 1 {
		return names[0].Profile, "the recipe, which has no other", nil
	}
	return "", "", usagef("which profile %s is of is told by no record, and by its name neither: give --profile with one of %s", base, strings.Join(all, ", "))
}

// stampOf is the newest time in the headers of a tarball: that of the disk, which was
// written with the stamp.
func stampOf(f *block.File) (time.Time, error) {
	z, err := tgz.NewDecompressor(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return time.Time{}, err
	}
	defer z.Close()
	s := &tarSide{r: z}
	if err := s.next(); err != nil {
		return time.Time{}, err
	}
	mtime, ok := tarNumber(s.header[136:148])
	if !ok || mtime <= 0 || s.ended || mtime > 1<<33 {
		return time.Time{}, errTar
	}
	return time.Unix(mtime, 0).UTC(), nil
}

// compare makes the image and holds it against the output.
func (v *verification) compare(ctx context.Context) error {
	b := imagebuild.Builder{Recipe: v.o.Recipe, Profiles: []string{v.report.Profile}}
	b.Folder = filepath.Dir(v.o.Output)
	b.Job = imagebuild.Job{Time: v.report.Time, Version: v.o.Version, HAProxy: v.o.HAProxy, Open: v.o.Open}
	if v.record != nil { // a claim as the time is; what stands beside the output names it
		b.Job.Version = v.record.Tool.Version
	}
	made, err := b.Rebuild(ctx)
	if errors.Is(err, fs.ErrNotExist) && v.record != nil {
		return fmt.Errorf("making it once more: %w: it was made of %s with sha256 %s; get what is missing, or compare digests alone with --record", err, v.record.Source.Name, v.record.Source.SHA256)
	}
	if err != nil {
		return fmt.Errorf("making it once more: %w", err)
	}
	defer made.Close()
	v.report.Time = made.Time.UTC()
	for _, f := range made.Findings {
		if f.Severity == check.SeverityError {
			v.report.Refused = append(v.report.Refused, f)
		}
	}
	c := newComparer(v.output, v.output.Size())
	if err := made.Write(ctx, c); err != nil {
		if c.readErr != nil {
			return fmt.Errorf("output %w", source.At(v.o.Output, c.readErr))
		}
		return fmt.Errorf("making it once more: %w", err)
	}
	if v.record != nil && v.record.Profile == "" { // a command made it, by the flags that this recipe writes down
		made.Record.Profile = ""
	}
	if v.report.Same, err = c.finish(); err != nil {
		return fmt.Errorf("output %w", source.At(v.o.Output, err))
	}
	digest, err := made.Source.SHA256()
	if err != nil {
		return err
	}
	v.report.Source = File{filepath.Base(made.Source.Path), made.Source.Size, digest}
	v.report.Output = File{v.o.Output, v.output.Size(), sum(c.other)}
	v.report.Rebuild = File{filepath.Base(made.Output), made.Record.Output.Size, sum(c.own)}
	if v.record != nil {
		keys, err := keysThatDiffer(v.recordText, made.Record)
		if err != nil {
			return fmt.Errorf("record %w", source.At(v.recordPath, err))
		}
		keys = v.withVersion(keys)
		v.report.MoreKeys = max(0, len(keys)-maxKeysListed)
		v.report.Keys = keys[:min(len(keys), maxKeysListed)]
		defer func() { v.report.Causes = v.causes(keys) }()
	} else {
		defer func() { v.report.Causes = v.causes(nil) }()
	}
	if v.report.Same {
		if rec := v.record; rec != nil && rec.Source.SHA256 == digest { // what a file is called is a claim, too
			made.Record.Source.Name = rec.Source.Name
		}
		return v.beside(ctx, made)
	}
	return v.differences(ctx, made, c)
}

// withVersion adds that the record tells of another version of the program, in its place.
func (v *verification) withVersion(keys []KeyDifference) []KeyDifference {
	if v.record.Tool.Version == v.o.Version {
		return keys
	}
	i := 0
	for i < len(keys) && keyRank(keys[i].Key) < keyRank("tool.version") {
		i++
	}
	return slices.Insert(keys, i, KeyDifference{"tool.version", v.record.Tool.Version, v.o.Version})
}

// differences says where they differ, by unpacking both.
func (v *verification) differences(ctx context.Context, made *imagebuild.Rebuilt, c *comparer) error {
	f := &v.found
	head := make([]byte, headSize)
	n, err := v.output.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("output %w", source.At(v.o.Output, err))
	}
	for _, d := range packing(head[:n], c.head) {
		f.add(d)
	}
	spool, err := block.CreateSparse(v.o.Open.TempDir)
	if err != nil {
		return err
	}
	defer spool.Close()
	t := &tarball{found: f, image: made.Source.Layout.Image.Header.Name, disk: spool, listOutput: v.memberNames}
	for _, e := range made.Source.Archive.Entries {
		t.members = append(t.members, e.Header.Name)
	}
	problem, err := v.unpackBoth(ctx, made, t)
	if err != nil {
		return err
	}
	if t.hasDisk {
		if spool.Size() < made.Disk.Size() {
			spool.Grow(made.Disk.Size())
		}
		if err := f.disks(ctx, where.New(made.Disk, made.Table), t.diskAt, spool, made.Disk); err != nil {
			return err
		}
	}
	if problem != nil {
		v.report.Unreadable = problem.Error()
	}
	if f.counts.Bytes == 0 && len(f.list) == 0 {
		f.add(c.outside(problem != nil))
		v.appended = c.first >= c.made
	}
	f.counts.AtLeast = f.counts.AtLeast || f.unfinished || problem != nil
	v.report.Differences, v.report.Counts = f.list, f.counts
	return nil
}

// memberNames are those of the output's members.
func (v *verification) memberNames() ([]string, error) {
	z, err := tgz.NewDecompressor(io.NewSectionReader(v.output, 0, v.output.Size()))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return namesOf(z)
}

// unpackBoth compares the tarballs, unpacked. problem is what is wrong with the output.
func (v *verification) unpackBoth(ctx context.Context, made *imagebuild.Rebuilt, t *tarball) (problem, err error) {
	ctx, cancel := context.WithCancel(ctx)
	pr, pw := io.Pipe()
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		_ = pw.CloseWithError(made.Write(ctx, pw)) // a pipe's writer always closes
	}()
	defer func() {
		cancel()
		_ = pr.Close()
		<-wrote
	}()
	own, err := tgz.NewDecompressor(pr)
	if err != nil {
		return nil, fmt.Errorf("making it once more: %w", err)
	}
	defer own.Close()
	out, problem := tgz.NewDecompressor(io.NewSectionReader(v.output, 0, v.output.Size()))
	if problem != nil {
		return problem, nil
	}
	defer out.Close()
	problem = t.compare(ctx, out, own)
	var ours *ownError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(problem, &ours), isSpace(problem):
		return nil, problem
	}
	return problem, nil
}
