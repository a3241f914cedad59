package rpmout

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpm"
)

// upstream is a package such as load balancer images come in, made by our own writer.
func upstream() rpm.Spec {
	doc := docDir + imageName + "-1.1.0"
	return rpm.Spec{
		Name: imageName, Version: "1.1.0", Release: "0.212.el6", Arch: "x86_64", Summary: "An image", License: "GPLv2",
		Vendor: "Example", URL: "http://example.com/", Group: "Applications/System", Description: "Of a load balancer.",
		BuildTime: built.Add(-time.Hour),
		Requires:  []rpm.Dependency{{Name: "euca2ools", Op: ">=", Version: "3.1.0"}, {Name: "python-boto"}},
		Provides:  []rpm.Dependency{{Name: imageName + "(x86-64)", Op: "=", Version: "1.1.0-0.212.el6"}, {Name: "load-balancer", Op: "=", Version: "1"}},
		Conflicts: []rpm.Dependency{{Name: "other"}}, Obsoletes: []rpm.Dependency{{Name: "older", Op: "<", Version: "1"}},
		Changelog: []rpm.Change{{Time: built, Name: "A - 1.1.0", Text: "- made"}},
		Files: []rpm.SpecFile{
			{Path: installer, Mode: 0o755, Content: []byte(scriptText)},
			{Path: doc, Mode: fs.ModeDir | 0o755},
			{Path: doc + "/IMAGE-LICENSE", Mode: 0o644, Content: []byte(licenceText), Flags: rpm.FlagDoc},
			{Path: doc + "/" + imageName + ".ks", Mode: 0o644, Content: []byte(kickstartText), Flags: rpm.FlagDoc},
			{Path: shareDir + imageName, Mode: fs.ModeDir | 0o755},
			{Path: shareDir + imageName + "/" + imageName + "-1.1.0-212.tgz", Mode: 0o644, Content: []byte("the old tarball")},
		},
	}
}

// written is a base with a package that has been written.
func written(t testing.TB, s rpm.Spec) Base {
	t.Helper()
	var b bytes.Buffer
	if err := rpm.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "source.rpm")
	return ofPackage(t, writeFile(t, path, b.String()))
}

