package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/source"
)

// Builder makes the images of a recipe's profiles from one base, which is read once.
type Builder struct {
	Recipe *recipe.Recipe
	// Profiles are those that are made, in this order; empty: all, in the recipe's order.
	Profiles []string
	// Folder is where the outputs go, made where only it is missing; empty: the recipe's folder.
	Folder string

	// Job holds what does not differ between profiles: Replace, Time, Version, HAProxy, Open. What the recipe says of
	// versions and partition counts where the job says nothing.
	Job Job
}

// Built is what became of one profile.
type Built struct {
	Profile string
	Output  string // path of the tarball, also for a plan
	*Result
}

// Plan shows what Build would do. Findings of severity error are in the results.
func (b Builder) Plan(ctx context.Context) ([]Built, error) {
	p, err := b.prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer p.close()
	packed := make([]*RPMResult, len(p.profiles))
	for i, one := range p.profiles {
		if _, packed[i], err = one.job.draftRPM(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", one.name, err)
		}
	}
	built, err := p.edit(ctx, false)
	if err != nil {
		return nil, err
	}
	for i := range built {
		built[i].RPM = packed[i]
	}
	return built, p.preview(ctx)
}

// Build makes the outputs and their records, of all profiles or of none. Where a check of one of them has findings of
// severity error the error is a [*BuildError], and the results tell what was found.
func (b Builder) Build(ctx context.Context) ([]Built, error) {
	p, err := b.prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if b.Folder != "" && os.Mkdir(b.Folder, 0o777) == nil { // the umask takes from it
		defer os.Remove(b.Folder) // it stays when there is something in it
	}
	var all []*outputs
	for i := range p.profiles {
		p.profiles[i].job.Open.Digest = true
		if p.profiles[i].outputs, err = createOutputs(p.profiles[i].job); err != nil {
			return nil, err
		}
		all = append(all, p.profiles[i].outputs)
	}
	shared := p.profiles[0].job
	for _, one := range p.profiles {
		shared.Sums = shared.Sums || one.job.Sums
	}
	if p.shared, err = createShared(shared); err != nil {
		return nil, err
	}
	all = append(all, p.shared)
	if err := clash(all); err != nil {
		return nil, err
	}
	built, err := p.edit(ctx, true)
	if err != nil {
		return nil, err
	}
	var bad []string
	for _, one := range built {
		if check.HasErrors(one.Findings) {
			bad = append(bad, one.Profile)
		}
	}
	if len(bad) > 0 {
		return built, errors.Join(&BuildError{bad}, p.preview(ctx))
	}
	var finished []*Finished
	for i := range p.profiles {
		f, err := p.profiles[i].work.pack(ctx, p.profiles[i].outputs)
		if err != nil {
			return built, err
		}
		finished = append(finished, f)
	}
	if err := writeShared(ctx, p.shared, finished); err != nil {
		return built, err
	}
	return built, commit(ctx, all...)
}

// BuildError is a build of which nothing was written, because checks of these profiles have findings of severity error.
type BuildError struct{ Profiles []string }

func (e *BuildError) Error() string {
	return "nothing is written: the checks of " + strings.Join(e.Profiles, " and ") + " have errors"
}

// prepared are the profiles of a build, with all that can be done before the source is opened.
type prepared struct {
	profiles []preparedProfile
	shared   *outputs // of all profiles together
	src      *source.Source
}

type preparedProfile struct {
	name    string
	job     Job
	opened  *request.Opened
	outputs *outputs
	work    *work
}

func (p *prepared) close() {
	for _, one := range p.profiles {
		if one.outputs != nil {
			one.outputs.discard()
		}
		if one.work != nil {
			one.work.layer.Close()
		}
		if one.opened != nil {
			one.opened.Close()
		}
	}
	if p.shared != nil {
		p.shared.discard()
	}
	if p.src != nil {
		p.src.Close()
	}
}

func (p *prepared) preview(ctx context.Context) error {
	var all []*work
	for _, one := range p.profiles {
		all = append(all, one.work)
	}
	return preview(ctx, p.profiles[0].job, all...)
}

// prepare resolves the profiles and opens what they name.
func (b Builder) prepare(ctx context.Context) (*prepared, error) {
	names := b.Profiles
	if len(names) == 0 {
		names = b.Recipe.ProfileNames()
	}
	called, err := b.sourceNames()
	if err != nil {
		return nil, err
	}
	p := &prepared{}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			err = usagef("profile %s is asked for twice", name)
		} else {
			err = b.prepareProfile(ctx, p, name, called)
		}
		if err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

