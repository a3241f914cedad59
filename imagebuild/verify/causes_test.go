package verify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/sample"
)

// What was changed between the build and now is named, with its evidence.
func TestCauses(t *testing.T) {
	replace := func(s shop, t *testing.T, name, old, new string) {
		b, err := os.ReadFile(s.path(name))
		must(t, err)
		if !strings.Contains(string(b), old) {
			t.Fatalf("no %q in %s", old, name)
		}
		s.write(t, name, []byte(strings.Replace(string(b), old, new, 1)))
	}
	for name, c := range map[string]struct {
		change   func(t *testing.T, s shop)
		what     string // a certain cause begins so
		evidence string
		where    string // the first difference holds it
	}{
		"recipe": {
			func(t *testing.T, s shop) {
				replace(s, t, "lbimage.yaml", "keepalive_time: 600", "keepalive_time: 700")
			},
			"another recipe", "request.sysctl[net.ipv4.tcp_keepalive_time].value is 600 in the record, 700 now", "contents of /etc/sysctl.conf",
		},
		"recipe, edit": {
			func(t *testing.T, s shop) { replace(s, t, "lbimage.yaml", "Welcome", "Goodbye") },
			"another recipe", `is Welcome.` + "\n" + ` in the record, Goodbye.`, "/etc/motd",
		},
		"recipe, one edit more": {
			func(t *testing.T, s shop) {
				replace(s, t, "lbimage.yaml", "edits:\n", "edits:\n  - {file: {path: /etc/first, content: x}}\n")
			},
			"another recipe", `request.edits[0] is nothing in the record, {"file":{"content":"x","path":"/etc/first"}`, "",
		},
		"overlay": {
			func(t *testing.T, s shop) { s.write(t, "over/etc/issue", []byte("an overlay's FILE\n")) },
			"files that the recipe names have other contents", "changes[/etc/issue]", "contents of /etc/issue",
		},
		"overlay, more": {
			func(t *testing.T, s shop) { s.write(t, "over/etc/issue.net", []byte("new\n")) },
			"files that the recipe names have other contents", "changes[/etc/issue.net]", "",
		},
		"source": {
			func(t *testing.T, s shop) {
				f, err := os.Create(s.path("base.rpm"))
				must(t, err)
				must(t, sample.Write(ctx, f, sample.Options{Size: 32 << 20, FSType: "ext3", TempDir: s.dir, Time: time.Unix(1500000000, 0)}))
				must(t, f.Close())
			},
			"another source", "source.sha256 is ", "",
		},
		"record of another time": {
			func(t *testing.T, s shop) {
				replace(s, t, "lb-production.tgz.json", `"time": "2014-05-13T16:53:20Z"`, `"time": "2015-05-13T16:53:20Z"`)
			},
			"", "", "mtime",
		},
		"record of another output": {
			func(t *testing.T, s shop) {
				b, err := os.ReadFile(s.path("lb-development.tgz.json"))
				must(t, err)
				s.write(t, "lb-production.tgz.json", b)
			},
			"the record is another output's", "it tells of lb-development.tgz", "/etc/sysctl.conf",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "ext3")
			c.change(t, s)
			r := s.verify(t, Options{})
			if r.Same {
				t.Fatal("it is said to be the same")
			}
			if c.what != "" && !slices.ContainsFunc(r.Causes, func(x Cause) bool {
				return x.Certain && strings.HasPrefix(x.What, c.what) && strings.Contains(x.Evidence, c.evidence)
			}) {
				t.Errorf("no cause %q with %q: %+v\nkeys: %+v", c.what, c.evidence, r.Causes, r.Keys)
			}
			if slices.ContainsFunc(r.Causes, func(x Cause) bool { return strings.HasPrefix(x.What, "the output was changed") }) {
				t.Errorf("the output is blamed: %+v", r.Causes)
			}
			if len(r.Differences) == 0 || !slices.ContainsFunc(r.Differences, func(d Difference) bool { return strings.Contains(d.Where, c.where) }) {
				t.Errorf("no %q in %+v", c.where, r.Differences)
			}
		})
	}
}

// Without a record the header of the output tells of another time, if one was asked for.
func TestAnotherTime(t *testing.T) {
	s := newShop(t, "ext3")
	must(t, os.Remove(s.path("lb-production.tgz.json")))
	r := s.verify(t, Options{Time: time.Unix(1500000000, 0)})
	if r.Same || !slices.ContainsFunc(r.Causes, func(x Cause) bool { return strings.Contains(x.Evidence, "SOURCE_DATE_EPOCH=1400000000") }) {
		t.Errorf("%+v", r.Causes)
	}
	if !slices.ContainsFunc(r.Differences, func(d Difference) bool {
		return d.Field == "i_mtime" && d.Output == "2014-05-13T16:53:20Z" && d.Rebuild == "2017-07-14T02:40:00Z"
	}) {
		t.Errorf("%+v", r.Differences)
	}
}

