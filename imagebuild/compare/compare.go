package compare

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"lbimage/imagebuild/source"
	"lbimage/imagebuild/treediff"
)

// Options of [Images]. The zero value compares all but times.
type Options struct {
	// Files says how the files of the two root file systems are compared.
	Files treediff.Options
	// FilesOnly leaves out what lies around them: tarball, partition table, file system. So does a path in Files.
	FilesOnly bool
	// NoDisk leaves out the comparison of the disks' bytes.
	NoDisk bool
	Open   source.Options
}

// image is an opened source.
type image struct{ *source.Source }

// Side is one side of a comparison.
type Side struct {
	Name     string      `json:"name"` // the path that was given
	Kind     source.Kind `json:"kind"`
	Size     int64       `json:"size"`
	SHA256   string      `json:"sha256,omitempty"` // where Options.Open asks for digests
	Warnings []string    `json:"warnings,omitempty"`
}

// Surrounding is a difference in what lies around the files.
type Surrounding struct {
	Place string `json:"place"` // tarball, disk, partition N or root
	What  string `json:"what"`  // "uuid", "boot code"
	A     string `json:"a"`     // empty where there is nothing
	B     string `json:"b"`
}

// Report takes what [Images] finds, as it is found.
type Report interface {
	// Begin is called once, before the files.
	Begin(a, b Side, around []Surrounding) error
	// Packages is called once, after Begin, where both images are compared whole and at least one has packages.
	Packages(Packages) error
	// File is called for each path that differs, and for each member of an archive that does, after it. The value is not
	// used afterwards.
	File(*treediff.Difference) error
	// Disk is called for what differs in the disk outside of files, after all files.
	Disk(DiskDifference) error
}

// Summary counts what [Images] found.
type Summary struct {
	Around   int `json:"around"`
	Packages int `json:"packages"` // that differ
	// DiskBytes is the number of bytes of the disks that differ, where they were compared as such.
	DiskBytes int64 `json:"diskBytes"`
	treediff.Summary
}

// Differ says whether anything was found. Times do not count, and neither does what differs in the bytes of the disks
// and is told nowhere else: two images that hold the same may lie on the disk in two ways.
func (s Summary) Differ() bool { return s.Around > 0 || s.Packages > 0 || s.Summary.Differ() }

// Images opens two sources and tells what differs between them.
func Images(ctx context.Context, a, b string, o Options, report Report) (Summary, error) {
	var sum Summary
	ctx, cancel := context.WithCancel(ctx) // digests are computed beside the comparison
	defer cancel()
	sa, sb, err := openBoth(ctx, cancel, a, b, o.Open)
	if err != nil {
		return sum, err
	}
	defer sa.Close()
	defer sb.Close()
	ta, err := sa.side()
	if err != nil {
		return sum, source.At(a, err)
	}
	tb, err := sb.side()
	if err != nil {
		return sum, source.At(b, err)
	}
	around := []Surrounding{}
	whole := !o.FilesOnly && o.Files.Path == ""
	if whole {
		if around, err = surroundings(ctx, sa, sb, o.Files.Times || o.Files.AllTimes, o.Open.TempDir); err != nil {
			return sum, err
		}
	}
	sum.Around = len(around)
	sideA, err := sa.diffSource(o.Open.Digest)
	if err != nil {
		return sum, source.At(a, err)
	}
	sideB, err := sb.diffSource(o.Open.Digest)
	if err != nil {
		return sum, source.At(b, err)
	}
	if err := report.Begin(sideA, sideB, around); err != nil {
		return sum, err
	}
	o.Files.Show, o.Files.TempDir = showText, o.Open.TempDir
	if whole {
		packages, none, err := packagesOf(ctx, ta.Tree, tb.Tree, o.Open.TempDir)
		var side *sideError
		switch {
		case errors.As(err, &side) && side.side == "A":
			return sum, source.At(a, side.err)
		case errors.As(err, &side):
			return sum, source.At(b, side.err)
		}
		if !none {
			sum.Packages, o.Files.Explain = len(packages.Changes), explainer(packages)
			if err := report.Packages(packages); err != nil {
				return sum, err
			}
		}
	}
	sum.Summary, err = treediff.Compare(ctx, ta, tb, o.Files, report.File)
	var side *treediff.SideError
	switch {
	case errors.As(err, &side) && side.Side == "A":
		return sum, source.At(a, side.Err)
	case errors.As(err, &side):
		return sum, source.At(b, side.Err)
	case err != nil || !whole || o.NoDisk:
		return sum, err
	}
	if sum.DiskBytes, err = disks(ctx, sa, sb, report.Disk); err != nil {
		return sum, fmt.Errorf("comparing the disks of %s and %s: %w", a, b, err)
	}
	return sum, nil
}

func (s image) diffSource(digest bool) (d Side, err error) {
	d = Side{Name: s.Path, Kind: s.Kind, Size: s.Size, Warnings: s.Warnings}
	if digest {
		if d.SHA256, err = s.SHA256(); err != nil {
			return d, err
		}
	}
	if r, ok := s.Root.FS.Recovered(); ok {
		d.Warnings = append(d.Warnings[:len(d.Warnings):len(d.Warnings)], fmt.Sprintf("%s%s was not unmounted, and is compared as if it had been: %s", s.DiskName(), s.Root.Name(), r))
	}
	return d, nil
}

// side is the root file system with the names of its users.
func (s image) side() (treediff.Side, error) {
	b, err := s.Browse()
	if err != nil {
		return treediff.Side{}, err
	}
	return treediff.Side{Tree: s.Root.FS, Users: b.Users(), Groups: b.Groups()}, nil
}

// openBoth opens two sources at once: most of the time goes into unpacking, which one core does for each.
func openBoth(ctx context.Context, cancel func(), a, b string, o source.Options) (sa, sb image, err error) {
	both := &bothProgress{report: o.Progress}
	var errA, errB error
	var wg sync.WaitGroup
	open := func(i int, path string, s *image, failed *error) {
		own := o
		if o.Progress != nil {
			own.Progress = both.of(i)
		}
		if s.Source, *failed = source.Open(ctx, path, own); *failed != nil {
			cancel()
		}
	}
	wg.Go(func() { open(0, a, &sa, &errA) })
	wg.Go(func() { open(1, b, &sb, &errB) })
	wg.Wait()
	if errA == nil && errB == nil {
		return sa, sb, nil
	}
	for _, s := range []image{sa, sb} {
		if s.Source != nil {
			err = errors.Join(err, s.Close())
		}
	}
	// What failed first has cancelled the other one, which has nothing to tell then.
	switch {
	case errA != nil && errB != nil && errors.Is(errA, context.Canceled):
		return sa, sb, errors.Join(errB, err)
	case errA != nil:
		return sa, sb, errors.Join(errA, err)
	}
	return sa, sb, errors.Join(errB, err)
}

// bothProgress adds up how far two sources have come.
type bothProgress struct {
	mu     sync.Mutex
	done   [2]int64
	total  [2]int64
	report source.Progress
}

func (p *bothProgress) of(i int) source.Progress {
	return func(stage source.Stage, done, total int64) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.done[i], p.total[i] = done, total
		p.report(stage, p.done[0]+p.done[1], p.total[0]+p.total[1])
	}
}
