package imagebuild

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/provenance"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/source"
)

// provenanceExtra is the statement of where an image comes from: updated.intoto.json beside updated.tgz.
func provenanceExtra(output string) Extra {
	return Extra{Role: RoleProvenance, Path: stem(output) + provenance.Suffix, Write: func(ctx context.Context, w io.Writer, f *Finished) error {
		b, err := f.origin(ctx)
		if err != nil {
			return err
		}
		return b.Write(w)
	}}
}

// origin is what is told of the build: the record's facts, and the digests of all that went in.
func (f *Finished) origin(ctx context.Context) (provenance.Build, error) {
	r := f.Record
	b := provenance.Build{
		Version:    f.job.Version,
		Parameters: map[string]any{"source": r.Source.Name, "request": r.Request},
		Settings:   map[string]any{"time": r.Time, "partition": r.Image.Partition},
	}
	if r.Profile != "" {
		b.Parameters["profile"] = r.Profile
	}
	for _, out := range f.Written {
		b.Subjects = append(b.Subjects, provenance.Artifact{Name: filepath.Base(out.Path), SHA256: out.SHA256})
	}
	b.Dependencies = []provenance.Artifact{{Name: r.Source.Name, SHA256: r.Source.SHA256, More: map[string]any{"role": "source", "kind": r.Source.Kind}}}
	for _, p := range r.Packages {
		b.Dependencies = append(b.Dependencies, provenance.Artifact{Name: p.File, SHA256: p.SHA256, More: map[string]any{"role": "package", "package": p.Name}})
	}
	if s := r.Servo; s != nil {
		a := provenance.Artifact{Name: s.From, Commit: s.Commit, More: map[string]any{"role": "servo", "treeSHA256": s.SHA256, "dirty": s.Dirty}}
		if recipe.IsURL(s.From) {
			a.URI = "git+" + s.From
			if s.Ref != "" {
				a.URI += "@" + s.Ref
			}
		}
		if s.Dirty {
			a.Commit = "" // the files are not those of the commit
			a.More["basedOn"] = s.Commit
		}
		b.Dependencies = append(b.Dependencies, a)
	}
	inputs, err := inputsOf(ctx, f.job)
	b.Dependencies = append(b.Dependencies, inputs...)
	return b, err
}

// inputsOf are the files and folders that a job names, beside packages and the servo.
func inputsOf(ctx context.Context, job Job) ([]provenance.Artifact, error) {
	q := job.Request
	var out []provenance.Artifact
	add := func(role, path string) error {
		if path == "" {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		a := provenance.Artifact{Name: filepath.Base(path), More: map[string]any{"role": role}}
		st, err := os.Stat(path)
		switch {
		case err != nil:
		case st.IsDir():
			a.Dir, err = provenance.HashFolder(path)
		default:
			a.SHA256, err = outfile.SHA256(path)
		}
		if err != nil {
			return fmt.Errorf("the digest of %w", source.At(path, err))
		}
		out = append(out, a)
		return nil
	}
	err := add("template", q.Template)
	for _, list := range []struct {
		role  string
		paths []string
	}{{"overlay", q.Overlays}, {"keyring", q.Keyring}} {
		for _, path := range list.paths {
			if err == nil {
				err = add(list.role, path)
			}
		}
	}
	for _, e := range q.Edits {
		if err == nil && e.File != nil {
			err = add("file", e.File.Source)
		}
		if err == nil && e.AuthorizedKeys != nil {
			err = add("keys", e.AuthorizedKeys.File)
		}
	}
	if err == nil && q.Access != nil {
		err = add("keys", q.Access.AuthorizedKeysFile)
	}
	if o := job.RPM; o != nil {
		for _, part := range []struct{ role, path string }{{"kickstart", o.Kickstart}, {"license", o.License}, {"script", o.Script}} {
			if err == nil {
				err = add(part.role, part.path)
			}
		}
	}
	return out, err
}