func TestRefusals(t *testing.T) {
	s := newShop(t, "ext3")
	s.write(t, "odd.tgz.json", []byte(`{"schema": "something"}`))
	s.write(t, "torn.json", []byte(`{"schema": `))
	b, err := os.ReadFile(s.path("lb-production.tgz"))
	must(t, err)
	s.write(t, "x.tgz", b)
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"no output":    {Options{Output: s.path("none.tgz")}, "none.tgz: no such file"},
		"no record":    {Options{Record: s.path("none.json")}, "none.json: no such file"},
		"no tarball":   {Options{Output: s.path("base.rpm")}, "is not a tarball"},
		"other schema": {Options{Record: s.path("odd.tgz.json")}, `its schema is "something" instead of lbimage/record/v1`},
		"torn record":  {Options{Record: s.path("torn.json")}, "unexpected end of JSON input"},
		"which":        {Options{Output: s.path("x.tgz")}, "give --profile with one of production (lb-production.tgz), development (lb-development.tgz)"},
		"unknown":      {Options{Profile: "staging"}, "staging"},
	} {
		if _, err := s.try(t, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, os.Remove(s.path("base.rpm")))
	if _, err := s.try(t, Options{}); err == nil || !strings.Contains(err.Error(), "base.rpm: no such file") {
		t.Errorf("without the source: %v", err)
	}
}

// A great many differences are counted, and some are told.
func TestManyDifferences(t *testing.T) {
	s := newShop(t, "ext3")
	s.change(t, func(disk string) {
		b, err := os.ReadFile(disk)
		must(t, err)
		for i := 9 << 20; i < 11<<20; i += 2 {
			b[i] ^= 0x55
		}
		must(t, os.WriteFile(disk, b, 0o644))
	})
	r := s.verify(t, Options{})
	if r.Counts.Bytes != 1<<20 || r.Counts.Blocks != 512 || !r.Counts.AtLeast || len(r.Differences) == 0 || len(r.Differences) > MaxPlaces {
		t.Errorf("%+v, %d listed", r.Counts, len(r.Differences))
	}
}

func TestDigests(t *testing.T) {
	s := newShop(t, "ext3")
	record := s.path("lb-production.tgz.json")
	verdicts := func(output string) (map[string]Verdict, *DigestReport) {
		r, err := Digests(ctx, DigestOptions{Record: record, Output: output})
		must(t, err)
		got := map[string]Verdict{}
		for _, f := range r.Files {
			got[f.Role+" "+filepath.Base(f.Path)] = f.Verdict
		}
		return got, r
	}
	got, r := verdicts("")
	if !r.Same || got["output lb-production.tgz"] != VerdictSame || got["source base.rpm"] != VerdictSame {
		t.Errorf("%v", got)
	}
	if len(r.NotCovered) != 3 {
		t.Errorf("%q", r.NotCovered)
	}
	sums, err := digest(ctx, record)
	must(t, err)
	s.write(t, "SHA256SUMS", []byte(sums.SHA256+"  lb-production.tgz.json\n"+strings.Repeat("0", 64)+" *lb-development.tgz\n"))
	if got, r = verdicts(""); r.Same || got["sums lb-production.tgz.json"] != VerdictSame || got["sums lb-development.tgz"] != VerdictDiffers {
		t.Errorf("%v", got)
	}
	must(t, os.Remove(s.path("SHA256SUMS")))
	// What bears the source's name may be what another profile's build made: its package.
	b, err := os.ReadFile(s.path("lb-development.tgz.json"))
	must(t, err)
	s.write(t, "base.rpm", []byte("another package"))
	if got, r = verdicts(""); r.Same || got["source base.rpm"] != VerdictDiffers {
		t.Errorf("%v", got)
	}
	s.write(t, "lb-development.tgz.json", []byte(strings.Replace(string(b), `"output": {`, `"outputs": [{"role": "rpm", "name": "base.rpm", "size": 1, "sha256": ""}], "output": {`, 1)))
	if got, r = verdicts(""); !r.Same || got["source base.rpm"] != "" || len(r.NotCovered) != 4 || !strings.Contains(r.NotCovered[2], "is an output") {
		t.Errorf("%v %q", got, r.NotCovered)
	}
	s.write(t, "lb-development.tgz.json", b)
	must(t, os.Remove(s.path("base.rpm")))
	if got, r = verdicts(""); !r.Same || got["source base.rpm"] != VerdictMissing {
		t.Errorf("%v", got)
	}
	if got, r = verdicts(s.path("lb-development.tgz")); r.Same || got["output lb-development.tgz"] != VerdictDiffers {
		t.Errorf("%v", got)
	}
	if got, r = verdicts(s.path("none.tgz")); r.Same || got["output none.tgz"] != VerdictMissing {
		t.Errorf("%v", got)
	}
	// Names lead nowhere else.
	b, err = os.ReadFile(record)
	must(t, err)
	s.write(t, "bad.json", []byte(strings.Replace(string(b), `"name": "lb-production.tgz"`, `"name": "../../etc/passwd"`, 1)))
	if _, err := Digests(ctx, DigestOptions{Record: s.path("bad.json")}); err == nil || !strings.Contains(err.Error(), "no name of a file") {
		t.Errorf("a name with a folder: %v", err)
	}
	s.write(t, "SHA256SUMS", []byte("odd\n"))
	if _, err := Digests(ctx, DigestOptions{Record: record}); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("no digests: %v", err)
	}
}