// contentsOf reads a package: what is at each path.
func contentsOf(t testing.TB, path string) (*rpm.Package, map[string]string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rpm.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := p.Payload(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer payload.Close()
	out := map[string]string{}
	for {
		e, err := payload.Next()
		if errors.Is(err, io.EOF) {
			return p, out
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(e)
		if err != nil {
			t.Fatal(err)
		}
		out[e.File.Path] = string(content)
	}
}

func names(d *Draft) []string {
	var out []string
	for _, p := range d.Parts() {
		out = append(out, p.Path)
	}
	return out
}

// TestNames: what a package and its tarball are called.
func TestNames(t *testing.T) {
	tarballs := func(name, version, release string) Base {
		return Base{Names: recipe.SourceNames{Name: name, Version: version, Release: release}}
	}
	for _, c := range []struct {
		base          Base
		o             Options
		name, tarball string
	}{
		{ofTarball(), Options{}, imageName + "-1.1.0-0.212.x86_64", imageName + "-1.1.0-212.tgz"},
		{ofTarball(), Options{Development: true}, imageName + "-devel-1.1.0-0.212.x86_64", imageName + "-devel-1.1.0-212.tgz"},
		{tarballs(imageName+"-devel", "1.1.0", "7"), Options{Development: true}, imageName + "-devel-1.1.0-0.7.x86_64", imageName + "-devel-1.1.0-7.tgz"},
		{tarballs("updated", "2.0", ""), Options{}, imageName + "-2.0-0.x86_64", imageName + "-2.0.tgz"},
		{tarballs("eucalyptus-service-image", "1.48", "0.92"), Options{}, "eucalyptus-service-image-1.48-0.92.x86_64", "eucalyptus-service-image-1.48-92.tgz"},
		{tarballs("updated", "", ""), Options{Tags: Tags{Version: "3", Release: "1.el7"}}, imageName + "-3-1.el7.x86_64", imageName + "-3-1.tgz"},
		{ofTarball(), Options{Tags: Tags{Name: "lb", Version: "2", Release: "0.5.fc20", Arch: "noarch"}}, "lb-2-0.5.fc20.noarch", "lb-2-5.tgz"},
		{ofTarball(), Options{Tags: Tags{Release: "0.el6"}}, imageName + "-1.1.0-0.el6.x86_64", imageName + "-1.1.0.tgz"},
		{ofTarball(), Options{Tags: Tags{Release: "0.212.1.el7_4.centos"}}, imageName + "-1.1.0-0.212.1.el7_4.centos.x86_64", imageName + "-1.1.0-212.1.tgz"},
	} {
		d := draft(t, c.base, c.o)
		if d.Name() != c.name || filepath.Base(d.tarball) != c.tarball || d.FileName() != c.name+".rpm" {
			t.Errorf("%s with %s, want %s with %s", d.Name(), filepath.Base(d.tarball), c.name, c.tarball)
		}
		if want := shareDir + d.spec.Name; filepath.Dir(d.tarball) != want || !slices.Contains(names(d), want) {
			t.Errorf("the tarball is %s; there are %q", d.tarball, names(d))
		}
		// The installer finds it.
		if ok, _ := filepath.Match("/usr/share/eucalyptus-*image*/*.tgz", d.tarball); !ok && d.spec.Name != "lb" {
			t.Errorf("no installer finds %s", d.tarball)
		}
	}
}

// TestFollows: what is taken over, what moves, what is replaced.
func TestFollows(t *testing.T) {
	base := written(t, upstream())
	o := Options{Development: true}
	o.Version, o.Release, o.Vendor = "1.2.0", "0.5.el6", "Ours"
	d := draft(t, base, o)
	p, got := contentsOf(t, pack(t, d))
	devel := imageName + "-devel"
	want := map[string]string{
		installer:                                       scriptText,
		docDir + devel + "-1.2.0":                       "",
		docDir + devel + "-1.2.0/IMAGE-LICENSE":         licenceText,
		docDir + devel + "-1.2.0/" + imageName + ".ks":  kickstartText,
		shareDir + devel:                                "",
		shareDir + devel + "/" + devel + "-1.2.0-5.tgz": string(tarball),
	}
	for path, content := range want {
		if c, ok := got[path]; !ok || c != content {
			t.Errorf("%s: %q, there: %v", path, c, ok)
		}
	}
	if len(got) != len(want) {
		t.Errorf("it has %q", names(d))
	}
	if p.Vendor != "Ours" || p.URL != "http://example.com/" || p.Summary != "An image" || len(p.Changelog) != 1 || !p.BuildTime.Equal(built) {
		t.Errorf("%+v", p)
	}
	list := func(ds []rpm.Dependency) string {
		var out []string
		for _, d := range ds {
			if !d.Internal() {
				out = append(out, d.String())
			}
		}
		return strings.Join(out, ", ")
	}
	if s := list(p.Requires) + "; " + list(p.Provides) + "; " + list(p.Conflicts) + "; " + list(p.Obsoletes); s !=
		"euca2ools >= 3.1.0, python-boto; "+devel+"(x86-64) = 1.2.0-0.5.el6, load-balancer = 1, "+devel+" = 1.2.0-0.5.el6; other; older < 1" {
		t.Error(s)
	}
	// What is carried keeps its times, what is new has the build's.
	for path, when := range map[string]time.Time{installer: built.Add(-time.Hour), d.tarball: built} {
		if f, _ := p.File(path); !f.ModTime.Equal(when) {
			t.Errorf("%s is of %v", path, f.ModTime)
		}
	}
	if notes := d.Notes(); !slices.Equal(notes, []string{"its kickstart is that of " + imageName}) {
		t.Errorf("notes %q", notes)
	}
	// Named files take the place of those of the source.
	with := parts(t)
	with.Tags, with.Development = o.Tags, o.Development
	d = draft(t, base, with)
	if got, want := names(d), []string{
		installer, docDir + devel + "-1.2.0", docDir + devel + "-1.2.0/IMAGE-LICENSE", docDir + devel + "-1.2.0/" + devel + ".ks",
		shareDir + devel, shareDir + devel + "/" + devel + "-1.2.0-5.tgz",
	}; !slices.Equal(got, want) {
		t.Errorf("it has %q", got)
	}
	for _, part := range d.Parts() {
		if want := map[string]string{installer: "installer", d.tarball: fromImage, d.docs() + "/IMAGE-LICENSE": "COPYING", d.docs() + "/" + devel + ".ks": "my.ks"}[part.Path]; part.From != want {
			t.Errorf("%s is from %q, want %q", part.Path, part.From, want)
		}
	}
	if notes := d.Notes(); len(notes) > 0 {
		t.Errorf("notes %q", notes)
	}
}

// TestCarries: links, ghosts, configuration and hard links come over; the order in the archive does not matter.
func TestCarries(t *testing.T) {
	s := upstream()
	s.PostInstall, s.PreRemove = "echo hello", ":"
	s.Files = append(s.Files,
		rpm.SpecFile{Path: "/usr/share/zzz", Mode: 0o4711, User: "daemon", Content: bytes.Repeat([]byte("behind the tarball"), 9999), Unverified: 1},
		rpm.SpecFile{Path: "/etc/lb.conf", Mode: 0o640, Group: "adm", Content: []byte("a=b\n"), Flags: rpm.FlagConfig | rpm.FlagNoReplace},
		rpm.SpecFile{Path: "/etc/lb.link", Mode: fs.ModeSymlink, Link: "lb.conf"},
		rpm.SpecFile{Path: "/var/log/lb.log", Mode: 0o600, Flags: rpm.FlagGhost},
		rpm.SpecFile{Path: "/usr/share/empty", Mode: 0o600},
	)
	base := written(t, s)
	d := draft(t, base, Options{})
	p, got := contentsOf(t, pack(t, d))
	for _, want := range base.Package.Files {
		f, ok := p.File(want.Path)
		if !ok {
			t.Errorf("%s is missing", want.Path)
			continue
		}
		if want.Path == d.tarball {
			continue
		}
		have := *f
		if have.Mode != want.Mode || have.User != want.User || have.Group != want.Group || have.Flags != want.Flags || have.Link != want.Link ||
			have.Digest != want.Digest || have.VerifyFlags != want.VerifyFlags || !have.ModTime.Equal(want.ModTime) {
			t.Errorf("%+v\nof the source %+v", have, want)
		}
	}
	if _, there := got["/var/log/lb.log"]; there {
		t.Error("the ghost is in the archive")
	}
	if len(p.Scriptlets) != 2 || p.Scriptlets[0].Body != "echo hello" || p.Scriptlets[1].Name != "preun" {
		t.Errorf("scripts %v", p.Scriptlets)
	}
}

// TestHardLinks: names of one file come over, each with its content.
func TestHardLinks(t *testing.T) {
	extra := "mkdir -p %{buildroot}/usr/share/lb\necho one >%{buildroot}/usr/share/lb/a\n" +
		"ln %{buildroot}/usr/share/lb/a %{buildroot}/usr/share/lb/b\nln %{buildroot}/usr/share/lb/a %{buildroot}/usr/share/lb/c\n"
	base := ofPackage(t, rpmbuild(t, false, extra, "/usr/share/lb\n"))
	if f, _ := base.Package.File("/usr/share/lb/b"); f.Nlink != 3 {
		t.Fatalf("rpmbuild makes no hard links: %+v", f)
	}
	_, got := contentsOf(t, pack(t, draft(t, base, Options{})))
	for _, name := range []string{"a", "b", "c"} {
		if c := got["/usr/share/lb/"+name]; c != "one\n" {
			t.Errorf("%s has %q", name, c)
		}
	}
}

// TestMissing: what is not there is told.
func TestMissing(t *testing.T) {
	notes := strings.Join(draft(t, ofTarball(), Options{}).Notes(), "\n")
	for _, want := range []string{"has no kickstart", "has no licence", "has no installer", "its licence is given as GPLv2"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not told:\n%s", want, notes)
		}
	}
	o := parts(t)
	o.Tags.License = "MIT"
	if notes := draft(t, ofTarball(), o).Notes(); !slices.Equal(notes, []string{"it requires euca2ools >= 3.1.0 and python-boto, as installers since 1.1 do"}) {
		t.Errorf("notes %q", notes)
	}
}

// TestRequires: an installer asks for what those of its generation do.
func TestRequires(t *testing.T) {
	for version, want := range map[string]string{
		"1.0.3": "/bin/sh, euca2ools >= 3.0.2", "1.1.0": "/bin/sh, euca2ools >= 3.1.0, python-boto", "1.10": "/bin/sh, euca2ools >= 3.1.0, python-boto",
	} {
		o := parts(t)
		o.Version = version
		var got []string
		for _, r := range draft(t, ofTarball(), o).spec.Requires {
			got = append(got, r.String())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s requires %q, want %s", version, got, want)
		}
	}
	// A package's own are kept, and the program of another installer is added.
	o := parts(t)
	writeFile(t, o.Script, "#! /usr/bin/env python\n")
	d := draft(t, written(t, upstream()), o)
	if r := d.spec.Requires; len(r) != 3 || r[2].Name != "/usr/bin/env" {
		t.Errorf("it requires %v", r)
	}
}

func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	with := func(change func(*Options)) Options {
		o := parts(t)
		change(&o)
		return o
	}
	for name, c := range map[string]struct {
		base Base
		o    Options
		want string
		tag  bool
	}{
		"no version": {Base{Names: recipe.SourceNames{Name: "updated"}}, Options{}, "give the package a version of its own", true},
		"version":    {ofTarball(), Options{Tags: Tags{Version: "1-2"}}, `"1-2" is no version: use letters, digits and ._+~^`, true},
		"release":    {ofTarball(), Options{Tags: Tags{Release: "0.1/.."}}, "is no release", true},
		"name":       {ofTarball(), Options{Tags: Tags{Name: "../x"}}, "is no name", true},
		"arch":       {ofTarball(), Options{Tags: Tags{Arch: "x86/64"}}, "is no architecture", true},
		"vendor":     {ofTarball(), Options{Tags: Tags{Vendor: "a\x00"}}, "zero byte", true},
		"kickstart":  {ofTarball(), with(func(o *Options) { o.Kickstart = dir + "/none.ks" }), "kickstart " + dir + "/none.ks: no such file or directory; name one that can be read", false},
		"licence":    {ofTarball(), with(func(o *Options) { o.License = dir }), "licence " + dir + ": it is no regular file: name one", false},
		"installer":  {ofTarball(), with(func(o *Options) { o.Script = o.License }), "it does not begin with #!", false},
		"large":      {ofTarball(), with(func(o *Options) { o.License = large(t) }), "it has more than 8 MiB", false},
		"a time":     {Base{Names: recipe.SourceNames{Version: "1"}, Time: time.Unix(1<<40, 0)}, Options{}, "does not lie between 1970 and 2038", true},
	} {
		_, err := New(c.base, c.o)
		var tag *TagError
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &tag) != c.tag {
			t.Errorf("%s: error %v (%T), want %q", name, err, err, c.want)
		}
	}
}

