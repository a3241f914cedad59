package compare_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/rpm"
	"lbimage/tests/needs"
)

// withPackages makes a disk whose dpkg has packages, written "name version arch".
func withPackages(t *testing.T, packages ...string) string {
	t.Helper()
	path := newDisk(t, "ext4", 1)
	edit(t, path, 1000, func(fs *ext.FS) {
		must(t, fs.MkdirAll("var/lib/dpkg/info", 0o755))
		var b strings.Builder
		for _, p := range packages {
			f := strings.Fields(p)
			fmt.Fprintf(&b, "Package: %s\nStatus: install ok installed\nInstalled-Size: 10\nMaintainer: x <x@example.org>\nArchitecture: %s\nVersion: %s\nDescription: x\n\n", f[0], f[2], f[1])
		}
		must(t, fs.WriteFile("var/lib/dpkg/status", []byte(b.String()), 0o644))
	})
	return path
}

func changes(p *compare.Packages) (out []string) {
	for _, c := range p.Changes {
		out = append(out, strings.Join(strings.Fields(fmt.Sprint(c.Kind, " ", c.Name, " ", c.ArchA, " ", c.Arch, " ", c.A, " ", c.B, " ", c.Why)), " "))
	}
	return out
}

func TestPackages(t *testing.T) {
	a := withPackages(t, "same 1.0-1 amd64", "up 1.9-1 all", "down 2:1.0 all", "gone 1 all", "arch 1.0 i386", "many 1-1 amd64", "many 1-1 i386", "kernel 5.10-1 amd64", "kernel-two 1 amd64")
	b := withPackages(t, "same 1.0-1 amd64", "up 1.10-1 all", "down 1:9.0 all", "new 1~rc1 all", "arch 1.0 amd64", "many 1-2 amd64", "many 1-1 i386", "kernel 5.10-1 amd64", "kernel-two 1 amd64")
	r := images(t, a, b, compare.Options{})
	want := []string{
		"rebuilt arch i386 amd64 1.0 1.0 architecture", "downgraded down all 2:1.0 1:9.0", "removed gone all 1", "upgraded many amd64 1-1 1-2",
		"added new all 1~rc1", "upgraded up all 1.9-1 1.10-1",
	}
	if got := changes(r.packages); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if r.packages.A.Manager != "dpkg" || r.packages.A.Count != 9 || r.sum.Packages != 6 || r.packages.B.Path == "" {
		t.Errorf("%+v %+v", r.packages, r.sum)
	}
	var note string
	for _, d := range r.files {
		if d.Path == "/var/lib/dpkg/status" {
			note = d.Inside.Note
		}
	}
	if note != "a database of packages, of which 6 differ, as told above" {
		t.Errorf("%q", note)
	}
	// Backwards each is told as its opposite.
	back := images(t, b, a, compare.Options{})
	if len(back.packages.Changes) != len(want) || back.packages.Changes[1].Kind != compare.Upgraded || back.packages.Changes[2].Kind != compare.Added {
		t.Errorf("%q", changes(back.packages))
	}
	if alone := images(t, a, b, compare.Options{FilesOnly: true}); alone.packages != nil || len(alone.disk) > 0 {
		t.Error("files alone were asked for")
	}
	if none := images(t, newDisk(t, "ext2", 1), newDisk(t, "ext2", 2), compare.Options{}); none.packages != nil {
		t.Errorf("%+v", none.packages)
	}
}

