package imagebuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lbimage/imagebuild/outfile"
)

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		text, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		names = append(names, e.Name()+"="+string(text))
	}
	return strings.Join(names, " ")
}

func put(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// made are the outputs of a job, each with its role for its contents.
func made(t *testing.T, job Job) *outputs {
	t.Helper()
	o, err := createOutputs(job)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.discard)
	for _, one := range o.list {
		if err := one.write(func(w io.Writer) error { _, err := io.WriteString(w, string(one.role)); return err }); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// Outputs appear together; where one cannot, none does, and what was to be replaced is there as it was.
func TestCommitAllOrNone(t *testing.T) {
	for _, replace := range []bool{false, true} {
		dir := t.TempDir()
		if replace {
			put(t, dir, "a.tgz", "a.tgz.json", "a.tgz.x", "b.tgz")
		}
		before := list(t, dir)
		job := Job{Source: "/nowhere", Output: filepath.Join(dir, "a.tgz"), Replace: replace, Extras: []Extra{{Role: RoleReport, Suffix: ".x"}}}
		one := made(t, job)
		job.Output, job.Extras = filepath.Join(dir, "b.tgz"), nil
		two := made(t, job)
		// Somebody puts a folder into the place of the last one.
		os.Remove(job.Output)
		if err := os.Mkdir(job.Output, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := commit(context.Background(), one, two); err == nil {
			t.Fatal("a folder is replaced")
		}
		one.discard()
		two.discard()
		os.Remove(job.Output)
		if replace {
			put(t, dir, "b.tgz")
		}
		if after := list(t, dir); after != before {
			t.Errorf("replace %v: %s instead of %s", replace, after, before)
		}

		job.Output = filepath.Join(dir, "b.tgz")
		if err := commit(context.Background(), made(t, job)); err != nil {
			t.Fatal(err)
		}
		if got := list(t, dir); !strings.Contains(got, "b.tgz=image b.tgz.json=record") {
			t.Error(got)
		}
	}
}

// An end that is asked for comes before the first name.
func TestCommitStopped(t *testing.T) {
	dir := t.TempDir()
	o := made(t, Job{Output: filepath.Join(dir, "a.tgz")})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := commit(ctx, o); !errors.Is(err, context.Canceled) || list(t, dir) != "" {
		t.Errorf("%v, the folder holds %s", err, list(t, dir))
	}
}

func TestOutputRefusals(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "source.tgz", "taken.tgz.spdx.json")
	if err := os.Symlink(dir, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, c := range map[string]struct {
		job   Job
		want  string
		usage bool
	}{
		"the source":           {Job{Output: path("source.tgz")}, "the source itself", true},
		"an extra, the source": {Job{Output: path("a.tgz"), Extras: []Extra{{Role: RoleReport, Path: path("link/source.tgz")}}}, "the source itself", true},
		"the record's name":    {Job{Output: path("a.tgz"), Extras: []Extra{{Role: RoleReport, Suffix: ".json"}}}, "report and record are both", true},
		"through a link":       {Job{Output: path("a.tgz"), Extras: []Extra{{Role: RoleReport, Path: path("link/a.tgz")}}}, "image and report are both", true},
		"exists":               {Job{Output: path("taken.tgz"), Extras: []Extra{{Role: RoleSPDX, Suffix: ".spdx.json"}}}, "it exists already", false},
	} {
		c.job.Source = path("source.tgz")
		before := list(t, dir)
		_, err := createOutputs(c.job)
		var usage *UsageError
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &usage) != c.usage {
			t.Errorf("%s: %v", name, err)
		}
		if c.want == "it exists already" && !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
		if after := list(t, dir); after != before {
			t.Errorf("%s: the folder became %s", name, after)
		}
	}
	a, b := made(t, Job{Output: path("a.tgz")}), made(t, Job{Output: path("link/b.tgz"), Extras: []Extra{{Role: RoleReport, Path: path("link/a.tgz")}}})
	if err := clash([]*outputs{a, b}); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("a clash of two images: %v", err)
	}
}

// Extras are written in the order of their roles.
func TestExtrasOrder(t *testing.T) {
	o := made(t, Job{Output: filepath.Join(t.TempDir(), "a.tgz"), Extras: []Extra{
		{Role: RoleReport, Suffix: ".html"}, {Role: RoleProvenance, Suffix: ".intoto.json"}, {Role: RoleRPM, Suffix: ".rpm"}, {Role: RoleSPDX, Suffix: ".spdx.json"},
	}})
	var got []string
	for _, one := range o.list {
		got = append(got, string(one.role))
	}
	if text := strings.Join(got, " "); text != "image rpm sbom-spdx provenance report record" {
		t.Error(text)
	}
}

// The path of what cannot be written stands once in the error, wherever it comes from.
func TestWriteError(t *testing.T) {
	dir := t.TempDir()
	o, err := createOutputs(Job{Output: filepath.Join(dir, "a.tgz")})
	if err != nil {
		t.Fatal(err)
	}
	defer o.discard()
	out := o.image()
	path := out.file.Path()
	for _, cause := range []error{errors.New("it went wrong"), &outfile.WriteError{Path: path, Err: syscall.ENOSPC}, fmt.Errorf("packing: %w", &outfile.WriteError{Path: path, Err: syscall.ENOSPC})} {
		err := out.write(func(io.Writer) error { return cause })
		if !errors.Is(err, cause) || strings.Count(err.Error(), path) != 1 {
			t.Errorf("%v", err)
		}
	}
}