func large(t *testing.T) string {
	path := writeFile(t, filepath.Join(t.TempDir(), "large"), "")
	if err := os.Truncate(path, maxFile+1); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRefusesToFollow: what could not be taken over whole is refused by name.
func TestRefusesToFollow(t *testing.T) {
	base := written(t, upstream())
	for name, c := range map[string]struct {
		change func(*rpm.Package)
		want   string
	}{
		"device":   {func(p *rpm.Package) { p.Files[1].Mode = fs.ModeDevice }, "cannot be taken over"},
		"caps":     {func(p *rpm.Package) { p.Files[0].Caps = "cap_net_raw=ep" }, "its capabilities (cap_net_raw=ep) cannot be taken over"},
		"pretrans": {func(p *rpm.Package) { p.Scriptlets = []rpm.Scriptlet{{Name: "pretrans"}} }, "its pretrans script cannot be taken over"},
		"lua":      {func(p *rpm.Package) { p.Scriptlets = []rpm.Scriptlet{{Name: "postin", Program: []string{"<lua>"}}} }, "its postin <lua> script cannot"},
		"arguments": {func(p *rpm.Package) {
			p.Scriptlets = []rpm.Scriptlet{{Name: "postin", Program: []string{"/bin/sh", "-x"}}}
		}, "its postin /bin/sh -x script cannot"},
		"time":    {func(p *rpm.Package) { p.Files[0].ModTime = time.Unix(1<<32-1, 0) }, "lies outside 1970 to 2037"},
		"licence": {func(p *rpm.Package) { p.License = "" }, "it has no license"},
		"huge":    {func(p *rpm.Package) { p.Files[0].Size = 1 << 40 }, "more than packages hold"},
	} {
		p := *base.Package
		p.Files = slices.Clone(p.Files)
		c.change(&p)
		if _, err := New(Base{Package: &p, Member: base.Member}, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	// Two folders of the source that would become one.
	s := upstream()
	s.Files = append(s.Files, rpm.SpecFile{Path: shareDir + "lb", Mode: fs.ModeDir | 0o755})
	if _, err := New(written(t, s), Options{Tags: Tags{Name: "lb"}}); err == nil || !strings.Contains(err.Error(), "/usr/share/lb would be there twice") {
		t.Errorf("error %v", err)
	}
}

// TestWriteErrors: what goes wrong while a package is written.
func TestWriteErrors(t *testing.T) {
	base := written(t, upstream())
	d := draft(t, base, Options{})
	in := Input{Package: base.Package, Tarball: bytes.NewReader(tarball), Size: int64(len(tarball)), Time: built}
	ended, stop := context.WithCancel(context.Background())
	stop()
	if err := d.Write(ended, io.Discard, in); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if err := draft(t, ofTarball(), Options{}).Write(ended, io.Discard, in); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	short := in
	short.Size++
	if err := d.Write(context.Background(), io.Discard, short); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("short: %v", err)
	}
	without := in
	without.Package = nil
	if err := d.Write(context.Background(), io.Discard, without); err == nil {
		t.Error("it was written without the files of the package that it follows")
	}
	other := upstream()
	other.Files = other.Files[1:]
	without.Package = written(t, other).Package
	if err := d.Write(context.Background(), io.Discard, without); err == nil || !strings.Contains(err.Error(), "lacks a file that it had") {
		t.Errorf("another package: %v", err)
	}
}

// TestSameBytes: the zone, the folder and the order of what is asked for do not matter.
func TestSameBytes(t *testing.T) {
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, make := range map[string]func() *Draft{
		"tarball": func() *Draft { return draft(t, ofTarball(), parts(t)) },
		"package": func() *Draft { return draft(t, written(t, upstream()), Options{Development: true}) },
	} {
		want := read(pack(t, make()))
		for range 5 {
			if !bytes.Equal(read(pack(t, make())), want) {
				t.Errorf("%s: other bytes", name)
			}
		}
	}
}

// TestAgain: a package follows a package that followed one, and says the same.
func TestAgain(t *testing.T) {
	o := Options{}
	o.Release = "0.213.el6"
	first := pack(t, draft(t, written(t, upstream()), o))
	again := pack(t, draft(t, ofPackage(t, first), Options{}))
	a, _ := os.ReadFile(first)
	b, _ := os.ReadFile(again)
	if !bytes.Equal(a, b) {
		t.Error("a package that differs in nothing from the one it follows has other bytes")
	}
}

// FuzzFollow: whatever a source's package is, following it gives a package that can be read, or an error.
func FuzzFollow(f *testing.F) {
	for _, change := range []func(*rpm.Spec){
		func(*rpm.Spec) {},
		func(s *rpm.Spec) { s.Epoch = 2; s.Files = s.Files[4:] },
		func(s *rpm.Spec) { s.PostInstall = "x"; s.Files[0].Flags = rpm.FlagConfig },
	} {
		s := upstream()
		change(&s)
		var b bytes.Buffer
		if err := rpm.Write(&b, s); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), "", "")
		f.Add(b.Bytes(), "lb", "2")
	}
	f.Fuzz(func(t *testing.T, b []byte, name, version string) {
		p, err := rpm.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil || p.CheckContents() != nil {
			return
		}
		base := Base{Package: p}
		for _, file := range p.Files {
			if file.Mode.IsRegular() && strings.HasSuffix(file.Path, ".tgz") {
				base.Member = file.Path
			}
		}
		d, err := New(base, Options{Tags: Tags{Name: name, Version: version}, Development: len(b)%2 == 0})
		if err != nil || base.Member == "" {
			return
		}
		if strings.ContainsAny(d.FileName(), "/\x00\n") {
			t.Fatalf("it is called %q", d.FileName())
		}
		var out bytes.Buffer
		in := Input{Package: p, Tarball: bytes.NewReader(tarball), Size: int64(len(tarball)), Time: built, TempDir: t.TempDir()}
		if err := d.Write(context.Background(), &out, in); err != nil {
			return // the payload is damaged
		}
		again, err := rpm.Open(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		payload, err := again.Payload(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer payload.Close()
		if err := payload.Finish(); err != nil {
			t.Fatal(err)
		}
	})
}