// Which of two versions is later, dpkg says, too.
func TestVersionsAsDpkgOrdersThem(t *testing.T) {
	dpkg := needs.Program(t, "dpkg")
	r := rand.New(rand.NewPCG(1, 2))
	version := func() string {
		v := ""
		if r.IntN(3) == 0 {
			v = fmt.Sprintf("%d:", 1+r.IntN(2)) // one of 0 is not written
		}
		v += fmt.Sprint(r.IntN(3))
		for range r.IntN(4) {
			v += []string{".", "+", "~", "a", "b", "0", "1", "10", "git"}[r.IntN(9)]
		}
		if r.IntN(2) == 0 {
			v += fmt.Sprintf("-%d", r.IntN(12))
		}
		return v
	}
	var a, b []string
	pairs := map[string][2]string{}
	for i := range 150 {
		name := fmt.Sprintf("p%03d", i)
		x, y := version(), version()
		if x == y {
			continue
		}
		pairs[name] = [2]string{x, y}
		a, b = append(a, name+" "+x+" all"), append(b, name+" "+y+" all")
	}
	got := images(t, withPackages(t, a...), withPackages(t, b...), compare.Options{NoDisk: true})
	if len(got.packages.Changes) != len(pairs) {
		t.Fatalf("%d of %d differ", len(got.packages.Changes), len(pairs))
	}
	for _, c := range got.packages.Changes {
		p := pairs[c.Name]
		want := compare.Rebuilt
		for op, kind := range map[string]compare.PackageKind{"lt": compare.Upgraded, "gt": compare.Downgraded} {
			cmd := exec.Command(dpkg, "--compare-versions", p[0], op, p[1])
			cmd.Env = append(os.Environ(), "LC_ALL=C")
			if cmd.Run() == nil {
				want = kind
			}
		}
		if c.Kind != want || c.A != p[0] || c.B != p[1] {
			t.Errorf("%q: %+v, dpkg says %s", p, c, want)
		}
	}
}

// Databases that rpm itself wrote: two installations of the same packages differ in every byte that matters to nobody, and
// are told as the same.
func TestPackagesOfRPM(t *testing.T) {
	program := needs.Program(t, "rpm")
	pack := func(name, version, release string) string {
		var b bytes.Buffer
		must(t, rpm.Write(&b, rpm.Spec{Name: name, Version: version, Release: release, Arch: "noarch", Summary: "x", License: "BSD", BuildTime: time.Unix(1e9, 0)}))
		path := filepath.Join(t.TempDir(), name+".rpm")
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
		return path
	}
	install := func(packages ...string) string {
		db := t.TempDir()
		for _, args := range [][]string{{"--initdb"}, append([]string{"-i", "--justdb", "--nodeps", "--nosignature", "--ignoreos", "--ignorearch"}, packages...)} {
			if out, err := exec.Command(program, append([]string{"--dbpath", db}, args...)...).CombinedOutput(); err != nil {
				t.Fatalf("rpm %v: %v\n%s", args, err, out)
			}
		}
		path := newDisk(t, "ext4", 1)
		edit(t, path, 1000, func(fs *ext.FS) {
			must(t, fs.MkdirAll("var/lib/rpm", 0o755))
			list, err := os.ReadDir(db)
			must(t, err)
			for _, e := range list {
				data, err := os.ReadFile(filepath.Join(db, e.Name()))
				must(t, err)
				must(t, fs.WriteFile("var/lib/rpm/"+e.Name(), data, 0o644))
			}
		})
		return path
	}
	one, two := pack("one", "1.0", "1"), pack("two", "1.0~rc1", "1")
	a := install(one, two)
	again := images(t, a, install(two, one), compare.Options{NoDisk: true})
	if again.packages == nil || again.packages.A.Manager != "rpm" || again.packages.A.Count != 2 || len(again.packages.Changes) != 0 {
		t.Fatalf("%+v", again.packages)
	}
	for _, d := range again.files {
		if d.Inside == nil || d.Inside.Note != "a database of packages: both have the same, stored differently" {
			t.Errorf("%+v", d)
		}
	}
	later := images(t, a, install(one, pack("two", "1.0", "1")), compare.Options{NoDisk: true})
	if got := changes(later.packages); !slices.Equal(got, []string{"upgraded two noarch 1.0~rc1-1 1.0-1"}) {
		t.Errorf("%q", got)
	}
}