func (b Builder) prepareProfile(ctx context.Context, p *prepared, name string, called recipe.SourceNames) error {
	r, err := b.Recipe.Resolve(name)
	if err != nil {
		return &UsageError{Err: err}
	}
	one := preparedProfile{name: name, job: b.Job}
	job := &one.job
	job.Source, job.SHA256, job.Profile = b.Recipe.Path(b.Recipe.Source.Path), b.Recipe.Source.SHA256, name
	if job.Open.Partition == 0 {
		job.Open.Partition = b.Recipe.Source.Partition
	}
	job.Checks = ChecksOf(r)
	if err := job.Checks.prepare(); err != nil {
		return err
	}
	if err := SetHAProxy(&job.HAProxy, r.HAProxy); err != nil {
		return &UsageError{Err: err}
	}
	output, err := r.OutputName(called)
	if err != nil {
		return &UsageError{Err: err}
	}
	folder := b.Folder
	if folder == "" {
		folder = b.Recipe.Dir
	}
	job.Output = filepath.Join(folder, output)
	for _, other := range p.profiles {
		if other.job.Output == job.Output {
			return usagef("profiles %s and %s are both to be written to %s: put {profile} into output.name", other.name, name, job.Output)
		}
	}
	job.Request = request.FromRecipe(r)
	job.beside(r.Output)
	if asked := rpmOutputOf(r); asked != nil {
		job.RPM = asked
	}
	if one.opened, err = job.Request.Open(ctx, request.Options{TempDir: job.Open.TempDir}); err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	p.profiles = append(p.profiles, one)
	return nil
}

// SetHAProxy takes over what a recipe says of how the template is judged, where the command says nothing.
func SetHAProxy(o *check.HAProxyOptions, r recipe.HAProxy) error {
	for _, v := range []struct {
		key, text string
		to        *haproxyconfig.Version
	}{{"haproxy.version", r.Version, &o.HAProxy}, {"haproxy.servoVersion", r.ServoVersion, &o.Servo}} {
		if v.text == "" || v.to.Known() {
			continue
		}
		version, err := haproxyconfig.ParseVersion(v.text)
		if err != nil {
			return fmt.Errorf("%s: %w", v.key, err)
		}
		*v.to = version
	}
	o.LintOnly = o.LintOnly || r.LintOnly
	return nil
}

// sourceNames are what the source is called: by the package itself where it is one, else by the file's name.
func (b Builder) sourceNames() (recipe.SourceNames, error) {
	path := b.Recipe.Path(b.Recipe.Source.Path)
	f, err := block.OpenFile(path)
	if err != nil {
		return recipe.SourceNames{}, fmt.Errorf("open %w", source.At(path, err))
	}
	defer f.Close()
	kind, err := source.Sniff(f, f.Size())
	if err != nil {
		return recipe.SourceNames{}, fmt.Errorf("open %w", source.At(path, err))
	}
	if kind == source.KindRPM {
		p, err := rpm.Open(f, f.Size())
		if err != nil {
			return recipe.SourceNames{}, fmt.Errorf("open %w", source.At(path, err))
		}
		return recipe.SourceNames{Name: p.Name, Version: p.Version, Release: p.Release, Arch: p.Arch}, nil
	}
	return namesOf(filepath.Base(path)), nil
}

// edit opens the source, makes all edits and checks them.
func (p *prepared) edit(ctx context.Context, write bool) ([]Built, error) {
	first := p.profiles[0].job
	first.Open.Ahead, first.Open.Digest = write, write || first.SHA256 != "" || first.Preview != nil
	var err error
	if p.src, err = first.openSource(ctx); err != nil {
		return nil, err
	}
	if write && len(p.profiles) > 1 {
		if err := p.src.Archive.CompressAhead(ctx, first.Open.TempDir); err != nil {
			return nil, fmt.Errorf("%s: compressing: %w", p.src.Path, err)
		}
	}
	base := newBaseline(p.src)
	var built []Built
	for i := range p.profiles {
		one := &p.profiles[i]
		if one.work, err = one.job.edit(ctx, base, one.opened); err != nil {
			return nil, fmt.Errorf("profile %s: %w", one.name, err)
		}
		built = append(built, Built{one.name, one.job.Output, one.work.result})
	}
	return built, nil
}
